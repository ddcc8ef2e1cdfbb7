// Aim: what the box asks of Twilio, and what it makes of Twilio's answers (contract sections 11, 14
// and 17). Method: the simulated carrier's own record of each call, lost reports, faulty answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

const twilio::carrier::Call& only_call(Box& box) {
  const auto& calls = box.world.twilio().carrier().calls();
  for (const auto& call : calls) {
    if (!call.sid.empty()) return call;
  }
  CHECK(false);
  return *calls.begin();
}

const CallRecord* only_record(Box& box) {
  const CallTable& table = box.appliance.calls().table();
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    if (const CallRecord* record = table.get(table.at(i))) return record;
  }
  return nullptr;
}

// Nobody at the far end is reported about.
void lose_reports(Box& box, Person::Answer answer) {
  box.world.twilio().set_callee([answer](std::string_view) {
    Person person;
    person.answer = answer;
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
}

// B-OUT-4, B-TWI-1: the dial carries callId in both URLs, the ring time in whole seconds, a limit
// at the carrier of maxDurationSeconds + 60 s, and the fragment that makes Twilio repeat.
TEST(CarrierRules, TheDial) {
  Box box(api_config(R"(,"ringTimeoutMs":7900,"maxDurationSeconds":100)"));
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201);
  const auto& call = only_call(box);
  const std::string base = "https://box.example.com/voice/webhook?callId=" + call_id_of(placed);
  EXPECT_EQ(call.url.view(), base + "#rc=2&rp=5xx,ct");
  EXPECT_EQ(call.status_callback.view(), base + "&type=status#rc=2&rp=5xx,ct");
  EXPECT_EQ(call.ring_limit, Duration::seconds(7));
  EXPECT_EQ(call.time_limit, Duration::seconds(160));
  EXPECT_EQ(call.from.view(), kOurNumber);
  EXPECT_EQ(call.to.view(), "+15557654321");
}

// B-OUT-9: at the ring timer the carrier is asked first. It has ended: finished as reported.
TEST(CarrierRules, RingTimerLearnsTheEnd) {
  for (const auto& [answer, reason] : {std::pair(Person::Answer::kBusy, EndReason::kBusy),
                                       std::pair(Person::Answer::kFails, EndReason::kFailed),
                                       std::pair(Person::Answer::kNever, EndReason::kNoAnswer)}) {
    Box box(api_config(R"(,"ringTimeoutMs":5000)"));
    lose_reports(box, answer);
    ASSERT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
              201);
    box.world.run(Duration::seconds(18));
    EXPECT_EQ(box.counts().live_calls, 1U) << "5 s and 15 s";
    box.world.run(Duration::seconds(5));
    ASSERT_EQ(box.counts().call_slots, 0U);
    EXPECT_EQ(box.last().end_reason, reason);
    EXPECT_TRUE(box.last().carrier_end_confirmed);
    EXPECT_EQ(box.world.twilio().rest_requests(), 2U) << "the dial and the question: no hang-up";
  }
}

// B-OUT-9: it was answered, only nobody said so: the call is answered then, with its max duration.
TEST(CarrierRules, RingTimerLearnsTheAnswer) {
  Box box(api_config(R"(,"ringTimeoutMs":5000,"maxDurationSeconds":30)"));
  lose_reports(box, Person::Answer::kAnswers);
  const std::string body =
      R"({"to":"+15557654321","mode":"notify","message":")" + std::string(900, 'a') + "\"}";
  ASSERT_EQ(post(box, "/call/outbound", body).status, 201);
  box.world.run(Duration::seconds(18));
  ASSERT_NE(only_record(box), nullptr);
  EXPECT_FALSE(only_record(box)->core.answered_at.is_set());
  box.world.run(Duration::seconds(5));
  ASSERT_NE(only_record(box), nullptr);
  EXPECT_TRUE(only_record(box)->core.answered_at.is_set());
  EXPECT_EQ(only_record(box)->core.state, CallState::kAnswered);
  box.world.run(Duration::seconds(32));
  ASSERT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
}

// B-OUT-9: it does not say: hung up with no-answer.
TEST(CarrierRules, RingTimerLearnsNothing) {
  Box box(api_config(R"(,"ringTimeoutMs":5000)"));
  lose_reports(box, Person::Answer::kNever);
  box.world.twilio().carrier().settings().read = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  ASSERT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
            201);
  box.world.run(Duration::seconds(25));
  ASSERT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kNoAnswer);
  EXPECT_EQ(box.world.twilio().rest_requests(), 3U);
}

