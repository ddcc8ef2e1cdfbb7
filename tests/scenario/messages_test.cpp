// Aim: greetings, initial messages and digits (contract sections 10, 12 and 16). Method: calls of
// the real appliance; the simulated carrier keeps what it was told to speak and play.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using twilio::carrier::Person;
using CarrierState = twilio::carrier::CallState;

std::vector<std::string> spoken(Box& box) {
  std::vector<std::string> words;
  for (const auto& sentence : box.world.twilio().sentences()) words.push_back(sentence.words);
  return words;
}

const twilio::carrier::Call& only_call(Box& box) {
  for (const auto& call : box.world.twilio().carrier().calls()) {
    if (call.state != CarrierState::kFree) return call;
  }
  ADD_FAILURE() << "no call";
  return box.world.twilio().carrier().calls()[0];
}

// B-INB-8, B-MSG-1: the greeting is spoken before the stream, once; without one the app speaks
// first.
TEST(Messages, InboundGreeting) {
  Box box(box_config(R"(,"inboundGreeting":"Good day")"));
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(15));
  EXPECT_THAT(spoken(box), ElementsAre("Good day"));
  EXPECT_EQ(box.world.call(ref).streams, 1U);
  Box silent;
  silent.world.inbound_call("+15551234567");
  silent.world.run(Duration::seconds(15));
  EXPECT_THAT(spoken(silent), IsEmpty());
}

// B-INB-8, B-INB-6: a number's own greeting takes the place of the general one; an empty one
// silences it.
TEST(Messages, GreetingOfANumber) {
  for (const auto& [greeting, expected] :
       {std::pair<std::string, std::vector<std::string>>{"Shop", {"Shop"}}, {"", {}}}) {
    Box box(box_config(R"(,"inboundGreeting":"General","numbers":{")" + std::string(kOurNumber) +
                       R"(":{"greeting":")" + greeting + "\"}}"));
    ASSERT_EQ(box.configured, Status::kOk) << box.appliance.problems().list()[0].message.view();
    box.world.inbound_call("+15551234567");
    box.world.run(Duration::seconds(15));
    EXPECT_EQ(spoken(box), expected);
  }
}

// B-MSG-2: a message that was spoken is not spoken again, however often the stream comes back.
TEST(Messages, SpokenOnce) {
  Box box(api_config());
  const HttpAnswer placed = post(
      box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation","message":"It is me"})");
  ASSERT_EQ(placed.status, 201) << placed.body;
  box.world.run(Duration::seconds(15));
  const CallRef ref = only_call(box).ref;
  for (int i = 0; i < 2; ++i) {
    box.world.drop_stream(ref);
    box.world.run(Duration::seconds(10));
  }
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(box.world.call(ref).streams, 3U);
  EXPECT_THAT(spoken(box), ElementsAre("It is me"));
}

// B-MSG-4: outbound calls get no inbound greeting.
TEST(Messages, OutboundGetsNoGreeting) {
  Box box(api_config(R"(,"inboundGreeting":"Good day")"));
  ASSERT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
            201);
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(box.counts().streams, 1U);
  EXPECT_THAT(spoken(box), IsEmpty());
  // Nor does one that somebody else placed.
  const HttpAnswer adopted =
      send(box, hook("CA" + std::string(32, 'b'), "in-progress", "outbound-api"));
  EXPECT_THAT(adopted.body, AllOf(HasSubstr("<Stream"), Not(HasSubstr("Say"))));
}

// B-MSG-6: no carrier speech on a call whose audio is streamed.
TEST(Messages, NoCarrierSpeechOnAStream) {
  Box box(api_config());
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  box.world.run(Duration::seconds(10));
  for (const char* what : {"speak", "turn"}) {
    const HttpAnswer answer =
        post(box, "/api/v1/calls/" + call_id_of(placed) + "/" + what, R"({"text":"Hello"})");
    EXPECT_EQ(answer.status, 409);
    EXPECT_THAT(answer.body, HasSubstr("stream-active"));
  }
  EXPECT_EQ(box.counts().streams, 1U);
}

// B-NTF-1: the delegated document says, waits the configured seconds and hangs up; the call ends as
// the carrier reports it.
TEST(Messages, NotifyHangsUpAfterTheDelay) {
  Box box(api_config(R"(,"outbound":{"notifyHangupDelaySec":7})"));
  ASSERT_EQ(post(box, "/call/outbound",
                 R"({"to":"+15557654321","mode":"notify","message":"Your order is ready"})")
                .status,
            201);
  box.world.run(Duration::seconds(60));
  const auto& call = only_call(box);
  EXPECT_EQ(call.state, CarrierState::kCompleted);
  EXPECT_THAT(std::string(call.inline_twiml.view()),
              HasSubstr("<Say>Your order is ready</Say><Pause length=\"7\"/><Hangup/>"));
  EXPECT_GE(call.ended - call.answered, Duration::seconds(7));
  EXPECT_EQ(box.last().end_reason, EndReason::kCompleted);
}

