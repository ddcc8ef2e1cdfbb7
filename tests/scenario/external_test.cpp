// Aim: calls that somebody else places through the carrier's API are adopted, follow the rules of
// outbound calls, and are turned away when the box is full. Method: an account's other user in the
// simulated carrier, and signed requests as it would send them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"
#include "signed_webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const CallCore* only_call(const BoxWorld& box) {
  const CallTable& table = box.box.appliance().calls().table();
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    if (const CallRecord* record = table.get(table.at(i))) return &record->core;
  }
  return nullptr;
}

const CallSummary& last(const BoxWorld& box) {
  const CallHistory& history = box.box.appliance().calls().history();
  return history[history.size() - 1];
}

BoxOptions options(const std::string& more) {
  return {.config = R"("inboundPolicy":"disabled","app":"echo","inboundGreeting":"Good morning",)"
                    R"("ringTimeoutMs":9000)" +
                    more};
}

// B-EXT-1, B-EXT-2: outbound, external, with its numbers, in conversation mode and state; carried
// though the policy lets nobody in; without the greeting for callers (B-MSG-4); it counts for the
// cap.
TEST(External, AdoptedAndCarried) {
  MbedCrypto crypto;
  BoxWorld box(crypto, options(R"(,"maxConcurrentCalls":1)"));
  box.world.twilio().place_externally("+15559990001", kOurNumber, true);
  box.world.run(Duration::seconds(8));
  const CallCore* const core = only_call(box);
  ASSERT_NE(core, nullptr);
  EXPECT_TRUE(core->external);
  EXPECT_EQ(core->direction, Direction::kOutbound);
  EXPECT_EQ(core->mode, Mode::kConversation);
  EXPECT_EQ(core->from.view(), kOurNumber);
  EXPECT_EQ(core->to.view(), "+15559990001");
  EXPECT_EQ(core->state, CallState::kActive);
  EXPECT_TRUE(core->answered_at.is_set());
  EXPECT_TRUE(core->message.empty());
  EXPECT_EQ(box.box.counts().streams, 1U);
  for (const auto& answer : box.world.twilio().answers()) {
    EXPECT_THAT(answer.body, Not(HasSubstr("Good morning")));
  }
  const HttpAnswer refused = box.api_post("/call/outbound", R"({"to":"+15557654321"})");
  EXPECT_EQ(refused.status, 429) << "it counts for the cap";
  box.world.run(Duration::seconds(2));
  const CallRef ref = box.world.twilio().carrier().find_sid(core->provider_call_id)->ref;
  EXPECT_GT(box.world.call(ref).measures.echoes, 50U);
  box.world.hang_up(ref);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.box.counts().call_slots, 0U);
  EXPECT_TRUE(last(box).external);
  EXPECT_EQ(last(box).end_reason, EndReason::kCompleted);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-EXT-1: state ringing where the request says no more; each of the two directions counts.
TEST(External, RingingAndBothDirections) {
  for (const std::string_view direction : {"outbound-api", "outbound-dial"}) {
    MbedCrypto crypto;
    BoxWorld box(crypto, options(""));
    const HttpAnswer answer =
        box.world.request(signed_webhook(crypto, {{"CallSid", "CA5"},
                                                  {"From", kOurNumber},
                                                  {"To", "+15559990001"},
                                                  {"Direction", direction},
                                                  {"CallStatus", "ringing"}}));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("<Stream"));
    const CallCore* const core = only_call(box);
    ASSERT_NE(core, nullptr);
    EXPECT_EQ(core->state, CallState::kRinging);
    EXPECT_TRUE(core->external);
  }
}

// B-EXT-1: a status callback alone adopts nothing; the fetch that follows does.
TEST(External, StatusCallbackAloneIsNotAdopted) {
  MbedCrypto crypto;
  BoxWorld box(crypto, options(""));
  const HttpAnswer status = box.world.request(signed_webhook(
      crypto, {{"CallSid", "CA5"}, {"Direction", "outbound-api"}, {"CallStatus", "in-progress"}},
      "?type=status"));
  EXPECT_EQ(status.status, 200);
  EXPECT_THAT(status.body, Not(HasSubstr("Stream")));
  EXPECT_EQ(box.box.counts().call_slots, 0U);
  EXPECT_EQ(box.box.appliance().calls().history().size(), 0U);
  (void)box.world.request(signed_webhook(
      crypto, {{"CallSid", "CA5"}, {"Direction", "outbound-api"}, {"CallStatus", "in-progress"}}));
  EXPECT_EQ(box.box.counts().call_slots, 1U);
}

// B-EXT-3: no free slot: the document hangs up, and the call is recorded as refused, capacity.
TEST(External, NoFreeSlot) {
  MbedCrypto crypto;
  BoxWorld box(crypto, options(R"(,"maxConcurrentCalls":1)"));
  ASSERT_EQ(box.api_post("/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
            201);
  const HttpAnswer answer = box.world.request(signed_webhook(
      crypto, {{"CallSid", "CA5"}, {"Direction", "outbound-api"}, {"CallStatus", "in-progress"}}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("<Hangup"));
  EXPECT_EQ(box.box.counts().call_slots, 1U);
  ASSERT_EQ(box.box.appliance().calls().history().size(), 1U);
  EXPECT_EQ(last(box).rejection, Rejection::kCapacity);
  EXPECT_EQ(last(box).end_reason, EndReason::kBusy);
  EXPECT_TRUE(last(box).external);
}

}  // namespace
}  // namespace hookflash::sim
