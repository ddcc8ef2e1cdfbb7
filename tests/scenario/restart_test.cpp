// Aim: a restart tells the truth (contract section 7). Method: the real appliance loses power in
// the simulated world, stays away for a while, and another one is begun from the entries that were
// durable, through an archive and its snapshot as in production.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "power.h"

namespace hookflash::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twilio::carrier::Person;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

// B-RST-5: a call that the carrier still runs is kept, its stream comes back with a token
// that only record and device key make, its app is opened anew, and it ends once, as told.
TEST(Restart, ALiveCallGoesOn) {
  Power power;
  const CallRef ref = power.talk();
  ASSERT_EQ(power.counts().streams, 1U);
  const std::string sid = power.sid_of(ref);
  const CallId id = power.core_of(sid)->call_id;
  power.restart(Duration::seconds(1));
  ASSERT_NE(power.core_of(sid), nullptr);
  power.world.run(Duration::seconds(8));
  ASSERT_EQ(power.counts().live_calls, 1U);
  EXPECT_EQ(power.core_of(sid)->call_id, id);
  EXPECT_EQ(power.counts().streams, 1U);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(power.core_of(sid)->stream_generation, 2U);
  power.world.hang_up(ref);
  power.world.run(Duration::seconds(10));
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_EQ(power.calls().history().size(), 1U);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  EXPECT_THAT(power.world.violations(), IsEmpty());
}

// Section 7, outcome terminal: the caller went while the box was away. Dropped, with the carrier's
// reason; a second restart finds nothing to examine (B-RST-2), and nothing was dialled.
TEST(Restart, AnEndedCallIsDroppedOnce) {
  Power power;
  const CallRef ref = power.talk();
  power.world.power_cut();
  power.world.hang_up(ref);
  power.world.run(Duration::seconds(120));  // Past the retries of its webhooks.
  power.start();
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().end_reason, EndReason::kCompleted);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  const uint64_t rest = power.world.twilio().rest_requests();
  power.restart(Duration::seconds(1));
  power.world.run(Duration::seconds(40));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest);
  EXPECT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_THAT(power.world.violations(), IsEmpty());
}

// Section 7, outcome unknown: the carrier cannot be reached; the call is kept unchanged and asked
// for every 30 s until the answer is definite. B-RST-1: meanwhile a new call is accepted at once.
TEST(Restart, AnUnknownCallIsAskedForAgain) {
  Power power;
  const CallRef ref = power.talk();
  const std::string sid = power.sid_of(ref);
  power.world.power_cut();
  power.world.hang_up(ref);
  power.world.run(Duration::seconds(100));
  power.world.twilio().rest_unreachable(1000);
  power.start();
  power.world.run(Duration::seconds(1));
  EXPECT_NE(power.core_of(sid), nullptr);
  const CallRef fresh = power.world.inbound_call("+15557654321");
  power.world.run(Duration::seconds(4));
  EXPECT_EQ(power.world.call(fresh).state, CarrierState::kInProgress);
  EXPECT_EQ(power.counts().live_calls, 2U);
  power.world.run(Duration::seconds(40));
  EXPECT_NE(power.core_of(sid), nullptr);
  power.world.twilio().rest_unreachable(0);
  power.world.run(Duration::seconds(31));
  EXPECT_EQ(power.core_of(sid), nullptr);
  EXPECT_EQ(power.last().end_reason, EndReason::kCompleted);
}

// Section 7, group A: a dial that was cut off before the carrier named its call is never repeated
// (B-RST-2): failed, unconfirmed. The call shows up all the same: it is hung up (B-OUT-8).
TEST(Restart, ADialWithoutAnIdIsDropped) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
  Power power(api_config(), options);
  bool answered = false;
  HttpRequest request;
  request.method = "POST";
  request.target = "/call/outbound";
  request.body = R"({"to":"+15557654321"})";
  request.headers = {std::string("Authorization: Bearer ") + kToken,
                     "Content-Type: application/json"};
  power.world.request_later(request, [&](const HttpAnswer&) { answered = true; });
  power.world.run(Duration::ms(40));
  EXPECT_EQ(power.counts().live_calls, 1U);
  const CallId id = power.calls().table().get(power.calls().table().at(0))->core.call_id;
  power.cut(Duration::seconds(1));
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  EXPECT_EQ(power.counts().live_calls, 1U);
  power.world.run(Duration::seconds(1));
  EXPECT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().end_reason, EndReason::kFailed);
  EXPECT_FALSE(power.last().carrier_end_confirmed);
  EXPECT_EQ(power.world.twilio().rest_requests(), rest);
  EXPECT_FALSE(answered && power.counts().requests > 0);
  const std::string query = "?callId=" + std::string(id.text().view()) + "&doc=1";
  const HttpAnswer fetched = power.world.request(
      power.outbound_webhook("CA00000000000000000000000000000055", "in-progress", query));
  EXPECT_EQ(fetched.status, 200);
  EXPECT_THAT(fetched.body, HasSubstr("<Hangup"));
  power.world.run(Duration::seconds(1));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1) << "the hang-up";
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_TRUE(power.last().carrier_end_confirmed) << "it was this call's";
  power.restart(Duration::seconds(1));
  EXPECT_TRUE(power.last().carrier_end_confirmed);
}

