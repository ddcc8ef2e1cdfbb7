// WebSockets that others opened: what a raw client sees of them, byte for byte.

#include <gtest/gtest.h>

#include "peer.h"
#include "platform/linux/websocket_key.h"
#include "script_core.h"

namespace hookflash {
namespace {

class WebSocketTest : public testing::Test {
 protected:
  WebSocketTest() { also({}); }
  // Takes every handshake, and lets the test react to the rest.
  void also(const ScriptCore::Reaction& reaction) {
    running_.core.react([this, reaction](const Seen& seen) {
      if (is_request(seen, "GET", "/ws")) running_.core.accept_websocket(seen);
      if (reaction) reaction(seen);
    });
  }
  PeerSocket open(int receive_buffer = 0) {
    PeerSocket peer = PeerSocket::connect(running_.port(), receive_buffer);
    peer.send(websocket_request());
    answer_ = peer.receive_until("\r\n\r\n");
    socket_ = running_.core.wait("ws-opened", ++opened_).socket;
    return peer;
  }

  std::string answer_;
  SocketId socket_;
  size_t opened_ = 0;
  RunningWorld running_;
};

// Aim: the key of RFC 6455 section 1.3 gives the value printed there.
TEST(WebSocketKey, ExampleOfTheRfc) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==").view(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// Aim: the handshake's answer has what RFC 6455 section 4.2.2 demands and offers no extension.
TEST_F(WebSocketTest, Handshake) {
  open();
  EXPECT_EQ(answer_.substr(0, 34), "HTTP/1.1 101 Switching Protocols\r\n");
  EXPECT_EQ(header(answer_, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(header(answer_, "Sec-WebSocket-Extensions"), "");
}

// Aim: messages both ways, of sizes around each form of the length field, text and binary.
TEST_F(WebSocketTest, MessagesOfAllSizes) {
  also([this](const Seen& seen) {
    if (seen.what == "ws-message") running_.core.send(seen.socket, seen.text);
  });
  PeerSocket peer = open();
  for (const size_t size : {size_t{0}, size_t{1}, size_t{125}, size_t{126}, size_t{385},
                            size_t{2048}, size_t{2049}, size_t{65535}}) {
    const std::string text(size, static_cast<char>('a' + size % 26));
    peer.send(websocket_frame(size % 2 == 0 ? 1 : 2, text, true));
    const WebSocketFrame back = receive_frame(peer);
    EXPECT_EQ(back.opcode, 1);
    EXPECT_TRUE(back.last);
    EXPECT_FALSE(back.masked);
    EXPECT_TRUE(back.payload == text) << size;
  }
  EXPECT_FALSE(running_.core.wait("ws-message", 1).flag);
  EXPECT_TRUE(running_.core.wait("ws-message", 2).flag);
}

// Aim: pieces say where a message begins and ends and how much of its frame is still to come,
// before that has come (the core refuses frames by their header).
TEST_F(WebSocketTest, PiecesTellWhatIsLeft) {
  PeerSocket peer = open();
  const std::string frame = websocket_frame(1, std::string(100'000, 'x'), true);
  peer.send(std::string_view(frame).substr(0, 200));
  const Seen first = running_.core.wait("ws-piece", 1);
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(first.text.size() + first.other, 100'000U);
  EXPECT_GT(first.other, 90'000U);
  peer.send(std::string_view(frame).substr(200));
  EXPECT_EQ(running_.core.wait("ws-message").text.size(), 100'000U);
}

// Aim: fragments make one message, and a ping between them is answered without disturbing it.
TEST_F(WebSocketTest, FragmentsAndPing) {
  PeerSocket peer = open();
  peer.send(websocket_frame(1, "one ", true, false));
  peer.send(websocket_frame(9, "are you there", true));
  peer.send(websocket_frame(0, "two ", true, false));
  peer.send(websocket_frame(0, "three", true));
  const WebSocketFrame pong = receive_frame(peer);
  EXPECT_EQ(pong.opcode, 10);
  EXPECT_EQ(pong.payload, "are you there");
  EXPECT_EQ(running_.core.wait("ws-message").text, "one two three");
}

// Aim: a ping of ours is told to be answered.
TEST_F(WebSocketTest, OurPing) {
  PeerSocket peer = open();
  running_.post([this] { running_.core.push(out::WsPing{socket_}); });
  const WebSocketFrame ping = receive_frame(peer);
  EXPECT_EQ(ping.opcode, 9);
  peer.send(websocket_frame(10, ping.payload, true));
  EXPECT_EQ(running_.core.wait("ws-pong").socket, socket_);
}

// Aim: bytes that came behind the head belong to the WebSocket.
TEST_F(WebSocketTest, EarlyBytes) {
  const std::string early = websocket_frame(1, "early", true);
  running_.core.react([this, &early](const Seen& seen) {
    if (seen.what == "received") running_.core.accept_websocket(seen, early);
  });
  PeerSocket peer = PeerSocket::connect(running_.port());
  peer.send(websocket_request() + early);
  EXPECT_EQ(running_.core.wait("ws-message").text, "early");
}

// Aim: the close handshake begun by the peer: its code and reason are told, the code is echoed.
TEST_F(WebSocketTest, PeerCloses) {
  PeerSocket peer = open();
  peer.send(websocket_frame(8, close_payload(4001, "enough"), true));
  const WebSocketFrame echo = receive_frame(peer);
  EXPECT_EQ(echo.opcode, 8);
  EXPECT_EQ(echo.payload.substr(0, 2), close_payload(4001));
  EXPECT_EQ(peer.receive_all(), "");
  const Seen closed = running_.core.wait("ws-closed");
  EXPECT_EQ(closed.other, static_cast<uint64_t>(in::WsEnd::kPeerClosed));
  EXPECT_EQ(closed.number, 4001U);
  EXPECT_EQ(closed.text, "enough");
}

// Aim: a close frame without a code is told as 1005 (RFC 6455 section 7.1.5).
TEST_F(WebSocketTest, PeerClosesWithoutCode) {
  PeerSocket peer = open();
  peer.send(websocket_frame(8, "", true));
  EXPECT_EQ(running_.core.wait("ws-closed").number, 1005U);
}

// Aim: the close handshake begun by us: code and reason reach the peer behind everything sent
// before, nothing follows, and what the peer still sends is not told any more.
TEST_F(WebSocketTest, WeClose) {
  PeerSocket peer = open();
  running_.post([this] {
    running_.core.send(socket_, "last words");
    running_.core.push(out::WsClose{socket_, 1013, "try again later"});
    running_.core.send(socket_, "too late");
  });
  EXPECT_EQ(receive_frame(peer).payload, "last words");
  const WebSocketFrame close = receive_frame(peer);
  EXPECT_EQ(close.opcode, 8);
  EXPECT_EQ(close.payload, close_payload(1013, "try again later"));
  peer.send(websocket_frame(1, "not heard", true));
  peer.send(websocket_frame(8, close.payload, true));
  EXPECT_EQ(peer.receive_all(), "");
  const Seen closed = running_.core.wait("ws-closed");
  EXPECT_EQ(closed.other, static_cast<uint64_t>(in::WsEnd::kWeClosed));
  EXPECT_EQ(running_.core.count("ws-message"), 0U);
}

// Aim: an end without close frame, a reset, and a protocol error are "broken" with 1006.
TEST_F(WebSocketTest, Broken) {
  open().close();
  const Seen first = running_.core.wait("ws-closed", 1);
  EXPECT_EQ(first.other, static_cast<uint64_t>(in::WsEnd::kBroken));
  EXPECT_EQ(first.number, 1006U);
  open().reset();
  EXPECT_EQ(running_.core.wait("ws-closed", 2).other, static_cast<uint64_t>(in::WsEnd::kBroken));
  PeerSocket wrong = open();
  wrong.send(websocket_frame(5, "no such opcode", true));
  EXPECT_EQ(receive_frame(wrong).payload.substr(0, 2), close_payload(1002));
  wrong.close();
  EXPECT_EQ(running_.core.wait("ws-closed", 3).other, static_cast<uint64_t>(in::WsEnd::kBroken));
}

// Aim: a peer that does not read is told as blocked once, with a count that covers the kernel's
// part; its send buffer is fixed; once it reads, everything arrives in order and the socket is
// writable again.
TEST_F(WebSocketTest, BlockedAndWritable) {
  PeerSocket peer = open(4096);
  size_t messages = 0;
  also([this, &messages](const Seen& seen) {
    if (seen.what == "ws-message" && seen.text == "more") {
      running_.core.send(seen.socket, std::to_string(messages++) + std::string(1000, '.'));
      running_.core.send(seen.socket, std::to_string(messages++) + std::string(1000, '.'));
    }
  });
  size_t asked = 0;
  while (running_.core.count("ws-blocked") == 0) {
    ASSERT_LT(asked, 500U) << "the kernel takes without end";
    peer.send(websocket_frame(1, "more", true));
    running_.core.wait("ws-message", ++asked);
  }
  EXPECT_EQ(running_.core.count("ws-writable"), 0U);
  EXPECT_GT(running_.core.wait("ws-blocked").number, 1000U);
  EXPECT_EQ(running_.core.count("ws-blocked"), 1U) << "once per blocked period";
  for (size_t i = 0; i < 2 * asked; ++i) {
    const WebSocketFrame frame = receive_frame(peer);
    ASSERT_EQ(frame.payload, std::to_string(i) + std::string(1000, '.'));
  }
  running_.core.wait("ws-writable");
}

// Aim: far beyond the limit each send is told with the new count, so that the core can end it.
TEST_F(WebSocketTest, UnsentIsCountedBeyondTheLimit) {
  PeerSocket peer = open(4096);
  running_.post([this] {
    for (int i = 0; i < 200; ++i) running_.core.send(socket_, std::string(1000, '.'));
  });
  running_.core.wait("ws-blocked");
  running_.post([this] { running_.core.send(socket_, "one more"); });
  const Seen second = running_.core.wait("ws-blocked", 2);
  EXPECT_GT(second.number, limits::kUnsentBytesMax);
}

// Aim: WsRead stops the pieces and resumes them without loss.
TEST_F(WebSocketTest, ReadingStopsAndResumes) {
  PeerSocket peer = open();
  also([this](const Seen& seen) {
    if (seen.what == "ws-message" && seen.text == "stop") {
      running_.core.push(out::WsRead{seen.socket, false});
    }
  });
  peer.send(websocket_frame(1, "stop", true) + websocket_frame(1, "in hand", true));
  peer.send(websocket_frame(1, "in the kernel", true));
  running_.core.wait("ws-message", 1);
  // A round trip through the loop by another connection: had the platform read on, it had by now.
  open();
  EXPECT_LE(running_.core.count("ws-message"), 2U);
  EXPECT_EQ(running_.core.wait("ws-message", 1).text, "stop");
  const SocketId stopped = running_.core.wait("ws-opened", 1).socket;
  running_.post([this, stopped] { running_.core.push(out::WsRead{stopped, true}); });
  EXPECT_EQ(running_.core.wait("ws-message", 2).text, "in hand");
  EXPECT_EQ(running_.core.wait("ws-message", 3).text, "in the kernel");
}

// Aim: a peer that vanishes while we do not read from it is noticed all the same.
TEST_F(WebSocketTest, ResetWhileNotReading) {
  PeerSocket peer = open();
  running_.post([this] { running_.core.push(out::WsRead{socket_, false}); });
  running_.post([this] { running_.core.send(socket_, "here"); });
  EXPECT_EQ(receive_frame(peer).payload, "here");
  peer.reset();
  EXPECT_EQ(running_.core.wait("ws-closed").other, static_cast<uint64_t>(in::WsEnd::kBroken));
}

// Aim: all of it at once: closing other sockets from within the value of one (a takeover) is safe.
TEST_F(WebSocketTest, OneSocketClosesAnother) {
  PeerSocket older = open();
  const SocketId old_socket = socket_;
  also([this, old_socket](const Seen& seen) {
    if (seen.what == "ws-message") {
      running_.core.send(old_socket, "you are replaced");
      running_.core.push(out::WsClose{old_socket, 1000, {}});
      running_.core.send(seen.socket, "you are in");
    }
  });
  PeerSocket newer = open();
  newer.send(websocket_frame(1, "take over", true));
  EXPECT_EQ(receive_frame(newer).payload, "you are in");
  EXPECT_EQ(receive_frame(older).payload, "you are replaced");
  EXPECT_EQ(receive_frame(older).opcode, 8);
  older.close();
  EXPECT_EQ(running_.core.wait("ws-closed").socket, old_socket);
}

}  // namespace
}  // namespace hookflash
