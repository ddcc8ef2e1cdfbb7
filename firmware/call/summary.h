#pragma once

#include <cstdint>

#include "call/record.h"
#include "hal/crypto.h"
#include "store/call_log.h"
#include "store/finished_index.h"

namespace hookflash {

// What is kept of a finished call for people (B-REC-3): no numbers, transcript, message or keys
// (B-REC-6).
struct CallSummary {
  CallId call_id;
  ProviderCallId provider_call_id;
  FixedText<limits::kLineIdBytesMax> line_id;
  uint8_t provider = 0;
  Direction direction = Direction::kNone;
  bool external = false;
  Mode mode = Mode::kNone;
  EndReason end_reason = EndReason::kNone;
  Rejection rejection = Rejection::kNone;
  bool carrier_end_confirmed = false;
  FixedText<limits::kEndDetailBytesMax> end_detail;
  WallTime started_at;
  WallTime ringing_at;
  WallTime answered_at;
  WallTime ended_at;
  Key idempotency{};
  uint32_t turn_count = 0;
  uint32_t streams = 0;           // Stream generations.
  uint32_t transcript_lines = 0;  // All, the dropped ones included.
  uint32_t transcript_dropped = 0;
  uint32_t intents = 0;  // Side effects still owed after the end: refusal, hang-up (B-JRN-6).

  bool operator==(const CallSummary&) const = default;
};

// The newest 1,000.
using CallHistory = CallLog<CallSummary>;

// Of a finished core. The transcript only lends its counters.
CallSummary summary_of(const CallCore& core, const Transcript& transcript);

// All names of a finished core, as keys.
FinishedCall finished_of(Crypto& crypto, const CallCore& core);
Key call_id_key(Crypto& crypto, const CallId& call_id);
// All zero for an empty id.
Key provider_id_key(Crypto& crypto, std::string_view line_id, std::string_view provider_call_id);

// Where a finished call goes, when its end is durable or found in the journal. One that is there
// already has had its end (B-STATE-5).
void file_finished(CallHistory& history, FinishedIndex& finished, const CallSummary& summary,
                   const FinishedCall& names);
// The newest summary of the call, for changing its marks; nullptr when there is none.
CallSummary* find_summary(CallHistory& history, const CallId& call);
// Marks an unconfirmed end as confirmed, in index and history. False when the call is in neither.
bool confirm_end(CallHistory& history, FinishedIndex& finished, const CallId& call,
                 const Key& call_key);

// How long the requester gets the first result again for the same key (B-OUT-10).
inline constexpr Duration kIdempotencyLife = Duration::seconds(600);

}  // namespace hookflash
