// Aim: what a box remembers over a restart: keys, refusals, messages, transcripts, calls that may
// still cost money, the time. Method: the appliance loses power in the simulated world and another
// takes up what its storage made durable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "power.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using twilio::carrier::RestFault;
using CarrierState = twilio::carrier::CallState;

constexpr const char* kSid = "CA00000000000000000000000000000077";

RestFault refused() { return {.what = RestFault::What::kStatus, .permille = 1000, .status = 503}; }

// B-DED-1, B-DED-4: copies of every request of a finished call change nothing after a restart: no
// new call, no second end, no token; also when their answers had been lost.
TEST(RestartMemory, CopiesOfAFinishedCall) {
  Power power;
  const HttpRequest begin = power.webhook(kSid, "ringing");
  const HttpRequest end = power.webhook(kSid, "completed");
  ASSERT_THAT(power.world.request(begin).body, HasSubstr("<Stream"));
  ASSERT_EQ(power.world.request(end).status, 200);
  ASSERT_EQ(power.calls().history().size(), 1U);
  const CallSummary before = power.last();
  power.restart(Duration::seconds(1));
  for (const HttpRequest& copy : {begin, end, begin}) {
    const HttpAnswer answer = power.world.request(copy);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, Not(HasSubstr("<Stream")));
  }
  EXPECT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last(), before);
  // Another request about it, of which no copy is known, finds it finished.
  const HttpAnswer late = power.world.request(power.webhook(kSid, "ringing", "", {{"More", "1"}}));
  EXPECT_THAT(late.body, HasSubstr("<Hangup"));
  EXPECT_EQ(power.calls().history().size(), 1U);
}

// B-DED (table), B-DED-1: the keys of 10,000 events and requests of others come after those of a
// live call, so that neither list of the box has them any more when it starts again: the call's own
// have, and a copy does nothing.
TEST(RestartMemory, ALiveCallsKeysOutliveTheListsOfTheBox) {
  Power power(api_config(R"(,"streaming":{"enabled":false})"));
  ASSERT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
  const HttpRequest answered =
      power.webhook(kSid, "in-progress", "", {{"CallbackSource", "call-progress-events"}});
  ASSERT_EQ(power.world.request(answered).status, 200);
  Event heard;
  heard.type = EventType::kSpeech;
  heard.call_id = power.only()->core.call_id;
  heard.key.fill(0xAB);
  int presses = 0;
  // Behind an event that is on its way to flash.
  const auto hear = [&] {
    power.world.request_later(
        power.webhook(kSid, "in-progress", "", {{"Digits", std::to_string(++presses)}}),
        [](const HttpAnswer&) {});
    ASSERT_TRUE(power.world.run_until([&] { return power.only()->busy; }, Duration::ms(100)));
    power.appliance().calls().submit(heard, "hello", power.world.now());
    power.world.run(Duration::ms(200));
    ASSERT_FALSE(power.only()->busy);
  };
  hear();
  ASSERT_EQ(power.only()->transcript.size(), 1U);
  for (uint32_t i = 1; i <= limits::kEventKeysMax; ++i) {
    const Key key = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8U), 1};
    EntryWriter entry;
    entry.begin(power.world.now().wall);
    write_keys(entry, {&key, 1});
    write_request_key(entry, key, power.world.now().wall);
    ASSERT_EQ(entry.status(), Status::kOk);
    power.more_entries.emplace_back(text_of(entry.bytes()));
  }
  power.world.twilio().carrier().settings().read = refused();  // It has never heard of the call.
  power.restart(Duration::seconds(1));
  power.world.run(Duration::ms(500));
  ASSERT_EQ(power.counts().live_calls, 1U);
  ASSERT_FALSE(power.calls().keys().contains(heard.key)) << "pushed out by the others";
  hear();
  EXPECT_EQ(power.only()->transcript.size(), 1U);
  const CallCore before = power.only()->core;
  const uint64_t durable = power.world.storage().durable();
  EXPECT_EQ(power.world.request(answered).status, 200);
  EXPECT_EQ(power.only()->core, before);
  EXPECT_EQ(power.world.storage().durable(), durable);
}

