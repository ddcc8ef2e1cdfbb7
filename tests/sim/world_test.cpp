#include "platform/sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/crypto/mbed_crypto.h"
#include "tiny_core.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twilio::carrier::CallState;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

// A world around a tiny core.
struct TinyWorld {
  explicit TinyWorld(const TinyCore::Mode& mode = TinyCore::Mode(), uint64_t seed = 1)
      : world({.seed = seed}, crypto), core(mode) {
    world.attach(core, &core);
  }
  MbedCrypto crypto;
  World world;
  TinyCore core;
};

// Aim: an inbound call goes all the way: webhook, persist, document, stream, echo, hang-up. Method:
// one call of ten seconds, with what both sides saw.
TEST(World, CarriesAnInboundCall) {
  TinyWorld t;
  const CallRef ref = t.world.inbound_call("+15551234567");
  t.world.run(Duration::seconds(10));
  const auto& call = t.world.call(ref);
  EXPECT_EQ(call.state, CallState::kInProgress);
  EXPECT_EQ(call.streams, 1U);
  EXPECT_GT(call.measures.echoes, 200U);
  EXPECT_GE(call.measures.delay.percentile(0), Duration::ms(8)) << "two ways of at least 4 ms";
  EXPECT_LE(call.measures.delay.longest(), Duration::ms(40));
  EXPECT_EQ(call.measures.warnings, 0U);
  EXPECT_EQ(t.world.storage().entries().size(), 1U);
  EXPECT_EQ(t.core.counts().streams, 1U);
  t.world.hang_up(ref);
  t.world.run(Duration::seconds(1));
  EXPECT_EQ(call.state, CallState::kCompleted);
  EXPECT_EQ(t.core.counts().streams, 0U);
  EXPECT_THAT(t.core.ends, Contains(in::WsEnd::kPeerClosed));
  EXPECT_THAT(t.world.violations(), IsEmpty());
  EXPECT_EQ(t.world.network().links(), 0U);
}

// Aim: equal seeds give equal worlds, to the last byte and instant; another seed does not. Method:
// the hash of three runs.
TEST(World, IsTheSameForTheSameSeed) {
  const auto hash = [](uint64_t seed) {
    TinyWorld t(TinyCore::Mode(), seed);
    t.world.inbound_call("+15551234567");
    t.world.run(Duration::seconds(3));
    t.core.dial("+15557654321");
    t.world.get("/health");
    t.world.run(Duration::seconds(5));
    EXPECT_GT(t.world.log().entries(), 500U);
    return t.world.log().hash();
  };
  EXPECT_EQ(hash(7), hash(7));
  EXPECT_NE(hash(7), hash(8));
}

