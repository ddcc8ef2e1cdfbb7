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

HttpRequest dial() {
  return {
      .method = "POST",
      .target = "/call/outbound",
      .headers = {std::string("Authorization: Bearer ") + kToken, "Content-Type: application/json"},
      .host = "",
      .body = R"({"to":"+15557654321"})"};
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
  power.world.run(Duration::seconds(3270));
  EXPECT_EQ(power.calls().unconfirmed(), 1U);
  power.world.run(Duration::seconds(130));
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

// B-HUP-4: an attempt a minute, however busy the box is; B-HUP-6: a line full of other requests has
// a connection for it; B-PRV-2: it is given 5 s.
TEST(Leftovers, AnAttemptAMinute) {
  Power power;
  power.cut(Duration::seconds(1));
  remember(power, unconfirmed(power, 1, power.world.now().wall));
  auto& settings = power.world.twilio().carrier().settings();
  settings.update = {.what = RestFault::What::kSilent, .permille = 1000};
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  (void)power.talk(Duration::ms(4500));
  EXPECT_FALSE(power.logged("hangup on main failed: timeout"));
  power.world.run(Duration::seconds(1));
  EXPECT_TRUE(power.logged("hangup on main failed: timeout"));
  power.world.run(Duration::seconds(50));
  EXPECT_EQ(power.counts().streams, 1U);
  EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1);
  settings.update = {};
  settings.create = {.what = RestFault::What::kSilent, .permille = 1000};
  for (size_t i = 0; i + 1 < limits::kRestConnectionsPerLine; ++i) {
    power.world.request_later(dial(), [](const HttpAnswer&) {});
  }
  power.world.run(Duration::ms(500));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest + limits::kRestConnectionsPerLine);
  EXPECT_EQ(power.calls().unconfirmed(), 1U);
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
}

// B-TWI-4: "not in progress" is no end: the carrier's word about the call decides. One that lives
// is tried again, one that it does not know is over.
TEST(Leftovers, NotInProgressIsNoEnd) {
  Power power;
  power.world.twilio().set_callee([&](std::string_view) {
    twilio::carrier::Person person;
    person.answer_after = Duration::seconds(300);  // The carrier lets it ring for 30 s.
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
  ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 201);
  const std::string sid(power.only()->core.provider_call_id.view());
  power.cut(Duration::seconds(1));
  remember(power, unconfirmed(power, 1, power.world.now().wall));
  power.world.jump_wall(Duration::seconds(3000));  // The one that rings is too old: hung up.
  auto& settings = power.world.twilio().carrier().settings();
  settings.update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21220};
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest + 4) << "two attempts, two questions";
  EXPECT_EQ(power.calls().unconfirmed(), 1U);
  EXPECT_TRUE(power.calls().pursues(0, sid));
  EXPECT_EQ(power.world.twilio().carrier().live_calls(), 1U);
  power.world.run(Duration::seconds(60));
  EXPECT_EQ(power.world.twilio().carrier().live_calls(), 0U);
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
}

// B-HUP-4: after a restart what is left of the hour, and the alarm that a call had stands again at
// once.
TEST(Leftovers, WhatIsLeftOfTheHour) {
  Power power;
  power.cut(Duration::seconds(1));
  const WallTime now = power.world.now().wall;
  remember(power, unconfirmed(power, 1, now - Duration::seconds(3000)));
  CallCore given_up = unconfirmed(power, 2, now - Duration::seconds(7200));
  given_up.end_reason = EndReason::kError;
  remember(power, given_up);
  power.world.twilio().carrier().settings().update = refused();
  power.start();
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(power.calls().unconfirmed(), 2U);
  EXPECT_EQ(named(power), 1U);
  EXPECT_TRUE(power.logged("call " + std::string(given_up.call_id.text().view())));
  power.world.run(Duration::seconds(100));
  EXPECT_EQ(power.calls().unconfirmed(), 1U) << "its hour was over: one attempt";
  power.world.run(Duration::seconds(470));
  EXPECT_EQ(power.calls().unconfirmed(), 1U);
  power.world.run(Duration::seconds(100));
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_EQ(named(power), 2U);
}

// B-HUP-4, B-OUT-7: what has no name at its carrier, or no line, is not asked for; what cannot be
// asked for is named for a day.
TEST(Leftovers, WhatCannotBeTried) {
  Power power;
  power.cut(Duration::seconds(1));
  const WallTime now = power.world.now().wall;
  CallCore nameless = unconfirmed(power, 1, now);
  nameless.provider_call_id = {};
  CallCore homeless = unconfirmed(power, 2, now);
  homeless.line_id = {};
  CallCore today = unconfirmed(power, 3, now - Duration::seconds(23 * 3600));
  today.line_id.set("gone");
  CallCore yesterday = unconfirmed(power, 4, now - Duration::seconds(25 * 3600));
  yesterday.line_id.set("gone");
  for (const CallCore& core : {nameless, homeless, today, yesterday}) remember(power, core);
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(4000));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest);
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_EQ(power.calls().counters().leftovers_dropped, 0U);
  EXPECT_EQ(named(power), 2U);
  EXPECT_TRUE(power.logged("line , call " + std::string(homeless.call_id.text().view())));
  EXPECT_TRUE(power.logged("line gone, call " + std::string(today.call_id.text().view())));
}

