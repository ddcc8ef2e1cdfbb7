// Aim: flash that says nothing at all holds up no hang-up of a safety timer and no answer for
// longer than 4 s (contract section 4). Method: the simulated storage stalls for a minute before a
// timer runs out, or before a word of the carrier comes in.
#include <gtest/gtest.h>

#include "power.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::Person;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

constexpr const char* kSid = "CA00000000000000000000000000000077";

// Ended once, by one hang-up, and durable after the stall.
void expect_hung_up(Power& power, EndReason reason) {
  power.world.run(Duration::seconds(75));
  EXPECT_EQ(power.world.twilio().carrier().live_calls(), 0U);
  EXPECT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().end_reason, reason);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
}

// B-PROC-8: the ring timer's hang-up is sent 4 s after its entry, or at once where another entry of
// the call is overdue already.
TEST(StalledFlash, TheRingTimerDoesNotWait) {
  for (const bool other_waits : {false, true}) {
    WorldOptions options;
    options.twilio = example_account();
    options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
    options.twilio.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
    Power power(api_config(R"(,"ringTimeoutMs":5000)"), options);
    (void)power.post_later("/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
    power.world.run(Duration::seconds(1));
    const std::string query =
        "?callId=" + std::string(power.only()->core.call_id.text()) + "&type=status";
    const auto event = [&](const char* status) {
      return power.outbound_webhook(kSid, status, query,
                                    {{"CallbackSource", "call-progress-events"}});
    };
    ASSERT_EQ(power.world.request(event("initiated")).status, 200);
    power.world.run(Duration::seconds(14));
    ASSERT_EQ(power.only()->core.provider_call_id, kSid);
    const uint64_t requests = power.world.twilio().rest_requests();
    power.world.storage().stall(Duration::seconds(60));
    if (other_waits) power.world.request_later(event("ringing"), [](const HttpAnswer&) {});
    power.world.run(Duration::ms(4500));
    EXPECT_EQ(power.world.twilio().rest_requests(), requests) << "15 s, then 5 s";
    power.world.run(other_waits ? Duration::seconds(2) : Duration::seconds(6));
    EXPECT_EQ(power.world.twilio().rest_requests(), requests + 2) << "question and hang-up";
    expect_hung_up(power, EndReason::kNoAnswer);
    EXPECT_EQ(power.world.twilio().rest_requests(), requests + 2);
  }
}

// B-PROC-8: the same of the hang-up after the disconnect grace.
TEST(StalledFlash, TheGraceDoesNotWait) {
  for (const bool other_waits : {false, true}) {
    Power power(api_config(R"(,"streaming":{"disconnectGraceMs":500})"));
    Person person = power.world.speaker();
    person.faults.callbacks_lost_permille = 1000;
    const CallRef ref = power.world.inbound_call("+15551234567", person);
    power.world.run(Duration::seconds(5));
    ASSERT_EQ(power.counts().streams, 1U);
    const std::string sid = power.sid_of(ref);
    const uint64_t requests = power.world.twilio().rest_requests();
    power.world.storage().stall(Duration::seconds(60));
    if (other_waits) {
      power.world.request_later(power.webhook(sid, "in-progress", "", {{"Digits", "1"}}),
                                [](const HttpAnswer&) {});
      power.world.run(Duration::seconds(5));
    }
    // The carrier's request for the next document gets no connection for five seconds.
    power.world.twilio().reachable(false);
    power.world.drop_stream(ref);
    power.world.run(Duration::ms(100));
    power.world.twilio().reachable(true);
    power.world.run(Duration::ms(300));
    EXPECT_EQ(power.world.twilio().rest_requests(), requests);
    power.world.run(other_waits ? Duration::seconds(1) : Duration::ms(4500));
    EXPECT_EQ(power.world.call(ref).state, CarrierState::kCompleted) << other_waits;
    EXPECT_EQ(power.world.twilio().rest_requests(), requests + 2) << "question and hang-up";
    expect_hung_up(power, EndReason::kHangupBot);
  }
}

// B-PROC-5: the carrier's late word that a given-up call is over is answered 500 after 4 s. What is
// in flight keeps its outcome, and the carrier's retry is answered when it is durable.
TEST(StalledFlash, AnEndConfirmationIsBounded) {
  Power power;
  ASSERT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
  auto& settings = power.world.twilio().carrier().settings();
  settings.update =
      settings.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  power.world.run(Duration::seconds(420));
  ASSERT_EQ(power.calls().unconfirmed(), 1U);
  power.world.storage().stall(Duration::seconds(6));
  const auto ended = [&] {
    auto answer = std::make_shared<HttpAnswer>();
    power.world.request_later(power.webhook(kSid, "completed"),
                              [answer](const HttpAnswer& given) { *answer = given; });
    return answer;
  };
  const auto first = ended();
  power.world.run(Duration::ms(3900));
  EXPECT_EQ(first->status, 0);
  power.world.run(Duration::ms(300));
  EXPECT_EQ(first->status, 500);
  EXPECT_EQ(power.calls().unconfirmed(), 1U) << "not durable yet";
  const auto retry = ended();
  power.world.run(Duration::seconds(3));
  EXPECT_EQ(retry->status, 200);
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  power.restart(Duration::seconds(1));
  EXPECT_TRUE(power.last().carrier_end_confirmed);
}

}  // namespace
}  // namespace hookflash::sim
