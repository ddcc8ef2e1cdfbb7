// Aim: the order of contract section 4 holds whatever flash does. Method: webhooks of an inbound
// call, signed as Twilio signs, while the simulated storage stalls and fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

const std::string kSid = "CA" + std::string(32, 'a');

CallRecord* call_of(Box& box, const std::string& sid = kSid) {
  const CallTable& table = box.appliance.calls().table();
  return const_cast<CallRecord*>(table.get(table.find(0, sid)));
}

// B-PROC-2: events of one call wait for the one before them, and are applied in the order in which
// they came; with 32 waiting the next is refused and leaves nothing.
TEST(Processing, OneInboxForEachCall) {
  Box box;
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  CallRecord* const record = call_of(box);
  ASSERT_NE(record, nullptr);
  box.world.storage().stall(Duration::seconds(3));
  const auto digits = [&](char digit) {
    Event event;
    event.type = EventType::kDtmf;
    event.call_id = record->core.call_id;
    event.key.fill(static_cast<uint8_t>(digit));
    EXPECT_EQ(event.set(EventText::kDigits, std::string(1, digit)), Status::kOk);
    return event;
  };
  const auto answered = send_later(box, hook(kSid, "in-progress").as_status());
  box.world.run(Duration::ms(200));
  ASSERT_TRUE(record->busy);
  EXPECT_EQ(record->core.state, CallState::kRinging) << "not durable yet";
  const auto ended = send_later(box, hook(kSid, "completed").as_status());
  box.world.run(Duration::ms(200));
  for (int i = 1; i < 32; ++i) {
    box.appliance.calls().submit(digits(static_cast<char>(i)), {}, box.world.now());
  }
  EXPECT_EQ(record->inbox.size, limits::kInboxEntriesMax);
  const HttpAnswer refused = send(box, hook(kSid, "in-progress").with("Digits", "1"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(answered->status, 0);
  EXPECT_EQ(ended->status, 0);
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(answered->status, 200);
  EXPECT_EQ(ended->status, 200);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kCompleted);
  EXPECT_TRUE(box.last().answered_at.is_set()) << "the answer came before the end";
}

// B-PROC-3: while flash stalls, the audio of a call goes on, its own entries waiting.
TEST(Processing, FlashDelaysNoAudio) {
  Box box;
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(4));
  const auto before = box.world.call(ref).measures;
  box.world.storage().stall(Duration::seconds(3));
  box.world.press(ref, "5");  // An entry of this very call waits.
  box.world.inbound_call("+15551234568");
  box.world.run(Duration::ms(2900));
  const auto& after = box.world.call(ref).measures;
  EXPECT_GE(after.frames - before.frames, 140U);
  EXPECT_EQ(after.gaps, before.gaps);
  EXPECT_GT(box.counts().persists, 0U);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-PROC-5: not durable after 4 s: 500; the entry in flight keeps its outcome, and the carrier's
// retry joins it: one call, with a document.
TEST(Processing, NotDurableInTime) {
  Box box;
  box.world.storage().stall(Duration::seconds(6));
  const auto first = send_later(box, hook(kSid, "ringing"));
  box.world.run(Duration::ms(3900));
  EXPECT_EQ(first->status, 0);
  box.world.run(Duration::ms(300));
  EXPECT_EQ(first->status, 500);
  EXPECT_EQ(call_of(box) == nullptr || call_of(box)->reserved, true);
  const auto retry = send_later(box, hook(kSid, "ringing"));
  box.world.run(Duration::seconds(4));
  EXPECT_EQ(retry->status, 200);
  EXPECT_THAT(retry->body, HasSubstr("<Stream"));
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.counts().call_slots, 1U);
}

