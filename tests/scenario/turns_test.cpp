// Aim: speech by the carrier and turns, on calls without a stream (contract section 13). Method:
// outbound conversations of the real appliance; the simulated carrier speaks, listens and tells
// what the far end said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twilio::carrier::Act;
using twilio::carrier::Person;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

constexpr const char* kQuiet = R"(,"streaming":{"enabled":false})";

class TurnTest : public testing::Test {
 protected:
  // A conversation without stream, answered.
  void connect(const std::string& more = "", const std::string& message = "",
               const WorldOptions& options = {}) {
    box_ = std::make_unique<Box>(api_config(kQuiet + more), options);
    ASSERT_EQ(box_->configured, Status::kOk);
    const HttpAnswer placed =
        post(*box_, "/api/v1/calls",
             R"({"to":"+15557654321","mode":"conversation")" +
                 (message.empty() ? "" : R"(,"message":")" + message + "\"") + "}");
    ASSERT_EQ(placed.status, 201) << placed.body;
    id_ = call_id_of(placed);
    ASSERT_TRUE(box_->world.run_until(
        [this] { return record() != nullptr && record()->core.answered_at.is_set(); },
        Duration::seconds(10)));
    box_->world.run(Duration::ms(500));
  }
  CallRecord* record() { return box_->appliance.calls().find(*CallId::parse(id_)); }
  CallState state() { return record()->core.state; }
  std::string route(const char* what) { return "/api/v1/calls/" + id_ + "/" + what; }
  std::shared_ptr<HttpAnswer> turn(const std::string& body = R"({"text":"How many?"})") {
    return post_later(*box_, route("turn"), body);
  }
  void run(Duration time) { box_->world.run(time); }
  // What the far end says; the carrier hears it when it listens.
  void say(std::string_view words) {
    for (const auto& call : box_->world.twilio().carrier().calls()) {
      if (is_live(call.state))
        box_->world.twilio().carrier().say(call.ref, words, box_->world.now());
    }
  }
  // One line after the other.
  std::string transcript() {
    std::string text;
    for (size_t i = 0; i < record()->transcript.size(); ++i) {
      const TranscriptLine line = record()->transcript[i];
      text += std::string(name_of(line.speaker)) + ": " + std::string(line.text) + "\n";
    }
    return text;
  }
  std::vector<std::string> sentences() {
    std::vector<std::string> words;
    for (const auto& sentence : box_->world.twilio().sentences()) words.push_back(sentence.words);
    return words;
  }
  // A recognised utterance as the carrier reports it.
  Hook speech(const std::string& words, const std::string& more) {
    return hook(std::string(record()->core.provider_call_id.view()), "in-progress", "outbound-api",
                "callId=" + id_ + more)
        .with("SpeechResult", words)
        .with("Confidence", "0.8");
  }
  // Everything that the box allowed itself for the call is given back at its end.
  void TearDown() override {
    if (box_ == nullptr) return;
    for (const auto& call : box_->world.twilio().carrier().calls()) {
      if (is_live(call.state)) box_->world.hang_up(call.ref);
    }
    run(Duration::seconds(90));
    EXPECT_EQ(box_->counts().call_slots, 0U);
    EXPECT_EQ(box_->appliance.calls().inboxes().long_texts(), 0U);
    EXPECT_EQ(box_->appliance.tickets_open(), 0U);
    EXPECT_THAT(box_->world.violations(), IsEmpty());
  }

  std::unique_ptr<Box> box_;
  std::string id_;
};

