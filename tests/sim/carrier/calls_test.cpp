#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "carrier/carrier_bench.h"

namespace hookflash::twilio::carrier {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Aim: an incoming call is announced by one signed POST with the documented parameters. Method:
// look at the request and make the signature again with the field order the body has.
TEST(CarrierCalls, AnnouncesAnInboundCall) {
  CarrierBench b;
  b.inbound();
  ASSERT_EQ(b.requests.size(), 1U);
  const auto& request = b.next_request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://box.example.com/voice/webhook") << "the fragment is not sent";
  EXPECT_EQ(request.field("CallStatus"), "ringing");
  EXPECT_EQ(request.field("Direction"), "inbound");
  EXPECT_EQ(request.field("From"), "+15557654321");
  EXPECT_EQ(request.field("To"), "+15550001000");
  EXPECT_EQ(request.field("AccountSid"), "AC00000000000000000000000000000001");
  EXPECT_EQ(request.field("CallSid").size(), kSidBytes);
  EXPECT_EQ(request.field("ApiVersion"), "2010-04-01");
  EXPECT_EQ(request.token, "");
  char memory[kSignatureBytes];
  TextWriter expected(memory);
  write_signature(b.crypto, "token", "https://box.example.com/voice/webhook", request.form,
                  expected);
  EXPECT_EQ(request.signature, expected.view());
}

// Aim: verbs run one after the other in their time, and the end is reported with its durations.
// Method: a document with Say, Pause and digits, watched in virtual time.
TEST(CarrierCalls, RunsADocument) {
  CarrierBench b;
  const CallRef ref = b.inbound();
  b.answer(b.next_request(),
           "<Response><Pause length='2'/><Say>1234567890</Say><Play digits='1w2'/></Response>");
  EXPECT_EQ(b.call(ref).state, CallState::kRinging) << "a Pause delays the answer";
  b.run(Duration::ms(2000));
  EXPECT_EQ(b.call(ref).state, CallState::kInProgress);
  EXPECT_THAT(b.sentences, Contains("1234567890"));
  b.run(Duration::ms(749));
  EXPECT_EQ(b.call(ref).digits_heard, "");
  b.run(Duration::ms(1));
  EXPECT_EQ(b.call(ref).digits_heard, "1w2");
  b.run(Duration::ms(900));
  EXPECT_EQ(b.call(ref).state, CallState::kCompleted);
  EXPECT_EQ(b.carrier->live_calls(), 0U);
  b.run(Duration::ms(1));
  const auto& status = b.next_request();
  EXPECT_EQ(status.kind, FetchKind::kStatus);
  EXPECT_EQ(status.url, "https://box.example.com/voice/webhook?type=status");
  EXPECT_EQ(status.field("CallStatus"), "completed");
  EXPECT_EQ(status.field("CallbackSource"), "call-progress-events");
  EXPECT_EQ(status.field("SequenceNumber"), "0");
  EXPECT_EQ(status.field("CallDuration"), "1");
  EXPECT_EQ(status.field("Duration"), "1");
  EXPECT_EQ(status.field("Timestamp"), "Tue, 31 Aug 2010 20:36:31 +0000");
  b.answer(status, "", 204);
  EXPECT_EQ(b.carrier->owed(), 0U);
}

// Aim: Reject refuses without answering, with the right status. Method: both reasons, and a Reject
// that comes too late.
TEST(CarrierCalls, Rejects) {
  CarrierBench b;
  const CallRef busy = b.inbound();
  b.answer(b.next_request(), "<Response><Reject reason='busy'/></Response>");
  EXPECT_EQ(b.call(busy).state, CallState::kBusy);
  EXPECT_FALSE(b.call(busy).answered.is_set());
  const CallRef rejected = b.inbound();
  b.run(Duration::ms(1));
  b.looked = b.requests.size() - 2;
  b.answer(b.next_request(), "<Response><Reject/></Response>");
  EXPECT_EQ(b.call(rejected).state, CallState::kNoAnswer);
  const CallRef late = b.inbound();
  b.answer(*b.requests.back(), "<Response><Say>x</Say><Reject/></Response>");
  b.run(Duration::seconds(1));
  EXPECT_EQ(b.call(late).state, CallState::kCompleted);
  EXPECT_EQ(b.call(late).error, 12200U);
}

// Aim: what is no good document ends the call with Twilio's code. Method: a table of answers.
TEST(CarrierCalls, EndsOnBadDocuments) {
  struct Case {
    std::string_view body;
    int status;
    std::string_view type;
    uint32_t error;
  };
  for (const Case& c :
       {Case{"<Response>", 200, "text/xml", 12100},
        Case{"<Response><Sing/></Response>", 200, "text/xml", 12200},
        Case{"<Response><Dial>+15551112222</Dial></Response>", 200, "text/xml", 12200},
        Case{"<Response/>", 200, "application/json", 12300}, Case{"no", 404, "text/plain", 11200},
        Case{"<Response><Redirect>ftp://x</Redirect></Response>", 200, "text/xml", 11100},
        Case{"<Response><Connect><Stream url='ws://h/s'/></Connect></Response>", 200, "text/xml",
             31922},
        Case{"<Response><Connect><Stream url='wss://h/s?a=b'/></Connect></Response>", 200,
             "text/xml", 31920},
        Case{"<Response><Connect><Stream track='both_tracks' url='wss://h/s'/>"
             "</Connect></Response>",
             200, "text/xml", 31941}}) {
    CarrierBench b;
    const CallRef ref = b.inbound();
    b.answer(b.next_request(), c.body, c.status, c.type);
    EXPECT_EQ(b.call(ref).state, CallState::kCompleted) << c.body;
    EXPECT_EQ(b.call(ref).error, c.error) << c.body;
    EXPECT_EQ(b.carrier->live_calls(), 0U);
  }
}

// Aim: the retry policy of the fragment is kept: 5xx and lost connections twice more, 4xx never,
// the same bytes with a token, and nothing after 15 s. Method: fail in each way.
TEST(CarrierCalls, RetriesByTheFragment) {
  CarrierBench b;
  const CallRef ref = b.inbound();
  b.answer(b.next_request(), "", 500);
  b.run(Duration::ms(100));
  ASSERT_EQ(b.requests.size(), 2U);
  EXPECT_EQ(b.requests[1]->body, b.requests[0]->body);
  EXPECT_EQ(b.requests[1]->signature, b.requests[0]->signature);
  EXPECT_NE(b.requests[1]->token, "");
  b.carrier->fetch_failed(b.requests[1]->id, FetchFailure::kConnect, b.now());
  b.run(Duration::ms(100));
  ASSERT_EQ(b.requests.size(), 3U);
  b.answer(*b.requests[2], "", 503);
  EXPECT_EQ(b.call(ref).state, CallState::kCompleted);
  EXPECT_EQ(b.call(ref).error, 11200U);

  CarrierBench silent;
  const CallRef waiting = silent.inbound();
  silent.run(Duration::ms(14'999));
  EXPECT_EQ(silent.call(waiting).state, CallState::kRinging);
  silent.run(Duration::ms(1));
  EXPECT_EQ(silent.call(waiting).state, CallState::kCompleted);
  EXPECT_EQ(silent.abandoned.size(), 1U);
}

// Aim: a circle of documents ends. Method: answer every fetch with a Redirect.
TEST(CarrierCalls, BoundsRedirects) {
  CarrierBench b;
  const CallRef ref = b.inbound();
  while (b.looked < b.requests.size() && b.looked < 1000) {
    const auto& request = b.next_request();
    if (request.kind == FetchKind::kDocument) {
      b.answer(request, "<Response><Redirect>/voice/webhook?n=1</Redirect></Response>");
    }
  }
  EXPECT_EQ(b.call(ref).state, CallState::kCompleted);
  EXPECT_EQ(b.call(ref).error, 11215U);
  EXPECT_LT(b.requests.size(), 100U);
}

// Aim: a Gather takes digits up to its limits and hands them to its action; without input the
// document goes on. Method: three calls.
TEST(CarrierCalls, Gathers) {
  constexpr std::string_view kDocument =
      "<Response><Gather numDigits='3' action='/keys' timeout='4'><Say>1234567890</Say></Gather>"
      "<Hangup/></Response>";
  CarrierBench b;
  const CallRef ref = b.inbound();
  b.answer(b.next_request(), kDocument);
  b.carrier->press(ref, "12", b.now());
  b.run(Duration::seconds(3));
  b.carrier->press(ref, "3", b.now());
  ASSERT_EQ(b.requests.size(), 2U);
  EXPECT_EQ(b.requests[1]->url, "https://box.example.com/keys");
  EXPECT_EQ(b.requests[1]->field("Digits"), "123");

  CarrierBench finish;
  const CallRef key = finish.inbound();
  finish.answer(finish.next_request(), kDocument);
  finish.carrier->press(key, "7#", finish.now());
  ASSERT_EQ(finish.requests.size(), 2U);
  EXPECT_EQ(finish.requests[1]->field("Digits"), "7");

  CarrierBench quiet;
  const CallRef nobody = quiet.inbound();
  quiet.answer(quiet.next_request(), kDocument);
  quiet.run(Duration::ms(4749));
  EXPECT_EQ(quiet.call(nobody).state, CallState::kInProgress);
  quiet.run(Duration::ms(1));
  EXPECT_EQ(quiet.call(nobody).state, CallState::kCompleted);

  CarrierBench words;
  const CallRef speaker = words.inbound();
  words.answer(words.next_request(), "<Response><Gather input='speech'/></Response>");
  words.carrier->say(speaker, "I want a pizza", words.now());
  ASSERT_EQ(words.requests.size(), 2U);
  EXPECT_EQ(words.requests[1]->field("SpeechResult"), "I want a pizza");
  EXPECT_EQ(words.requests[1]->url, "https://box.example.com/voice/webhook");
}

// Aim: people hang up at any time, and time limits end calls nobody ends. Method: one call each.
TEST(CarrierCalls, End) {
  CarrierBench b;
  Person person;
  person.gives_up_after = Duration::seconds(3);
  const CallRef impatient = b.inbound(person);
  b.run(Duration::seconds(3));
  EXPECT_EQ(b.call(impatient).state, CallState::kCanceled);
  EXPECT_FALSE(b.abandoned.empty());
  Person planned;
  Act act;
  act.what = Act::What::kHangsUp;
  act.after = Duration::seconds(5);
  ASSERT_EQ(planned.acts.push(act), Status::kOk);
  const CallRef ref = b.inbound(planned);
  b.answer(*b.requests.back(), "<Response><Pause/><Say loop='0'>x</Say></Response>");
  b.run(Duration::seconds(7));
  EXPECT_EQ(b.call(ref).state, CallState::kCompleted);
  EXPECT_EQ(b.call(ref).ended - b.call(ref).answered, Duration::seconds(5));
  b.carrier->hang_up(ref, b.now());
  EXPECT_EQ(b.ended, 2) << "an ended call ends once";
}

// Aim: duplicates are byte for byte the same request; lost callbacks do not come; late ones come in
// another order but all of them. Method: a call with each fault.
TEST(CarrierCalls, MakesFaultsOnRequest) {
  CarrierBench b;
  Person person;
  person.faults.duplicate_webhooks = true;
  person.faults.duplicate_after = Duration::ms(700);
  const CallRef ref = b.inbound(person);
  b.answer(b.next_request(), "<Response><Say loop='0'>x</Say></Response>");
  b.run(Duration::seconds(1));
  ASSERT_EQ(b.requests.size(), 2U);
  EXPECT_EQ(b.requests[1]->body, b.requests[0]->body);
  EXPECT_EQ(b.requests[1]->signature, b.requests[0]->signature);
  b.answer(*b.requests[1], "<Response><Hangup/></Response>");
  EXPECT_EQ(b.call(ref).state, CallState::kInProgress) << "the twin's answer is not obeyed";
  EXPECT_THAT(b.lines, Contains("webhook POST /voice/webhook (duplicate) -> 200"));

  CarrierBench lost;
  lost.person.faults.callbacks_lost_permille = 1000;
  lost.create("&Twiml=%3CResponse%2F%3E&StatusCallback=https%3A%2F%2Fh%2Fs");
  lost.run(Duration::seconds(5));
  EXPECT_TRUE(lost.requests.empty());
  EXPECT_EQ(lost.carrier->owed(), 0U);

  CarrierBench late;
  late.person.faults.callbacks_late_max = Duration::seconds(5);
  late.create(
      "&Twiml=%3CResponse%2F%3E&StatusCallback=https%3A%2F%2Fh%2Fs&StatusCallbackEvent=initiated"
      "&StatusCallbackEvent=ringing&StatusCallbackEvent=answered&StatusCallbackEvent=completed");
  late.run(Duration::seconds(20));
  ASSERT_EQ(late.requests.size(), 4U);
  std::string order;
  for (const auto& request : late.requests) order += request->field("SequenceNumber");
  EXPECT_NE(order, "0123");
}

// Aim: places are used again, oldest ended first, and old references find nothing. Method: more
// calls than places.
TEST(CarrierCalls, ReusesPlaces) {
  CarrierBench b(2);
  const CallRef first = b.inbound();
  b.inbound();
  InboundCall call;
  call.from = call.to = "+15550001000";
  EXPECT_EQ(b.carrier->place_call(call, b.now()).status(), Status::kFull);
  b.carrier->hang_up(first, b.now());
  b.run(Duration::ms(1));
  EXPECT_EQ(b.carrier->place_call(call, b.now()).status(), Status::kFull) << "its report is owed";
  b.answer(*b.requests.back(), "", 204);
  const std::string sid(b.call(first).sid.view());
  const CallRef third = b.inbound();
  EXPECT_EQ(third.index, first.index);
  EXPECT_EQ(b.carrier->find(first), nullptr);
  EXPECT_EQ(b.carrier->find_sid(sid), nullptr);
  EXPECT_NE(b.carrier->find_sid(b.call(third).sid), nullptr);
  b.carrier->hang_up(first, b.now());
  EXPECT_EQ(b.call(third).state, CallState::kRinging);
}

}  // namespace
}  // namespace hookflash::twilio::carrier
