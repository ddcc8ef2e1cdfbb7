#include "target/app_leg.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "target_world.h"

namespace hookflash {
namespace {

using testing::member;
using testing::World;

Duration ms(int64_t n) { return Duration::ms(n); }
Duration s(int64_t n) { return Duration::seconds(n); }

// --- Dialling
// ---------------------------------------------------------------------------------------

// Aim: the app is dialled with the parts of its URL, within 5 s, signed as Twilio signs (B-APP-4).
// Method: URL, token and signature of the sample handshake.
TEST(AppLegDial, AsksForTheUrlAndSignsIt) {
  World world;
  const AppSetup setup{.url = "wss://app.example.com/media/twilio",
                       .signing_key = "00112233445566778899aabbccddeeff"};
  ASSERT_EQ(world.open_app(setup), Status::kOk);
  ASSERT_EQ(world.dials.size(), 1U);
  EXPECT_TRUE(world.dials[0].tls);
  EXPECT_EQ(world.dials[0].host, "app.example.com");
  EXPECT_EQ(world.dials[0].port, 443);
  EXPECT_EQ(world.dials[0].target, "/media/twilio");
  EXPECT_EQ(world.dials[0].headers, "x-twilio-signature: nJ7KPZwIqupBceP9HM9ZDe+eb8c=\r\n");
  EXPECT_EQ(world.dials[0].timeout, s(5));
  EXPECT_GE(world.dials[0].socket.index, limits::kAcceptedMax);
}

// Aim: what is signed has no port for wss and the port for ws; without a token nothing is signed.
// Method: two spellings of one secure URL give one signature; another port gives another for ws
// only.
TEST(AppLegDial, SignsWithoutThePortOfASecureUrl) {
  const auto headers = [](std::string_view url, std::string_view key) {
    World world;
    EXPECT_EQ(world.open_app(AppSetup{.url = url, .signing_key = key}), Status::kOk);
    return world.dials.at(0).headers;
  };
  EXPECT_EQ(headers("wss://a.example:8443/x", "key"), headers("wss://a.example/x", "key"));
  EXPECT_EQ(headers("WSS://a.example:443/x", "key"), headers("wss://a.example/x", "key"));
  EXPECT_EQ(headers("wss://a.example", "key"), headers("wss://a.example/", "key"));
  EXPECT_EQ(headers("ws://[::1]:80/x", "key"), headers("ws://[::1]/x", "key"));
  EXPECT_NE(headers("ws://127.0.0.1:8080/x", "key"), headers("ws://127.0.0.1/x", "key"));
  EXPECT_NE(headers("wss://a.example/x?b=1", "key"), headers("wss://a.example/x", "key"));
  EXPECT_EQ(headers("wss://a.example/x", ""), "");
}

// Aim: an unusable URL or text is refused before anything happens.
// Method: each kind of failure; nothing was dialled and the place is empty.
TEST(AppLegDial, RefusesWhatItCannotDial) {
  World world;
  EXPECT_EQ(world.open_app("https://app.example.com/"), Status::kInvalid);
  EXPECT_EQ(world.open_app("wss://app.example.com/" + std::string(limits::kUrlBytesMax, 'a')),
            Status::kTooLarge);
  const std::string value(CustomParameters::kPairBytesMax, 'x');
  const TargetParameter parameter{"name", value};
  EXPECT_EQ(world.open_app(AppSetup{.url = "wss://a.example/", .parameters = {&parameter, 1}}),
            Status::kTooLarge);
  EXPECT_TRUE(world.dials.empty());
  EXPECT_EQ(world.place.get(), nullptr);
  EXPECT_EQ(world.sockets.size(), 0U);
}

// Aim: the stream begins as a carrier begins it, with the configured and our own parameters, and
// the session learns that the app is ready.
// Method: whole texts.
TEST(AppLegDial, BeginsTheStream) {
  World world;
  world.call.session_key = "order 12";
  world.call.outbound = true;
  const std::vector<TargetParameter> parameters = {{"tenant", "7"}, {"from", "overridden"}};
  ASSERT_EQ(world.open_app(AppSetup{.url = "wss://a.example/", .parameters = parameters}),
            Status::kOk);
  ASSERT_EQ(world.said.size(), 2U);
  EXPECT_EQ(world.said[0].text, R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  EXPECT_EQ(world.said[1].text,
            R"({"event":"start","sequenceNumber":"1","start":{)"
            R"("accountSid":"AC00000000000000000000000000000001",)"
            R"("streamSid":"MZ0102030405060708090a0b0c0d0e0f10",)"
            R"("callSid":"CA00000000000000000000000000000001","tracks":["inbound"],)"
            R"("mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
            R"("customParameters":{"tenant":"7",)"
            R"("callId":"0f8fad5b-d9cb-469f-a165-70867728950e",)"
            R"("from":"+15550100","to":"+15550199","direction":"outbound","line":"office",)"
            R"("sessionKey":"order 12"}},"streamSid":"MZ0102030405060708090a0b0c0d0e0f10"})");
  EXPECT_EQ(world.count("ready"), 1U);
  EXPECT_TRUE(world.place.get()->ready());
  EXPECT_EQ(world.counters.legs_ok, 1U);
}

// Aim: a call restored after a restart opens a leg that says so (B-APP-7).
// Method: the start's parameters.
TEST(AppLegDial, MarksARestoredCall) {
  World world;
  world.call.resumed = true;
  ASSERT_EQ(world.open_app(), Status::kOk);
  EXPECT_EQ(member(world.said.at(1).text, "resumed"), "true");
}

// --- Redials
// ----------------------------------------------------------------------------------------

// Aim: a lost app is redialled at once, after 1 s and after 2 s, then given up once (B-APP-5).
// Method: an app that answers no more after its first stream broke.
TEST(AppLegRedial, TriesAtZeroOneAndTwoSeconds) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.run(s(15));
  world.accepts = false;
  world.app_closes(1006, in::WsEnd::kBroken);
  world.run(s(60));
  ASSERT_EQ(world.dials.size(), 4U);
  EXPECT_EQ(world.since(world.dials[1].at), s(15));
  EXPECT_EQ(world.since(world.dials[2].at), s(16));
  EXPECT_EQ(world.since(world.dials[3].at), s(17));
  EXPECT_EQ(world.count("failed"), 1U);
  EXPECT_EQ(world.counters.lost, 1U);
  EXPECT_EQ(world.counters.redials, 3U);
  EXPECT_EQ(world.counters.legs_failed, 3U);
  EXPECT_EQ(world.sockets.size(), 0U);
  EXPECT_FALSE(world.place.get()->ready());
  EXPECT_EQ(world.place.get()->deadline(), Instant::max());
}

// Aim: dials that run into their deadline are followed at once by the next that is due by then.
// Method: the platform reports each time-out after 5 s.
TEST(AppLegRedial, GoesOnAfterTimeouts) {
  World world;
  world.manual_dials = true;
  ASSERT_EQ(world.open_app(), Status::kOk);
  for (int dial = 0; dial < 4; ++dial) {
    world.run(s(5));
    world.closed_on(world.socket(), 1006, in::WsEnd::kTimeout);
  }
  ASSERT_EQ(world.dials.size(), 4U);
  EXPECT_EQ(world.since(world.dials[1].at), s(5));
  EXPECT_EQ(world.since(world.dials[2].at), s(10));
  EXPECT_EQ(world.since(world.dials[3].at), s(15));
  EXPECT_EQ(world.count("failed"), 1U);
}

// Aim: any close but 1000, and 1005 for a close frame without a code, is a loss (B-APP-5, B-APP-6).
// Method: each code on its own.
TEST(AppLegRedial, TellsALossFromAGoodbye) {
  constexpr std::array<uint16_t, 9> kLosses = {1001, 1002, 1006, 1008, 1009,
                                               1011, 1012, 3000, 4000};
  for (const uint16_t code : kLosses) {
    World world;
    ASSERT_EQ(world.open_app(), Status::kOk);
    world.app_closes(code);
    EXPECT_EQ(world.dials.size(), 2U) << code;
    EXPECT_EQ(world.count("left"), 0U) << code;
  }
  constexpr std::array<uint16_t, 2> kGoodbyes = {1000, 1005};
  for (const uint16_t code : kGoodbyes) {
    World world;
    ASSERT_EQ(world.open_app(), Status::kOk);
    world.app_closes(code);
    world.run(s(60));
    EXPECT_EQ(world.dials.size(), 1U) << code;
    EXPECT_EQ(world.count("left"), 1U) << code;
  }
}

// Aim: the new leg is a new stream that is marked resumed, hears the caller again, and counts anew.
// Method: a break in the middle; both starts compared.
TEST(AppLegRedial, BeginsANewResumedStream) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.caller_talks(3);
  const std::string first = world.stream_sid();
  world.app_closes(1011);
  ASSERT_EQ(world.dials.size(), 2U);
  EXPECT_NE(world.stream_sid(), first);
  EXPECT_NE(world.dials[0].socket, world.dials[1].socket);
  EXPECT_EQ(member(world.heard("start").at(0), "resumed"), "");
  EXPECT_EQ(member(world.heard("start").at(1), "resumed"), "true");
  EXPECT_EQ(world.count("ready"), 2U);
  world.caller_talks(1, 'x');
  const std::string frame = world.heard("media").back();
  EXPECT_EQ(member(frame, "sequenceNumber"), "2");
  EXPECT_EQ(member(frame, "chunk"), "1");
  EXPECT_EQ(member(frame, "timestamp"), "0");
  EXPECT_EQ(world.frames_heard(), "abcx");
}

// Aim: nothing of a replaced leg reaches the call or the new leg: neither what it still sends, nor
// the echo of its marks (B-APP-5). Method: a leg given up for its silence goes on sending while its
// socket closes.
TEST(AppLegRedial, IgnoresTheReplacedLeg) {
  World world;
  world.answers_pings = false;
  world.manual_closes = true;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.app_sends(world.media(std::string(1600, 'o')));
  world.app_sends(world.mark("old"));
  const SocketId old = world.socket();
  const std::string late = world.media(std::string(160, 'L'));
  world.streamer.hold(true, world.now().mono);  // The mark stays open over the redial.
  world.run(s(30));
  ASSERT_EQ(world.dials.size(), 2U);
  world.answers_pings = true;
  world.streamer.hold(false, world.now().mono);
  world.app_sends_on(old, late);
  world.closed_on(old, 1000, in::WsEnd::kWeClosed);
  world.app_sends_on(old, late);
  world.app_sends(world.mark("new"));
  world.run(s(5));
  EXPECT_EQ(world.played.find('L'), std::string::npos);
  EXPECT_EQ(world.mark_names(), std::vector<std::string>{"new"});
  EXPECT_EQ(world.sockets.size(), 1U);
}

// Aim: an app that accepts and closes at once is given up like one that cannot be reached
// (B-APP-5). Method: such an app; and one that holds each stream for 10 s is redialled for ever.
TEST(AppLegRedial, DoesNotRedialForEver) {
  World quick;
  ASSERT_EQ(quick.open_app(), Status::kOk);
  for (int i = 0; i < 10 && quick.count("failed") == 0; ++i) {
    quick.app_closes(1011);
    quick.run(s(3));
  }
  EXPECT_EQ(quick.dials.size(), 4U);
  EXPECT_EQ(quick.count("failed"), 1U);

  World slow;
  ASSERT_EQ(slow.open_app(), Status::kOk);
  for (int i = 0; i < 10; ++i) {
    slow.run(s(10));
    slow.app_closes(1011);
  }
  EXPECT_EQ(slow.dials.size(), 11U);
  EXPECT_EQ(slow.count("failed"), 0U);
}

// Aim: the session may put its fallback into the place from within target_failed(), whatever led
// there (B-APP-5). Method: a refused dial, and the hundredth bad message of a fourth leg.
TEST(AppLegRedial, MakesRoomForTheFallback) {
  const auto works = [](World& world) {
    world.run(s(30));
    EXPECT_EQ(world.count("failed"), 1U);
    world.caller_says(std::string(160, 'e'));
    EXPECT_EQ(world.played, std::string(160, 'e'));
    EXPECT_EQ(world.sockets.size(), 0U);
  };
  World refused;
  refused.accepts = false;
  refused.echo_as_fallback = true;
  ASSERT_EQ(refused.open_app(), Status::kOk);
  works(refused);

  World hostile;
  hostile.echo_as_fallback = true;
  ASSERT_EQ(hostile.open_app(), Status::kOk);
  for (int leg = 0; leg < 4; ++leg) {
    for (uint32_t i = 0; i < AppLeg::kBadMessagesMax; ++i) {
      hostile.app_sends(R"({"event":"media"})");
    }
    hostile.run(s(1));
  }
  works(hostile);

  World told;
  told.manual_dials = true;
  told.close_when_told = true;
  ASSERT_EQ(told.open_app(), Status::kOk);
  EXPECT_FALSE(told.end("busy"));
  told.app_opens();
  EXPECT_EQ(told.place.get(), nullptr);
  EXPECT_EQ(told.heard("stop").size(), 1U);
}

// Aim: nobody is redialled while the caller's stream is away, and at once when it is back
// (B-APP-5). Method: the app breaks inside a disconnect grace.
TEST(AppLegRedial, WaitsForTheCallersStream) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.set_carrier_up(false);
  world.app_closes(1011);
  world.run(ms(1500));
  EXPECT_EQ(world.dials.size(), 1U);
  EXPECT_EQ(world.place.get()->deadline(), Instant::max());
  world.set_carrier_up(true);
  ASSERT_EQ(world.dials.size(), 2U);
  EXPECT_EQ(world.since(world.dials[1].at), ms(1500));
}

