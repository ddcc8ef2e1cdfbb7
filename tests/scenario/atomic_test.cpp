// Aim: B-PROC-1, an entry that fails changes nothing that anybody can observe, and the same event
// again is processed afresh, once. Method: one event of each kind into a call, with an append that
// fails; everything observable before and after; then the same event again, and once more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kBot =
    R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})";
const std::string kSid(kRawCallSid);

// Everything that can be observed of a box with one call, but for what failures themselves count.
std::string everything(Box& box) {
  std::string text;
  const CoreCounts counts = box.counts();
  for (const size_t count :
       {counts.call_slots, counts.live_calls, counts.streams, counts.app_legs, counts.rest,
        counts.inbox_entries, counts.deadlines, box.appliance.calls().history().size(),
        box.appliance.calls().keys().size(), box.appliance.calls().unconfirmed(),
        static_cast<size_t>(box.world.twilio().rest_requests())}) {
    text += std::to_string(count) + " ";
  }
  const CallTable& table = box.appliance.calls().table();
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallRecord* record = table.get(table.at(i));
    if (record == nullptr) continue;
    const CallCore& core = record->core;
    text += "\n" + std::string(core.call_id.text()) + " ";
    text += std::string(name_of(core.state, core.end_reason)) + " ";
    for (const int64_t value :
         {core.answered_at.ms(), core.ringing_at.ms(), int64_t{core.document_number},
          int64_t{core.stream_generation}, int64_t{core.turn_count}, int64_t{core.intents},
          static_cast<int64_t>(core.message_state), int64_t{core.dtmf_sent},
          static_cast<int64_t>(record->keys.size()), int64_t{record->hangup_failures}}) {
      text += std::to_string(value) + " ";
    }
    for (size_t t = 0; t < kTimers; ++t) {
      text += std::to_string(record->timers[t].at.us()) + ",";
    }
    for (size_t line = 0; line < record->transcript.size(); ++line) {
      text += "\n" + std::string(record->transcript[line].text);
    }
  }
  if (SimApp* app = box.world.app("bot.example.com")) {
    for (const auto& session : app->sessions()) {
      text += "\napp " + std::to_string(session->starts) + " " + session->digits + " " +
              std::to_string(session->stops);
    }
  }
  return text;
}

// The event fails with the append and leaves nothing; again, it changes something; once more, it
// changes nothing.
void expect_atomic(Box& box, const std::function<int()>& event, int failed_status = 500) {
  box.world.run(Duration::ms(500));
  const std::string before = everything(box);
  box.world.storage().fail_next(1);
  EXPECT_EQ(event(), failed_status);
  box.world.run(Duration::ms(50));
  EXPECT_EQ(everything(box), before);
  EXPECT_EQ(event(), 200);
  box.world.run(Duration::ms(50));
  const std::string after = everything(box);
  EXPECT_NE(after, before);
  EXPECT_EQ(event(), 200);
  box.world.run(Duration::ms(50));
  EXPECT_EQ(everything(box), after) << "the third time";
}

TEST(Atomic, CreatingACall) {
  Box box(api_config(kBot));
  expect_atomic(box, [&] { return ring(box); });
}

TEST(Atomic, Refusing) {
  Box box(api_config("", R"(,"inboundPolicy":"disabled")"));
  expect_atomic(box, [&] { return ring(box); });
}

TEST(Atomic, Adopting) {
  Box box(api_config());
  expect_atomic(box, [&] { return send(box, hook(kSid, "in-progress", "outbound-api")).status; });
}

TEST(Atomic, Answering) {
  Box box(api_config());
  ASSERT_EQ(ring(box), 200);
  expect_atomic(box, [&] { return send(box, hook(kSid, "in-progress").as_status()).status; });
}

TEST(Atomic, TheNextDocument) {
  Box box(api_config(R"(,"inboundGreeting":"Good day")"));
  ASSERT_EQ(ring(box), 200);
  const std::string query = "callId=" + std::string(record_of(box)->core.call_id.text()) + "&doc=1";
  expect_atomic(box, [&] { return send(box, hook(kSid, "in-progress", "inbound", query)).status; });
}

TEST(Atomic, Digits) {
  Box box(api_config(kBot));
  box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kSilent});
  ASSERT_EQ(ring(box), 200);
  auto stream = RawStream::open(box.world);
  box.world.run(Duration::ms(100));
  stream->start(kRawCallSid, token_of(box));
  expect_atomic(box,
                [&] { return send(box, hook(kSid, "in-progress").with("Digits", "17")).status; });
}

TEST(Atomic, Speech) {
  Box box(api_config(R"(,"streaming":{"enabled":false})"));
  ASSERT_EQ(ring(box), 200);
  expect_atomic(box, [&] {
    return send(box, hook(kSid, "in-progress").with("SpeechResult", "Hello there")).status;
  });
}