// B-TURN-2, B-TURN-4, B-STATE-7: spoken, listened, answered with what the caller said, once that is
// durable; the bot's line enters the transcript when its playback has ended.
TEST_F(TurnTest, SpeaksListensAndReturnsTheAnswer) {
  connect();
  const auto answer = turn();
  run(Duration::ms(300));
  EXPECT_EQ(state(), CallState::kSpeaking);
  EXPECT_EQ(transcript(), "");
  ASSERT_TRUE(box_->world.run_until([this] { return state() == CallState::kListening; },
                                    Duration::seconds(30)));
  EXPECT_EQ(transcript(), "bot: How many?\n");
  EXPECT_EQ(answer->status, 0);
  run(Duration::ms(400));  // The document's way to the carrier.
  box_->world.storage().stall(Duration::seconds(2));
  say("Twenty one");
  run(Duration::ms(1500));
  EXPECT_EQ(answer->status, 0) << "not durable yet";
  run(Duration::seconds(3));
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_THAT(answer->body, HasSubstr(R"("transcript":"Twenty one")"));
  EXPECT_THAT(answer->body, HasSubstr(R"("turn":1)"));
  EXPECT_EQ(transcript(), "bot: How many?\ncaller: Twenty one\n");
  EXPECT_EQ(record()->core.turn_count, 1U);
  EXPECT_GT(record()->core.last_turn_latency_ms, record()->core.last_turn_listen_wait_ms);
  EXPECT_GT(record()->core.last_turn_listen_wait_ms, 0U);
}

// B-TURN-4, B-PROC-1: speech whose entry fails resolves nothing; the carrier's retry does.
TEST_F(TurnTest, SpeechThatIsNotDurableResolvesNothing) {
  connect();
  const auto answer = turn();
  ASSERT_TRUE(box_->world.run_until([this] { return state() == CallState::kListening; },
                                    Duration::seconds(30)));
  const std::string before = transcript();
  run(Duration::ms(400));
  box_->world.storage().fail_next(1);
  say("Seven");
  run(Duration::ms(100));
  EXPECT_EQ(answer->status, 0);
  EXPECT_EQ(transcript(), before);
  run(Duration::seconds(5));
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_THAT(transcript(), HasSubstr("caller: Seven\n"));
}

// B-TURN-2, B-ADM-6: a second turn is refused at once and does not disturb the first.
TEST_F(TurnTest, SecondTurnIsRefused) {
  connect();
  const auto first = turn();
  run(Duration::ms(300));
  const HttpAnswer second = post(*box_, route("turn"), R"({"text":"And when?"})");
  EXPECT_EQ(second.status, 409);
  EXPECT_THAT(second.body, HasSubstr("turn-active"));
  run(Duration::seconds(10));
  say("Two");
  run(Duration::seconds(3));
  EXPECT_EQ(first->status, 200);
  EXPECT_THAT(first->body, HasSubstr("Two"));
  EXPECT_THAT(sentences(), testing::Not(testing::Contains("And when?")));
}

// B-EVT-4: a blank final transcript makes no line and leaves the turn waiting.
TEST_F(TurnTest, BlankSpeechLeavesTheTurnWaiting) {
  connect();
  const auto answer = turn();
  run(Duration::seconds(10));
  const size_t lines = record()->transcript.size();
  say("   ");
  run(Duration::seconds(3));
  EXPECT_EQ(answer->status, 0);
  EXPECT_EQ(record()->transcript.size(), lines);
  EXPECT_EQ(record()->core.turn_count, 0U);
  say("Four");
  run(Duration::seconds(3));
  EXPECT_EQ(answer->status, 200);
}

// B-TURN-3: speech with another token leaves no line, resolves nothing, and consumes its key.
TEST_F(TurnTest, SpeechOfAnotherTurnChangesNothing) {
  connect();
  const auto answer = turn();
  run(Duration::seconds(10));
  const size_t lines = record()->transcript.size();
  const size_t keys = record()->keys.size();
  EXPECT_EQ(send(*box_, speech("Not mine", "&doc=9&turn=" + std::string(32, '9'))).status, 200);
  EXPECT_EQ(record()->transcript.size(), lines);
  EXPECT_EQ(answer->status, 0);
  EXPECT_EQ(record()->keys.size(), keys + 1);
  say("Mine");
  run(Duration::seconds(3));
  EXPECT_THAT(answer->body, HasSubstr("Mine"));
}