// B-DED (table), B-INB-3: a refused call is known after a restart: its next request gets the same
// refusal, and is no second call.
TEST(RestartMemory, ARefusedCallStaysRefused) {
  std::string config = api_config(R"(,"allowFrom":["+15550009999"])");
  config.replace(config.find("\"open\""), 6, "\"allowlist\"");
  Power power(config);
  ASSERT_THAT(power.world.request(power.webhook(kSid, "ringing")).body,
              HasSubstr("<Reject reason=\"rejected\""));
  ASSERT_EQ(power.calls().history().size(), 1U);
  power.restart(Duration::seconds(1));
  const HttpAnswer again = power.world.request(power.webhook(kSid, "ringing", "", {{"More", "1"}}));
  EXPECT_THAT(again.body, HasSubstr("<Reject reason=\"rejected\""));
  EXPECT_EQ(power.calls().history().size(), 1U);
  // The very same request is a replay.
  EXPECT_THAT(power.world.request(power.webhook(kSid, "ringing")).body, Not(HasSubstr("Reject")));
}

// B-OUT-10: the same idempotency key gives the first call after a restart, live and finished;
// nothing is dialled again (B-RST-2).
TEST(RestartMemory, TheIdempotencyKeyIsKept) {
  Power power;
  const auto place = [&] {
    return power.world.post_json(
        "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})",
        {std::string("Authorization: Bearer ") + kToken, "Idempotency-Key: order-7"});
  };
  const HttpAnswer first = place();
  ASSERT_EQ(first.status, 201);
  power.world.run(Duration::seconds(4));
  power.restart(Duration::seconds(1));
  power.world.run(Duration::seconds(4));
  EXPECT_EQ(call_id_of(place()), call_id_of(first));
  for (const auto& call : power.world.twilio().carrier().calls()) {
    if (is_live(call.state)) power.world.hang_up(call.ref);
  }
  power.world.run(Duration::seconds(10));
  ASSERT_EQ(power.counts().call_slots, 0U);
  power.cut(Duration::seconds(1));
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  EXPECT_EQ(call_id_of(place()), call_id_of(first));
  EXPECT_EQ(power.world.twilio().rest_requests(), rest);
  EXPECT_EQ(power.calls().history().size(), 1U);
}

// B-OUT-10, B-RST-2: the same key again in the moment in which a restart has found the dial half
// done: nobody is told of a call that is about to be closed, and nothing is dialled; the first
// result is that it failed.
TEST(RestartMemory, TheKeyOfADialThatWasCutOff) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
  Power power(api_config(), options);
  HttpRequest request;
  request.method = "POST";
  request.target = "/call/outbound";
  request.body = R"({"to":"+15557654321"})";
  request.headers = {std::string("Authorization: Bearer ") + kToken,
                     "Content-Type: application/json", "Idempotency-Key: order-8"};
  power.world.request_later(request, [](const HttpAnswer&) {});
  power.world.run(Duration::ms(40));
  ASSERT_EQ(power.counts().live_calls, 1U);
  power.cut(Duration::seconds(1));
  const uint64_t rest = power.world.twilio().rest_requests();
  power.world.storage().delays(Duration::ms(300), Duration::ms(300));
  power.start();
  EXPECT_EQ(power.world.request(request).status, 503);
  power.world.run(Duration::seconds(1));
  const HttpAnswer later = power.world.request(request);
  EXPECT_EQ(later.status, 504) << later.body;
  EXPECT_EQ(power.world.twilio().rest_requests(), rest);
  EXPECT_EQ(power.calls().history().size(), 1U);
}

// B-MSG-1, B-MSG-2: a message that was still pending is spoken after the restart, once; one that is
// done is not, however often the box restarts.
TEST(RestartMemory, APendingMessageIsSpokenOnce) {
  Power power;
  const HttpAnswer placed =
      power.post("/call/outbound",
                 R"({"to":"+15557654321","mode":"conversation","message":"Your parcel is here"})");
  ASSERT_EQ(placed.status, 201);
  power.world.run(Duration::ms(500));  // Not answered yet.
  power.cut(Duration::seconds(1));
  ASSERT_THAT(power.world.twilio().sentences(), IsEmpty());
  power.start();
  power.world.run(Duration::seconds(12));
  ASSERT_EQ(power.world.twilio().sentences().size(), 1U);
  EXPECT_EQ(power.world.twilio().sentences()[0].words, "Your parcel is here");
  for (int i = 0; i < 2; ++i) {
    power.restart(Duration::seconds(1));
    power.world.run(Duration::seconds(12));
    EXPECT_EQ(power.counts().live_calls, 1U);
  }
  EXPECT_EQ(power.world.twilio().sentences().size(), 1U);
}

