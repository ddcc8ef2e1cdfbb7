// Aim: nothing of a request counts before it is complete and verified, and no door is open that the
// contract does not name. Method: requests in pieces and with parts that no signature covers, sent
// to the real appliance; a crypto that counts what it is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appliance/routes.h"
#include "base/hex.h"
#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kSid = "CA" + std::string(32, '7');

class CountingCrypto final : public Crypto {
 public:
  Sha256Digest sha256(Pieces message) override {
    ++asked;
    return real_.sha256(message);
  }
  Sha1Digest hmac_sha1(Bytes key, Pieces message) override {
    ++asked;
    return real_.hmac_sha1(key, message);
  }
  Sha256Digest hmac_sha256(Bytes key, Pieces message) override {
    ++asked;
    return real_.hmac_sha256(key, message);
  }
  bool ed25519_verify(Bytes public_key, Bytes message, Bytes signature) override {
    ++asked;
    return real_.ed25519_verify(public_key, message, signature);
  }
  uint64_t asked = 0;

 private:
  MbedCrypto real_;
};

class PlainPeer final : public Peer {
 public:
  void bytes(std::string_view bytes) override { (void)reader.feed(bytes, false); }
  HttpAnswerReader reader;
};

std::string text_of(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host;
  for (const std::string& header : request.headers) text += "\r\n" + header;
  return text + "\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" +
         request.body;
}

// B-WEB-1: while the body is not complete nothing is computed over it and nothing of it is acted
// on; its last byte makes it one request.
TEST(Verification, WaitsForTheWholeBody) {
  CountingCrypto crypto;
  World world({}, crypto);
  auto memory = std::make_unique<ApplianceMemory>();
  Appliance appliance(*memory,
                      {.crypto = crypto, .entropy = world.core_entropy(), .version = "test"},
                      DeviceKey{1});
  ASSERT_EQ(appliance.configure(box_config(), world.now()), Status::kOk);
  world.attach(appliance);
  const std::string text = text_of(signed_webhook(crypto, hook(kSid, "ringing").fields));
  const size_t head = text.find("\r\n\r\n") + 4;
  auto peer = std::make_shared<PlainPeer>();
  const LinkId link =
      world.network().connect(peer, in::Listener::kMain, false, IpAddress::from_v4({127, 0, 0, 1}));
  world.network().send_bytes(link, text.substr(0, head));
  world.run(Duration::ms(100));
  const uint64_t before = crypto.asked;
  for (size_t at = head; at + 1 < text.size(); ++at) {
    world.network().send_bytes(link, text.substr(at, 1));
    world.run(Duration::ms(10));
  }
  EXPECT_EQ(crypto.asked, before);
  EXPECT_EQ(appliance.calls().table().slots(), 0U);
  EXPECT_EQ(peer->reader.answer().status, 0);
  world.network().send_bytes(link, text.substr(text.size() - 1));
  world.run(Duration::ms(100));
  EXPECT_GT(crypto.asked, before);
  EXPECT_EQ(peer->reader.answer().status, 200);
  EXPECT_EQ(appliance.calls().table().slots(), 1U);
}

// B-WEB-1: what does not verify is not read as events, so it is 401 however little sense it makes;
// verified nonsense is 400, and neither leaves anything.
TEST(Verification, ComesBeforeReading) {
  Box box;
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  const Hook nonsense{.query = "", .fields = {{"CallStatus", "completed"}}};
  HttpRequest forged = request_of(box, nonsense);
  forged.body += "&More=1";
  EXPECT_EQ(box.world.request(forged).status, 401);
  EXPECT_EQ(send(box, nonsense).status, 400);
  HttpRequest ends = request_of(box, hook(kSid, "completed").as_status());
  ends.body += "&More=1";
  EXPECT_EQ(box.world.request(ends).status, 401);
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(send(box, hook(kSid, "completed").as_status()).status, 200);
  EXPECT_EQ(box.counts().live_calls, 0U);
}

// B-EVT-2: an identifier in a part of the request that no signature covers selects nothing: a body
// of a type that Twilio does not sign, a body under a signature of the URL alone, headers.
TEST(Verification, UnsignedPartsNameNoCall) {
  Box box;
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  const std::string ends = "CallSid=" + kSid + "&CallStatus=completed&Direction=inbound";
  // What the carrier itself once signed: this URL, without any parameter.
  const HttpRequest honest = signed_webhook(box.crypto, FormFields{});
  for (const char* type :
       {"text/plain", "application/json", "multipart/form-data; boundary=x", ""}) {
    HttpRequest request = honest;
    request.headers[0] = "Content-Type: " + std::string(type);
    request.body = ends;
    EXPECT_EQ(box.world.request(request).status, 401) << type;
  }
  // A signed JSON body is verified, by its hash in the query; it is no form, so it names no call.
  const std::string json = R"({"CallSid":")" + kSid + R"(","CallStatus":"completed"})";
  const Sha256Digest digest = box.crypto.sha256({bytes_of(json)});
  std::string hash(2 * digest.size(), '0');
  TextWriter hash_text(hash.data(), hash.size());
  write_hex(hash_text, digest);
  HttpRequest signed_json = signed_webhook(box.crypto, FormFields{}, "?bodySHA256=" + hash);
  signed_json.headers[0] = "Content-Type: application/json";
  signed_json.body = json;
  EXPECT_EQ(box.world.request(signed_json).status, 400);
  // Parameters in the query are covered by the signature, but a POST names its call in the form.
  const HttpRequest in_query =
      signed_webhook(box.crypto, {{"AccountSid", kAccountSid}}, "?" + ends);
  EXPECT_EQ(box.world.request(in_query).status, 400);
  HttpRequest headers = signed_webhook(box.crypto, {{"AccountSid", kAccountSid}});
  headers.headers.push_back("CallSid: " + kSid);
  headers.headers.push_back("X-Twilio-CallSid: " + kSid);
  EXPECT_EQ(box.world.request(headers).status, 400);
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(record_of(box, kSid)->core.state, CallState::kRinging);
}

