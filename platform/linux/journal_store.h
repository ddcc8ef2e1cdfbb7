#pragma once

#include <string_view>

#include "base/fixed_text.h"
#include "base/text_writer.h"
#include "journal/journal.h"
#include "platform/linux/entry_store.h"
#include "platform/linux/file_flash.h"

namespace hookflash {

// The journal in a file, as the store of the storage thread.
class JournalStore final : public EntryStore {
 public:
  // `state` outlives the store.
  explicit JournalStore(JournalState& state) : journal_(flash_, state, {}) {}

  // Opens the file, or makes it when there is none; the state is what it holds. One that cannot be
  // read is set aside once under another name, and a new one is begun (B-JRN-9): set_aside() tells
  // the name. On failure `problem` says in one line what is wrong.
  Status open(std::string_view path, size_t snapshot_bytes_max, TextWriter& problem);
  void close() { flash_.close(); }
  // Empty: nothing was.
  [[nodiscard]] std::string_view set_aside() const { return set_aside_; }
  [[nodiscard]] const Journal& journal() const { return journal_; }

  Status append(Bytes entry) override { return journal_.append(entry); }
  Status commit() override { return journal_.commit(); }
  bool step() override { return journal_.step(); }
  [[nodiscard]] bool is_short() const override { return journal_.is_short(); }

 private:
  Status make(std::string_view path, uint64_t size, TextWriter& problem);
  Status set_aside(std::string_view path, TextWriter& problem);

  FileFlash flash_;
  Journal journal_;
  FixedText<300> set_aside_;
};

// How large the file is made: room for four snapshots, and at least 16 MiB.
uint64_t journal_file_bytes(size_t snapshot_bytes_max);

}  // namespace hookflash
