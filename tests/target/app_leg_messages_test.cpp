#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "target/app_leg.h"
#include "target_world.h"

namespace hookflash {
namespace {

using testing::base64;
using testing::member;
using testing::World;

Duration ms(int64_t n) { return Duration::ms(n); }
Duration s(int64_t n) { return Duration::seconds(n); }

// Repeats a text.
std::string times(size_t n, const std::string& text) {
  std::string all;
  for (size_t i = 0; i < n; ++i) all += text;
  return all;
}

class AppLegStream : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(world_.open_app(), Status::kOk); }
  World world_;
};

// --- Audio to the app
// -------------------------------------------------------------------------------

// Aim: each frame of the caller is one message at once; chunk, sequenceNumber and timestamp go on
// through all kinds of messages (B-APP-2, B-STR-8).
// Method: frames every 20 ms with a digit and a mark in between.
TEST_F(AppLegStream, SendsEachFrameAtOnce) {
  world_.run(ms(64));
  world_.caller_talks(2);
  world_.caller_presses('5');
  world_.app_sends(world_.mark("m"));
  world_.run(ms(0));
  world_.caller_talks(1, 'c');
  ASSERT_EQ(world_.frames_heard(), "abc");
  const std::vector<std::string> media = world_.heard("media");
  EXPECT_EQ(member(media[0], "timestamp"), "64");
  EXPECT_EQ(member(media[1], "timestamp"), "84");
  EXPECT_EQ(member(media[2], "timestamp"), "104");
  EXPECT_EQ(member(media[2], "chunk"), "3");
  EXPECT_EQ(member(media[2], "sequenceNumber"), "6");
  EXPECT_EQ(member(world_.heard("dtmf").at(0), "sequenceNumber"), "4");
  EXPECT_EQ(member(world_.heard("mark").at(0), "sequenceNumber"), "5");
}

// Aim: a pause of the caller's stream shows in the timestamps; jitter does not.
// Method: two frames together, then half a second of nothing.
TEST_F(AppLegStream, TimestampsFollowTheAudio) {
  world_.caller_says(std::string(320, 'a'));
  world_.run(ms(500));
  world_.caller_says(std::string(160, 'b'));
  const std::vector<std::string> media = world_.heard("media");
  ASSERT_EQ(media.size(), 3U);
  EXPECT_EQ(member(media[0], "timestamp"), "0");
  EXPECT_EQ(member(media[1], "timestamp"), "20");
  EXPECT_EQ(member(media[2], "timestamp"), "500");
}

// Aim: before the app is ready the newest 50 frames wait, and reach it first of all (B-STR-8).
// Method: 60 frames while the dial is under way.
TEST(AppLegWaiting, KeepsTheNewestFiftyFramesForTheApp) {
  World world;
  world.manual_dials = true;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.caller_talks(60);
  world.app_opens();
  world.run(ms(1));
  std::string expected;
  for (size_t i = 10; i < 60; ++i) expected += static_cast<char>('a' + i % 26);
  EXPECT_EQ(world.frames_heard(), expected);
  EXPECT_EQ(world.caller.counters().slow_app, 10U);
  EXPECT_EQ(member(world.heard("media")[0], "timestamp"), "0");
  EXPECT_EQ(member(world.heard("media")[49], "timestamp"), "980");
  EXPECT_EQ(member(world.heard("media")[0], "chunk"), "1");
  world.run(ms(499));
  world.caller_talks(1);
  EXPECT_EQ(member(world.heard("media").back(), "timestamp"), "1480");
}