// B-HUP-5: completed that arrives while our hang-up runs gets our reason; any other reason wins.
TEST(CarrierRules, EndsThatCrossOurHangup) {
  for (const auto& [word, reason] :
       {std::pair("completed", EndReason::kHangupBot), std::pair("busy", EndReason::kBusy),
        std::pair("failed", EndReason::kFailed), std::pair("no-answer", EndReason::kNoAnswer)}) {
    Box box(api_config());
    box.world.twilio().carrier().settings().update = {.what = RestFault::What::kSilent,
                                                      .permille = 1000};
    ASSERT_EQ(ring(box), 200);
    const std::string id(record_of(box)->core.call_id.text());
    const auto asked = post_later(box, "/api/v1/calls/" + id + "/hangup", "");
    box.world.run(Duration::seconds(1));
    EXPECT_EQ(asked->status, 0);
    EXPECT_EQ(send(box, hook(std::string(kRawCallSid), word).as_status()).status, 200);
    box.world.run(Duration::ms(200));
    EXPECT_EQ(asked->status, 200) << "the call is over, whoever ended it";
    ASSERT_EQ(box.counts().call_slots, 0U);
    EXPECT_EQ(box.last().end_reason, reason) << word;
  }
}

// B-DUR-2: 30 s before max duration the app is told, and the log names the key.
TEST(CarrierRules, TheAppHearsOfTheEnd) {
  Box box(box_config(R"(,"maxDurationSeconds":40,"app":"bot",)"
                     R"("apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})"));
  SimApp& app = box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kSilent});
  box.world.inbound_call("+15551234567");
  ASSERT_TRUE(box.world.run_until([&] { return box.counts().streams == 1; }, Duration::seconds(9)));
  box.world.run(Duration::seconds(9));
  const auto expiring = [&] {
    size_t count = 0;
    for (const std::string& event : app.sessions()[0]->events) {
      if (event.find("expiring") != std::string::npos) ++count;
    }
    return count;
  };
  EXPECT_EQ(expiring(), 0U);
  box.world.run(Duration::seconds(2));
  EXPECT_EQ(expiring(), 1U);
  EXPECT_EQ(lines_with(box, "maxDurationSeconds"), 1U);
  box.world.run(Duration::seconds(28));
  EXPECT_EQ(box.counts().live_calls, 1U);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-TWI-4: a live update is retried after 250 and 750 ms for 21220, and for nothing else.
TEST(CarrierRules, LiveUpdatesAreRetried) {
  Box box(api_config());
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  const std::string digits =
      "/api/v1/calls/" + std::string(only_record(box)->core.call_id.text()) + "/digits";
  auto& update = box.world.twilio().carrier().settings().update;
  update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21220};
  const auto requests = [&] { return box.world.twilio().rest_requests(); };
  uint64_t before = requests();
  auto answer = post_later(box, digits, R"({"digits":"1"})");
  box.world.run(Duration::ms(200));
  EXPECT_EQ(requests() - before, 1U);
  box.world.run(Duration::ms(250));
  EXPECT_EQ(requests() - before, 2U);
  box.world.run(Duration::ms(400));
  EXPECT_EQ(requests() - before, 2U);
  box.world.run(Duration::ms(400));
  EXPECT_EQ(requests() - before, 3U);
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(requests() - before, 3U);
  EXPECT_EQ(answer->status, 502) << answer->body;
  EXPECT_EQ(box.counts().live_calls, 1U);
  // Gone with the second attempt.
  before = requests();
  answer = post_later(box, digits, R"({"digits":"2"})");
  box.world.run(Duration::ms(100));
  update = {};
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(requests() - before, 2U);
  // Another error is none to wait for.
  box.world.run(Duration::seconds(15));
  update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21218};
  before = requests();
  EXPECT_EQ(post(box, digits, R"({"digits":"3"})").status, 502);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(requests() - before, 1U);
}

// B-TWI-1: each document raises the number in its own URLs; B-TWI-2: a status callback gets the
// empty document, a finished call's fetch the hang-up.
TEST(CarrierRules, DocumentNumbers) {
  Box box(api_config());
  const std::string sid(kRawCallSid);
  std::string document = send(box, hook(sid, "ringing")).body;
  const std::string call = "callId=" + std::string(record_of(box)->core.call_id.text());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_THAT(document,
                HasSubstr(call + "&amp;doc=" + std::to_string(i) + "#rc=2&amp;rp=5xx,ct"));
    EXPECT_EQ(record_of(box)->core.document_number, static_cast<uint32_t>(i));
    const Hook fetch = hook(sid, "in-progress", "inbound", call + "&doc=" + std::to_string(i));
    document = send(box, fetch).body;
  }
  const HttpAnswer status = send(box, hook(sid, "in-progress").as_status());
  EXPECT_THAT(status.body, HasSubstr("<Response></Response>"));
  EXPECT_EQ(status.header("content-type"), "text/xml; charset=utf-8");
  EXPECT_EQ(send(box, hook(sid, "completed").as_status()).status, 200);
  const HttpAnswer late = send(box, hook(sid, "in-progress", "inbound", call + "&doc=9"));
  EXPECT_THAT(late.body, HasSubstr("<Hangup/>"));
  EXPECT_THAT(late.body, Not(HasSubstr("token")));
}

