// Aim: what follows on the loss of a call's stream, and how long a call may last (contract section
// 14). Method: the simulated carrier loses streams while its webhooks cannot reach the box, so that
// nothing but the grace decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using twilio::carrier::Person;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

class Grace : public ::testing::Test {
 protected:
  void begin(const std::string& more = "") {
    box_ = std::make_unique<Box>(api_config(more));
    Person person = box_->world.speaker();
    person.faults.callbacks_lost_permille = 1000;
    call_ = box_->world.inbound_call("+15551234567", person);
    box_->world.run(Duration::seconds(4));
    ASSERT_EQ(box_->counts().streams, 1U);
    rest_ = box_->world.twilio().rest_requests();
  }
  // The stream is gone, and the carrier's request for the next document gets no connection for five
  // seconds.
  void lose_stream() {
    box_->world.twilio().reachable(false);
    box_->world.drop_stream(call_);
    run(Duration::ms(100));
    box_->world.twilio().reachable(true);
  }
  [[nodiscard]] uint64_t asked() const { return box_->world.twilio().rest_requests() - rest_; }
  void run(Duration time) { box_->world.run(time); }

  std::unique_ptr<Box> box_;
  CallRef call_;
  uint64_t rest_ = 0;
};

// B-DISC-1: after 2 s the carrier is asked; the call lives, so it is hung up, reason hangup-bot.
TEST_F(Grace, ALivingCallIsHungUp) {
  begin();
  lose_stream();
  run(Duration::ms(1800));
  EXPECT_EQ(asked(), 0U);
  run(Duration::ms(600));
  EXPECT_EQ(asked(), 2U) << "the question and the hang-up";
  EXPECT_EQ(box_->world.call(call_).state, CarrierState::kCompleted);
  EXPECT_EQ(box_->counts().call_slots, 0U);
  EXPECT_EQ(box_->last().end_reason, EndReason::kHangupBot);
  EXPECT_TRUE(box_->last().carrier_end_confirmed);
}

// B-DISC-1: the call has ended: finished as reported, and nothing is hung up.
TEST_F(Grace, AnEndedCallIsFinished) {
  begin();
  box_->world.hang_up(call_);
  run(Duration::ms(2500));
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(box_->counts().call_slots, 0U);
  EXPECT_EQ(box_->last().end_reason, EndReason::kCompleted);
  EXPECT_TRUE(box_->last().carrier_end_confirmed);
}

// B-DISC-1: 0 asks at once, any other figure when it is over.
TEST_F(Grace, AsConfigured) {
  for (const int64_t ms : {0, 500, 4000}) {
    begin(R"(,"streaming":{"disconnectGraceMs":)" + std::to_string(ms) + "}");
    lose_stream();
    if (ms > 0) {
      run(Duration::ms(ms - 200));
      EXPECT_EQ(asked(), 0U) << ms;
    }
    run(Duration::ms(300));
    EXPECT_GE(asked(), 1U) << ms;
  }
}

// B-DISC-1: the carrier has 2 s to answer; then the call is hung up all the same.
TEST_F(Grace, ACarrierThatDoesNotAnswer) {
  begin();
  lose_stream();
  box_->world.twilio().carrier().settings().read = {.what = RestFault::What::kSilent,
                                                    .permille = 1000};
  run(Duration::ms(3800));
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(box_->world.call(call_).state, CarrierState::kInProgress);
  run(Duration::ms(500));
  EXPECT_EQ(asked(), 2U);
  EXPECT_EQ(box_->world.call(call_).state, CarrierState::kCompleted);
  EXPECT_EQ(box_->last().end_reason, EndReason::kHangupBot);
}

// B-DISC-1, B-HUP-3: the hang-up fails: a warning, and it is sent again, before the carrier comes
// for a document.
TEST_F(Grace, AFailedEndIsRepeated) {
  begin();
  lose_stream();
  auto& update = box_->world.twilio().carrier().settings().update;
  update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  run(Duration::ms(2500));
  EXPECT_GE(lines_with(*box_, "hang-up failed"), 1U);
  EXPECT_EQ(box_->counts().live_calls, 1U);
  update = {};
  run(Duration::ms(2200));
  EXPECT_EQ(box_->world.call(call_).state, CarrierState::kCompleted);
  EXPECT_EQ(box_->counts().call_slots, 0U);
  EXPECT_EQ(box_->last().end_reason, EndReason::kHangupBot);
}

// B-DISC-1: a stop closes streams without the grace: each call costs one hang-up, or one update,
// and no question.
TEST_F(Grace, NotAtAStop) {
  for (const in::StopMode mode : {in::StopMode::kEnd, in::StopMode::kKeep}) {
    begin();
    box_->world.stop(mode);
    run(Duration::seconds(8));
    EXPECT_TRUE(box_->world.stopped());
    EXPECT_EQ(asked(), 1U);
  }
}

// B-DUR-1: the time counts from the answer, not from the dial, and later answered events move
// nothing.
TEST(MaxDuration, CountsFromTheFirstAnswer) {
  Box box(api_config(R"(,"maxDurationSeconds":20)"));
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer_after = Duration::seconds(9);
    return person;
  });
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201);
  const CallRecord* const record = box.appliance.calls().find(*CallId::parse(call_id_of(placed)));
  ASSERT_NE(record, nullptr);
  const std::string sid(record->core.provider_call_id.view());
  ASSERT_TRUE(box.world.run_until([&] { return record->core.answered_at.is_set(); },
                                  Duration::seconds(20)));
  const Instant answered = box.world.now().mono;
  box.world.run(Duration::seconds(10));
  ASSERT_EQ(send(box, hook(sid, "in-progress", "outbound-api",
                           "callId=" + call_id_of(placed) + "&type=status")
                          .as_status())
                .status,
            200);
  box.world.run(Duration::seconds(9));
  EXPECT_EQ(box.counts().live_calls, 1U);
  ASSERT_TRUE(
      box.world.run_until([&] { return box.counts().live_calls == 0; }, Duration::seconds(5)));
  EXPECT_NEAR(static_cast<double>((box.world.now().mono - answered).ms()), 20'000, 500);
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
}

}  // namespace
}  // namespace hookflash::sim