// B-TWI-1, B-NTF-2: a message whose document is too long for the dial request is fetched by Url,
// and spoken once.
TEST(Messages, LongNotifyIsFetched) {
  Box box(api_config());
  const std::string message(limits::kMessageBytesMax, '&');
  ASSERT_EQ(post(box, "/call/outbound",
                 R"({"to":"+15557654321","mode":"notify","message":")" + message + "\"}")
                .status,
            201);
  box.world.run(Duration::seconds(400));
  EXPECT_TRUE(only_call(box).inline_twiml.empty());
  EXPECT_THAT(spoken(box), ElementsAre(message));
  EXPECT_EQ(only_call(box).streams, 0U);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kCompleted);
}

// B-NTF-3: the end of a delegated message is never reported: after the longest time it can take the
// box hangs up itself, with a warning.
TEST(Messages, NotifyWhoseEndIsLost) {
  Box box(api_config());
  box.world.twilio().set_callee([](std::string_view) { return Person{}; });
  const HttpAnswer placed =
      post(box, "/call/outbound", R"({"to":"+15557654321","mode":"notify","message":"Short"})");
  ASSERT_EQ(placed.status, 201);
  ASSERT_TRUE(box.world.run_until(
      [&] {
        const CallRecord* record = box.appliance.calls().find(*CallId::parse(call_id_of(placed)));
        return record != nullptr && record->core.answered_at.is_set();
      },
      Duration::seconds(20)));
  box.world.twilio().reachable(false);  // Nothing more is heard.
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(box.counts().live_calls, 1U);
  box.world.run(Duration::seconds(8));
  EXPECT_THAT(box.world.core_lines(), Contains(HasSubstr("notify message did not end in time")));
  box.world.twilio().reachable(true);
  box.world.run(Duration::seconds(60));
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-DTMF-4, B-DTMF-1: digits before connect are played by the answer document, ahead of the stream;
// digits during the call by a live update that leads back to the stream.
TEST(Messages, DigitsAreSentBeforeAndDuringTheCall) {
  Box box(api_config());
  const HttpAnswer placed =
      post(box, "/call/outbound",
           R"({"to":"+15557654321","mode":"conversation","dtmfSequence":"1w2W#"})");
  ASSERT_EQ(placed.status, 201) << placed.body;
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(only_call(box).digits_heard, "1w2ww#");
  EXPECT_EQ(only_call(box).streams, 1U);
  const HttpAnswer sent =
      post(box, "/api/v1/calls/" + call_id_of(placed) + "/digits", R"({"digits":"42"})");
  EXPECT_EQ(sent.status, 200) << sent.body;
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(only_call(box).digits_heard, "1w2ww#42");
  EXPECT_EQ(only_call(box).streams, 2U);
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.counts().streams, 1U);
  const HttpAnswer bad =
      post(box, "/api/v1/calls/" + call_id_of(placed) + "/digits", R"({"digits":"4x"})");
  EXPECT_EQ(bad.status, 400);
}

// B-DTMF-3: digits, sent or received, appear nowhere but as a count.
TEST(Messages, DigitsStayPrivate) {
  Box box(api_config());
  const HttpAnswer placed =
      post(box, "/call/outbound",
           R"({"to":"+15557654321","mode":"conversation","dtmfSequence":"861973"})");
  ASSERT_EQ(placed.status, 201);
  box.world.run(Duration::seconds(15));
  box.world.press(only_call(box).ref, "759318");
  (void)post(box, "/api/v1/calls/" + call_id_of(placed) + "/digits", R"({"digits":"284617"})");
  box.world.run(Duration::seconds(15));
  const std::string token = std::string("Authorization: Bearer ") + kToken;
  std::string seen;
  for (const char* target : {"/metrics", "/api/v1/calls", "/health"}) {
    HttpRequest request;
    request.target = target;
    request.headers = {token};
    seen += box.world.request(request).body;
  }
  for (const std::string& line : box.world.core_lines()) seen += line + "\n";
  for (const char* digits : {"861973", "759318", "284617"}) {
    EXPECT_THAT(seen, Not(HasSubstr(digits)));
  }
  EXPECT_THAT(seen, HasSubstr("hookflash_"));
}

}  // namespace
}  // namespace hookflash::sim
