// What a snapshot takes over from the medium, because the state does not hold it.

#include <algorithm>

#include "journal/journal.h"

namespace hookflash {
namespace {

// Of a medium: at most this part is for what is carried, this part must be left for entries while
// it is, and this part afterwards. So carrying never makes a box short of space (B-JRN-8).
constexpr uint16_t kCarriedPart = 8;
constexpr uint16_t kLeftMeanwhilePart = 8;
constexpr uint16_t kLeftAfterwardsPart = 4;

// A step of these passes only looks at most records, so it takes more of them: the log must not
// grow much while it is read again (pace.h).
constexpr int kRecordsPerLook = 32;

uint64_t number_of(const SegmentReader::Record& record) {
  return record.head.type == RecordType::kEntry ? record.head.sequence : 0;
}

}  // namespace

uint16_t Journal::carried_parts_max() const {
  const size_t wanted = (state_.carried_bytes_max() + usable_bytes() - 1) / usable_bytes();
  return static_cast<uint16_t>(std::min<size_t>(wanted, segments_count_ / kCarriedPart));
}

// Begins to read all of it: the snapshot that stands, then the log behind it.
void Journal::begin_pass(Phase phase) {
  phase_ = phase;
  reading_ = kNone;
  reading_epoch_ = 0;
  old_part_ = 0;
  carried_sequence_ = snapshot_.sequence;
  carried_.payload = {};
}

// kOther: none here, look again.
Journal::Found Journal::find_carried(SegmentReader::Record& record) {
  if (old_part_ > snapshot_.parts) {
    const Found found = find_entry(carried_sequence_, record);
    if (found == Found::kRecord) carried_sequence_ = record.head.sequence;
    return found;
  }
  if (reading_ != kNone && reader_.next(record)) {
    return record.head.type == RecordType::kSnapshot ? Found::kRecord : Found::kOther;
  }
  reading_ = old_part_ < snapshot_.parts ? segment_of_part(old_part_) : kNone;
  if (reading_ != kNone) {
    reader_.begin(place(reading_), segment_bytes_, header_bytes_, segments_[reading_].epoch);
  }
  ++old_part_;
  return Found::kOther;
}

bool Journal::weigh_some() {
  SegmentReader::Record record;
  for (int n = 0; n < kRecordsPerLook; ++n) {
    const Found found = find_carried(record);
    if (found == Found::kRecord) state_.weigh(record.payload, number_of(record));
    if (found != Found::kEnd) continue;
    figures_.given_up += state_.choose(room_to_carry());
    begin_pass(Phase::kCarrying);
    return true;
  }
  return true;
}

// Grants segments beyond those of the state's own pieces.
size_t Journal::room_to_carry() {
  const uint32_t free = count(Use::kFree);
  const uint32_t meanwhile = segments_count_ / kLeftMeanwhilePart + 1U;
  const uint32_t then_free = free + freed_by_fold();
  const uint32_t afterwards = parts_max_ + segments_count_ / kLeftAfterwardsPart;
  const uint32_t parts = std::min({uint32_t{carried_parts_max()}, free - std::min(free, meanwhile),
                                   then_free - std::min(then_free, afterwards)});
  parts_limit_ = static_cast<uint16_t>(fold_.parts + parts);
  const uint32_t rest = room(parts_) - std::min<uint32_t>(room(parts_), kRecordBytesMax);
  return std::min<size_t>(state_.carried_bytes_max(), rest + size_t{parts} * usable_bytes());
}

bool Journal::carry_some() {
  if (!piece_.empty()) {
    const bool fits = room(parts_) >= record_bytes(piece_.size()) || fold_.parts < parts_limit_;
    if (fits) return put_piece();
    piece_ = {};  // More than there was room for.
    ++figures_.given_up;
    return end_pieces();
  }
  for (int n = 0; n < kRecordsPerLook; ++n) {
    Found found = Found::kRecord;
    if (carried_.payload.empty()) found = find_carried(carried_);
    if (found != Found::kRecord) carried_.payload = {};
    if (found == Found::kOther) continue;
    piece_ = state_.carry(carried_.payload, number_of(carried_));
    if (!piece_.empty()) return true;
    if (found == Found::kEnd) return end_pieces();
    carried_.payload = {};
  }
  return true;
}

}  // namespace hookflash