// B-HUP-4: two lines may have the same name for a call; each is asked about its own.
TEST(Leftovers, LinesHaveNamesOfTheirOwn) {
  Power power(api_config(
      "", R"(},{"id":"other","provider":"twilio","accountSid":"AC00000000000000000000000000000002")"
          R"(,"authToken":"22345678901234567890123456789012","fromNumber":"+15550009999",)"
          R"("serve":{"path":"/other"})"));
  power.cut(Duration::seconds(1));
  CallCore core = unconfirmed(power, 1, power.world.now().wall);
  remember(power, core);
  core.call_id = CallId::make(power.world.core_entropy());
  core.line_id.set("other");
  remember(power, core);
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest + 2);
  EXPECT_FALSE(power.calls().pursues(0, core.provider_call_id)) << "the carrier does not know it";
  EXPECT_TRUE(power.calls().pursues(1, core.provider_call_id)) << "the carrier refuses us";
}

// B-HUP-4: the alarm has 63 numbers for calls; beyond that they share one, which no single end
// takes away. A number is free again when its call has ended.
TEST(Leftovers, NumbersOfTheAlarm) {
  for (const size_t count : {63U, 70U}) {
    Power power(api_config(R"(,"maxDurationSeconds":10)"));
    power.cut(Duration::seconds(1));
    std::vector<CallCore> cores;
    for (size_t i = 0; i < count; ++i) {
      cores.push_back(unconfirmed(power, i, power.world.now().wall));
      cores.back().end_reason = EndReason::kError;
      remember(power, cores.back());
    }
    auto& settings = power.world.twilio().carrier().settings();
    settings.update = settings.read = refused();
    power.start();
    power.world.run(Duration::seconds(1));
    EXPECT_EQ(named(power), std::min<size_t>(count, 64));
    for (const CallCore& core : cores) {  // The oldest found no number of its own.
      const std::string sid(core.provider_call_id.view());
      EXPECT_EQ(power.world.request(power.webhook(sid, "completed")).status, 200);
      if (count == 70) {
        EXPECT_EQ(named(power), 64U);
        break;
      }
    }
    if (count == 70) continue;
    EXPECT_EQ(named(power), 0U);
    (void)power.talk(Duration::seconds(330));
    EXPECT_EQ(power.calls().unconfirmed(), 1U);
    EXPECT_EQ(named(power), 1U);
    settings.update = settings.read = {};
    power.world.run(Duration::seconds(61));
    EXPECT_EQ(power.calls().unconfirmed(), 0U);
    EXPECT_EQ(named(power), 0U);
  }
}

// B-STR-5, B-HUP-4: dials that name another call than the events have named: the dialled ones have
// no record of ours, and each is named by the carrier's id until the carrier has ended it.
TEST(Leftovers, WithoutACallOfOurs) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.permille = 1000, .delay = Duration::seconds(5)};
  options.twilio.update = refused();
  Power power(api_config(), options);
  power.world.twilio().set_callee([](std::string_view) {
    twilio::carrier::Person person;
    person.answer_after = Duration::seconds(300);
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
  for (size_t i = 0; i < 2; ++i) {
    power.world.request_later(dial(), [](const HttpAnswer&) {});
    power.world.run(Duration::ms(500));
    const CallId id = power.only()->core.call_id;
    const std::string sid = "CA" + std::string(31, '0') + std::to_string(i);
    EXPECT_EQ(power.world
                  .request(power.outbound_webhook(
                      sid, "ringing", "?callId=" + std::string(id.text().view()) + "&type=status",
                      {{"CallbackSource", "call-progress-events"}}))
                  .status,
              200);
    power.world.run(Duration::seconds(10));
    EXPECT_EQ(power.counts().call_slots, 0U);
    EXPECT_EQ(power.calls().unconfirmed(), i + 1U);
  }
  power.world.run(Duration::seconds(340));
  EXPECT_EQ(power.calls().unconfirmed(), 2U);
  EXPECT_EQ(named(power), 2U);
  EXPECT_TRUE(power.logged("line main, call CA"));
  power.world.twilio().carrier().settings().update = {};
  power.world.run(Duration::seconds(61));
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_EQ(named(power), 0U);
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
