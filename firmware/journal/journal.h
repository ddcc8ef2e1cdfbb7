#pragma once

#include <array>
#include <cstdint>

#include "base/status.h"
#include "hal/flash.h"
#include "journal/format.h"
#include "journal/segment_reader.h"
#include "journal/state.h"

namespace hookflash {

struct JournalOptions {
  // How the medium is cut: rounded up to whole erase units; at least two records and a header.
  uint32_t segment_bytes = 64 * 1024;
  // A snapshot replaces the log when it has this many segments. 0: a third of the medium.
  uint32_t fold_segments = 0;
  bool read_only = false;  // For looking at an image: nothing is ever written, not even a sync.
};

struct JournalFigures {
  uint64_t appended = 0;  // Entries, since open().
  uint64_t commits = 0;
  uint64_t failures = 0;          // Appends and commits that did not become durable.
  uint64_t folds = 0;             // Snapshots committed.
  uint64_t programmed_bytes = 0;  // All that was written, headers, padding and snapshots included.
  uint64_t damaged = 0;           // Stretches and entries lost to damage, since open() (B-JRN-2).
  uint64_t torn = 0;              // Entries at the end that never became durable, found at open().
  uint64_t given_up = 0;          // What snapshots had no room to carry (JournalState::choose()).
  uint32_t segments = 0;
  uint32_t free_segments = 0;  // Those kept for the next snapshot not counted.
  uint32_t log_segments = 0;
  uint32_t snapshot_segments = 0;
  uint32_t bad_segments = 0;
  uint32_t newest_epoch = 0;  // Segments opened in all the journal's life, or a few more.
  uint64_t free_bytes = 0;
  uint64_t size_bytes = 0;
};

// A store of entries on flash, in segments that are used in turn. Entries go to the end of the log;
// now and then a snapshot of what they add up to is written beside it, and when that is durable the
// segments before it are free again. docs/spec/journal.md has the bytes and the reasons.
//
// Passive: whoever owns it calls append() for some entries, commit() to make them durable together,
// and step() when there is time. Large (some 150 KiB): static memory.
class Journal {
 public:
  static constexpr size_t kSegmentsMax = 1024;

  // Both outlive the journal. `state` is changed by open() and step() alone.
  Journal(Flash& flash, JournalState& state, const JournalOptions& options);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Reads what is there; afterwards `state` is what the entries add up to. An erased medium is an
  // empty journal. kInvalid: there is something, but nothing of it can be read. kUnsupported:
  // another version, or a medium cut otherwise. kFull: too small for a snapshot. kStorage,
  // kUnavailable: the medium failed. After a failure it is closed; may be called again.
  Status open();
  // Erases everything; then it is open and empty.
  Status format();
  [[nodiscard]] bool is_open() const { return open_; }

  // Takes an entry of 1 to kJournalEntryBytesMax bytes; it is durable when the next commit()
  // returns kOk. kFull: no space, this entry alone is refused. kStorage: the medium failed, and
  // with it every entry since the last commit().
  Status append(Bytes entry);
  // Everything appended since the last commit() is durable, or none of it counts: those entries
  // will not be there after a restart once a later commit() has succeeded.
  Status commit();
  // A bounded piece of housekeeping (a program, or the erase of one unit). True: there is more to
  // do. Does nothing while appended entries wait for their commit().
  bool step();

  // Fewer than a tenth of the bytes are left for entries (B-JRN-8).
  [[nodiscard]] bool is_short() const;
  [[nodiscard]] JournalFigures figures() const;
  // The newest entry that is durable; 0 when there was none.
  [[nodiscard]] uint64_t durable_sequence() const { return durable_; }

 private:
  enum class Use : uint8_t {
    kFree,
    kLog,
    kSnapshot,
    kWorn,  // It could not be erased: tried again while space is short.
    kBad,   // Maybe of a snapshot that stands: the next start decides.
  };
  struct Segment {
    Use use = Use::kFree;
    bool erased = false;  // By us, since the start.
    uint32_t epoch = 0;
    uint64_t base = 0;  // Log: entries from here ...
    uint64_t end = 0;   // ... to before this one count.
  };
  // Whole units of any size, so that what is padded still fits.
  static constexpr uint32_t kUnitMax = 4096;
  static constexpr size_t kStageBytes = (4 * kRecordBytesMax + kUnitMax - 1) / kUnitMax * kUnitMax;
  // Bytes on their way to a segment: whole program units leave, the rest waits.
  struct Stage {
    uint16_t segment = kNone;
    uint32_t at = 0;  // Where the staged bytes belong, within the segment.
    uint32_t size = 0;
    std::array<uint8_t, kStageBytes> bytes{};
  };
  enum class Phase : uint8_t { kIdle, kReading, kWriting, kWeighing, kCarrying, kCommitting };
  enum class Found : uint8_t { kRecord, kOther, kEnd };
  static constexpr uint16_t kNone = 0xFFFF;

