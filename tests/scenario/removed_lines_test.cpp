// Aim: a line that a new configuration removes, disables or gives to somebody else takes nothing of
// its calls along, and no other line is taken for it (section 7, B-CFG-3). Method: reloads and
// restarts of the real appliance in virtual time, with calls of the line at every stage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "power.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twilio::carrier::RestFault;

// A Twilio line with an account of its own, reached at a path of its own.
std::string other_line(const std::string& id, const std::string& path = "") {
  return R"({"id":")" + id + R"(","provider":"twilio","accountSid":"AC)" + std::string(31, '0') +
         R"(2","authToken":"22345678901234567890123456789012","fromNumber":"+15550009999",)" +
         R"("serve":{"path":"/)" + (path.empty() ? id : path) + R"("}})";
}

std::string config_of(const std::string& lines, const std::string& more = "") {
  return R"({"publicUrl":"https://box.example.com","inboundPolicy":"open","api":{"token":")" +
         std::string(kToken) + "\"}" + more + R"(,"lines":[)" + lines + "]}";
}

std::string others(size_t count) {
  std::string lines;
  for (size_t i = 0; i < count; ++i) {
    lines += (i == 0 ? "" : ",") + other_line("other" + std::to_string(i));
  }
  return lines;
}

std::string main_line(const std::string& members) {
  return R"({"id":"main","fromNumber":"+15550001000",)" + members + "}";
}
constexpr const char* kTelnyx =
    R"("provider":"telnyx","apiKey":"KEY0123","connectionId":"1234567890","publicKey":)"
    R"("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")";
constexpr const char* kOurs =
    R"("provider":"twilio","accountSid":"AC00000000000000000000000000000001")";
constexpr const char* kToken1 = R"("authToken":"12345678901234567890123456789012")";

// The same line in somebody else's account.
std::string taken_line() {
  return main_line(R"("provider":"twilio","accountSid":"AC00000000000000000000000000000002",)" +
                   std::string(kToken1));
}

size_t lines_with(const World& world, std::string_view words) {
  size_t count = 0;
  for (const std::string& line : world.core_lines()) {
    if (line.find(words) != std::string::npos) ++count;
  }
  return count;
}

size_t named(Power& power) { return power.appliance().alarms().causes(Alarm::kHangupFailed); }

// Section 7, B-RST-1, B-RST-2: a live call of a removed line when every place for a line is taken:
// dropped and named like any other that nobody can be asked about, also when it was too old. It
// holds no slot, new calls come in, the next start finds nothing to examine, and the first one that
// has the line back hangs it up.
TEST(RemovedLines, WithoutAPlace) {
  for (const Duration away : {Duration::seconds(1), Duration::seconds(4000)}) {
    Power power;
    const CallRef ref = power.talk();
    const std::string sid = power.sid_of(ref);
    const CallId id = power.core_of(sid)->call_id;
    power.cut(Duration::seconds(1));
    power.world.twilio().streams_unreachable(1000);
    power.world.jump_wall(away);
    power.use(config_of(others(limits::kLinesMax), R"(,"maxConcurrentCalls":1)"));
    const uint64_t rest = power.world.twilio().rest_requests();
    power.start();
    power.world.run(Duration::seconds(2));
    EXPECT_EQ(power.counts().call_slots, 0U);
    ASSERT_EQ(power.calls().history().size(), 1U);
    EXPECT_EQ(power.last().call_id, id);
    EXPECT_EQ(power.last().end_reason, EndReason::kFailed);
    EXPECT_EQ(power.last().end_detail, "no way to its carrier");
    EXPECT_FALSE(power.last().carrier_end_confirmed);
    EXPECT_EQ(named(power), 1U);
    EXPECT_THAT(std::string(power.appliance().alarms().detail(Alarm::kHangupFailed)),
                HasSubstr("line main, call " + std::string(id.text().view())));
    EXPECT_TRUE(power.logged("calls restored: 0 active, 0 ended, 1 unknown"));
    EXPECT_EQ(power.post("/call/outbound", R"({"to":"+15557654321","line":"other1"})").status, 502)
        << "the one call that the box may have goes out; its account is unknown at the carrier";
    EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1) << "no other account is asked";
    power.cut(Duration::seconds(1));
    power.start();
    power.world.run(Duration::seconds(2));
    EXPECT_EQ(power.calls().history().size(), 2U);
    EXPECT_EQ(named(power), 1U);
    EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1);
    // A place, but no credentials; and then all of it.
    power.cut(Duration::seconds(1));
    power.use(config_of(others(limits::kLinesMax - 1)));
    power.start();
    power.world.run(Duration::seconds(2));
    EXPECT_EQ(power.calls().history().size(), 2U);
    EXPECT_EQ(named(power), 1U);
    EXPECT_EQ(power.world.twilio().rest_requests(), rest + 1);
    power.cut(Duration::seconds(1));
    power.use(api_config());
    power.start();
    power.world.run(Duration::seconds(5));
    EXPECT_FALSE(is_live(power.world.call(ref).state));
    EXPECT_EQ(named(power), 0U);
    EXPECT_TRUE(power.calls().history()[0].carrier_end_confirmed);
    EXPECT_THAT(power.world.violations(), IsEmpty());
  }
}

