#include <gmock/gmock.h>

#include "http/server.h"
#include "http_fixture.h"

// How connections live on, wait and end; what a request is answered is in server_test.cpp.
namespace hookflash {
namespace {

using ::testing::HasSubstr;
using testing::HttpFixture;

class ConnectionTest : public HttpFixture {};

constexpr std::string_view kGet = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kPost = "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

// Aim: B-WEB-4: every request is answered within 10 s of its last header byte, dials within 20 s,
// even when nobody answers. Method: virtual time; the body comes late, which does not move the
// deadline.
TEST_F(ConnectionTest, EveryRequestIsAnsweredInTime) {
  handler.answer_at_once = false;
  const SocketId webhook = connect();
  receive(webhook, kPost.substr(0, kPost.size() - 1));
  advance(Duration::seconds(4));
  receive(webhook, "c");
  handler.verdict.answer_timeout = limits::kDialAnswerTimeout;
  handler.verdict.timeout_status = 504;
  handler.verdict.group = RequestGroup::kApi;
  const SocketId dial = connect();
  receive(dial, kPost);
  advance(Duration::seconds(6) - Duration::us(1));
  EXPECT_EQ(take(webhook), "");
  advance(Duration::us(1));
  EXPECT_EQ(status_line(take(webhook)), "HTTP/1.1 500 Internal Server Error");
  ASSERT_EQ(handler.gone.size(), 1U);
  EXPECT_EQ(handler.gone[0], handler.requests[0].ref);
  EXPECT_FALSE(server->respond(handler.requests[0].ref, {}, now())) << "too late";
  advance(Duration::seconds(14) - Duration::us(1));
  EXPECT_EQ(take(dial), "");
  advance(Duration::us(1));
  const std::string answer = take(dial);
  EXPECT_EQ(status_line(answer), "HTTP/1.1 504 Gateway Timeout");
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("{\"error\":504}"));
  EXPECT_EQ(server->in_flight(RequestGroup::kWebhook) + server->in_flight(RequestGroup::kApi), 0U);
}

// Aim: B-WEB-4: idle keep-alive connections close after 15 s, silently; a next request has 5 s from
// its first byte. Method: virtual time.
TEST_F(ConnectionTest, IdleConnectionsClose) {
  const SocketId idle = connect();
  receive(idle, kGet);
  flushed(idle);
  const SocketId slow = connect();
  receive(slow, kGet);
  flushed(slow);
  take(idle);
  take(slow);
  advance(Duration::seconds(14));
  receive(slow, "G");
  advance(Duration::seconds(1));
  EXPECT_TRUE(asked_to_close(idle));
  EXPECT_EQ(take(idle), "");
  EXPECT_FALSE(asked_to_close(slow));
  advance(Duration::seconds(4));
  EXPECT_EQ(status_line(take(slow)), "HTTP/1.1 408 Request Timeout");
}

// Aim: HTTP/1.0 and "Connection: close" end the connection behind the answer. Method: both, and a
// list of words with "close" among them.
TEST_F(ConnectionTest, ClosesWhereAsked) {
  for (const std::string_view head :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: keep-alive\r\nConnection: x, Close\r\n\r\n"}) {
    const SocketId socket = connect();
    receive(socket, head);
    const std::string answer = take(socket);
    EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(asked_to_close(socket)) << head;
    handler.sent.clear();
    closed(socket);
    ASSERT_EQ(handler.sent.size(), 1U);
    EXPECT_TRUE(handler.sent[0].second);
  }
}

// Aim: requests may be sent ahead; they are answered one after the other, the next when the answer
// before has left. Method: three in one piece, the last without its body.
TEST_F(ConnectionTest, PipelinedRequestsWait) {
  const SocketId socket = connect();
  receive(socket, std::string(kGet) + std::string(kPost) + std::string(kPost));
  EXPECT_EQ(handler.requests.size(), 1U);
  flushed(socket);
  EXPECT_EQ(handler.requests.size(), 2U);
  EXPECT_EQ(handler.requests[1].body, "abc");
  receive(socket, "GET /last HTTP/1.1\r\n");
  flushed(socket);
  EXPECT_EQ(handler.requests.size(), 3U);
  flushed(socket);
  receive(socket, "\r\n");
  ASSERT_EQ(handler.requests.size(), 4U);
  EXPECT_EQ(handler.requests[3].path, "/last");
  EXPECT_NE(handler.requests[0].ref, handler.requests[1].ref);
}

// Aim: trailers and chunk extensions end where they end, not in the next request. Method: a chunked
// request with two trailers, and one sent behind it.
TEST_F(ConnectionTest, TrailersAreReadToTheirEnd) {
  const SocketId socket = connect();
  receive(socket,
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n000\r\n"
          "T: u\r\nContent-Length: 9\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  flushed(socket);
  ASSERT_EQ(handler.requests.size(), 2U);
  EXPECT_EQ(handler.requests[0].body, "abc");
  EXPECT_EQ(handler.requests[1].path, "/next");
}

// Aim: who sends more ahead than the buffer holds gets the present answer and is closed; the rest
// is dropped, not misread. Method: flood behind an open request.
TEST_F(ConnectionTest, TooMuchSentAheadCloses) {
  handler.answer_at_once = false;
  const SocketId socket = connect();
  receive(socket, kGet);
  for (int i = 0; i < 20; ++i) receive(socket, std::string(1000, 'a'));
  respond(handler.requests[0].ref, {.body = "first"});
  EXPECT_THAT(take(socket), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(asked_to_close(socket));
  EXPECT_EQ(handler.requests.size(), 1U);
}

// Aim: the same while the answer is already leaving. Method: flood after respond().
TEST_F(ConnectionTest, TooMuchSentAheadOfALeavingAnswerCloses) {
  const SocketId socket = connect();
  receive(socket, kGet);
  for (int i = 0; i < 20; ++i) receive(socket, std::string(1000, 'a'));
  flushed(socket);
  EXPECT_TRUE(asked_to_close(socket));
  EXPECT_EQ(handler.requests.size(), 1U);
}

// Aim: a handler may answer later, once; later attempts and unknown requests do nothing. Method:
// answer twice, and a request that was never there.
TEST_F(ConnectionTest, AnswersOnceAndLater) {
  handler.answer_at_once = false;
  const SocketId socket = connect();
  receive(socket, kPost);
  EXPECT_EQ(take(socket), "");
  const RequestRef ref = handler.requests[0].ref;
  respond(ref, {.status = 201, .body = "x"});
  EXPECT_EQ(status_line(take(socket)), "HTTP/1.1 201 Created");
  EXPECT_FALSE(server->respond(ref, {}, now()));
  flushed(socket);
  EXPECT_FALSE(server->respond(ref, {}, now()));
  EXPECT_FALSE(server->respond({}, {}, now()));
  receive(socket, kPost);
  EXPECT_FALSE(server->respond(ref, {}, now())) << "another request waits on this connection";
  RequestRef other = handler.requests[1].ref;
  ++other.generation;
  EXPECT_FALSE(server->respond(other, {}, now()));
  EXPECT_EQ(take(socket), "");
}

// Aim: a request whose connection goes is reported once, and a late answer finds nothing, not even
// on the connection that took its place. Method: close, connect again, answer.
TEST_F(ConnectionTest, AGoneRequestIsReported) {
  handler.answer_at_once = false;
  const SocketId socket = connect();
  receive(socket, kPost);
  closed(socket, false);
  ASSERT_EQ(handler.gone.size(), 1U);
  EXPECT_EQ(handler.gone[0], handler.requests[0].ref);
  EXPECT_TRUE(handler.sent.empty());
  const SocketId next = connect();
  receive(next, kPost);
  respond(handler.requests[0].ref, {.body = "stray"});
  EXPECT_EQ(take(next), "");
}

// Aim: the handler learns whether its answer left completely. Method: every
// way an answer can end.
TEST_F(ConnectionTest, ReportsWhatBecameOfAnAnswer) {
  const auto fate = [&](bool close_after, auto&& end) {
    handler.sent.clear();
    handler.answer.close = close_after;
    const SocketId socket = connect();
    receive(socket, kPost);
    end(socket);
    closed(socket, false);
    EXPECT_EQ(handler.sent.size(), 1U);
    return handler.sent.at(0).second;
  };
  EXPECT_TRUE(fate(false, [&](SocketId socket) { flushed(socket); }));
  EXPECT_TRUE(fate(true, [&](SocketId socket) { flushed(socket); }));
  EXPECT_TRUE(fate(true, [&](SocketId socket) { closed(socket, true); }));
  EXPECT_FALSE(fate(false, [&](SocketId) {}));
  EXPECT_FALSE(fate(true, [&](SocketId) {}));
  EXPECT_TRUE(handler.gone.empty());
}

// Aim: a peer that never reads its answer does not hold its place. Method: no Sent for 10 s.
TEST_F(ConnectionTest, APeerThatDoesNotReadIsCutOff) {
  const SocketId keeping = connect();
  receive(keeping, kPost);
  handler.answer.close = true;
  const SocketId closing = connect();
  receive(closing, kPost);
  advance(limits::kAnswerSendTimeout - Duration::us(1));
  EXPECT_TRUE(aborts.empty());
  advance(Duration::us(1));
  EXPECT_THAT(aborts, ::testing::UnorderedElementsAre(keeping, closing));
  closed(keeping, false);
  closed(closing, false);
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_EQ(handler.sent.size(), 2U);
}

// Aim: HEAD is answered like GET without the body. Method: compare.
TEST_F(ConnectionTest, HeadHasNoBody) {
  const std::string get = ask("GET / HTTP/1.1\r\n\r\n");
  const std::string head = ask("HEAD / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(head + "OK", get);
}

// Aim: an explicitly empty body stays empty, and 204 has no length (step 17). Method: look.
TEST_F(ConnectionTest, EmptyBodies) {
  handler.answer = {.status = 200};
  EXPECT_EQ(ask(kGet),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
  handler.answer = {.status = 204};
  EXPECT_EQ(ask(kGet), "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
}

// Aim: a client that waits for leave to send its body gets it, once the head has passed (RFC 9110
// section 10.1.1), and none where the request is refused. Method: Expect in both cases, and 1.0.
TEST_F(ConnectionTest, Continues) {
  constexpr std::string_view kExpect =
      "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n";
  const SocketId socket = connect();
  receive(socket, kExpect);
  EXPECT_EQ(take(socket), "HTTP/1.1 100 Continue\r\n\r\n");
  flushed(socket);
  receive(socket, "abc");
  EXPECT_EQ(status_line(take(socket)), "HTTP/1.1 200 OK");
  EXPECT_EQ(handler.requests.size(), 1U);

  EXPECT_EQ(ask("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"), "");
  handler.verdict = {.kind = Verdict::Kind::kRefuse, .status = 404};
  EXPECT_EQ(status_line(ask(kExpect)), "HTTP/1.1 404 Not Found");
}

// Aim: on the way down idle connections close at once and busy ones behind their answers. Method:
// drain with one idle, one open request, one that has yet to send.
TEST_F(ConnectionTest, Drains) {
  const SocketId idle = connect();
  receive(idle, kGet);
  flushed(idle);
  handler.answer_at_once = false;
  const SocketId busy = connect();
  receive(busy, kPost);
  turn([&] { server->drain(now()); });
  EXPECT_TRUE(asked_to_close(idle));
  EXPECT_FALSE(asked_to_close(busy));
  respond(handler.requests.back().ref, {.body = "bye"});
  EXPECT_THAT(take(busy), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(asked_to_close(busy));
}

// Aim: values for sockets the server does not have are ignored. Method: each of them.
TEST_F(ConnectionTest, UnknownSocketsAreIgnored) {
  for (const SocketId socket : {SocketId{}, SocketId{3, 1}, SocketId{65535, 1}}) {
    receive(socket, kGet);
    flushed(socket);
    closed(socket);
    EXPECT_FALSE(server->owns(socket));
  }
  const SocketId socket = connect();
  const SocketId older{socket.index, 7};
  receive(older, kGet);
  closed(older);
  EXPECT_TRUE(server->owns(socket));
  EXPECT_TRUE(handler.requests.empty());
}

// Aim: nothing is left behind: every place, buffer and deadline comes back however connections end.
// Method: connections cut in every state.
TEST_F(ConnectionTest, NothingLeaks) {
  for (int round = 0; round < 100; ++round) {
    next_index = 0;
    handler.answer_at_once = round % 2 == 0;
    handler.verdict.group = round % 3 == 0 ? RequestGroup::kApi : RequestGroup::kWebhook;
    const std::string text = std::string(kPost) + std::string(kPost);
    for (size_t cut = 0; cut < 16; ++cut) {
      const SocketId socket = connect();
      receive(socket, std::string_view(text).substr(0, cut * text.size() / 15));
      if (cut % 2 == 0) flushed(socket);
      closed(socket, cut % 3 == 0);
    }
  }
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_EQ(server->in_flight(RequestGroup::kWebhook), 0U);
  EXPECT_EQ(server->in_flight(RequestGroup::kApi), 0U);
  EXPECT_EQ(server->deadline(), Instant::max());
}

}  // namespace
}  // namespace hookflash
