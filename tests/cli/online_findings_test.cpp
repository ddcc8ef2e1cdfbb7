// Aim: `check --online` says in plain words what is wrong, believes no answer further than it must,
// and shows nothing of one as it came. Method: answers of carriers and proxies, good, wrong and
// hostile, given to the functions that judge them.
#include "platform/linux/cli/online_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/linux/cli/call_text.h"

namespace hookflash::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kNumber = "+15551234567";
constexpr std::string_view kExpected = "https://box.example.com/voice/webhook#rc=2&rp=5xx,ct";

std::string entry(const std::string& more, const std::string& number = std::string(kNumber)) {
  return R"({"phone_number":")" + number + "\"" + more + "}";
}
std::string list(const std::string& entries) {
  return R"({"incoming_phone_numbers":[)" + entries + R"(],"page":0})";
}
std::string good_entry() {
  return entry(R"(,"voice_url":")" + std::string(kExpected) + R"(","voice_method":"POST",)" +
               R"("status_callback":")" + std::string(kExpected) +
               R"(","voice_application_sid":"","trunk_sid":null)");
}

std::vector<std::string> judge(const Reply& reply, std::string_view number = kNumber) {
  std::vector<Finding> findings;
  judge_numbers(reply, "main", number, kExpected, "api.twilio.com", findings);
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(std::string(word_of(finding.result)) + " " + finding.subject + ": " +
                  finding.text);
  }
  return out;
}
std::vector<std::string> judge(int status, const std::string& body) {
  return judge({.status = static_cast<uint16_t>(status), .body = body});
}

TEST(OnlineFindings, AllIsWell) {
  EXPECT_THAT(judge(200, list(good_entry())),
              ElementsAre("good credentials: the carrier takes them",
                          "good webhook: the webhook of +15551234567 is this box's"));
}

TEST(OnlineFindings, CredentialsAreRefusedOrCannotBeTried) {
  EXPECT_THAT(judge(401, R"({"code":20003})"),
              ElementsAre(StartsWith("wrong credentials: the carrier refuses them")));
  EXPECT_THAT(judge(403, "{}"), ElementsAre(HasSubstr("does not let them")));
  EXPECT_THAT(judge(404, "{}"), ElementsAre(HasSubstr("does not let them")));
  EXPECT_THAT(judge(429, "{}"), ElementsAre(StartsWith("warning credentials: could not be tried")));
  EXPECT_THAT(judge(500, "{}"), ElementsAre(HasSubstr("no answer of a carrier (HTTP 500)")));
  for (const auto failure :
       {in::RestFailure::kUnreachable, in::RestFailure::kTls, in::RestFailure::kTlsTime,
        in::RestFailure::kRefusedHost, in::RestFailure::kBroken, in::RestFailure::kTimeout,
        in::RestFailure::kTooLarge}) {
    EXPECT_THAT(judge({.failure = failure}),
                ElementsAre(HasSubstr(std::string(reason_of(failure)))));
  }
}