// Section 7, B-PROC-8: while flash takes no end, such a call gives up its slot after 60 s all the
// same, is named, and the next start deals with it.
TEST(RemovedLines, WithoutAPlaceAndWithoutFlash) {
  Power power;
  const CallRef ref = power.talk();
  const CallId id = power.core_of(power.sid_of(ref))->call_id;
  power.cut(Duration::seconds(1));
  power.world.twilio().streams_unreachable(1000);
  power.use(config_of(others(limits::kLinesMax)));
  power.world.storage().fail_permille(1000);
  power.start();
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(power.counts().call_slots, 1U);
  EXPECT_EQ(power.calls().table().in_use(), 0U);
  const std::string target = "/api/v1/calls/" + std::string(id.text().view());
  EXPECT_EQ(power.post(target + "/hangup", "").status, 200);
  power.world.run(Duration::seconds(65));
  EXPECT_EQ(power.counts().call_slots, 0U);
  EXPECT_EQ(named(power), 1U);
  power.world.storage().fail_permille(0);
  power.cut(Duration::seconds(1));
  power.start();
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_FALSE(power.last().carrier_end_confirmed);
  EXPECT_EQ(named(power), 1U);
}

// B-CFG-3: a line that goes while the body of its webhook comes: not a path of ours any more. While
// the line has calls its path is served for them; a new call there is refused.
TEST(RemovedLines, WhileABodyComes) {
  for (const bool has_calls : {false, true}) {
    Box box(api_config());
    if (has_calls) {
      box.world.inbound_call("+15557654321");
      box.world.run(Duration::seconds(3));
    }
    HttpRequest request = request_of(box, hook("CA" + std::string(32, '8'), "ringing"));
    request.pieces = 3;
    HttpAnswer answer;
    box.world.request_later(request, [&](const HttpAnswer& given) { answer = given; });
    box.world.run(Duration::ms(40));
    ASSERT_EQ(answer.status, 0);
    box.world.reconfigure(config_of(other_line("other")));
    ASSERT_EQ(lines_with(box.world, "configuration reloaded"), 1U);
    box.world.run(Duration::ms(200));
    EXPECT_EQ(answer.status, has_calls ? 200 : 404);
    EXPECT_EQ(answer.body.find("<Reject") != std::string::npos, has_calls);
    EXPECT_EQ(box.counts().call_slots, has_calls ? 1U : 0U);
  }
}

