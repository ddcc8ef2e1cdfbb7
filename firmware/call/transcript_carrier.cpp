#include "call/transcript_carrier.h"

#include <algorithm>

#include "base/check.h"
#include "call/pieces.h"

namespace hookflash {

void TranscriptCarrier::begin(const CallHistory& history) {
  calls_.clear();
  for (size_t i = 0; i < history.size(); ++i) {
    const CallSummary& call = history[i];
    if (call.transcript_lines == 0) continue;
    CHECK(ok(calls_.push({.call = call.call_id, .dropped = call.transcript_dropped})));
  }
  first_ = item_ = 0;
  open_ = false;
}

// Lines come in the order of their calls, more or less, and most are of the newest.
CarriedCall* TranscriptCarrier::find(const CallId& call) {
  for (size_t i = calls_.size(); i > first_; --i) {
    if (calls_[i - 1].call == call) return &calls_[i - 1];
  }
  return nullptr;
}

// The call whose line this is and stays; nullptr when there is none. Counts the call's lines: each
// one is to be asked about once a pass.
CarriedCall* TranscriptCarrier::owner_of(const Item& item, LineItem& line) {
  if (item.type != ItemType::kTranscriptLine || !ok(read_line(item.payload, line))) return nullptr;
  CarriedCall* const call = find(line.call);
  if (call == nullptr) return nullptr;
  // Lines that were dropped before this one may not be there any more.
  const uint32_t number = std::max(call->next, line.dropped);
  call->next = number + 1;
  return number < call->dropped ? nullptr : call;
}

void TranscriptCarrier::weigh(Bytes entry) {
  if (!ok(EntryReader::check(entry))) return;
  EntryReader reader(entry);
  LineItem line;
  for (Item item; reader.next(item);) {
    CarriedCall* const call = owner_of(item, line);
    if (call != nullptr) call->bytes += static_cast<uint32_t>(kItemHeadBytes + item.payload.size());
  }
}

uint64_t TranscriptCarrier::choose(size_t bytes) {
  uint64_t given_up = 0;
  size_t sum = 0;
  bool full = false;
  first_ = 0;
  for (size_t i = calls_.size(); i > 0; --i) {
    CarriedCall& call = calls_[i - 1];
    call.next = 0;
    sum += call.bytes;
    if (!full && bytes_in_pieces(sum, kLineItemBytesMax) > bytes) {
      full = true;
      first_ = i;
    }
    if (full && call.bytes > 0) ++given_up;
  }
  return given_up;
}

Bytes TranscriptCarrier::carry(Bytes entry, WallTime now) {
  if (!open_) {
    entry_.begin(now);
    open_ = true;
  }
  if (entry.empty()) {
    open_ = false;
    return entry_.empty() ? Bytes() : entry_.bytes();
  }
  if (!ok(EntryReader::check(entry))) return {};
  EntryReader reader(entry);
  LineItem line;
  size_t number = 0;
  for (Item item; reader.next(item); ++number) {
    if (number < item_ || item.type != ItemType::kTranscriptLine) continue;
    if (entry_.bytes().size() + kItemHeadBytes + item.payload.size() >
        limits::kJournalEntryBytesMax) {
      item_ = number;
      open_ = false;
      return entry_.bytes();
    }
    const CarriedCall* const call = owner_of(item, line);
    if (call != nullptr) write_line(entry_, line.call, line.line, call->dropped);
  }
  item_ = 0;
  return {};
}

}  // namespace hookflash
