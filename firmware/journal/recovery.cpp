// Opening a journal: which segments count, and what they add up to.

#include <algorithm>

#include "base/check.h"
#include "journal/journal.h"
#include "journal/safeguards.h"

namespace hookflash {
namespace {

// What must be left of the numbers when a journal is opened: more than any run uses up.
constexpr uint32_t kEpochsAhead = 1U << 24U;
constexpr uint64_t kEntriesAhead = uint64_t{1} << 40U;

}  // namespace

Status Journal::open() {
  open_ = false;
  TRY(measure());
  segments_.fill({});
  state_.clear();
  next_ = 1;
  durable_ = state_sequence_ = 0;
  next_epoch_ = 1;
  last_opened_ = log_.segment = parts_.segment = erasing_ = kNone;
  log_.size = parts_.size = 0;
  group_failed_ = false;
  snapshot_ = {};
  phase_ = Phase::kIdle;
  fold_not_before_ = 0;
  figures_ = {};
  bool anything = false;
  bool blank = true;
  TRY(survey(anything, blank));
  if (!anything && !blank) return Status::kInvalid;
  read_snapshot();
  read_log();
  // Only somebody's invention gets so far, and what we wrote next could not be read any more.
  if (next_epoch_ > kEpochMax - kEpochsAhead || next_ > kSequenceMax - kEntriesAhead) {
    return Status::kInvalid;
  }
  // A process may have been killed between writing and sync: what was read must stay, because
  // somebody is going to act on it.
  if (with(Safeguard::kOpenSync) && !options_.read_only) TRY(flash_.sync());
  durable_ = next_ - 1;
  state_sequence_ = durable_;
  open_ = true;
  return Status::kOk;
}

// Looks at every segment, and finds the snapshot that stands: the newest that its own first header
// or a log segment written later says is complete.
Status Journal::survey(bool& anything, bool& blank) {
  bool unsupported = false;
  for (uint16_t i = 0; i < segments_count_; ++i) {
    TRY(survey_segment(i, anything, blank, unsupported));
  }
  if (unsupported) return Status::kUnsupported;
  uint32_t newest = 0;
  for (uint16_t i = 0; i < segments_count_; ++i) {
    Segment& segment = segments_[i];
    if (segment.use == Use::kFree) continue;
    if (segment.epoch > newest) {
      newest = segment.epoch;
      last_opened_ = i;
    }
    // Older than the snapshot that stands: free, whatever it holds.
    const uint32_t first = snapshot_.epoch;
    const bool stale = segment.use == Use::kLog
                           ? segment.epoch < snapshot_.log_epoch
                           : segment.epoch < first || segment.epoch >= first + snapshot_.parts;
    if (stale) segment = {};
  }
  next_epoch_ = std::max(next_epoch_, snapshot_.epoch + snapshot_.parts);
  sort_segments();
  return Status::kOk;
}

Status Journal::survey_segment(uint16_t index, bool& anything, bool& blank, bool& unsupported) {
  Segment& segment = segments_[index];
  std::array<uint8_t, kSegmentHeaderBytes> bytes{};
  SegmentHeader header;
  Status status = flash_.read(place(index), bytes);
  if (status == Status::kUnavailable) return status;
  if (ok(status)) status = read_header(bytes, header);
  if (status == Status::kUnsupported || (ok(status) && header.segment_bytes != segment_bytes_)) {
    unsupported = true;
  }
  const bool headed = ok(status);
  const bool header_blank =
      std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0xFF; });
  if (headed) {
    segment.use = header.kind == SegmentKind::kLog ? Use::kLog : Use::kSnapshot;
    segment.epoch = header.epoch;
    segment.base = header.base;
    durable_ = std::max(durable_, header.durable);
    if (header.snapshot.epoch > snapshot_.epoch && header.snapshot.parts > 0) {
      snapshot_ = header.snapshot;
    }
  }
  // Its records say how far entries were durable, and, where the header is gone, what it is.
  uint64_t least = UINT64_MAX;
  SegmentReader::Record record;
  reader_.begin(place(index), segment_bytes_, header_bytes_, headed ? segment.epoch : 0);
  while (reader_.next(record)) {
    const RecordHead& head = record.head;
    next_epoch_ = std::max(next_epoch_, head.epoch + 1);
    anything = true;
    if (!headed && head.epoch > segment.epoch) {
      segment.epoch = head.epoch;
      segment.use = head.type == RecordType::kEntry ? Use::kLog : Use::kSnapshot;
      least = UINT64_MAX;
    }
    if (head.epoch != segment.epoch || head.type != RecordType::kEntry) continue;
    least = std::min(least, head.sequence);
    if (head.sequence >= head.behind) durable_ = std::max(durable_, head.sequence - head.behind);
  }
  if (!headed) segment.base = segment.use == Use::kLog ? least : 0;
  next_epoch_ = std::max(next_epoch_, segment.epoch + 1);
  anything = anything || headed;
  blank = blank && header_blank && reader_.blank();
  return Status::kOk;
}