// B-CFG-3: the calls of a line that a reload removes go on: a stream comes back by way of the
// webhook, a call that was ringing is answered, a hang-up gets to the account that the call is in.
// After the last of them the path is gone.
TEST(RemovedLines, TheirCallsGoOn) {
  Box box(api_config());
  const CallRef caller = box.world.inbound_call("+15551234567");
  box.world.twilio().set_callee([&](std::string_view) {
    twilio::carrier::Person person = box.world.speaker();
    person.answer_after = Duration::seconds(10);
    return person;
  });
  const std::string callee =
      call_id_of(post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})"));
  box.world.run(Duration::seconds(4));
  EXPECT_EQ(box.counts().streams, 1U);
  box.world.reconfigure(config_of(other_line("other")));
  ASSERT_EQ(lines_with(box.world, "configuration reloaded"), 1U);
  box.world.run(Duration::seconds(1));
  box.world.drop_stream(caller);
  box.world.run(Duration::seconds(12));
  EXPECT_EQ(box.counts().streams, 2U);
  EXPECT_EQ(box.counts().live_calls, 2U);
  EXPECT_EQ(post(box, "/api/v1/calls/" + callee + "/hangup", "").status, 200);
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 1U);
  box.world.hang_up(caller);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.counts().call_slots, 0U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(box.appliance.calls().history()[i].carrier_end_confirmed);
  }
  EXPECT_EQ(send(box, hook("CA" + std::string(32, '8'), "ringing")).status, 404);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-HUP-1, B-HUP-4, B-CFG-3: a reload that removes the line while a hang-up is in flight, and one
// that removes it when the call is on the list of given-up ones: the old account goes on being
// asked, and its answers count for these calls only. The place of the line is nobody else's.
TEST(RemovedLines, TheirHangUpsGoOn) {
  for (const bool given_up : {false, true}) {
    Box box(api_config(R"(,"maxDurationSeconds":20)"));
    const CallRef ref = box.world.inbound_call("+15551234567");
    box.world.run(Duration::seconds(5));
    const CallTable& table = box.appliance.calls().table();
    const std::string id(table.get(table.at(0))->core.call_id.text().view());
    auto& settings = box.world.twilio().carrier().settings();
    settings.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 500};
    settings.update = settings.read;
    if (given_up) {
      ASSERT_TRUE(box.world.run_until([&] { return box.counts().call_slots == 0; },
                                      Duration::seconds(400)));
      ASSERT_EQ(box.appliance.calls().unconfirmed(), 1U);
    } else {
      settings.update = {.permille = 1000, .delay = Duration::seconds(3)};
    }
    const auto answer = post_later(box, "/api/v1/calls/" + id + "/hangup", "");
    box.world.run(Duration::seconds(1));
    box.world.reconfigure(config_of(taken_line()));
    ASSERT_EQ(lines_with(box.world, "configuration rejected"), 1U);
    box.world.reconfigure(config_of(other_line("other")));
    ASSERT_EQ(lines_with(box.world, "configuration reloaded"), 1U);
    if (given_up) settings.update = {};
    box.world.run(Duration::seconds(62));
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_FALSE(is_live(box.world.call(ref).state));
    EXPECT_EQ(box.counts().call_slots, 0U);
    EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
    EXPECT_TRUE(box.last().carrier_end_confirmed);
    EXPECT_EQ(box.last().line_id.view(), "main");
    EXPECT_FALSE(box.appliance.alarms().raised(Alarm::kHangupFailed));
  }
}

