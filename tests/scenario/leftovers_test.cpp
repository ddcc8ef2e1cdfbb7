// Aim: each carrier call that may cost money is either ended or named by an alarm, over restarts,
// jumps of the clock and removed lines (B-HUP-4, section 7). Method: the real appliance in the
// simulated world, with records of finished calls put into the journal by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call/entry_items.h"
#include "power.h"
#include "signed_webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

RestFault refused() { return {.what = RestFault::What::kStatus, .permille = 1000, .status = 500}; }

// A call whose end the carrier has not confirmed.
CallCore unconfirmed(Power& power, size_t number, WallTime ended) {
  CallCore core;
  core.call_id = CallId::make(power.world.core_entropy());
  core.line_id.set("main");
  core.direction = Direction::kInbound;
  core.state = CallState::kEnded;
  core.end_reason = EndReason::kTimeout;
  core.started_at = ended - Duration::seconds(60);
  core.ended_at = ended;
  core.provider_call_id.set("CA0000000000000000000000000000" + std::to_string(1000 + number));
  return core;
}

void remember(Power& power, const CallCore& core) {
  EntryWriter entry;
  entry.begin(power.world.now().wall);
  write_finished(entry, summary_of(core, Transcript{}), finished_of(power.crypto, core));
  power.more_entries.emplace_back(text_of(entry.bytes()));
}

size_t named(Power& power) { return power.appliance().alarms().causes(Alarm::kHangupFailed); }

// B-HUP-4: whatever put it on the list, after 5 minutes of failures an alarm names line and call;
// after the hour it is tried no more, the alarm stays, and the carrier's late word is the end of
// it.
TEST(Leftovers, AnAlarmNamesWhatDoesNotEnd) {
  Power power;
  power.cut(Duration::seconds(1));
  const CallCore core = unconfirmed(power, 1, power.world.now().wall);
  remember(power, core);
  power.world.twilio().carrier().settings().update = refused();
  power.start();
  power.world.run(Duration::seconds(290));
  EXPECT_EQ(named(power), 0U);
  power.world.run(Duration::seconds(20));
  EXPECT_EQ(named(power), 1U);
  EXPECT_THAT(std::string(power.appliance().alarms().detail(Alarm::kHangupFailed)),
              HasSubstr("line main, call " + std::string(core.call_id.text().view())));
  EXPECT_EQ(power.calls().unconfirmed(), 1U);
  power.world.run(Duration::seconds(3400));
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_EQ(named(power), 1U);
  const uint64_t rest = power.world.twilio().rest_requests();
  power.world.run(Duration::seconds(200));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest);
  EXPECT_EQ(power.world
                .request(signed_webhook(power.crypto,
                                        {{"AccountSid", kAccountSid},
                                         {"CallSid", std::string(core.provider_call_id.view())},
                                         {"CallStatus", "completed"},
                                         {"Direction", "inbound"},
                                         {"From", "+15551234567"},
                                         {"To", kOurNumber}}))
                .status,
            200);
  EXPECT_EQ(named(power), 0U);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
}

// B-HUP-4: of more than 16 the newest are tried; each of the others is counted and named.
TEST(Leftovers, WhatFindsNoPlaceIsNamed) {
  Power power;
  power.cut(Duration::seconds(1));
  std::vector<CallCore> cores;
  for (size_t i = 0; i < 20; ++i) {
    cores.push_back(unconfirmed(power, i, power.world.now().wall - Duration::seconds(20)));
    remember(power, cores.back());
  }
  const uint64_t before = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(30));
  // The carrier does not know them: that is an end.
  EXPECT_EQ(power.world.twilio().rest_requests(), before + 16);
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_EQ(power.calls().counters().leftovers_dropped, 4U);
  EXPECT_EQ(named(power), 4U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(power.logged("line main, call " + std::string(cores[i].call_id.text().view())));
  }
  // The next start has places for them.
  power.more_entries.clear();
  for (size_t i = 0; i < 4; ++i) remember(power, cores[i]);
  power.cut(Duration::seconds(1));
  power.start();
  power.world.run(Duration::seconds(30));
  EXPECT_EQ(named(power), 0U);
}

