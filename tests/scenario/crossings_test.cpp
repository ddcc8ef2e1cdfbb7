// Aim: timers, answers of the carrier and entries on their way to flash that cross each other lose
// nothing: no timer, no call, no question (contract sections 4, 5, 8, 11, 14). Method: a simulated
// carrier that is late, silent or contradicts itself, and flash that stalls or fails, in virtual
// time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "power.h"
#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using CarrierState = twilio::carrier::CallState;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

constexpr const char* kSid = "CA00000000000000000000000000000c01";
constexpr const char* kOtherSid = "CA00000000000000000000000000000c02";

const CallRecord* find_call(const Box& box, std::string_view sid) {
  const CallTable& table = box.appliance.calls().table();
  return table.get(table.find(0, sid));
}

std::string only_id(const Box& box) {
  const CallTable& table = box.appliance.calls().table();
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    if (const CallRecord* record = table.get(table.at(i))) {
      return std::string(record->core.call_id.text());
    }
  }
  return {};
}

WorldOptions with_create(RestFault::What what, Duration delay) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.create = {.what = what, .permille = 1000, .delay = delay};
  return options;
}

// B-OUT-7, B-OUT-9: the dial's answer is lost; "initiated" has proven that the carrier has the
// call. That counts as acceptance, so the ring timer runs: when nothing else is ever heard, the
// carrier is asked and no line stays blocked.
TEST(Crossings, ADialProvenByAnEventHasARingTimer) {
  Box box(api_config(R"(,"ringTimeoutMs":5000)"), with_create(RestFault::What::kSilent, {}));
  const auto placed =
      post_later(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  box.world.run(Duration::seconds(1));
  const std::string query = "callId=" + only_id(box) + "&type=status";
  EXPECT_EQ(send(box, hook(kSid, "initiated", "outbound-api", query).as_status()).status, 200);
  box.world.run(Duration::ms(100));
  EXPECT_EQ(placed->status, 201) << placed->body;
  box.world.run(Duration::seconds(18));
  EXPECT_EQ(box.counts().call_slots, 1U) << "5 s and 15 s";
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-PROC-1, B-OUT-5, B-OUT-6: events have bound the call already when the dial's answer comes,
// which has nothing to add: that it cannot be journaled hangs nobody up.
TEST(Crossings, AnAnswerWithNothingNewNeedsNoEntry) {
  Box box(api_config(), with_create(RestFault::What::kNone, Duration::seconds(3)));
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.ring_after = Duration::ms(500);
    person.answer_after = Duration::seconds(20);
    return person;
  });
  const auto placed =
      post_later(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  box.world.run(Duration::seconds(2));
  EXPECT_EQ(placed->status, 201) << "an event is acceptance enough";
  box.world.storage().fail_permille(1000);
  box.world.run(Duration::seconds(3));
  box.world.storage().fail_permille(0);
  box.world.run(Duration::seconds(1));
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 1U) << "not hung up";
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().streams, 1U);
}

