// Aim: how calls end and who wins when things cross (contract sections 11 and 14). Method: the
// simulated carrier with faults in its REST API and late or lost reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twilio::carrier::Person;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

const std::string kSid = "CA" + std::string(32, 'c');

// B-OUT-5: events that come before the dial's own answer are kept: the answer fills in only what is
// still empty.
TEST(Endings, EventsBeforeTheDialsAnswer) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {
      .what = RestFault::What::kNone, .permille = 1000, .delay = Duration::seconds(8)};
  Box box(api_config(), options);
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  EXPECT_EQ(placed.status, 201) << "a verified event is acceptance (B-OUT-7)";
  box.world.run(Duration::seconds(4));
  const CallRecord* const record = box.appliance.calls().find(*CallId::parse(call_id_of(placed)));
  ASSERT_NE(record, nullptr);
  const CallCore before = record->core;
  EXPECT_TRUE(before.answered_at.is_set());
  EXPECT_FALSE(before.provider_call_id.empty());
  box.world.run(Duration::seconds(8));
  EXPECT_EQ(record->core.answered_at, before.answered_at);
  EXPECT_EQ(record->core.provider_call_id, before.provider_call_id);
  EXPECT_EQ(box.counts().streams, 1U);
}

// B-OUT-5: also an end that comes first stays the end.
TEST(Endings, EndBeforeTheDialsAnswer) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {
      .what = RestFault::What::kNone, .permille = 1000, .delay = Duration::seconds(9)};
  Box box(api_config(), options);
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kBusy;
    return person;
  });
  (void)post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kBusy);
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
}

// B-OUT-6: the carrier has a call that cannot be journaled: it is hung up at once, the requester
// gets storage-failed.
TEST(Endings, AcceptedButNotRecorded) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {
      .what = RestFault::What::kNone, .permille = 1000, .delay = Duration::seconds(1)};
  Box box(api_config(), options);
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.ring_after = Duration::seconds(5);
    person.answer_after = Duration::seconds(20);
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
  box.world.plan(Duration::ms(500), [&] { box.world.storage().fail_next(1); });
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  EXPECT_EQ(placed.status, 503) << placed.body;
  EXPECT_THAT(placed.body, HasSubstr("storage-failed"));
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kFailed);
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 0U) << "hung up at the carrier";
}

// B-DISC-2: a stream that comes back within the grace goes on with the same app leg.
TEST(Endings, StreamComesBackToTheSameApp) {
  Box box(box_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"));
  SimApp& app = box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kEcho});
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  box.world.drop_stream(ref);
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.world.call(ref).streams, 2U);
  EXPECT_EQ(app.sessions().size(), 1U);
  EXPECT_EQ(app.open_sessions(), 1U);
  EXPECT_GT(box.world.call(ref).measures.echoes, 400U);
}

// B-DISC-2: each document with a stream gives it 10 s anew; then the carrier is asked, and a call
// that it does not know is over: no phantom call.
TEST(Endings, EachDocumentGivesItsStreamTime) {
  Box box;
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  box.world.run(Duration::seconds(8));
  const CallRecord* record =
      box.appliance.calls().table().get(box.appliance.calls().table().find(0, kSid));
  ASSERT_NE(record, nullptr);
  const std::string query = "callId=" + std::string(record->core.call_id.text()) + "&doc=1";
  ASSERT_EQ(send(box, hook(kSid, "in-progress", "inbound", query)).status, 200);
  box.world.run(Duration::seconds(7));
  EXPECT_EQ(box.counts().live_calls, 1U) << "15 s after the first, 7 s after the second";
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-HUP-3: a hang-up that a timer demands is tried again after 1, 2, 4, 8, 16 s, the carrier's view
// of the call being asked after each failure, until it goes through.
TEST(Endings, SafetyHangupIsRetried) {
  Box box(box_config(R"(,"maxDurationSeconds":10)"));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  auto& settings = box.world.twilio().carrier().settings();
  settings.update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 500};
  settings.read = settings.update;
  const uint64_t before = box.world.twilio().rest_requests();
  box.world.run(Duration::seconds(20));  // Max duration, then up to 15 s of retries.
  const uint64_t requests = box.world.twilio().rest_requests() - before;
  EXPECT_GE(requests, 8U) << "at least 4 hang-ups, each with its question";
  EXPECT_LE(requests, 12U) << "and no storm";
  EXPECT_EQ(box.counts().live_calls, 1U);
  settings.update = settings.read = {};
  box.world.run(Duration::seconds(40));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
  EXPECT_TRUE(box.last().carrier_end_confirmed);
}

// B-HUP-3: the retry stops when the carrier says that the call is over, although no hang-up ever
// went through.
TEST(Endings, RetryEndsWhenTheCarrierSaysOver) {
  Box box(box_config(R"(,"maxDurationSeconds":10)"));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  box.world.twilio().carrier().settings().update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 500};
  box.world.run(Duration::seconds(10));
  ASSERT_EQ(box.counts().live_calls, 1U);
  box.world.hang_up(ref);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_TRUE(box.last().carrier_end_confirmed);
}

// B-LIFE-5: stop(keep) gives each Twilio call a document that waits 20 s and comes back to us,
// before its stream closes; no call is hung up.
TEST(Endings, StopAndKeep) {
  Box box;
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  const uint64_t before = box.world.twilio().rest_requests();
  box.world.stop(in::StopMode::kKeep);
  box.world.run(Duration::seconds(3));
  EXPECT_TRUE(box.world.stopped());
  EXPECT_EQ(box.world.twilio().rest_requests(), before + 1);
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.world.call(ref).doing, twilio::carrier::CallData::Doing::kWaiting);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress) << "it waits for the box";
}

}  // namespace
}  // namespace hookflash::sim