// B-TURN-5: no speech within transcriptTimeoutMs; the slot is free and listening has stopped.
TEST_F(TurnTest, NobodySpeaks) {
  connect(R"(,"transcriptTimeoutMs":12000)");
  const auto answer = turn();
  run(Duration::seconds(25));
  EXPECT_EQ(answer->status, 504);
  EXPECT_THAT(answer->body, HasSubstr("transcript-timeout"));
  const size_t lines = record()->transcript.size();
  say("Too late");
  run(Duration::seconds(3));
  EXPECT_EQ(record()->transcript.size(), lines) << "nobody listens any more";
  const auto next = turn();
  run(Duration::seconds(10));
  say("In time");
  run(Duration::seconds(3));
  EXPECT_EQ(next->status, 200) << next->body;
}

// B-TURN-5: the call's end rejects the turn with its reason.
TEST_F(TurnTest, CallEndsDuringTheTurn) {
  connect();
  const auto answer = turn();
  run(Duration::seconds(10));
  for (const auto& call : box_->world.twilio().carrier().calls()) {
    if (is_live(call.state)) box_->world.hang_up(call.ref);
  }
  run(Duration::seconds(5));
  EXPECT_EQ(answer->status, 409);
  EXPECT_THAT(answer->body, HasSubstr(R"("code":"ended")"));
  EXPECT_THAT(answer->body, HasSubstr(R"("state":"completed")"));
  EXPECT_THAT(answer->body, HasSubstr("endedAt"));
}

// B-TURN-5, B-STATE-7: a failed playback ends the turn without listening; the call goes on in
// listening and no line is left.
TEST_F(TurnTest, PlaybackFails) {
  connect();
  box_->world.twilio().carrier().settings().update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 20001};
  const HttpAnswer answer = post(*box_, route("turn"), R"({"text":"How many?"})");
  EXPECT_EQ(answer.status, 502) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("20001"));
  run(Duration::ms(100));
  EXPECT_EQ(state(), CallState::kListening);
  EXPECT_EQ(transcript(), "");
  box_->world.twilio().carrier().settings().update = {};
  const auto next = turn();
  run(Duration::seconds(10));
  say("Nine");
  run(Duration::seconds(3));
  EXPECT_EQ(next->status, 200) << next->body;
}

// B-TURN-1: unknown, not answered yet, finished with reason and time.
TEST_F(TurnTest, RequestsOnOtherCalls) {
  connect();
  EXPECT_EQ(post(*box_, "/api/v1/calls/00000000-0000-4000-8000-000000000000/turn", "{}").status,
            404);
  box_->world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kNever;
    return person;
  });
  const std::string ringing =
      call_id_of(post(*box_, "/api/v1/calls", R"({"to":"+15557654322","mode":"conversation"})"));
  for (const char* what : {"speak", "turn"}) {
    const HttpAnswer early =
        post(*box_, "/api/v1/calls/" + ringing + "/" + what, R"({"text":"Hello"})");
    EXPECT_EQ(early.status, 409);
    EXPECT_THAT(early.body, HasSubstr("not-connected"));
  }
  ASSERT_EQ(post(*box_, route("hangup"), "").status, 200);
  for (const char* what : {"speak", "turn"}) {
    const HttpAnswer late = post(*box_, route(what), R"({"text":"Hello"})");
    EXPECT_EQ(late.status, 409);
    EXPECT_THAT(late.body, HasSubstr(R"("code":"ended")"));
    EXPECT_THAT(late.body, HasSubstr(R"("state":"hangup-bot")"));
    EXPECT_THAT(late.body, HasSubstr("endedAt"));
  }
}

// B-ADM-6: one playback at a time, eight wait, the next is refused; all are spoken, in order.
TEST_F(TurnTest, PlaybacksWaitInOrder) {
  connect();
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {
    expected.push_back("Number " + std::to_string(i));
    const HttpAnswer answer = post(*box_, route("speak"), R"({"text":")" + expected.back() + "\"}");
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
  const HttpAnswer tenth = post(*box_, route("speak"), R"({"text":"One too many"})");
  EXPECT_EQ(tenth.status, 429);
  EXPECT_THAT(tenth.body, HasSubstr("queue-full"));
  run(Duration::seconds(60));
  EXPECT_EQ(sentences(), expected);
  EXPECT_EQ(state(), CallState::kListening);  // B-TURN-7.
  EXPECT_EQ(record()->transcript.size(), 9U);
}