// Aim: the clocks begin just before their wraps, and the wall clock may jump alone. Method: look at
// them.
TEST(World, BeginsBeforeTheWraps) {
  TinyWorld t;
  EXPECT_LT(t.world.now().mono.us() / 1000, 1LL << 32);
  EXPECT_LT(t.world.now().wall.seconds(), 1LL << 31);
  t.world.run(Duration::seconds(61));
  EXPECT_GT(t.world.now().mono.us() / 1000, 1LL << 32);
  EXPECT_GT(t.world.now().wall.seconds(), 1LL << 31);
  const Instant before = t.world.now().mono;
  const WallTime wall = t.world.now().wall;
  t.world.jump_wall(-Duration::seconds(86'400));
  EXPECT_EQ(t.world.now().mono, before);
  EXPECT_EQ(wall - t.world.now().wall, Duration::seconds(86'400));
}

// Aim: a Tick comes at the deadline or at most half a millisecond later. Method: many deadlines.
TEST(World, WakesTheCoreInTime) {
  TinyWorld t;
  for (int i = 1; i <= 100; ++i) {
    const Instant wanted = t.world.now().mono + Duration::us(i * 777);
    t.core.wake_at(wanted);
    ASSERT_TRUE(t.world.run_until([&] { return t.core.ticks == i; }, Duration::seconds(1)));
    EXPECT_LE(t.world.now().mono - wanted, Duration::us(500));
  }
  EXPECT_EQ(t.core.tick_too_early, 0);
}

// Aim: an outbound call is asked for over REST and answered by a callee, whose document is fetched.
// Method: one that answers, one that is busy.
TEST(World, CarriesAnOutboundCall) {
  TinyWorld t;
  t.core.dial("+15557654321");
  t.world.run(Duration::seconds(5));
  EXPECT_EQ(t.core.rest_statuses[201], 1);
  EXPECT_EQ(t.core.counts().streams, 1U);
  t.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kBusy;
    return person;
  });
  t.core.dial("+15557654321");
  t.world.run(Duration::seconds(5));
  EXPECT_EQ(t.core.rest_statuses[201], 2);
  EXPECT_EQ(t.world.twilio().carrier().live_calls(), 1U);
}

// Aim: REST fails in every way the border knows. Method: unreachable, broken, silent.
TEST(World, LetsRestFail) {
  TinyWorld t;
  t.world.twilio().rest_unreachable(1000);
  t.core.dial("+15557654321");
  t.world.run(Duration::seconds(1));
  t.world.twilio().rest_unreachable(0);
  RestFault& fault = t.world.twilio().carrier().settings().create;
  fault.permille = 1000;
  fault.what = RestFault::What::kLost;
  t.core.dial("+15557654321");
  t.world.run(Duration::seconds(1));
  fault.what = RestFault::What::kSilent;
  t.core.dial("+15557654321");
  t.world.run(Duration::ms(9990));
  EXPECT_THAT(t.core.rest_failures,
              ::testing::ElementsAre(in::RestFailure::kUnreachable, in::RestFailure::kBroken));
  t.world.run(Duration::ms(20));
  EXPECT_THAT(t.core.rest_failures, Contains(in::RestFailure::kTimeout));
  EXPECT_EQ(t.world.twilio().rest_pending(), 0U);
}

// Aim: storage fails and stalls as ordered, and the carrier repeats what was answered 500. Method:
// fail one entry, then hold all for two seconds.
TEST(World, LetsStorageFailAndStall) {
  TinyWorld t;
  t.world.storage().fail_next(1);
  const CallRef ref = t.world.inbound_call("+15551234567");
  t.world.run(Duration::seconds(2));
  EXPECT_EQ(t.world.storage().failed(), 1U);
  EXPECT_EQ(t.world.twilio().webhook_statuses().at(500), 1U);
  EXPECT_EQ(t.world.call(ref).state, CallState::kInProgress) << "the retry went well";
  t.world.storage().stall(Duration::seconds(2));
  const CallRef slow = t.world.inbound_call("+15551234568");
  t.world.run(Duration::ms(1900));
  EXPECT_EQ(t.world.call(slow).state, CallState::kRinging);
  t.world.run(Duration::ms(400));
  EXPECT_EQ(t.world.call(slow).state, CallState::kInProgress);
}

// Aim: people on this machine are answered. Method: a request, and a time limit that passes.
TEST(World, AnswersRequests) {
  TinyWorld t;
  const HttpAnswer answer = t.world.get("/health");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"status\":\"ok\"}");
  EXPECT_EQ(answer.header("content-TYPE"), "application/json");
  HttpRequest unfinished;
  unfinished.method = "POST";
  unfinished.target = "/voice/webhook";
  unfinished.headers = {"Content-Length: 10"};
  EXPECT_EQ(t.world.request(unfinished, Duration::seconds(3)).status, 0);
}

// Aim: a broken stream and an unreachable box end as documented. Method: drop one stream, refuse
// all.
TEST(World, BreaksConnections) {
  TinyWorld t;
  const CallRef ref = t.world.inbound_call("+15551234567");
  t.world.run(Duration::seconds(2));
  t.world.drop_stream(ref);
  t.world.run(Duration::seconds(1));
  EXPECT_THAT(t.core.ends, Contains(in::WsEnd::kBroken));
  EXPECT_EQ(t.world.call(ref).state, CallState::kCompleted) << "no verb follows";
  t.world.twilio().reachable(false);
  const CallRef lost = t.world.inbound_call("+15551234568");
  t.world.run(Duration::seconds(20));
  EXPECT_EQ(t.world.call(lost).error, 11200U);
  EXPECT_EQ(t.world.twilio().carrier().live_calls(), 0U);
}

class AppKinds : public ::testing::TestWithParam<AppBehaviour::Kind> {};

// Aim: every kind of app can be dialled, lives and ends without harm to the world. Method: relay a
// call to each for a while.
TEST_P(AppKinds, Live) {
  TinyCore::Mode mode;
  mode.app_host = "bot.example.com";
  TinyWorld t(mode);
  AppBehaviour behaviour;
  behaviour.kind = GetParam();
  behaviour.crashes_after = Duration::seconds(20);
  SimApp& app = t.world.add_app("bot.example.com", behaviour);
  t.world.twilio().doorway().lead_max = Duration();  // The relay does not pace.
  const CallRef ref = t.world.inbound_call("+15551234567");
  t.world.run(Duration::seconds(10));
  ASSERT_EQ(app.sessions().size(), 1U);
  const AppSession& session = *app.sessions()[0];
  EXPECT_TRUE(session.open);
  const auto& measures = t.world.call(ref).measures;
  switch (GetParam()) {
    case AppBehaviour::Kind::kEcho: EXPECT_GT(measures.frames, 400U); break;
    case AppBehaviour::Kind::kTalker: EXPECT_GE(session.marks, 3U); break;
    case AppBehaviour::Kind::kFlooder: EXPECT_GT(measures.bytes_discarded, 100'000U); break;
    case AppBehaviour::Kind::kGarbage: EXPECT_GT(measures.warnings, 50U); break;
    case AppBehaviour::Kind::kNeverReads:
    case AppBehaviour::Kind::kSilent: EXPECT_EQ(measures.frames, 0U); break;
  }
  t.world.run(Duration::seconds(12));
  EXPECT_FALSE(session.open);
  EXPECT_THAT(t.core.ends, Contains(in::WsEnd::kBroken));
  t.world.run(Duration::seconds(10));
  EXPECT_EQ(t.core.counts().app_legs + t.core.counts().streams, 0U);
}
INSTANTIATE_TEST_SUITE_P(All, AppKinds,
                         ::testing::Values(AppBehaviour::Kind::kEcho, AppBehaviour::Kind::kTalker,
                                           AppBehaviour::Kind::kFlooder,
                                           AppBehaviour::Kind::kNeverReads,
                                           AppBehaviour::Kind::kSilent,
                                           AppBehaviour::Kind::kGarbage));

// Aim: a dial that fails says how. Method: unknown host, refused upgrade, too slow.
TEST(World, LetsDialsFail) {
  for (const in::WsEnd wanted :
       {in::WsEnd::kUnreachable, in::WsEnd::kRefused, in::WsEnd::kTimeout}) {
    TinyCore::Mode mode;
    mode.app_host = "bot.example.com";
    TinyWorld t(mode);
    AppBehaviour behaviour;
    if (wanted == in::WsEnd::kRefused) behaviour.refuse_status = 503;
    if (wanted == in::WsEnd::kTimeout) behaviour.answer_after = Duration::seconds(6);
    if (wanted != in::WsEnd::kUnreachable) t.world.add_app("bot.example.com", behaviour);
    t.world.inbound_call("+15551234567");
    t.world.run(Duration::seconds(8));
    EXPECT_THAT(t.core.ends, Contains(wanted));
  }
}

// Aim: a peer that does not read blocks the core's socket once, tells how much waits, and frees it
// when it reads again; a core that does not read gets little more. Method: a silent app in both
// roles.
TEST(World, PushesBack) {
  TinyCore::Mode mode;
  mode.app_host = "bot.example.com";
  TinyWorld t(mode);
  AppBehaviour behaviour;
  behaviour.kind = AppBehaviour::Kind::kNeverReads;
  SimApp& app = t.world.add_app("bot.example.com", behaviour);
  t.world.inbound_call("+15551234567");
  t.world.run(Duration::seconds(2));
  t.core.send_to_app(std::string(1000, 'x'), 80);
  t.world.run(Duration::ms(100));
  ASSERT_GE(t.core.blocked.size(), 1U);
  EXPECT_GT(t.core.blocked[0], limits::kMediaSendBufferBytes);
  EXPECT_EQ(t.core.blocked.size(), 1U) << "not over the limit yet";
  t.core.send_to_app(std::string(1000, 'x'), 120);
  t.world.run(Duration::ms(100));
  EXPECT_GT(t.core.blocked.size(), 2U) << "again for each send over the limit";
  t.world.network().read(app.sessions()[0]->link, true);
  t.world.run(Duration::ms(100));
  EXPECT_EQ(t.core.writable, 1);
}

// Aim: the pacing check notices media far ahead of real time. Method: a core that sends ten for
// one.
TEST(World, NoticesMediaAheadOfTime) {
  TinyCore::Mode mode;
  mode.sends_early = true;
  TinyWorld t(mode);
  t.world.inbound_call("+15551234567");
  t.world.run(Duration::seconds(1));
  EXPECT_THAT(t.world.violations(), Contains(HasSubstr("ahead of real time")));
}

}  // namespace
}  // namespace hookflash::sim