// B-DISC-1: the stream is lost while the carrier is being asked because of its silence: the grace's
// question is not forgotten for that one, and nobody pays for a line without audio.
TEST(Crossings, TheGraceEndsWhileTheCarrierIsBeingAsked) {
  Box box(box_config(R"(,"maxDurationSeconds":600)"));
  ASSERT_EQ(ring(box), 200);
  auto stream = RawStream::open(box.world);
  box.world.run(Duration::ms(100));
  stream->connected();
  stream->start(kRawCallSid, token_of(box));
  box.world.run(Duration::ms(100));
  ASSERT_EQ(box.counts().streams, 1U);
  box.world.twilio().carrier().settings().read = {.what = RestFault::What::kStatus,
                                                  .permille = 1000,
                                                  .status = 503,
                                                  .delay = Duration::seconds(8)};
  const uint64_t before = box.world.twilio().rest_requests();
  ASSERT_TRUE(box.world.run_until([&] { return box.world.twilio().rest_requests() > before; },
                                  Duration::seconds(40)));
  stream->close(1000);
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-DISC-2: the carrier fetches a document with a stream while it is being asked because the grace
// is over: that stream has its 10 s, whatever the older question is answered.
TEST(Crossings, ADocumentGivesTimeAnewWhileTheCarrierIsBeingAsked) {
  Box box(box_config(R"(,"maxDurationSeconds":600)"));
  ASSERT_EQ(ring(box), 200);
  const auto stream_up = [&](const char* sid) {
    auto stream = RawStream::open(box.world);
    box.world.run(Duration::ms(100));
    stream->connected();
    stream->start(kRawCallSid, token_of(box), sid);
    box.world.run(Duration::ms(100));
    return stream;
  };
  auto stream = stream_up("MZone");
  ASSERT_EQ(box.counts().streams, 1U);
  box.world.twilio().carrier().settings().read = {.what = RestFault::What::kStatus,
                                                  .permille = 1000,
                                                  .status = 503,
                                                  .delay = Duration::ms(1500)};
  stream->close(1000);
  box.world.run(Duration::ms(2500));
  EXPECT_EQ(box.world.twilio().rest_requests(), 1U) << "the question";
  const HttpAnswer document = send(box, hook(std::string(kRawCallSid), "in-progress"));
  EXPECT_THAT(document.body, HasSubstr("<Stream"));
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.world.twilio().rest_requests(), 1U) << "no hang-up";
  auto again = stream_up("MZtwo");
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.counts().streams, 1U);
  EXPECT_EQ(box.counts().live_calls, 1U);
}

// B-RST-4, B-OUT-9: the ring timer of a restored call runs out while the carrier is being asked
// whether the call lives: it does not know, so the call is hung up with no-answer.
TEST(Crossings, TheRingTimerEndsWhileARestoredCallIsVerified) {
  Power power(api_config(R"(,"ringTimeoutMs":60000)"));
  power.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kNever;
    person.answer_after = Duration::seconds(3600);
    person.faults.rings_for_ever = true;
    person.faults.callbacks_lost_permille = 1000;
    return person;
  });
  ASSERT_EQ(power.post("/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
            201);
  power.world.run(Duration::seconds(28));
  auto& settings = power.world.twilio().carrier().settings();
  settings.read = {.what = RestFault::What::kSilent, .permille = 1000};
  power.restart(Duration::seconds(1));
  power.world.run(Duration::seconds(35));
  EXPECT_EQ(power.counts().live_calls, 1U);
  power.world.run(Duration::seconds(30));  // Asked again from 40 s to 50 s; the ring ends at 45 s.
  EXPECT_EQ(power.counts().live_calls, 0U);
  EXPECT_EQ(power.world.twilio().carrier().live_calls(), 0U);
  ASSERT_EQ(power.calls().history().size(), 1U);
  EXPECT_EQ(power.last().end_reason, EndReason::kNoAnswer);
}