  // journal.cpp
  [[nodiscard]] uint64_t place(uint16_t segment) const {
    return uint64_t{segment} * segment_bytes_;
  }
  [[nodiscard]] uint32_t room(const Stage& stage) const {
    return stage.segment == kNone ? 0 : segment_bytes_ - stage.at - stage.size;
  }
  Status measure();
  Status open_log();
  Status begin_segment(Stage& stage, uint16_t segment, uint32_t from);
  Status put(Stage& stage, const RecordHead& head, Bytes payload);
  Status flush(Stage& stage, bool pad);
  // What pieces are sure to find in a part: at most one record's room stays unused.
  [[nodiscard]] uint32_t usable_bytes() const {
    return segment_bytes_ - header_bytes_ - static_cast<uint32_t>(kRecordBytesMax);
  }
  [[nodiscard]] uint16_t next_free() const;
  [[nodiscard]] uint16_t segment_of_part(uint32_t part) const;
  [[nodiscard]] uint32_t count(Use use) const;
  [[nodiscard]] uint32_t reserved() const;
  [[nodiscard]] uint32_t spare() const;
  [[nodiscard]] uint32_t freed_by_fold() const;
  [[nodiscard]] bool is_replaced(const Segment& segment) const;
  Status erase(uint16_t segment);
  Status erase_unit_of(uint16_t segment);
  void set_worn(uint16_t segment);
  bool try_worn();
  void put_header(Stage& stage, const SegmentHeader& header);
  void drop_group();

  // recovery.cpp
  Status survey(bool& anything, bool& blank);
  Status survey_segment(uint16_t segment, bool& anything, bool& blank, bool& unsupported);
  void sort_segments();
  void read_snapshot();
  void read_log();

  // fold.cpp
  [[nodiscard]] bool wants_fold() const;
  void begin_fold();
  Found find_entry(uint64_t after, SegmentReader::Record& record);
  bool next_log_to_read(uint64_t after);
  bool read_some();
  bool write_some();
  bool put_piece();
  Status open_part();
  bool end_pieces();
  bool commit_fold();
  void abandon_fold();
  bool erase_ahead();

  // carry.cpp
  [[nodiscard]] uint16_t carried_parts_max() const;
  void begin_pass(Phase phase);
  Found find_carried(SegmentReader::Record& record);
  bool weigh_some();
  size_t room_to_carry();
  bool carry_some();

  Flash& flash_;
  JournalState& state_;
  JournalOptions options_;
  SegmentReader reader_;

  bool open_ = false;
  uint32_t unit_ = 1;
  uint32_t erase_unit_ = 0;
  uint32_t segment_bytes_ = 0;
  uint32_t header_bytes_ = 0;
  uint16_t segments_count_ = 0;
  uint16_t parts_max_ = 0;

  uint64_t next_ = 1;     // The number of the next entry.
  uint64_t durable_ = 0;  // The newest durable one.
  uint32_t next_epoch_ = 1;
  uint16_t last_opened_ = kNone;  // Segments are taken in turn from here on.
  bool group_failed_ = false;
  SnapshotName snapshot_;        // The one that stands.
  uint64_t state_sequence_ = 0;  // What `state` holds.
  Stage log_;

  // Erasing ahead, unit by unit.
  uint16_t erasing_ = kNone;
  uint32_t erased_bytes_ = 0;

  // A fold under way.
  Phase phase_ = Phase::kIdle;
  SnapshotName fold_;
  uint32_t reading_epoch_ = 0;  // Of the log segment being read; 0: none yet.
  uint16_t reading_ = kNone;
  uint16_t parts_limit_ = 0;  // Segments that it may take.
  uint64_t pieces_ = 0;
  Bytes piece_;                    // Taken from the state, not yet written.
  uint32_t old_part_ = 0;          // Of the snapshot that stands, the next to carry from.
  uint64_t carried_sequence_ = 0;  // Entries up to this one have been looked at ...
  SegmentReader::Record carried_;  // ... and this record, if any, not to its end.
  uint64_t fold_not_before_ = 0;
  uint64_t asked_ = 0;  // Calls of append().
  uint64_t worn_not_before_ = 0;
  uint16_t last_tried_ = 0;  // Of the worn ones.
  uint16_t first_part_ = kNone;
  Stage parts_;

  JournalFigures figures_;
  std::array<Segment, kSegmentsMax> segments_{};
  std::array<uint16_t, kSegmentsMax> order_{};  // Log segments by epoch, at open().
  uint16_t ordered_ = 0;
};

}  // namespace hookflash