// Aim: a slow app gets the newest 50 frames when it reads again; the gap shows in chunk and
// timestamp; nothing is sent meanwhile (B-STR-8). Method: blocked for 1.2 s.
TEST_F(AppLegStream, KeepsTheNewestFramesForASlowApp) {
  world_.caller_talks(1, 'A');
  world_.blocked();
  const size_t before = world_.said.size();
  world_.caller_talks(60);
  EXPECT_EQ(world_.said.size(), before);
  world_.writable();
  world_.run(ms(1));
  const std::vector<std::string> media = world_.heard("media");
  ASSERT_EQ(media.size(), 51U);
  EXPECT_EQ(world_.frames_heard().substr(0, 2), "Ak");
  EXPECT_EQ(member(media[1], "chunk"), "12");
  EXPECT_EQ(member(media[1], "timestamp"), "220");
  EXPECT_EQ(member(media[50], "chunk"), "61");
  EXPECT_EQ(member(media[50], "sequenceNumber"), "52");
}

// Aim: frames that waited do not leave in one flood: the socket can say in between that it is full.
// Method: it says so after the first of them.
TEST_F(AppLegStream, FlushesAFewFramesATime) {
  world_.blocked();
  world_.caller_talks(40);
  world_.writable();
  const size_t first = world_.heard("media").size();
  EXPECT_GE(first, 1U);
  EXPECT_LE(first, 10U);
  world_.blocked();
  world_.run(s(1));
  EXPECT_EQ(world_.heard("media").size(), first);
  world_.writable();
  world_.run(ms(1));
  EXPECT_EQ(world_.heard("media").size(), 40U);
}

// Aim: digits arrive in order, each once; a slow app gets the newest 64, the rest is counted
// (B-DTMF-2).
// Method: 70 digits into a blocked socket.
TEST_F(AppLegStream, QueuesDigitsForASlowApp) {
  world_.caller_presses('1');
  world_.caller_presses('#');
  world_.blocked();
  for (int i = 0; i < 70; ++i) world_.caller_presses(static_cast<char>('0' + i % 10));
  EXPECT_EQ(world_.heard("dtmf").size(), 2U);
  world_.writable();
  std::string digits;
  for (const std::string& text : world_.heard("dtmf")) digits += member(text, "digit");
  EXPECT_EQ(digits, "1#" + std::string("6789") + times(6, "0123456789"));
  EXPECT_EQ(world_.counters.digits_dropped, 6U);
  EXPECT_EQ(world_.counters.digits_delivered, 66U);
  EXPECT_EQ(world_.count(TargetNote::kDigitsDropped), 6U);
}

// Aim: digits pressed before the app is there reach it.
// Method: while dialling, and while redialling.
TEST(AppLegWaiting, KeepsDigitsForTheApp) {
  World world;
  world.manual_dials = true;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.caller_presses('4');
  world.app_opens();
  world.app_closes(1011);
  world.caller_presses('2');
  world.app_opens();
  ASSERT_EQ(world.heard("dtmf").size(), 2U);
  EXPECT_EQ(member(world.heard("dtmf")[0], "digit"), "4");
  EXPECT_EQ(member(world.heard("dtmf")[1], "digit"), "2");
}

// --- Audio from the app
// -----------------------------------------------------------------------------

