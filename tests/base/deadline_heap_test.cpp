#include "base/deadline_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace hookflash {
namespace {

Instant at(int64_t us) { return Instant::from_us(us); }

// Aim: deadlines come due in order of time. Method: arm out of order, pop all.
TEST(DeadlineHeap, PopsInOrderOfTime) {
  DeadlineHeap<8> heap;
  Deadline deadlines[5];
  const int64_t times[] = {50, 10, 40, 20, 30};
  for (size_t i = 0; i < 5; ++i) heap.arm(deadlines[i], at(times[i]));
  EXPECT_EQ(heap.next(), at(10));
  EXPECT_EQ(heap.pop_due(at(9)), nullptr);
  for (const int64_t time : {10, 20, 30, 40, 50}) {
    const Deadline* due = heap.pop_due(at(100));
    ASSERT_NE(due, nullptr);
    EXPECT_EQ(due->at, at(time));
    EXPECT_FALSE(due->armed());
  }
  EXPECT_EQ(heap.next(), Instant::max());
}

// Aim: a deadline is due at its instant, not after it. Method: pop at exactly that time.
TEST(DeadlineHeap, IsDueAtItsInstant) {
  DeadlineHeap<1> heap;
  Deadline deadline;
  heap.arm(deadline, at(10));
  EXPECT_EQ(heap.pop_due(at(10)), &deadline);
}

// Aim: arming again moves, disarming is final even when due. Method: move both ways, disarm.
TEST(DeadlineHeap, MovesAndDisarms) {
  DeadlineHeap<4> heap;
  Deadline a;
  Deadline b;
  heap.arm(a, at(10));
  heap.arm(b, at(20));
  heap.arm(a, at(30));
  EXPECT_EQ(heap.size(), 2U);
  EXPECT_EQ(heap.next(), at(20));
  heap.arm(a, at(5));
  EXPECT_EQ(heap.next(), at(5));
  heap.disarm(a);
  heap.disarm(a);
  EXPECT_EQ(heap.pop_due(at(100)), &b);
  EXPECT_EQ(heap.pop_due(at(100)), nullptr);
}

// Aim: the heap agrees with a sorted list. Method: 20,000 random operations against a plain model.
TEST(DeadlineHeap, AgreesWithAModel) {
  constexpr size_t kSize = 64;
  const auto heap = std::make_unique<DeadlineHeap<kSize>>();
  std::vector<Deadline> deadlines(kSize);
  std::mt19937 random(1);
  int64_t now = 1;
  for (int step = 0; step < 20'000; ++step) {
    Deadline& one = deadlines[random() % kSize];
    switch (random() % 3) {
      case 0: heap->arm(one, at(now + static_cast<int64_t>(random() % 100))); break;
      case 1: heap->disarm(one); break;
      default: {
        now += static_cast<int64_t>(random() % 10);
        Instant previous;
        while (const Deadline* due = heap->pop_due(at(now))) {
          ASSERT_LE(previous, due->at);
          previous = due->at;
        }
      }
    }
    Instant least = Instant::max();
    size_t armed = 0;
    for (const Deadline& deadline : deadlines) {
      if (!deadline.armed()) continue;
      ++armed;
      least = std::min(least, deadline.at);
    }
    ASSERT_EQ(heap->size(), armed);
    ASSERT_EQ(heap->next(), least);
  }
}

TEST(DeadlineHeapDeathTest, OverfullStops) {
  // Aim: N bounds what can be armed. Method: death test.
  DeadlineHeap<1> heap;
  Deadline a;
  Deadline b;
  heap.arm(a, at(1));
  EXPECT_DEATH(heap.arm(b, at(1)), "broken invariant");
}

// Aim: adding to an instant never wraps, so a far deadline is only clamped. Method: the largest
// values.
TEST(Instant, SaturatesAtTheEnds) {
  EXPECT_EQ(Instant::max() + Duration::seconds(1), Instant::max());
  EXPECT_EQ(at(5) + Duration::max(), Instant::max());
  EXPECT_EQ(at(5) + Duration::us(2), at(7));
  EXPECT_EQ(at(7) - at(5), Duration::us(2));
}

}  // namespace
}  // namespace hookflash