// B-DED (table), B-DED-1: a busy call's 10,000 events push the keys of others out of the global
// list, not out of their own calls: the event of a quiet one still counts once.
TEST(Crossings, ABusyCallEvictsNobodyElsesKeys) {
  Box box(box_config(R"(,"streaming":{"enabled":false},"maxDurationSeconds":3600)"));
  for (const char* sid : {kSid, kOtherSid}) {
    ASSERT_EQ(send(box, hook(sid, "ringing")).status, 200);
    ASSERT_EQ(send(box, hook(sid, "in-progress").as_status()).status, 200);
  }
  const CallId quiet = find_call(box, kSid)->core.call_id;
  const CallId busy = find_call(box, kOtherSid)->core.call_id;
  box.world.storage().delays(Duration::ms(1), Duration::ms(1));
  int presses = 0;
  // Events behind one that is on its way to flash.
  const auto put = [&](const char* sid, const std::vector<Event>& events) {
    const auto first =
        send_later(box, hook(sid, "in-progress").with("Digits", std::to_string(++presses)));
    ASSERT_TRUE(box.world.run_until([&] { return find_call(box, sid)->busy; }, Duration::ms(50)));
    for (const Event& event : events) {
      box.appliance.calls().submit(event, event.type == EventType::kSpeech ? "hello" : "",
                                   box.world.now());
    }
    box.world.run(Duration::ms(40));
    ASSERT_EQ(first->status, 200);
    ASSERT_FALSE(find_call(box, sid)->busy);
  };
  Event heard;
  heard.type = EventType::kSpeech;
  heard.call_id = quiet;
  heard.key.fill(0xAB);
  put(kSid, {heard});
  ASSERT_EQ(find_call(box, kSid)->transcript.size(), 1U);
  for (uint32_t i = 1; i <= limits::kEventKeysMax;) {
    std::vector<Event> digits;
    for (; digits.size() < 30; ++i) {
      Event& digit = digits.emplace_back();
      digit.type = EventType::kDtmf;
      digit.call_id = busy;
      digit.key = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8U), 1};
      ASSERT_EQ(digit.set(EventText::kDigits, "1"), Status::kOk);
    }
    put(kOtherSid, digits);
  }
  put(kSid, {heard});
  EXPECT_EQ(find_call(box, kSid)->transcript.size(), 1U);
  EXPECT_GT(find_call(box, kOtherSid)->keys.evictions(), 9'000U) << "all of them counted";
}

// B-PROC-5, B-INB-3, B-INB-4: a refusal that is not durable after 4 s is answered 500, too. The
// carrier's retry joins the one in flight, and so does another event of the same call: it is
// refused, and recorded, once.
TEST(Crossings, ARefusalInFlightIsJoined) {
  Box box(box_config(R"(,"serve":{"port":3334})", R"(,"inboundPolicy":"disabled")"));
  box.world.run(Duration::seconds(1));
  box.world.storage().stall(Duration::seconds(6));
  const auto first = send_later(box, hook(kSid, "ringing"));
  box.world.run(Duration::ms(500));
  const auto other = send_later(box, hook(kSid, "ringing").with("CallerName", "Ann"));
  box.world.run(Duration::ms(3400));
  EXPECT_EQ(first->status, 0);
  box.world.run(Duration::ms(300));
  EXPECT_EQ(first->status, 500);
  const auto retry = send_later(box, hook(kSid, "ringing"));
  box.world.run(Duration::seconds(4));
  EXPECT_EQ(retry->status, 200);
  EXPECT_THAT(retry->body, HasSubstr("<Reject"));
  EXPECT_EQ(other->status, 200);
  EXPECT_THAT(other->body, HasSubstr("<Reject"));
  EXPECT_EQ(box.appliance.calls().history().size(), 1U);
}

// B-EVT-1: a callId of a finished call with another carrier id is a mismatch, too: the event
// neither ends the live call whose carrier id it has, nor confirms the end of the finished one.
TEST(Crossings, AFinishedCallsIdWithAnothersCarrierId) {
  Box box;
  ASSERT_EQ(send(box, hook(kSid, "ringing")).status, 200);
  const std::string finished(find_call(box, kSid)->core.call_id.text());
  ASSERT_EQ(send(box, hook(kSid, "completed").as_status()).status, 200);
  ASSERT_EQ(send(box, hook(kOtherSid, "ringing")).status, 200);
  const std::string query = "callId=" + finished;
  EXPECT_EQ(send(box, hook(kOtherSid, "completed", "inbound", query).as_status()).status, 200);
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.appliance.calls().history().size(), 1U);
}

// B-HUP-1, B-OUT-5: the dial's answer comes after the call has ended, its end confirmed, and its
// slot is free: there is nothing to hang up, and nothing is asked of the carrier.
TEST(Crossings, ADialAnsweredAfterTheEndHangsUpNothing) {
  Box box(api_config(), with_create(RestFault::What::kNone, Duration::seconds(6)));
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer = Person::Answer::kBusy;
    return person;
  });
  const auto placed =
      post_later(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(box.counts().call_slots, 0U);
  ASSERT_EQ(box.appliance.calls().history().size(), 1U);
  EXPECT_EQ(box.last().end_reason, EndReason::kBusy);
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.world.twilio().rest_requests(), 1U) << "the dial alone";
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
}

