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

// A line that goes while the body of its webhook comes: not a path of ours any more.
TEST(RemovedLines, WhileABodyComes) {
  Box box(api_config());
  HttpRequest request = request_of(box, hook("CA" + std::string(32, '7'), "ringing"));
  request.pieces = 3;
  HttpAnswer answer;
  box.world.request_later(request, [&](const HttpAnswer& given) { answer = given; });
  box.world.run(Duration::ms(200));
  ASSERT_EQ(answer.status, 200);
  request = request_of(box, hook("CA" + std::string(32, '8'), "ringing"));
  request.pieces = 3;
  answer = {};
  box.world.request_later(request, [&](const HttpAnswer& given) { answer = given; });
  box.world.run(Duration::ms(40));
  ASSERT_EQ(answer.status, 0);
  box.world.reconfigure(config_of(other_line("other")));
  box.world.run(Duration::ms(200));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(box.counts().call_slots, 1U);
}

}  // namespace
}  // namespace hookflash::sim