// Aim: media of any length up to 64 KiB, in any pieces and with any order of members, is played
// exactly (B-APP-1).
// Method: lengths around the frame, the longest message, pieces of one byte.
TEST_F(AppLegStream, PlaysMediaOfAnyLength) {
  std::string sent;
  char letter = 'a';
  const std::vector<size_t> lengths = {1, 159, 160, 161, 1600, 47'000};
  for (const size_t length : lengths) {
    for (const size_t piece : {size_t{1}, size_t{700}, size_t{70'000}}) {
      const std::string audio(length, letter);
      const std::string text = world_.media(audio);
      ASSERT_LE(text.size(), limits::kAppMessageBytesMax);
      world_.app_sends(text, piece);
      sent += audio;
    }
    letter++;
    world_.run(s(60));
    sent.append((160 - sent.size() % 160) % 160, '\xff');  // The end of a burst is padded.
  }
  world_.app_sends("{ \"media\" : {\"payload\":\"" + base64(std::string(160, 'z')) +
                   "\",\"track\":\"outbound\"} , \"streamSid\":\"" + world_.stream_sid() +
                   "\",\"event\":\"\\u006dedia\"}");
  world_.run(s(1));
  EXPECT_EQ(world_.played, sent + std::string(160, 'z'));
  EXPECT_EQ(world_.counters.media_from_app, lengths.size() * 3 + 1);
}

// Aim: messages that mean nothing are dropped without a trace in the audio, each in its own
// counter, and the leg stays (B-APP-1). Method: one of each; the good audio around them is played
// without a gap.
TEST_F(AppLegStream, CountsWhatItCannotUse) {
  const std::string payload = base64(std::string(160, 'X'));
  const std::string sid = world_.stream_sid();
  const std::string good = world_.media(std::string(160, 'g'));
  const auto with = [&](const std::string& rest) {
    return R"({"streamSid":")" + sid + "\"," + rest + "}";
  };
  const auto around = [&](const std::string& text) {
    world_.app_sends(good);
    world_.app_sends(text, 7);
  };
  // Not JSON, or without what they need.
  const std::vector<std::string> malformed = {
      "",
      "null",
      "[]",
      "{",
      "}",
      "\"media\"",
      "{\"event\":\"media\"",
      with(R"("event":"media")"),
      with(R"("event":1,"media":{"payload":")" + payload + "\"}"),
      with(R"("event":null)"),
      with(R"("event":"media","media":{"payload":")" + payload + "\"},\"x\":\"\\q\""),
      with(R"("event":"media","media":{"payload":")" + payload + "\"},\"x\":\"\xff\""),
      with(R"("event":"media","media":{"payload":")" + payload + "\"}}{"),
      with(R"("event":"media","event":"media","media":{"payload":")" + payload + "\"}"),
      with(R"("event":"mark")"),
      with(R"("event":"mark","mark":{})"),
      with(R"("event":"mark","mark":{"name":7})"),
      times(30, "{\"a\":") + "1" + times(30, "}"),
      "{\"n\":1" + std::string(9000, '0') + "}",
      with(R"("event":"clear","padding":")" + std::string(5000, 'p') + "\"")};
  for (const std::string& text : malformed) around(text);
  EXPECT_EQ(world_.counters.messages_malformed, malformed.size());
  around(with(R"("event":"mark","mark":{"name":")" + std::string(65, 'n') + "\"}"));
  EXPECT_EQ(world_.counters.marks_refused, 1U);

  // Payloads.
  const std::vector<std::string> payloads = {
      "\"" + payload.substr(1) + "\"", "\"a b=\"", "\"====\"", "7", "null", "{}", "\"AAA\\u0000\""};
  size_t invalid = 0;
  for (const std::string& text : payloads) {
    around(with(R"("event":"media","media":{"payload":)" + text + "}"));
    invalid = world_.counters.payloads_invalid + world_.counters.messages_malformed;
  }
  EXPECT_EQ(invalid, payloads.size() + malformed.size());
  EXPECT_GE(world_.counters.payloads_invalid, payloads.size() - 1);

  // Other streams and other events.
  around(R"({"event":"media","streamSid":"MZ00","media":{"payload":")" + payload + "\"}}");
  around(R"({"event":"media","media":{"payload":")" + payload + "\"}}");
  around(R"({"event":"clear","streamSid":")" + sid + "x\"}");
  around(R"({"event":"mark","streamSid":"","mark":{"name":"a"}})");
  EXPECT_EQ(world_.counters.messages_wrong_stream, 4U);
  around(with(R"("event":"start","start":{})"));
  around(with(R"("event":"start","start":{})"));
  around(with(R"("event":"connected")"));
  around(with(R"("event":"Media","media":{"payload":")" + payload + "\"}"));
  around(with(R"("event":"media_media_media_media","media":{"payload":")" + payload + "\"}"));
  EXPECT_EQ(world_.counters.messages_unknown, 5U);
  world_.app_sends(good);
  world_.app_sends(good, 100, true);
  EXPECT_EQ(world_.counters.messages_binary, 1U);

  world_.run(s(10));
  EXPECT_EQ(world_.played, times(world_.counters.media_from_app, std::string(160, 'g')));
  EXPECT_EQ(world_.count("clear"), 0U);
  EXPECT_TRUE(world_.mark_names().empty());
  EXPECT_EQ(world_.dials.size(), 1U);
}

