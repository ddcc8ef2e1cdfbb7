// Aim: a hang-up that nobody but the box wants goes on until it succeeds, whatever caused it, and
// its list has an end (contract section 14). Method: each cause with a carrier that refuses first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "power.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

constexpr RestFault kRefuses = {.what = RestFault::What::kStatus, .permille = 1000, .status = 500};

void callee(World& world, Person::Answer answer) {
  world.twilio().set_callee([answer](std::string_view) {
    Person person;
    person.answer = answer;
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
}

// B-HUP-3: the attempts come after 1, 2, 4, 8, 16, 30 and 30 s, each followed by the question
// whether the call lives; not knowing goes on. Method: the moments of all requests.
TEST(HangupCauses, TheWaits) {
  Box box(box_config(R"(,"maxDurationSeconds":10)"));
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  auto& settings = box.world.twilio().carrier().settings();
  settings.update = settings.read = kRefuses;
  uint64_t seen = box.world.twilio().rest_requests();
  std::vector<int64_t> waits;
  Instant last;
  for (int step = 0; step < 2000; ++step) {
    box.world.run(Duration::ms(50));
    const uint64_t now = box.world.twilio().rest_requests();
    if (now == seen) continue;
    const Instant at = box.world.now().mono;
    // A hang-up and its question come together.
    if (last.is_set() && at - last > Duration::ms(500)) {
      waits.push_back((at - last + Duration::ms(500)).seconds());
    }
    if (!last.is_set() || at - last > Duration::ms(500)) last = at;
    seen = now;
  }
  ASSERT_GE(waits.size(), 7U);
  waits.resize(7);
  EXPECT_THAT(waits, ElementsAre(1, 2, 4, 8, 16, 30, 30));
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 1U);
}

// What makes the box hang up: begins a call and lets the cause come.
struct Cause {
  const char* name;
  EndReason reason;
  void (*come)(Power& power);
};

void place(Power& power, const std::string& more) {
  ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321")" + more + "}").status, 201);
}

// It rings on and on; the carrier's own limit is taken to come later.
void ring_for_ever(Power& power) {
  callee(power.world, Person::Answer::kNever);
  place(power, R"(,"mode":"conversation")");
  power.world.twilio().carrier().settings().read = kRefuses;
  power.world.twilio().carrier().settings().update = kRefuses;
  power.world.run(Duration::seconds(21));
}

void max_duration(Power& power) {
  power.world.inbound_call("+15551234567");
  power.world.run(Duration::seconds(5));
  power.world.twilio().carrier().settings().update = kRefuses;
  power.world.run(Duration::seconds(27));
}

void disconnect(Power& power) {
  const CallRef call = power.world.inbound_call("+15551234567");
  power.world.run(Duration::seconds(5));
  power.world.twilio().carrier().settings().update = kRefuses;
  // Its request for the next document gets no connection meanwhile.
  power.world.twilio().reachable(false);
  power.world.drop_stream(call);
  power.world.run(Duration::ms(100));
  power.world.twilio().reachable(true);
  power.world.run(Duration::seconds(3));
}

void notify(Power& power) {
  place(power, R"(,"mode":"notify","message":"Short")");
  ASSERT_TRUE(power.world.run_until([&] { return power.world.twilio().sentences().size() == 1; },
                                    Duration::seconds(20)));
  power.world.twilio().reachable(false);
  power.world.twilio().carrier().settings().update = kRefuses;
  power.world.twilio().carrier().settings().read = kRefuses;
  power.world.run(Duration::seconds(15));
  power.world.twilio().reachable(true);
  power.world.run(Duration::seconds(8));
}

void reattach(Power& power) {
  power.world.inbound_call("+15551234567");
  power.world.run(Duration::seconds(5));
  power.cut(Duration::seconds(1));
  power.world.twilio().streams_unreachable(1000);
  power.start();
  power.world.run(Duration::seconds(9));
  // Else the carrier's next request would find a document that says the same.
  power.world.twilio().reachable(false);
  power.world.run(Duration::seconds(3));
}

