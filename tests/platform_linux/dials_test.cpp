#include "platform/linux/dials.h"

#include <gtest/gtest.h>

#include <thread>

#include "name_server.h"
#include "peer.h"
#include "platform/linux/websocket_key.h"
#include "script_core.h"
#include "test_certificates.h"
#include "tls_peer.h"

namespace hookflash {
namespace {

constexpr uint16_t kFirst = limits::kAcceptedMax;

class DialsTest : public testing::Test {
 protected:
  DialsTest() { restart(""); }

  // hosts: lines of a hosts file.
  void restart(const std::string& hosts, const std::string& authority = {}) {
    running_.reset();
    hosts_ = std::make_unique<TestFile>("127.0.0.1 localhost\n" + hosts);
    WorldConfig config = on_the_heap();
    config.names.hosts_file = hosts_->path().c_str();
    config.names.servers = names_.server().c_str();
    if (!authority.empty()) {
      authority_ = std::make_unique<TestFile>(authority);
      config.ca_file = authority_->path();
    }
    running_ = std::make_unique<RunningWorld>(config);
  }
  void dial(const std::string& host, uint16_t port, bool tls = false,
            Duration timeout = Duration::seconds(15), SocketId socket = {kFirst, 1}) {
    running_->post([=, this] {
      out::WsDial dial;
      dial.socket = socket;
      dial.tls = tls;
      dial.host = host;
      dial.port = port;
      dial.target = "/app?x=1";
      dial.headers = "X-Twilio-Signature: abc=\r\nX-Other: 1\r\n";
      dial.timeout = timeout;
      running_->core.dial(dial);
    });
  }
  static std::string answer_to(const std::string& request) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           std::string(websocket_accept(header(request, "Sec-WebSocket-Key")).view()) + "\r\n\r\n";
  }
  void expect_end(in::WsEnd end, uint64_t code, size_t n = 1) {
    const Seen closed = running_->core.wait("ws-closed", n);
    EXPECT_EQ(closed.other, static_cast<uint64_t>(end));
    EXPECT_EQ(closed.number, code);
  }

