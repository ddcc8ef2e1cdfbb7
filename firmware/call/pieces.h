#pragma once

#include <cstddef>

#include "journal/state.h"
#include "store/entry.h"

namespace hookflash {

// How large a snapshot gets whose items, of at most `item_max` bytes each, are put into pieces:
// each piece is filled until the next item does not fit.
constexpr size_t bytes_in_pieces(size_t bytes, size_t item_max) {
  const size_t filled = limits::kJournalEntryBytesMax - kEntryHeadBytes - item_max;
  return bytes + (bytes / filled + 1) * (kEntryHeadBytes + JournalState::kPieceOverhead);
}

}  // namespace hookflash
