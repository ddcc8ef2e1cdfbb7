// Aim: inbound calls end as told, through the real appliance. Method: the simulated carrier rings
// at the box in virtual time; both sides are looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "box.h"
#include "signed_webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
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

// B-INB-1, B-INB-3, table of B-ADM: refused by policy, recorded once, answered with Reject.
TEST(Inbound, RefusedByPolicy) {
  Box box(box_config(R"(,"serve":{"port":3334})",
                     R"(,"inboundPolicy":"allowlist","allowFrom":["+15550009999"])"));
  ASSERT_EQ(box.configured, Status::kOk) << box.appliance.problems().list()[0].message.view();
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  EXPECT_NE(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.counts().call_slots, 0U);
  ASSERT_EQ(box.appliance.calls().history().size(), 1U);
  EXPECT_EQ(box.last().rejection, Rejection::kPolicy);
  EXPECT_EQ(box.last().end_reason, EndReason::kHangupBot);
}

// B-TWI-2, table of B-ADM: a refused call that asks again gets its refusal again, and a hang-up
// once it says that it is answered.
TEST(Inbound, RefusedCallAsksAgain) {
  Box box(box_config("", R"(,"inboundPolicy":"disabled")"));
  const auto fetch = [&](const std::string& status, const std::string& query) {
    return box.world.request(signed_webhook(box.crypto,
                                            {{"CallSid", "CA5"},
                                             {"From", "+15551234567"},
                                             {"To", std::string(kOurNumber)},
                                             {"Direction", "inbound"},
                                             {"CallStatus", status}},
                                            query));
  };
  EXPECT_THAT(fetch("ringing", "").body, HasSubstr("<Reject reason=\"rejected\"/>"));
  EXPECT_THAT(fetch("ringing", "?n=2").body, HasSubstr("<Reject reason=\"rejected\"/>"));
  const std::string answered = fetch("in-progress", "?n=3").body;
  EXPECT_THAT(answered, HasSubstr("<Hangup/>"));
  EXPECT_EQ(answered.find("Reject"), std::string::npos);
  EXPECT_EQ(box.appliance.calls().history().size(), 1U);
}

// B-ADM-4: a second caller over the cap gets busy, at once, and is recorded.
TEST(Inbound, RefusedByCapacity) {
  Box box(box_config(R"(,"maxConcurrentCalls":1)"));
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(3));
  box.world.inbound_call("+15551234568");
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.last().rejection, Rejection::kCapacity);
  EXPECT_EQ(box.last().end_reason, EndReason::kBusy);
}

// B-PROC-1: the append fails, nothing is changed, the carrier's retry is processed afresh.
TEST(Inbound, StorageFailsOnce) {
  Box box;
  box.world.storage().fail_next(1);
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-DISC-1, B-TWI-3: the stream drops; the Redirect brings a new one, the call and its app live on.
TEST(Inbound, StreamDropsAndComesBack) {
  Box box;
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(4));
  box.world.drop_stream(ref);
  box.world.run(Duration::seconds(6));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.world.call(ref).streams, 2U);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-DUR-1: hung up with reason timeout maxDurationSeconds after the answer.
TEST(Inbound, MaxDuration) {
  Box box(box_config(R"(,"maxDurationSeconds":20)"));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(40));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
}

// No phantom call: the caller gives up before any stream; nobody tells us, the document's lease
// does.
TEST(Inbound, CallerVanishesBeforeTheStream) {
  Box box;
  box.world.storage().delays(Duration::ms(300), Duration::ms(400));
  auto person = box.world.speaker();
  person.gives_up_after = Duration::ms(100);
  const CallRef ref = box.world.inbound_call("+15551234567", person);
  box.world.run(Duration::seconds(60));
  EXPECT_NE(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-DED-5, B-DED-1: identical webhooks at the same time have the effect of one.
TEST(Inbound, DuplicateWebhooks) {
  Box box;
  auto person = box.world.speaker();
  person.faults.duplicate_webhooks = true;
  const CallRef ref = box.world.inbound_call("+15551234567", person);
  box.world.run(Duration::seconds(6));
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  box.world.hang_up(ref);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.appliance.calls().history().size(), 1U);
}

// B-APP-1, B-APP-2: an application over WebSocket, which gets the start, the audio and the stop.
TEST(Inbound, ApplicationOverWebSocket) {
  Box box(box_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"));
  ASSERT_EQ(box.configured, Status::kOk) << box.appliance.problems().list()[0].message.view();
  SimApp& app = box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kEcho});
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(10));
  EXPECT_GT(box.world.call(ref).measures.echoes, 200U);
  box.world.hang_up(ref);
  box.world.run(Duration::seconds(10));
  ASSERT_EQ(app.sessions().size(), 1U);
  EXPECT_EQ(app.sessions()[0]->starts, 1U);
  EXPECT_EQ(app.sessions()[0]->stops, 1U);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.counts().app_legs, 0U);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-APP-6: an app that closes in order ends the call, its farewell played.
TEST(Inbound, ApplicationSaysGoodbye) {
  Box box(box_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"));
  AppBehaviour behaviour{.kind = AppBehaviour::Kind::kTalker};
  behaviour.utterances = 1;
  behaviour.hangs_up_when_done = true;
  box.world.add_app("bot.example.com", behaviour);
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(30));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kHangupBot);
}

// B-APP-5: an app that cannot be reached ends the call with error after its redials.
TEST(Inbound, ApplicationUnreachable) {
  Box box(box_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"));
  AppBehaviour behaviour;
  behaviour.unreachable = true;
  box.world.add_app("bot.example.com", behaviour);
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(60));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kError);
}

// B-LIFE-5: stop ends every call and says when it is done.
TEST(Inbound, StopEndsCalls) {
  Box box;
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(4));
  box.world.stop(in::StopMode::kEnd);
  box.world.run(Duration::seconds(15));
  EXPECT_TRUE(box.world.stopped());
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(box.last().end_reason, EndReason::kHangupBot);
}

}  // namespace
}  // namespace hookflash::sim