// Aim: 100 messages without meaning in a row end the leg; any that means something begins anew.
// Method: 99, a good one, 99, then one more, of mixed kinds.
TEST_F(AppLegStream, EndsAfterAHundredBadMessagesInARow) {
  const auto bad = [&](int i) {
    if (i % 3 == 0) {
      world_.app_sends("nonsense");
    } else if (i % 3 == 1) {
      world_.app_sends(R"({"event":"transcript"})");
    } else {
      world_.app_sends("binary", 100, true);
    }
  };
  for (int i = 0; i < 99; ++i) bad(i);
  world_.app_sends(world_.media(std::string(160, 'a')));
  for (int i = 0; i < 99; ++i) bad(i);
  EXPECT_TRUE(world_.closings.empty());
  bad(0);
  ASSERT_EQ(world_.closings.size(), 1U);
  EXPECT_EQ(world_.closings[0].code, 1008);
  EXPECT_EQ(world_.dials.size(), 2U);
}

// Aim: a message over 64 KiB ends the leg with 1009 by its header, before it is read (B-APP-1).
// Method: one frame that announces too much, one message of many frames; exactly 64 KiB passes.
TEST_F(AppLegStream, RefusesMessagesOver64KiB) {
  std::string text = world_.clear_message();
  text += std::string(limits::kAppMessageBytesMax - text.size(), ' ');
  world_.app_sends(text, 1000);
  EXPECT_TRUE(world_.closings.empty());
  world_.app_sends(text + " ", 10);
  ASSERT_EQ(world_.closings.size(), 1U);
  EXPECT_EQ(world_.closings[0].code, 1009);
  EXPECT_EQ(world_.counters.messages_oversized, 1U);
  ASSERT_EQ(world_.dials.size(), 2U);
  world_.app_sends_fragment("{", true, false, limits::kAppMessageBytesMax);
  EXPECT_EQ(world_.closings.size(), 2U);
  EXPECT_EQ(world_.closings.back().code, 1009);
  world_.run(s(1));
  ASSERT_EQ(world_.dials.size(), 3U);
  for (int i = 0; i < 7; ++i) {
    world_.app_sends_fragment(std::string(10'000, ' '), i == 0, false);
  }
  EXPECT_EQ(world_.closings.size(), 3U);
  EXPECT_EQ(world_.closings.back().code, 1009);
}

// --- Flow control
// -----------------------------------------------------------------------------------

// Aim: an app that sends faster than real time is read until the burst buffer is full, then again
// when half is free; no audio is lost, and the caller and digits still reach the app (B-AUD-5).
// Method: 20 s of audio at once into a buffer of 10 s.
TEST(AppLegFlow, StopsReadingWhileTheBufferIsFull) {
  World world({.burst_frames = 500});
  ASSERT_EQ(world.open_app(), Status::kOk);
  std::string sent;
  size_t message = 0;
  const auto send_while_read = [&] {
    while (message < 100 && (world.readings.empty() || world.readings.back().on)) {
      const std::string audio(1600, static_cast<char>('a' + message % 26));
      world.app_sends(world.media(audio));
      sent += audio;
      ++message;
    }
  };
  send_while_read();
  ASSERT_EQ(world.readings.size(), 1U);
  EXPECT_FALSE(world.readings[0].on);
  EXPECT_EQ(world.count(TargetNote::kReadingStopped), 1U);
  EXPECT_EQ(world.counters.reading_stopped, 1U);
  EXPECT_LT(message, 60U);
  world.caller_talks(1, 'h');
  world.caller_presses('9');
  EXPECT_EQ(world.frames_heard(), "h");
  EXPECT_EQ(world.heard("dtmf").size(), 1U);

  const Instant stopped = world.readings[0].at;
  for (int i = 0; i < 400; ++i) {
    world.run(ms(100));
    send_while_read();
  }
  ASSERT_GE(world.readings.size(), 2U);
  EXPECT_TRUE(world.readings[1].on);
  EXPECT_GE(world.readings[1].at - stopped, s(4));
  EXPECT_LE(world.readings[1].at - stopped, s(6));
  EXPECT_EQ(message, 100U);
  EXPECT_EQ(world.played, sent);
}

// Aim: pieces already in hand when reading stops are kept too, even the longest message (B-AUD-5).
// Method: the buffer filled to the brim, then a message of 47,000 bytes of audio.
TEST(AppLegFlow, KeepsWhatWasInHand) {
  World world({.burst_frames = 50});
  ASSERT_EQ(world.open_app(), Status::kOk);
  std::string sent;
  while (world.readings.empty()) {
    world.app_sends(world.media(std::string(160, 'a')));
    sent += std::string(160, 'a');
  }
  world.app_sends(world.media(std::string(47'040, 'b')));
  sent += std::string(47'040, 'b');
  world.run(s(30));
  EXPECT_EQ(world.played, sent);
  EXPECT_EQ(world.counters.payloads_invalid, 0U);
}

// --- Marks and clear
// --------------------------------------------------------------------------------

// Aim: a mark comes back with the app's own name when the audio before it was really played by our
// carrier, at once when nothing is queued (B-APP-2, B-AUD-7).
// Method: the same name twice around 400 ms of audio.
TEST_F(AppLegStream, EchoesMarksAfterTheirAudioWasPlayed) {
  world_.app_sends(world_.mark("idle \\u00e9\\\"\\n"));
  world_.run(ms(1));
  EXPECT_EQ(world_.heard("mark").size(), 1U);
  EXPECT_NE(world_.heard("mark")[0].find("\"idle \xc3\xa9\\\"\\n\""), std::string::npos);
  world_.app_sends(world_.media(std::string(1600, 'a')));
  world_.app_sends(world_.mark("part"));
  world_.app_sends(world_.media(std::string(1600, 'b')));
  world_.app_sends(world_.mark("part"));
  world_.run(ms(199));
  EXPECT_EQ(world_.heard("mark").size(), 1U);
  world_.run(ms(2));
  EXPECT_EQ(world_.heard("mark").size(), 2U);
  world_.run(ms(198));
  EXPECT_EQ(world_.heard("mark").size(), 2U);
  world_.run(ms(1));
  ASSERT_EQ(world_.heard("mark").size(), 3U);
  EXPECT_EQ(world_.played.size(), 3200U);
}

// Aim: clear empties everything towards the carrier and brings all open marks back at once, in
// order; audio behind it is played (B-APP-2). Method: 2 s of audio with marks in it, cleared after
// 100 ms.
TEST_F(AppLegStream, ClearReturnsOpenMarksInOrder) {
  for (const char* name : {"one", "two", "three"}) {
    world_.app_sends(world_.media(std::string(8000, 'a')));
    world_.app_sends(world_.mark(name));
  }
  world_.run(ms(100));
  const size_t played = world_.played.size();
  world_.app_sends(world_.clear_message());
  EXPECT_EQ(world_.mark_names(), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(world_.carrier_log.back(), "clear");
  EXPECT_TRUE(world_.streamer.drained());
  world_.app_sends(world_.media(std::string(320, 'n')));
  world_.app_sends(world_.mark("four"));
  world_.run(s(5));
  EXPECT_EQ(world_.played.substr(played), std::string(320, 'n'));
  EXPECT_EQ(world_.mark_names(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

// Aim: with 512 marks open reading pauses; all come back once and in order, a bounded number a turn
// (B-AUD-7).
// Method: marks behind held audio until reading stops, then clear.
TEST_F(AppLegStream, PausesReadingWithTooManyMarks) {
  world_.app_sends(world_.media(std::string(1600, 'a')));
  world_.streamer.hold(true, world_.now().mono);
  std::vector<std::string> names;
  while (world_.readings.empty()) {
    names.push_back("mark " + std::to_string(names.size()));
    world_.app_sends(world_.mark(names.back()));
  }
  EXPECT_EQ(names.size(), limits::kOpenMarksMax);
  EXPECT_FALSE(world_.readings[0].on);
  for (int i = 0; i < 10; ++i) {  // In hand already.
    names.push_back("late " + std::to_string(i));
    world_.app_sends(world_.mark(names.back()));
  }
  world_.app_sends(world_.clear_message());
  world_.run(ms(1));
  EXPECT_EQ(world_.mark_names(), names);
  EXPECT_EQ(world_.readings.size(), 2U);
  EXPECT_LE(world_.items_high, kMarkReportsPerTurn + 16);
}

// Aim: an app that never reads cannot make us hold ever more echoes: they are not lost while the
// socket lives, but after 64 of them nothing more is read from it. Method: marks without audio into
// a blocked socket, for as long as they are read.
TEST_F(AppLegStream, DoesNotReadAnAppThatNeverReads) {
  world_.blocked();
  size_t sent = 0;
  while (world_.readings.empty() && sent < 10'000) {
    world_.app_sends(world_.mark("m"));
    world_.run(ms(1));
    ++sent;
  }
  EXPECT_EQ(sent, 64U);
  EXPECT_EQ(world_.heard("mark").size(), 64U);
  EXPECT_FALSE(world_.readings.back().on);
  world_.writable();
  EXPECT_TRUE(world_.readings.back().on);
  world_.blocked(limits::kUnsentBytesMax + 1);
  EXPECT_FALSE(world_.readings.back().on);
  world_.run(s(5));
  EXPECT_EQ(world_.dials.size(), 2U);
}

// Aim: a flood of every kind of message costs a bounded amount of work a turn and breaks nothing.
// Method: 20,000 messages without any pause, the call's end in the middle of a message.
TEST_F(AppLegStream, SurvivesAFlood) {
  const std::vector<std::string> kinds = {world_.mark("m"),
                                          world_.clear_message(),
                                          world_.media(std::string(160, 'a')),
                                          "{}",
                                          "x",
                                          world_.media(std::string(100, 'b'))};
  for (size_t i = 0; i < 20'000; ++i) world_.app_sends(kinds[i % kinds.size()], 61);
  EXPECT_LE(world_.items_high, kMarkReportsPerTurn + 16);
  const std::string text = world_.media(std::string(1600, 'a'));
  world_.app_sends_fragment(text.substr(0, 500), true, false);
  EXPECT_TRUE(world_.end("hangup-bot"));
  world_.app_sends_fragment(text.substr(500), false, true);
  world_.run(s(10));
  EXPECT_EQ(world_.heard("stop").size(), 1U);
}

// Aim: a message that its leg did not finish leaves nothing behind.
// Method: half a media message, a break, the other half on the new leg.
TEST_F(AppLegStream, DropsTheMessageALegDidNotFinish) {
  const std::string text = world_.media(std::string(1600, 'a'));
  world_.app_sends_fragment(text.substr(0, 1000), true, false);
  EXPECT_FALSE(world_.streamer.drained());
  world_.app_closes(1006, in::WsEnd::kBroken);
  ASSERT_EQ(world_.dials.size(), 2U);
  world_.app_sends(world_.media(std::string(160, 'b')));
  world_.run(s(1));
  EXPECT_EQ(world_.played, std::string(160, 'b'));
  world_.app_sends_fragment(text.substr(0, 1000), true, false);
  EXPECT_TRUE(world_.end("hangup-user"));
  EXPECT_TRUE(world_.streamer.drained());
}

}  // namespace
}  // namespace hookflash
