#include "audio/mark_book.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace hookflash {
namespace {

constexpr Instant at(int64_t ms) { return Instant::from_us(1'000'000 + ms * 1000); }

struct Book : testing::Test {
  std::unique_ptr<MarkBook> book = std::make_unique<MarkBook>();
  MarkReport report;

  std::string next_report() {
    if (!book->take_report(report)) return "none";
    const char* const end = report.outcome == MarkOutcome::kPlayed     ? " played"
                            : report.outcome == MarkOutcome::kTimedOut ? " timed out"
                                                                       : " cleared";
    return std::string(report.name) + end;
  }
};

// Aim: the name for the carrier can be read back, and nothing else can (B-AUD-7).
// Method: the ends of the range, and names that apps or a confused carrier could send.
TEST(OwnMarkName, ReadsBackWhatItWrites) {
  for (const OwnMark mark : {1U, 9U, 10U, 512U, 4'294'967'295U}) {
    EXPECT_EQ(own_mark_from(own_mark_name(mark).view()), mark);
  }
  for (const char* name : {"", "hf-", "hf-0", "hf-01", "hf-+1", "hf- 1", "hf--1", "hf-1 ", "hf-1x",
                           "HF-1", "1", "hf-4294967296", "hf-99999999999999999999"}) {
    EXPECT_EQ(own_mark_from(name), 0U) << name;
  }
}

// Aim: marks end in order although echoes come out of it, and each once.
// Method: echo the second first; then the first; then both again.
TEST_F(Book, ReportsInOrderAndOnce) {
  EXPECT_EQ(book->put("a", 1, 0, at(0)), Status::kOk);
  EXPECT_EQ(book->put("b", 2, 0, at(0)), Status::kOk);
  const OwnMark a = book->send(at(2000));
  const OwnMark b = book->send(at(2000));
  EXPECT_NE(a, b);
  EXPECT_TRUE(book->echo(b));
  EXPECT_EQ(next_report(), "none");
  EXPECT_FALSE(book->echo(b));
  EXPECT_TRUE(book->echo(a));
  EXPECT_EQ(next_report(), "a played");
  EXPECT_EQ(report.tag, 1);
  EXPECT_EQ(next_report(), "b played");
  EXPECT_EQ(report.tag, 2);
  EXPECT_EQ(next_report(), "none");
  EXPECT_FALSE(book->echo(a));
  EXPECT_EQ(book->open(), 0U);
  EXPECT_EQ(book->deadline(), Instant::max());
}

// Aim: an echo of a mark that was not sent yet is none: a carrier cannot end it by guessing.
// Method: echo the next number, then send it.
TEST_F(Book, EchoBeforeSendingDoesNothing) {
  EXPECT_EQ(book->put("a", 0, 0, at(0)), Status::kOk);
  EXPECT_FALSE(book->echo(1));
  EXPECT_FALSE(book->echo(0));
  EXPECT_EQ(next_report(), "none");
  EXPECT_EQ(book->send(at(2000)), 1U);
  EXPECT_TRUE(book->echo(1));
}

// Aim: an echo that never comes ends in a time-out, at its instant and not before, and one that
// comes later does nothing. Method: three marks, the middle one echoed.
TEST_F(Book, TimesOutAtItsDeadline) {
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(book->put(name, 0, 0, at(0)), Status::kOk);
  const OwnMark a = book->send(at(100));
  const OwnMark b = book->send(at(200));
  book->send(at(300));
  EXPECT_TRUE(book->echo(b));
  EXPECT_EQ(book->deadline(), at(100));
  EXPECT_EQ(book->expire(at(99)), 0U);
  EXPECT_EQ(book->expire(at(100)), 1U);
  EXPECT_FALSE(book->echo(a));
  EXPECT_EQ(next_report(), "a timed out");
  EXPECT_EQ(next_report(), "b played");
  EXPECT_EQ(book->deadline(), at(300));
  EXPECT_EQ(book->expire(at(5000)), 1U);
  EXPECT_EQ(next_report(), "c timed out");
}

// Aim: a clear ends sent and queued marks alike, in order; their echoes do nothing afterwards, also
// when a new mark has the same name. Method: clear in the middle of everything.
TEST_F(Book, ClearEndsAllAndOldEchoesDoNothing) {
  EXPECT_EQ(book->put("x", 0, 0, at(0)), Status::kOk);
  EXPECT_EQ(book->put("x", 0, 5, at(0)), Status::kOk);
  const OwnMark old = book->send(at(2000));
  EXPECT_EQ(book->clear(), 2U);
  EXPECT_EQ(book->clear(), 0U);
  EXPECT_EQ(book->queued(), 0U);
  EXPECT_EQ(next_report(), "x cleared");
  EXPECT_EQ(book->put("x", 0, 9, at(1)), Status::kOk);
  EXPECT_EQ(next_report(), "x cleared");
  const OwnMark fresh = book->send(at(3000));
  EXPECT_FALSE(book->echo(old));
  EXPECT_EQ(next_report(), "none");
  EXPECT_TRUE(book->echo(fresh));
  EXPECT_EQ(next_report(), "x played");
}

// Aim: every bound is refused and leaves the rest as it was. Method: 64 and 65 bytes; all places.
TEST_F(Book, RefusesWhatDoesNotFit) {
  const std::string longest(64, 'n');
  EXPECT_EQ(book->put(longest + "n", 0, 0, at(0)), Status::kTooLarge);
  EXPECT_EQ(book->open(), 0U);
  for (size_t i = 0; i < MarkBook::kPlaces; ++i) {
    EXPECT_EQ(book->put(longest, static_cast<uint16_t>(i), 0, at(0)), Status::kOk);
  }
  EXPECT_EQ(book->put("one more", 0, 0, at(0)), Status::kFull);
  EXPECT_EQ(book->open(), MarkBook::kPlaces);
  book->clear();
  for (size_t i = 0; i < MarkBook::kPlaces; ++i) {
    EXPECT_EQ(next_report(), longest + " cleared");
    EXPECT_EQ(report.tag, i);
  }
  EXPECT_EQ(next_report(), "none");
}

// Aim: few marks stay in order wherever in memory the oldest of them stands.
// Method: every number of open marks from 1 to 20, with the oldest at every place.
TEST_F(Book, FewMarksStayInOrderAtEveryPlace) {
  for (size_t open = 1; open <= 20; ++open) {
    book = std::make_unique<MarkBook>();
    size_t put = 0;
    const auto put_one = [&] {
      EXPECT_EQ(book->put(std::to_string(put), 0, 0, at(0)), Status::kOk);
      ++put;
    };
    // Once around with many marks open, so that the oldest comes to stand everywhere.
    size_t taken = 0;
    const auto take_one = [&] {
      EXPECT_TRUE(book->echo(book->send(at(2000))));
      EXPECT_EQ(next_report(), std::to_string(taken) + " played");
      ++taken;
    };
    for (size_t start = 17; start < MarkBook::kPlaces; start += 37) {
      while (book->open() < start) put_one();
      while (book->open() > open) take_one();
      for (int i = 0; i < 40; ++i) {
        put_one();
        take_one();
        if (HasFailure()) return;
      }
    }
  }
}

// Aim: whatever happens in whatever order, each mark ends exactly once, in order, and own names
// never repeat (B-AUD-7). Method: random puts, sends, echoes of old and new names, time-outs and
// clears against a list of what was put; the seed is printed on failure.
TEST_F(Book, EveryMarkEndsOnce) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    book = std::make_unique<MarkBook>();
    std::vector<OwnMark> given;
    std::set<OwnMark> unique;
    uint64_t put = 0;
    uint64_t ended = 0;
    int64_t now = 0;
    for (int step = 0; step < 20'000; ++step) {
      now += static_cast<int64_t>(random() % 10);
      switch (random() % 8) {
        case 0:
        case 1:
        case 2:
          if (ok(book->put(std::to_string(put), 0, 0, at(now)))) ++put;
          break;
        case 3:
        case 4:
          if (book->queued() > 0) {
            const OwnMark mark = book->send(at(now + 2000));
            EXPECT_TRUE(unique.insert(mark).second);
            given.push_back(mark);
          }
          break;
        case 5:
          if (!given.empty()) book->echo(given[random() % given.size()]);
          break;
        case 6: book->expire(at(now)); break;
        default:
          if (random() % 100 == 0) book->clear();
      }
      MarkReport each;
      while (book->take_report(each)) {
        ASSERT_EQ(each.name, std::to_string(ended));
        ++ended;
      }
      ASSERT_EQ(book->open(), put - ended);
    }
  }
}

}  // namespace
}  // namespace hookflash