// B-MSG-2: a delegated message is the carrier's: after a restart nobody speaks it, and the timer of
// B-NTF-3 goes on, so that a call whose end gets lost is hung up.
TEST(RestartMemory, ADelegatedMessageIsLeftAlone) {
  Power power;
  power.world.twilio().set_callee([&](std::string_view) {
    auto person = power.world.twilio().speaker();
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
  ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321","mode":"notify","message":"Hi"})")
                .status,
            201);
  const std::string sid(power.only()->core.provider_call_id.view());
  ASSERT_TRUE(power.world.run_until([&] { return !power.world.twilio().sentences().empty(); },
                                    Duration::seconds(20)));
  power.restart(Duration::ms(200));
  power.world.run(Duration::seconds(60));
  EXPECT_EQ(power.world.twilio().sentences().size(), 1U);
  EXPECT_EQ(power.counts().call_slots, 0U);
}

// B-JRN-10, B-TURN-4: what was said and how many turns there were is there after a restart; the
// turn that waited is not, nor its token, and later speech is a line without a turn. No secret and
// no token is in any entry.
TEST(RestartMemory, TranscriptsAndTurns) {
  Power power(api_config(R"(,"streaming":{"enabled":false})"));
  const HttpAnswer placed =
      power.post("/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201);
  const std::string id = call_id_of(placed);
  power.world.run(Duration::seconds(5));
  const std::string sid(power.only()->core.provider_call_id.view());
  const auto say = [&](std::string_view words) {
    for (const auto& call : power.world.twilio().carrier().calls()) {
      if (is_live(call.state)) {
        power.world.twilio().carrier().say(call.ref, words, power.world.now());
      }
    }
  };
  const auto turn = [&](const std::string& text) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/v1/calls/" + id + "/turn";
    request.body = R"({"text":")" + text + "\"}";
    request.headers = {std::string("Authorization: Bearer ") + kToken,
                       "Content-Type: application/json"};
    auto answer = std::make_shared<HttpAnswer>();
    power.world.request_later(request, [answer](const HttpAnswer& given) { *answer = given; });
    return answer;
  };
  const auto first = turn("How many?");
  power.world.run(Duration::seconds(5));
  say("Two please");
  power.world.run(Duration::seconds(3));
  ASSERT_EQ(first->status, 200) << first->body;
  const auto second = turn("Which size?");
  power.world.run(Duration::seconds(5));
  const auto lines = [&] {
    std::string text;
    const CallRecord& record = *power.record_of(sid);
    for (size_t i = 0; i < record.transcript.size(); ++i) {
      text += std::string(record.transcript[i].text) + "|";
    }
    return text;
  };
  EXPECT_EQ(lines(), "How many?|Two please|Which size?|");
  ASSERT_EQ(power.core_of(sid)->turn_count, 1U);
  power.restart(Duration::seconds(1));
  EXPECT_EQ(lines(), "How many?|Two please|Which size?|");
  EXPECT_EQ(power.core_of(sid)->turn_count, 1U);
  EXPECT_EQ(power.core_of(sid)->turn_token, (std::array<uint8_t, 16>{}));
  power.world.run(Duration::seconds(2));
  EXPECT_EQ(second->status, 0) << "its requester's connection went with the box";
  ASSERT_NE(power.core_of(sid), nullptr);
  power.world.request(
      power.outbound_webhook(sid, "in-progress", "?callId=" + id + "&doc=90",
                             {{"SpeechResult", "A large one"}, {"Confidence", "0.9"}}));
  EXPECT_EQ(lines(), "How many?|Two please|Which size?|A large one|");
  EXPECT_EQ(power.core_of(sid)->turn_count, 1U);
  for (const std::string& entry : power.world.storage().entries()) {
    EXPECT_THAT(entry, Not(HasSubstr(std::string(kAuthToken))));
    EXPECT_THAT(entry, Not(HasSubstr(kToken)));
  }
  // And the finished call leaves no words behind.
  for (const auto& call : power.world.twilio().carrier().calls()) {
    if (is_live(call.state)) power.world.hang_up(call.ref);
  }
  power.world.run(Duration::seconds(70));
  ASSERT_EQ(power.counts().call_slots, 0U);
  auto memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive(*memory);
  for (const std::string& entry : power.world.storage().entries())
    archive.apply(bytes_of(entry), 1);
  archive.begin_snapshot();
  for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
    EXPECT_THAT(std::string(text_of(piece)), Not(HasSubstr("Two please")));
  }
}