// Section 7, group B: away for longer than the call may last. It is ended with timeout, and hung up
// once; the attempt that fails is repeated from the list of B-HUP-4, and its end is confirmed then.
TEST(Restart, ACallThatIsTooOldIsHungUp) {
  for (const bool reachable : {true, false}) {
    Power power(api_config(R"(,"maxDurationSeconds":60)"));
    const CallRef ref = power.talk();
    const std::string sid = power.sid_of(ref);
    power.world.power_cut();
    power.world.run(Duration::ms(100));
    power.world.jump_wall(Duration::seconds(600));
    if (!reachable) power.world.twilio().rest_unreachable(1000);
    power.start();
    power.world.run(Duration::ms(500));
    EXPECT_EQ(power.core_of(sid), nullptr) << "not waited for";
    EXPECT_EQ(power.last().end_reason, EndReason::kTimeout);
    EXPECT_EQ(power.counts().call_slots, 0U);
    power.world.run(Duration::seconds(2));
    if (!reachable) {
      EXPECT_EQ(power.calls().unconfirmed(), 1U);
      power.world.twilio().rest_unreachable(0);
      power.world.run(Duration::seconds(61));
    }
    EXPECT_EQ(power.world.call(ref).state, CarrierState::kCompleted);
    EXPECT_EQ(power.calls().unconfirmed(), 0U);
    EXPECT_TRUE(power.last().carrier_end_confirmed);
    EXPECT_TRUE(power.logged("1 too old"));
    const uint64_t rest = power.world.twilio().rest_requests();
    power.restart(Duration::seconds(1));
    power.world.run(Duration::seconds(100));
    EXPECT_EQ(power.world.twilio().rest_requests(), rest) << "B-RST-2: nothing is left to examine";
    EXPECT_TRUE(power.last().carrier_end_confirmed);
  }
}

// B-RST-4: a kept call gets max duration with what is left of it.
TEST(Restart, MaxDurationGoesOn) {
  Power power(api_config(R"(,"maxDurationSeconds":60)"));
  const CallRef ref = power.talk(Duration::seconds(40));
  const std::string sid = power.sid_of(ref);
  power.restart(Duration::seconds(1));
  power.world.run(Duration::seconds(15));
  ASSERT_NE(power.core_of(sid), nullptr);
  power.world.run(Duration::seconds(8));
  EXPECT_EQ(power.core_of(sid), nullptr);
  EXPECT_EQ(power.last().end_reason, EndReason::kTimeout);
}

// B-DED-1, B-DED-4 over a restart: a copy of a request from before changes nothing and yields no
// token.
TEST(Restart, ReplaysAreKnown) {
  Power power;
  const HttpRequest webhook = power.webhook("CA00000000000000000000000000000077", "ringing");
  const HttpAnswer first = power.world.request(webhook);
  ASSERT_EQ(first.status, 200);
  ASSERT_THAT(first.body, HasSubstr("<Stream"));
  const CallCore before = *power.core_of("CA00000000000000000000000000000077");
  power.world.twilio().rest_unreachable(1000);
  power.restart(Duration::seconds(1));
  const HttpAnswer second = power.world.request(webhook);
  EXPECT_EQ(second.status, 200);
  EXPECT_THAT(second.body, ::testing::Not(HasSubstr("<Stream")));
  EXPECT_THAT(second.body, HasSubstr("<Redirect"));
  EXPECT_EQ(*power.core_of("CA00000000000000000000000000000077"), before);
  EXPECT_EQ(power.counts().call_slots, 1U);
}

