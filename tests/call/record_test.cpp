#include "call/record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

namespace hookflash {
namespace {

const WallTime kNow = WallTime::from_ms(1'700'000'000'000);

// Aim: B-REC-1: a record fits 24 KiB, the part that plans copy is a small piece of it, and there
// are as many slots as calls plus 4; all bytes zero is no call. Method: sizes, and a look at zero
// bytes.
TEST(Record, FitsItsBounds) {
  EXPECT_LE(sizeof(CallRecord), 24U * 1024U);
  EXPECT_LE(sizeof(CallCore), 3072U);
  EXPECT_EQ(limits::kCallSlots, limits::kCallsMax + 4);
  const auto record = std::make_unique<CallRecord>();
  EXPECT_EQ(record->core, CallCore{});
  EXPECT_EQ(record->core.state, CallState::kNone);
  EXPECT_FALSE(record->core.call_id.is_set());
}

// Aim: every field has the maximum of section 1, over-long identifiers are refused and not cut.
// Method: set each to its limit and one byte beyond.
TEST(Record, TextsHaveTheContractsMaxima) {
  CallCore core;
  const auto expect_limit = [](auto& text, size_t size) {
    EXPECT_EQ(text.assign(std::string(size, 'x')), Status::kOk);
    EXPECT_EQ(text.assign(std::string(size + 1, 'y')), Status::kTooLarge);
    EXPECT_EQ(text.view(), std::string(size, 'x'));
  };
  expect_limit(core.line_id, 32);
  expect_limit(core.provider_call_id, 128);
  EXPECT_EQ(core.aliases.size(), 2U);
  expect_limit(core.aliases[0], 128);
  expect_limit(core.end_detail, 64);
  expect_limit(core.from, 128);
  expect_limit(core.to, 128);
  expect_limit(core.route_key, 16);
  expect_limit(core.app, 32);
  expect_limit(core.session_key, 64);
  expect_limit(core.message, 1024);
  expect_limit(core.dtmf_sequence, 32);
  expect_limit(core.stream_id, 64);
  EXPECT_EQ(limits::kTranscriptLinesMax, 64U);
  EXPECT_EQ(limits::kTranscriptBytesMax, 8192U);
  EXPECT_EQ(limits::kTranscriptLineBytesMax, 1200U);
  EXPECT_EQ(decltype(CallRecord::keys)::capacity(), 500U);
}

// Aim: B-STATE-6: answeredAt is set by the first that says so. Method: twice.
TEST(Record, AnsweredIsSetOnce) {
  CallCore core;
  EXPECT_TRUE(set_answered(core, kNow));
  EXPECT_FALSE(set_answered(core, kNow + Duration::seconds(1)));
  EXPECT_EQ(core.answered_at, kNow);
}

// Aim: B-STATE-5, B-STATE-2: finishing sets state, reason, time and detail in one step; finishing
// again changes nothing. Method: finish twice with different words.
TEST(Record, FinishesOnce) {
  CallCore core;
  core.state = CallState::kListening;
  core.turn_token[3] = 1;
  EXPECT_TRUE(finish(core, EndReason::kBusy, "486", kNow, true));
  EXPECT_EQ(core.state, CallState::kEnded);
  EXPECT_EQ(core.end_reason, EndReason::kBusy);
  EXPECT_EQ(core.end_detail, "486");
  EXPECT_EQ(core.ended_at, kNow);
  EXPECT_TRUE(core.carrier_end_confirmed);
  EXPECT_EQ(core.turn_token, TurnToken{});
  const CallCore before = core;
  EXPECT_FALSE(finish(core, EndReason::kFailed, "503", kNow + Duration::seconds(1), false));
  EXPECT_EQ(core, before);
}

// Aim: a carrier's over-long end detail is cut at a character boundary, one that is no text is left
// out. Method: a two-byte character across the limit; a lone continuation byte.
TEST(Record, EndDetailIsCutAtACharacter) {
  CallCore core;
  core.state = CallState::kActive;
  finish(core, EndReason::kFailed, std::string(63, 'x') + "\xC3\xA4", kNow, true);
  EXPECT_EQ(core.end_detail, std::string(63, 'x'));
  CallCore other;
  other.state = CallState::kActive;
  finish(other, EndReason::kFailed, "\xA4", kNow, true);
  EXPECT_TRUE(other.end_detail.empty());
}

// Aim: B-HUP-5: completed that arrives while our hang-up runs gets our reason; any other reason
// wins, and without a hang-up of ours completed stays. Method: the four cases.
TEST(Record, OurHangUpExplainsCompleted) {
  CallCore core;
  EXPECT_EQ(resolved_end_reason(core, EndReason::kCompleted), EndReason::kCompleted);
  core.intents = with(0, Intent::kHangup);
  core.hangup_reason = EndReason::kTimeout;
  EXPECT_EQ(resolved_end_reason(core, EndReason::kCompleted), EndReason::kTimeout);
  EXPECT_EQ(resolved_end_reason(core, EndReason::kHangupUser), EndReason::kHangupUser);
  core.intents = 0;
  EXPECT_EQ(resolved_end_reason(core, EndReason::kCompleted), EndReason::kCompleted);
}

// Aim: B-EVT-1: an event belongs to a call by its id or an alias, or when the call has none yet;
// anything else is a mismatch, a blank id always. Method: each case.
TEST(Record, IdentityOfAnEvent) {
  CallCore core;
  EXPECT_EQ(identity_of(core, "CA1"), Identity::kUnbound);
  EXPECT_EQ(identity_of(core, ""), Identity::kMismatch);
  core.provider_call_id.set("CA1");
  core.aliases[1].set("R1");
  EXPECT_EQ(identity_of(core, "CA1"), Identity::kSame);
  EXPECT_EQ(identity_of(core, "R1"), Identity::kSame);
  EXPECT_EQ(identity_of(core, "CA2"), Identity::kMismatch);
  EXPECT_EQ(identity_of(core, "ca1"), Identity::kMismatch);
  EXPECT_EQ(identity_of(core, ""), Identity::kMismatch);
}

// Aim: B-EVT-1: the upgrade from request id to call id keeps the old name as alias, and an alias
// never replaces the newer id; identifiers are refused, not cut. Method: upgrade to the limit and
// beyond.
TEST(Record, AdoptsNewerIds) {
  CallCore core;
  EXPECT_EQ(adopt_provider_id(core, "one"), Status::kOk);
  EXPECT_EQ(core.provider_call_id, "one");
  EXPECT_TRUE(core.aliases[0].empty());
  EXPECT_EQ(adopt_provider_id(core, "two"), Status::kOk);
  EXPECT_EQ(core.provider_call_id, "two");
  EXPECT_EQ(core.aliases[0], "one");
  EXPECT_EQ(adopt_provider_id(core, "one"), Status::kOk);
  EXPECT_EQ(core.provider_call_id, "two");
  EXPECT_EQ(adopt_provider_id(core, "three"), Status::kOk);
  const CallCore before = core;
  EXPECT_EQ(adopt_provider_id(core, "four"), Status::kFull);
  EXPECT_EQ(adopt_provider_id(core, std::string(129, 'x')), Status::kTooLarge);
  EXPECT_EQ(adopt_provider_id(core, ""), Status::kInvalid);
  EXPECT_EQ(core, before);
}

// Aim: the hang-up's pauses and the longest speaking time are the contract's (sections 12 and 14).
// Method: the written sequence.
TEST(Record, TimesFollowTheContract) {
  const int64_t pauses[] = {0, 1, 2, 4, 8, 16, 30, 30, 30};
  for (uint32_t i = 0; i < 9; ++i) EXPECT_EQ(hangup_backoff(i).seconds(), pauses[i]) << i;
  EXPECT_EQ(hangup_backoff(UINT32_MAX).seconds(), 30);
  EXPECT_EQ(speech_time_max(0).ms(), 15'000);
  EXPECT_EQ(speech_time_max(1024).ms(), 15'000 + 150 * 1024);
}

}  // namespace
}  // namespace hookflash