// B-HUP-4 over restarts: a call that was given up is still hung up, with its alarm, for what is
// left of its hour; when the carrier has ended it, that is durable, and the next restart knows.
TEST(RestartMemory, AGivenUpCallIsPursued) {
  Power power;
  const CallRef ref = power.talk();
  const std::string sid = power.sid_of(ref);
  auto& settings = power.world.twilio().carrier().settings();
  settings.update = settings.read = refused();
  power.world.drop_stream(ref);
  power.world.twilio().streams_unreachable(1000);
  power.world.run(Duration::seconds(420));
  ASSERT_EQ(power.counts().call_slots, 0U);
  ASSERT_FALSE(power.last().carrier_end_confirmed);
  ASSERT_TRUE(power.appliance().alarms().raised(Alarm::kHangupFailed));
  power.cut(Duration::seconds(1));
  const uint64_t rest = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(5));
  EXPECT_TRUE(power.appliance().alarms().raised(Alarm::kHangupFailed));
  EXPECT_TRUE(power.calls().pursues(0, sid));
  EXPECT_GT(power.world.twilio().rest_requests(), rest);
  settings.update = settings.read = {};
  power.world.run(Duration::seconds(61));
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kCompleted);
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_FALSE(power.appliance().alarms().raised(Alarm::kHangupFailed));
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  power.cut(Duration::seconds(1));
  const uint64_t then = power.world.twilio().rest_requests();
  power.start();
  power.world.run(Duration::seconds(70));
  EXPECT_EQ(power.world.twilio().rest_requests(), then);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  EXPECT_FALSE(power.appliance().alarms().raised(Alarm::kHangupFailed));
}

// B-OUT-8, B-HUP-4: the carrier's own word ends the pursuit, too, and is durable before it is
// answered.
TEST(RestartMemory, ALateEndConfirms) {
  Power power;
  ASSERT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
  auto& settings = power.world.twilio().carrier().settings();
  settings.update = settings.read = refused();
  power.world.run(Duration::seconds(420));
  ASSERT_EQ(power.counts().call_slots, 0U);
  ASSERT_EQ(power.calls().unconfirmed(), 1U);
  power.world.storage().fail_next(1);
  EXPECT_EQ(power.world.request(power.webhook(kSid, "completed")).status, 500);
  EXPECT_EQ(power.calls().unconfirmed(), 1U);
  EXPECT_FALSE(power.last().carrier_end_confirmed);
  EXPECT_EQ(power.world.request(power.webhook(kSid, "completed")).status, 200);
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
  EXPECT_FALSE(power.appliance().alarms().raised(Alarm::kHangupFailed));
  power.restart(Duration::seconds(1));
  EXPECT_EQ(power.calls().unconfirmed(), 0U);
  EXPECT_TRUE(power.last().carrier_end_confirmed);
}

// B-TMR-3: a board without a battery wakes in 1970. What it was when the newest entry was written
// is "now": calls are no younger than that, and max duration goes on. New calls and their entries
// get times behind it, so that the next restart, in 1970 again, does not take them for decades old.
TEST(RestartMemory, ABoardThatWakesIn1970) {
  Power power(api_config(R"(,"maxDurationSeconds":60)"));
  const CallRef ref = power.talk(Duration::seconds(30));
  const std::string sid = power.sid_of(ref);
  const WallTime before = power.world.now().wall;
  power.world.power_cut();
  power.world.run(Duration::ms(100));
  power.world.jump_wall(WallTime::from_ms(0) - power.world.now().wall);
  power.start();
  power.world.run(Duration::seconds(5));
  EXPECT_TRUE(power.appliance().alarms().raised(Alarm::kClock));
  ASSERT_NE(power.core_of(sid), nullptr);
  ASSERT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
  EXPECT_GT(power.core_of(kSid)->started_at, before - Duration::seconds(31));
  power.world.power_cut();
  power.world.run(Duration::ms(100));
  power.world.jump_wall(WallTime::from_ms(0) - power.world.now().wall);
  power.start();
  EXPECT_NE(power.core_of(sid), nullptr);
  ASSERT_NE(power.core_of(kSid), nullptr);
  power.world.twilio().carrier().settings().read = {.what = RestFault::What::kSilent,
                                                    .permille = 1000};
  power.world.run(Duration::seconds(5));
  EXPECT_NE(power.core_of(kSid), nullptr);
  // The newest entry before the first cut is from the call's second second.
  power.world.run(Duration::seconds(70));
  EXPECT_EQ(power.core_of(sid), nullptr) << "max duration runs on";
  EXPECT_EQ(power.counts().call_slots, 1U);
}