// Aim: with every place taken a dial waits for one and counts no redial.
// Method: all places held; one is given back.
class Nobody final : public AppSocketUser {
 public:
  [[nodiscard]] uint16_t slot() const override { return 0; }
  void on_opened(Now) override {}
  void on_received(const in::WsReceived&, Now) override {}
  void on_pong(Now) override {}
  void on_blocked(uint32_t, Now) override {}
  void on_writable(Now) override {}
  void on_closed(const in::WsClosed&, Now) override {}
};
TEST(AppLegRedial, WaitsForAPlace) {
  World world;
  Nobody nobody;
  SocketId held;
  for (size_t i = 0; i < AppSockets::kPlaces; ++i) held = world.sockets.open(nobody);
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.run(s(1));
  EXPECT_TRUE(world.dials.empty());
  world.closed_on(held, 1000, in::WsEnd::kWeClosed);
  world.run(ms(100));
  ASSERT_EQ(world.dials.size(), 1U);
  EXPECT_EQ(world.counters.redials, 0U);
  EXPECT_EQ(world.count("ready"), 1U);
}

// --- Life signs
// -------------------------------------------------------------------------------------

// Aim: a ping every 20 s, and an app that answers them is kept (B-APP-4).
// Method: 100 s of silence.
TEST(AppLegPing, EveryTwentySeconds) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.run(s(100));
  ASSERT_EQ(world.pings.size(), 5U);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(world.since(world.pings[i]), s(20 * static_cast<int64_t>(i + 1)));
  }
  EXPECT_EQ(world.dials.size(), 1U);
}

