// Aim: the bounds of the way from a webhook to flash (contract section 4) are refusals that leave
// nothing behind. Method: signed webhooks while the simulated storage stalls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string sid(char letter) { return "CA" + std::string(32, letter); }

const CallRecord* record_of(Box& box, const std::string& call) {
  const CallTable& table = box.appliance.calls().table();
  return table.get(table.find(0, call));
}

// B-PROC-5: an entry that is not yet with the writer after 4 s is withdrawn: its webhook is 500, it
// never comes to be, and the carrier's retry is processed afresh. The one in flight is kept.
TEST(ProcessingLimits, WithdrawnEntriesNeverHappen) {
  Box box;
  box.world.run(Duration::seconds(1));
  const size_t entries = box.world.storage().entries().size();
  box.world.storage().stall(Duration::seconds(6));
  const auto first = send_later(box, hook(sid('a'), "ringing"));
  box.world.run(Duration::ms(50));
  const auto second = send_later(box, hook(sid('b'), "ringing"));
  box.world.run(Duration::ms(3900));
  EXPECT_EQ(first->status, 0);
  EXPECT_EQ(second->status, 0);
  box.world.run(Duration::ms(300));
  EXPECT_EQ(first->status, 500);
  EXPECT_EQ(second->status, 500);
  box.world.run(Duration::seconds(2));
  EXPECT_EQ(box.world.storage().entries().size(), entries + 1);
  EXPECT_NE(record_of(box, sid('a')), nullptr);
  EXPECT_EQ(record_of(box, sid('b')), nullptr);
  EXPECT_EQ(box.counts().call_slots, 1U);
  const HttpAnswer retry = send(box, hook(sid('b'), "ringing"));
  EXPECT_EQ(retry.status, 200);
  EXPECT_THAT(retry.body, HasSubstr("<Stream"));
  EXPECT_EQ(box.counts().live_calls, 2U);
}

// B-PROC-2: what comes for a call that is being created waits under its provider call id, and is
// applied when the call is there.
TEST(ProcessingLimits, ACallThatIsBeingCreatedHasAnInbox) {
  Box box;
  box.world.storage().stall(Duration::seconds(2));
  const auto created = send_later(box, hook(sid('a'), "ringing"));
  box.world.run(Duration::ms(50));
  const auto answered = send_later(box, hook(sid('a'), "in-progress").as_status());
  box.world.run(Duration::ms(500));
  EXPECT_EQ(answered->status, 0);
  EXPECT_EQ(box.counts().live_calls, 0U) << "not durable yet";
  box.world.run(Duration::seconds(2));
  EXPECT_EQ(created->status, 200);
  EXPECT_EQ(answered->status, 200);
  ASSERT_NE(record_of(box, sid('a')), nullptr);
  EXPECT_EQ(record_of(box, sid('a'))->core.state, CallState::kAnswered);
  EXPECT_EQ(box.counts().call_slots, 1U);
}

// B-PROC-2, B-PROC-1: the creation fails; what waited for it finds no call, makes none, and its key
// stays free.
TEST(ProcessingLimits, WhatWaitedForACallThatFailedFindsNone) {
  Box box;
  box.world.storage().stall(Duration::seconds(2));
  box.world.storage().fail_next(1);
  const auto created = send_later(box, hook(sid('a'), "ringing"));
  box.world.run(Duration::ms(50));
  const Hook status = hook(sid('a'), "in-progress").as_status();
  const auto answered = send_later(box, status);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(created->status, 500);
  EXPECT_NE(answered->status, 0);
  EXPECT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.counts().inbox_entries, 0U);
  ASSERT_EQ(send(box, hook(sid('a'), "ringing")).status, 200);
  ASSERT_EQ(send(box, status).status, 200);
  ASSERT_NE(record_of(box, sid('a')), nullptr);
  EXPECT_EQ(record_of(box, sid('a'))->core.state, CallState::kAnswered);
}

// B-PROC-2: longer texts share a pool of 64 places. With none left their webhook is 503 and may
// come again; short events of the same call find room.
TEST(ProcessingLimits, LongTextsShareAPool) {
  Box box(box_config(R"(,"streaming":{"enabled":false})"));
  for (const char letter : {'a', 'b', 'c'}) {
    ASSERT_EQ(send(box, hook(sid(letter), "ringing")).status, 200);
  }
  box.world.storage().stall(Duration::seconds(3));
  std::vector<std::shared_ptr<HttpAnswer>> answers;
  for (const char letter : {'a', 'b', 'c'}) {
    answers.push_back(send_later(box, hook(sid(letter), "in-progress").as_status()));
  }
  box.world.run(Duration::ms(100));
  const std::string words(600, 'w');
  size_t put = 0;
  for (const char letter : {'a', 'b', 'c'}) {
    const CallRecord* const record = record_of(box, sid(letter));
    ASSERT_TRUE(record->busy);
    for (int i = 0; i < 25 && put < limits::kLongTextsMax; ++i, ++put) {
      Event event;
      event.type = EventType::kSpeech;
      event.call_id = record->core.call_id;
      event.key.fill(static_cast<uint8_t>(put + 1));
      box.appliance.calls().submit(event, words, box.world.now());
    }
  }
  ASSERT_EQ(put, 64U);
  EXPECT_EQ(box.appliance.calls().inboxes().long_texts(), 64U);
  const std::string last(600, 'x');
  const Hook speech = hook(sid('c'), "in-progress").with("SpeechResult", last);
  EXPECT_EQ(send(box, speech).status, 503);
  answers.push_back(send_later(box, hook(sid('c'), "in-progress").with("Digits", "1")));
  box.world.run(Duration::seconds(6));
  for (const auto& answer : answers) EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(box.appliance.calls().inboxes().long_texts(), 0U);
  const Transcript& transcript = record_of(box, sid('c'))->transcript;
  EXPECT_EQ(transcript[transcript.size() - 1].text, words);
  EXPECT_EQ(send(box, speech).status, 200);
  EXPECT_EQ(transcript[transcript.size() - 1].text, last);
}

// B-EVT-3: the time that the carrier gives is the time of the answer when it can be true, else it
// is ours.
TEST(ProcessingLimits, TimesOfTheCarrier) {
  for (const bool plausible : {true, false}) {
    Box box;
    ASSERT_EQ(send(box, hook(sid('a'), "ringing")).status, 200);
    box.world.run(Duration::seconds(5));
    // The clock of this world stands a minute before 2^31 s at its start.
    const WallTime now = box.world.now().wall;
    Hook status = hook(sid('a'), "in-progress").as_status();
    status.with("Timestamp",
                plausible ? "Tue, 19 Jan 2038 03:13:10 +0000" : "Tue, 19 Jan 2038 03:33:10 +0000");
    ASSERT_EQ(send(box, status).status, 200);
    const WallTime answered = record_of(box, sid('a'))->core.answered_at;
    if (plausible) {
      EXPECT_EQ(answered, WallTime::from_ms((2'147'483'648LL - 58) * 1000));
    } else {
      EXPECT_GE(answered, now);
      EXPECT_LE(answered, box.world.now().wall);
    }
  }
}

}  // namespace
}  // namespace hookflash::sim