// B-TMR-3: a clock that was years ahead for a while and was set right: the newest entry counts, not
// the greatest time of all, so that later calls are not taken for old ones.
TEST(RestartMemory, AClockThatWasAhead) {
  Power power(api_config(R"(,"maxDurationSeconds":300)"));
  power.world.jump_wall(Duration::seconds(100'000'000));
  ASSERT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
  ASSERT_EQ(power.world.request(power.webhook(kSid, "completed")).status, 200);
  power.world.jump_wall(Duration::seconds(-100'000'000));
  const CallRef ref = power.talk(Duration::seconds(10));
  const std::string sid = power.sid_of(ref);
  power.restart(Duration::seconds(1));
  power.world.run(Duration::seconds(8));
  ASSERT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(power.counts().streams, 1U);
}

// B-OUT-10: the key of a dial is known though a thousand others have ended since, so that the
// history has forgotten the call; also after a restart. Refused calls count, too: nobody can make
// the box dial twice by calling it often. Ten minutes later the key is a new one.
TEST(RestartMemory, TheIdempotencyKeyOutlivesTheHistory) {
  Power power(api_config("", R"(,"inboundPolicy":"disabled")"));
  const auto ask = [&] {
    return power.world.post_json(
        "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})",
        {std::string("Authorization: Bearer ") + kToken, "Idempotency-Key: k1"});
  };
  ASSERT_EQ(ask().status, 201);
  power.world.run(Duration::seconds(3));
  const std::string id(power.calls().table().get(power.calls().table().at(0))->core.call_id.text());
  ASSERT_EQ(power.post("/api/v1/calls/" + id + "/hangup", "{}").status, 200);
  power.world.run(Duration::seconds(5));
  ASSERT_EQ(power.calls().history().size(), 1U);
  for (size_t n = 0; n < limits::kHistoryMax; ++n) {
    char sid[40];
    std::snprintf(sid, sizeof sid, "CA%032zx", n);
    ASSERT_THAT(power.world.request(power.webhook(sid, "ringing")).body, HasSubstr("<Reject"));
    power.world.run(Duration::ms(100));
  }
  ASSERT_EQ(power.calls().history().find(*CallId::parse(id)), nullptr);
  for (int n = 0; n < 2; ++n) {
    const HttpAnswer answer = ask();
    EXPECT_EQ(answer.status, 504);
    EXPECT_THAT(answer.body, HasSubstr("dial-timeout"));
    EXPECT_EQ(power.counts().call_slots, 0U);
    power.restart(Duration::seconds(1));
  }
  power.world.run(Duration::seconds(600));
  EXPECT_EQ(ask().status, 201);
}