// B-EVT-1: a callId that belongs to another carrier call is ignored, counted as mismatch; the call
// it names and the one that sends it stay as they are.
TEST(Verification, AnotherCallsIdIsAMismatch) {
  Box box(api_config());
  const std::string other = "CA" + std::string(32, '8');
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  ASSERT_EQ(send(box, hook(other, "ringing")).status, 200);
  const std::string query = "callId=" + std::string(record_of(box, kSid)->core.call_id.text());
  for (const std::string& sid : {other, "CA" + std::string(32, '9')}) {
    for (const char* status : {"completed", "in-progress", "busy"}) {
      const HttpAnswer answer = send(box, hook(sid, status, "inbound", query).as_status());
      EXPECT_EQ(answer.status, 200);
      EXPECT_THAT(answer.body, HasSubstr("<Response></Response>"));
      const HttpAnswer fetch = send(box, hook(sid, status, "inbound", query));
      EXPECT_EQ(fetch.status, 200);
      EXPECT_THAT(fetch.body, Not(HasSubstr("token")));
    }
  }
  EXPECT_EQ(box.counts().live_calls, 2U);
  EXPECT_EQ(record_of(box, kSid)->core.state, CallState::kRinging);
  EXPECT_EQ(record_of(box, other)->core.state, CallState::kRinging);
  const HttpAnswer metrics = box.world.request(
      {.target = "/metrics", .headers = {std::string("Authorization: Bearer ") + kToken}});
  EXPECT_THAT(metrics.body, HasSubstr("result=\"mismatch\"} "));
  EXPECT_THAT(metrics.body, HasSubstr("type=\"ended\",result=\"mismatch\"} 8"));
  // With its own id, or none, it is heard.
  EXPECT_EQ(send(box, hook(other, "completed").as_status()).status, 200);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-WEB-5: whoever brings neither signature nor token gets health, a document without a token, and
// a stream socket that is closed; nothing else, whatever path is tried.
TEST(Verification, NoOtherDoors) {
  for (const bool with_token : {true, false}) {
    Box box(with_token ? api_config() : box_config());
    ASSERT_EQ(box.configured, Status::kOk);
    for (const Route& route : kRoutes) {
      std::string path(route.path);
      if (route.id == RouteId::kWebhook) path = "/voice/webhook";
      if (route.id == RouteId::kStream) path = "/voice/stream";
      if (const size_t at = path.find("{id}"); at != std::string::npos) {
        path.replace(at, 4, "00000000-0000-4000-8000-000000000000");
      }
      const HttpAnswer answer = box.world.request(
          {.method = std::string(route.method),
           .target = path,
           .headers = {"Content-Type: application/x-www-form-urlencoded"},
           .body = route.method == "POST" ? "CallSid=" + kSid + "&CallStatus=ringing" : ""});
      switch (route.id) {
        case RouteId::kHealth: EXPECT_EQ(answer.status, 200); break;
        case RouteId::kTwiml:
          EXPECT_EQ(answer.status, 200);
          EXPECT_THAT(answer.body, Not(HasSubstr("token")));
          EXPECT_THAT(answer.body, Not(HasSubstr("Parameter")));
          break;
        case RouteId::kWebhook: EXPECT_EQ(answer.status, 401); break;
        case RouteId::kStream:
        case RouteId::kWs: EXPECT_EQ(answer.status, 400) << "not an upgrade"; break;
        default:
          EXPECT_EQ(answer.status, with_token ? 401 : 404) << route.method << ' ' << path;
          break;
      }
    }
    for (const char* path : {"/",
                             "/index.html",
                             "/voice",
                             "/voice/",
                             "/voice/webhook/",
                             "/voice/webhook/hold",
                             "/voice/hold-music",
                             "/hold-music",
                             "/hold",
                             "/music",
                             "/voice/twiml",
                             "/twiml/",
                             "/status",
                             "/voice/status",
                             "/admin",
                             "/admin/",
                             "/assets",
                             "/api",
                             "/api/",
                             "/api/v1",
                             "/api/v1/",
                             "/api/v2/calls",
                             "/debug",
                             "/debug/pprof",
                             "/config",
                             "/log",
                             "/logs",
                             "/call",
                             "/call/outbound/",
                             "/calls",
                             "/healthz",
                             "/health/",
                             "/metrics/",
                             "/ws/",
                             "/favicon.ico",
                             "/robots.txt",
                             "/.well-known/acme-challenge/x",
                             "/.env",
                             "/recordings",
                             "*"}) {
      for (const char* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
        const HttpAnswer answer = box.world.request({.method = method, .target = path});
        EXPECT_TRUE(answer.status == 404 || answer.status == 400)
            << method << ' ' << path << ": " << answer.status;
      }
    }
    const auto stream = RawStream::open(box.world);
    box.world.run(Duration::ms(200));
    stream->start(kSid, std::string(104, '0'));
    box.world.run(Duration::ms(200));
    EXPECT_EQ(stream->close_code, 1008U);
    EXPECT_THAT(stream->messages, IsEmpty());
    EXPECT_EQ(box.counts().call_slots, 0U);
  }
}

}  // namespace
}  // namespace hookflash::sim
