#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/hash_index.h"
#include "base/pool.h"
#include "base/result.h"
#include "call/record.h"
#include "limits.h"

namespace hookflash {

using CallHandle = Handle<CallRecord>;

// What the configuration allows (B-ADM-1, B-ADM-2).
struct CallCap {
  size_t calls_max = 0;              // maxConcurrentCalls.
  size_t reserved_for_outbound = 0;  // outbound.reservedCalls.
};

// Who a reservation is for. `provider_call_id` is empty for a call that we dial ourselves.
struct Reservation {
  CallId call_id;
  uint8_t line = 0;
  std::string_view provider_call_id;
  Direction direction = Direction::kNone;  // External calls are outbound (B-EXT-2).
  Key idempotency{};                       // Of the request that asks for it (B-OUT-10).
};

// All live calls: slots, the indexes that find them in constant time (B-REC-2), and the arithmetic
// of admission. A slot goes: reserve() -> commit() -> apply() ... -> stop_counting() -> release(),
// or reserve() -> drop(). Nothing else changes ids of a record, so the indexes always agree with
// it. All bytes zero is the empty table.
class CallTable {
 public:
  // Check and reservation are one step (B-ADM-1): the slot counts from here on and is found by its
  // ids, with state kNone. kFull: the cap says no, or every slot is taken. kConflict: one of the
  // ids is a live call's already. Inbound calls never use more than calls_max -
  // reserved_for_outbound.
  Result<CallHandle> reserve(const Reservation& reservation, const CallCap& cap);
  // The creation is durable: the reserved slot becomes this call. The core has the reserved call
  // id.
  void commit(CallHandle call, const CallCore& core);
  // The creation failed: the table is as it was before reserve() (B-PROC-1). The inbox is empty by
  // now.
  void drop(CallHandle call);

  // Puts a plan's core in place of the old one and keeps the indexes true.
  void apply(CallHandle call, const CallCore& core);
  // The carrier has confirmed the end: the call no longer counts against the cap (B-PROC-8).
  void stop_counting(CallHandle call);
  // Frees the slot of a finished call. No timer is armed and the inbox is empty by now.
  void release(CallHandle call);

  // For replay and restart: a live call from the journal; the cap does not matter, it counts.
  // kFull: every slot is taken; kConflict: an id is taken.
  Result<CallHandle> restore(const CallCore& core);

  // nullptr when the handle's call has gone.
  [[nodiscard]] CallRecord* get(CallHandle call) { return slots_.get(call); }
  [[nodiscard]] const CallRecord* get(CallHandle call) const { return slots_.get(call); }

  // The empty handle when there is none. A reserved slot is found too: its state is kNone.
  [[nodiscard]] CallHandle find(const CallId& call_id) const;
  // By the current provider call id or by an alias.
  [[nodiscard]] CallHandle find(uint8_t line, std::string_view provider_call_id) const;
  // The live call that was asked for with this idempotency key (B-OUT-10); walks the slots.
  [[nodiscard]] CallHandle find_idempotent(const Key& idempotency) const;

  // Calls that count against the cap: live, restored, reserved, and ended ones whose end the
  // carrier has not confirmed. And how many of them are inbound.
  [[nodiscard]] size_t in_use() const { return in_use_; }
  [[nodiscard]] size_t inbound_in_use() const { return inbound_in_use_; }
  // Slots taken, the ones that do not count any more included; those are slots_ending.
  [[nodiscard]] size_t slots() const { return slots_.size(); }
  [[nodiscard]] size_t slots_ending() const { return slots_.size() - in_use_; }
  [[nodiscard]] size_t high_water() const { return slots_.high_water(); }

  // For walking all: the occupant of a place 0 to limits::kCallSlots - 1, or the empty handle.
  [[nodiscard]] CallHandle at(size_t place) const { return slots_.at(place); }
  // The slot a Deadline::owner names.
  [[nodiscard]] CallHandle owner_of(const Deadline& deadline) const {
    return slots_.at(deadline.owner);
  }

 private:
  // References of the index of provider ids: slot * kNames + which.
  static constexpr size_t kNames = 1 + limits::kAliasesMax;

  [[nodiscard]] const CallCore& core_at(size_t slot) const;
  [[nodiscard]] const ProviderCallId& name_at(size_t reference) const;
  void enter(size_t slot, size_t which);
  void leave(size_t slot, size_t which);
  void enter_all(CallHandle call);
  void leave_all(CallHandle call);
  Result<CallHandle> take(const CallCore& core);

  size_t in_use_ = 0;
  size_t inbound_in_use_ = 0;
  HashIndex<limits::kCallSlots> by_call_id_;
  HashIndex<limits::kCallSlots * kNames> by_name_;
  Pool<CallRecord, limits::kCallSlots> slots_;
};

}  // namespace hookflash
