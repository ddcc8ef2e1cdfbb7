#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "carrier/carrier_bench.h"

namespace hookflash::twilio::carrier {
namespace {

using ::testing::HasSubstr;

// Aim: only the account's own credentials are let in. Method: wrong ones of every kind, and an API
// key.
TEST(CarrierRest, ChecksCredentials) {
  CarrierBench b;
  for (const char* pair : {"AC00000000000000000000000000000001:wrong", "AC2:token", ":", "x", ""}) {
    b.rest("GET", ".json", "", pair);
    EXPECT_EQ(b.replies.back().status, 401) << pair;
    EXPECT_THAT(b.replies.back().body, HasSubstr("\"code\":20003"));
  }
  b.rest("GET", ".json");
  EXPECT_EQ(b.replies.back().status, 200);
  b.carrier->settings().api_key_sid.set("SK00000000000000000000000000000001");
  b.carrier->settings().api_key_secret.set("s3cret");
  b.rest("GET", ".json", "", "SK00000000000000000000000000000001:s3cret");
  EXPECT_EQ(b.replies.back().status, 200);
}

// Aim: wrong create requests get Twilio's codes and create nothing. Method: a table.
TEST(CarrierRest, RefusesWrongCreates) {
  struct Case {
    const char* body;
    const char* code;
  };
  CarrierBench b;
  for (const Case& c : {
           Case{"From=%2B15550001000&Url=https%3A%2F%2Fh%2F", "21201"},
           Case{"To=%2B15551112222&Url=https%3A%2F%2Fh%2F", "21213"},
           Case{"To=5551112222&From=%2B15550001000&Url=https%3A%2F%2Fh%2F", "21211"},
           Case{"To=%2B15551112222&From=%2B15559999999&Url=https%3A%2F%2Fh%2F", "21210"},
           Case{"To=%2B15551112222&From=%2B15550001000", "21205"},
           Case{"To=%2B15551112222&From=%2B15550001000&Url=h", "21205"},
           Case{"To=%2B15551112222&From=%2B15550001000&Twiml=x&StatusCallback=https%3A%2F%2Fa_b%2F",
                "21609"},
           Case{"To=%2B15551112222&From=%2B15550001000&Twiml=x&SendDigits=hello", "21221"},
           Case{"To=%2B15551112222&From=%2B15550001000&Twiml=x&Timeout=601", "21217"},
           Case{"To=%2B15551112222&From=%2B15550001000&Twiml=x&TimeLimit=0", "21217"},
           Case{"To=%", "20001"},
       }) {
    b.rest("POST", "/Calls.json", c.body);
    EXPECT_EQ(b.replies.back().status, 400) << c.body;
    EXPECT_THAT(b.replies.back().body, HasSubstr(std::string("\"code\":") + c.code)) << c.body;
  }
  EXPECT_EQ(b.carrier->created(), 0U);
  EXPECT_EQ(b.carrier->undocumented_parameters(), 0U);
  b.create("&Twiml=%3CResponse%2F%3E&Colour=red");
  EXPECT_EQ(b.replies.back().status, 201);
  EXPECT_EQ(b.carrier->undocumented_parameters(), 1U);
}

// Aim: an outbound call goes through its states with a callback for each, then its document is
// fetched. Method: watch one that is answered.
TEST(CarrierRest, PlacesAnOutboundCall) {
  CarrierBench b;
  const auto& reply = b.create(
      "&Url=https%3A%2F%2Fbox.example.com%2Fout%23rc%3D2&StatusCallback=https%3A%2F%2Fbox.example."
      "com"
      "%2Fs%3FcallId%3D7&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing"
      "&StatusCallbackEvent=answered&StatusCallbackEvent=completed&Timeout=30&TimeLimit=60");
  EXPECT_EQ(reply.status, 201);
  EXPECT_THAT(reply.body, HasSubstr("\"status\":\"queued\""));
  EXPECT_THAT(reply.body, HasSubstr("\"direction\":\"outbound-api\""));
  const CallRef ref = b.created();
  b.run(Duration::ms(50));
  EXPECT_EQ(b.next_request().field("CallStatus"), "initiated");
  b.run(Duration::ms(400));
  EXPECT_EQ(b.next_request().field("CallStatus"), "ringing");
  EXPECT_EQ(b.call(ref).state, CallState::kRinging);
  b.run(Duration::seconds(2));
  const auto& document = b.next_request();
  EXPECT_EQ(document.kind, FetchKind::kDocument);
  EXPECT_EQ(document.url, "https://box.example.com/out");
  EXPECT_EQ(document.field("CallStatus"), "in-progress");
  EXPECT_EQ(document.field("Direction"), "outbound-api");
  const auto& answered = b.next_request();
  EXPECT_EQ(answered.field("CallStatus"), "in-progress");
  EXPECT_EQ(answered.field("SequenceNumber"), "2");
  EXPECT_EQ(answered.url, "https://box.example.com/s?callId=7");
  b.answer(document, "<Response><Say loop='0'>x</Say></Response>");
  b.run(Duration::seconds(60));
  EXPECT_EQ(b.call(ref).state, CallState::kCompleted);
  EXPECT_EQ(b.call(ref).ended - b.call(ref).answered, Duration::seconds(60)) << "TimeLimit";
}

// Aim: every way in which nobody talks has its status. Method: busy, unanswered, unreachable.
TEST(CarrierRest, KnowsBusyAndNoAnswer) {
  const auto outcome = [](Person::Answer answer) {
    CarrierBench b;
    b.person.answer = answer;
    b.create("&Twiml=%3CResponse%2F%3E&Timeout=20");
    const CallRef ref = b.created();
    b.run(Duration::ms(20'449));
    if (answer == Person::Answer::kNever) {
      EXPECT_EQ(b.call(ref).state, CallState::kRinging);
    }
    b.run(Duration::ms(1));
    return b.call(ref).state;
  };
  EXPECT_EQ(outcome(Person::Answer::kBusy), CallState::kBusy);
  EXPECT_EQ(outcome(Person::Answer::kNever), CallState::kNoAnswer);
  EXPECT_EQ(outcome(Person::Answer::kFails), CallState::kFailed);
  EXPECT_EQ(outcome(Person::Answer::kAnswers), CallState::kCompleted);
}

// Aim: a live call can be read, hung up, canceled and redirected; a finished one answers as
// configured. Method: each on its own call.
TEST(CarrierRest, ChangesCalls) {
  CarrierBench b;
  b.create("&Twiml=%3CResponse%3E%3CPause+length%3D%22100%22%2F%3E%3C%2FResponse%3E");
  const CallRef ref = b.created();
  const std::string path = "/Calls/" + std::string(b.call(ref).sid.view()) + ".json";
  b.rest("POST", path, "Twiml=%3CResponse%2F%3E");
  EXPECT_EQ(b.replies.back().status, 400);
  EXPECT_THAT(b.replies.back().body, HasSubstr("21220"));
  b.run(Duration::seconds(3));
  b.rest("GET", path);
  EXPECT_THAT(b.replies.back().body, HasSubstr("\"status\":\"in-progress\""));
  b.rest("POST", path, "Status=canceled");
  EXPECT_EQ(b.replies.back().status, 400);
  b.rest("POST", path,
         "Twiml=%3CResponse%3E%3CPlay+digits%3D%2212%22%2F%3E%3CPause+length%3D%2250%22%2F%3E"
         "%3C%2FResponse%3E");
  EXPECT_EQ(b.replies.back().status, 200);
  EXPECT_EQ(b.call(ref).digits_heard, "12");
  b.rest("POST", path, "Url=https%3A%2F%2Fbox.example.com%2Fnew");
  EXPECT_EQ(b.requests.back()->url, "https://box.example.com/new");
  b.rest("POST", path, "Status=completed");
  EXPECT_THAT(b.replies.back().body, HasSubstr("\"status\":\"completed\""));
  b.rest("POST", path, "Status=completed");
  EXPECT_EQ(b.replies.back().status, 404);
  b.carrier->settings().ended_call_is_gone = false;
  b.rest("POST", path, "Status=completed");
  EXPECT_EQ(b.replies.back().status, 400);
  EXPECT_THAT(b.replies.back().body, HasSubstr("21220"));
  b.rest("GET", path);
  EXPECT_THAT(b.replies.back().body, HasSubstr("\"duration\":\"0\""));
  b.rest("GET", "/Calls/CA00ff0000000000000000000000000000.json");
  EXPECT_EQ(b.replies.back().status, 404);
  b.rest("DELETE", path);
  EXPECT_EQ(b.replies.back().status, 405);
}

// Aim: the console's view of a number can be read. Method: by number, and one that is not ours.
TEST(CarrierRest, ListsNumbers) {
  CarrierBench b;
  b.rest("GET", "/IncomingPhoneNumbers.json?PhoneNumber=%2B15550001000");
  EXPECT_THAT(b.replies.back().body,
              HasSubstr("\"voice_url\":\"https://box.example.com/voice/webhook#rc=2&rp=5xx,ct\""));
  b.rest("GET", "/IncomingPhoneNumbers.json?PhoneNumber=%2B15550001001");
  EXPECT_THAT(b.replies.back().body, HasSubstr("\"incoming_phone_numbers\":[]"));
}

// Aim: REST faults happen as ordered. Method: a status without and with execution, a lost answer, a
// late answer, silence.
TEST(CarrierRest, MakesFaultsOnRequest) {
  CarrierBench b;
  RestFault& fault = b.carrier->settings().create;
  fault.permille = 1000;
  fault.what = RestFault::What::kStatus;
  fault.status = 503;
  EXPECT_EQ(b.create().status, 503);
  EXPECT_EQ(b.carrier->created(), 0U);
  fault.executed = true;
  EXPECT_EQ(b.create().status, 503);
  EXPECT_EQ(b.carrier->created(), 1U);
  fault.what = RestFault::What::kLost;
  EXPECT_EQ(b.create().status, 0);
  fault.what = RestFault::What::kNone;
  fault.delay = Duration::seconds(3);
  const size_t before = b.replies.size();
  b.rest("POST", "/Calls.json", "To=%2B15557654321&From=%2B15550001000&Url=https%3A%2F%2Fh%2F");
  b.run(Duration::ms(2999));
  EXPECT_EQ(b.replies.size(), before);
  b.run(Duration::ms(1));
  ASSERT_EQ(b.replies.size(), before + 1);
  EXPECT_EQ(b.replies.back().status, 201);
  fault.what = RestFault::What::kSilent;
  b.rest("POST", "/Calls.json", "To=%2B15557654321&From=%2B15550001000&Url=https%3A%2F%2Fh%2F");
  b.run(Duration::seconds(100));
  EXPECT_EQ(b.replies.size(), before + 1);
}

}  // namespace
}  // namespace hookflash::twilio::carrier
