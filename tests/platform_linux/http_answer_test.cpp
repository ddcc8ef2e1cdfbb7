#include "platform/linux/http_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookflash {
namespace {

struct Read {
  HttpAnswer::Result result = HttpAnswer::Result::kMore;
  HttpAnswer answer;
  std::string body;
  size_t taken = 0;
};

// Feeds the text in steps of `step` bytes, as long as the reader wants more.
Read read(std::string_view text, size_t step = 1'000'000, size_t room = 1000) {
  Read read;
  std::vector<uint8_t> body(room);
  while (read.taken < text.size() && read.result == HttpAnswer::Result::kMore) {
    size_t taken = 0;
    read.result = read.answer.take(bytes_of(text.substr(read.taken, step)), body, taken);
    read.taken += taken;
    if (taken == 0 && read.result == HttpAnswer::Result::kMore) break;
  }
  read.body.assign(body.begin(), body.begin() + static_cast<ptrdiff_t>(read.answer.body_size()));
  return read;
}

// Aim: the three framings of a body, in every split. Method: each answer in steps of 1, 2, 3, ...
// bytes.
TEST(HttpAnswer, BodiesInEverySplit) {
  const std::vector<std::string> answers = {
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nRetry-After: 3\r\n\r\nhello world",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\nRetry-After: "
      "3\r\n\r\n5;x=y\r\nhello\r\n6\r\n "
      "world\r\n0\r\nTrailer: 1\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 11\nRetry-After: 3\n\nhello "
      "world"};
  for (const std::string& text : answers) {
    for (size_t step = 1; step <= text.size(); ++step) {
      const Read got = read(text, step);
      ASSERT_EQ(got.result, HttpAnswer::Result::kComplete) << text << step;
      EXPECT_EQ(got.body, "hello world");
      EXPECT_EQ(got.taken, text.size());
      EXPECT_EQ(got.answer.head().status, 200);
      EXPECT_EQ(got.answer.head().retry_after_seconds, 3);
      EXPECT_TRUE(got.answer.head().keep_alive);
    }
  }
}

// Aim: without a length the body goes to the end of the connection, which cannot be used again.
TEST(HttpAnswer, BodyToTheEnd) {
  const Read got = read("HTTP/1.1 200 OK\r\n\r\nabc", 4);
  EXPECT_EQ(got.result, HttpAnswer::Result::kMore);
  EXPECT_EQ(got.answer.end(), HttpAnswer::Result::kComplete);
  EXPECT_EQ(got.body, "abc");
  EXPECT_FALSE(got.answer.head().keep_alive);
}

// Aim: answers that have no body, whatever their head says about one.
TEST(HttpAnswer, NoBody) {
  for (const char* text :
       {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 x\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 201\r\nContent-Length: 0\r\n\r\n"}) {
    const Read got = read(std::string(text) + "next");
    EXPECT_EQ(got.result, HttpAnswer::Result::kComplete) << text;
    EXPECT_EQ(got.taken, std::string_view(text).size())
        << "what follows belongs to the next answer";
  }
}

// Aim: whether the connection may be used again (RFC 9112 section 9.3).
TEST(HttpAnswer, KeepAlive) {
  const auto keeps = [](std::string_view version, std::string_view header) {
    return read(std::string(version) + " 200 OK\r\nContent-Length: 0\r\n" + std::string(header) +
                "\r\n")
        .answer.head()
        .keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: foo, close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: keep-alive\r\n"));
}

// Aim: what a WebSocket handshake is judged by is read, and what follows the head is left.
TEST(HttpAnswer, WebSocketHandshake) {
  const Read got = read(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: x, Upgrade\r\n"
      "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02hi");
  EXPECT_EQ(got.result, HttpAnswer::Result::kComplete);
  EXPECT_TRUE(got.answer.head().upgrade_websocket);
  EXPECT_FALSE(got.answer.head().extensions);
  EXPECT_EQ(got.answer.head().accept.view(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(read("HTTP/1.1 101 x\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
                  .answer.head()
                  .extensions);
  EXPECT_FALSE(
      read("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n").answer.head().upgrade_websocket);
}

// Aim: everything that is not an answer, or says two things about its length, is refused.
TEST(HttpAnswer, Malformed) {
  for (const char* text : {
           "HTTP/2 200 OK\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "HTTP/1.1 2000 OK\r\n\r\n",
           "HTTP/1.1 099 OK\r\n\r\n",
           "HTTP/1.1  200 OK\r\n\r\n",
           "SSH-2.0-OpenSSH\r\n",
           "\r\n",
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
       }) {
    EXPECT_EQ(read(text).result, HttpAnswer::Result::kMalformed) << text;
  }
}

// Aim: the end of the connection in the midst of an answer is never taken for a whole one.
TEST(HttpAnswer, CutOff) {
  for (const char* text : {"", "HTT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    const Read got = read(text);
    EXPECT_EQ(got.result, HttpAnswer::Result::kMore) << text;
    EXPECT_EQ(got.answer.end(), HttpAnswer::Result::kMalformed) << text;
  }
}

// Aim: limits hold for each way of being too long: an announced body before it comes, chunks, a
// body without end, a head, interim answers.
TEST(HttpAnswer, TooLarge) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n\1").result,
            HttpAnswer::Result::kTooLarge);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n\1").result,
            HttpAnswer::Result::kTooLarge);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x')).result,
            HttpAnswer::Result::kTooLarge);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x')).result,
            HttpAnswer::Result::kComplete);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nA: " + std::string(9000, 'x')).result,
            HttpAnswer::Result::kTooLarge);
  std::string interim;
  for (int i = 0; i < 1000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(read(interim).result, HttpAnswer::Result::kTooLarge);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nX-Long: " + std::string(2000, 'x') +
                 "\r\nContent-Length: 1\r\n\r\ny")
                .body,
            "y");
}

}  // namespace
}  // namespace hookflash
