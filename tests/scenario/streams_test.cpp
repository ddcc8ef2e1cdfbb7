// Aim: the media-stream endpoint lets in exactly the streams it should, and one call has one
// stream. Method: raw sockets that say what no decent carrier says, towards the real appliance in
// virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Streams : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(box.configured, Status::kOk);
    ASSERT_EQ(ring(box), 200);
    token = token_of(box);
  }
  void TearDown() override { EXPECT_THAT(box.world.violations(), IsEmpty()); }
  void settle() { box.world.run(Duration::ms(200)); }
  std::shared_ptr<RawStream> open(std::string_view target = "/voice/stream") {
    auto stream = RawStream::open(box.world, target);
    settle();
    return stream;
  }
  // A start that must be refused: closed with 1008, no word more, and the call is as it was.
  void expect_refused(const std::string& start, std::string_view target = "/voice/stream") {
    auto stream = open(target);
    ASSERT_TRUE(stream->is_open) << target;
    stream->send(start);
    settle();
    EXPECT_EQ(stream->close_code, 1008U) << start;
    EXPECT_THAT(stream->messages, IsEmpty());
    EXPECT_EQ(record_of(box)->core.stream_generation, 0U);
    EXPECT_EQ(record_of(box)->core.state, CallState::kRinging);
  }
  static std::string start_text(std::string_view call_sid, std::string_view with_token,
                                std::string_view format = kFormat,
                                std::string_view stream_sid = "MZ1") {
    return R"({"event":"start","start":{"callSid":")" + std::string(call_sid) +
           R"(","streamSid":")" + std::string(stream_sid) + R"(","mediaFormat":{)" +
           std::string(format) + R"(},"customParameters":{"token":")" + std::string(with_token) +
           R"("}},"streamSid":")" + std::string(stream_sid) + "\"}";
  }
  static constexpr std::string_view kFormat =
      R"("encoding":"audio/x-mulaw","sampleRate":8000,"channels":1)";

  Box box;
  std::string token;
};

// B-STR-1: the endpoint and its alias, exactly these paths; Twilio's messages; mono 8 kHz mu-law or
// 1008.
TEST_F(Streams, PathsAndFormats) {
  for (const char* path : {"/voice/stream/", "/voice/streams", "/Voice/stream", "/voice//stream",
                           "/voice/./stream", "/ws/", "/voice", "/wss"}) {
    auto stream = open(path);
    EXPECT_EQ(stream->status(), 404) << path;
    EXPECT_FALSE(stream->is_open) << path;
  }
  for (const char* format :
       {R"("encoding":"audio/x-l16","sampleRate":8000,"channels":1)",
        R"("encoding":"audio/x-mulaw","sampleRate":16000,"channels":1)",
        R"("encoding":"audio/x-mulaw","sampleRate":8000,"channels":2)",
        R"("encoding":"audio/x-mulaw","sampleRate":8e3,"channels":1)", R"("encoding":null)", ""}) {
    expect_refused(start_text(kRawCallSid, token, format));
  }
  for (const char* path : {"/voice/stream", "/ws"}) {
    auto stream = open(path);
    stream->start(kRawCallSid, token);
    settle();
    EXPECT_TRUE(stream->is_open) << path;
    for (int i = 0; i < 10; ++i) {
      stream->send(RawStream::media());
      box.world.run(Duration::ms(20));
    }
    settle();
    EXPECT_EQ(stream->count("media"), 10U) << path;
  }
}

