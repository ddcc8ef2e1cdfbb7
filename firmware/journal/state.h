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

  // Some of what entries said may be wanted for longer than the state can hold it. A snapshot
  // carries it over from the medium: after the last piece the records of the snapshot that stands
  // and the entries behind it are read again, in order, first to be weighed, then to be carried.

  // What will ever be carried, at most, counted as pieces are. Does not change either.
  [[nodiscard]] virtual size_t carried_bytes_max() const { return 0; }
  // False: there is nothing to carry, and none of the calls below comes.
  virtual bool begin_carrying() { return false; }
  // A record; `sequence` as in apply().
  virtual void weigh(Bytes /*record*/, uint64_t /*sequence*/) {}
  // Everything has been weighed; so many bytes of pieces find room. How many things that were kept
  // until now do not, and are given up.
  virtual uint64_t choose(size_t /*bytes*/) { return 0; }
  // A piece (as next_piece()) with what is carried of this record and of those before it; empty
  // when the record has nothing that needs another piece, else it comes again. In the end come
  // empty records, for what is left, until the answer is empty too.
  virtual Bytes carry(Bytes /*record*/, uint64_t /*sequence*/) { return {}; }

 protected:
  ~JournalState() = default;
};

}  // namespace hookflash