// Aim: without a pong the leg is lost after 10 s (B-APP-4); other traffic does not count.
// Method: an app that sends audio and no pong.
TEST(AppLegPing, LostWithoutPong) {
  World world;
  world.answers_pings = false;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.run(s(25));
  world.app_sends(world.media(std::string(160, 'a')));
  world.run(ms(4999));
  EXPECT_TRUE(world.closings.empty());
  world.run(ms(1));
  ASSERT_EQ(world.closings.size(), 1U);
  EXPECT_EQ(world.dials.size(), 2U);
}

// Aim: while we do not read, a missing pong says nothing: it waits behind the audio (B-APP-4,
// B-AUD-5).
// Method: a full burst buffer over more than 10 s, then reading again without a pong.
TEST(AppLegPing, NotCountedWhileReadingIsStopped) {
  World world({.burst_frames = 50});
  world.answers_pings = false;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.run(ms(19'500));
  world.streamer.hold(true, world.now().mono);
  for (int i = 0; i < 10; ++i) world.app_sends(world.media(std::string(1600, 'a')));
  ASSERT_EQ(world.readings.size(), 1U);
  EXPECT_FALSE(world.readings[0].on);
  world.run(s(60));
  EXPECT_GE(world.pings.size(), 3U);
  EXPECT_EQ(world.dials.size(), 1U);
  world.streamer.hold(false, world.now().mono);
  world.run(s(3));
  ASSERT_EQ(world.readings.size(), 2U);
  const Duration resumed = world.since(world.readings[1].at);
  EXPECT_TRUE(world.readings[1].on);
  world.run(s(20));
  ASSERT_EQ(world.closings.size(), 1U);
  EXPECT_EQ(world.since(world.closings[0].at), resumed + s(10));
}

// Aim: a socket that takes nothing for 5 s is lost; one that takes something in time is not
// (B-APP-4). Method: blocked for 4.9 s twice, then for 5 s.
TEST(AppLegPing, LostWithoutProgress) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  for (int i = 0; i < 2; ++i) {
    world.blocked();
    world.run(ms(4900));
    world.writable();
    world.run(ms(10));
  }
  EXPECT_EQ(world.dials.size(), 1U);
  world.blocked();
  world.run(ms(4999));
  EXPECT_EQ(world.dials.size(), 1U);
  world.run(ms(1));
  EXPECT_EQ(world.dials.size(), 2U);
  ASSERT_EQ(world.closings.size(), 1U);
  EXPECT_EQ(world.closings[0].code, 1013);
}

// --- Ends
// -------------------------------------------------------------------------------------------

// Aim: the end of the call reaches the app once, as stop with the reason, then close 1000
// (B-APP-7). Method: told three times; the app's late frames concern nobody.
TEST(AppLegEnd, TellsTheReasonOnce) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.caller_talks(2);
  EXPECT_TRUE(world.end("hangup-user"));
  EXPECT_TRUE(world.end("timeout"));
  EXPECT_TRUE(world.end("hangup-user"));
  world.caller_talks(2);
  world.close();
  ASSERT_EQ(world.heard("stop").size(), 1U);
  EXPECT_EQ(member(world.heard("stop")[0], "reason"), "hangup-user");
  EXPECT_EQ(member(world.heard("stop")[0], "sequenceNumber"), "4");
  ASSERT_EQ(world.closings.size(), 1U);
  EXPECT_EQ(world.closings[0].code, 1000);
  EXPECT_EQ(world.counters.ends_told, 1U);
  EXPECT_EQ(world.frames_heard(), "ab");
  EXPECT_EQ(world.sockets.size(), 0U);
}

