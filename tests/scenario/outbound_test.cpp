// Aim: outbound calls end as told, and each way they can fail has its own word. Method: requests to
// the API of the real appliance, a simulated carrier with faults, virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "box.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

// B-OUT-3, B-OUT-4, B-STATE-4: journaled, dialled, answered, streamed, hung up by the API.
TEST(Outbound, ConversationIsCarriedAndHungUp) {
  Box box(api_config());
  ASSERT_EQ(box.configured, Status::kOk);
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201) << placed.body;
  box.world.run(Duration::seconds(10));
  ASSERT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.counts().streams, 1U);
  const std::string id = call_id_of(placed);
  const HttpAnswer ended = post(box, "/api/v1/calls/" + id + "/hangup", "");
  EXPECT_EQ(ended.status, 200) << ended.body;
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kHangupBot);
  EXPECT_TRUE(box.last().carrier_end_confirmed);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-NTF-2, B-MSG-1: notify is delegated to the carrier's document, spoken once, ended as reported.
TEST(Outbound, NotifySpeaksOnceAndEnds) {
  Box box(api_config());
  const HttpAnswer placed = post(
      box, "/call/outbound", R"({"to":"+15557654321","mode":"notify","message":"Fire & flood"})");
  ASSERT_EQ(placed.status, 201) << placed.body;
  box.world.run(Duration::seconds(60));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kCompleted);
  EXPECT_EQ(box.last().streams, 0U);
}

// B-OUT-11: a definite refusal.
TEST(Outbound, CarrierRefuses) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21211};
  Box box(api_config(), options);
  const HttpAnswer placed = post(box, "/call/outbound", R"({"to":"+15557654321"})");
  EXPECT_EQ(placed.status, 502);
  EXPECT_THAT(placed.body, HasSubstr("carrier-refused"));
  EXPECT_THAT(placed.body, HasSubstr("21211"));
  box.world.run(Duration::seconds(1));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kFailed);
}

// B-PRV-5: what a carrier's error says beyond a short code, such as a number, gets into neither log
// nor answer nor record nor metric.
TEST(Outbound, CarrierErrorsTellNothingElse) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 4155551234};
  Box box(api_config(), options);
  const HttpAnswer placed = post(box, "/call/outbound", R"({"to":"+14155551234"})");
  EXPECT_EQ(placed.status, 502);
  EXPECT_THAT(placed.body, Not(HasSubstr("4155551234")));
  EXPECT_EQ(box.last().end_detail, "400");
  const std::string authorization = std::string("Authorization: Bearer ") + kToken;
  for (const char* target : {"/metrics", "/api/v1/calls", "/health"}) {
    const HttpAnswer answer = box.world.request({.target = target, .headers = {authorization}});
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_THAT(answer.body, Not(HasSubstr("4155551234"))) << target;
  }
  for (const std::string& line : box.world.core_lines()) {
    EXPECT_THAT(line, Not(HasSubstr("4155551234")));
    EXPECT_THAT(line, Not(HasSubstr(std::string(kAuthToken))));
  }
}

// B-ADM-3: a dial that gets no answer holds its slot for 10 s and not longer.
TEST(Outbound, ASilentDialHoldsItsSlotForTenSeconds) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
  Box box(api_config(R"(,"maxConcurrentCalls":1)"), options);
  const std::string body = R"({"to":"+15557654321","mode":"conversation"})";
  const auto first = post_later(box, "/call/outbound", body);
  box.world.run(Duration::ms(9900));
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(post(box, "/call/outbound", body).status, 429);
  box.world.run(Duration::ms(300));
  EXPECT_EQ(first->status, 504);
  EXPECT_EQ(box.counts().call_slots, 0U);
  box.world.twilio().carrier().settings().create = {};
  EXPECT_EQ(post(box, "/call/outbound", body).status, 201);
}

