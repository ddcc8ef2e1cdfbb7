#pragma once

#include "base/fixed_vector.h"
#include "call/call_table.h"
#include "call/record.h"
#include "call/transcript.h"
#include "store/key.h"

namespace hookflash {

// What one event will make of one call: built aside, journaled, then applied or dropped as a whole
// (B-PROC-1). Making one and dropping it leaves no trace anywhere.
struct CallPlan {
  static constexpr size_t kLinesMax = 2;  // What the caller said and what the bot had said.
  static constexpr size_t kKeysMax = 8;   // Events of one request for one call.

  CallCore core;  // As it will be.
  FixedVector<TranscriptLine, kLinesMax> lines;
  FixedVector<Key, kKeysMax> keys;  // Event keys it consumes.

  static CallPlan of(const CallRecord& record) { return {.core = record.core}; }
};

// Step 5 for the data: core and indexes, transcript, the call's own keys. A reserved slot is
// committed. Cannot fail. Global keys, timers and everything outside the record are the engine's.
void apply_plan(CallTable& table, CallHandle call, const CallPlan& plan);

}  // namespace hookflash
