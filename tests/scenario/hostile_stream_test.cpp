// Aim: a media stream may say whatever it likes: what makes no sense costs that message, what is
// too much costs the socket, and nothing costs the box or another call. Method: raw sockets with a
// valid start and then every kind of bad message, towards the real appliance in virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"

namespace hookflash::sim {
namespace {

using ::testing::IsEmpty;

class HostileStream : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(box.configured, Status::kOk);
    ASSERT_EQ(ring(box), 200);
    stream = RawStream::open(box.world);
    settle();
  }
  void TearDown() override { EXPECT_THAT(box.world.violations(), IsEmpty()); }
  void settle() { box.world.run(Duration::ms(200)); }
  void start() {
    stream->start(kRawCallSid, token_of(box));
    settle();
    ASSERT_EQ(box.counts().live_calls, 1U);
    ASSERT_TRUE(stream->is_open);
  }
  // The stream still carries audio both ways: the app is the echo.
  void expect_alive(const std::string& after) {
    const size_t before = stream->count("media");
    for (int i = 0; i < 5; ++i) {
      stream->send(RawStream::media());
      box.world.run(Duration::ms(20));
    }
    settle();
    EXPECT_EQ(stream->count("media"), before + 5) << after.substr(0, 80);
  }
  std::string metric(const std::string& series) {
    const std::string body =
        box.world
            .request(
                {.target = "/metrics", .headers = {std::string("Authorization: Bearer ") + kToken}})
            .body;
    const size_t at = body.find("\n" + series + " ");
    if (at == std::string::npos) return "missing";
    const size_t value = at + series.size() + 2;
    return body.substr(value, body.find('\n', value) - value);
  }

  Box box{api_config()};
  std::shared_ptr<RawStream> stream;
};

// B-STR-9: messages that are no JSON, or no event that is known, do not close the socket; invalid
// base64 costs that frame only. Truncated, nested, with NULs, bad escapes, invalid UTF-8, huge
// numbers.
TEST_F(HostileStream, NonsenseCostsOneMessage) {
  start();
  const std::string deep(4000, '[');
  const std::vector<std::string> nonsense = {
      "",
      "{",
      "}",
      "[]",
      "null",
      "0",
      "\"media\"",
      "{}",
      R"({"event":null})",
      R"({"event":1})",
      R"({"event":"media"})",
      R"({"event":"media","media":{}})",
      R"({"event":"media","media":[]})",
      R"({"event":"media","media":{"payload":1}})",
      R"({"event":"media","media":{"payload":null}})",
      R"({"event":"media","media":{"payload":"!!!!"}})",
      R"({"event":"media","media":{"payload":"AAA"}})",
      R"({"event":"media","media":{"payload":"AA=A"}})",
      R"({"event":"media","media":{"payload":"AAAA====")",
      R"({"event":"media","media":{"track":"inbound","payload":"AAAA","payload":"BBBB"}})",
      R"({"event":"media","event":"stop"})",
      R"({"event":"mark"})",
      R"({"event":"mark","mark":{}})",
      R"({"event":"mark","mark":{"name":7}})",
      R"({"event":"dtmf"})",
      R"({"event":"dtmf","dtmf":{"digit":""}})",
      R"({"event":"dtmf","dtmf":{"digit":"12"}})",
      R"({"event":"dtmf","dtmf":{"digit":1}})",
      R"({"event":"reboot"})",
      R"({"event":"MEDIA"})",
      R"({"event":"connected"})",
      "\xff\xfe",
      "{\"event\":\"media\",\"media\":{\"payload\":\"\xff\"}}",
      std::string("{\"event\":\"me\0dia\"}", 18),
      R"({"event":"me\u0000dia"})",
      R"({"event":"\ud800"})",
      R"({"event":"\x41"})",
      R"({"event":"media\)",
      R"({"event":tru)",
      R"({"event":"media","sequenceNumber":1e999999,"media":{"payload":"AAAA"}})",
      R"({"event":"media","sequenceNumber":")" + std::string(500, '9') +
          R"(","media":{"payload":"!"}})",
      R"({"event":"x","n":)" + std::string(5000, '9') + "}",
      deep,
      "{\"a\":" + deep,
      R"({"event":"media","media":{"payload":")" + std::string(6000, 'A') + "\"",
      std::string(60'000, ' '),
      "\xef\xbb\xbf{\"event\":\"media\"}"};
  for (const std::string& text : nonsense) {
    stream->send(text);
    settle();
    ASSERT_TRUE(stream->is_open) << text.substr(0, 80);
    stream->send(text, true);  // The same in a binary message.
    settle();
    ASSERT_TRUE(stream->is_open) << text.substr(0, 80);
    expect_alive(text);
  }
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_NE(metric(R"(hookflash_limit_hits_total{limit="stream_frames"})"), "0");
  EXPECT_NE(metric(R"(hookflash_audio_frames_dropped_total{direction="inbound",reason="invalid"})"),
            "0");
}

