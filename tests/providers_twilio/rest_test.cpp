// Aim: what goes to Twilio's REST API has the documented parameters, and its answers are read by
// the rule that only what is certain counts. Method: byte comparison and a table of answers.
#include "providers/twilio/rest.h"

#include <gtest/gtest.h>

#include <string>

namespace hookflash::twilio {
namespace {

template <typename Write>
std::string written(Write write) {
  std::string memory(32768, '\0');
  TextWriter out(memory.data(), memory.size());
  write(out);
  EXPECT_FALSE(out.overflowed());
  return std::string(out.view());
}

// B-PRV-3: only api.twilio.com and api.{edge}.{us1, ie1, au1}.twilio.com.
TEST(TwilioRest, HostGuard) {
  for (const char* good : {"api.twilio.com", "api.dublin.ie1.twilio.com",
                           "api.ashburn-ix.us1.twilio.com", "api.sydney.au1.twilio.com"}) {
    EXPECT_TRUE(is_allowed_host(good)) << good;
  }
  for (const char* bad : {"", "twilio.com", "api.twilio.com.evil.com", "evil-api.twilio.com",
                          "api.ie1.twilio.com", "api..ie1.twilio.com", "api.a.b.ie1.twilio.com",
                          "api.dublin.br1.twilio.com", "API.TWILIO.COM", "api.-x.us1.twilio.com",
                          "api.x-.us1.twilio.com", "api.evil.com/.us1.twilio.com", "127.0.0.1"}) {
    EXPECT_FALSE(is_allowed_host(bad)) << bad;
  }
}

TEST(TwilioRest, RegionAndEdgeChooseTheHost) {
  const auto host = [](std::string_view region, std::string_view edge) {
    return written([&](TextWriter& out) { write_host(region, edge, out); });
  };
  EXPECT_EQ(host("", ""), "api.twilio.com");
  EXPECT_EQ(host("ie1", ""), "api.dublin.ie1.twilio.com");
  EXPECT_EQ(host("", "tokyo"), "api.tokyo.us1.twilio.com");
  EXPECT_EQ(host("au1", "sydney"), "api.sydney.au1.twilio.com");
  for (const char* region : {"", "us1", "ie1", "au1"})
    EXPECT_TRUE(is_allowed_host(host(region, "")));
}

// Twilio's create parameters by name; the plus of a number arrives as a plus. B-TWI-1: four status
// events.
TEST(TwilioRest, InitiateByUrl) {
  DialRequest dial{.to = "+15550001111", .from = "+15552223333"};
  dial.url = "https://b.example/v?callId=1#rc=2&rp=5xx,ct";
  dial.status_url = "https://b.example/v?callId=1&type=status";
  dial.ring_seconds = 0;
  dial.limit_seconds = 360;
  EXPECT_EQ(
      written([&](TextWriter& out) { write_initiate_body(dial, out); }),
      "To=%2B15550001111&From=%2B15552223333&Url=https%3A%2F%2Fb.example%2Fv%3FcallId%3D1%23rc%3D2"
      "%26rp%3D5xx%2Cct&Method=POST&StatusCallback=https%3A%2F%2Fb.example%2Fv%3FcallId%3D1%26type"
      "%3Dstatus&StatusCallbackMethod=POST&StatusCallbackEvent=initiated&StatusCallbackEvent="
      "ringing"
      "&StatusCallbackEvent=answered&StatusCallbackEvent=completed&Timeout=1&TimeLimit=360");
}

TEST(TwilioRest, InitiateInlineAndClampedRingTime) {
  DialRequest dial{.to = "a", .from = "b", .document = "<Response/>", .ring_seconds = 5000};
  const std::string body = written([&](TextWriter& out) { write_initiate_body(dial, out); });
  EXPECT_NE(body.find("&Twiml=%3CResponse%2F%3E&"), std::string::npos);
  EXPECT_EQ(body.find("Url="), std::string::npos);
  EXPECT_NE(body.find("&Timeout=600&"), std::string::npos);
}

TEST(TwilioRest, Headers) {
  EXPECT_EQ(
      written([](TextWriter& out) { write_headers("AC1", "secret", out); }),
      "Authorization: Basic QUMxOnNlY3JldA==\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Accept: application/json\r\n");
}

TEST(TwilioRest, CreateAnswers) {
  using Kind = RestOutcome::Kind;
  const auto read = [](uint16_t status, std::string_view body) {
    return read_answer(Operation::kInitiate, status, body);
  };
  EXPECT_EQ(read(201, R"({"sid":"CA1","status":"queued"})").kind, Kind::kOk);
  EXPECT_EQ(read(201, R"({"sid":"CA1","status":"queued"})").provider_call_id, "CA1");
  EXPECT_EQ(read(400, R"({"code":21211,"message":"x"})").kind, Kind::kRefused);
  EXPECT_EQ(read(400, R"({"code":21211,"message":"x"})").code, "21211");
  EXPECT_EQ(read(401, "").kind, Kind::kRefused);
  EXPECT_EQ(read(401, "").code, "401");
  EXPECT_EQ(read(429, R"({"code":20429})").kind, Kind::kRefused);
  // B-OUT-7: these leave the outcome open. B-PRV-4: malformed and empty bodies are no reason to
  // crash.
  for (const char* body : {"", "{", "[]", R"({"sid":""})", "\xff"}) {
    EXPECT_EQ(read(201, body).kind, Kind::kUnknown) << body;
  }
  EXPECT_EQ(read(500, R"({"code":1})").kind, Kind::kUnknown);
  EXPECT_EQ(read(302, "").kind, Kind::kUnknown);
}

// B-PRV-5: of a carrier's error nothing is kept but its short code; what stands there instead, or
// beside it, leaves no trace.
TEST(TwilioRest, ErrorsKeepTheirCodeOnly) {
  for (const char* body :
       {R"({"code":4155551234,"message":"call to +14155551234"})", R"({"code":"21211"})",
        R"({"code":-21211})", R"({"code":2.1e4})", R"({"code":1234567})", R"({"code":[21211]})",
        R"({"code":"12345678901234567890123456789012"})", R"({"message":"AuthToken=1234"})"}) {
    for (const Operation operation :
         {Operation::kInitiate, Operation::kHangup, Operation::kStatus, Operation::kUpdate}) {
      const RestOutcome outcome = read_answer(operation, 400, body);
      EXPECT_EQ(outcome.code, "400") << body;
      EXPECT_TRUE(outcome.provider_call_id.empty()) << body;
    }
  }
}

// B-PRV-1: terminal only on 404 or a terminal word, active only on a known live word, else unknown.
TEST(TwilioRest, StatusAnswers) {
  using Kind = RestOutcome::Kind;
  const auto read = [](uint16_t status, std::string_view body) {
    return read_answer(Operation::kStatus, status, body);
  };
  EXPECT_EQ(read(404, "").kind, Kind::kNotFound);
  EXPECT_EQ(read(200, R"({"status":"ringing"})").kind, Kind::kActive);
  EXPECT_FALSE(read(200, R"({"status":"ringing"})").answered);
  EXPECT_TRUE(read(200, R"({"status":" In-Progress "})").answered);
  EXPECT_EQ(read(200, R"({"status":"busy"})").kind, Kind::kTerminal);
  EXPECT_EQ(read(200, R"({"status":"busy"})").reason, EndReason::kBusy);
  EXPECT_EQ(read(200, R"({"status":"canceled","direction":"inbound"})").reason,
            EndReason::kHangupUser);
  EXPECT_EQ(read(200, R"({"status":"canceled","direction":"outbound-api"})").reason,
            EndReason::kHangupBot);
  for (const int code : {401, 403, 429, 500, 503, 302}) {
    const auto status = static_cast<uint16_t>(code);
    EXPECT_EQ(read(status, R"({"status":"completed"})").kind, Kind::kUnknown) << status;
  }
  EXPECT_EQ(read(200, R"({"status":"exploded"})").kind, Kind::kUnknown);
  EXPECT_EQ(read(200, "not json").kind, Kind::kUnknown);
  EXPECT_EQ(read(200, "").kind, Kind::kUnknown);
}

// B-HUP-1 and B-TWI-4: 2xx and 404 are success; 21220 is for getCallStatus to decide.
TEST(TwilioRest, HangupAnswers) {
  using Kind = RestOutcome::Kind;
  EXPECT_EQ(read_answer(Operation::kHangup, 200, "").kind, Kind::kOk);
  EXPECT_EQ(read_answer(Operation::kHangup, 404, R"({"code":20404})").kind, Kind::kNotFound);
  EXPECT_EQ(read_answer(Operation::kHangup, 400, R"({"code":21220})").kind, Kind::kNotInProgress);
  EXPECT_EQ(read_answer(Operation::kHangup, 403, "").kind, Kind::kRefused);
  EXPECT_EQ(read_answer(Operation::kHangup, 503, "").kind, Kind::kUnknown);
}

// B-EVT-6.
TEST(TwilioRest, StatusWords) {
  EXPECT_EQ(read_call_status("COMPLETED", Direction::kInbound).reason, EndReason::kCompleted);
  EXPECT_EQ(read_call_status("\t no-answer \r\n", Direction::kOutbound).reason,
            EndReason::kNoAnswer);
  EXPECT_EQ(read_call_status("in-progress", Direction::kInbound).type, EventType::kAnswered);
  for (const char* unknown : {"", " ", "complete", "completed!", "terminated", "no answer"}) {
    EXPECT_FALSE(read_call_status(unknown, Direction::kInbound).known) << unknown;
  }
}

}  // namespace
}  // namespace hookflash::twilio