// Aim: the app learns the end also when its socket was not open at that moment, or never was
// (B-APP-7). Method: the end while dialling and between redials.
TEST(AppLegEnd, TellsItToAnAppThatIsNotConnected) {
  World dialling;
  dialling.manual_dials = true;
  ASSERT_EQ(dialling.open_app(), Status::kOk);
  EXPECT_FALSE(dialling.end("no-answer"));
  EXPECT_FALSE(dialling.end("no-answer"));
  dialling.app_opens();
  ASSERT_EQ(dialling.said.size(), 3U);
  EXPECT_EQ(member(dialling.said[1].text, "event"), "start");
  EXPECT_EQ(member(dialling.said[2].text, "reason"), "no-answer");
  EXPECT_EQ(dialling.count("told"), 1U);
  EXPECT_EQ(dialling.count("ready"), 0U);
  EXPECT_TRUE(dialling.end("no-answer"));
  EXPECT_EQ(dialling.heard("stop").size(), 1U);

  World waiting;
  ASSERT_EQ(waiting.open_app(), Status::kOk);
  waiting.accepts = false;
  waiting.set_carrier_up(false);
  waiting.app_closes(1011);
  waiting.run(ms(500));
  EXPECT_EQ(waiting.dials.size(), 1U);
  waiting.accepts = true;
  EXPECT_FALSE(waiting.end("hangup-user"));
  waiting.run(ms(1));
  EXPECT_EQ(waiting.count("told"), 1U);
  ASSERT_EQ(waiting.heard("stop").size(), 1U);
  EXPECT_EQ(member(waiting.heard("stop")[0], "reason"), "hangup-user");
}

