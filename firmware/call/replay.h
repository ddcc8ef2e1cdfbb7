#pragma once

#include <cstdint>

#include "base/status.h"
#include "call/box_items.h"
#include "call/call_table.h"
#include "call/entry_items.h"
#include "call/summary.h"
#include "store/key_ring.h"

namespace hookflash {

// What replay needs to know of the rest of the appliance.
class ReplayContext {
 public:
  // A verified request (the webhook's replay window). Repetitions are possible and mean nothing.
  virtual void remember_request(const Key& key, WallTime at) = 0;
  // The device key; whether transcripts of finished calls are kept; what the box was configured
  // with from `at` on, a piece at a time.
  virtual void remember_device_key(const DeviceKey& key) = 0;
  virtual void remember_keep_transcripts(bool keep) = 0;
  virtual void remember_configuration(const ConfigurationPiece& piece, WallTime at) = 0;
  // The place of the line. One that is not configured any more gets a place of its own; kNoLine
  // when there is none left.
  virtual uint8_t line_index(std::string_view line_id) = 0;

 protected:
  ~ReplayContext() = default;
};

// Puts journal entries back, oldest first, into empty tables: afterwards they are what they were
// when the last entry was applied. Timers, inboxes and streams are not restored here (section 7).
class Replay {
 public:
  Replay(CallTable& calls, EventKeys& keys, FinishedIndex& finished, CallHistory& history,
         ReplayContext& context)
      : calls_(calls), keys_(keys), finished_(finished), history_(history), context_(context) {}

  // All items of one entry or none: the entry is decoded whole before the first is applied.
  // kInvalid, kUnsupported: unreadable, nothing changed. kFull: more live calls than this build has
  // slots for; the call that found none is left out, the rest is applied.
  Status apply(Bytes entry);

  // The tables have been emptied; begins anew.
  void forget() {
    newest_ = {};
    applied_ = refused_ = homeless_ = 0;
  }

  // Time of the newest entry that was applied (B-TMR-3). Not the greatest of all: a clock that
  // was wrong for a while and then set right must not make later calls look old.
  [[nodiscard]] WallTime newest() const { return newest_; }
  // Entries applied, and those refused (B-JRN-2).
  [[nodiscard]] uint64_t applied() const { return applied_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }
  // Live calls that found no slot, or whose name another live call has.
  [[nodiscard]] uint64_t homeless() const { return homeless_; }

 private:
  Status check_items(Bytes entry);
  void apply_item(const Item& item);
  void put_core(CallCore core);
  void put_finished(const Item& item);
  CallRecord* live(const CallId& call);

  CallTable& calls_;
  EventKeys& keys_;
  FinishedIndex& finished_;
  CallHistory& history_;
  ReplayContext& context_;
  WallTime newest_;
  uint64_t applied_ = 0;
  uint64_t refused_ = 0;
  uint64_t homeless_ = 0;
};

}  // namespace hookflash