// B-STR-4: the token counts in the start's parameters only; in query or path it is ignored, and a
// signature of the handshake is no token.
TEST_F(Streams, TokenOnlyInTheStart) {
  expect_refused(start_text(kRawCallSid, ""), "/voice/stream?token=" + token);
  auto in_path = open("/voice/stream/" + token);
  EXPECT_EQ(in_path->status(), 404);
  for (const std::string& bad :
       {std::string("x"), token.substr(1), token + "0", std::string(104, '0'),
        [&] {
          std::string upper = token;
          std::transform(upper.begin(), upper.end(), upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
          return upper;
        }(),
        [&] {
          std::string other = token;
          other.back() = other.back() == '0' ? '1' : '0';
          return other;
        }()}) {
    expect_refused(start_text(kRawCallSid, bad));
  }
  for (const std::string& line : box.world.core_lines()) {
    EXPECT_EQ(line.find(token.substr(0, 40)), std::string::npos) << line;
  }
}

// B-STR-5: the start names the record's carrier id; blank, another call's, over-long or without a
// stream's name is refused.
TEST_F(Streams, StartNamesItsCall) {
  constexpr std::string_view kOther = "CA0000000000000000000000000000cafe";
  ASSERT_EQ(ring(box, kOther, "+15551234568"), 200);
  expect_refused(start_text("", token));
  expect_refused(start_text(kOther, token));
  expect_refused(start_text(std::string(kRawCallSid) + "0", token));
  expect_refused(start_text(std::string(129, 'C'), token));
  expect_refused(start_text(kRawCallSid, token, kFormat, ""));
  expect_refused(start_text(kRawCallSid, token, kFormat, "MZ\\\"1"));
  expect_refused(start_text(kRawCallSid, token, kFormat, std::string(65, 'M')));
  expect_refused(start_text(kRawCallSid, token_of(box, kOther)));
}

// B-STR-6: what fails consumes nothing, and what comes before the start means nothing.
TEST_F(Streams, BeforeTheStart) {
  expect_refused(start_text(kRawCallSid, "no token"));
  auto upgrade = RawStream::open(box.world, "/voice/stream", "Sec-WebSocket-Key: second\r\n");
  settle();
  EXPECT_EQ(upgrade->status(), 400);
  EXPECT_EQ(box.counts().streams, 0U);

  auto stream = open();
  stream->connected();
  stream->send(RawStream::media());
  stream->send(R"({"event":"dtmf","dtmf":{"digit":"1"}})");
  stream->send(R"({"event":"mark","mark":{"name":"hf-1"}})");
  stream->send(R"({"event":"stop"})");
  stream->send(R"({"event":"nonsense"})");
  settle();
  EXPECT_TRUE(stream->is_open);
  EXPECT_EQ(record_of(box)->core.stream_generation, 0U);
  stream->start(kRawCallSid, token);
  settle();
  EXPECT_EQ(record_of(box)->core.stream_generation, 1U);
  EXPECT_EQ(record_of(box)->core.state, CallState::kActive);
  EXPECT_EQ(stream->count("media"), 0U);  // The audio before the start is nobody's.
}

// B-STR-8: what the caller says while the start is on its way to flash waits, the newest second of
// it.
TEST_F(Streams, AudioWhileTheStartIsWritten) {
  box.world.storage().delays(Duration::ms(100), Duration::ms(101));
  auto stream = open();
  stream->start(kRawCallSid, token);
  // Two seconds of audio before the entry is durable, ten frames long after it.
  for (int i = 0; i < 10; ++i) stream->send(RawStream::media(1600));
  box.world.run(Duration::seconds(5));
  ASSERT_EQ(record_of(box)->core.stream_generation, 1U);
  EXPECT_EQ(stream->count("media"), 50U);
  for (int i = 0; i < 10; ++i) {
    stream->send(RawStream::media());
    box.world.run(Duration::ms(20));
  }
  settle();
  EXPECT_EQ(stream->count("media"), 60U);
}

// A second start on one socket: 1008; the call goes on to its grace.
TEST_F(Streams, SecondStart) {
  auto stream = open();
  stream->start(kRawCallSid, token);
  settle();
  ASSERT_TRUE(stream->is_open);
  stream->start(kRawCallSid, token);
  settle();
  EXPECT_EQ(stream->close_code, 1008U);
  box.world.run(Duration::seconds(6));
  EXPECT_EQ(record_of(box), nullptr);  // Nobody came back within the grace.
}

// B-DISC-3, table of B-STR: the newer stream takes over with 1000 for the older; its call and app
// go on, and nothing the older one still says counts.
TEST_F(Streams, TakeOver) {
  auto first = open();
  first->start(kRawCallSid, token, "MZfirst");
  settle();
  auto second = open("/ws");
  second->start(kRawCallSid, token, "MZsecond");
  first->send(RawStream::media().substr(0, 60));  // Broken off within a message.
  settle();
  EXPECT_EQ(first->close_code, 1000U);
  EXPECT_TRUE(second->is_open);
  EXPECT_EQ(record_of(box)->core.stream_generation, 2U);
  for (int i = 0; i < 20; ++i) {
    second->send(RawStream::media());
    box.world.run(Duration::ms(20));
  }
  settle();
  EXPECT_EQ(second->count("media"), 20U);
  EXPECT_THAT(second->messages.front(), HasSubstr("MZsecond"));
  box.world.run(Duration::seconds(5));
  EXPECT_TRUE(second->is_open);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-DISC-3: two starts of one call at once, while flash is slow. The newer stays, and no grace runs
// against it.
TEST_F(Streams, TwoStartsAtOnce) {
  box.world.storage().delays(Duration::ms(300), Duration::ms(301));
  auto first = open();
  auto second = open();
  first->start(kRawCallSid, token, "MZfirst");
  second->start(kRawCallSid, token, "MZsecond");
  box.world.run(Duration::seconds(8));
  EXPECT_EQ(first->is_open + second->is_open, 1);
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.counts().streams, 1U);
}

// B-DISC-2, B-DISC-3: the old stream dies while the new one's start is on its way to flash. Its end
// waits behind the start and means nothing any more.
TEST_F(Streams, OldStreamDiesDuringTheNewStart) {
  auto first = open();
  first->start(kRawCallSid, token, "MZfirst");
  settle();
  auto second = open();
  box.world.storage().delays(Duration::ms(300), Duration::ms(301));
  second->start(kRawCallSid, token, "MZsecond");
  box.world.run(Duration::ms(50));
  first->drop();
  box.world.run(Duration::seconds(8));
  EXPECT_TRUE(second->is_open);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// A start whose socket goes away before its entry is durable: a lost stream, so the grace runs.
TEST_F(Streams, StreamGoneBeforeItsStartIsDurable) {
  auto stream = open();
  box.world.storage().delays(Duration::ms(300), Duration::ms(301));
  stream->start(kRawCallSid, token);
  box.world.run(Duration::ms(50));
  stream->drop();
  box.world.run(Duration::seconds(6));
  EXPECT_EQ(record_of(box), nullptr);
  EXPECT_EQ(box.counts().streams, 0U);
}

// A start that cannot be made durable: 1011, and a valid peer can try again (B-STR-6).
TEST_F(Streams, StartNotDurable) {
  box.world.storage().fail_next(1);
  auto stream = open();
  stream->start(kRawCallSid, token);
  settle();
  EXPECT_EQ(stream->close_code, 1011U);
  EXPECT_EQ(record_of(box)->core.stream_generation, 0U);
  auto again = open();
  again->start(kRawCallSid, token);
  settle();
  EXPECT_TRUE(again->is_open);
}

// A stream for a call that is over, and media after stop: nothing comes of either.
TEST_F(Streams, AfterTheEnd) {
  auto stream = open();
  stream->start(kRawCallSid, token);
  settle();
  stream->send(R"({"event":"stop"})");
  stream->send(RawStream::media());
  stream->send(RawStream::media());
  settle();
  EXPECT_EQ(stream->close_code, 1000U);
  EXPECT_EQ(stream->count("media"), 0U);
  box.world.run(Duration::seconds(6));
  ASSERT_EQ(record_of(box), nullptr);
  auto late = open();
  late->start(kRawCallSid, token);
  settle();
  EXPECT_EQ(late->close_code, 1008U);
}

// B-STR-11: no frame for 30 s, and the carrier, asked, does not know the call any more: it is over
// as reported. Any frame counts, a mark's echo too.
TEST_F(Streams, SilentBecauseTheCallIsOver) {
  auto stream = open();
  stream->start(kRawCallSid, token);
  box.world.run(Duration::seconds(20));
  stream->send(R"({"event":"mark","mark":{"name":"nobody's"}})");
  box.world.run(Duration::seconds(29));
  EXPECT_TRUE(stream->is_open);
  EXPECT_EQ(box.world.twilio().rest_requests(), 0U);
  box.world.run(Duration::seconds(3));
  EXPECT_GE(box.world.twilio().rest_requests(), 1U);
  EXPECT_EQ(stream->close_code, 1000U);
  ASSERT_EQ(record_of(box), nullptr);
  EXPECT_EQ(box.last().end_reason, EndReason::kCompleted);
}

// Table of B-STR: over maxPendingConnections 1013, over maxConnections 503; the next one finds
// place.
TEST(StreamLimitsTest, PendingAndTotal) {
  Box box(box_config(R"(,"streaming":{"maxPendingConnections":2,"maxConnections":3})"));
  ASSERT_EQ(box.configured, Status::kOk) << box.appliance.problems().list()[0].message.view();
  std::vector<std::shared_ptr<RawStream>> streams;
  for (int i = 0; i < 3; ++i) {
    streams.push_back(RawStream::open(box.world));
    box.world.run(Duration::ms(10));
  }
  box.world.run(Duration::ms(100));
  EXPECT_EQ(streams[2]->close_code, 1013U);
  ASSERT_EQ(ring(box), 200);
  streams[0]->start(kRawCallSid, token_of(box));
  box.world.run(Duration::ms(100));
  streams.push_back(RawStream::open(box.world));
  box.world.run(Duration::ms(100));
  EXPECT_TRUE(streams[3]->is_open);
  auto over = RawStream::open(box.world);
  box.world.run(Duration::ms(100));
  EXPECT_EQ(over->status(), 503);
  streams[1]->drop();
  box.world.run(Duration::ms(100));
  auto next = RawStream::open(box.world);
  box.world.run(Duration::ms(100));
  EXPECT_TRUE(next->is_open);
}

// B-STR-5: while the dial is under way the id of a valid start is adopted; a dial that then names
// another call closes the stream and hangs up both.
TEST(StreamOfADial, OtherCallThanDialled) {
  for (const bool slow_flash : {false, true}) {
    WorldOptions options;
    options.twilio = example_account();
    options.twilio.create = {.permille = 1000, .delay = Duration::ms(800)};
    Box box(box_config(R"(,"api":{"token":"0123456789abcdef0123456789abcdef"})"), options);
    box.world.twilio().set_callee([&](std::string_view) {
      twilio::carrier::Person person = box.world.speaker();
      person.faults.callbacks_lost_permille = 1000;  // Else they would name the call first.
      return person;
    });
    int status = 0;
    box.world.request_later({.method = "POST",
                             .target = "/call/outbound",
                             .headers = {"Content-Type: application/json",
                                         "Authorization: Bearer 0123456789abcdef0123456789abcdef"},
                             .host = "box.example.com",
                             .body = R"({"to":"+15557654321","mode":"conversation"})"},
                            [&](const HttpAnswer& answer) { status = answer.status; });
    box.world.run(Duration::ms(300));
    const CallTable& table = box.appliance.calls().table();
    const CallRecord* record = nullptr;
    for (size_t i = 0; i < limits::kCallSlots; ++i) {
      if (table.get(table.at(i)) != nullptr) record = table.get(table.at(i));
    }
    ASSERT_NE(record, nullptr);
    ASSERT_TRUE(record->core.provider_call_id.empty());
    auto stream = RawStream::open(box.world);
    box.world.run(Duration::ms(100));
    if (slow_flash) box.world.storage().delays(Duration::ms(900), Duration::ms(901));
    stream->start(kRawCallSid, token_of(box, *record));
    box.world.run(Duration::ms(150));
    if (!slow_flash) {
      EXPECT_EQ(record_of(box), record);  // Adopted.
      EXPECT_TRUE(stream->is_open);
    }
    box.world.run(Duration::seconds(15));
    EXPECT_EQ(stream->is_open, false) << slow_flash;
    EXPECT_EQ(box.counts().call_slots, 0U) << slow_flash;
    EXPECT_EQ(box.last().end_reason, EndReason::kError) << slow_flash;
    EXPECT_EQ(box.world.twilio().carrier().live_calls(), 0U) << slow_flash;
    EXPECT_THAT(box.world.violations(), IsEmpty());
  }
}

}  // namespace
}  // namespace hookflash::sim
