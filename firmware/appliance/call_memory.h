#pragma once

#include <array>
#include <cstdint>

#include "appliance/call_session.h"
#include "appliance/rest_queue.h"
#include "appliance/stream_endpoint.h"
#include "base/deadline_heap.h"
#include "base/fixed_vector.h"
#include "base/ring.h"
#include "call/call_table.h"
#include "call/event.h"
#include "call/inbox.h"
#include "call/summary.h"
#include "call/timers.h"
#include "hal/socket_id.h"
#include "report/alarms.h"
#include "store/finished_index.h"
#include "store/key_ring.h"
#include "target/app_sockets.h"

namespace hookflash {

// Deadline::kind beyond the call's own timers (call/timers.h) and kStreamDeadline.
inline constexpr uint16_t kMediaDeadline = 101;     // CallSession::media.
inline constexpr uint16_t kTargetDeadline = 102;    // CallSession::target_timer.
inline constexpr uint16_t kDurableDeadline = 103;   // CallSession::durable.
inline constexpr uint16_t kFarewellDeadline = 104;  // CallSession::farewell.
inline constexpr uint16_t kRefusalDeadline = 105;   // PendingRefusal::durable.
inline constexpr size_t kSessionDeadlines = 4;

// What an entry on its way to flash belongs to.
struct JournalTicket {
  enum class Kind : uint8_t { kNone, kCall, kRefusal, kConfirm, kProbe, kBox };
  PersistId id = 0;
  Kind kind = Kind::kNone;
  uint16_t index = 0;  // kCall: slot. kRefusal, kConfirm: place in `refusals`, or kNobodyWaits.
  Instant since;
  // kConfirm: whose end it is, by both names that an entry has for it.
  CallId call;
  Key call_key{};
};
inline constexpr uint16_t kNobodyWaits = UINT16_MAX;

// A call that is refused: journaled without ever having a slot (B-INB-4). For kConfirm only the
// event is used, and its deadline.
struct PendingRefusal {
  bool used = false;
  bool given_up = false;  // Answered 500; the outcome is only applied (B-PROC-5).
  PersistId persist = 0;
  CallCore core;
  Event event;
  InboxQueue inbox;  // What else came for this call meanwhile (B-PROC-2).
  Deadline durable;
};
inline constexpr size_t kPendingRefusals = 8;  // More at once are told to come back (503).

// A carrier call that may still be up although its record is closed (B-HUP-4, B-OUT-8).
struct Leftover {
  uint8_t line = 0;
  uint16_t generation = 0;
  bool tried = false;
  bool compensates = false;  // Nobody has tried before: at first with the back-off of B-HUP-3.
  uint32_t failures = 0;
  CallId call;  // Its record here; not set when that is not known.
  ProviderCallId provider_call_id;
  Instant next;
  Instant alarm;  // When an alarm names it, if it has not ended by then.
  Instant give_up;
};
inline constexpr size_t kLeftovers = 16;  // B-HUP-4.

// Calls that an alarm stands for: they may cost money, and nobody has confirmed their end
// (B-HUP-4). The index is the alarm's number; all zero is free. What finds no place shares one more
// number, which nothing clears.
inline constexpr size_t kUnendedNamed = Alarms::kCausesMax - 1;
using UnendedCalls = std::array<Key, kUnendedNamed>;

// What the engine dropped or evicted and nobody else counts (B-GEN-5).
struct EngineCounters {
  uint64_t call_keys_evicted = 0;
  uint64_t transcript_dropped = 0;
  uint64_t history_evicted = 0;
  uint64_t leftovers_dropped = 0;
  uint64_t frames_unsent = 0;  // Frames that were due when the stream took none.
};

// How the calls that were found in the journal came out.
enum class RestoredOutcome : uint8_t { kActive, kTerminal, kUnknown, kExpired, kNoId };
inline constexpr size_t kRestoredOutcomes = 5;

// A restart (contract section 7).
struct RestartMemory {
  WallTime newest;  // Of the journal's entries.
  Now began;        // "Now" at the restart, by both clocks (B-TMR-3); not set before.
  uint32_t entries_refused = 0;
  uint32_t pending = 0;  // Calls without an outcome so far.
  std::array<uint32_t, kRestoredOutcomes> outcomes{};
};

// All memory of the call engine. Plain data, all bytes zero at start, so that it costs nothing in
// the binary and its pages are touched only when used.
struct CallMemory {
  CallTable table;
  Inboxes inboxes;
  EventKeys keys;
  FinishedIndex finished;
  CallHistory history;
  RestQueue rest;
  StreamEndpoint streams;
  AppSockets app_sockets;
  TargetCounters target_counters;
  PersistId last_persist = 0;
  Ring<JournalTicket, limits::kJournalQueueMax> persisting;
  std::array<PendingRefusal, kPendingRefusals> refusals{};
  FixedVector<Leftover, kLeftovers> leftovers;
  uint16_t leftover_generation = 0;
  UnendedCalls unended{};
  EngineCounters counters;
  bool storage_failing = false;
  Instant storage_failed_since;  // Not set: the last append succeeded.
  Instant next_probe;
  Instant next_reap;
  RestartMemory restart;
  static constexpr size_t kDeadlines =
      limits::kCallSlots * (kTimers + kSessionDeadlines) + limits::kStreamsMax + kPendingRefusals;
  DeadlineHeap<kDeadlines> deadlines;
  std::array<CallSession, limits::kCallSlots> sessions{};
};

}  // namespace hookflash