// B-STR-9: 99 malformed messages in a row are borne, the 100th ends the stream; a good one between
// begins the count anew, and messages that are JSON but unknown never end it.
TEST_F(HostileStream, AHundredInARowIsTheEnd) {
  start();
  for (int i = 0; i < 99; ++i) stream->send("{");
  settle();
  expect_alive("99 malformed");
  for (int i = 0; i < 300; ++i) stream->send(R"({"event":"unknown"})");
  settle();
  expect_alive("300 unknown");
  for (int i = 0; i < 100; ++i) stream->send("{");
  settle();
  EXPECT_EQ(stream->close_code, 1008U);
  EXPECT_EQ(box.counts().streams, 0U);
}

// The same before the start: nonsense does not use up the start, 100 in a row do.
TEST_F(HostileStream, NonsenseBeforeTheStart) {
  for (int i = 0; i < 99; ++i) stream->send("nonsense");
  settle();
  start();
  expect_alive("nonsense before the start");
  auto other = RawStream::open(box.world);
  settle();
  for (int i = 0; i < 100; ++i) other->send("nonsense");
  settle();
  EXPECT_EQ(other->close_code, 1008U);
  expect_alive("another socket's end");
}

// Table of B-STR: a frame over 64 KiB is 1009 by its header; one of just 64 KiB is taken.
TEST_F(HostileStream, TooLargeAFrame) {
  start();
  const std::string head = R"({"event":"media","media":{"track":"inbound","payload":")";
  std::string largest = head + std::string(limits::kFrameBytesMax - head.size() - 3, 'A');
  largest.resize(largest.size() - (largest.size() - head.size()) % 4);
  largest += "\"}}";
  largest.resize(limits::kFrameBytesMax, ' ');
  stream->send(largest);
  settle();
  EXPECT_TRUE(stream->is_open);
  stream->send(largest + " ");
  settle();
  EXPECT_EQ(stream->close_code, 1009U);
  EXPECT_EQ(metric(R"(hookflash_stream_refused_total{reason="size"})"), "1");
}

// Table of B-STR: over 64 KiB unsent towards a carrier that does not read: 1013, the call goes on
// to its grace.
TEST(HostileStreams, ACarrierThatDoesNotRead) {
  Box box(api_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})"));
  box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kFlooder});
  ASSERT_EQ(ring(box), 200);
  auto stream = RawStream::open(box.world);
  box.world.run(Duration::ms(200));
  stream->start(kRawCallSid, token_of(box));
  box.world.run(Duration::ms(500));
  ASSERT_GT(stream->count("media"), 5U);
  stream->read(false);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().streams, 0U);
  EXPECT_GE(lines_with(box, "code 1013"), 1U);
  stream->read(true);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// Table of B-STR: no app and no fallback: 1011, and the call ends with error.
TEST(HostileStreams, NoApp) {
  Box box(api_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})"));
  box.world.add_app("bot.example.com", {.unreachable = true});
  ASSERT_EQ(ring(box), 200);
  auto stream = RawStream::open(box.world);
  box.world.run(Duration::ms(200));
  stream->start(kRawCallSid, token_of(box));
  box.world.run(Duration::seconds(30));
  EXPECT_EQ(stream->close_code, 1011U);
  ASSERT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kError);
}

// Table of B-STR: while the box is stopping upgrades get 503; a bad handshake 400, its place free
// again.
TEST(HostileStreams, HandshakesThatAreRefused) {
  Box box(api_config(R"(,"streaming":{"maxConnections":2})"));
  const std::vector<std::string> bad = {
      "GET /ws HTTP/1.1\r\nHost: b\r\n\r\n",
      "GET /ws HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n",
      "GET /ws HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
      "GET /ws HTTP/1.1\r\nHost: b\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"};
  for (int round = 0; round < 3; ++round) {
    for (const std::string& text : bad) {
      auto peer = std::make_shared<RawStream>(box.world.network());
      const LinkId link = box.world.network().connect(peer, in::Listener::kMain, false,
                                                      IpAddress::from_v4({127, 0, 0, 1}));
      box.world.network().send_bytes(link, text);
      box.world.run(Duration::ms(100));
      EXPECT_EQ(peer->status(), 400) << text;
      EXPECT_EQ(box.counts().streams, 0U);
    }
  }
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(4));
  ASSERT_EQ(box.counts().streams, 1U);
  box.world.twilio().carrier().settings().update = {
      .what = twilio::carrier::RestFault::What::kSilent, .permille = 1000};
  box.world.stop(in::StopMode::kEnd);
  box.world.run(Duration::ms(300));
  auto late = RawStream::open(box.world);
  box.world.run(Duration::ms(300));
  EXPECT_EQ(late->status(), 503);
}

}  // namespace
}  // namespace hookflash::sim