// B-OUT-7: no definite answer; the slot is free, the end unconfirmed.
TEST(Outbound, CarrierIsSilent) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
  Box box(api_config(), options);
  const HttpAnswer placed = post(box, "/call/outbound", R"({"to":"+15557654321"})");
  EXPECT_EQ(placed.status, 504);
  EXPECT_THAT(placed.body, HasSubstr("dial-timeout"));
  box.world.run(Duration::seconds(1));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kFailed);
  EXPECT_FALSE(box.last().carrier_end_confirmed);
}

// B-OUT-3: not durable, so nothing is dialled and no slot is used; the next attempt is unaffected.
TEST(Outbound, StorageFails) {
  Box box(api_config());
  box.world.storage().fail_next(1);
  const HttpAnswer placed = post(box, "/call/outbound", R"({"to":"+15557654321"})");
  EXPECT_EQ(placed.status, 503);
  EXPECT_THAT(placed.body, HasSubstr("storage-failed"));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.world.twilio().rest_requests(), 0U);
  EXPECT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321"})").status, 201);
}

// B-OUT-1: everything wrong with the input at once, and nothing happens.
TEST(Outbound, InputErrorsAreReportedTogether) {
  Box box(api_config());
  const HttpAnswer answer =
      post(box, "/call/outbound", R"({"to":"abc","mode":"loud","dtmfSequence":"x","nonsense":1})");
  EXPECT_EQ(answer.status, 400);
  for (const char* path : {"\"to\"", "\"mode\"", "\"dtmfSequence\"", "\"nonsense\""}) {
    EXPECT_THAT(answer.body, HasSubstr(path));
  }
  EXPECT_EQ(box.world.twilio().rest_requests(), 0U);
}

// B-ADM-5: over the cap fails at once, naming use and limit; nothing is dialled or recorded.
TEST(Outbound, LimitReached) {
  Box box(api_config(R"(,"maxConcurrentCalls":1)"));
  ASSERT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
            201);
  const uint64_t before = box.world.twilio().rest_requests();
  const HttpAnswer second = post(box, "/call/outbound", R"({"to":"+15557654322"})");
  EXPECT_EQ(second.status, 429);
  EXPECT_THAT(second.body, HasSubstr("limit-reached"));
  EXPECT_THAT(second.body, HasSubstr("1 of 1"));
  EXPECT_EQ(box.world.twilio().rest_requests(), before);
}

// B-OUT-10: the same idempotency key returns the first result, and dials once.
TEST(Outbound, IdempotencyKeyDialsOnce) {
  Box box(api_config());
  const std::string body = R"({"to":"+15557654321","mode":"conversation"})";
  const HttpAnswer first = post(box, "/call/outbound", body, {"Idempotency-Key: k1"});
  const HttpAnswer second = post(box, "/call/outbound", body, {"Idempotency-Key: k1"});
  ASSERT_EQ(first.status, 201);
  ASSERT_EQ(second.status, 201);
  EXPECT_EQ(call_id_of(first), call_id_of(second));
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-OUT-9 with a far end that never answers: the carrier's own ring limit ends it as no-answer.
TEST(Outbound, NobodyAnswers) {
  Box box(api_config(R"(,"ringTimeoutMs":10000)"));
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kNever;
    return person;
  });
  ASSERT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321"})").status, 201);
  box.world.run(Duration::seconds(60));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kNoAnswer);
}

// B-API-2: without the token nothing local is served; a wrong one is told nothing more.
TEST(Outbound, TokenRules) {
  Box box(api_config());
  EXPECT_EQ(box.world.post_json("/call/outbound", "{}").status, 401);
  EXPECT_EQ(box.world.get("/metrics").status, 401);
  EXPECT_EQ(box.world.get("/api/v1/calls").status, 401);
  EXPECT_EQ(box.world.get("/health").status, 200);
  // No token and a public URL: the routes do not exist.
  Box open;
  EXPECT_EQ(open.world.post_json("/call/outbound", "{}").status, 404);
  EXPECT_EQ(open.world.get("/metrics").status, 404);
}

}  // namespace
}  // namespace hookflash::sim
