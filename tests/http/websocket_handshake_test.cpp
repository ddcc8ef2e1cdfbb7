#include "http/websocket_handshake.h"

#include <gmock/gmock.h>

#include "http_fixture.h"

namespace hookflash {
namespace {

using testing::HttpFixture;

constexpr std::string_view kValid =
    "GET /voice/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, "
    "Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::string changed(std::string_view from, std::string_view to) {
  std::string text(kValid);
  return text.replace(text.find(from), from.size(), to);
}

HandshakeFault judge(std::string_view text) {
  RequestHead head;
  EXPECT_EQ(head.parse(text, {}), HeadFault::kNone) << text;
  return judge_websocket_handshake(head);
}

// Aim: what RFC 6455 section 4.2.1 demands is demanded. Method: a valid head, then one change at a
// time.
TEST(WebsocketHandshake, IsJudgedByItsRules) {
  EXPECT_EQ(judge(kValid), HandshakeFault::kNone);
  EXPECT_EQ(judge(changed("websocket", "WebSocket")), HandshakeFault::kNone);
  EXPECT_EQ(judge(changed("GET", "POST")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("HTTP/1.1", "HTTP/1.0")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Upgrade: websocket\r\n", "")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Upgrade: websocket", "Upgrade: h2c")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("keep-alive, Upgrade", "keep-alive")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Host: a", "Content-Length: 1")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=")),
            HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j")),
            HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("dGhlIHNhbXBsZSBub25jZQ==", "")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")),
            HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Host: a", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")),
            HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Sec-WebSocket-Version: 13\r\n", "")), HandshakeFault::kBad);
  EXPECT_EQ(judge(changed("Version: 13", "Version: 8")), HandshakeFault::kVersion);
}

class UpgradeTest : public HttpFixture {
 protected:
  UpgradeTest() { handler.verdict.kind = Verdict::Kind::kWebSocket; }
};

// Aim: an accepted handshake leaves the server: its place is free, later bytes are not HTTP.
// Method: accept at once.
TEST_F(UpgradeTest, AnAcceptedOneLeaves) {
  const SocketId socket = connect();
  receive(socket, std::string(kValid) + "early");
  EXPECT_EQ(accepts, std::vector<SocketId>{socket});
  EXPECT_EQ(accept_key, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(accept_early, "early");
  EXPECT_EQ(take(socket), "");
  EXPECT_FALSE(server->owns(socket));
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_EQ(server->deadline(), Instant::max());
  EXPECT_FALSE(server->accept_websocket(handler.upgrades[0]));
  closed(socket);
  EXPECT_TRUE(handler.gone.empty());
}

// Aim: bad handshakes are answered 400, another version 426 with ours. Method: both.
TEST_F(UpgradeTest, BadOnesAreAnswered) {
  const std::string bad = ask(changed("Upgrade: websocket\r\n", ""));
  EXPECT_EQ(status_line(bad), "HTTP/1.1 400 Bad Request");
  const std::string version = ask(changed("Version: 13", "Version: 8"));
  EXPECT_EQ(status_line(version), "HTTP/1.1 426 Upgrade Required");
  EXPECT_THAT(version, ::testing::HasSubstr("Sec-WebSocket-Version: 13\r\n"));
  EXPECT_TRUE(handler.upgrades.empty());
  EXPECT_EQ(handler.refused.size(), 2U);
}

// Aim: the handler may refuse or take its time. Method: answer 503 later; let another's deadline
// pass.
TEST_F(UpgradeTest, MayBeRefusedLater) {
  handler.accept_at_once = false;
  const SocketId refused = connect();
  receive(refused, kValid);
  advance(Duration::seconds(1));
  respond(handler.upgrades[0], {.status = 503, .close = true});
  EXPECT_EQ(status_line(take(refused)), "HTTP/1.1 503 Service Unavailable");
  EXPECT_FALSE(server->accept_websocket(handler.upgrades[0]));

  const SocketId forgotten = connect();
  receive(forgotten, kValid);
  advance(limits::kAnswerTimeout);
  EXPECT_EQ(handler.gone, std::vector<RequestRef>{handler.upgrades[1]});
  EXPECT_EQ(status_line(take(forgotten)), "HTTP/1.1 500 Internal Server Error");
}

// Aim: what comes while a handshake waits goes with it, up to a bound; who sends more is refused,
// and the handler told. Method: accept late; flood, in the same piece as the head and later.
TEST_F(UpgradeTest, EarlyBytesHaveABound) {
  handler.accept_at_once = false;
  const SocketId waiting = connect();
  receive(waiting, std::string(kValid) + "ab");
  receive(waiting, "cd");
  turn([&] { EXPECT_TRUE(server->accept_websocket(handler.upgrades[0])); });
  EXPECT_EQ(accept_early, "abcd");

  const SocketId later = connect();
  receive(later, kValid);
  for (int i = 0; i < 11; ++i) receive(later, std::string(1000, 'a'));
  EXPECT_EQ(status_line(take(later)), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(handler.gone, std::vector<RequestRef>{handler.upgrades[1]});
  EXPECT_FALSE(server->accept_websocket(handler.upgrades[1]));

  handler.accept_at_once = true;
  const SocketId at_once = connect();
  receive(at_once, std::string(kValid) + std::string(20'000, 'a'));
  EXPECT_EQ(status_line(take(at_once)), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(handler.gone.size(), 2U);
  EXPECT_EQ(accepts.size(), 1U);
}

// Aim: a plain request cannot be turned into a WebSocket. Method: accept a POST.
TEST_F(UpgradeTest, OnlyHandshakesAreAccepted) {
  handler.verdict.kind = Verdict::Kind::kProceed;
  handler.answer_at_once = false;
  receive(connect(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(server->accept_websocket(handler.requests[0].ref));
}

}  // namespace
}  // namespace hookflash