TEST(OnlineFindings, HostileAnswersAreNoAnswers) {
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("{"),
        std::string(R"({"incoming_phone_numbers":7})"),
        std::string(R"({"incoming_phone_numbers":{"phone_number":"+15551234567"}})"),
        R"({"incoming_phone_numbers":)" + std::string(1000, '[') + std::string(1000, ']') + "}",
        std::string("{\"incoming_phone_numbers\":[\"\0\"]}", 29)}) {
    EXPECT_THAT(judge(200, body), ElementsAre(HasSubstr("no answer of a carrier"))) << body;
  }
  // Entries that are none, and members of the wrong kind.
  EXPECT_THAT(judge(200, list("7,null,[],{}")),
              ElementsAre(::testing::_, HasSubstr("no number of this account")));
  EXPECT_THAT(judge(200, list(entry(R"(,"voice_url":7,"voice_method":[])"))),
              ElementsAre(::testing::_, HasSubstr("has no webhook")));
  const auto shown = judge(
      200, list(entry(R"(,"voice_url":"http://evil\u001b[31m\n)" + std::string(5000, 'x') + "\"")));
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_THAT(shown[1], HasSubstr("http://evil?[31m?xxx"));
  EXPECT_LT(shown[1].size(), 600U);
}

TEST(OnlineFindings, WebhookIsAnother) {
  const auto second = [](const std::string& more) {
    const auto all = judge(200, list(entry(more)));
    return all.size() > 1 ? all[1] : std::string();
  };
  // The filter of the carrier also finds numbers that contain ours.
  EXPECT_THAT(judge(200, list(entry("", "+155512345678"))),
              ElementsAre(::testing::_, HasSubstr("no number of this account")));
  EXPECT_EQ(judge(200, list(entry("", "+155512345678") + "," + good_entry())).size(), 2U);
  EXPECT_THAT(second(R"(,"voice_url":"https://other.example.com/voice/webhook")"),
              HasSubstr("calls https://other.example.com/voice/webhook; it should be"));
  EXPECT_THAT(second(R"(,"voice_url":"https://box.example.com/voice/webhook/")"),
              StartsWith("wrong webhook"));
  EXPECT_THAT(second(R"(,"voice_url":"")"), HasSubstr("has no webhook"));
  EXPECT_THAT(second(R"(,"voice_url":"https://box.example.com/voice/webhook",)"
                     R"("voice_method":"GET")"),
              HasSubstr("it should be POST"));
  EXPECT_THAT(
      second(R"(,"voice_application_sid":"AP1","voice_url":")" + std::string(kExpected) + "\""),
      HasSubstr("the TwiML App AP1"));
  EXPECT_THAT(second(R"(,"trunk_sid":"TK1")"), HasSubstr("the SIP trunk TK1"));
  EXPECT_THAT(judge(200, list(entry(R"(,"voice_url":"https://box.example.com/voice/webhook")"))),
              ElementsAre(::testing::_, StartsWith("good webhook"),
                          HasSubstr("lacks #rc=2&rp=5xx,ct"), HasSubstr("status callback")));
  EXPECT_THAT(judge({.status = 200, .body = R"({"incoming_phone_numbers":[]})"}, ""),
              ElementsAre(::testing::_, StartsWith("warning webhook: not looked at")));
}

std::string judge_url(const Reply& health, const Reply& webhook, std::string_view instance) {
  std::vector<Finding> findings;
  judge_public_url(health, webhook, instance, "main", "https://box.example.com/voice/webhook",
                   findings);
  EXPECT_EQ(findings.size(), 1U);
  return std::string(word_of(findings.at(0).result)) + ": " + findings.at(0).text;
}

TEST(OnlineFindings, PublicUrlReachesThisBoxAnotherOrNone) {
  const Reply ours{.status = 200, .body = R"({"status":"ok","instance":"1111"})"};
  const Reply other{.status = 200, .body = R"({"status":"ok","instance":"2222"})"};
  const Reply none{.status = 404, .body = "<html>"};
  const Reply taken{.status = 400, .body = "Bad Request"};
  EXPECT_THAT(judge_url(ours, taken, "1111"), StartsWith("good: "));
  EXPECT_THAT(judge_url(other, taken, "1111"), HasSubstr("another box"));
  EXPECT_THAT(judge_url(none, taken, "1111"), StartsWith("warning: "));
  EXPECT_THAT(judge_url(ours, taken, ""), HasSubstr("does not run here"));
  EXPECT_THAT(judge_url(ours, {.status = 401}, "1111"), HasSubstr("signatures are refused"));
  EXPECT_THAT(judge_url(none, none, "1111"), HasSubstr("not as a box does (HTTP 404)"));
  EXPECT_THAT(judge_url(none, {.status = 200, .body = "hello"}, "1111"),
              HasSubstr("not as a box does"));
  EXPECT_THAT(judge_url({}, {}, "1111"), HasSubstr("cannot be reached: nothing answers there"));
  EXPECT_THAT(judge_url({.failure = in::RestFailure::kTls}, {.failure = in::RestFailure::kTls}, ""),
              HasSubstr("certificate"));
}

// Aim: how long a call talked is computed from the API's own times. Method: over a leap day, and
// texts that are no times.
TEST(CallText, ReadsTimes) {
  EXPECT_EQ(read_time("1970-01-01T00:00:00.000Z"), 0);
  EXPECT_EQ(
      read_time("2024-03-01T00:00:00.000Z").value() - read_time("2024-02-28T23:59:59.500Z").value(),
      86'400'500);
  for (const char* text :
       {"", "2024-03-01", "2024-03-01T00:00:00.000+", "2024-0x-01T00:00:00.000Z"}) {
    EXPECT_FALSE(read_time(text)) << text;
  }
}

}  // namespace
}  // namespace hookflash::cli
