// Aim: one hang-up procedure serves every cause and always comes to an end (contract section 14).
// Method: carriers that refuse, forget and contradict themselves, in virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using CarrierState = twilio::carrier::CallState;
using twilio::carrier::RestFault;

std::string live_id(const Box& box) {
  const CallTable& table = box.appliance.calls().table();
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    if (const CallRecord* record = table.get(table.at(i))) {
      return std::string(record->core.call_id.text());
    }
  }
  return {};
}

std::shared_ptr<HttpAnswer> ask_hangup(Box& box) {
  return post_later(box, "/api/v1/calls/" + live_id(box) + "/hangup", "");
}

// B-TWI-4, B-HUP-2: a hang-up answered with 21220 is decided by the carrier's word about the call.
// It says that the call lives: the requester gets the error, and may ask again.
TEST(HangupProcedure, NotInProgressButAlive) {
  Box box(api_config());
  const CallRef ref = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  auto& settings = box.world.twilio().carrier().settings();
  settings.update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21220};
  const uint64_t before = box.world.twilio().rest_requests();
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto answer = ask_hangup(box);
    box.world.run(Duration::seconds(3));
    EXPECT_EQ(answer->status, 502) << answer->body;
  }
  EXPECT_EQ(box.world.twilio().rest_requests(), before + 4) << "two attempts, two questions";
  EXPECT_EQ(box.counts().live_calls, 1U);
  EXPECT_EQ(box.world.call(ref).state, CarrierState::kInProgress);
  // The same when the carrier does not know.
  settings.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  const auto unknown = ask_hangup(box);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(unknown->status, 502) << unknown->body;
  settings.update = settings.read = {};
  const auto last = ask_hangup(box);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(last->status, 200);
  ASSERT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kHangupBot);
}

// B-TWI-4, B-HUP-3: the same for a safety timer: it is tried again until it succeeds.
TEST(HangupProcedure, NotInProgressIsRetriedForASafetyTimer) {
  Box box(box_config(R"(,"maxDurationSeconds":10)"));
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  auto& settings = box.world.twilio().carrier().settings();
  settings.update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21220};
  box.world.run(Duration::seconds(15));
  EXPECT_EQ(box.counts().live_calls, 1U);
  settings.update = {};
  box.world.run(Duration::seconds(15));
  ASSERT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kTimeout);
  EXPECT_TRUE(box.last().carrier_end_confirmed);
}

// B-HUP-1, B-HUP-2, B-HUP-4: a safety timer joins a hang-up that the API has asked for. The
// requester gets the error of the attempt; the procedure goes on with the timer's rules, and after
// 5 minutes it is given up: no slot stays blocked.
TEST(HangupProcedure, SafetyTimerJoinsARequest) {
  Box box(api_config(R"(,"maxDurationSeconds":10)"));
  box.world.inbound_call("+15551234567");
  ASSERT_TRUE(box.world.run_until([&] { return box.counts().streams == 1; }, Duration::seconds(9)));
  auto& settings = box.world.twilio().carrier().settings();
  settings.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 500};
  settings.update = settings.read;
  settings.update.delay = Duration::seconds(4);
  box.world.run(Duration::seconds(7));
  const auto answer = ask_hangup(box);
  box.world.run(Duration::seconds(6));  // Meanwhile the longest duration is over.
  EXPECT_EQ(answer->status, 502) << answer->body;
  EXPECT_EQ(box.counts().live_calls, 1U);
  box.world.run(Duration::seconds(270));
  EXPECT_EQ(box.counts().live_calls, 1U);
  box.world.run(Duration::seconds(40));
  ASSERT_EQ(box.counts().call_slots, 0U);
  EXPECT_EQ(box.last().end_reason, EndReason::kError);
  EXPECT_FALSE(box.last().carrier_end_confirmed);
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 1U);
  EXPECT_THAT(box.world.get("/health").body, HasSubstr("hangup-failed"));
  // The list goes on trying every minute, and the alarm goes with the carrier's yes.
  settings.read = settings.update = {};
  box.world.run(Duration::seconds(70));
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
  EXPECT_EQ(box.world.twilio().carrier().live_calls(), 0U);
}

// B-HUP-4: what is on the list of given-up calls is tried every 60 s for one hour and then let go;
// the alarm stays, since the call may still cost money.
TEST(HangupProcedure, TheListIsTriedForAnHour) {
  Box box(box_config(R"(,"maxDurationSeconds":10)"));
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  auto& settings = box.world.twilio().carrier().settings();
  settings.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 500};
  settings.update = settings.read;
  ASSERT_TRUE(
      box.world.run_until([&] { return box.counts().call_slots == 0; }, Duration::seconds(400)));
  ASSERT_EQ(box.appliance.calls().unconfirmed(), 1U);
  const uint64_t before = box.world.twilio().rest_requests();
  box.world.run(Duration::seconds(600));
  EXPECT_GE(box.world.twilio().rest_requests() - before, 9U);
  EXPECT_LE(box.world.twilio().rest_requests() - before, 11U);
  box.world.run(Duration::seconds(2950));
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 1U);
  box.world.run(Duration::seconds(150));
  EXPECT_EQ(box.appliance.calls().unconfirmed(), 0U);
  EXPECT_THAT(box.world.get("/health").body, HasSubstr("hangup-failed"));
  EXPECT_EQ(box.counts().deadlines, 0U);
}

// B-HUP-1: requests while one runs share its outcome: one request to the carrier, every requester
// answered; ending a finished call succeeds without asking anybody.
TEST(HangupProcedure, RequestsJoin) {
  Box box(api_config());
  box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(5));
  const std::string id = live_id(box);
  box.world.twilio().carrier().settings().update = {.permille = 1000,
                                                    .delay = Duration::seconds(1)};
  const uint64_t before = box.world.twilio().rest_requests();
  std::vector<std::shared_ptr<HttpAnswer>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(post_later(box, "/api/v1/calls/" + id + "/hangup", ""));
    box.world.run(Duration::ms(100));
  }
  box.world.run(Duration::seconds(3));
  for (const auto& answer : answers) EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(box.world.twilio().rest_requests(), before + 1);
  EXPECT_EQ(post(box, "/api/v1/calls/" + id + "/hangup", "").status, 200);
  EXPECT_EQ(box.world.twilio().rest_requests(), before + 1);
}

}  // namespace
}  // namespace hookflash::sim