// B-TURN-7: a conversation without a stream listens after every playback, the initial message
// included; that one is spoken by the first document, once.
TEST_F(TurnTest, ListensAfterTheInitialMessage) {
  connect("", "Good day");
  EXPECT_EQ(state(), CallState::kSpeaking);
  EXPECT_EQ(record()->core.message_state, MessageState::kPlaying);
  run(Duration::seconds(40));
  EXPECT_EQ(state(), CallState::kListening);
  EXPECT_EQ(record()->core.message_state, MessageState::kDone);
  EXPECT_EQ(transcript(), "bot: Good day\n");
  run(Duration::seconds(100));
  EXPECT_THAT(sentences(), testing::ElementsAre("Good day"));
}

// B-MSG-5: what the far end says during an outbound conversation's initial message neither cuts it
// nor starts a turn.
TEST_F(TurnTest, SpeechDuringTheInitialMessage) {
  connect("", "Good day, this is a message of some length so that there is time to interrupt it");
  ASSERT_EQ(record()->core.message_state, MessageState::kPlaying);
  EXPECT_EQ(send(*box_, speech("Hello?", "&type=status")).status, 200);
  EXPECT_EQ(record()->core.turn_count, 0U);
  EXPECT_EQ(record()->core.message_state, MessageState::kPlaying);
}

// B-PROC-4: a request that says several things at once (the far end is connected, it said this, the
// playback before is over) is one entry: all of it is applied, or nothing is.
TEST_F(TurnTest, OneRequestIsOneEntry) {
  connect();
  const auto answer = turn();
  ASSERT_TRUE(box_->world.run_until([this] { return state() == CallState::kSpeaking; },
                                    Duration::seconds(5)));
  const std::string numbers = "&doc=" + std::to_string(record()->core.document_number);
  const CallCore before = record()->core;
  box_->world.storage().fail_next(1);
  const uint64_t entries = box_->world.storage().durable();
  const Hook heard = speech("Eleven", numbers).with("Timestamp", "");
  EXPECT_EQ(send(*box_, heard).status, 500);
  EXPECT_EQ(box_->world.storage().durable(), entries);
  EXPECT_EQ(transcript(), "");
  EXPECT_EQ(record()->core, before);
  EXPECT_EQ(send(*box_, heard).status, 200);
  EXPECT_EQ(box_->world.storage().durable(), entries + 1);
  EXPECT_THAT(transcript(), HasSubstr("bot: How many?\n"));
  EXPECT_THAT(transcript(), HasSubstr("caller: Eleven\n"));
  EXPECT_GT(record()->core.document_number, before.document_number);
}

// The requester of a turn goes away: the turn ends, and another can begin.
TEST_F(TurnTest, RequesterGoesAway) {
  connect();
  HttpRequest request;
  request.method = "POST";
  request.target = route("turn");
  request.host = "127.0.0.1:3334";
  request.headers = {std::string("Authorization: Bearer ") + kToken,
                     "Content-Type: application/json"};
  request.body = "{}";
  const auto first =
      HttpExchange::start(box_->world.network(), box_->world.timeline(), request, false,
                          IpAddress::from_v4({127, 0, 0, 1}), [](const HttpAnswer&) {});
  run(Duration::seconds(5));
  EXPECT_EQ(post(*box_, route("turn"), "{}").status, 409);
  first->cancel();
  run(Duration::seconds(2));
  const auto next = turn();
  run(Duration::seconds(10));
  say("Three");
  run(Duration::seconds(3));
  EXPECT_EQ(next->status, 200) << next->body;
}

}  // namespace
}  // namespace hookflash::sim
