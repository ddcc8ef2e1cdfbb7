#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/time.h"
#include "call/call_id.h"
#include "call/inbox_queue.h"
#include "call/state.h"
#include "call/timers.h"
#include "call/transcript.h"
#include "limits.h"
#include "store/key.h"
#include "store/key_ring.h"

namespace hookflash {

using ProviderCallId = FixedText<limits::kProviderCallIdBytesMax>;
using TurnToken = std::array<uint8_t, 16>;

// Values copied from the configuration when the call is created; they never change afterwards
// (B-REC-5).
struct CallLimits {
  uint32_t max_duration_seconds = 0;
  uint32_t ring_timeout_ms = 0;
  uint32_t disconnect_grace_ms = 0;
  uint32_t transcript_timeout_ms = 0;
  uint32_t silence_timeout_ms = 0;
  uint32_t notify_hangup_delay_seconds = 0;
  uint32_t reaper_seconds = 0;  // 0: off.
  bool streaming = false;       // False: carrier speech only.

  bool operator==(const CallLimits&) const = default;
};

// Line index of a restored call whose line is no longer configured.
inline constexpr uint8_t kNoLine = 0xFF;

// The part of a call that a plan changes: copied, changed aside, journaled, then put in place as a
// whole or dropped as a whole (B-PROC-1). Plain data; only the engine's apply step writes it. Times
// are our wall clock, for people and for restarts; running timers are in CallRecord.
struct CallCore {
  CallId call_id;
  uint8_t line = 0;      // Index of the line in the running configuration; not journaled.
  uint8_t provider = 0;  // Number of the provider in the configuration's enum.
  FixedText<limits::kLineIdBytesMax> line_id;
  Direction direction = Direction::kNone;
  bool external = false;  // Placed by someone else through the carrier's API.
  Mode mode = Mode::kNone;

  ProviderCallId provider_call_id;                            // Empty while a dial is in progress.
  std::array<ProviderCallId, limits::kAliasesMax> aliases{};  // Earlier names; empty where none.

  CallState state = CallState::kNone;
  EndReason end_reason = EndReason::kNone;
  Rejection rejection = Rejection::kNone;
  FixedText<limits::kEndDetailBytesMax> end_detail;
  bool carrier_end_confirmed = false;

  FixedText<limits::kAddressBytesMax> from;
  FixedText<limits::kAddressBytesMax> to;
  FixedText<limits::kRouteKeyBytesMax> route_key;  // Key of `numbers` that matched (B-INB-6).
  FixedText<limits::kAppNameBytesMax> app;
  FixedText<limits::kSessionKeyBytesMax> session_key;
  Key idempotency{};  // All zero: none.

  WallTime started_at;
  WallTime ringing_at;
  WallTime answered_at;  // Set once (B-STATE-6).
  WallTime ended_at;
  CallLimits limits;

  FixedText<limits::kMessageBytesMax> message;
  MessageState message_state = MessageState::kNone;
  uint8_t message_attempts = 0;  // Failed playbacks (B-MSG-3).
  FixedText<limits::kDtmfSequenceMax> dtmf_sequence;
  bool dtmf_sent = false;  // The digits have been handed out in a document (B-TWI-2).

  uint32_t turn_count = 0;
  TurnToken
      turn_token{};  // All zero: no turn waits, or it is not echoed. Not journaled (B-JRN-10).
  uint32_t last_turn_latency_ms = 0;
  uint32_t last_turn_listen_wait_ms = 0;

  FixedText<limits::kStreamIdBytesMax> stream_id;
  uint32_t stream_generation = 0;              // Streams of this call so far.
  uint32_t document_number = 0;                // B-TWI-1.
  uint32_t sequence = 0;                       // Of our own events and commands (B-DED-3, B-TLX-1).
  uint32_t intents = 0;                        // Bits of Intent (B-JRN-6).
  EndReason hangup_reason = EndReason::kNone;  // What the running hang-up will end the call with.

  bool operator==(const CallCore&) const = default;
};

// One call. Plans change a copy of `core` and carry what is to be added to the rest (call/plan.h).
// The record's pool leaves old bytes in place: reset() makes it new at the cost of its indexes
// only.
struct CallRecord {
  CallCore core;
  Transcript transcript;
  KeyRing<limits::kCallEventKeysMax> keys;  // B-DED: this call's own event keys.

  // Memory only from here on.
  Instant created;  // Monotonic time of startedAt (B-STR-3, B-TMR-1).
  InboxQueue inbox;
  CallDeadlines timers{};
  uint32_t hangup_failures = 0;  // Of the running procedure.
  bool counts = false;           // Against the cap (B-ADM-1); kept by the CallTable.
  bool reserved = false;         // Not yet committed; kept by the CallTable.
  bool busy = false;             // An entry of this call is on its way to flash (B-PROC-2).

  [[nodiscard]] Deadline& timer(Timer which) { return timers[static_cast<size_t>(which)]; }
  // CHECKs that no timer is armed and the inbox is empty.
  void reset();
};
static_assert(sizeof(CallRecord) <= limits::kCallRecordBytesMax, "B-REC-1");

// Sets answeredAt when it is missing (B-STATE-6); true when it did.
bool set_answered(CallCore& core, WallTime at);

// Makes a call finished (B-STATE-5, first half: the data). False, and nothing changes, when it was
// already (B-STATE-2). What else finishing means is the engine's.
bool finish(CallCore& core, EndReason reason, std::string_view detail, WallTime at, bool confirmed);

// The reason an ended event gets while our own hang-up runs (B-HUP-5).
EndReason resolved_end_reason(const CallCore& core, EndReason reported);

// Whether an event's provider id belongs to the call (B-EVT-1, B-STR-5). Blank ids belong to
// nothing.
enum class Identity : uint8_t {
  kSame,      // The current id or an alias.
  kUnbound,   // The call has no id yet: the dial is in progress.
  kMismatch,  // Another call's.
};
Identity identity_of(const CallCore& core, std::string_view provider_call_id);

// Adopts a newer provider id; the present one becomes an alias (the Plivo upgrade). An id that is
// an alias already never replaces the newer id (B-EVT-1): nothing changes then. kTooLarge: over 128
// bytes; kFull: no room for another alias.
Status adopt_provider_id(CallCore& core, std::string_view provider_call_id);

// The next of our own event and command numbers; journaled with the core.
inline uint32_t next_sequence(CallCore& core) { return ++core.sequence; }

}  // namespace hookflash
