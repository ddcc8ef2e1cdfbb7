#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/fixed_vector.h"
#include "call/entry_items.h"
#include "call/summary.h"

namespace hookflash {

// Memory of a TranscriptCarrier: plain data, all bytes zero at first. No text is in it.
struct CarriedCall {
  CallId call;
  uint32_t dropped = 0;  // Lines that had made room when the call ended; they stay away.
  uint32_t next = 0;     // Number of its next line, in the pass under way.
  uint32_t bytes = 0;    // Of the items of its lines.
};
using CarriedCalls = FixedVector<CarriedCall, limits::kHistoryMax>;

// Carries what was said in finished calls from one snapshot of the journal to the next (B-JRN-10):
// the newest calls of the history, as many as find room. It is shown all entries twice, in order,
// and answers with new ones that hold their lines: JournalState has the order of the calls.
class TranscriptCarrier {
 public:
  explicit TranscriptCarrier(CarriedCalls& calls) : calls_(calls) {}

  // None of these calls is live.
  void begin(const CallHistory& history);
  void weigh(Bytes entry);
  // How many calls have text that finds no room in this many bytes of pieces: the oldest.
  uint64_t choose(size_t bytes);
  // `now` is the time of the entries it makes.
  Bytes carry(Bytes entry, WallTime now);

 private:
  CarriedCall* find(const CallId& call);
  CarriedCall* owner_of(const Item& item, LineItem& line);

  CarriedCalls& calls_;
  size_t first_ = 0;  // Calls before this one find no room.
  size_t item_ = 0;   // Of the entry that comes again: the first that is not in a piece yet.
  bool open_ = false;
  EntryWriter entry_;
};

}  // namespace hookflash
