#pragma once

#include "base/bytes.h"
#include "base/status.h"

namespace hookflash {

// What keeps journal entries. Works in the storage thread alone and may wait for as long as the
// medium does. Entries arrive in the order of the core; some are appended, then one commit() makes
// all of them durable together (group commit).
class EntryStore {
 public:
  // The entry is complete when this returns, not yet durable. A failure concerns this entry alone.
  virtual Status append(Bytes entry) = 0;
  // Everything appended since the last commit() is durable, or none of it counts. Comes after every
  // group of append(), also when all of them failed.
  virtual Status commit() = 0;
  // A bounded piece of housekeeping, between groups. True: there is more to do.
  virtual bool step() { return false; }
  // What is left for entries.
  [[nodiscard]] virtual uint64_t free_bytes() const { return 0; }
  // Finished calls whose transcript found no room any more (B-JRN-10).
  [[nodiscard]] virtual uint64_t transcripts_dropped() const { return 0; }
  // Less than a tenth of the space is left (B-JRN-8).
  [[nodiscard]] virtual bool is_short() const { return false; }

 protected:
  ~EntryStore() = default;
};

// Keeps nothing over a restart: for a box whose calls may be forgotten with it, and for tests.
class MemoryEntryStore final : public EntryStore {
 public:
  Status append(Bytes entry) override {
    ++entries_;
    bytes_ += entry.size();
    return Status::kOk;
  }
  Status commit() override { return Status::kOk; }
  [[nodiscard]] uint64_t entries() const { return entries_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace hookflash
