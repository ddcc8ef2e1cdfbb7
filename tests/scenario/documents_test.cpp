// Aim: GET /twiml is an inbound call's answer for whoever signs and a sample without a token for
// whoever does not (contract section 24). Method: fetches of the real appliance with two lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecondToken = "abcdefabcdefabcdefabcdefabcdefab";

// Line `old` belongs to a carrier that answers otherwise; `main` and `shop` are Twilio's.
std::string lines_config(const std::string& policy = "open") {
  return R"({"inboundPolicy":")" + policy +
         R"(","lines":[{"id":"old","provider":"telnyx","serve":{"path":"/old"}},)"
         R"({"id":"main","provider":"twilio","publicUrl":"https://box.example.com","accountSid":")" +
         std::string(kAccountSid) + R"(","authToken":")" + std::string(kAuthToken) +
         R"(","fromNumber":"+15550001000"},{"id":"shop","provider":"twilio","serve":{"path":"/shop"},)"
         R"("publicUrl":"https://shop.example.com","accountSid":"AC00000000000000000000000000000002",)"
         R"("authToken":")" +
         std::string(kSecondToken) + R"(","fromNumber":"+15550002000"}]})";
}

// As Twilio signs a GET: the URL with its parameters, nothing else.
HttpRequest fetch(Box& box, const std::string& target, const std::string& host,
                  std::string_view token) {
  char signature[twilio::carrier::kSignatureBytes];
  TextWriter text(signature);
  twilio::carrier::write_signature(box.crypto, token, "https://" + host + target, {}, text);
  return {.method = "GET",
          .target = target,
          .headers = {"X-Twilio-Signature: " + std::string(text.view())},
          .host = host};
}

std::string parameters(const std::string& sid, const std::string& from = "%2B15551234567") {
  return "CallSid=" + sid + "&From=" + from +
         "&To=%2B15550001000&Direction=inbound&CallStatus=ringing";
}

// A line whose carrier this build does not have serves no webhook: nobody there could verify it.
TEST(Documents, NoWebhookWithoutItsCarrier) {
  Box box(lines_config());
  const HttpAnswer answer =
      box.world.request(fetch(box, "/old?" + parameters("CA1"), "box.example.com", kAuthToken));
  EXPECT_EQ(answer.status, 404);
}

// B-API-3 and the table of section 24: unsigned, the first Twilio line's document without a token;
// `?line=` chooses another; none of it makes a call.
TEST(Documents, UnsignedSample) {
  Box box(lines_config());
  ASSERT_EQ(box.configured, Status::kOk);
  const HttpAnswer first = box.world.get("/twiml");
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.body, HasSubstr("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
  EXPECT_THAT(first.body, HasSubstr("<Stream url=\"wss://box.example.com/voice/stream\""));
  EXPECT_THAT(first.body, Not(HasSubstr("token")));
  EXPECT_EQ(box.world.get("/twiml?line=main").body, first.body);
  EXPECT_EQ(box.world.get("/twiml?line=%6dain").body, first.body);
  const HttpAnswer shop = box.world.get("/twiml?x=1&line=shop");
  EXPECT_THAT(shop.body, HasSubstr("wss://shop.example.com/voice/stream"));
  EXPECT_THAT(shop.body, Not(HasSubstr("token")));
  for (const char* none : {"/twiml?line=nobody", "/twiml?line=", "/twiml?line=old",
                           "/twiml?line=%00", "/twiml?line=%zz"}) {
    EXPECT_EQ(box.world.get(none).status, 404) << none;
  }
  EXPECT_EQ(box.world.get("/twiml?line=" + std::string(300, 'a')).status, 404);
  // Parameters of a call without a signature are nobody's call.
  EXPECT_THAT(box.world.get("/twiml?" + parameters(std::string(kRawCallSid))).body,
              Not(HasSubstr("token")));
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// The table of section 24: signed, it is an inbound answer fetch of its line: policy, admission,
// token; by its own line's token only.
TEST(Documents, SignedFetch) {
  Box box(lines_config());
  const std::string sid(kRawCallSid);
  const HttpAnswer first =
      box.world.request(fetch(box, "/twiml?" + parameters(sid), "box.example.com", kAuthToken));
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.body, HasSubstr("name=\"token\""));
  ASSERT_NE(box.appliance.calls().table().get(box.appliance.calls().table().find(1, sid)), nullptr);
  const std::string other = "CA" + std::string(32, '9');
  const std::string target = "/twiml?line=shop&" + parameters(other);
  for (const auto& [host, token] : {std::pair("shop.example.com", std::string(kAuthToken)),
                                    std::pair("box.example.com", std::string(kAuthToken)),
                                    std::pair("box.example.com", std::string(kSecondToken))}) {
    EXPECT_EQ(box.world.request(fetch(box, target, host, token)).status, 401) << host;
  }
  EXPECT_EQ(box.counts().call_slots, 1U);
  const HttpAnswer shop = box.world.request(fetch(box, target, "shop.example.com", kSecondToken));
  EXPECT_EQ(shop.status, 200);
  EXPECT_THAT(shop.body, HasSubstr("wss://shop.example.com/voice/stream"));
  EXPECT_NE(box.appliance.calls().table().get(box.appliance.calls().table().find(2, other)),
            nullptr);
  // Refused by policy like any inbound call.
  Box closed(lines_config("disabled"));
  EXPECT_THAT(
      closed.world
          .request(fetch(closed, "/twiml?" + parameters(sid), "box.example.com", kAuthToken))
          .body,
      HasSubstr("<Reject reason=\"rejected\"/>"));
}

}  // namespace
}  // namespace hookflash::sim
