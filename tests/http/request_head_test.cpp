#include "http/request_head.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace hookflash {
namespace {

constexpr std::string_view kSingle[] = {"x-twilio-signature", "telnyx-signature-ed25519"};

// A head that was read and judged; `fault` is the first that applies.
struct Judged {
  HeadFault fault = HeadFault::kNone;
  size_t taken = 0;
  HeadReader reader;
  RequestHead head;
};

std::unique_ptr<Judged> judge(std::string_view text) {
  auto judged = std::make_unique<Judged>();
  judged->taken = judged->reader.feed(bytes_of(text));
  judged->fault = judged->reader.fault();
  if (judged->reader.state() == HeadReader::State::kComplete) {
    judged->fault = judged->head.parse(judged->reader.text(), kSingle);
  }
  return judged;
}

HeadFault fault_of(std::string_view text) { return judge(text)->fault; }

std::unique_ptr<Judged> with(std::string_view headers) {
  return judge("POST /a HTTP/1.1\r\n" + std::string(headers) + "\r\n");
}

// Aim: what a head says is found. Method: a usual webhook request.
TEST(RequestHead, ReadsAUsualRequest) {
  const auto judged = judge(
      "POST /voice/webhook?callId=1%2F2&x HTTP/1.1\r\nHost: example.com:8443\r\n"
      "X-Twilio-Signature:  abc=\t\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 12\r\n\r\nBody");
  ASSERT_EQ(judged->fault, HeadFault::kNone);
  const RequestHead& head = judged->head;
  EXPECT_EQ(head.method(), "POST");
  EXPECT_EQ(head.target(), "/voice/webhook?callId=1%2F2&x");
  EXPECT_EQ(head.raw_path(), "/voice/webhook");
  EXPECT_EQ(head.path(), "/voice/webhook");
  EXPECT_TRUE(head.has_query());
  EXPECT_EQ(head.query(), "callId=1%2F2&x");
  EXPECT_EQ(head.header("x-twilio-signature"), "abc=");
  EXPECT_EQ(head.header("X-TWILIO-SIGNATURE"), "abc=");
  EXPECT_EQ(head.header("missing"), "");
  EXPECT_EQ(head.count("host"), 1U);
  EXPECT_EQ(head.authority(), "example.com:8443");
  EXPECT_TRUE(head.has_length());
  EXPECT_EQ(head.length(), 12U);
  EXPECT_TRUE(head.has_body());
  EXPECT_TRUE(head.keeps_alive());
  EXPECT_EQ(judged->reader.text().size(), judged->taken);
}

// Aim: the rest of what came stays for the body. Method: bytes behind the head.
TEST(HeadReader, StopsAtTheEndOfTheHead) {
  const auto judged = judge("GET / HTTP/1.1\r\n\r\nGET /");
  EXPECT_EQ(judged->taken, 18U);
  EXPECT_EQ(judged->reader.state(), HeadReader::State::kComplete);
}

// Aim: one empty line in front is forgiven, no other blank. Method: variants.
TEST(HeadReader, ForgivesOneEmptyLine) {
  EXPECT_EQ(fault_of("\r\nGET / HTTP/1.1\r\n\r\n"), HeadFault::kNone);
  EXPECT_EQ(fault_of("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), HeadFault::kMalformed);
  EXPECT_EQ(fault_of("\nGET / HTTP/1.1\r\n\r\n"), HeadFault::kMalformed);
  EXPECT_EQ(fault_of("\rGET / HTTP/1.1\r\n\r\n"), HeadFault::kMalformed);
  EXPECT_EQ(fault_of(" GET / HTTP/1.1\r\n\r\n"), HeadFault::kMalformed);
}

// Aim: neither CR nor LF stands alone. Method: in each part of a head.
TEST(HeadReader, RefusesBareLineEnds) {
  for (const std::string_view head :
       {"GET / HTTP/1.1\n\n", "GET / HTTP/1.1\n", "GET /\r HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n\n", "GET / HTTP/1.1\r\nA: b\r\r\n"}) {
    EXPECT_EQ(fault_of(head), HeadFault::kMalformed) << head;
  }
}

// Aim: only HTTP/1.1 and 1.0 (section 18 step 3). Method: other spellings and versions.
TEST(RequestHead, RefusesOtherVersions) {
  EXPECT_EQ(fault_of("GET / HTTP/1.0\r\n\r\n"), HeadFault::kNone);
  for (const std::string_view line :
       {"GET / HTTP/2.0", "GET / HTTP/1.2", "GET / HTTP/0.9", "GET / http/1.1", "GET / HTTP/1.1 ",
        "GET / HTTP/1.10", "GET / HTTP/1", "GET /", "GET", "GET  / HTTP/1.1", "GET /  HTTP/1.1",
        "GET / a HTTP/1.1", " ", "PRI * HTTP/2.0", "GET\t/\tHTTP/1.1"}) {
    EXPECT_EQ(fault_of(std::string(line) + "\r\n\r\n"), HeadFault::kMalformed) << line;
  }
}

// Aim: methods are tokens and targets have one of the forms of RFC 9112 section 3.2. Method:
// variants.
TEST(RequestHead, JudgesMethodAndTarget) {
  for (const std::string_view line :
       {"G@T / HTTP/1.1", "GE\x01T / HTTP/1.1", "GET hook HTTP/1.1", "GET ?a HTTP/1.1",
        "GET * HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET http://a HTTP/1.1",
        "GET http://a?x HTTP/1.1", "CONNECT a:443 HTTP/1.1", "GET /a#b HTTP/1.1",
        "GET /\x7F HTTP/1.1", "GET /\xC3\xA9 HTTP/1.1"}) {
    EXPECT_EQ(fault_of(std::string(line) + "\r\n\r\n"), HeadFault::kMalformed) << line;
  }
  EXPECT_EQ(fault_of("OPTIONS * HTTP/1.1\r\n\r\n"), HeadFault::kNone);
  EXPECT_EQ(fault_of("GET /{a}|'\"^` HTTP/1.1\r\n\r\n"), HeadFault::kNone);

  const auto absolute = judge("GET http://b.example:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(absolute->fault, HeadFault::kNone);
  EXPECT_EQ(absolute->head.path(), "/p");
  EXPECT_EQ(absolute->head.target(), "/p?q");
  EXPECT_EQ(absolute->head.authority(), "b.example:81");
}

// Aim: B-WEB-2: the path is decoded once and nothing is folded; NUL and bad escapes are refused.
// Method: escapes of escapes, dots, slashes, plus signs.
TEST(RequestHead, DecodesThePathOnce) {
  const auto path_of = [](std::string_view target) {
    const auto judged = judge("GET " + std::string(target) + " HTTP/1.1\r\n\r\n");
    return judged->fault == HeadFault::kNone ? std::string(judged->head.path()) : "refused";
  };
  EXPECT_EQ(path_of("/voice/webhook"), "/voice/webhook");
  EXPECT_EQ(path_of("/%76oice%2Fwebhook"), "/voice/webhook");
  EXPECT_EQ(path_of("/%2576oice"), "/%76oice");
  EXPECT_EQ(path_of("/a+b%20c%2Bd"), "/a+b c+d");
  EXPECT_EQ(path_of("//a/../b/./c/"), "//a/../b/./c/");
  EXPECT_EQ(path_of("/a;b"), "/a;b");
  EXPECT_EQ(path_of("/a?%zz%00"), "/a") << "the query is not judged here";
  for (const char* bad : {"/%00", "/a%00b", "/%", "/%4", "/%4g", "/%g4", "/%%41"}) {
    EXPECT_EQ(path_of(bad), "refused") << bad;
  }
}

// Aim: section 18 step 3, the length of the body. Method: each rule.
TEST(RequestHead, JudgesTheLength) {
  EXPECT_EQ(with("Content-Length: 0\r\n")->fault, HeadFault::kNone);
  EXPECT_EQ(with("Content-Length: 007\r\n")->head.length(), 7U);
  EXPECT_EQ(with("Content-Length: 18446744073709551615\r\n")->head.length(), UINT64_MAX);
  EXPECT_EQ(with("Content-Length: 18446744073709551616\r\n")->head.length(), UINT64_MAX);
  EXPECT_EQ(with("Content-Length: 99999999999999999999999999\r\n")->head.length(), UINT64_MAX);
  for (const std::string_view headers :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1\r\ncontent-length: 2\r\n",
        "Content-Length: 1, 1\r\n", "Content-Length: -1\r\n", "Content-Length: +1\r\n",
        "Content-Length: 1 \t2\r\n", "Content-Length: 0x10\r\n", "Content-Length: 1.0\r\n",
        "Content-Length:\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n"}) {
    EXPECT_EQ(with(headers)->fault, HeadFault::kMalformed) << headers;
  }
  EXPECT_TRUE(with("Transfer-Encoding: Chunked\r\n")->head.chunked());
  EXPECT_EQ(fault_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            HeadFault::kMalformed);
  EXPECT_EQ(fault_of("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            HeadFault::kMalformed);
  EXPECT_EQ(fault_of("POST / HTTP/1.0\r\n\r\n"), HeadFault::kMalformed);
  EXPECT_EQ(fault_of("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"), HeadFault::kNone);
  EXPECT_EQ(fault_of("GET / HTTP/1.0\r\n\r\n"), HeadFault::kNone);
  EXPECT_FALSE(with("")->head.has_body());
}

// Aim: header lines are judged as RFC 9112 section 5 says. Method: folded lines, blanks before the
// colon, names that are no tokens, control characters in values.
TEST(RequestHead, JudgesHeaderLines) {
  for (const std::string_view headers :
       {"A: b\r\n c\r\n", "A: b\r\n\tc\r\n", " A: b\r\n", "A : b\r\n", "A\t: b\r\n", ": b\r\n",
        "A\r\n", "A(: b\r\n", "A\x01: b\r\n", "\xC3\xA9: b\r\n", "A: b\x01\r\n", "A: b\x7F\r\n",
        "A: \x1B[0m\r\n"}) {
    EXPECT_EQ(with(headers)->fault, HeadFault::kMalformed) << headers;
  }
  EXPECT_EQ(with(std::string_view("A: b\0c\r\n", 8))->fault, HeadFault::kMalformed);
  EXPECT_EQ(with("A:\r\nB: \xC3\xA9\r\nC: a\tb\r\n")->fault, HeadFault::kNone);
  EXPECT_EQ(with("A: b:c\r\n")->head.header("a"), "b:c");
}

// Aim: signature headers stand at most once (section 18 step 3), others may repeat. Method: both.
TEST(RequestHead, RefusesRepeatedSignatures) {
  EXPECT_EQ(with("X-Twilio-Signature: a\r\nx-TWILIO-signature: a\r\n")->fault,
            HeadFault::kMalformed);
  EXPECT_EQ(with("Telnyx-Signature-Ed25519: a\r\nTelnyx-Signature-Ed25519: b\r\n")->fault,
            HeadFault::kMalformed);
  EXPECT_EQ(with("X-Twilio-Signature: a\r\nTelnyx-Signature-Ed25519: b\r\n")->fault,
            HeadFault::kNone);
  const auto repeated = with("X-Forwarded-For: a\r\nX-Forwarded-For: b\r\n");
  EXPECT_EQ(repeated->fault, HeadFault::kNone);
  EXPECT_EQ(repeated->head.count("x-forwarded-for"), 2U);
}

// Aim: lists of words are searched over all their headers. Method: Connection and Expect.
TEST(RequestHead, SearchesLists) {
  EXPECT_FALSE(with("Connection: keep-alive, close\r\n")->head.keeps_alive());
  EXPECT_FALSE(with("Connection: x\r\nConnection: CLOSE\r\n")->head.keeps_alive());
  EXPECT_TRUE(with("Connection: closed, not-close\r\n")->head.keeps_alive());
  EXPECT_TRUE(with("Expect: 100-continue\r\n")->head.expects_continue());
  EXPECT_FALSE(with("Expect: 200-ok\r\n")->head.expects_continue());
}

// Aim: a head that is parsed again shows nothing of the one before. Method: a long one, then a bare
// one.
TEST(RequestHead, ForgetsTheHeadBefore) {
  const auto judged = with("Host: a\r\nTransfer-Encoding: chunked\r\n");
  ASSERT_TRUE(judged->head.chunked());
  EXPECT_EQ(judged->head.parse("GET /b HTTP/1.1\r\n\r\n", {}), HeadFault::kNone);
  EXPECT_FALSE(judged->head.chunked());
  EXPECT_TRUE(judged->head.headers().empty());
  EXPECT_EQ(judged->head.path(), "/b");
  EXPECT_FALSE(judged->head.has_query());
}

// Aim: parse() itself takes any text. Method: texts no reader would hand it.
TEST(RequestHead, TakesAnyText) {
  RequestHead head;
  for (const std::string_view text :
       {"", "\r\n", "GET / HTTP/1.1", "GET / HTTP/1.1\r\n", "\r\n\r\n"}) {
    EXPECT_EQ(head.parse(text, {}), HeadFault::kMalformed) << text;
  }
  EXPECT_EQ(head.parse("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n\r\n", {}),
            HeadFault::kLineTooLong);
}

}  // namespace
}  // namespace hookflash
