#include "call/snapshot.h"

#include <algorithm>

#include "call/entry_items.h"

namespace hookflash {
namespace {

size_t room(const EntryWriter& entry) {
  return limits::kJournalEntryBytesMax - entry.bytes().size();
}

constexpr size_t kKeysHeadBytes = kItemHeadBytes + 16;

}  // namespace

bool CallSnapshot::next(EntryWriter& entry, WallTime now) {
  entry.begin(now);
  if (!core_written_) {
    write_core(entry, record_.core);
    core_written_ = true;
  }
  const CallId& call = record_.core.call_id;
  const Transcript& transcript = record_.transcript;
  while (lines_ < transcript.size()) {
    const TranscriptLine line = transcript[lines_];
    if (kLineHeadBytes + line.text.size() > room(entry)) return true;
    write_line(entry, call, line, transcript.dropped());
    ++lines_;
  }
  while (keys_ < record_.keys.size()) {
    if (room(entry) < kKeysHeadBytes + sizeof(Key)) return true;
    const size_t fitting = (room(entry) - kKeysHeadBytes) / sizeof(Key);
    const size_t count = std::min({fitting, kItemKeysMax, record_.keys.size() - keys_});
    ItemKeys keys;
    for (size_t i = 0; i < count; ++i) {
      if (keys.push(record_.keys[keys_ + i]) != Status::kOk) break;
    }
    write_call_keys(entry, call, keys.span());
    keys_ += keys.size();
  }
  return !entry.empty();
}

}  // namespace hookflash