// B-TWI-1: during a rotation either of two auth tokens verifies.
TEST(CarrierRules, TwoAuthTokens) {
  const std::string second(32, 'e');
  Box box(R"({"publicUrl":"https://box.example.com","inboundPolicy":"open","lines":[{"id":"main",)"
          R"("provider":"twilio","accountSid":")" +
          std::string(kAccountSid) + R"(","authToken":[")" + std::string(kAuthToken) + "\",\"" +
          second + R"("],"fromNumber":"+15550001000"}]})");
  ASSERT_EQ(box.configured, Status::kOk);
  const auto signed_by = [&](const std::string& token, const std::string& sid) {
    const Hook call = hook(sid, "ringing");
    HttpRequest request = request_of(box, call);
    twilio::carrier::Form form;
    for (const auto& [name, value] : call.fields) CHECK(form.push({name, value}) == Status::kOk);
    char signature[twilio::carrier::kSignatureBytes];
    TextWriter text(signature);
    twilio::carrier::write_signature(box.crypto, token, "https://box.example.com/voice/webhook",
                                     form, text);
    request.headers[1] = "X-Twilio-Signature: " + std::string(text.view());
    return box.world.request(request).status;
  };
  EXPECT_EQ(signed_by(std::string(kAuthToken), "CA1"), 200);
  EXPECT_EQ(signed_by(second, "CA2"), 200);
  EXPECT_EQ(signed_by(std::string(32, 'd'), "CA3"), 401);
  EXPECT_EQ(signed_by("", "CA4"), 401);
  EXPECT_EQ(box.counts().live_calls, 2U);
}

// B-OUT-2, B-LIFE-5, table of B-ADM: while the box stops, outbound calls are refused with
// `stopping`, inbound ones as busy, and both are counted.
TEST(CarrierRules, NewCallsWhileStopping) {
  Box box(api_config());
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(4));
  box.world.twilio().carrier().settings().update = {.what = RestFault::What::kSilent,
                                                    .permille = 1000};
  box.world.stop(in::StopMode::kEnd);
  const HttpAnswer placed = post(box, "/call/outbound", R"({"to":"+15557654321"})");
  EXPECT_EQ(placed.status, 503);
  EXPECT_THAT(placed.body, HasSubstr(R"("code":"stopping")"));
  EXPECT_THAT(send(box, hook(std::string(kRawCallSid), "ringing")).body,
              HasSubstr("<Reject reason=\"busy\"/>"));
  EXPECT_EQ(box.last().rejection, Rejection::kStopping);
  EXPECT_EQ(box.last().end_reason, EndReason::kBusy);
  EXPECT_EQ(box.world.get("/health").status, 503);
  box.world.run(Duration::seconds(15));
  EXPECT_TRUE(box.world.stopped());
}

// B-LIFE-6, B-OUT-2: requests on a line that could not start repeat what is missing, all of it; a
// public address that no carrier reaches is as good as none, and nothing is dialled.
TEST(CarrierRules, LinesThatCannotStart) {
  const std::string sid = R"("accountSid":")" + std::string(kAccountSid) + "\"";
  const std::string token = R"("authToken":")" + std::string(kAuthToken) + "\"";
  const std::string url = R"("publicUrl":"https://box.example.com")";
  const struct {
    std::string line;
    const char* code;
    std::vector<std::string> words;
  } rows[] = {
      {sid + "," + token, "no-webhook-url", {"publicUrl"}},
      {sid + "," + token + R"(,"publicUrl":"http://127.0.0.1:3334")",
       "no-webhook-url",
       {"publicUrl"}},
      {sid + "," + token + R"(,"publicUrl":"https://192.168.1.5")",
       "no-webhook-url",
       {"publicUrl"}},
      {sid + "," + token + R"(,"publicUrl":"https://[fd00::1]")", "no-webhook-url", {"publicUrl"}},
      {url + "," + sid, "line-unavailable", {"authToken"}},
      {url + "," + token, "line-unavailable", {"accountSid"}},
      {R"("region":"us1")", "line-unavailable", {"publicUrl", "accountSid", "authToken"}},
      {url + "," + sid + "," + token + R"(,"enabled":false)", "line-unavailable", {"disabled"}},
  };
  for (const auto& row : rows) {
    Box box(R"({"api":{"token":")" + std::string(kToken) +
            R"("},"lines":[{"id":"main","provider":"twilio","fromNumber":"+15550001000",)" +
            row.line + "}]}");
    ASSERT_EQ(box.configured, Status::kOk) << row.line;
    const HttpAnswer placed = post(box, "/call/outbound", R"({"to":"+15557654321"})");
    EXPECT_EQ(placed.status, 503) << row.line;
    EXPECT_THAT(placed.body, HasSubstr(R"("code":")" + std::string(row.code))) << row.line;
    for (const std::string& word : row.words) EXPECT_THAT(placed.body, HasSubstr(word)) << row.line;
    EXPECT_EQ(box.world.twilio().rest_requests(), 0U);
    EXPECT_EQ(box.counts().call_slots, 0U);
    EXPECT_EQ(box.world.get("/health").status, 503) << "no usable line";
  }
}

}  // namespace
}  // namespace hookflash::sim
