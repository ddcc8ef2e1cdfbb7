// Aim: inbound calls end as told, through the real appliance. Method: the simulated carrier rings at the
// box in virtual time; both sides are looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "box.h"

namespace hookflash::sim {
namespace {

using ::testing::IsEmpty;
using CarrierState = twilio::carrier::CallState;

// B-STATE-4, B-STR-7, B-STATE-6: webhook, document, stream, echo; the far end hangs up.
TEST(Inbound, EchoCall) {
  Box box;
  ASSERT_EQ(box.configured, Status::kOk) << box.appliance.problems().list()[0].message.view();
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(10));
  const auto& call = box.world.call(ref);
  EXPECT_EQ(call.state, CarrierState::kInProgress);
  EXPECT_EQ(call.streams, 1U);
  EXPECT_GT(call.measures.echoes, 200U);
  EXPECT_EQ(call.measures.warnings, 0U);
  EXPECT_EQ(box.counts().live_calls, 1U);
  box.world.hang_up(ref);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(call.state, CarrierState::kCompleted);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kCompleted);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

}  // namespace
}  // namespace hookflash::sim
