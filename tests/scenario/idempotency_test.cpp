// Aim: B-OUT-10, the same idempotency key within 10 minutes returns the first result, whatever that
// is and whenever it comes, and dials once. Method: repeated requests to the real appliance, with
// slow flash, slow and refusing carriers, and a wall clock that jumps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using twilio::carrier::RestFault;

const std::string kBody = R"({"to":"+15557654321","mode":"conversation"})";

std::shared_ptr<HttpAnswer> ask_later(Box& box, const std::string& key = "k1") {
  auto answer = std::make_shared<HttpAnswer>();
  HttpRequest request;
  request.method = "POST";
  request.target = "/call/outbound";
  request.body = kBody;
  request.headers = {std::string("Authorization: Bearer ") + kToken,
                     "Content-Type: application/json", "Idempotency-Key: " + key};
  box.world.request_later(request, [answer](const HttpAnswer& given) { *answer = given; });
  return answer;
}

HttpAnswer ask(Box& box, const std::string& key = "k1") {
  return post(box, "/call/outbound", kBody, {"Idempotency-Key: " + key});
}

// While the first is on its way to flash, and while it is being dialled, the others wait with it.
TEST(Idempotency, AtTheSameTime) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.permille = 1000, .delay = Duration::seconds(1)};
  Box box(api_config(), options);
  box.world.twilio().set_callee([](std::string_view) {
    twilio::carrier::Person person;
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
  box.world.storage().delays(Duration::ms(300), Duration::ms(301));
  std::vector<std::shared_ptr<HttpAnswer>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(ask_later(box));
    box.world.run(Duration::ms(200));
  }
  for (const auto& answer : answers) EXPECT_EQ(answer->status, 0);
  box.world.run(Duration::seconds(3));
  for (const auto& answer : answers) {
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(call_id_of(*answer), call_id_of(*answers[0]));
  }
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.world.twilio().rest_requests(), 1U);
  EXPECT_EQ(ask_later(box, "k2")->status, 0);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(box.counts().live_calls, 2U) << "another key is another call";
}

// Too many for one dial: refused, and nothing is dialled for them.
TEST(Idempotency, ManyAtTheSameTime) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.permille = 1000, .delay = Duration::seconds(1)};
  Box box(api_config(), options);
  std::array<std::shared_ptr<HttpAnswer>, 7> answers;
  box.world.storage().delays(Duration::ms(300), Duration::ms(301));
  for (auto& answer : answers) answer = ask_later(box);
  box.world.run(Duration::seconds(5));
  size_t good = 0;
  for (const auto& answer : answers) {
    EXPECT_TRUE(answer->status == 201 || answer->status == 503) << answer->status;
    if (answer->status == 201) ++good;
  }
  EXPECT_EQ(good, 5U);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// A refusal, and a dial without a definite answer, are results too.
TEST(Idempotency, FailuresAreReturnedAgain) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21211};
  Box box(api_config(), options);
  const HttpAnswer refused = ask(box);
  EXPECT_EQ(refused.status, 502);
  const HttpAnswer again = ask(box);
  EXPECT_EQ(again.status, 502);
  EXPECT_THAT(again.body, HasSubstr("carrier-refused"));
  EXPECT_THAT(again.body, HasSubstr("21211"));
  EXPECT_EQ(call_id_of(again), call_id_of(refused));
  EXPECT_EQ(box.world.twilio().rest_requests(), 1U);
  box.world.twilio().carrier().settings().create = {.what = RestFault::What::kSilent,
                                                    .permille = 1000};
  EXPECT_EQ(ask(box, "k2").status, 504);
  const HttpAnswer timeout = ask(box, "k2");
  EXPECT_EQ(timeout.status, 504);
  EXPECT_THAT(timeout.body, HasSubstr("dial-timeout"));
  EXPECT_EQ(box.world.twilio().rest_requests(), 2U);
}

// B-TMR-1: ten minutes by the monotonic clock.
TEST(Idempotency, TenMinutesWhateverTheWallClockSays) {
  Box box(api_config());
  for (const Duration jump : {Duration::seconds(86'400), -Duration::seconds(2 * 86'400)}) {
    const std::string key = "k" + std::to_string(jump.seconds());
    const HttpAnswer first = ask(box, key);
    ASSERT_EQ(first.status, 201);
    box.world.run(Duration::seconds(3));
    ASSERT_EQ(post(box, "/api/v1/calls/" + call_id_of(first) + "/hangup", "").status, 200);
    box.world.run(Duration::seconds(5));
    ASSERT_EQ(box.counts().call_slots, 0U);
    box.world.jump_wall(jump);
    box.world.run(Duration::seconds(570));
    const HttpAnswer second = ask(box, key);
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(call_id_of(second), call_id_of(first));
    EXPECT_EQ(box.counts().call_slots, 0U);
    box.world.run(Duration::seconds(30));
    const HttpAnswer third = ask(box, key);
    EXPECT_EQ(third.status, 201);
    EXPECT_NE(call_id_of(third), call_id_of(first));
    EXPECT_EQ(box.counts().live_calls, 1U);
    ASSERT_EQ(post(box, "/api/v1/calls/" + call_id_of(third) + "/hangup", "").status, 200);
    box.world.run(Duration::seconds(5));
  }
}

}  // namespace
}  // namespace hookflash::sim
