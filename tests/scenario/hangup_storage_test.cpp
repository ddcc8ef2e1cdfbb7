// Aim: hang-ups, the store and the app failing at the same moment leave no wreck. Method: each pair
// of them made to meet in virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using CarrierState = twilio::carrier::CallState;
using twilio::carrier::RestFault;

const CallSummary& last(const BoxWorld& box) {
  const CallHistory& history = box.box.appliance().calls().history();
  return history[history.size() - 1];
}

// B-DUR-1, with a store that fails at that moment: the hang-up is sent all the same and the end has
// the timer's reason, though its intent never got to flash.
TEST(HangupAndStorage, SafetyTimerWithoutTheJournal) {
  MbedCrypto crypto;
  BoxWorld box(crypto,
               {.config = R"("inboundPolicy":"open","app":"echo","maxDurationSeconds":20)"});
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(19));
  box.world.storage().fail_permille(1000);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  box.world.storage().fail_permille(0);
  box.world.run(Duration::seconds(30));
  EXPECT_EQ(box.box.counts().call_slots, 0U);
  EXPECT_EQ(last(box).end_reason, EndReason::kTimeout);
  EXPECT_TRUE(last(box).carrier_end_confirmed);
  EXPECT_EQ(box.box.counts().deadlines, 0U);
}

// B-HUP-2: a hang-up asked for over the API fails while another entry of the call is on its way to
// flash. The requester gets the error and the call goes on: its next document is no hang-up.
TEST(HangupAndStorage, FailedRequestLeavesTheCallAsItWas) {
  MbedCrypto crypto;
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  BoxWorld box(crypto, {}, options);
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(3));
  const Calls& calls = box.box.appliance().calls();
  const CallHandle call = calls.table().find(0, box.world.call(ref).sid);
  ASSERT_TRUE(call.is_set());
  const std::string id(calls.table().get(call)->core.call_id.text());
  HttpAnswer answer;
  box.world.plan(Duration::ms(5), [&] {
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/v1/calls/" + id + "/hangup";
    request.headers = {"Authorization: Bearer " + std::string(kApiToken)};
    box.world.request_later(request, [&](const HttpAnswer& given) { answer = given; });
  });
  // The stream drops so that the next document's entry is under way when the carrier says no.
  box.world.plan(Duration::ms(20), [&] {
    box.world.storage().delays(Duration::ms(400), Duration::ms(400));
    box.world.drop_stream(ref);
  });
  box.world.run(Duration::seconds(8));
  EXPECT_EQ(answer.status, 502) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("carrier-refused"));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(calls.table().get(call)->core.intents, 0U);
  EXPECT_EQ(box.box.counts().streams, 1U);
  box.world.drop_stream(ref);
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
}

// B-APP-5: the app is given up while an entry of its call is on its way to flash: the hang-up waits
// its turn, and the end's reason is error. Swept over the moments at which the two can meet.
TEST(HangupAndStorage, AppGivenUpWhileAnEntryIsUnderWay) {
  for (int64_t ms = 3000; ms <= 3900; ms += 150) {
    MbedCrypto crypto;
    BoxWorld box(
        crypto,
        {.config =
             R"("inboundPolicy":"open","app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"});
    AppBehaviour behaviour;
    behaviour.unreachable = true;
    box.world.add_app("bot.example.com", behaviour);
    const CallRef ref = box.world.inbound_call("+15551234567");
    box.world.run(Duration::ms(ms - 800));
    box.world.storage().delays(Duration::ms(700), Duration::ms(900));
    box.world.drop_stream(ref);
    box.world.run(Duration::seconds(30));
    EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted) << ms;
    EXPECT_EQ(box.box.counts().call_slots, 0U) << ms;
    ASSERT_EQ(box.box.appliance().calls().history().size(), 1U);
    EXPECT_EQ(last(box).end_reason, EndReason::kError) << ms;
    EXPECT_THAT(box.world.violations(), IsEmpty());
  }
}

// B-HUP-1: a hang-up of a call that is over is answered at once, also while its slot is kept
// because its app has not been told yet, and asks the carrier nothing.
TEST(HangupAndStorage, HangupOfACallWhoseAppIsNotToldYet) {
  MbedCrypto crypto;
  BoxWorld box(
      crypto,
      {.config =
           R"("inboundPolicy":"open","app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"});
  AppBehaviour behaviour;
  behaviour.answer_after = Duration::seconds(4);
  box.world.add_app("bot.example.com", behaviour);
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(1));
  const Calls& calls = box.box.appliance().calls();
  const CallHandle call = calls.table().find(0, box.world.call(ref).sid);
  ASSERT_TRUE(call.is_set());
  const std::string id(calls.table().get(call)->core.call_id.text());
  ASSERT_EQ(box.api_post("/api/v1/calls/" + id + "/hangup", "").status, 200);
  ASSERT_EQ(box.box.counts().call_slots, 1U) << "the slot is kept for the app";
  ASSERT_EQ(box.box.counts().live_calls, 0U);
  const uint64_t rest = box.world.twilio().rest_requests();
  const HttpAnswer again = box.api_post("/api/v1/calls/" + id + "/hangup", "");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_THAT(again.body, HasSubstr("hangup-bot"));
  EXPECT_EQ(box.world.twilio().rest_requests(), rest);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.box.counts().call_slots, 0U);
  EXPECT_EQ(box.box.counts().requests, 0U);
}

}  // namespace
}  // namespace hookflash::sim
