#include "call/inbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

Event numbered(uint32_t number) {
  Event event;
  event.type = EventType::kSpeech;
  event.ticket = number;
  return event;
}

// Aim: events of one call come out in the order in which they went in, whatever other
// calls do in between, and a call has room for exactly 32. Method: three queues filled in turns.
TEST(Inboxes, EachCallIsFirstInFirstOut) {
  const auto inboxes = std::make_unique<Inboxes>();
  InboxQueue queues[3];
  for (uint32_t i = 0; i < 32; ++i) {
    ASSERT_EQ(inboxes->push(queues[0], numbered(i)), Status::kOk);
    // The others have half as many, so that all fit the pool of the smallest profile.
    const uint32_t other = 1 + i % 2;
    ASSERT_EQ(inboxes->push(queues[other], numbered(100 * other + i / 2)), Status::kOk);
  }
  EXPECT_EQ(inboxes->push(queues[0], numbered(0)), Status::kFull);
  EXPECT_EQ(inboxes->refused(), 1U);
  EXPECT_EQ(inboxes->entries(), 64U);
  inboxes->pop(queues[0]);
  EXPECT_EQ(inboxes->push(queues[0], numbered(32)), Status::kOk);
  for (uint32_t i = 1; i <= 32; ++i) {
    EXPECT_EQ(inboxes->front(queues[0]).ticket, i);
    inboxes->pop(queues[0]);
  }
  EXPECT_TRUE(queues[0].empty());
  for (uint32_t i = 0; i < 16; ++i) {
    EXPECT_EQ(inboxes->front(queues[2]).ticket, 200 + i);
    inboxes->pop(queues[2]);
  }
  EXPECT_EQ(inboxes->front(queues[1]).ticket, 100U);
  inboxes->clear(queues[1]);
  EXPECT_EQ(inboxes->entries(), 0U);
}

// Aim: short speech travels with its event, longer speech waits in the shared pool of 64
// texts of 1,200 bytes; when that is empty the inbox is full, and nothing of the refused event
// stays behind. Method: exhaust the pool, refuse, free one, go on.
TEST(Inboxes, LongTextsWaitInTheirPool) {
  const auto inboxes = std::make_unique<Inboxes>();
  const std::string lengthy(1200, 'x');
  std::vector<InboxQueue> queues(3);
  ASSERT_EQ(inboxes->push(queues[2], numbered(1), std::string(255, 'y')), Status::kOk);
  EXPECT_EQ(inboxes->long_texts(), 0U);
  EXPECT_EQ(inboxes->speech_of(inboxes->front(queues[2])), std::string(255, 'y'));
  // In the smallest profile the pool of entries is empty one text earlier.
  const size_t texts = std::min<size_t>(64, limits::kInboxPool - 1);
  for (uint32_t i = 0; i < texts; ++i) {
    ASSERT_EQ(inboxes->push(queues[i / 32], numbered(i), lengthy), Status::kOk);
  }
  EXPECT_EQ(inboxes->long_texts(), texts);
  const size_t entries = inboxes->entries();
  EXPECT_EQ(inboxes->push(queues[2], numbered(2), lengthy), Status::kFull);
  EXPECT_EQ(inboxes->entries(), entries);
  EXPECT_EQ(queues[2].size, 1U);
  EXPECT_EQ(inboxes->speech_of(inboxes->front(queues[0])), lengthy);
  inboxes->pop(queues[0]);
  EXPECT_EQ(inboxes->push(queues[2], numbered(4), lengthy), Status::kOk);
  EXPECT_EQ(inboxes->push(queues[2], numbered(5), lengthy + "x"), Status::kTooLarge);
  for (InboxQueue& queue : queues) inboxes->clear(queue);
  EXPECT_EQ(inboxes->long_texts(), 0U);
  EXPECT_EQ(inboxes->entries(), 0U);
  EXPECT_EQ(inboxes->long_texts_high_water(), texts);
}