// B-PROC-8: flash that says nothing at all is no better than flash that fails: a safety timer's
// hang-up is sent 4 s after its entry, or at once where another entry of the call is overdue
// already. What becomes of the entries later ends the call once, and nothing is sent twice.
TEST(Crossings, ASafetyTimerDoesNotWaitForStalledFlash) {
  for (const bool other_waits : {false, true}) {
    Box box(box_config(R"(,"maxDurationSeconds":20)"));
    const CallRef ref = box.world.inbound_call("+15551234567");
    ASSERT_TRUE(
        box.world.run_until([&] { return box.counts().streams == 1; }, Duration::seconds(9)));
    const std::string sid(box.world.call(ref).sid.view());
    box.world.run(Duration::seconds(17));
    const uint64_t requests = box.world.twilio().rest_requests();
    box.world.storage().stall(Duration::seconds(60));
    if (other_waits) (void)send_later(box, hook(sid, "in-progress").with("Digits", "1"));
    box.world.run(Duration::seconds(12));
    EXPECT_EQ(box.world.call(ref).state, CarrierState::kCompleted) << "hung up at the carrier";
    EXPECT_EQ(box.world.twilio().rest_requests(), requests + 1);
    box.world.run(Duration::seconds(60));
    EXPECT_EQ(box.world.twilio().rest_requests(), requests + 1);
    EXPECT_EQ(box.counts().call_slots, 0U);
    ASSERT_EQ(box.appliance.calls().history().size(), 1U);
    EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
    EXPECT_TRUE(box.last().carrier_end_confirmed);
  }
}

// B-OUT-3, B-PROC-5: a call that could not be recorded in time is not dialled later, when nobody
// counts on it any more; the next one is not affected.
TEST(Crossings, ACallRecordedTooLateIsNotDialled) {
  Box box(api_config());
  const std::string body = R"({"to":"+15557654321","mode":"conversation"})";
  box.world.storage().stall(Duration::seconds(30));
  const auto placed = post_later(box, "/call/outbound", body);
  box.world.run(Duration::ms(4500));
  EXPECT_EQ(placed->status, 503);
  EXPECT_THAT(placed->body, HasSubstr("storage-failed"));
  box.world.run(Duration::seconds(30));
  EXPECT_EQ(box.world.twilio().rest_requests(), 0U);
  EXPECT_EQ(box.counts().call_slots, 0U);
  ASSERT_EQ(box.appliance.calls().history().size(), 1U);
  EXPECT_EQ(box.last().end_reason, EndReason::kFailed);
  EXPECT_EQ(post(box, "/call/outbound", body).status, 201);
}

