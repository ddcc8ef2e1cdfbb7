#include "audio/standing_delay.h"

#include <gtest/gtest.h>

namespace hookflash {
namespace {

constexpr Duration kFrame = Duration::ms(20);

struct Judge : testing::Test {
  StandingDelay judge;
  Instant now = Instant::from_us((int64_t{1} << 32) - 100'000);

  // A frame comes each 20 ms, which makes `depth` waiting ones, and one leaves.
  void even(int frames, size_t depth) {
    for (int i = 0; i < frames; ++i) {
      now = now + kFrame;
      judge.on_audio(kFrame, depth, now);
      judge.on_depth(depth - 1);
    }
  }
  // So many frames at once.
  void burst(int frames, size_t depth) {
    judge.on_audio(kFrame * frames, depth, now);
    judge.on_depth(depth - 1);
  }
};

// Aim: nothing is said before a whole second was seen when nothing is known about the sender.
// Method: deep from the start; ask one frame before and at the second.
TEST_F(Judge, NeedsASecond) {
  EXPECT_EQ(judge.surplus(now), 0U);
  burst(10, 10);
  even(49, 10);
  EXPECT_EQ(judge.surplus(now), 0U);
  even(1, 10);
  EXPECT_EQ(judge.surplus(now), 9U);
}

// Aim: one hiccup in an even stream is judged after 200 ms. Method: an even second, a pause of 400
// ms.
TEST_F(Judge, LoneHiccupIsJudgedEarly) {
  even(60, 1);
  now = now + Duration::ms(400);
  burst(20, 17);
  even(9, 17);
  EXPECT_EQ(judge.surplus(now), 0U);
  even(1, 17);
  EXPECT_EQ(judge.surplus(now), 16U);
}

// Aim: what is asked for never brings the smallest depth below the target, and it ends there.
// Method: leave out part, then the rest; then the depth falls by itself.
TEST_F(Judge, AsksForNoMoreThanTheTargetLeaves) {
  burst(10, 10);
  even(60, 10);
  EXPECT_EQ(judge.surplus(now), 9U);
  judge.on_left_out(4, 5);
  EXPECT_EQ(judge.surplus(now), 5U);
  judge.on_depth(2);
  EXPECT_EQ(judge.surplus(now), 2U) << "goes on below the tolerance once begun";
  judge.on_depth(0);
  EXPECT_EQ(judge.surplus(now), 0U);
  even(60, 3);
  EXPECT_EQ(judge.surplus(now), 0U) << "but does not begin below it";
  even(60, 4);
  EXPECT_EQ(judge.surplus(now), 3U);
}

// Aim: while the sender is silent nothing is judged: it is not at real-time rate.
// Method: ask during a pause with frames waiting.
TEST_F(Judge, SaysNothingDuringAPause) {
  burst(10, 10);
  even(60, 10);
  now = now + Duration::ms(300);
  EXPECT_EQ(judge.surplus(now), 0U);
}

// Aim: begin() forgets the time before, in which the queue could not move.
// Method: deep for seconds, begin, ask before and after a second.
TEST_F(Judge, BeginStartsTheWindowAnew) {
  burst(10, 10);
  even(100, 10);
  judge.begin(10, now);
  even(49, 10);
  EXPECT_EQ(judge.surplus(now), 0U);
  even(1, 10);
  EXPECT_EQ(judge.surplus(now), 9U);
}

// Aim: the line between backlog and deliberate burst is the pause before, and 1 s, both within 5 %.
// Method: pauses and bursts on both sides of it, 60 ms apart (ordinary jitter).
TEST_F(Judge, TellsBacklogFromDeliberateBurst) {
  struct Case {
    int64_t pause_ms;
    int burst;
    bool deliberate;
  };
  for (const Case& each :
       {Case{400, 20, false}, Case{400, 26, true}, Case{1000, 52, false}, Case{1000, 53, true},
        Case{5000, 52, false}, Case{5000, 53, true}, Case{20, 6, true}, Case{20, 2, false}}) {
    SCOPED_TRACE(testing::Message() << each.pause_ms << " ms, " << each.burst << " frames");
    judge.reset();
    even(100, 1);
    now = now + Duration::ms(each.pause_ms);
    for (int i = 1; i <= each.burst; ++i) {
      judge.on_audio(kFrame, static_cast<size_t>(i), now);
      judge.on_depth(static_cast<size_t>(i));
    }
    EXPECT_EQ(judge.deliberate(), each.deliberate);
    judge.on_depth(1);
    EXPECT_FALSE(judge.deliberate()) << "it has been played";
  }
}

}  // namespace
}  // namespace hookflash
