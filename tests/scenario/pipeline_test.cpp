// Aim: the steps of contract section 18 in exactly their order, by the whole appliance; the first
// that applies answers. Method: raw requests to a webhook path, each wrong in one way, then in two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

const std::string kSid = "CA" + std::string(32, '4');

class Wire final : public Peer {
 public:
  void bytes(std::string_view bytes) override {
    received.append(bytes);
    (void)reader.feed(bytes, false);
  }
  void closed(uint16_t) override { is_closed = true; }
  HttpAnswerReader reader;
  std::string received;
  bool is_closed = false;
  LinkId link = 0;
};

class Pipeline : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(box.configured, Status::kOk); }

  std::shared_ptr<Wire> open(IpAddress from = IpAddress::from_v4({127, 0, 0, 1})) {
    auto wire = std::make_shared<Wire>();
    wire->link = box.world.network().connect(wire, in::Listener::kMain, false, from);
    return wire;
  }
  // Sends the text and gives it time to be answered.
  std::shared_ptr<Wire> send_text(const std::string& text) {
    auto wire = open();
    box.world.network().send_bytes(wire->link, text);
    box.world.run(Duration::ms(200));
    return wire;
  }
  int status_of(const std::string& text) { return send_text(text)->reader.answer().status; }

  // A request of the carrier's as text, in parts that a test replaces.
  struct Parts {
    std::string method = "POST";
    std::string target = "/voice/webhook";
    std::string version = "HTTP/1.1";
    std::string type = "application/x-www-form-urlencoded";
    std::string signature;  // Empty: no header.
    std::string body;
    std::string more;    // Header lines, each with its end.
    std::string length;  // In place of the body's.

    [[nodiscard]] std::string text() const {
      std::string all = method + " " + target + " " + version + "\r\nHost: box.example.com\r\n";
      all += "Content-Type: " + type + "\r\n";
      if (!signature.empty()) all += "X-Twilio-Signature: " + signature + "\r\n";
      if (length != "none") {
        all +=
            "Content-Length: " + (length.empty() ? std::to_string(body.size()) : length) + "\r\n";
      }
      return all + more + "\r\n" + body;
    }
  };
  Parts parts(const Hook& hook) {
    const HttpRequest request = request_of(box, hook);
    Parts result;
    result.target = request.target;
    result.signature = request.headers[1].substr(std::string("X-Twilio-Signature: ").size());
    result.body = request.body;
    return result;
  }
  Parts good() { return parts(hook(kSid, "ringing")); }
  void expect_untouched() {
    EXPECT_EQ(box.counts().call_slots, 0U);
    EXPECT_EQ(box.appliance.calls().history().size(), 0U);
  }

  Box box{api_config()};
};