// Log segments in the order in which they were opened, and where each one's entries end: at the
// first number of any later one.
void Journal::sort_segments() {
  ordered_ = 0;
  for (uint16_t i = 0; i < segments_count_; ++i) {
    if (segments_[i].use == Use::kLog) order_[ordered_++] = i;
  }
  std::sort(order_.begin(), order_.begin() + ordered_,
            [this](uint16_t a, uint16_t b) { return segments_[a].epoch < segments_[b].epoch; });
  uint64_t end = UINT64_MAX;
  for (uint16_t i = ordered_; i > 0; --i) {
    Segment& segment = segments_[order_[i - 1]];
    segment.end = with(Safeguard::kVoidTail) ? end : UINT64_MAX;
    end = std::min(end, segment.base);
  }
}

void Journal::read_snapshot() {
  SegmentReader::Record record;
  uint64_t expected = 0;
  for (uint32_t part = 0; part < snapshot_.parts; ++part) {
    const uint16_t segment = segment_of_part(part);
    if (segment == kNone) {
      ++figures_.damaged;
      continue;
    }
    reader_.begin(place(segment), segment_bytes_, header_bytes_, segments_[segment].epoch);
    while (reader_.next(record)) {
      if (record.head.type != RecordType::kSnapshot) continue;
      figures_.damaged += record.head.sequence - std::min(expected, record.head.sequence);
      expected = record.head.sequence + 1;
      state_.apply(record.payload, 0);
    }
  }
  durable_ = std::max(durable_, snapshot_.sequence);
}

// Entries in order. Up to durable_ all of them were acknowledged: one that is missing there is
// damage and costs itself alone. Behind it none was, and the first hole ends it all: an entry whose
// forerunner was lost never happened.
void Journal::read_log() {
  uint64_t expected = snapshot_.sequence + 1;
  bool ended = false;
  SegmentReader::Record record;
  for (uint16_t i = 0; i < ordered_; ++i) {
    const uint16_t index = order_[i];
    Segment& segment = segments_[index];
    if (segment.base >= segment.end) {
      segment = {};  // A later one has taken all its numbers.
      continue;
    }
    uint64_t last = 0;
    reader_.begin(place(index), segment_bytes_, header_bytes_, segment.epoch);
    while (reader_.next(record)) {
      const uint64_t sequence = record.head.sequence;
      if (record.head.type != RecordType::kEntry) continue;
      if (sequence >= segment.end) {
        ++figures_.torn;
        continue;
      }
      if (sequence < expected) continue;  // The snapshot has it.
      if (sequence > expected && sequence - 1 > durable_ && with(Safeguard::kStopAtGap)) {
        ended = true;
      }
      if (ended) {
        ++figures_.torn;
        continue;
      }
      figures_.damaged += sequence - expected;
      expected = sequence + 1;
      last = sequence;
      state_.apply(record.payload, sequence);
    }
    if (ended && last == 0 && segment.base >= expected) segment = {};
  }
  next_ = std::max(expected, durable_ + 1);
  figures_.damaged += next_ - expected;
  for (uint16_t i = 0; i < ordered_; ++i) {
    Segment& segment = segments_[order_[i]];
    if (segment.use == Use::kLog) segment.end = std::min(segment.end, next_);
  }
}

}  // namespace hookflash
