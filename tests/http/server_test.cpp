#include "http/server.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>

#include "http_fixture.h"

namespace hookflash {
namespace {

using ::testing::HasSubstr;
using testing::HttpFixture;

class ServerTest : public HttpFixture {};

constexpr std::string_view kGet = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kPost = "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

// Aim: a request reaches its handler with target, path and body, and its answer leaves in full.
// Method: one POST, whole.
TEST_F(ServerTest, ServesARequest) {
  const SocketId socket = connect();
  receive(socket, "POST /a%20b?x=%2F HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(handler.requests[0].method, "POST");
  EXPECT_EQ(handler.requests[0].target, "/a%20b?x=%2F");
  EXPECT_EQ(handler.requests[0].path, "/a b");
  EXPECT_EQ(handler.requests[0].body, "abc");
  EXPECT_EQ(take(socket),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 2\r\n\r\nOK");
  EXPECT_TRUE(closes.empty());
  flushed(socket);
  ASSERT_EQ(handler.sent.size(), 1U);
  EXPECT_EQ(handler.sent[0], std::make_pair(handler.requests[0].ref, true));
}

// Aim: it does not matter how the bytes are split. Method: every cut into two, and byte by byte;
// with a length and chunked.
TEST_F(ServerTest, AnySplitGivesTheSameRequest) {
  const std::string_view requests[] = {kPost,
                                       "POST /hook HTTP/1.1\r\nTransfer-Encoding: "
                                       "chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: u\r\n\r\n"};
  for (const std::string_view request : requests) {
    for (size_t cut = 0; cut <= request.size(); ++cut) {
      const SocketId socket = connect();
      handler.requests.clear();
      if (cut == 0) {
        for (const char c : request) receive(socket, {&c, 1});
      } else {
        receive(socket, request.substr(0, cut));
        receive(socket, request.substr(cut));
      }
      ASSERT_EQ(handler.requests.size(), 1U) << cut;
      EXPECT_EQ(handler.requests[0].body, "abc");
      closed(socket);
      next_index = 0;
    }
  }
}

// Aim: section 18 step 1. Method: 64 connections, then one more; upgraded ones are not counted.
TEST_F(ServerTest, TheSixtyFifthConnectionIsRefused) {
  std::vector<SocketId> sockets;
  for (size_t i = 0; i < limits::kHttpConnectionsMax; ++i) sockets.push_back(connect());
  const SocketId extra = connect();
  EXPECT_EQ(status_line(take(extra)), "HTTP/1.1 503 Service Unavailable");
  EXPECT_TRUE(asked_to_close(extra));
  EXPECT_FALSE(server->owns(extra));
  ASSERT_EQ(handler.refused.size(), 1U);
  EXPECT_EQ(handler.refused[0].first, HttpRefusal::kConnections);
  receive(extra, kGet);
  EXPECT_TRUE(handler.heads.empty()) << "a refused connection is not served";
  closed(extra);

  handler.verdict.kind = Verdict::Kind::kWebSocket;
  receive(sockets[0],
          "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_EQ(accepts.size(), 1U);
  const SocketId next = connect();
  EXPECT_TRUE(server->owns(next));
  EXPECT_EQ(server->connections_high_water(), limits::kHttpConnectionsMax);
}

// Aim: section 18 step 2, sizes. Method: the longest allowed line and headers, and one byte more.
TEST_F(ServerTest, LongHeadsAreRefused) {
  const std::string fixed = "GET / HTTP/1.1";
  const auto with_line = [&](size_t size) {
    return "GET /" + std::string(size - fixed.size(), 'a') + " HTTP/1.1\r\n\r\n";
  };
  EXPECT_EQ(status_line(ask(with_line(2048))), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_line(ask(with_line(2049))), "HTTP/1.1 414 URI Too Long");

  const auto with_headers = [&](size_t size) {
    return fixed + "\r\nA: " + std::string(size - 5, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(status_line(ask(with_headers(8192))), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_line(ask(with_headers(8193))), "HTTP/1.1 431 Request Header Fields Too Large");

  const auto with_count = [&](size_t count) {
    std::string head = fixed + "\r\n";
    for (size_t i = 0; i < count; ++i) head += "A: b\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(status_line(ask(with_count(limits::kHeadersMax))), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_line(ask(with_count(limits::kHeadersMax + 1))),
            "HTTP/1.1 431 Request Header Fields Too Large");
}

// Aim: an endless line is refused as soon as it is too long, not when it ends. Method: no line end.
TEST_F(ServerTest, AnEndlessLineIsRefusedEarly) {
  const SocketId socket = connect();
  receive(socket, "GET /" + std::string(2043, 'a'));
  EXPECT_EQ(take(socket), "");
  receive(socket, "a");
  const std::string answer = take(socket);
  EXPECT_EQ(status_line(answer), "HTTP/1.1 414 URI Too Long");
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

// Aim: section 18 step 2, time: 5 s from the accept, whether nothing or little by little comes.
// Method: virtual time, a byte a second.
TEST_F(ServerTest, ASlowHeadIsRefused) {
  const SocketId silent = connect();
  const SocketId slow = connect();
  for (int i = 0; i < 4; ++i) {
    advance(Duration::seconds(1));
    receive(slow, kGet.substr(static_cast<size_t>(i), 1));
  }
  advance(Duration::us(999'999));
  EXPECT_EQ(take(slow) + take(silent), "");
  advance(Duration::us(1));
  EXPECT_EQ(status_line(take(slow)), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(status_line(take(silent)), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(handler.refused[0].first, HttpRefusal::kSlowHead);
  advance(limits::kLingerTime);
  EXPECT_TRUE(asked_to_close(slow));
  EXPECT_TRUE(asked_to_close(silent));
}

// Aim: section 18 step 3 answers 400 and closes, before any route is asked. Method: one head for
// each rule. (The heads themselves are judged in request_head_test.cpp.)
TEST_F(ServerTest, MalformedHeadsAreRefusedAndClosed) {
  for (const std::string_view head :
       {"GET / HTTP/2.0\r\n\r\n", "POST / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nX-Twilio-Signature: a\r\nx-twilio-signature: a\r\n\r\n",
        "GET /%00 HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n"}) {
    const SocketId socket = connect();
    receive(socket, head);
    const std::string answer = take(socket);
    EXPECT_EQ(status_line(answer), "HTTP/1.1 400 Bad Request") << head;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    advance(limits::kLingerTime);
    EXPECT_TRUE(asked_to_close(socket)) << head;
    closed(socket);
  }
  EXPECT_TRUE(handler.heads.empty());
}

// Aim: B-WEB-2: a missing or malformed Host does not break routing; a repeated one is refused
// (section 18 step 3). Method: such heads.
TEST_F(ServerTest, HostNeverBreaksRouting) {
  for (const std::string_view headers : {"", "Host: \r\n", "Host: a@b/c d\r\n", "Host: [::1\r\n"}) {
    EXPECT_EQ(status_line(ask("GET /hook HTTP/1.1\r\n" + std::string(headers) + "\r\n")),
              "HTTP/1.1 200 OK");
    EXPECT_EQ(handler.heads.back(), "/hook");
  }
  const size_t taken = handler.heads.size();
  for (const std::string_view version : {"1.1", "1.0"}) {
    for (const std::string_view second : {"Host: b\r\n", "host: a\r\n", "HOST:\r\n"}) {
      const std::string answer = ask("GET /hook HTTP/" + std::string(version) +
                                     "\r\nHost: a\r\nX: y\r\n" + std::string(second) + "\r\n");
      EXPECT_EQ(status_line(answer), "HTTP/1.1 400 Bad Request");
      EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    }
  }
  EXPECT_EQ(handler.heads.size(), taken);
}

// Aim: a refusal by the routes (steps 4 to 7) is answered without reading the body. Method: 405
// with Allow for requests with and without a body; the connection lives on only where no body is
// left.
TEST_F(ServerTest, RefusalsDoNotReadTheBody) {
  handler.verdict = {.kind = Verdict::Kind::kRefuse, .status = 405, .headers = "Allow: POST\r\n"};
  const SocketId without = connect();
  receive(without, kGet);
  const std::string answer = take(without);
  EXPECT_EQ(status_line(answer), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_THAT(answer, HasSubstr("Allow: POST\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nerror 405"));
  flushed(without);
  receive(without, kGet);
  EXPECT_EQ(status_line(take(without)), "HTTP/1.1 405 Method Not Allowed");

  const SocketId with = connect();
  receive(with, kPost.substr(0, kPost.size() - 3));
  EXPECT_THAT(take(with), HasSubstr("Connection: close\r\n"));
  EXPECT_FALSE(asked_to_close(with)) << "the body is still on its way";
  receive(with, "ab");
  EXPECT_FALSE(asked_to_close(with));
  receive(with, "c");
  EXPECT_TRUE(asked_to_close(with));
  EXPECT_TRUE(handler.requests.empty());
  EXPECT_TRUE(handler.sent.empty()) << "the handler is told of its own answers only";
}

// Aim: a verdict that closes closes, without a body left to come too (step 4). Method: 503.
TEST_F(ServerTest, RefusalsMayClose) {
  handler.verdict = {.kind = Verdict::Kind::kRefuse, .status = 503, .close = true};
  const SocketId socket = connect();
  receive(socket, kGet);
  EXPECT_THAT(take(socket), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(asked_to_close(socket));
}

// Aim: section 18 step 8: at most 8 in flight from one source (429), at most 16 in all (503), with
// Retry-After and the body unread. Method: hold requests open.
TEST_F(ServerTest, RequestsInFlightAreLimited) {
  handler.answer_at_once = false;
  const auto source = [](uint8_t n) {
    return Source{Source::Kind::kAddress, IpAddress::from_v4({192, 0, 2, n})};
  };
  std::vector<SocketId> sockets;
  const auto post_from = [&](uint8_t n) {
    handler.verdict.source = source(n);
    sockets.push_back(connect());
    receive(sockets.back(), kPost);
    return status_line(take(sockets.back()));
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post_from(1), "");
  EXPECT_EQ(post_from(1), "HTTP/1.1 429 Too Many Requests");
  EXPECT_EQ(handler.refused.back().first, HttpRefusal::kSourceLimit);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post_from(2), "");
  EXPECT_EQ(server->in_flight(RequestGroup::kWebhook), 16U);
  handler.verdict.source = source(3);
  const SocketId late = connect();
  receive(late, kPost);
  const std::string answer = take(late);
  EXPECT_EQ(status_line(answer), "HTTP/1.1 503 Service Unavailable");
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(handler.refused.back().first, HttpRefusal::kTotalLimit);
  EXPECT_EQ(handler.requests.size(), 16U);

  // The routes of section 24 are counted apart.
  handler.verdict.group = RequestGroup::kApi;
  EXPECT_EQ(post_from(1), "");
  EXPECT_EQ(server->in_flight(RequestGroup::kApi), 1U);
  handler.verdict.group = RequestGroup::kWebhook;

  // An answer, and a connection that goes, make room.
  respond(handler.requests[0].ref, {});
  EXPECT_EQ(post_from(3), "");
  EXPECT_EQ(post_from(3), "HTTP/1.1 503 Service Unavailable");
  closed(sockets[1]);
  EXPECT_EQ(post_from(3), "");
  EXPECT_EQ(server->in_flight(RequestGroup::kWebhook), 16U);
}

// Aim: B-WEB-3: requests without an address share one source; behind a tunnel that names no client
// only the overall limit holds. Method: hold requests open.
TEST_F(ServerTest, SourcesWithoutAnAddress) {
  handler.answer_at_once = false;
  const auto post = [&](Source::Kind kind) {
    handler.verdict.source = {kind, {}};
    const SocketId socket = connect("");
    receive(socket, kPost);
    return status_line(take(socket));
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post(Source::Kind::kUnknown), "");
  EXPECT_EQ(post(Source::Kind::kUnknown), "HTTP/1.1 429 Too Many Requests");
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post(Source::Kind::kUnlimited), "");
  EXPECT_EQ(post(Source::Kind::kUnlimited), "HTTP/1.1 503 Service Unavailable");
}

// Aim: a body in sight counts as in flight already, so that slow senders cannot take more than
// their share. Method: eight heads without their bodies.
TEST_F(ServerTest, SlowSendersCount) {
  handler.verdict.source = {Source::Kind::kAddress, IpAddress::from_v4({192, 0, 2, 1})};
  for (int i = 0; i < 8; ++i) receive(connect(), kPost.substr(0, kPost.size() - 1));
  EXPECT_EQ(status_line(ask(kPost)), "HTTP/1.1 429 Too Many Requests");
  advance(limits::kBodyTimeout);
  EXPECT_EQ(status_line(ask(kPost)), "HTTP/1.1 200 OK");
}

// Aim: section 18 step 9: announced or actual body over the limit is 413, close. Method: exactly
// the limit and one byte more, with a length and chunked; API requests have a smaller limit.
TEST_F(ServerTest, LargeBodiesAreRefused) {
  const auto by_length = [&](size_t size) {
    return ask("POST / HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
               std::string(size, 'a'));
  };
  const auto by_chunks = [&](size_t size) {
    std::string text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (size_t left = size; left > 0;) {
      const size_t n = std::min<size_t>(left, 10'000);
      char line[16];
      std::snprintf(line, sizeof line, "%zX\r\n", n);
      text += line + std::string(n, 'a') + "\r\n";
      left -= n;
    }
    return ask(text + "0\r\n\r\n");
  };
  for (const size_t limit : {limits::kBodyBytesMax, limits::kApiBodyBytesMax}) {
    handler.verdict.group =
        limit == limits::kApiBodyBytesMax ? RequestGroup::kApi : RequestGroup::kWebhook;
    EXPECT_EQ(status_line(by_length(limit)), "HTTP/1.1 200 OK");
    EXPECT_EQ(handler.requests.back().body.size(), limit);
    EXPECT_EQ(status_line(by_chunks(limit)), "HTTP/1.1 200 OK");
    EXPECT_EQ(handler.requests.back().body.size(), limit);
    EXPECT_EQ(status_line(by_length(limit + 1)), "HTTP/1.1 413 Content Too Large");
    EXPECT_EQ(status_line(by_chunks(limit + 1)), "HTTP/1.1 413 Content Too Large");
    EXPECT_EQ(handler.refused.back().first, HttpRefusal::kBodySize);
  }
  EXPECT_EQ(handler.requests.size(), 4U);
  EXPECT_EQ(server->in_flight(RequestGroup::kApi), 0U);
}

// Aim: a length that no number type holds is too large, not malformed. Method: 40 digits.
TEST_F(ServerTest, AnAbsurdLengthIsTooLarge) {
  const std::string answer =
      ask("POST / HTTP/1.1\r\nContent-Length: 9999999999999999999999999999999999999999\r\n\r\n");
  EXPECT_EQ(status_line(answer), "HTTP/1.1 413 Content Too Large");
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

// Aim: section 18 step 10: a body not complete 5 s after the headers is 408, close. Method: virtual
// time, a byte a second.
TEST_F(ServerTest, ASlowBodyIsRefused) {
  const SocketId socket = connect();
  receive(socket, "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 4; ++i) {
    advance(Duration::seconds(1));
    receive(socket, "a");
  }
  advance(Duration::us(999'999));
  EXPECT_EQ(take(socket), "");
  advance(Duration::us(1));
  EXPECT_EQ(status_line(take(socket)), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(handler.refused.back().first, HttpRefusal::kSlowBody);
  EXPECT_TRUE(handler.requests.empty());
  EXPECT_EQ(server->in_flight(RequestGroup::kWebhook), 0U);
}

// Aim: broken chunk framing is 400, close. Method: one for each rule of the framing.
TEST_F(ServerTest, BrokenChunksAreRefused) {
  for (const std::string_view body : {"x\r\n", "\r\n", "-1\r\n", "1\n", "1 x\n", "1\r\r", "1\r\nab",
                                      "1\r\na\rb", "123456789\r\n", "0\r\nx\n", "0\r\n\n"}) {
    EXPECT_EQ(status_line(
                  ask("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body))),
              "HTTP/1.1 400 Bad Request")
        << body;
    EXPECT_EQ(handler.refused.back().first, HttpRefusal::kBodyFraming) << body;
  }
  const std::string long_extension = "1;" + std::string(300, 'x');
  EXPECT_EQ(
      status_line(ask("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + long_extension)),
      "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(handler.requests.empty());
}

// Aim: an untouched server is all zero bytes, so that it costs nothing in the binary. Method: look
// at a constant-initialised one.
TEST(ServerMemory, IsZeroBeforeStart) {
  static constinit HttpServer untouched;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&untouched);
  EXPECT_TRUE(std::all_of(bytes, bytes + sizeof untouched, [](unsigned char b) { return b == 0; }));
}

}  // namespace
}  // namespace hookflash
