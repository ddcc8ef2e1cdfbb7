// Housekeeping: snapshots that make old segments free again, and erasing ahead.

#include <algorithm>

#include "base/check.h"
#include "journal/journal.h"
#include "journal/safeguards.h"

namespace hookflash {
namespace {

constexpr int kRecordsPerStep = 8;
// Entries, before a fold that failed is tried again, where there is room for them.
constexpr uint64_t kPauseAfterFailure = 64;

}  // namespace

bool Journal::wants_fold() const {
  if (durable_ == snapshot_.sequence) return false;
  const uint32_t log = count(Use::kLog);
  if (log < 2) return false;
  const uint32_t free = count(Use::kFree);
  if (durable_ < fold_not_before_ && free > reserved()) return false;
  return log >= options_.fold_segments || free <= reserved() + segments_count_ / 8U + 1;
}

void Journal::begin_fold() {
  fold_ = {.epoch = next_epoch_, .parts = 0, .sequence = durable_, .log_epoch = next_epoch_};
  if (log_.segment != kNone) fold_.log_epoch = segments_[log_.segment].epoch;
  next_epoch_ += uint32_t{parts_max_} + carried_parts_max();
  parts_limit_ = parts_max_;
  reading_ = kNone;
  reading_epoch_ = 0;
  first_part_ = kNone;
  phase_ = Phase::kReading;
}

bool Journal::next_log_to_read(uint64_t after) {
  uint16_t best = kNone;
  for (uint16_t i = 0; i < segments_count_; ++i) {
    const Segment& segment = segments_[i];
    if (segment.use != Use::kLog || segment.epoch <= reading_epoch_) continue;
    if (segment.end <= after + 1 || segment.base > fold_.sequence) continue;
    if (best == kNone || segment.epoch < segments_[best].epoch) best = i;
  }
  if (best == kNone) return false;
  reading_ = best;
  reading_epoch_ = segments_[best].epoch;
  reader_.begin(place(best), segment_bytes_, header_bytes_, reading_epoch_);
  return true;
}

// The next entry behind `after`, up to the last one that the snapshot will hold. kOther: none here,
// look again.
Journal::Found Journal::find_entry(uint64_t after, SegmentReader::Record& record) {
  const bool segment_ends = reading_ == kNone || after >= fold_.sequence || !reader_.next(record) ||
                            record.head.sequence > fold_.sequence;
  if (segment_ends) {
    reading_ = kNone;
    return after < fold_.sequence && next_log_to_read(after) ? Found::kOther : Found::kEnd;
  }
  const uint64_t sequence = record.head.sequence;
  const bool counts = record.head.type == RecordType::kEntry && sequence > after &&
                      sequence < segments_[reading_].end;
  return counts ? Found::kRecord : Found::kOther;
}

// The state lags behind the log: it catches up by reading what was written, so that entries need no
// second place in memory.
bool Journal::read_some() {
  SegmentReader::Record record;
  for (int n = 0; n < kRecordsPerStep; ++n) {
    const Found found = find_entry(state_sequence_, record);
    if (found == Found::kOther) continue;
    if (found == Found::kEnd) {
      state_sequence_ = fold_.sequence;
      pieces_ = 0;
      parts_.segment = kNone;
      state_.begin_snapshot();
      piece_ = state_.next_piece();
      phase_ = Phase::kWriting;
      return true;
    }
    figures_.damaged += record.head.sequence - state_sequence_ - 1;
    state_sequence_ = record.head.sequence;
    state_.apply(record.payload, state_sequence_);
  }
  return true;
}

// The first part's header is left for the very end: it is what makes the snapshot stand.
Status Journal::open_part() {
  const uint16_t segment = next_free();
  if (segment == kNone) return Status::kFull;
  if (!segments_[segment].erased) return erase_unit_of(segment);  // One unit a step.
  CHECK(fold_.parts < parts_limit_);
  const bool first = fold_.parts == 0;
  const bool header_last = first && with(Safeguard::kHeaderLast);
  TRY(begin_segment(parts_, segment, header_last ? header_bytes_ : 0));
  segments_[segment] = {.use = Use::kSnapshot, .epoch = fold_.epoch + fold_.parts};
  if (first) first_part_ = segment;
  if (!header_last) {
    SegmentHeader header{.kind = SegmentKind::kSnapshot,
                         .part = fold_.parts,
                         .epoch = segments_[segment].epoch,
                         .segment_bytes = segment_bytes_,
                         .durable = durable_};
    if (first) {  // Only without the safeguard.
      header.snapshot = fold_;
      header.snapshot.parts = parts_max_;
    }
    put_header(parts_, header);
  }
  ++fold_.parts;
  return Status::kOk;
}

bool Journal::write_some() {
  if (!piece_.empty() || fold_.parts == 0) return put_piece();
  if (!state_.begin_carrying()) return end_pieces();
  begin_pass(Phase::kWeighing);
  return true;
}

// Writes the piece, or does a part of what makes room for it.
bool Journal::put_piece() {
  Status status = Status::kOk;
  if (fold_.parts == 0 || room(parts_) < record_bytes(piece_.size())) {
    if (parts_.segment != kNone) status = flush(parts_, true);
    if (ok(status)) {
      parts_.segment = kNone;
      status = open_part();
      if (status == Status::kStorage) {
        // A worn unit: another segment will do.
        set_worn(next_free());
        status = Status::kOk;
      }
      if (parts_.segment == kNone) parts_.size = 0;
    }
  } else {
    status = put(parts_,
                 {.type = RecordType::kSnapshot,
                  .size = static_cast<uint16_t>(piece_.size()),
                  .epoch = segments_[parts_.segment].epoch,
                  .sequence = pieces_},
                 piece_);
    if (ok(status)) {
      ++pieces_;
      piece_ = phase_ == Phase::kWriting ? state_.next_piece() : Bytes();
    }
  }
  if (!ok(status)) abandon_fold();
  return ok(status);
}

bool Journal::end_pieces() {
  const Status status = flush(parts_, true);
  if (ok(status)) {
    phase_ = Phase::kCommitting;
  } else {
    abandon_fold();
  }
  return ok(status);
}

bool Journal::commit_fold() {
  Status status = with(Safeguard::kSnapshotSync) ? flash_.sync() : Status::kOk;
  const bool header = ok(status);
  if (ok(status) && with(Safeguard::kHeaderLast)) {
    parts_.segment = first_part_;
    parts_.at = parts_.size = 0;
    put_header(parts_, {.kind = SegmentKind::kSnapshot,
                        .epoch = fold_.epoch,
                        .segment_bytes = segment_bytes_,
                        .durable = durable_,
                        .snapshot = fold_});
    status = flush(parts_, true);
  }
  if (ok(status) && with(Safeguard::kHeaderSync)) status = flash_.sync();
  if (!ok(status)) {
    // The header may be there or not. Only when it is certainly gone the parts may be used again;
    // else they stay as they are, and the next start decides.
    segments_[first_part_].erased = false;
    const bool gone = !header || (ok(erase(first_part_)) && ok(flash_.sync()));
    if (!gone) {
      for (Segment& segment : segments_) {
        if (segment.use == Use::kSnapshot && segment.epoch >= fold_.epoch) segment.use = Use::kBad;
      }
    }
    abandon_fold();
    return false;
  }
  // It stands. What it replaces is free; entries go on in a new segment, whose header names it too.
  if (log_.segment != kNone) segments_[log_.segment].end = next_;
  log_.segment = kNone;
  log_.size = 0;
  for (uint16_t i = 0; i < segments_count_; ++i) {
    if (is_replaced(segments_[i])) segments_[i] = {};
  }
  snapshot_ = fold_;
  phase_ = Phase::kIdle;
  ++figures_.folds;
  return true;
}

// The medium failed in between. What stood still stands; the parts may be anything.
void Journal::abandon_fold() {
  for (uint16_t i = 0; i < segments_count_; ++i) {
    Segment& segment = segments_[i];
    if (segment.use == Use::kSnapshot && segment.epoch >= fold_.epoch) segment = {};
  }
  parts_.segment = kNone;
  phase_ = Phase::kIdle;
  fold_not_before_ = durable_ + kPauseAfterFailure;
  ++figures_.failures;
}

// So that a full segment costs an entry no erase.
bool Journal::erase_ahead() {
  if (log_.segment != kNone && log_.at < segment_bytes_ / 2) return false;
  const uint16_t segment = next_free();
  if (segment == kNone || segments_[segment].erased) return false;
  if (const Status status = erase_unit_of(segment); !ok(status)) {
    if (status == Status::kUnavailable) return false;
    set_worn(segment);
  }
  return !segments_[segment].erased;
}

}  // namespace hookflash