// B-HUP-4, B-TMR-3: an hour that seems to be over because the clock jumped costs nobody his
// attempt, and an end that seems to lie ahead is pursued for an hour, not for ever.
TEST(Leftovers, TheClockJumps) {
  for (const Duration ago : {Duration::seconds(3 * 86'400), -Duration::seconds(3 * 86'400)}) {
    Power power;
    power.cut(Duration::seconds(1));
    const CallCore core = unconfirmed(power, 1, power.world.now().wall - ago);
    remember(power, core);
    auto& settings = power.world.twilio().carrier().settings();
    settings.update = refused();
    uint64_t rest = power.world.twilio().rest_requests();
    power.start();
    power.world.run(Duration::seconds(20));
    EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1) << "tried";
    power.world.run(Duration::seconds(3700));
    EXPECT_EQ(power.calls().unconfirmed(), 0U) << "not for ever";
    EXPECT_EQ(named(power), 1U) << "named";
    settings.update = {};
    power.cut(Duration::seconds(1));
    power.start();
    power.world.run(Duration::seconds(20));
    EXPECT_EQ(named(power), 0U);
    EXPECT_TRUE(power.last().carrier_end_confirmed);
    power.more_entries.clear();
  }
}

// Section 7: a live call whose line is not configured any more, or whose carrier is not in this
// build, cannot be asked for: it blocks nothing, its end is journaled as unconfirmed, and an alarm
// names line and call. With the line back it is hung up.
TEST(Leftovers, TheLineIsGone) {
  const std::string gone[] = {
      R"({"publicUrl":"https://box.example.com","lines":[{"id":"other","provider":"twilio",)"
      R"("accountSid":"AC00000000000000000000000000000002","authToken":)"
      R"("22345678901234567890123456789012","fromNumber":"+15550009999"}]})",
      R"({"publicUrl":"https://box.example.com","lines":[{"id":"main","provider":"telnyx",)"
      R"("apiKey":"KEY0123","connectionId":"1234567890","fromNumber":"+15550001000","publicKey":)"
      R"("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="}]})"};
  for (const std::string& config : gone) {
    Power power;
    const CallRef ref = power.world.inbound_call("+15551234567");
    power.world.run(Duration::seconds(5));
    const std::string sid(power.world.call(ref).sid.view());
    const CallId id = power.core_of(sid)->call_id;
    power.cut(Duration::seconds(1));
    power.world.twilio().streams_unreachable(1000);
    power.use(config);
    const uint64_t rest = power.world.twilio().rest_requests();
    power.start();
    power.world.run(Duration::seconds(2));
    EXPECT_EQ(power.world.twilio().rest_requests(), rest) << "no other account is asked";
    EXPECT_EQ(power.counts().call_slots, 0U);
    ASSERT_EQ(power.calls().history().size(), 1U);
    EXPECT_EQ(power.last().call_id, id);
    EXPECT_EQ(power.last().end_reason, EndReason::kFailed);
    EXPECT_EQ(power.last().end_detail, "no way to its carrier");
    EXPECT_FALSE(power.last().carrier_end_confirmed);
    EXPECT_EQ(named(power), 1U);
    EXPECT_THAT(std::string(power.appliance().alarms().detail(Alarm::kHangupFailed)),
                HasSubstr("line main, call " + std::string(id.text().view())));
    // Once more: there is no live call to examine any more, and the alarm stands.
    power.cut(Duration::seconds(1));
    power.start();
    power.world.run(Duration::seconds(2));
    EXPECT_EQ(power.calls().history().size(), 1U);
    EXPECT_EQ(power.counts().call_slots, 0U);
    EXPECT_EQ(named(power), 1U);
    power.cut(Duration::seconds(1));
    power.use(api_config());
    power.start();
    power.world.run(Duration::seconds(5));
    EXPECT_FALSE(is_live(power.world.call(ref).state));
    EXPECT_EQ(named(power), 0U);
    EXPECT_TRUE(power.last().carrier_end_confirmed);
  }
}

}  // namespace
}  // namespace hookflash::sim
