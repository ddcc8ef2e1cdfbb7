#pragma once

#include <cstddef>

#include "base/time.h"
#include "call/record.h"
#include "store/entry.h"

namespace hookflash {

// A live call written anew as a few entries, for compaction (B-JRN-7): its core, its transcript,
// its own keys. Replayed in order into empty tables they make the same record. The record must not
// change while a snapshot of it is under way.
class CallSnapshot {
 public:
  explicit CallSnapshot(const CallRecord& record) : record_(record) {}

  // The next entry; false when there are no more.
  bool next(EntryWriter& entry, WallTime now);

 private:
  const CallRecord& record_;
  bool core_written_ = false;
  size_t lines_ = 0;  // Written so far.
  size_t keys_ = 0;
};

}  // namespace hookflash
