#include "journal_map.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "journal/format.h"

namespace hookflash::kill {
namespace {

Bytes bytes_at(const std::string& image, uint64_t at, size_t size) {
  return {reinterpret_cast<const uint8_t*>(image.data()) + at, size};
}

}  // namespace

JournalMap::JournalMap(const std::string& image) {
  for (uint64_t begin = 0; begin + kSegmentBytes <= image.size(); begin += kSegmentBytes) {
    uint64_t end = begin + kSegmentBytes;
    while (end > begin && image[end - 1] == '\xFF') --end;
    if (end == begin) continue;
    segments_.push_back(begin);
    for (uint64_t at = begin; at < end; ++at) written_.push_back(at);
    read_segment(image, begin);
  }
  // A number that was given twice is void where it was given first.
  std::map<uint64_t, uint32_t> newest;
  for (const Record& record : records_) {
    if (record.entry == 0) continue;
    uint32_t& epoch = newest[record.entry];
    epoch = std::max(epoch, record.epoch);
  }
  for (Record& record : records_) {
    if (record.entry != 0 && newest[record.entry] != record.epoch) record.entry = 0;
    if (record.epoch - snapshot_epoch_ >= snapshot_parts_) record.piece = 0;
  }
  entries_ = newest.size();
  unsealed_ = static_cast<uint64_t>(std::distance(newest.upper_bound(sealed_), newest.end()));
}

void JournalMap::read_segment(const std::string& image, uint64_t begin) {
  SegmentHeader header;
  const Bytes head = bytes_at(image, begin, kSegmentHeaderBytes);
  const bool headed = ok(read_header(head.first<kSegmentHeaderBytes>(), header));
  if (headed) {
    sealed_ = std::max(sealed_, header.durable);
    if (header.snapshot.parts > 0 && header.snapshot.epoch > snapshot_epoch_) {
      snapshot_epoch_ = header.snapshot.epoch;
      snapshot_parts_ = header.snapshot.parts;
    }
  }
  for (uint64_t at = begin + kSegmentHeaderBytes; at + kRecordHeadBytes <= begin + kSegmentBytes;) {
    RecordHead record;
    const Bytes raw = bytes_at(image, at, kRecordHeadBytes);
    if (!read_record_head(raw.first<kRecordHeadBytes>(), record) ||
        at + record_bytes(record.size) > begin + kSegmentBytes ||
        !record_is_whole(bytes_at(image, at, record_bytes(record.size)), record) ||
        (headed && record.epoch != header.epoch)) {
      at += kRecordAlignment;
      continue;
    }
    const bool entry = record.type == RecordType::kEntry;
    records_.push_back({.begin = at,
                        .end = at + kRecordHeadBytes + record.size,
                        .epoch = record.epoch,
                        .entry = entry ? record.sequence : 0,
                        .piece = entry ? 0 : record.sequence + 1});
    if (entry && record.sequence >= record.behind) {
      sealed_ = std::max(sealed_, record.sequence - record.behind);
    }
    at += record_bytes(record.size);
  }
}

JournalMap::Place JournalMap::at(uint64_t byte) const {
  Place place{.header = byte % kSegmentBytes < kSegmentHeaderBytes};
  auto record = std::upper_bound(
      records_.begin(), records_.end(), byte,
      [](uint64_t wanted, const Record& candidate) { return wanted < candidate.begin; });
  if (record == records_.begin()) return place;
  --record;
  if (byte < record->end) {
    place.entry = record->entry;
    place.piece = record->piece;
  }
  return place;
}

}  // namespace hookflash::kill
