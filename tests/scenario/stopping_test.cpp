// Aim: what a stop leaves behind is found again by the next start (contract sections 7 and 25).
// Method: the simulated carrier says nothing while the box stops; another box takes up its journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "power.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

// B-LIFE-5: stop(end) hangs up all calls in parallel, with 10 s in all; what the carrier has not
// confirmed by then is hung up by the next start, with its reason.
TEST(Stopping, WhatIsNotHungUpInTimeIsLeftToTheNextStart) {
  Power power;
  for (int i = 0; i < 3; ++i) {
    power.world.inbound_call("+1555123456" + std::to_string(i));
    power.world.run(Duration::ms(300));
  }
  power.world.run(Duration::seconds(5));
  ASSERT_EQ(power.counts().live_calls, 3U);
  auto& settings = power.world.twilio().carrier().settings();
  settings.update = {.what = RestFault::What::kSilent, .permille = 1000};
  const uint64_t before = power.world.twilio().rest_requests();
  power.world.stop(in::StopMode::kEnd);
  power.world.run(Duration::ms(300));
  EXPECT_EQ(power.world.twilio().rest_requests(), before + 3) << "none waits for another";
  power.world.run(Duration::ms(9500));
  EXPECT_FALSE(power.world.stopped());
  power.world.run(Duration::ms(300));
  EXPECT_TRUE(power.world.stopped());
  EXPECT_EQ(power.world.twilio().carrier().live_calls(), 3U);
  settings.update = {};
  power.restart(Duration::ms(500));
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.world.twilio().carrier().live_calls(), 0U);
  EXPECT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().history().size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(power.calls().history()[i].end_reason, EndReason::kHangupBot);
    EXPECT_TRUE(power.calls().history()[i].carrier_end_confirmed);
  }
}

// B-LIFE-5: a call whose first entry is on its way to flash when stop(end) begins is hung up as
// soon as it is there, whoever made it; the stop takes no longer than that.
TEST(Stopping, ACallThatIsBeingCreatedIsEnded) {
  for (const bool outbound : {false, true}) {
    Power power;
    power.world.run(Duration::seconds(1));
    power.world.storage().stall(Duration::seconds(2));
    if (outbound) {
      (void)power.post_later("/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
    } else {
      power.world.inbound_call("+15551234567");
    }
    ASSERT_TRUE(
        power.world.run_until([&] { return power.counts().persists > 0; }, Duration::seconds(1)));
    ASSERT_EQ(power.counts().call_slots, 1U);
    ASSERT_EQ(power.counts().live_calls, 0U) << "not durable yet";
    power.world.stop(in::StopMode::kEnd);
    EXPECT_TRUE(power.world.run_until([&] { return power.world.stopped(); }, Duration::seconds(5)));
    EXPECT_EQ(power.world.twilio().carrier().live_calls(), 0U);
    EXPECT_EQ(power.counts().call_slots, 0U);
    ASSERT_EQ(power.calls().history().size(), 1U);
    EXPECT_EQ(power.last().end_reason, EndReason::kHangupBot);
    EXPECT_TRUE(power.last().carrier_end_confirmed);
  }
}

// B-LIFE-5: stop(keep) parks a call for 20 s with its way back: it comes to the next box by itself,
// also when that cannot reach the carrier.
TEST(Stopping, AKeptCallComesBackByItself) {
  Power power;
  const CallRef ref = power.talk();
  power.world.stop(in::StopMode::kKeep);
  ASSERT_TRUE(power.world.run_until([&] { return power.world.stopped(); }, Duration::seconds(10)));
  const Duration parked = power.world.call(ref).doing_until - power.world.now().mono;
  EXPECT_GT(parked, Duration::seconds(18));
  EXPECT_LE(parked, Duration::seconds(20));
  power.world.twilio().rest_unreachable(1000);
  power.restart(Duration::seconds(5));
  power.world.run(Duration::seconds(9));
  EXPECT_EQ(power.counts().live_calls, 1U);
  EXPECT_EQ(power.counts().streams, 0U);
  power.world.run(Duration::seconds(7));
  EXPECT_EQ(power.counts().streams, 1U);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
}

}  // namespace
}  // namespace hookflash::sim
