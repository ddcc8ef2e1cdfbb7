#include "platform/linux/rest_client.h"

#include <gtest/gtest.h>

#include "name_server.h"
#include "peer.h"
#include "script_core.h"
#include "test_certificates.h"
#include "tls_peer.h"

namespace hookflash {
namespace {

class RestClientTest : public testing::Test {
 protected:
  RestClientTest() { restart(false); }

  void restart(bool private_hosts, const std::string& authority = {}) {
    running_.reset();
    hosts_ = std::make_unique<TestFile>("127.0.0.1 localhost api.test\n10.1.2.3 inside.test\n");
    WorldConfig config = on_the_heap();
    config.names.hosts_file = hosts_->path().c_str();
    config.names.servers = names_.server().c_str();
    config.rest_to_private_hosts = private_hosts;
    if (!authority.empty()) {
      authority_ = std::make_unique<TestFile>(authority);
      config.ca_file = authority_->path();
    }
    running_ = std::make_unique<RunningWorld>(config);
  }
  out::RestSend request(RestId id) {
    out::RestSend send;
    send.id = id;
    send.line = 1;
    send.tls = false;
    send.method = "POST";
    send.host = "127.0.0.1";
    send.port = carrier_.port();
    send.target = "/2010-04-01/Accounts/AC1/Calls.json";
    send.headers =
        "Authorization: Basic eHg=\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    send.body = "To=1&From=2";
    send.timeout = Duration::seconds(15);
    return send;
  }
  void send(const out::RestSend& send) {
    running_->post([this, send] { running_->core.rest(send); });
  }
  static std::string receive_request(PeerSocket& peer) {
    std::string head = peer.receive_until("\r\n\r\n");
    const std::string length = header(head, "Content-Length");
    return head +
           (length.empty() ? "" : peer.receive_exactly(static_cast<size_t>(std::stoul(length))));
  }
  static std::string answer(const std::string& status, const std::string& body,
                            const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  Seen answered(size_t n = 1) { return running_->core.wait("rest-answered", n); }
  void expect_failure(in::RestFailure failure, bool sent, size_t n = 1) {
    const Seen failed = running_->core.wait("rest-failed", n);
    EXPECT_EQ(failed.other, static_cast<uint64_t>(failure));
    EXPECT_EQ(failed.flag, sent);
  }

  PeerListener carrier_;
  NameServer names_;  // Knows "known.test"; says nothing about "unanswered.*", refuses the rest.
  std::unique_ptr<TestFile> hosts_;
  std::unique_ptr<TestFile> authority_;
  std::unique_ptr<RunningWorld> running_;
};

// Aim: the request on the wire, byte for byte, and its answer with status, body and Retry-After.
TEST_F(RestClientTest, RequestAndAnswer) {
  send(request(7));
  PeerSocket peer = carrier_.accept();
  EXPECT_EQ(receive_request(peer),
            "POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\nHost: 127.0.0.1:" +
                std::to_string(carrier_.port()) +
                "\r\nUser-Agent: hookflash\r\nAccept: application/json\r\nContent-Length: 11\r\n"
                "Authorization: Basic eHg=\r\nContent-Type: "
                "application/x-www-form-urlencoded\r\n\r\nTo=1&From=2");
  peer.send(answer("429 Too Many Requests", R"({"code":20429})", "Retry-After: 2\r\n"));
  const Seen got = answered();
  EXPECT_EQ(got.number, 7U);
  EXPECT_EQ(got.other & 0xffff, 429U);
  EXPECT_EQ(got.other >> 16, 3U) << "Retry-After 2, plus one";
  EXPECT_EQ(got.text, R"({"code":20429})");
}

// Aim: a redirect is an answer like any other: nobody follows it (B-PRV-3).
TEST_F(RestClientTest, RedirectIsNotFollowed) {
  PeerListener elsewhere;
  send(request(1));
  PeerSocket peer = carrier_.accept();
  receive_request(peer);
  peer.send(answer("302 Found", "",
                   "Location: http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/\r\n"));
  EXPECT_EQ(answered().other & 0xffff, 302U);
}

// Aim: a connection that may be kept is used again, one that may not is not.
TEST_F(RestClientTest, KeepAlive) {
  PeerSocket peer;
  for (RestId id = 1; id <= 3; ++id) {
    send(request(id));
    if (id == 1) peer = carrier_.accept();
    receive_request(peer);
    peer.send(answer("200 OK", std::to_string(id), id == 3 ? "Connection: close\r\n" : ""));
    EXPECT_EQ(answered(id).text, std::to_string(id));
  }
  EXPECT_EQ(peer.receive_all(), "");
  send(request(4));
  PeerSocket next = carrier_.accept();
  receive_request(next);
  next.send(answer("200 OK", "four"));
  EXPECT_EQ(answered(4).text, "four");
}

// Aim: a connection that the carrier closed while it was idle is not used again.
TEST_F(RestClientTest, IdleConnectionThatWasClosed) {
  send(request(1));
  PeerSocket peer = carrier_.accept();
  receive_request(peer);
  peer.send(answer("200 OK", "one"));
  answered(1);
  peer.close();
  // The loop hears of the end before this connection is made.
  PeerSocket::connect(running_->port());
  running_->core.wait("accepted");
  send(request(2));
  PeerSocket next = carrier_.accept();
  receive_request(next);
  next.send(answer("200 OK", "two"));
  EXPECT_EQ(answered(2).text, "two");
}

// Aim: at most four connections a line, the last for hang-ups only: with the others held, a hang-up
// still gets through at once, and what waits is served in its order as places get free (B-PRV-6,
// B-HUP-6).
TEST_F(RestClientTest, PoolAndTheHangUpConnection) {
  for (RestId id = 1; id <= 5; ++id) send(request(id));
  std::vector<PeerSocket> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(carrier_.accept());
    receive_request(peers.back());
  }
  out::RestSend hangup = request(9);
  hangup.hangup = true;
  send(hangup);
  PeerSocket reserved = carrier_.accept();
  receive_request(reserved);
  reserved.send(answer("200 OK", "hung up"));
  EXPECT_EQ(answered(1).number, 9U);
  // The two that wait come on connections that were in use, and not on the reserved one.
  peers[1].send(answer("200 OK", "second"));
  EXPECT_EQ(answered(2).number, 2U);
  receive_request(peers[1]);
  peers[1].send(answer("200 OK", "fourth"));
  EXPECT_EQ(answered(3).number, 4U);
  receive_request(peers[1]);
  peers[1].send(answer("200 OK", "fifth"));
  EXPECT_EQ(answered(4).number, 5U);
  peers[0].send(answer("200 OK", "first"));
  peers[2].send(answer("200 OK", "third"));
  EXPECT_EQ(answered(5).text == "first" || answered(5).text == "third", true);
  answered(6);
  EXPECT_EQ(running_->core.count("rest-failed"), 0U);
}

// Aim: lines have connections of their own.
TEST_F(RestClientTest, LinesAreApart) {
  for (RestId id = 1; id <= 3; ++id) send(request(id));
  std::vector<PeerSocket> held;
  for (int i = 0; i < 3; ++i) held.push_back(carrier_.accept());
  out::RestSend other = request(4);
  other.line = 2;
  send(other);
  PeerSocket peer = carrier_.accept();
  EXPECT_EQ(receive_request(peer).substr(0, 4), "POST");
}

// Aim: bodies: chunked, to the end of the connection, empty, the largest allowed; one byte more is
// aborted (B-PRV-4).
TEST_F(RestClientTest, Bodies) {
  const std::vector<std::string> answers = {
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\nto the end", answer("200 OK", ""),
      answer("200 OK", std::string(limits::kRestAnswerBytesMax, 'x'))};
  for (size_t i = 0; i < answers.size(); ++i) {
    out::RestSend one = request(static_cast<RestId>(i + 1));
    one.line = static_cast<uint8_t>(i);  // A connection of its own.
    send(one);
    PeerSocket peer = carrier_.accept();
    receive_request(peer);
    peer.send(answers[i]);
    if (i == 1) peer.shut_down();
    answered(i + 1);
  }
  EXPECT_EQ(answered(1).text, "wiki");
  EXPECT_EQ(answered(2).text, "to the end");
  EXPECT_EQ(answered(4).text.size(), limits::kRestAnswerBytesMax);
  out::RestSend last = request(9);
  last.line = 5;
  send(last);
  PeerSocket peer = carrier_.accept();
  receive_request(peer);
  peer.send(answer("200 OK", std::string(limits::kRestAnswerBytesMax + 1, 'x')));
  expect_failure(in::RestFailure::kTooLarge, true);
  peer.receive_all();
}

// Aim: an end in the midst, garbage, and a reset are "broken": the carrier may have done what we
// asked.
TEST_F(RestClientTest, Broken) {
  const std::vector<std::string> starts = {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                                           "garbage\r\n"};
  for (size_t i = 0; i < starts.size(); ++i) {
    send(request(static_cast<RestId>(i + 1)));
    PeerSocket peer = carrier_.accept();
    receive_request(peer);
    peer.send(starts[i]);
    peer.close();
    expect_failure(in::RestFailure::kBroken, true, i + 1);
  }
}

// Aim: the deadline covers waiting, name, connect, TLS and body; `sent` says whether the carrier
// may know (B-PRV-2).
TEST_F(RestClientTest, Timeout) {
  out::RestSend silent = request(1);
  silent.timeout = Duration::ms(150);
  send(silent);
  PeerSocket peer = carrier_.accept();
  expect_failure(in::RestFailure::kTimeout, true, 1);
  receive_request(peer);
  EXPECT_EQ(peer.receive_all(), "") << "the connection is of no further use";
  out::RestSend nameless = request(2);
  nameless.timeout = Duration::ms(150);
  nameless.host = "unanswered.example";
  send(nameless);
  expect_failure(in::RestFailure::kTimeout, false, 2);
  for (RestId id = 10; id < 13; ++id) send(request(id));
  std::vector<PeerSocket> held;
  for (int i = 0; i < 3; ++i) held.push_back(carrier_.accept());
  out::RestSend waiting = request(3);
  waiting.timeout = Duration::ms(150);
  send(waiting);
  expect_failure(in::RestFailure::kTimeout, false, 3);
}

// Aim: requests go to public addresses by TLS and to loopback without, and nowhere else (B-PRV-3):
// the name may be right and its address wrong.
TEST_F(RestClientTest, HostGuard) {
  struct Case {
    const char* host;
    bool tls;
  };
  size_t n = 0;
  for (const Case& one :
       {Case{"127.0.0.1", true}, Case{"api.test", true}, Case{"inside.test", true},
        Case{"10.1.2.3", true}, Case{"169.254.169.254", true}, Case{"[::1]", true},
        Case{"inside.test", false}, Case{"8.8.8.8", false}}) {
    out::RestSend guarded = request(static_cast<RestId>(n + 1));
    guarded.host = one.host;
    guarded.tls = one.tls;
    send(guarded);
    expect_failure(in::RestFailure::kRefusedHost, false, ++n);
  }
}

// Aim: no TCP, no name: unreachable, and nothing was sent.
TEST_F(RestClientTest, Unreachable) {
  out::RestSend nobody = request(1);
  {
    const PeerListener gone;
    nobody.port = gone.port();
  }
  send(nobody);
  expect_failure(in::RestFailure::kUnreachable, false, 1);
  out::RestSend nameless = request(2);
  nameless.host = "no such name";
  send(nameless);
  expect_failure(in::RestFailure::kUnreachable, false, 2);
}

// Aim: over TLS the certificate must be that of the host; both outcomes.
TEST_F(RestClientTest, Tls) {
  TestAuthority authority;
  restart(true, authority.certificate());
  TlsPeer::Options options;
  options.server = true;
  for (const bool right : {true, false}) {
    options.identity = authority.issue({right ? "api.test" : "else.test"});
    out::RestSend secure = request(right ? 1 : 2);
    secure.tls = true;
    secure.host = "api.test";
    secure.line = right ? 1 : 2;
    send(secure);
    TlsPeer peer(carrier_.accept(), options);
    const int result = peer.handshake();
    EXPECT_EQ(peer.asked_host(), "api.test");
    if (!right) {
      expect_failure(in::RestFailure::kTls, false);
      continue;
    }
    ASSERT_EQ(result, 0);
    EXPECT_EQ(header(peer.receive_until("\r\n\r\n"), "Host"),
              "api.test:" + std::to_string(carrier_.port()));
    peer.send(answer("200 OK", std::string(30'000, 's')));
    EXPECT_EQ(answered().text.size(), 30'000U);
  }
}

// Aim: as many requests at once as the core may have under way, each with exactly one report.
TEST_F(RestClientTest, ManyAtOnce) {
  constexpr RestId kMany = limits::kRestConnectionsPerLine + limits::kRestWaitingMax;
  for (RestId id = 1; id <= kMany; ++id) send(request(id));
  std::vector<std::thread> carriers;
  for (int i = 0; i < 3; ++i) {
    carriers.emplace_back([peer = carrier_.accept()]() mutable {
      while (receive_request(peer).size() > 4) peer.send(answer("201 Created", "{}"));
    });
  }
  answered(kMany);
  EXPECT_EQ(running_->core.count("rest-answered"), kMany);
  EXPECT_EQ(running_->core.count("rest-failed"), 0U);
  running_->finish();
  for (std::thread& carrier : carriers) carrier.join();
}

}  // namespace
}  // namespace hookflash