// B-PROC-6: an event of a call that is not known is answered 200 and neutral, and does not use its
// key: the same delivery counts once the call exists. A terminal event makes no call.
TEST(Processing, UnknownCall) {
  Box box(api_config());
  const Hook answered = hook(kSid, "in-progress").as_status();
  const HttpAnswer early = send(box, answered);
  EXPECT_EQ(early.status, 200);
  EXPECT_THAT(early.body, HasSubstr("<Response></Response>"));
  EXPECT_EQ(send(box, hook(kSid, "completed").as_status()).status, 200);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.appliance.calls().history().size(), 0U);
  const std::string metrics =
      box.world
          .request(
              {.target = "/metrics", .headers = {std::string("Authorization: Bearer ") + kToken}})
          .body;
  EXPECT_THAT(metrics, HasSubstr(R"(type="answered",result="unknown_call"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(type="ended",result="unknown_call"} 1)"));
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  ASSERT_NE(call_of(box), nullptr);
  EXPECT_EQ(call_of(box)->core.state, CallState::kRinging);
  EXPECT_EQ(send(box, answered).status, 200);
  EXPECT_EQ(call_of(box)->core.state, CallState::kAnswered);
}

// B-PROC-7, B-OUT-8: a live event of a call whose end is unconfirmed gets a hang-up document at
// once and the carrier is asked to hang up, also while its REST API is silent; the call is not
// revived. Once the end is confirmed such an event only counts as late.
TEST(Processing, NothingRevivesAFinishedCall) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
  options.twilio.update = {.what = RestFault::What::kSilent, .permille = 1000};
  Box box(api_config(), options);
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 504);
  ASSERT_FALSE(box.last().carrier_end_confirmed);
  const uint64_t requests = box.world.twilio().rest_requests();
  const std::string query = "callId=" + call_id_of(placed) + "&doc=1";
  const Instant asked = box.world.now().mono;
  const HttpAnswer answer = send(box, hook(kSid, "in-progress", "outbound-api", query));
  EXPECT_LT(box.world.now().mono - asked, Duration::seconds(1)) << "the network is not waited for";
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("<Hangup/>"));
  EXPECT_THAT(answer.body, Not(HasSubstr("token")));
  EXPECT_EQ(box.counts().call_slots, 0U);
  box.world.run(Duration::seconds(1));
  EXPECT_EQ(box.world.twilio().rest_requests(), requests + 1) << "the hang-up";
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 1U);
  // The carrier now answers: it does not know the call, so it is over, and that is noted.
  box.world.twilio().carrier().settings().update = {};
  box.world.run(Duration::seconds(90));
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
}

// B-PROC-8: the hang-up of a safety timer is sent while the journal fails; once the carrier has
// confirmed, the call no longer counts; its slot is freed after 60 s, with the alarm.
TEST(Processing, SafetyTimersDoNotWaitForTheJournal) {
  Box box(box_config(R"(,"maxDurationSeconds":20,"maxConcurrentCalls":1)"));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  ASSERT_EQ(box.counts().live_calls, 1U);
  box.world.storage().fail_permille(1000);
  box.world.run(Duration::seconds(25));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(box.counts().call_slots, 1U) << "its end is not durable";
  EXPECT_EQ(box.appliance.calls().table().in_use(), 0U);
  box.world.run(Duration::seconds(70));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_THAT(box.world.get("/health").body, HasSubstr("journal"));
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
}

// B-REC-5: what a call got from the configuration does not change with it.
TEST(Processing, LimitsAreFrozen) {
  Box box(box_config(R"(,"maxDurationSeconds":40)"));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  box.world.reconfigure(box_config(R"(,"maxDurationSeconds":10,"app":"tone")"));
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.counts().live_calls, 1U);
  box.world.run(Duration::seconds(30));
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
}

// B-INB-4: a refusal is journaled before it is sent; when that fails nothing is sent, the webhook
// is 500, and the carrier's retry is refused once.
TEST(Processing, RefusalIsDurableFirst) {
  Box box(box_config(R"(,"serve":{"port":3334})", R"(,"inboundPolicy":"disabled")"));
  box.world.storage().fail_next(1);
  const HttpAnswer first = send(box, hook(kSid, "ringing"));
  EXPECT_EQ(first.status, 500);
  EXPECT_THAT(first.body, Not(HasSubstr("Reject")));
  EXPECT_EQ(box.appliance.calls().history().size(), 0U);
  const HttpAnswer retry = send(box, hook(kSid, "ringing"));
  EXPECT_EQ(retry.status, 200);
  EXPECT_THAT(retry.body, HasSubstr("<Reject reason=\"rejected\"/>"));
  ASSERT_EQ(box.appliance.calls().history().size(), 1U);
  EXPECT_EQ(box.last().rejection, Rejection::kPolicy);
}

}  // namespace
}  // namespace hookflash::sim