// B-CFG-3: while a line has calls a reload cannot give it to another account, carrier or region,
// nor take its credentials: the other account's 404 would pass for an end. Its tokens may change.
// With the last call gone everything may.
TEST(RemovedLines, AnAccountStaysWithItsCalls) {
  const std::string ours = kOurs;
  const std::string takers[] = {
      main_line(kTelnyx),
      main_line(ours),
      main_line(ours + "," + kToken1 + R"(,"region":"ie1","edge":"dublin")"),
      main_line(ours + "," + kToken1 + R"(,"apiBaseUrl":"http://127.0.0.1:9999")"),
      taken_line(),
  };
  Box box(api_config());
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  size_t rejected = 0;
  for (const std::string& taker : takers) {
    box.world.reconfigure(config_of(taker));
    EXPECT_EQ(lines_with(box.world, "configuration rejected"), ++rejected) << taker;
    EXPECT_EQ(lines_with(box.world, "lines: line main has calls"), 1U);
    box.world.run(Duration::seconds(1));
  }
  box.world.reconfigure(config_of(main_line(
      ours +
      R"(,"authToken":["12345678901234567890123456789012","32345678901234567890123456789012"])")));
  EXPECT_EQ(lines_with(box.world, "configuration reloaded"), 1U);
  const CallTable& table = box.appliance.calls().table();
  const std::string id(table.get(table.at(0))->core.call_id.text().view());
  EXPECT_EQ(post(box, "/api/v1/calls/" + id + "/hangup", "").status, 200);
  EXPECT_FALSE(is_live(box.world.call(ref).state));
  box.world.run(Duration::seconds(30));
  size_t reloaded = 1;
  for (const std::string& taker : takers) {
    box.world.reconfigure(config_of(taker));
    EXPECT_EQ(lines_with(box.world, "configuration reloaded"), ++reloaded) << taker;
  }
}

// B-CFG-3, B-OUT-7: also while nothing but a dial is left of a call: it was over before the carrier
// had answered, and the answer is for this account.
TEST(RemovedLines, AnAccountStaysWithItsDials) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.permille = 1000, .delay = Duration::seconds(9)};
  Box box(api_config(), options);
  box.world.twilio().set_callee([](std::string_view) {
    twilio::carrier::Person person;
    person.answer = twilio::carrier::Person::Answer::kBusy;
    return person;
  });
  const auto placed = post_later(box, "/call/outbound", R"({"to":"+15557654321"})");
  ASSERT_TRUE(box.world.run_until([&] { return box.appliance.calls().history().size() == 1; },
                                  Duration::seconds(8)));
  ASSERT_EQ(box.counts().call_slots, 0U);
  box.world.reconfigure(config_of(taken_line()));
  EXPECT_EQ(lines_with(box.world, "configuration rejected"), 1U);
  box.world.run(Duration::seconds(10));
  box.world.reconfigure(config_of(taken_line()));
  EXPECT_EQ(lines_with(box.world, "configuration reloaded"), 1U);
}

// B-CFG-3, B-DED-6: a webhook that waits for flash gets its answer in its carrier's words though
// the line is removed meanwhile; what would take the carrier away has to wait. A refusal has no
// slot, so nothing but the request itself holds the line.
TEST(RemovedLines, WhileAWebhookWaits) {
  for (const std::string& config :
       {config_of(other_line("other")), config_of(main_line(kTelnyx))}) {
    for (const char* policy : {"open", "disabled"}) {
      Box box(api_config(R"(,"streaming":{"enabled":true})",
                         R"(,"inboundPolicy":")" + std::string(policy) + "\""));
      ASSERT_EQ(box.configured, Status::kOk);
      box.world.storage().stall(Duration::seconds(2));
      const Hook ringing = hook("CA" + std::string(32, '8'), "ringing");
      const auto owner = send_later(box, ringing);
      const auto twin = send_later(box, ringing);
      box.world.run(Duration::seconds(1));
      ASSERT_EQ(owner->status, 0);
      box.world.reconfigure(config);
      const bool removes = config.find("telnyx") == std::string::npos;
      EXPECT_EQ(lines_with(box.world, "configuration reloaded"), removes ? 1U : 0U);
      box.world.run(Duration::seconds(2));
      EXPECT_EQ(owner->status, 200);
      EXPECT_THAT(owner->body, HasSubstr(policy == std::string("open") ? "<Stream" : "<Reject"));
      EXPECT_EQ(twin->status, 200);
    }
  }
}

}  // namespace
}  // namespace hookflash::sim