// B-HUP-1: the carrier has taken the hang-up while another entry of the call was on its way to
// flash: it is not asked for a second time.
TEST(Crossings, AHangUpThatWasTakenIsNotSentAgain) {
  Box box(api_config());
  const CallRef ref = box.world.inbound_call("+15551234567");
  ASSERT_TRUE(box.world.run_until([&] { return box.counts().streams == 1; }, Duration::seconds(9)));
  const std::string sid(box.world.call(ref).sid.view());
  box.world.twilio().carrier().settings().update = {
      .what = RestFault::What::kNone, .permille = 1000, .delay = Duration::seconds(1)};
  const auto asked = post_later(box, "/api/v1/calls/" + only_id(box) + "/hangup", "");
  box.world.run(Duration::ms(900));
  const uint64_t requests = box.world.twilio().rest_requests();
  box.world.storage().stall(Duration::seconds(2));
  (void)send_later(box, hook(sid, "in-progress").with("Digits", "1"));
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(asked->status, 200);
  EXPECT_EQ(box.world.twilio().rest_requests(), requests);
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-PROC-2: an inbox that is full of what the carrier sends keeps no answer to our own requests
// out: the hang-up that the carrier has taken ends the call, whoever asked for it.
TEST(Crossings, AFullInboxKeepsNoAnswerOut) {
  Box box(api_config());
  const CallRef ref = box.world.inbound_call("+15551234567");
  ASSERT_TRUE(box.world.run_until([&] { return box.counts().streams == 1; }, Duration::seconds(9)));
  const std::string sid(box.world.call(ref).sid.view());
  const CallId id = find_call(box, sid)->core.call_id;
  // Its line is still up, so that nothing else tells us of the end.
  box.world.twilio().carrier().settings().update = {.what = RestFault::What::kStatus,
                                                    .permille = 1000,
                                                    .status = 404,
                                                    .code = 20404,
                                                    .delay = Duration::seconds(1)};
  const auto asked = post_later(box, "/api/v1/calls/" + only_id(box) + "/hangup", "");
  box.world.run(Duration::ms(900));
  box.world.storage().stall(Duration::seconds(2));
  (void)send_later(box, hook(sid, "in-progress").with("Digits", "1"));
  ASSERT_TRUE(box.world.run_until([&] { return find_call(box, sid)->busy; }, Duration::ms(50)));
  for (uint8_t n = 1; n <= limits::kInboxEntriesMax; ++n) {
    Event digit;
    digit.type = EventType::kDtmf;
    digit.call_id = id;
    digit.key.fill(n);
    ASSERT_EQ(digit.set(EventText::kDigits, "1"), Status::kOk);
    box.appliance.calls().submit(digit, {}, box.world.now());
  }
  EXPECT_EQ(find_call(box, sid)->inbox.size, limits::kInboxEntriesMax);
  EXPECT_EQ(send(box, hook(sid, "in-progress").with("Digits", "2")).status, 503);
  box.world.run(Duration::seconds(5));
  EXPECT_EQ(asked->status, 200);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kHangupBot);
}

// B-OUT-6, B-HUP-3: the hang-up of a call that could not be recorded fails: it is tried again after
// 1, 2, 4, 8 and 16 s, like any other.
TEST(Crossings, ACompensationIsRepeatedWithTheBackOff) {
  Box box(api_config(), with_create(RestFault::What::kNone, Duration::seconds(1)));
  box.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer_after = Duration::seconds(3000);
    person.faults.callbacks_lost_permille = 1000;
    person.faults.rings_for_ever = true;
    return person;
  });
  box.world.twilio().carrier().settings().update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 500};
  box.world.plan(Duration::ms(500), [&] { box.world.storage().fail_next(1); });
  EXPECT_EQ(post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})").status,
            503);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.world.twilio().rest_requests(), 1U + 5U) << "at 0, 1, 3, 7 and 15 s";
  box.world.twilio().carrier().settings().update = {};
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 0U);
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
}

// B-RST-5, B-DISC-2: a restored call's document that is fetched while the carrier is being asked
// has a long message to say before its stream: the stream has the time for that, too.
TEST(Crossings, ARestoredCallsDocumentMaySpeakFirst) {
  Power power(api_config(R"(,"maxDurationSeconds":600)"));
  power.world.twilio().set_callee([](std::string_view) {
    Person person;
    person.answer_after = Duration::seconds(20);
    return person;
  });
  const std::string body =
      R"({"to":"+15557654321","mode":"conversation","message":")" + std::string(400, 'a') + "\"}";
  ASSERT_EQ(power.post("/call/outbound", body).status, 201);
  power.world.run(Duration::seconds(15));
  power.world.twilio().carrier().settings().read = {
      .what = RestFault::What::kNone, .permille = 1000, .delay = Duration::seconds(9)};
  power.restart(Duration::ms(500));
  ASSERT_TRUE(
      power.world.run_until([&] { return power.counts().streams == 1; }, Duration::seconds(60)));
  EXPECT_EQ(power.calls().history().size(), 0U);
}

}  // namespace
}  // namespace hookflash::sim
