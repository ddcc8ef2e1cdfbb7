// Aim: the reaper of stale calls. Method: calls that ring and talk past staleCallReaperSeconds,
// with and without a carrier that takes hang-ups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using CarrierState = twilio::carrier::CallState;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

const CallSummary& last(const BoxWorld& box) {
  const CallHistory& history = box.box.appliance().calls().history();
  return history[history.size() - 1];
}

BoxOptions options(int seconds) {
  return {.config = R"("inboundPolicy":"open","app":"echo","maxDurationSeconds":3600,)"
                    R"("ringTimeoutMs":600000,"staleCallReaperSeconds":)" +
                    std::to_string(seconds)};
}

// B-REAP-1: a call in conversation and one that only rings are ended with reason timeout when they
// are older than N since their start, at the next tick of 30 s and not before N; a younger call
// goes on.
TEST(Reaper, EndsOldCallsInAnyState) {
  MbedCrypto crypto;
  BoxWorld box(crypto, options(100));
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kNever;
    return person;
  });
  const CallRef talking = box.world.inbound_call("+15551234567");
  const HttpAnswer placed =
      box.api_post("/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201);
  box.world.run(Duration::seconds(50));
  const CallRef younger = box.world.inbound_call("+15551234568");
  box.world.run(Duration::seconds(49));
  EXPECT_EQ(box.box.counts().live_calls, 3U);
  box.world.run(Duration::seconds(32));
  EXPECT_EQ(box.world.call(talking).state, CarrierState::kCompleted);
  EXPECT_EQ(box.world.call(younger).state, CarrierState::kInProgress);
  EXPECT_EQ(box.box.counts().live_calls, 1U);
  const CallHistory& history = box.box.appliance().calls().history();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].end_reason, EndReason::kTimeout);
  EXPECT_EQ(history[1].end_reason, EndReason::kTimeout);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-REAP-1: off by default.
TEST(Reaper, OffByDefault) {
  MbedCrypto crypto;
  BoxWorld box(crypto,
               {.config = R"("inboundPolicy":"open","app":"echo","maxDurationSeconds":3600)"});
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(1200));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
}

// B-REAP-2, B-REAP-1: the carrier refuses; each failure is a warning that names the call, one
// attempt is in flight at a time, it is tried again, and in the end it works.
TEST(Reaper, FailedAttemptIsTriedAgain) {
  MbedCrypto crypto;
  BoxWorld box(crypto, options(60));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(30));
  const std::string id(
      box.box.appliance()
          .calls()
          .table()
          .get(box.box.appliance().calls().table().find(0, box.world.call(ref).sid))
          ->core.call_id.text()
          .view());
  auto& settings = box.world.twilio().carrier().settings();
  settings.update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  size_t most = 0;
  for (int i = 0; i < 1200; ++i) {
    box.world.run(Duration::ms(100));
    most = std::max(most, box.world.twilio().rest_pending());
  }
  EXPECT_LE(most, 1U);
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.box.counts().live_calls, 1U);
  size_t warnings = 0;
  for (const std::string& line : box.world.core_lines()) {
    if (line.find("warn") != std::string::npos && line.find(id) != std::string::npos &&
        line.find("hang-up failed") != std::string::npos) {
      ++warnings;
    }
  }
  EXPECT_GE(warnings, 3U);
  settings.update = RestFault{};
  box.world.run(Duration::seconds(35));
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(last(box).end_reason, EndReason::kTimeout);
  EXPECT_EQ(box.box.counts().call_slots, 0U);
}

}  // namespace
}  // namespace hookflash::sim