// B-JRN-9: without a journal health is failing, new calls are refused with reason storage, and
// nothing is recorded. Which calls there are is not known: webhooks about them are answered 500,
// the API 503, and when the journal can be opened at last, the same webhooks find their calls, and
// ends are not lost.
TEST(RestartMemory, AJournalThatComesLater) {
  Power power;
  const CallRef ref = power.world.inbound_call("+15551234567");
  ASSERT_THAT(power.world.request(power.webhook(kSid, "ringing")).body, HasSubstr("<Stream"));
  power.world.run(Duration::seconds(5));
  const std::string sid = power.sid_of(ref);
  ASSERT_NE(power.core_of(sid), nullptr);
  const std::string id(power.core_of(sid)->call_id.text());
  const std::string next = "?callId=" + id + "&type=document&doc=2";
  power.cut(Duration::seconds(1));
  power.start_without_journal();
  power.world.storage().fail_permille(1000);
  HttpRequest health;
  health.target = "/health";
  HttpAnswer answer = power.world.request(health);
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr(R"("status":"failing")"));
  EXPECT_THAT(answer.body, HasSubstr("cannot open"));
  const HttpRequest stranger = power.webhook("CA00000000000000000000000000000079", "ringing");
  EXPECT_THAT(power.world.request(stranger).body, HasSubstr("<Reject reason=\"busy\""));
  EXPECT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 503);
  const HttpRequest end = power.webhook(kSid, "completed");
  EXPECT_EQ(power.world.request(end).status, 500);
  EXPECT_EQ(power.world.request(power.webhook(sid, "in-progress", next)).status, 500);
  // Of an outbound call that the box has placed: it looks like the first of a new one.
  EXPECT_EQ(power.world.request(power.webhook(sid, "ringing", next)).status, 500);
  HttpRequest show;
  show.target = "/api/v1/calls/" + id;
  show.headers = {std::string("Authorization: Bearer ") + kToken};
  EXPECT_EQ(power.world.request(show).status, 503);
  show.target = "/api/v1/calls";
  EXPECT_EQ(power.world.request(show).status, 503);
  EXPECT_EQ(power.post("/api/v1/calls/" + id + "/hangup", "{}").status, 503);
  EXPECT_EQ(power.calls().history().size(), 0U);
  power.world.storage().fail_permille(0);
  power.journal_opens();
  EXPECT_EQ(power.world.request(end).status, 200);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().provider_call_id, std::string_view(kSid));
  EXPECT_EQ(power.last().end_reason, EndReason::kCompleted);
  power.world.run(Duration::seconds(8));
  // The call that was up all the time still is, and has its audio back.
  EXPECT_NE(power.core_of(sid), nullptr);
  EXPECT_EQ(power.world.call(ref).state, CarrierState::kInProgress);
  EXPECT_EQ(power.counts().streams, 1U);
  show.target = "/api/v1/calls/" + id;
  EXPECT_EQ(power.world.request(show).status, 200);
  answer = power.world.request(health);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("status":"ok")"));
  EXPECT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 201);
}

// B-JRN-8: less than a tenth of the space is left: new calls are refused with reason storage and
// without a record, the live one goes on, and an alarm says so until there is space again.
TEST(RestartMemory, LittleSpaceIsLeft) {
  Power power;
  const CallRef ref = power.talk();
  power.world.storage().space_short(true);
  power.world.drop_stream(ref);  // Its next entries tell.
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.counts().live_calls, 1U);
  EXPECT_EQ(power.counts().streams, 1U);
  EXPECT_TRUE(power.appliance().alarms().raised(Alarm::kJournal));
  EXPECT_THAT(power.world.request(power.webhook(kSid, "ringing")).body,
              HasSubstr("<Reject reason=\"busy\""));
  EXPECT_EQ(power.post("/call/outbound", R"({"to":"+15557654321"})").status, 503);
  EXPECT_EQ(power.calls().history().size(), 0U);
  EXPECT_EQ(power.counts().call_slots, 1U);
  power.world.storage().space_short(false);
  power.world.run(Duration::seconds(3));  // It finds out by itself.
  EXPECT_FALSE(power.appliance().alarms().raised(Alarm::kJournal));
  EXPECT_THAT(
      power.world.request(power.webhook("CA00000000000000000000000000000078", "ringing")).body,
      HasSubstr("<Stream"));
}

// B-JRN-5: every sync takes a second longer; the audio of the calls that are up keeps its pace (the
// network checks the lead, the caller hears every frame), and webhooks are answered, only later.
TEST(RestartMemory, SlowFlashDelaysAnswersOnly) {
  Power power;
  const CallRef ref = power.world.inbound_call("+15551234567", power.world.twilio().speaker());
  power.world.run(Duration::seconds(5));
  const uint64_t frames = power.world.call(ref).measures.frames;
  power.world.storage().delays(Duration::seconds(1), Duration::seconds(1));
  power.world.run(Duration::seconds(1));
  const Instant asked = power.world.now().mono;
  EXPECT_EQ(power.world.request(power.webhook(kSid, "ringing")).status, 200);
  const Duration took = power.world.now().mono - asked;
  EXPECT_GE(took, Duration::seconds(1));
  EXPECT_LT(took, Duration::seconds(3));
  HttpRequest health;
  health.target = "/health";
  const Instant then = power.world.now().mono;
  EXPECT_EQ(power.world.request(health).status, 200);
  EXPECT_LT(power.world.now().mono - then, Duration::ms(300));
  const Duration whole = power.world.now().mono - asked + Duration::seconds(1);
  const uint64_t heard = power.world.call(ref).measures.frames - frames;
  EXPECT_NEAR(static_cast<double>(heard), static_cast<double>(whole.ms()) / 20, 4);
  EXPECT_THAT(power.world.violations(), IsEmpty());
}

}  // namespace
}  // namespace hookflash::sim
