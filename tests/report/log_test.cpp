#include "report/log.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "report/number_hash.h"
#include "report/time_text.h"

namespace hookflash {
namespace {

class LogTest : public ::testing::Test {
 protected:
  Now now() const { return {Instant::from_us(1'000'000) + at_, start_ + at_}; }
  void pass(Duration time) { at_ += time; }
  void write(std::string_view message, LogLevel level = LogLevel::kInfo) {
    log_->write(level, "test", "", {message}, now());
  }
  std::vector<std::string> take() {
    std::vector<std::string> lines;
    Log::Line line;
    while (log_->next(line)) lines.emplace_back(line.text);
    return lines;
  }
  // What stands behind the time.
  std::string one() {
    const std::vector<std::string> lines = take();
    EXPECT_EQ(lines.size(), 1U);
    return lines.size() == 1 ? lines[0].substr(25) : "";
  }

  std::unique_ptr<Log> log_ = std::make_unique<Log>();
  Duration at_;
  WallTime start_ = WallTime::from_ms(1'795'256'262'123);
};

// Aim: B-LOG-2, a line has time, level, subsystem, call id if any and message. Method: with and
// without.
TEST_F(LogTest, HasFixedColumns) {
  log_->write(LogLevel::kWarn, "call", "0d3c1f6e-0000-4000-8000-000000000001",
              {"hang-up failed: ", "503"}, now());
  log_->write(LogLevel::kInfo, "http", "", {"ready"}, now());
  Log::Line line;
  ASSERT_TRUE(log_->next(line));
  EXPECT_EQ(line.level, LogLevel::kWarn);
  EXPECT_EQ(line.text,
            "2026-11-21T10:17:42.123Z warn call 0d3c1f6e-0000-4000-8000-000000000001 hang-up "
            "failed: 503");
  ASSERT_TRUE(log_->next(line));
  EXPECT_EQ(line.text, "2026-11-21T10:17:42.123Z info http ready");
  EXPECT_FALSE(log_->next(line));
}

// Aim: what is below the threshold is not written. Method: each level at each threshold.
TEST_F(LogTest, FiltersLevels) {
  constexpr LogLevel kLevels[] = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn,
                                  LogLevel::kError};
  for (const LogLevel threshold : kLevels) {
    log_ = std::make_unique<Log>();
    log_->set_threshold(threshold);
    for (const LogLevel level : kLevels) write("x", level);
    EXPECT_EQ(take().size(), 4U - static_cast<size_t>(threshold));
  }
}

// Aim: B-LOG-2, control characters, broken UTF-8 and terminal escapes never get out as they are.
// Method: every byte, C1 controls, broken characters; whole characters pass.
TEST_F(LogTest, EscapesHostileBytes) {
  write("a\nb\rc\td\x1B[2J\x7F");
  EXPECT_EQ(one(), "info test a\\nb\\rc\\td\\x1b[2J\\x7f");
  write(
      "\xC2\x9B"
      "31m \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(one(), "info test \\u009b31m \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  write("\xFF \xC3( \xED\xA0\x80 \xF4");
  EXPECT_EQ(one(), "info test \\xff \\xc3( \\xed\\xa0\\x80 \\xf4");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  write(all);
  const std::string line = one();
  EXPECT_TRUE(is_utf8(line));
  for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  EXPECT_EQ(line.substr(10, 8), "\\x00\\x01");
}

// Aim: B-LOG-2, a line has at most 1,024 bytes and is cut at a character boundary, marked. Method:
// long texts of one- to four-byte characters at every offset, and of escapes.
TEST_F(LogTest, CutsLongLines) {
  for (const char* unit : {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x01"}) {
    for (size_t offset = 0; offset < 8; ++offset) {
      std::string text(offset, '.');
      while (text.size() < 3000) text += unit;
      write(text);
      const std::vector<std::string> lines = take();
      ASSERT_EQ(lines.size(), 1U);
      EXPECT_LE(lines[0].size(), limits::kLogLineBytesMax);
      EXPECT_GT(lines[0].size(), limits::kLogLineBytesMax - 16);
      EXPECT_TRUE(is_utf8(lines[0]));
      EXPECT_TRUE(lines[0].ends_with("..."));
    }
  }
  // The longest that fits is not marked.
  const std::string fits(limits::kLogLineBytesMax - 35, 'y');
  write(fits);
  EXPECT_EQ(one(), "info test " + fits);
  write(fits + "y");
  EXPECT_TRUE(one().ends_with("y..."));
}

// Aim: B-LOG-2, a full ring loses the oldest lines, counts them, and keeps every other whole and in
// order. Method: random lines against a model, taken now and then.
TEST_F(LogTest, LosesTheOldestAndCounts) {
  std::mt19937 random(3);
  std::deque<std::string> model;
  uint64_t lost = 0;
  for (int i = 0; i < 20'000; ++i) {
    pass(Duration::ms(1));
    const std::string text = std::to_string(i) + std::string(random() % 900, 'z');
    write(text);
    model.push_back(text);
    if (random() % 2000 != 0) continue;
    const std::vector<std::string> lines = take();
    ASSERT_LE(lines.size(), model.size());
    lost += model.size() - lines.size();
    EXPECT_EQ(log_->lost(), lost);
    for (size_t k = 0; k < lines.size(); ++k) {
      ASSERT_EQ(lines[k].substr(35), model[model.size() - lines.size() + k]);
    }
    model.clear();
  }
  EXPECT_GT(lost, 100U);
  // Nothing is lost while the ring has room.
  take();
  const uint64_t before = log_->lost();
  for (int i = 0; i < 400; ++i) write(std::string(1000, 'w') + std::to_string(i));
  EXPECT_EQ(take().size(), 400U);
  EXPECT_EQ(log_->lost(), before);
}

// Aim: B-LOG-3, repeats are folded to one line per 10 s with a count. Method: a flood of 25 s, with
// the owner's ticks; another text, level, subsystem or call is another message.
TEST_F(LogTest, FoldsRepeats) {
  std::vector<std::string> lines;
  for (int i = 0; i < 250; ++i) {
    if (log_->deadline() <= now().mono) log_->tick(now());
    write("refused: signature", LogLevel::kWarn);
    pass(Duration::ms(100));
  }
  for (std::string& line : take()) lines.push_back(line.substr(25));
  EXPECT_EQ(lines,
            (std::vector<std::string>{
                "warn test refused: signature", "warn test refused: signature (99 more in 10 s)",
                "warn test refused: signature", "warn test refused: signature (99 more in 10 s)",
                "warn test refused: signature"}));
  EXPECT_NE(log_->deadline(), Instant::max());
  pass(Duration::seconds(10));
  log_->tick(now());
  EXPECT_EQ(one(), "warn test refused: signature (49 more in 10 s)");
  EXPECT_EQ(log_->deadline(), Instant::max());

  write("once");
  log_->write(LogLevel::kError, "test", "", {"once"}, now());
  log_->write(LogLevel::kInfo, "other", "", {"once"}, now());
  log_->write(LogLevel::kInfo, "test", "call-1", {"once"}, now());
  log_->write(LogLevel::kInfo, "test", "call-2", {"once"}, now());
  EXPECT_EQ(take().size(), 5U);
}

// Aim: B-LOG-3 without ticks: the count comes with the next of its kind, and is not lost when other
// messages take the place. Method: no tick between; then more kinds than places.
TEST_F(LogTest, KeepsCountsWithoutTicks) {
  write("again");
  write("again");
  pass(Duration::seconds(11));
  write("again");
  const std::vector<std::string> lines = take();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[1].ends_with("again (1 more in 10 s)"));
  EXPECT_TRUE(lines[2].ends_with("again"));

  write("again");
  for (size_t i = 0; i < Log::kRepeatsMax; ++i) {
    pass(Duration::ms(1));
    write("other " + std::to_string(i));
  }
  size_t counts = 0;
  for (const std::string& line : take()) counts += line.find("more in 10 s") != std::string::npos;
  EXPECT_EQ(counts, 1U);
}

// Aim: repeats run on the monotonic clock, whatever the wall clock does. Method: the wall clock
// jumps.
TEST_F(LogTest, FoldsByTheMonotonicClock) {
  write("x");
  start_ = start_ - Duration::seconds(86'400);
  write("x");
  start_ = start_ + Duration::seconds(3 * 86'400);
  write("x");
  EXPECT_EQ(take().size(), 1U);
}

// Aim: times are RFC 3339 in UTC with milliseconds. Method: known moments, leap days, the ends of
// the range.
TEST(TimeText, WritesRfc3339) {
  const auto text = [](int64_t ms) {
    char memory[40];
    TextWriter out(memory);
    write_rfc3339(out, WallTime::from_ms(ms));
    return std::string(out.view());
  };
  EXPECT_EQ(text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(text(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(text(951'868'799'999), "2000-02-29T23:59:59.999Z");
  EXPECT_EQ(text(951'868'800'000), "2000-03-01T00:00:00.000Z");
  EXPECT_EQ(text(1'709'164'800'000), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(text(1'735'689'599'999), "2024-12-31T23:59:59.999Z");
  EXPECT_EQ(text(4'107'542'400'000), "2100-03-01T00:00:00.000Z");
  EXPECT_EQ(text(-5), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(text(INT64_MAX), "9999-12-31T23:59:59.999Z");
  // Every day of 400 years follows its neighbour.
  int year = 1970;
  int month = 1;
  int day = 1;
  for (int64_t n = 0; n < 146'097; ++n) {
    char expected[40];
    std::snprintf(expected, sizeof expected, "%04d-%02d-%02d", year, month, day);
    ASSERT_EQ(text(n * 86'400'000).substr(0, 10), expected);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (++day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0)) continue;
    day = 1;
    if (++month <= 12) continue;
    month = 1;
    ++year;
  }
}

// Aim: a number appears as the first 8 hex digits of its MAC. Method: a known one.
TEST(NumberHash, ShowsEightDigits) {
  const uint8_t mac[] = {0xDE, 0xAD, 0x0B, 0xEF, 1, 2, 3};
  EXPECT_EQ(NumberHash::from_mac(mac).view(), "dead0bef");
  EXPECT_EQ(NumberHash().view(), "00000000");
}

}  // namespace
}  // namespace hookflash