// Steps 2 to 9 and 11, each by itself; nothing of it reaches the calls.
TEST_F(Pipeline, EachStep) {
  const auto with = [&](const std::function<void(Parts&)>& change) {
    Parts changed = good();
    change(changed);
    return changed.text();
  };
  const struct {
    const char* what;
    std::string text;
    int status;
    bool closes;
  } rows[] = {
      {"2: line", with([](Parts& p) { p.target += "?" + std::string(2100, 'a'); }), 414, true},
      {"2: headers", with([](Parts& p) { p.more = "X-A: " + std::string(8200, 'a') + "\r\n"; }),
       431, true},
      {"3: version", with([](Parts& p) { p.version = "HTTP/2.0"; }), 400, true},
      {"3: 1.0 without length", with([](Parts& p) {
         p.version = "HTTP/1.0";
         p.length = "none";
       }),
       400, true},
      {"3: two lengths", with([](Parts& p) { p.more = "Content-Length: 5\r\n"; }), 400, true},
      {"3: length", with([](Parts& p) { p.length = "+5"; }), 400, true},
      {"3: length and encoding", with([](Parts& p) { p.more = "Transfer-Encoding: chunked\r\n"; }),
       400, true},
      {"3: encoding", with([](Parts& p) {
         p.length = "none";
         p.more = "Transfer-Encoding: gzip\r\n";
       }),
       400, true},
      {"3: two signatures", with([](Parts& p) { p.more = "x-twilio-signature: a\r\n"; }), 400,
       true},
      {"3: NUL", with([](Parts& p) { p.target = "/voice%00/webhook"; }), 400, true},
      {"3: escape", with([](Parts& p) { p.target = "/voice%zz/webhook"; }), 400, true},
      {"5: path", with([](Parts& p) { p.target = "/voice/webhooks"; }), 404, false},
      {"5: decoded twice", with([](Parts& p) { p.target = "/voice%252Fwebhook"; }), 404, false},
      {"5: dots", with([](Parts& p) { p.target = "/voice/../voice/webhook"; }), 404, false},
      {"6: method", with([](Parts& p) { p.method = "PUT"; }), 405, false},
      {"7: no signature", with([](Parts& p) { p.signature.clear(); }), 401, true},
      {"9: announced size", with([](Parts& p) { p.length = "65537"; }), 413, true},
      {"11: signature", with([](Parts& p) { p.signature = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="; }), 401,
       false},
      {"11: changed body", with([](Parts& p) { p.body += "&A=1"; }), 401, false},
      {"11: truncated body", with([](Parts& p) { p.body.resize(p.body.size() - 1); }), 401, false},
      {"11: other type", with([](Parts& p) { p.type = "text/plain"; }), 401, false},
      {"11: not base64", with([](Parts& p) { p.signature = "<script>"; }), 401, false},
  };
  for (const auto& row : rows) {
    const auto wire = send_text(row.text);
    EXPECT_EQ(wire->reader.answer().status, row.status) << row.what;
    if (row.closes) {
      EXPECT_EQ(wire->reader.answer().header("connection"), "close") << row.what;
    }
    expect_untouched();
  }
  EXPECT_EQ(send_text(with([](Parts& p) { p.method = "GET"; }))->reader.answer().header("allow"),
            "POST");
  EXPECT_EQ(status_of(good().text()), 200);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// Two faults at once: the earlier step answers.
TEST_F(Pipeline, TheFirstThatAppliesAnswers) {
  Parts p = good();
  p.version = "HTTP/3";
  p.target += "?" + std::string(2100, 'a');
  EXPECT_EQ(status_of(p.text()), 414) << "2 before 3";
  p = good();
  p.target = "/nowhere";
  p.more = "X-Twilio-Signature: again\r\n";
  EXPECT_EQ(status_of(p.text()), 400) << "3 before 5";
  p = good();
  p.target = "/nowhere";
  p.method = "DELETE";
  EXPECT_EQ(status_of(p.text()), 404) << "5 before 6";
  p = good();
  p.method = "DELETE";
  p.signature.clear();
  EXPECT_EQ(status_of(p.text()), 405) << "6 before 7";
  p = good();
  p.signature.clear();
  p.length = "99999999999999999999";
  EXPECT_EQ(status_of(p.text()), 401) << "7 before 9";
  p = good();
  p.signature = "wrong";
  p.length = "65537";
  EXPECT_EQ(status_of(p.text()), 413) << "9 before 11";
  p = good();
  p.signature = "wrong";
  p.body = "nonsense";
  EXPECT_EQ(status_of(p.text()), 401) << "11 before 14";
  expect_untouched();
}

// Steps 2 and 10: 5 s for the head, then 5 s for the body, a byte at a time too.
TEST_F(Pipeline, SlowSenders) {
  const std::string text = good().text();
  const size_t head = text.find("\r\n\r\n") + 4;
  auto in_head = open();
  auto in_body = open();
  box.world.network().send_bytes(in_body->link, text.substr(0, head));
  for (size_t i = 0; i < 48; ++i) {
    box.world.network().send_bytes(in_head->link, text.substr(i, 1));
    box.world.network().send_bytes(in_body->link, text.substr(head + i, 1));
    box.world.run(Duration::ms(100));
  }
  EXPECT_EQ(in_head->received, "");
  EXPECT_EQ(in_body->received, "");
  box.world.run(Duration::seconds(1));
  EXPECT_EQ(in_head->reader.answer().status, 408);
  EXPECT_EQ(in_body->reader.answer().status, 408);
  box.world.run(Duration::seconds(5));
  EXPECT_TRUE(in_head->is_closed);
  EXPECT_TRUE(in_body->is_closed);
  expect_untouched();
}

// Step 8: 8 requests in flight from one source, 16 in all; the body of the next is not read. What
// the API has in flight is counted apart.
TEST_F(Pipeline, RequestsInFlight) {
  const std::string text = good().text();
  const std::string head = text.substr(0, text.find("\r\n\r\n") + 4);
  std::vector<std::shared_ptr<Wire>> wires;
  const auto half = [&](uint8_t last) {
    wires.push_back(open(IpAddress::from_v4({203, 0, 113, last})));
    box.world.network().send_bytes(wires.back()->link, head);
    box.world.run(Duration::ms(20));
    return wires.back()->reader.answer();
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(half(1).status, 0);
  const HttpAnswer ninth = half(1);
  EXPECT_EQ(ninth.status, 429);
  EXPECT_EQ(ninth.header("retry-after"), "1");
  for (int i = 0; i < 8; ++i) EXPECT_EQ(half(2).status, 0);
  const HttpAnswer seventeenth = half(3);
  EXPECT_EQ(seventeenth.status, 503);
  EXPECT_EQ(seventeenth.header("retry-after"), "1");
  EXPECT_EQ(box.world.get("/health").status, 200);
  EXPECT_EQ(post(box, "/call/outbound", "{}").status, 400);
  box.world.network().drop(wires[0]->link);
  box.world.run(Duration::ms(100));
  EXPECT_EQ(half(3).status, 0) << "a place is free again";
}

// Step 14: verified, but no call's parameters: 400, and the key is free: the same again is 400, no
// replay. Truncated escapes, invalid UTF-8, NULs, no or over-long identifiers.
TEST_F(Pipeline, WhatCannotBeRead) {
  const std::vector<FormFields> bad = {
      {},
      {{"A", "1"}},
      {{"CallSid", ""}},
      {{"CallSid", std::string(129, 'C')}},
      {{"CallStatus", "completed"}},
      {{"CallSid", kSid}, {"CallStatus", "ringing"}, {"From", "\xff"}},
      {{"CallSid", kSid}, {"CallStatus", "ringing"}, {"From", std::string("\0+1555", 6)}},
      {{"CallSid", kSid}, {"CallStatus", "ringing"}, {"\xc3(", "x"}},
  };
  for (const FormFields& fields : bad) {
    const Parts p = parts({.query = "", .fields = fields});
    for (int i = 0; i < 2; ++i) EXPECT_EQ(status_of(p.text()), 400);
  }
  expect_untouched();
  EXPECT_EQ(box.appliance.calls().keys().size(), 0U);
  // Texts that people read may be any text.
  EXPECT_EQ(send(box, {.query = "",
                       .fields = {{"CallSid", kSid},
                                  {"CallStatus", "ringing"},
                                  {"Direction", "inbound"},
                                  {"From", "<&>'\"%00%ff\r\n"},
                                  {"To", std::string(500, 'x')}}})
                .status,
            200);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-WEB-7, step 11: 256 parameters nobody knows are part of what is signed and do no harm; more
// than can be verified are not verified.
TEST_F(Pipeline, ManyParameters) {
  const auto with = [&](size_t more, const std::string& sid) {
    std::string text = "CallSid=" + sid + "&CallStatus=ringing&Direction=inbound&From=1&To=2";
    std::string signed_text = "https://box.example.com/voice/webhookCallSid" + sid +
                              "CallStatusringingDirectioninboundFrom1To2";
    for (size_t i = 0; i < more; ++i) {
      const std::string name = "Z" + std::to_string(1000 + i);
      text += "&" + name + "=v";
      signed_text += name + "v";
    }
    const Sha1Digest digest = box.crypto.hmac_sha1(bytes_of(kAuthToken), {bytes_of(signed_text)});
    Parts p;
    p.signature.resize(base64_encoded_size(digest.size()));
    p.signature.resize(base64_encode(digest, p.signature.data()));
    p.body = text;
    return status_of(p.text());
  };
  EXPECT_EQ(with(251, "CA1"), 200);
  EXPECT_EQ(with(500, "CA2"), 200);
  EXPECT_EQ(with(600, "CA3"), 401);
  EXPECT_EQ(with(5000, "CA4"), 401);
  EXPECT_EQ(box.counts().live_calls, 2U);
}

// A chunked body is the same body; one that breaks off or is framed badly is none.
TEST_F(Pipeline, ChunkedBodies) {
  Parts p = good();
  const std::string body = p.body;
  p.length = "none";
  p.more = "Transfer-Encoding: chunked\r\n";
  char size[8];
  std::snprintf(size, sizeof size, "%zx", body.size() - 7);
  p.body = "zz\r\n" + body;
  EXPECT_EQ(status_of(p.text()), 400);
  p.body = "ffffffff\r\n" + body;
  EXPECT_EQ(status_of(p.text()), 413);
  expect_untouched();
  p.body = "7;x=y\r\n" + body.substr(0, 7) + "\r\n" + size + "\r\n" + body.substr(7) +
           "\r\n0\r\nTrailer: 1\r\n\r\n";
  EXPECT_EQ(status_of(p.text()), 200);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// Step 4: once the drain is over nothing is served any more; until then webhooks are.
TEST_F(Pipeline, AfterTheDrain) {
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(4));
  box.world.twilio().carrier().settings().update = {
      .what = twilio::carrier::RestFault::What::kSilent, .permille = 1000};
  box.world.stop(in::StopMode::kEnd);
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(status_of(parts(hook(kSid, "completed").as_status()).text()), 200);
  box.world.run(Duration::ms(4500));  // 10 s in all, then the calls are left to the carrier.
  auto late = open();
  const std::string text = good().text();
  box.world.network().send_bytes(late->link, text.substr(0, 10));
  box.world.run(Duration::ms(700));
  box.world.network().send_bytes(late->link, text.substr(10));
  ASSERT_TRUE(box.world.run_until([&] { return late->is_closed; }, Duration::seconds(10)));
  EXPECT_EQ(late->reader.answer().status, 503);
  EXPECT_EQ(late->reader.answer().header("connection"), "close");
}

}  // namespace
}  // namespace hookflash::sim