  NameServer names_;  // Knows "known.test"; says nothing about "unanswered.*", refuses the rest.
  std::unique_ptr<TestFile> hosts_;
  std::unique_ptr<TestFile> authority_;
  std::unique_ptr<RunningWorld> running_;
};

// Aim: the request on the wire, byte for byte but for the key, with the port in Host when it is not
// the usual one.
TEST_F(DialsTest, RequestOnTheWire) {
  PeerListener app;
  dial("localhost", app.port());
  PeerSocket peer = app.accept();
  const std::string request = peer.receive_until("\r\n\r\n");
  const std::string key = header(request, "Sec-WebSocket-Key");
  EXPECT_EQ(key.size(), 24U);
  EXPECT_EQ(request,
            "GET /app?x=1 HTTP/1.1\r\nHost: localhost:" + std::to_string(app.port()) +
                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: " +
                key + "\r\nX-Twilio-Signature: abc=\r\nX-Other: 1\r\n\r\n");
}

// Aim: messages both ways; ours are masked, with a mask of its own each; frames that come with the
// handshake's answer belong to the WebSocket; long messages arrive whole.
TEST_F(DialsTest, Messages) {
  PeerListener app;
  dial("127.0.0.1", app.port());
  PeerSocket peer = app.accept();
  peer.send(answer_to(peer.receive_until("\r\n\r\n")) + websocket_frame(1, "welcome", false));
  const SocketId socket = running_->core.wait("ws-opened").socket;
  EXPECT_EQ(socket, (SocketId{kFirst, 1}));
  EXPECT_EQ(running_->core.wait("ws-message", 1).text, "welcome");
  const std::string longer(70'000, 'l');
  running_->post([&] {
    running_->core.send(socket, "from us");
    running_->core.send(socket, longer.substr(0, 60'000));
    running_->core.push(out::WsPing{socket});
  });
  const WebSocketFrame ours = receive_frame(peer);
  EXPECT_TRUE(ours.masked);
  EXPECT_EQ(ours.payload, "from us");
  EXPECT_TRUE(receive_frame(peer).payload == longer.substr(0, 60'000));
  for (const size_t size : {size_t{0}, size_t{1}, size_t{126}, size_t{2047}, size_t{2048},
                            size_t{2049}, size_t{70'000}}) {
    peer.send(websocket_frame(2, longer.substr(0, size), false));
  }
  EXPECT_EQ(running_->core.wait("ws-message", 2).text.size(), 0U);
  EXPECT_EQ(running_->core.wait("ws-message", 6).text.size(), 2048U);
  EXPECT_TRUE(running_->core.wait("ws-message", 8).text == longer);
}

// Aim: the ways to end an open one: the peer's close, ours, and a break.
TEST_F(DialsTest, Ends) {
  PeerListener app;
  for (uint16_t round = 1; round <= 3; ++round) {
    dial("127.0.0.1", app.port(), false, Duration::seconds(15), {kFirst, round});
    PeerSocket peer = app.accept();
    peer.send(answer_to(peer.receive_until("\r\n\r\n")));
    const SocketId socket = running_->core.wait("ws-opened", round).socket;
    if (round == 1) {
      peer.send(websocket_frame(8, close_payload(1012, "restarting"), false));
      EXPECT_EQ(receive_frame(peer).opcode, 8);
      expect_end(in::WsEnd::kPeerClosed, 1012, 1);
    } else if (round == 2) {
      running_->post([&] { running_->core.push(out::WsClose{socket, 1000, "bye"}); });
      const WebSocketFrame close = receive_frame(peer);
      EXPECT_EQ(close.payload, close_payload(1000, "bye"));
      peer.send(websocket_frame(8, close.payload, false));
      EXPECT_EQ(running_->core.wait("ws-closed", 2).other,
                static_cast<uint64_t>(in::WsEnd::kWeClosed));
    } else {
      peer.reset();
      expect_end(in::WsEnd::kBroken, 1006, 3);
    }
  }
}

// Aim: an answer that is not exactly a handshake fails the dial (RFC 6455 section 4.1), and says
// how.
TEST_F(DialsTest, WrongAnswers) {
  PeerListener app;
  const auto attempt = [&](uint16_t n, const std::function<std::string(std::string)>& change) {
    dial("127.0.0.1", app.port(), false, Duration::seconds(15), {kFirst, n});
    PeerSocket peer = app.accept();
    peer.send(change(answer_to(peer.receive_until("\r\n\r\n"))));
    return running_->core.wait("ws-closed", n);
  };
  const Seen refused = attempt(1, [](const std::string&) {
    return std::string("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n");
  });
  EXPECT_EQ(refused.other, static_cast<uint64_t>(in::WsEnd::kRefused));
  EXPECT_EQ(refused.number, 403U);
  const std::vector<std::function<std::string(std::string)>> changes = {
      [](std::string text) { return text.replace(text.find("Accept: ") + 8, 1, "!"); },
      [](std::string text) { return text.replace(text.find("websocket"), 9, "something"); },
      [](std::string text) {
        return text.insert(text.size() - 2, "Sec-WebSocket-Extensions: x\r\n");
      },
      [](std::string text) {
        return text.insert(text.size() - 2, "Sec-WebSocket-Protocol: x\r\n");
      },
      [](const std::string&) { return std::string("220 mail.example ESMTP\r\n"); },
      [](const std::string&) { return "HTTP/1.1 101 x\r\nA: " + std::string(9000, 'x'); }};
  uint16_t n = 1;
  for (const auto& change : changes) {
    EXPECT_EQ(attempt(++n, change).other, static_cast<uint64_t>(in::WsEnd::kBroken)) << n;
  }
}

// Aim: nobody listens, the name does not exist, the name is no name: unreachable.
TEST_F(DialsTest, Unreachable) {
  uint16_t free_port = 0;
  {
    const PeerListener gone;
    free_port = gone.port();
  }
  dial("127.0.0.1", free_port);
  expect_end(in::WsEnd::kUnreachable, 0, 1);
  dial("no-such-name.invalid", 80, false, Duration::seconds(15), {kFirst, 2});
  expect_end(in::WsEnd::kUnreachable, 0, 2);
  dial(std::string(300, 'x'), 80, false, Duration::seconds(15), {kFirst, 3});
  expect_end(in::WsEnd::kUnreachable, 0, 3);
  dial("", 80, false, Duration::seconds(15), {kFirst, 4});
  expect_end(in::WsEnd::kUnreachable, 0, 4);
}

// Aim: an address that refuses does not end the dial while the name has others.
TEST_F(DialsTest, NextAddress) {
  PeerListener app("127.0.0.3");
  restart("127.0.0.2 several.test\n127.0.0.3 several.test\n");
  dial("several.test", app.port());
  PeerSocket peer = app.accept();
  peer.send(answer_to(peer.receive_until("\r\n\r\n")));
  running_->core.wait("ws-opened");
}

// Aim: one deadline covers everything: a peer that accepts and says nothing, one that stops in its
// answer.
TEST_F(DialsTest, Timeout) {
  PeerListener app;
  dial("127.0.0.1", app.port(), false, Duration::ms(150));
  PeerSocket silent = app.accept();
  expect_end(in::WsEnd::kTimeout, 0, 1);
  dial("127.0.0.1", app.port(), false, Duration::ms(150), {kFirst, 2});
  PeerSocket half = app.accept();
  half.send("HTTP/1.1 101 Switching");
  expect_end(in::WsEnd::kTimeout, 0, 2);
  dial("127.0.0.1", app.port(), true, Duration::ms(150), {kFirst, 3});
  PeerSocket no_tls = app.accept();
  expect_end(in::WsEnd::kTimeout, 0, 3);
  EXPECT_EQ(silent.receive_until("\r\n\r\n").substr(0, 4), "GET ");
  EXPECT_EQ(silent.receive_all(), "");
}

// Aim: a dial that is given up ends as asked, in each of its stages, and its place can be used
// again.
TEST_F(DialsTest, GivenUp) {
  PeerListener app;
  for (uint16_t n = 1; n <= 3; ++n) {
    const SocketId socket{kFirst, n};
    dial(n == 1 ? "unanswered.example" : "127.0.0.1", app.port(), n == 3, Duration::seconds(15),
         socket);
    PeerSocket peer;
    if (n != 1) peer = app.accept();
    running_->post([&] { running_->core.push(out::WsClose{socket, 1000, {}}); });
    EXPECT_EQ(running_->core.wait("ws-closed", n).other,
              static_cast<uint64_t>(in::WsEnd::kWeClosed));
  }
}

// Aim: all places at once, and each again right after its end.
TEST_F(DialsTest, AllPlaces) {
  PeerListener app;
  constexpr uint16_t kPlaces = linux_limits::kDialledMax;
  for (uint16_t round = 1; round <= 2; ++round) {
    std::vector<PeerSocket> peers;
    for (uint16_t i = 0; i < kPlaces; ++i) {
      dial("127.0.0.1", app.port(), false, Duration::seconds(15),
           {static_cast<uint16_t>(kFirst + i), round});
      peers.push_back(app.accept());
    }
    for (PeerSocket& peer : peers) peer.send(answer_to(peer.receive_until("\r\n\r\n")));
    running_->core.wait("ws-opened", size_t{kPlaces} * round);
    peers.clear();
    running_->core.wait("ws-closed", size_t{kPlaces} * round);
  }
}

// --- TLS ---

class TlsDialsTest : public DialsTest {
 protected:
  TlsDialsTest() {
    certificate_ = authority_of_apps_.issue({"app.test", "*.wild.test"});
    restart("127.0.0.1 app.test other.test deep.wild.test\n", authority_of_apps_.certificate());
  }
  // Dials, and plays the server for one handshake.
  std::unique_ptr<TlsPeer> serve(const std::string& host, uint16_t n = 1, int version = 0) {
    dial(host, app_.port(), true, Duration::seconds(15), {kFirst, n});
    TlsPeer::Options options;
    options.server = true;
    options.identity = certificate_;
    options.version = version;
    options.tickets = true;
    auto peer = std::make_unique<TlsPeer>(app_.accept(), options);
    result_ = peer->handshake();
    return peer;
  }
  TestAuthority authority_of_apps_;
  TestCertificate certificate_;
  PeerListener app_;
  int result_ = 0;
};

// Aim: server name indication and the name held against the certificate follow the host, although
// the connection is made to a numeric address; both TLS versions; messages flow.
TEST_F(TlsDialsTest, NameFollowsTheHost) {
  for (const int version : {12, 13}) {
    restart("127.0.0.1 app.test\n", authority_of_apps_.certificate());
    const auto peer = serve("app.test", 1, version);
    ASSERT_EQ(result_, 0);
    EXPECT_EQ(peer->asked_host(), "app.test");
    EXPECT_EQ(peer->version(), version == 12 ? "TLSv1.2" : "TLSv1.3");
    const std::string request = peer->receive_until("\r\n\r\n");
    EXPECT_EQ(header(request, "Host"), "app.test:" + std::to_string(app_.port()));
    peer->send(answer_to(request) + websocket_frame(1, "over TLS", false));
    const SocketId socket = running_->core.wait("ws-opened").socket;
    EXPECT_EQ(running_->core.wait("ws-message").text, "over TLS");
    running_->post([&] { running_->core.send(socket, std::string(20'000, 't')); });
    std::string got;
    while (got.size() < 20'000 + 8) {
      const std::string more = peer->receive();
      ASSERT_FALSE(more.empty());
      got += more;
    }
    peer->send(websocket_frame(1, std::string(50'000, 'r'), false) +
               websocket_frame(8, close_payload(1000), false));
    expect_end(in::WsEnd::kPeerClosed, 1000);
    EXPECT_EQ(running_->core.wait("ws-message", 2).text.size(), 50'000U);
  }
}

// Aim: a wildcard certificate is accepted for its names.
TEST_F(TlsDialsTest, Wildcard) {
  const auto peer = serve("deep.wild.test");
  ASSERT_EQ(result_, 0);
  EXPECT_EQ(peer->asked_host(), "deep.wild.test");
  EXPECT_EQ(peer->receive_until("\r\n\r\n").substr(0, 4), "GET ");
}

// Aim: the right authority but another name is refused, and the request is never sent.
TEST_F(TlsDialsTest, WrongName) {
  const auto peer = serve("other.test");
  EXPECT_NE(result_, 0);
  EXPECT_EQ(peer->asked_host(), "other.test");
  expect_end(in::WsEnd::kTls, 1006);
}

// Aim: the right name from an authority that is not trusted is refused.
TEST_F(TlsDialsTest, WrongAuthority) {
  TestAuthority stranger;
  certificate_ = stranger.issue({"app.test"});
  serve("app.test");
  expect_end(in::WsEnd::kTls, 1006);
}

// Aim: a server that sends its intermediate certificate is accepted.
TEST_F(TlsDialsTest, Intermediate) {
  certificate_ = authority_of_apps_.issue({"app.test"}, true);
  const auto peer = serve("app.test");
  EXPECT_EQ(result_, 0);
  EXPECT_EQ(peer->receive_until("\r\n\r\n").substr(0, 4), "GET ");
}

// Aim: a certificate that is good but for the time is told from one that is not good (B-TMR-3).
TEST_F(TlsDialsTest, OutOfDate) {
  certificate_ = authority_of_apps_.issue({"app.test"}, false, {.until = "20210101000000"});
  auto peer = serve("app.test");
  expect_end(in::WsEnd::kTlsTime, 1006);
}

// Aim: no TLS on the other side.
TEST_F(TlsDialsTest, NotTls) {
  dial("app.test", app_.port(), true);
  PeerSocket peer = app_.accept();
  peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  expect_end(in::WsEnd::kTls, 1006);
}

// Aim: the second connection to a host resumes the session of the first, in both versions (a full
// handshake holds the loop for milliseconds).
TEST_F(TlsDialsTest, Resumption) {
  for (const int version : {12, 13}) {
    restart("127.0.0.1 app.test\n", authority_of_apps_.certificate());
    for (uint16_t n = 1; n <= 2; ++n) {
      const auto peer = serve("app.test", n, version);
      ASSERT_EQ(result_, 0);
      EXPECT_EQ(peer->resumed(), n == 2) << "TLS " << version;
      peer->send(answer_to(peer->receive_until("\r\n\r\n")) + websocket_frame(1, "hello", false));
      running_->core.wait("ws-message", n);
      peer->send(websocket_frame(8, close_payload(1000), false));
      running_->core.wait("ws-closed", n);
    }
  }
}

}  // namespace
}  // namespace hookflash
