#include "journal/journal.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "journal/safeguards.h"

namespace hookflash {
namespace {

// Between two tries of segments that could not be erased, when the first one failed: an erase takes
// half a second on some parts.
constexpr uint64_t kEntriesBetweenTries = 16;

// More than two do not wear out within the second or so that a snapshot takes.
constexpr uint32_t kSpareSegments = 2;

}  // namespace

Journal::Journal(Flash& flash, JournalState& state, const JournalOptions& options)
    : flash_(flash), state_(state), options_(options), reader_(flash) {}

// Cuts the medium into segments.
Status Journal::measure() {
  const FlashGeometry geometry = flash_.geometry();
  unit_ = geometry.program_unit;
  erase_unit_ = geometry.erase_unit;
  const auto up = [](uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; };
  segment_bytes_ = static_cast<uint32_t>(up(options_.segment_bytes, erase_unit_));
  header_bytes_ = static_cast<uint32_t>(up(kSegmentHeaderBytes, unit_));
  CHECK(unit_ > 0 && kUnitMax % unit_ == 0);
  CHECK(segment_bytes_ >= header_bytes_ + 2 * kRecordBytesMax);
  segments_count_ =
      static_cast<uint16_t>(std::min<uint64_t>(geometry.size / segment_bytes_, kSegmentsMax));
  const uint64_t parts = state_.snapshot_bytes_max() / usable_bytes() + 1;
  // The snapshot that stands, the next one, two log segments, and one that is erased ahead.
  if (segments_count_ < 2 * parts + 3) return Status::kFull;
  parts_max_ = static_cast<uint16_t>(parts);
  if (options_.fold_segments == 0) {
    options_.fold_segments = std::max<uint32_t>(2, segments_count_ / 3U);
  }
  return Status::kOk;
}

Status Journal::format() {
  open_ = false;
  TRY(measure());
  segments_.fill({});
  for (uint16_t i = 0; i < segments_count_; ++i) {
    if (!ok(erase(i))) set_worn(i);
  }
  TRY(flash_.sync());
  state_.clear();
  next_ = 1;
  durable_ = state_sequence_ = 0;
  next_epoch_ = 1;
  last_opened_ = log_.segment = parts_.segment = erasing_ = kNone;
  log_.size = 0;
  group_failed_ = false;
  snapshot_ = {};
  phase_ = Phase::kIdle;
  fold_not_before_ = 0;
  figures_ = {};
  open_ = true;
  return Status::kOk;
}

// --- Segments ------------------------------------------------------------------------------------

uint32_t Journal::count(Use use) const {
  uint32_t found = 0;
  for (uint16_t i = 0; i < segments_count_; ++i) found += segments_[i].use == use ? 1U : 0U;
  return found;
}

// Segments that entries may not take: the next snapshot must always find room (B-JRN-8), and from
// its beginning on also the one after it, in what will be free then.
uint32_t Journal::reserved() const {
  if (phase_ == Phase::kIdle) return parts_max_ + spare();
  const uint32_t left = uint32_t{parts_limit_} - fold_.parts;
  const uint32_t wanted = parts_max_ + left;
  return std::max(left, wanted - std::min(wanted, freed_by_fold())) + spare();
}

// Of them, those in place of segments that wear out before the snapshot stands. None where they
// would leave entries less than the two segments that a fold needs.
uint32_t Journal::spare() const {
  const uint32_t whole = segments_count_ - count(Use::kWorn) - count(Use::kBad);
  const uint32_t least = 2U * parts_max_ + 2U;
  return std::min(kSpareSegments, whole - std::min(whole, least));
}

// What the snapshot being written replaces.
uint32_t Journal::freed_by_fold() const {
  uint32_t freed = 0;
  for (uint16_t i = 0; i < segments_count_; ++i) {
    if (is_replaced(segments_[i])) ++freed;
  }
  return freed;
}

bool Journal::is_replaced(const Segment& segment) const {
  const bool old_part = segment.use == Use::kSnapshot && segment.epoch < fold_.epoch;
  const bool old_log = segment.use == Use::kLog && segment.end <= fold_.sequence + 1;
  return old_part || old_log;
}

// Of the snapshot that stands. kNone: it is lost.
uint16_t Journal::segment_of_part(uint32_t part) const {
  for (uint16_t i = 0; i < segments_count_; ++i) {
    const Segment& segment = segments_[i];
    if (segment.use == Use::kSnapshot && segment.epoch == snapshot_.epoch + part) return i;
  }
  return kNone;
}

// In turn, so that all of them wear alike. kNone when none is free.
uint16_t Journal::next_free() const {
  for (uint16_t i = 1; i <= segments_count_; ++i) {
    const uint16_t start = last_opened_ == kNone ? uint16_t(segments_count_ - 1) : last_opened_;
    const auto at = static_cast<uint16_t>((start + i) % segments_count_);
    if (segments_[at].use == Use::kFree) return at;
  }
  return kNone;
}

Status Journal::erase_unit_of(uint16_t segment) {
  if (erasing_ != segment) {
    erasing_ = segment;
    erased_bytes_ = 0;
  }
  TRY(flash_.erase(place(segment) + erased_bytes_));
  erased_bytes_ += erase_unit_;
  if (erased_bytes_ == segment_bytes_) {
    segments_[segment].erased = true;
    erasing_ = kNone;
  }
  return Status::kOk;
}

// It takes no part, for now.
void Journal::set_worn(uint16_t segment) {
  segments_[segment].use = Use::kWorn;
  erasing_ = kNone;
}

// While space is short one that could not be erased may have been blamed for a moment's failure of
// the whole part (B-JRN-8): they are tried in turn. True: go on.
bool Journal::try_worn() {
  if (asked_ < worn_not_before_ || count(Use::kWorn) == 0 || !is_short()) return false;
  uint16_t segment = erasing_;
  if (segment == kNone || segments_[segment].use != Use::kWorn) {
    segment = last_tried_;
    do {
      segment = static_cast<uint16_t>((segment + 1) % segments_count_);
    } while (segments_[segment].use != Use::kWorn);
  }
  last_tried_ = segment;
  if (!ok(erase_unit_of(segment))) {
    erasing_ = kNone;
    worn_not_before_ = asked_ + kEntriesBetweenTries;
    return false;
  }
  if (segments_[segment].erased) segments_[segment].use = Use::kFree;
  return true;
}

Status Journal::erase(uint16_t segment) {
  while (!segments_[segment].erased) TRY(erase_unit_of(segment));
  return Status::kOk;
}

// The segment is erased; bytes from `from` on are to be written.
Status Journal::begin_segment(Stage& stage, uint16_t segment, uint32_t from) {
  Segment& place_in_table = segments_[segment];
  CHECK(place_in_table.erased);
  place_in_table.erased = false;
  last_opened_ = segment;
  stage.segment = segment;
  stage.at = from;
  stage.size = 0;
  return Status::kOk;
}

void Journal::put_header(Stage& stage, const SegmentHeader& header) {
  CHECK(stage.at == 0 && stage.size == 0);
  write_header(header, std::span(stage.bytes).first<kSegmentHeaderBytes>());
  std::memset(stage.bytes.data() + kSegmentHeaderBytes, 0xFF, header_bytes_ - kSegmentHeaderBytes);
  stage.size = header_bytes_;
}

// A new segment for entries. kFull: no space.
Status Journal::open_log() {
  if (log_.segment != kNone) {
    TRY(flush(log_, true));
    segments_[log_.segment].end = next_;
    log_.segment = kNone;
  }
  for (;;) {
    const uint16_t segment = next_free();
    if (segment == kNone || count(Use::kFree) <= reserved()) return Status::kFull;
    const Status erased = erase(segment);
    if (erased == Status::kUnavailable) return erased;
    if (!ok(erased)) {
      set_worn(segment);
      continue;
    }
    TRY(begin_segment(log_, segment, 0));
    segments_[segment] = {
        .use = Use::kLog, .epoch = next_epoch_++, .base = next_, .end = UINT64_MAX};
    put_header(log_, {.kind = SegmentKind::kLog,
                      .epoch = segments_[segment].epoch,
                      .segment_bytes = segment_bytes_,
                      .base = next_,
                      .durable = durable_,
                      .snapshot = snapshot_});
    return Status::kOk;
  }
}

Status Journal::put(Stage& stage, const RecordHead& head, Bytes payload) {
  const size_t bytes = record_bytes(payload.size());
  CHECK(bytes <= room(stage));
  if (stage.size + bytes > stage.bytes.size()) TRY(flush(stage, false));
  CHECK(stage.size + bytes <= stage.bytes.size());
  write_record(head, payload, MutableBytes(stage.bytes).subspan(stage.size, bytes));
  stage.size += static_cast<uint32_t>(bytes);
  return Status::kOk;
}

// Hands whole program units to the medium; with `pad` all of it.
Status Journal::flush(Stage& stage, bool pad) {
  if (pad) {
    const uint32_t whole = (stage.size + unit_ - 1) / unit_ * unit_;
    CHECK(whole <= stage.bytes.size());
    std::memset(stage.bytes.data() + stage.size, 0xFF, whole - stage.size);
    stage.size = whole;
  }
  const uint32_t whole = stage.size / unit_ * unit_;
  if (whole == 0) return Status::kOk;
  TRY(flash_.program(place(stage.segment) + stage.at, Bytes(stage.bytes).first(whole)));
  figures_.programmed_bytes += whole;
  stage.at += whole;
  stage.size -= whole;
  std::memmove(stage.bytes.data(), stage.bytes.data() + whole, stage.size);
  return Status::kOk;
}

// --- Entries -------------------------------------------------------------------------------------

// The medium failed: of the entries since the last commit() none counts. Their numbers are given
// again, in a new segment that says from where on older ones are void.
void Journal::drop_group() {
  for (uint16_t i = 0; i < segments_count_; ++i) {
    Segment& segment = segments_[i];
    if (segment.use != Use::kLog) continue;
    if (segment.end > durable_ + 1) segment.end = durable_ + 1;
    if (segment.base >= segment.end) segment = {};
  }
  log_.segment = kNone;
  log_.size = 0;
  next_ = durable_ + 1;
  ++figures_.failures;
}

Status Journal::append(Bytes entry) {
  if (!open_ || options_.read_only) return Status::kUnavailable;
  if (entry.empty() || entry.size() > kRecordPayloadMax) return Status::kTooLarge;
  ++asked_;
  if (group_failed_) return Status::kStorage;
  Status status = Status::kOk;
  if (room(log_) < record_bytes(entry.size())) status = open_log();
  if (status == Status::kFull) {
    ++figures_.failures;
    return status;
  }
  const uint64_t behind = next_ - durable_;
  CHECK(behind <= UINT16_MAX);
  if (ok(status)) {
    status = put(log_,
                 {.type = RecordType::kEntry,
                  .size = static_cast<uint16_t>(entry.size()),
                  .behind = static_cast<uint16_t>(behind),
                  .epoch = segments_[log_.segment].epoch,
                  .sequence = next_},
                 entry);
  }
  if (!ok(status)) {
    drop_group();
    group_failed_ = true;
    return Status::kStorage;
  }
  ++next_;
  ++figures_.appended;
  return Status::kOk;
}

Status Journal::commit() {
  if (!open_) return Status::kUnavailable;
  if (group_failed_) {
    group_failed_ = false;
    return Status::kStorage;
  }
  if (next_ == durable_ + 1) return Status::kOk;
  Status status = flush(log_, true);
  if (ok(status) && with(Safeguard::kGroupSync)) status = flash_.sync();
  if (!ok(status)) {
    drop_group();
    return Status::kStorage;
  }
  durable_ = next_ - 1;
  ++figures_.commits;
  return Status::kOk;
}

bool Journal::step() {
  if (!open_ || options_.read_only || next_ != durable_ + 1) return false;
  switch (phase_) {
    case Phase::kIdle:
      if (try_worn()) return true;
      if (wants_fold()) {
        begin_fold();
        return true;
      }
      return erase_ahead();
    case Phase::kReading: return read_some();
    case Phase::kWriting: return write_some();
    case Phase::kWeighing: return weigh_some();
    case Phase::kCarrying: return carry_some();
    case Phase::kCommitting: return commit_fold();
  }
  return false;
}

bool Journal::is_short() const {
  if (!open_) return true;
  const uint32_t free = count(Use::kFree);
  const uint32_t left = free > reserved() ? free - reserved() : 0;
  return left * 10U < segments_count_;
}

JournalFigures Journal::figures() const {
  JournalFigures figures = figures_;
  const uint32_t free = count(Use::kFree);
  figures.segments = segments_count_;
  figures.newest_epoch = next_epoch_ - 1;
  figures.free_segments = free > reserved() ? free - reserved() : 0;
  figures.log_segments = count(Use::kLog);
  figures.snapshot_segments = count(Use::kSnapshot);
  figures.bad_segments = count(Use::kWorn) + count(Use::kBad);
  figures.size_bytes = uint64_t{segments_count_} * segment_bytes_;
  figures.free_bytes = uint64_t{figures.free_segments} * segment_bytes_;
  return figures;
}

}  // namespace hookflash