// Aim: an app that cannot be reached keeps the end of a call no longer than its redials, and that
// is counted (B-APP-7). Method: nobody answers.
TEST(AppLegEnd, GivesUpTellingAfterTheRedials) {
  World world;
  world.manual_dials = true;
  ASSERT_EQ(world.open_app(), Status::kOk);
  EXPECT_FALSE(world.end("busy"));
  world.manual_dials = false;
  world.accepts = false;
  world.closed_on(world.socket(), 503, in::WsEnd::kRefused);
  world.run(s(30));
  EXPECT_EQ(world.dials.size(), 4U);
  EXPECT_EQ(world.count("told"), 1U);
  EXPECT_EQ(world.count("failed"), 0U);
  EXPECT_EQ(world.counters.ends_not_told, 1U);
  EXPECT_EQ(world.count(TargetNote::kEndNotTold), 1U);
}

// Aim: what the app sent before its goodbye stays queued, a part frame of it is completed, and the
// session is told once (B-APP-6).
// Method: 250 ms of audio, which ends with a part frame, then close 1000.
TEST(AppLegEnd, LeavesTheFarewellInTheQueue) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.app_sends(world.media(std::string(2000, 'f')));
  world.app_closes(1000);
  EXPECT_EQ(world.count("left"), 1U);
  EXPECT_FALSE(world.place.get()->ready());
  world.run(s(1));
  EXPECT_EQ(world.played, std::string(2000, 'f') + std::string(80, '\xff'));
  // The part frame did not wait for a rest that cannot come.
  EXPECT_LE(world.since(world.played_at.back()), ms(200));
  EXPECT_TRUE(world.streamer.drained());
  EXPECT_TRUE(world.end("hangup-bot"));
  EXPECT_TRUE(world.heard("stop").empty());
}