// What the API asks for: an error, nothing else; asked again it is done.
TEST(Atomic, Requests) {
  Box box(api_config(R"(,"streaming":{"enabled":false})"));
  const HttpAnswer placed =
      post(box, "/api/v1/calls", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201);
  box.world.run(Duration::seconds(5));
  const std::string call = "/api/v1/calls/" + call_id_of(placed);
  for (const auto& [what, body] :
       {std::pair("/digits", R"({"digits":"12"})"), std::pair("/speak", R"({"text":"Hello"})"),
        std::pair("/hangup", "{}")}) {
    box.world.run(Duration::seconds(5));
    const std::string before = everything(box);
    box.world.storage().fail_next(1);
    const HttpAnswer failed = post(box, call + what, body);
    EXPECT_EQ(failed.status, 503) << what << failed.body;
    EXPECT_THAT(failed.body, HasSubstr("storage-failed")) << what;
    EXPECT_EQ(everything(box), before) << what;
    EXPECT_EQ(post(box, call + what, body).status, 200) << what;
    EXPECT_NE(everything(box), before) << what;
  }
}

// B-TWI-3: reconnects count when they were answered, so a carrier that repeats a fetch for a
// failing journal does not use them up.
TEST(Atomic, ReconnectsThatFailedDoNotCount) {
  Box box(api_config());
  ASSERT_EQ(ring(box), 200);
  auto stream = RawStream::open(box.world);
  box.world.run(Duration::ms(100));
  stream->start(kRawCallSid, token_of(box));
  box.world.run(Duration::ms(300));
  const std::string call = "callId=" + std::string(record_of(box)->core.call_id.text());
  for (int i = 0; i < 6; ++i) {
    box.world.storage().fail_next(1);
    EXPECT_EQ(send(box, hook(kSid, "in-progress", "inbound", call + "&doc=2")).status, 500);
  }
  for (int i = 2; i < 5; ++i) {
    EXPECT_THAT(
        send(box, hook(kSid, "in-progress", "inbound", call + "&doc=" + std::to_string(i))).body,
        HasSubstr("<Stream"))
        << i;
  }
  const HttpAnswer fourth = send(box, hook(kSid, "in-progress", "inbound", call + "&doc=5"));
  EXPECT_THAT(fourth.body, HasSubstr("<Hangup/>"));
  EXPECT_THAT(fourth.body, Not(HasSubstr("<Stream")));
}

// B-DED-6, B-MSG-2: the answer could not be written completely, so its key is free and the
// identical request gets the document that the first one should have had, greeting and token; then
// it is a replay.
TEST(Atomic, AnAnswerThatDidNotArrive) {
  Box box(api_config(R"(,"inboundGreeting":"Good day")"));
  box.world.storage().delays(Duration::ms(500), Duration::ms(501));
  HttpRequest request = request_of(box, hook(kSid, "ringing"));
  const auto first =
      HttpExchange::start(box.world.network(), box.world.timeline(), request, false,
                          IpAddress::from_v4({127, 0, 0, 1}), [](const HttpAnswer&) {});
  box.world.run(Duration::ms(200));
  first->cancel();
  box.world.run(Duration::seconds(1));
  ASSERT_EQ(box.counts().live_calls, 1U);
  const size_t keys = box.appliance.calls().keys().size();
  const HttpAnswer second = box.world.request(request);
  EXPECT_EQ(second.status, 200);
  EXPECT_THAT(second.body, HasSubstr("Good day</Say>"));
  EXPECT_THAT(second.body, HasSubstr("name=\"token\""));
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.appliance.calls().keys().size(), keys);
  const HttpAnswer third = box.world.request(request);
  EXPECT_THAT(third.body, HasSubstr("<Redirect"));
  EXPECT_THAT(third.body, Not(HasSubstr("token")));
}

// B-DED-5: identical requests at the same time; the owner fails, so all of them get 500, and the
// next one is processed.
TEST(Atomic, AnOwnerThatFails) {
  Box box(api_config());
  box.world.storage().delays(Duration::ms(500), Duration::ms(501));
  box.world.storage().fail_next(1);
  std::vector<std::shared_ptr<HttpAnswer>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(send_later(box, hook(kSid, "ringing")));
    box.world.run(Duration::ms(50));
  }
  for (const auto& answer : answers) EXPECT_EQ(answer->status, 0) << "they wait for the owner";
  box.world.run(Duration::seconds(1));
  for (const auto& answer : answers) EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_THAT(send(box, hook(kSid, "ringing")).body, HasSubstr("<Stream"));
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-DED-5, B-DED-4: the owner succeeds: of four identical fetches one has the token.
TEST(Atomic, AnOwnerThatSucceeds) {
  Box box(api_config());
  box.world.storage().delays(Duration::ms(500), Duration::ms(501));
  std::array<std::shared_ptr<HttpAnswer>, 4> answers;
  for (auto& answer : answers) answer = send_later(box, hook(kSid, "ringing"));
  box.world.run(Duration::seconds(2));
  size_t tokens = 0;
  size_t redirects = 0;
  for (const auto& answer : answers) {
    EXPECT_EQ(answer->status, 200);
    if (answer->body.find("token") != std::string::npos) ++tokens;
    if (answer->body.find("retry=1") != std::string::npos) ++redirects;
  }
  EXPECT_EQ(tokens, 1U);
  EXPECT_EQ(redirects, 3U);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

}  // namespace
}  // namespace hookflash::sim
