#include "call/event.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

// Aim: texts keep apart in the shared buffer whatever the order and number of changes, and one that
// does not fit changes nothing. Method: random set() against a map.
TEST(Event, TextsShareABufferWithoutMixing) {
  SeededEntropy random(5);
  Event event;
  std::map<size_t, std::string> model;
  int refused = 0;
  for (int step = 0; step < 5000; ++step) {
    const size_t which = random.below(kEventTexts);
    std::string text(random.below(150), '\0');
    for (char& c : text) c = static_cast<char>('a' + random.below(26));
    size_t others = 0;
    for (const auto& [other, value] : model) others += other == which ? 0 : value.size();
    const Status status = event.set(static_cast<EventText>(which), text);
    if (others + text.size() <= Event::kTextBytes) {
      ASSERT_EQ(status, Status::kOk);
      model[which] = text;
    } else {
      ASSERT_EQ(status, Status::kTooLarge);
      ++refused;
    }
    for (size_t i = 0; i < kEventTexts; ++i) {
      ASSERT_EQ(event.text(static_cast<EventText>(i)), model[i]);
    }
  }
  EXPECT_GT(refused, 100);
}

// Aim: an entry fits 512 bytes and still holds three addresses of full length; a longer
// text than 255 bytes is refused, never cut. Method: fill it.
TEST(Event, HoldsTheLargestRealCombination) {
  EXPECT_LE(sizeof(Event), 512U);
  Event event;
  const std::string full(128, 'x');
  EXPECT_EQ(event.set(EventText::kProviderCallId, full), Status::kOk);
  EXPECT_EQ(event.set(EventText::kFrom, full), Status::kOk);
  EXPECT_EQ(event.set(EventText::kTo, full), Status::kOk);
  EXPECT_EQ(event.set(EventText::kDigits, "1"), Status::kTooLarge);
  EXPECT_EQ(Event().set(EventText::kSpeech, std::string(256, 'x')), Status::kTooLarge);
  EXPECT_EQ(event.text(EventText::kTo), full);
}

// Aim: B-EVT-3: a carrier's time counts only within 10 minutes of our clock and not before the call
// began. Method: both edges, and values that would overflow a difference.
TEST(Event, TimeOfACarrierIsBounded) {
  const WallTime now = WallTime::from_ms(1'700'000'000'000);
  const WallTime started = now - Duration::seconds(3600);
  const auto at = [&](int64_t ms) {
    return event_time(WallTime::from_ms(now.ms() + ms), started, now);
  };
  EXPECT_EQ(at(0), now);
  EXPECT_EQ(at(-600'000).ms(), now.ms() - 600'000);
  EXPECT_EQ(at(600'000).ms(), now.ms() + 600'000);
  EXPECT_EQ(at(-600'001), now);
  EXPECT_EQ(at(600'001), now);
  const WallTime young = now - Duration::seconds(5);
  EXPECT_EQ(event_time(young, young, now), young);
  EXPECT_EQ(event_time(WallTime::from_ms(young.ms() - 1), young, now), now);
  EXPECT_EQ(event_time(WallTime(), started, now), now);
  EXPECT_EQ(event_time(WallTime::from_ms(INT64_MAX), started, now), now);
  EXPECT_EQ(event_time(WallTime::from_ms(INT64_MIN), started, now), now);
}

// Aim: B-EVT-6: status words are compared trimmed and in lower case; what no table can hold is
// empty. Method: spellings of one word, and hopeless ones.
TEST(Event, StatusWordsAreTrimmedAndLowered) {
  std::array<char, 32> memory{};
  for (const char* raw : {"in-progress", " In-Progress\r\n", "\tIN-PROGRESS "}) {
    EXPECT_EQ(status_word(raw, memory), "in-progress");
  }
  EXPECT_EQ(status_word("in progress", memory), "in progress");
  EXPECT_EQ(status_word("", memory), "");
  EXPECT_EQ(status_word(" \t\n", memory), "");
  EXPECT_EQ(status_word(std::string(33, 'a'), memory), "");
  EXPECT_EQ(status_word(std::string(32, 'A'), memory), std::string(32, 'a'));
  EXPECT_EQ(status_word("\xC3\x84", memory), "\xC3\x84");
}

}  // namespace
}  // namespace hookflash
