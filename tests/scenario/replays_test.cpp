// Aim: requests that come twice change nothing twice, and an honest caller gets through all the
// same. Method: a carrier that sends every signed request twice, and an attacker with a copy of
// one.
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
using CarrierState = twilio::carrier::CallState;

// B-DED-4: whichever of two copies comes first, also of the retry that the Redirect asks for: the
// retry's mark counts, so that it is no replay itself, and no fetch goes round in a circle. Of
// eight callers most get through the first time and some after several retries.
TEST(Replays, HonestRetriesGoOn) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    MbedCrypto crypto;
    WorldOptions options;
    options.seed = seed;
    BoxWorld box(crypto, {}, options);
    auto person = box.world.speaker();
    person.faults.duplicate_webhooks = true;
    const CallRef ref = box.world.inbound_call("+15551234567", person);
    box.world.run(Duration::seconds(5));
    EXPECT_EQ(box.world.call(ref).error, 0U) << seed;
    EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress) << seed;
    EXPECT_EQ(box.box.counts().live_calls, 1U) << seed;
    EXPECT_EQ(box.box.counts().streams, 1U) << seed;
    for (const SimTwilio::Answer& answer : box.world.twilio().answers()) {
      EXPECT_EQ(answer.status, 200) << seed;
    }
    EXPECT_THAT(box.world.violations(), IsEmpty());
  }
}

// B-DED-4: minutes later the copy of a fetch is answered with the Redirect alone, no token; its
// call's record, timers and journal stay as they are, and the carrier is asked nothing. The copy
// of a finished call's fetch gets the empty document.
TEST(Replays, LateCopyYieldsNothing) {
  MbedCrypto crypto;
  BoxWorld box(crypto);
  auto person = box.world.speaker();
  person.faults.duplicate_webhooks = true;
  person.faults.duplicate_after = Duration::seconds(30);
  const CallRef ref = box.world.inbound_call("+15551234567", person);
  box.world.run(Duration::seconds(29));
  const Calls& calls = box.box.appliance().calls();
  const CallHandle call = calls.table().find(0, box.world.call(ref).sid);
  ASSERT_TRUE(call.is_set());
  const CallCore before = calls.table().get(call)->core;
  const uint64_t durable = box.world.storage().durable();
  const uint64_t rest = box.world.twilio().rest_requests();
  const size_t deadlines = calls.deadlines_armed();
  box.world.run(Duration::seconds(2));
  ASSERT_FALSE(box.world.twilio().answers().empty());
  const SimTwilio::Answer& copy = box.world.twilio().answers().back();
  ASSERT_TRUE(copy.duplicate);
  EXPECT_EQ(copy.status, 200);
  EXPECT_THAT(copy.body, HasSubstr("<Redirect"));
  EXPECT_THAT(copy.body, HasSubstr("retry=1"));
  EXPECT_THAT(copy.body, Not(HasSubstr("Stream")));
  EXPECT_THAT(copy.body, Not(HasSubstr("Parameter")));
  EXPECT_EQ(calls.table().get(call)->core, before);
  EXPECT_EQ(box.world.storage().durable(), durable);
  EXPECT_EQ(box.world.twilio().rest_requests(), rest);
  EXPECT_EQ(calls.deadlines_armed(), deadlines);
}

// B-DED-4: the copy of a fetch gets the Redirect while its call lives and the empty document once
// it is over; the copy of a status callback gets the empty document.
TEST(Replays, CopyOfAFinishedCallsFetch) {
  MbedCrypto crypto;
  BoxWorld box(crypto);
  const HttpRequest fetch = signed_webhook(crypto, {{"CallSid", "CA77"},
                                                    {"From", "+15551234567"},
                                                    {"To", kOurNumber},
                                                    {"Direction", "inbound"},
                                                    {"CallStatus", "ringing"}});
  const HttpRequest end = signed_webhook(crypto,
                                         {{"CallSid", "CA77"},
                                          {"CallStatus", "completed"},
                                          {"Direction", "inbound"},
                                          {"CallbackSource", "call-progress-events"}},
                                         "?type=status");
  EXPECT_THAT(box.world.request(fetch).body, HasSubstr("<Stream"));
  const HttpAnswer live = box.world.request(fetch);
  EXPECT_THAT(live.body, HasSubstr("<Redirect"));
  EXPECT_THAT(live.body, Not(HasSubstr("Stream")));
  EXPECT_EQ(box.box.counts().call_slots, 1U);
  EXPECT_EQ(box.world.request(end).status, 200);
  EXPECT_EQ(box.box.counts().call_slots, 0U);
  for (const HttpRequest& request : {fetch, end}) {
    const HttpAnswer copy = box.world.request(request);
    EXPECT_EQ(copy.status, 200);
    EXPECT_THAT(copy.body, HasSubstr("<Response"));
    EXPECT_THAT(copy.body, Not(HasSubstr("Redirect")));
    EXPECT_THAT(copy.body, Not(HasSubstr("Stream")));
  }
  EXPECT_EQ(box.box.counts().call_slots, 0U);
  EXPECT_EQ(box.box.appliance().calls().history().size(), 1U);
}

}  // namespace
}  // namespace hookflash::sim
