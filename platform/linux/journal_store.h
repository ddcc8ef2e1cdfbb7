#pragma once

#include <atomic>
#include <string_view>

#include "base/fixed_text.h"
#include "base/text_writer.h"
#include "journal/journal.h"
#include "platform/linux/entry_store.h"
#include "platform/linux/journal_medium.h"

namespace hookflash {

// The journal in a file or on a flash device, as the store of the storage thread. While it is not
// open every entry fails with kUnavailable; open() may be tried again from another thread meanwhile
// (B-JRN-9).
class JournalStore final : public EntryStore {
 public:
  // `state` outlives the store.
  explicit JournalStore(JournalState& state, MtdCalls* calls = nullptr)
      : flash_(calls), journal_(flash_, state, {}) {}

  // Opens the file, or makes it when there is none; the state is what it holds. One that cannot be
  // read is set aside once under another name, and a new one is begun (B-JRN-9): set_aside() tells
  // the name. A device is never begun anew where it holds something else: it may be the wrong one.
  // On failure `problem` says in one line what is wrong.
  Status open(std::string_view path, size_t snapshot_bytes_max, TextWriter& problem);
  [[nodiscard]] bool is_open() const { return open_.load(std::memory_order_acquire); }
  // After a failed open(): there is something under that name, and it stays; or there was, and it
  // has been set aside though no new one could be made. Worth another open() later.
  [[nodiscard]] bool stays() const { return stays_; }
  // By any open() of this store; empty: nothing was.
  [[nodiscard]] std::string_view set_aside() const { return set_aside_; }
  [[nodiscard]] const Journal& journal() const { return journal_; }

  Status append(Bytes entry) override {
    return is_open() ? journal_.append(entry) : Status::kUnavailable;
  }
  Status commit() override { return is_open() ? journal_.commit() : Status::kUnavailable; }
  bool step() override { return is_open() && journal_.step(); }
  [[nodiscard]] uint64_t free_bytes() const override {
    return is_open() ? journal_.figures().free_bytes : 0;
  }
  [[nodiscard]] uint64_t transcripts_dropped() const override {
    return is_open() ? journal_.figures().given_up : 0;
  }
  [[nodiscard]] bool is_short() const override { return is_open() && journal_.is_short(); }

 private:
  Status read(std::string_view path, uint64_t size, TextWriter& problem);
  Status make(std::string_view path, uint64_t size, TextWriter& problem);
  Status set_aside(std::string_view path, TextWriter& problem);
  Status refuse(std::string_view path, Status why, TextWriter& problem);

  JournalMedium flash_;
  Journal journal_;
  FixedText<300> set_aside_;
  bool stays_ = false;
  std::atomic<bool> open_{false};
};

// How large the file is made: room for four snapshots, and at least 16 MiB.
uint64_t journal_file_bytes(size_t snapshot_bytes_max);

}  // namespace hookflash
