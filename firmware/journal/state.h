#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace hookflash {

// What all entries add up to, so that the journal can write it anew in less space and forget the
// entries. The journal does not know what entries mean. Obligations on the implementer:
// - The same entries in the same order make the same state.
// - The pieces of a snapshot, applied in order after clear(), make the same state again.
// - apply() takes any bytes: what it cannot use it counts for itself and leaves.
class JournalState {
 public:
  virtual void clear() = 0;
  // An entry or, where `sequence` is 0, a piece of a snapshot. At most kJournalEntryBytesMax bytes.
  virtual void apply(Bytes entry, uint64_t sequence) = 0;

  // Upper bound of all pieces of any snapshot, each counted with kPieceOverhead bytes more. Does
  // not change while the program runs.
  static constexpr size_t kPieceOverhead = 32;
  [[nodiscard]] virtual size_t snapshot_bytes_max() const = 0;
  // Until the last piece was taken, or begin_snapshot() comes anew, there is no apply().
  virtual void begin_snapshot() = 0;
  // The next piece: 1 to kJournalEntryBytesMax bytes that stay until the next call; empty at the
  // end.
  virtual Bytes next_piece() = 0;

 protected:
  ~JournalState() = default;
};

}  // namespace hookflash
