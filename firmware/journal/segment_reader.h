#pragma once

#include <array>
#include <cstdint>

#include "hal/flash.h"
#include "journal/format.h"

namespace hookflash {

// Walks the records of one segment. What is damaged is stepped over: the next whole record is
// found again at any multiple of kRecordAlignment.
class SegmentReader {
 public:
  explicit SegmentReader(Flash& flash) : flash_(flash) {}

  struct Record {
    RecordHead head;
    Bytes payload;  // Until the next call.
  };

  // Records from `from` (within the segment) to its end, of this epoch only; 0: of any.
  void begin(uint64_t segment_at, uint32_t segment_bytes, uint32_t from, uint32_t epoch);
  // The next whole record; false at the end.
  bool next(Record& record);

  // Since begin(): stretches that are neither erased nor whole records, and ones that the medium
  // refused to read.
  [[nodiscard]] uint32_t damaged() const { return damaged_; }
  // Nothing but erased bytes so far.
  [[nodiscard]] bool blank() const { return blank_; }

 private:
  // Bytes from at_ on, at least `least` where the segment has them; empty when unreadable.
  Bytes ahead(size_t least);
  void note_damage();

  Flash& flash_;
  uint64_t segment_at_ = 0;
  uint32_t end_ = 0;
  uint32_t at_ = 0;
  uint32_t epoch_ = 0;
  uint32_t damaged_ = 0;
  bool in_damage_ = false;
  bool blank_ = true;
  uint32_t window_at_ = 0;
  uint32_t window_size_ = 0;
  std::array<uint8_t, 4 * kRecordBytesMax> window_{};
};

}  // namespace hookflash
