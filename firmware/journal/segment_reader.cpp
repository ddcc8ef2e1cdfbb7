#include "journal/segment_reader.h"

#include <algorithm>
#include <cstring>

namespace hookflash {

void SegmentReader::begin(uint64_t segment_at, uint32_t segment_bytes, uint32_t from,
                          uint32_t epoch) {
  segment_at_ = segment_at;
  end_ = segment_bytes;
  at_ = from;
  epoch_ = epoch;
  damaged_ = 0;
  in_damage_ = false;
  blank_ = true;
  window_size_ = 0;
}

Bytes SegmentReader::ahead(size_t least) {
  least = std::min<size_t>(least, end_ - at_);
  const bool inside =
      window_size_ > 0 && at_ >= window_at_ && at_ + least <= size_t{window_at_} + window_size_;
  if (!inside) {
    window_at_ = at_;
    window_size_ = static_cast<uint32_t>(std::min<size_t>(window_.size(), end_ - at_));
    if (!ok(flash_.read(segment_at_ + at_, MutableBytes(window_).first(window_size_)))) {
      window_size_ = 0;
      return {};
    }
  }
  return Bytes(window_).subspan(at_ - window_at_, window_at_ + window_size_ - at_);
}

void SegmentReader::note_damage() {
  if (!in_damage_) ++damaged_;
  in_damage_ = true;
  blank_ = false;
}

bool SegmentReader::next(Record& record) {
  while (end_ - at_ >= kRecordHeadBytes) {
    Bytes bytes = ahead(kRecordHeadBytes);
    if (bytes.empty()) {  // The medium does not give it: this window is lost, not what is behind.
      note_damage();
      at_ += static_cast<uint32_t>(std::min<size_t>(window_.size(), end_ - at_));
      continue;
    }
    const auto erased = [](uint8_t byte) { return byte == 0xFF; };
    if (std::all_of(bytes.begin(), bytes.begin() + kRecordAlignment, erased)) {
      in_damage_ = false;
      // Most of a medium is erased: as much of it at once as is at hand.
      size_t blank = kRecordAlignment;
      for (uint64_t word = UINT64_MAX; word == UINT64_MAX && bytes.size() - blank >= sizeof word;) {
        std::memcpy(&word, bytes.data() + blank, sizeof word);
        if (word == UINT64_MAX) blank += sizeof word;
      }
      at_ += static_cast<uint32_t>(blank);
      continue;
    }
    blank_ = false;
    RecordHead head;
    if (read_record_head(bytes.first<kRecordHeadBytes>(), head) &&
        record_bytes(head.size) <= end_ - at_) {
      bytes = ahead(record_bytes(head.size));
      if (!bytes.empty() && record_is_whole(bytes, head)) {
        in_damage_ = false;
        at_ += static_cast<uint32_t>(record_bytes(head.size));
        // Left over from the segment's life before, where an erase was torn.
        if (epoch_ != 0 && head.epoch != epoch_) continue;
        record.head = head;
        record.payload = bytes.subspan(kRecordHeadBytes, head.size);
        return true;
      }
    }
    note_damage();
    at_ += kRecordAlignment;
  }
  return false;
}

static_assert(kRecordAlignment == sizeof(uint64_t), "erased bytes are skipped by whole words");

}  // namespace hookflash
