// Aim: what a restart asks of the carrier, and what each answer makes of a call (contract section
// 7). Method: the appliance loses power in the simulated world and another takes up its journal,
// while the simulated carrier answers as each case needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call/entry_items.h"
#include "power.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twilio::carrier::Person;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

constexpr const char* kSid = "CA00000000000000000000000000000077";

RestFault fault(RestFault::What what, uint16_t status = 500) {
  return {.what = what, .permille = 1000, .status = status};
}

// B-RST-1: however many calls are verified with a carrier that says nothing, a new call is accepted
// at once. Calls that wait for their answer hold their slots (B-ADM-1).
TEST(RestartCarrier, NewCallsDoNotWait) {
  Power power;
  for (int i = 0; i < 7; ++i) {
    power.world.inbound_call("+1555123450" + std::to_string(i));
    power.world.run(Duration::ms(200));
  }
  power.world.run(Duration::seconds(3));
  ASSERT_EQ(power.counts().live_calls, 7U);
  auto& settings = power.world.twilio().carrier().settings();
  settings.read = fault(RestFault::What::kSilent);
  power.restart(Duration::seconds(1));
  const Instant begun = power.world.now().mono;
  const HttpAnswer answer = power.world.request(power.webhook(kSid, "ringing"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("<Stream"));
  EXPECT_LT(power.world.now().mono - begun, Duration::ms(500));
  EXPECT_EQ(power.counts().live_calls, 8U);
  const HttpAnswer ninth =
      power.world.request(power.webhook("CA00000000000000000000000000000099", "ringing"));
  EXPECT_THAT(ninth.body, HasSubstr("<Reject reason=\"busy\""))
      << "restored calls hold their slots";
  EXPECT_THAT(power.world.violations(), IsEmpty());
}

// Section 7, every answer that says nothing definite: no answer, a broken connection, a server's
// error, a refusal, a bad body: the call is kept unchanged, and asked for again 30 s later, not
// before.
TEST(RestartCarrier, WhatIsNotDefiniteKeepsTheCall) {
  const RestFault kFaults[] = {fault(RestFault::What::kSilent), fault(RestFault::What::kLost),
                               fault(RestFault::What::kStatus, 503),
                               fault(RestFault::What::kStatus, 401),
                               fault(RestFault::What::kStatus, 429),
                               // A body that says nothing about a call.
                               fault(RestFault::What::kStatus, 200)};
  for (const RestFault& read : kFaults) {
    SCOPED_TRACE(static_cast<int>(read.what) * 1000 + read.status);
    Power power;
    // Unknown to the carrier's REST API, so that it is dropped as soon as there is an answer.
    ASSERT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
    const CallCore before = *power.core_of(kSid);
    power.cut(Duration::seconds(1));
    power.world.twilio().carrier().settings().read = read;
    const uint64_t rest = power.world.twilio().rest_requests();
    power.start();
    power.world.run(Duration::seconds(25));
    ASSERT_NE(power.core_of(kSid), nullptr);
    EXPECT_EQ(*power.core_of(kSid), before);
    EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1);
    EXPECT_TRUE(power.logged("1 unknown"));
    power.world.twilio().carrier().settings().read = {};
    power.world.run(Duration::seconds(4));
    EXPECT_NE(power.core_of(kSid), nullptr) << "not before 30 s";
    power.world.run(Duration::seconds(14));
    // 404: dropped, confirmed, completed because the carrier gives no reason.
    EXPECT_EQ(power.core_of(kSid), nullptr);
    EXPECT_EQ(power.last().end_reason, EndReason::kCompleted);
    EXPECT_TRUE(power.last().carrier_end_confirmed);
  }
}

// Section 7, outcome terminal with the carrier's reason: the far end was busy meanwhile.
TEST(RestartCarrier, TheCarriersReasonIsTaken) {
  Power power;
  power.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kBusy;
    person.answer_after = Duration::seconds(4);
    return person;
  });
  ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 201);
  power.world.run(Duration::seconds(1));
  power.cut(Duration::seconds(60));  // Past the retries of its webhooks.
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_EQ(power.last().end_reason, EndReason::kBusy);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1) << "B-RST-2: asked once, not dialled";
  EXPECT_TRUE(power.logged("1 ended"));
}