// Aim: a target that is closed without an end says stop and closes 1000; while dialling it lets go.
// Method: both states.
TEST(AppLegEnd, StopsWhenItIsClosed) {
  World open;
  ASSERT_EQ(open.open_app(), Status::kOk);
  open.close();
  ASSERT_EQ(open.heard("stop").size(), 1U);
  EXPECT_EQ(member(open.heard("stop")[0], "reason"), "");
  EXPECT_EQ(open.closings.at(0).code, 1000);

  World dialling;
  dialling.manual_dials = true;
  ASSERT_EQ(dialling.open_app(), Status::kOk);
  dialling.close();
  EXPECT_EQ(dialling.closings.size(), 1U);
  EXPECT_EQ(dialling.sockets.size(), 0U);
  EXPECT_EQ(dialling.counters.ends_not_told, 0U);

  World ending;
  ending.manual_dials = true;
  ASSERT_EQ(ending.open_app(), Status::kOk);
  EXPECT_FALSE(ending.end("busy"));
  ending.close();
  EXPECT_EQ(ending.counters.ends_not_told, 1U);
}

// Aim: the app hears of the coming end 30 s before, or as soon as it is there again (B-DUR-2).
// Method: told while ready, and while the app is being redialled.
TEST(AppLegEnd, TellsThatTheCallExpires) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.expiring(s(30));
  ASSERT_EQ(world.heard("call.expiring").size(), 1U);
  EXPECT_EQ(member(world.heard("call.expiring")[0], "secondsLeft"), "30");
  EXPECT_EQ(member(world.heard("call.expiring")[0], "callId"), world.call.call_id);

  World redialled;
  redialled.manual_dials = true;
  ASSERT_EQ(redialled.open_app(), Status::kOk);
  redialled.expiring(s(30));
  redialled.run(s(2));
  redialled.app_opens();
  ASSERT_EQ(redialled.said.size(), 3U);
  EXPECT_EQ(member(redialled.said[2].text, "secondsLeft"), "28");
}

}  // namespace
}  // namespace hookflash
