// Aim: who asked for a hang-up hears that it failed when no restart will make up for it, and not
// before (contract sections 6 and 14). Method: a carrier that refuses the hang-up, and flash that
// is slow, stalls, fails or loses power around the entry that takes the intent back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "power.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

class HangupWithdrawal : public ::testing::Test {
 protected:
  // The carrier says no after a second; the intent is durable by then.
  void ask() {
    call_ = power_.talk();
    settings().update = {.what = RestFault::What::kStatus,
                         .permille = 1000,
                         .status = 503,
                         .delay = Duration::seconds(1)};
    answer_ = power_.post_later(
        "/api/v1/calls/" + std::string(power_.only()->core.call_id.text()) + "/hangup", "");
    power_.world.run(Duration::ms(700));
    ASSERT_TRUE(has(power_.only()->core.intents, Intent::kHangup));
    ASSERT_EQ(answer_->status, 0);
  }
  twilio::carrier::Settings& settings() { return power_.world.twilio().carrier().settings(); }

  Power power_;
  CallRef call_;
  std::shared_ptr<HttpAnswer> answer_;
};

// B-HUP-2, B-JRN-1: power fails at the moment at which the requester hears that the hang-up has
// failed: the call goes on after the restart, as it was told.
TEST_F(HangupWithdrawal, IsDurableBeforeTheAnswer) {
  ask();
  power_.world.storage().delays(Duration::ms(300), Duration::ms(300));
  ASSERT_TRUE(power_.world.run_until([&] { return answer_->status != 0; }, Duration::seconds(5)));
  EXPECT_EQ(answer_->status, 502) << answer_->body;
  EXPECT_THAT(answer_->body, HasSubstr("carrier-refused"));
  EXPECT_FALSE(has(power_.only()->core.intents, Intent::kHangup));
  settings().update = {};
  power_.restart(Duration::ms(500));
  power_.world.run(Duration::seconds(5));
  EXPECT_EQ(power_.world.call(call_).state, CarrierState::kInProgress);
  EXPECT_EQ(power_.counts().live_calls, 1U);
}

// B-HUP-2, B-JRN-1: flash does not take the withdrawal: the requester hears that storage has
// failed, not that all is as it was. The next entry takes the intent back.
TEST_F(HangupWithdrawal, FlashThatFails) {
  ask();
  power_.world.storage().fail_permille(1000);
  power_.world.run(Duration::seconds(1));
  EXPECT_EQ(answer_->status, 503) << answer_->body;
  EXPECT_THAT(answer_->body, HasSubstr("storage-failed"));
  EXPECT_EQ(power_.counts().live_calls, 1U);
  power_.world.storage().fail_permille(0);
  settings().update = {};
  power_.world.press(call_, "5");
  power_.world.drop_stream(call_);
  power_.world.run(Duration::seconds(5));
  EXPECT_FALSE(has(power_.only()->core.intents, Intent::kHangup));
  EXPECT_EQ(power_.world.call(call_).state, CarrierState::kInProgress);
}

// B-HUP-2, B-PROC-5: flash says nothing: the requester is answered when the entry is overdue.
TEST_F(HangupWithdrawal, FlashThatStalls) {
  ask();
  power_.world.storage().stall(Duration::seconds(30));
  power_.world.run(Duration::seconds(4));
  EXPECT_EQ(answer_->status, 0);
  power_.world.run(Duration::seconds(1));
  EXPECT_EQ(answer_->status, 503) << answer_->body;
  EXPECT_THAT(answer_->body, HasSubstr("storage-failed"));
  power_.world.run(Duration::seconds(30));
  EXPECT_FALSE(has(power_.only()->core.intents, Intent::kHangup));
  EXPECT_EQ(power_.world.call(call_).state, CarrierState::kInProgress);
}

}  // namespace
}  // namespace hookflash::sim