// Aim: the shared pool of entries is bounded too; empty means full for everybody, once
// and for ever, and each entry that is freed admits one. Method: as many queues as it takes.
TEST(Inboxes, SharedPoolRunsOut) {
  const auto inboxes = std::make_unique<Inboxes>();
  std::vector<InboxQueue> queues(limits::kCallSlots);
  for (uint32_t i = 0; i < limits::kInboxPool; ++i) {
    ASSERT_EQ(inboxes->push(queues[i % queues.size()], numbered(i)), Status::kOk);
  }
  for (InboxQueue& queue : queues) EXPECT_EQ(inboxes->push(queue, numbered(0)), Status::kFull);
  inboxes->pop(queues[1]);
  EXPECT_EQ(inboxes->push(queues[0], numbered(7)), Status::kOk);
  EXPECT_EQ(inboxes->push(queues[0], numbered(7)), Status::kFull);
  EXPECT_EQ(inboxes->entries_high_water(), limits::kInboxPool);
}

// Aim: how our own requests came out finds a place where the carrier's events and the API's find
// none, up to a bound. Method: one full queue, then a pool that has run out.
TEST(Inboxes, OutcomesOfOurOwnHavePlacesOfTheirOwn) {
  const auto inboxes = std::make_unique<Inboxes>();
  std::vector<InboxQueue> queues(limits::kCallSlots);
  Event outcome;
  outcome.type = EventType::kHangupDone;
  for (uint32_t i = 0; i < 32; ++i) {
    ASSERT_EQ(inboxes->push(queues[0], numbered(i)), Status::kOk);
  }
  for (size_t i = 0; i < Inboxes::kOwnEntriesMax; ++i) {
    EXPECT_FALSE(inboxes->has_room(queues[0]));
    EXPECT_EQ(inboxes->push(queues[0], numbered(1)), Status::kFull);
    ASSERT_EQ(inboxes->push(queues[0], outcome), Status::kOk);
  }
  EXPECT_EQ(inboxes->push(queues[0], outcome), Status::kFull);
  inboxes->clear(queues[0]);
  for (uint32_t i = 0; i < limits::kInboxPool; ++i) {
    ASSERT_EQ(inboxes->push(queues[i % queues.size()], numbered(i)), Status::kOk);
  }
  for (InboxQueue& queue : queues) {
    EXPECT_EQ(inboxes->push(queue, numbered(0)), Status::kFull);
    EXPECT_EQ(inboxes->push(queue, outcome), Status::kOk);
  }
}

// Aim: no mixture of pushes and pops loses, repeats or reorders an event, and no text leaks.
// Method: random traffic with every event carrying its own number as text.
TEST(Inboxes, RandomTrafficKeepsOrder) {
  const auto inboxes = std::make_unique<Inboxes>();
  SeededEntropy random(17);
  struct Side {
    InboxQueue queue;
    uint32_t pushed = 0;
    uint32_t popped = 0;
  };
  std::vector<Side> sides(5);
  const auto text_of_number = [](uint32_t number) {
    return std::to_string(number) + std::string(number % 7 == 0 ? 600 : 10, '.');
  };
  for (int step = 0; step < 50'000; ++step) {
    Side& side = sides[random.below(sides.size())];
    if (random.below(2) == 0) {
      if (inboxes->push(side.queue, numbered(side.pushed), text_of_number(side.pushed)) ==
          Status::kOk) {
        ++side.pushed;
      }
    } else if (!side.queue.empty()) {
      const Event& event = inboxes->front(side.queue);
      ASSERT_EQ(event.ticket, side.popped);
      ASSERT_EQ(inboxes->speech_of(event), text_of_number(side.popped));
      inboxes->pop(side.queue);
      ++side.popped;
    }
  }
  for (Side& side : sides) inboxes->clear(side.queue);
  EXPECT_EQ(inboxes->entries(), 0U);
  EXPECT_EQ(inboxes->long_texts(), 0U);
}

}  // namespace
}  // namespace hookflash