// B-RST-3: events that come while the question is open are processed at once, and an end among them
// beats what the carrier's answer says later. Method: the call was canceled while the box was
// away, so that the answer, which is held back for 6 s, would end it otherwise.
TEST(RestartCarrier, AnEventBeatsTheQuery) {
  Power power;
  power.world.twilio().set_callee([&](std::string_view) {
    Person person = power.world.speaker();
    person.answer_after = Duration::seconds(3600);
    person.gives_up_after = Duration::seconds(6);
    person.faults.callbacks_lost_permille = 1000;  // The box learns only what it is told below.
    return person;
  });
  ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 201);
  power.world.run(Duration::seconds(2));
  const std::string sid(power.only()->core.provider_call_id.view());
  power.cut(Duration::seconds(10));
  power.world.twilio().carrier().settings().read = {.permille = 1000,
                                                    .delay = Duration::seconds(6)};
  power.start();
  power.world.run(Duration::seconds(1));
  ASSERT_EQ(power.world.twilio().rest_pending(), 1U) << "the question is open";
  ASSERT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.core_of(sid)->state, CallState::kInitiated);
  EXPECT_EQ(power.world.request(power.outbound_webhook(sid, "ringing", "?type=status")).status,
            200);
  EXPECT_EQ(power.core_of(sid)->state, CallState::kRinging);
  EXPECT_EQ(power.world.request(power.outbound_webhook(sid, "busy", "?type=status")).status, 200);
  ASSERT_EQ(power.core_of(sid), nullptr);
  EXPECT_EQ(power.last().end_reason, EndReason::kBusy);
  ASSERT_EQ(power.world.twilio().rest_pending(), 1U) << "and has been all the time";
  power.world.run(Duration::seconds(10));
  EXPECT_EQ(power.world.twilio().rest_pending(), 0U);
  EXPECT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().end_reason, EndReason::kBusy);
  EXPECT_EQ(power.counts().call_slots, 0U);
}

// B-RST-4: an unanswered call gets its ring timer with what is left, and at least 10 s: then the
// carrier is asked and the call hung up with no-answer. Method: a carrier that keeps to no ring
// limit, so that only our timer, of 30 + 15 s, ends the call.
TEST(RestartCarrier, TheRingTimerGoesOn) {
  struct Case {
    Duration away;
    Duration left;  // Of 45 s, 5 of which passed before the cut.
  };
  for (const Case& c : {Case{Duration::seconds(15), Duration::seconds(25)},
                        Case{Duration::seconds(38), Duration::seconds(10)}}) {
    Power power(api_config(R"(,"ringTimeoutMs":30000)"));
    power.world.twilio().set_callee([](std::string_view) {
      Person person;
      person.answer = Person::Answer::kNever;
      person.faults.rings_for_ever = true;
      return person;
    });
    ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 201);
    power.world.run(Duration::seconds(5));
    const std::string sid(power.only()->core.provider_call_id.view());
    power.cut(c.away);
    power.start();
    power.world.run(c.left - Duration::seconds(1));
    ASSERT_NE(power.core_of(sid), nullptr);
    EXPECT_EQ(power.core_of(sid)->state, CallState::kRinging);
    const uint64_t rest = power.world.twilio().rest_requests();
    power.world.run(Duration::seconds(3));
    ASSERT_EQ(power.core_of(sid), nullptr);
    EXPECT_EQ(power.last().end_reason, EndReason::kNoAnswer);
    EXPECT_EQ(power.world.twilio().rest_requests(), rest + 2) << "the question and the hang-up";
    EXPECT_EQ(power.world.twilio().carrier().find_sid(sid)->state, CarrierState::kCanceled);
    EXPECT_EQ(power.counts().call_slots, 0U);
  }
}

// B-RST-4: a record in a state behind answered that has no time of its answer gets its start, in
// the journal too, and max duration counts from there. Method: such a record is put into the
// journal by hand.
TEST(RestartCarrier, AnAnswerWithoutTime) {
  Power power(api_config(R"(,"maxDurationSeconds":60)"));
  const CallRef ref = power.talk(Duration::seconds(10));
  const std::string sid = power.sid_of(ref);
  CallCore core = *power.core_of(sid);
  core.answered_at = {};
  EntryWriter entry;
  entry.begin(power.world.now().wall);
  write_core(entry, core);
  power.more_entries.emplace_back(text_of(entry.bytes()));
  power.restart(Duration::ms(300));
  power.more_entries.clear();
  power.world.run(Duration::seconds(2));
  ASSERT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.core_of(sid)->answered_at, core.started_at);
  power.restart(Duration::ms(300));
  ASSERT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.core_of(sid)->answered_at, core.started_at);
  power.world.run(Duration::seconds(40));
  EXPECT_NE(power.core_of(sid), nullptr);
  power.world.run(Duration::seconds(12));
  EXPECT_EQ(power.core_of(sid), nullptr);
  EXPECT_EQ(power.last().end_reason, EndReason::kTimeout);
}