// B-MSG-2: a message found in playing is done after the restart, durably.
TEST(Restart, AMessageIsNotSpokenTwice) {
  Power power(api_config(R"(,"inboundGreeting":"Good morning")"));
  const CallRef ref = power.world.inbound_call("+15551234567");
  const std::string sid = power.sid_of(ref);
  ASSERT_TRUE(power.world.run_until(
      [&] {
        return power.core_of(sid) != nullptr &&
               power.core_of(sid)->message_state == MessageState::kPlaying;
      },
      Duration::seconds(10)));
  power.restart(Duration::ms(200));
  EXPECT_EQ(power.core_of(sid)->message_state, MessageState::kPlaying);
  power.world.run(Duration::seconds(1));
  ASSERT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.core_of(sid)->message_state, MessageState::kDone);
  power.restart(Duration::ms(200));
  EXPECT_EQ(power.core_of(sid)->message_state, MessageState::kDone);
}

std::vector<std::string> spoken(Power& power) {
  std::vector<std::string> words;
  for (const auto& sentence : power.world.twilio().sentences()) words.push_back(sentence.words);
  return words;
}

// B-MSG-2, B-RST-5, B-DTMF-4: the call is answered while the box is away, as the carrier says when
// it is asked or of its own accord, before any document is fetched: message and digits are still
// owed when the stream is asked for again. They come first, and once, however often stream and box
// come and go; the stream has the time that they take.
TEST(Restart, WhatIsOwedComesBeforeTheStream) {
  for (const bool told : {false, true}) {
    SCOPED_TRACE(told);
    Power power(api_config(R"(,"maxDurationSeconds":600)"));
    power.world.twilio().set_callee([](std::string_view) {
      Person person;
      person.ring_after = Duration::ms(500);
      person.answer_after = Duration::ms(1500);
      person.faults.callbacks_lost_permille = 1000;
      return person;
    });
    const std::string message(300, 'a');
    const HttpAnswer placed = power.post(
        "/call/outbound",
        R"({"to":"+15557654321","mode":"conversation","dtmfSequence":"12#","message":")" + message +
            "\"}");
    ASSERT_EQ(placed.status, 201) << placed.body;
    const std::string sid(power.only()->core.provider_call_id.view());
    const std::string id(power.only()->core.call_id.text().view());
    power.cut(Duration::ms(2050));
    power.start();
    ASSERT_EQ(power.core_of(sid)->message_state, MessageState::kPending);
    if (told) {
      const HttpRequest answered =
          power.outbound_webhook(sid, "in-progress", "?callId=" + id + "&type=status",
                                 {{"CallbackSource", "call-progress-events"}});
      EXPECT_EQ(power.world.request(answered).status, 200);
    }
    power.world.run(Duration::seconds(60));
    ASSERT_NE(power.core_of(sid), nullptr);
    EXPECT_EQ(power.counts().streams, 1U);
    EXPECT_THAT(spoken(power), ElementsAre(message));
    EXPECT_EQ(power.core_of(sid)->message_state, MessageState::kDone);
    power.restart(Duration::ms(500));
    power.world.run(Duration::seconds(20));
    EXPECT_EQ(power.counts().streams, 1U);
    EXPECT_THAT(spoken(power), ElementsAre(message)) << "not again";
    EXPECT_EQ(power.world.twilio().carrier().calls()[0].digits_heard, "12#");
    EXPECT_EQ(power.calls().history().size(), 0U);
    EXPECT_THAT(power.world.violations(), IsEmpty());
  }
}

// B-JRN-6: a hang-up that was decided and not carried out is repeated; the call ends with its
// reason. A request of somebody who is not there any more, too: it was durable.
TEST(Restart, AHangUpIsRepeated) {
  Power power;
  const CallRef ref = power.talk();
  const std::string sid = power.sid_of(ref);
  power.world.twilio().rest_unreachable(1000);
  HttpRequest request;
  request.method = "POST";
  request.target =
      "/api/v1/calls/" + std::string(power.core_of(sid)->call_id.text().view()) + "/hangup";
  request.headers = {std::string("Authorization: Bearer ") + kToken};
  power.world.request_later(request, [](const HttpAnswer&) {});
  ASSERT_TRUE(power.world.run_until(
      [&] { return has(power.core_of(sid)->intents, Intent::kHangup); }, Duration::seconds(1)));
  power.cut(Duration::ms(100));
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  power.world.twilio().rest_unreachable(0);
  power.start();
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_EQ(power.last().end_reason, EndReason::kHangupBot);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
}

}  // namespace
}  // namespace hookflash::sim