// B-HUP-3: each cause repeats a hang-up that failed, until it goes through; the reason stays the
// cause's.
TEST(HangupCauses, EachIsRepeated) {
  const Cause causes[] = {{"ring", EndReason::kNoAnswer, ring_for_ever},
                          {"max duration", EndReason::kTimeout, max_duration},
                          {"disconnect", EndReason::kHangupBot, disconnect},
                          {"notify", EndReason::kHangupBot, notify},
                          {"re-attachment", EndReason::kError, reattach}};
  for (const Cause& cause : causes) {
    SCOPED_TRACE(cause.name);
    Power power(api_config(R"(,"maxDurationSeconds":30,"ringTimeoutMs":5000)"));
    cause.come(power);
    ASSERT_EQ(power.counts().live_calls, 1U);
    EXPECT_TRUE(power.logged("hang-up failed"));
    auto& settings = power.world.twilio().carrier().settings();
    settings.update = settings.read = {};
    power.world.twilio().reachable(true);
    power.world.run(Duration::seconds(12));
    EXPECT_EQ(power.counts().call_slots, 0U);
    ASSERT_EQ(power.calls().history().size(), 1U);
    EXPECT_EQ(power.last().end_reason, cause.reason);
    EXPECT_TRUE(power.last().carrier_end_confirmed);
    EXPECT_EQ(power.world.twilio().carrier().live_calls(), 0U);
  }
}

// B-PROC-8: journal and carrier fail at the same moment: each error has a line of its own, and the
// hang-up goes on until it succeeds.
TEST(HangupCauses, TheJournalFailsToo) {
  Box box(box_config(R"(,"maxDurationSeconds":10)"));
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  box.world.storage().fail_permille(1000);
  box.world.twilio().carrier().settings().update = kRefuses;
  box.world.run(Duration::seconds(8));
  EXPECT_THAT(box.world.core_lines(), Contains(HasSubstr("append failed")));
  EXPECT_THAT(box.world.core_lines(), Contains(HasSubstr("hang-up failed")));
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 1U);
  box.world.twilio().carrier().settings().update = {};
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 0U);
  EXPECT_EQ(box.appliance.calls().table().in_use(), 0U);
}

// B-HUP-4, B-GEN-5: the list has 16 places; the 17th call takes that of the oldest, and a metric
// says so. The others are hung up as soon as the carrier listens.
TEST(HangupCauses, TheListHasAnEnd) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
  options.twilio.update = {.what = RestFault::What::kSilent, .permille = 1000};
  Box box(api_config(), options);
  std::vector<std::string> ids;
  for (int i = 0; i < 17; ++i) {
    const HttpAnswer placed =
        post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
    ASSERT_EQ(placed.status, 504);
    ids.push_back(call_id_of(placed));
  }
  const auto show_up = [&](int i) {
    const std::string sid = "CA" + std::string(30, '0') + std::to_string(10 + i);
    return send(box,
                hook(sid, "in-progress", "outbound-api", "callId=" + ids[size_t(i)] + "&doc=1"))
        .body;
  };
  HttpRequest metrics;
  metrics.target = "/metrics";
  metrics.headers = {std::string("Authorization: Bearer ") + kToken};
  const std::string dropped = R"(limit="hangup_list"} 1)";
  for (int i = 0; i < 16; ++i) EXPECT_THAT(show_up(i), HasSubstr("<Hangup/>"));
  EXPECT_EQ(box.world.request(metrics).body.find(dropped), std::string::npos);
  EXPECT_THAT(show_up(16), HasSubstr("<Hangup/>"));
  EXPECT_THAT(box.world.request(metrics).body, HasSubstr(dropped));
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 16U);
  const std::string sid = "CA" + std::string(30, '0');
  EXPECT_FALSE(box.appliance.calls().pursues(0, sid + "10"));
  for (int i = 11; i < 27; ++i) {
    EXPECT_TRUE(box.appliance.calls().pursues(0, sid + std::to_string(i))) << i;
  }
  box.world.twilio().carrier().settings().update = {};
  box.world.run(Duration::seconds(90));
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
}

}  // namespace
}  // namespace hookflash::sim