// B-RST-5, B-LIFE-5: calls that the box left to the carrier when it stopped (Pause and Redirect)
// get their stream back by one live update as soon as it is up again, long before the Redirect.
TEST(RestartCarrier, ParkedCallsAreReattached) {
  Power power;
  const CallRef ref = power.talk();
  power.world.stop(in::StopMode::kKeep);
  ASSERT_TRUE(power.world.run_until([&] { return power.world.stopped(); }, Duration::seconds(12)));
  power.cut(Duration::seconds(2));
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  power.start();
  power.world.run(Duration::seconds(3));
  EXPECT_EQ(power.counts().streams, 1U);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  const uint64_t frames = power.world.call(ref).measures.frames;
  power.world.run(Duration::seconds(2));
  EXPECT_GT(power.world.call(ref).measures.frames, frames + 80) << "the echo is heard again";
  EXPECT_TRUE(power.logged("1 active"));
  EXPECT_THAT(power.world.violations(), IsEmpty());
}

// B-RST-5: no stream comes within 10 s: the call is hung up with error.
TEST(RestartCarrier, ACallWithoutStreamIsHungUp) {
  Power power;
  const CallRef ref = power.talk();
  power.cut(Duration::seconds(1));
  power.world.twilio().streams_unreachable(1000);
  power.start();
  power.world.run(Duration::seconds(9));
  EXPECT_EQ(power.counts().live_calls, 1U);
  power.world.run(Duration::seconds(6));
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_EQ(power.last().end_reason, EndReason::kError);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kCompleted);
}

// B-APP-7: the app of a restored call is opened anew and told so; it learns the end once.
TEST(RestartCarrier, TheAppIsToldThatItResumes) {
  Power power(api_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"));
  SimApp& app = power.world.add_app("bot.example.com", {});
  const CallRef ref = power.talk();
  ASSERT_EQ(app.sessions().size(), 1U);
  power.restart(Duration::seconds(1));
  power.world.run(Duration::seconds(8));
  ASSERT_EQ(app.sessions().size(), 2U);
  EXPECT_EQ(app.sessions()[0]->parameters.count("resumed"), 0U);
  EXPECT_EQ(app.sessions()[1]->parameters.count("resumed"), 1U);
  power.world.hang_up(ref);
  power.world.run(Duration::seconds(10));
  EXPECT_EQ(app.sessions().size(), 2U);
  EXPECT_EQ(app.sessions()[1]->stops, 1U);
}

// B-PROC-8 and section 7: an end that never got to flash, because the store failed until the power
// went, is found out again: the call is asked for and ends once.
TEST(RestartCarrier, AnEndThatWasNotKeptIsFoundAgain) {
  Power power;
  const CallRef ref = power.talk();
  const std::string sid = power.sid_of(ref);
  power.world.storage().fail_permille(1000);
  power.world.hang_up(ref);
  power.world.run(Duration::seconds(90));
  EXPECT_EQ(power.counts().call_slots, 0U) << "freed after 60 s";
  EXPECT_TRUE(power.appliance().alarms().raised(Alarm::kJournal));
  power.world.storage().fail_permille(0);
  power.restart(Duration::seconds(1));
  EXPECT_NE(power.core_of(sid), nullptr);
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(power.core_of(sid), nullptr);
  EXPECT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().end_reason, EndReason::kCompleted);
}

// The entry that puts a restored call right fails; it is tried again, and the call is verified
// then. B-MSG-2: the message it found in playing is done, and is not spoken again.
TEST(RestartCarrier, PuttingRightIsRepeated) {
  Power power(api_config(R"(,"inboundGreeting":"Good morning")"));
  const CallRef ref = power.world.inbound_call("+15551234567");
  const std::string sid = power.sid_of(ref);
  ASSERT_TRUE(power.world.run_until(
      [&] {
        return power.core_of(sid) != nullptr &&
               power.core_of(sid)->message_state == MessageState::kPlaying;
      },
      Duration::seconds(10)));
  power.cut(Duration::ms(200));
  const size_t spoken = power.world.twilio().sentences().size();
  power.world.storage().fail_permille(1000);
  power.start();
  power.world.run(Duration::ms(100));
  EXPECT_EQ(power.core_of(sid)->message_state, MessageState::kPlaying);
  power.world.storage().fail_permille(0);
  power.world.run(Duration::seconds(35));
  ASSERT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.core_of(sid)->message_state, MessageState::kDone);
  EXPECT_LE(power.world.twilio().sentences().size(), spoken + 0);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(power.counts().streams, 1U);
}

}  // namespace
}  // namespace hookflash::sim
