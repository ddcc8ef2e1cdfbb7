#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hookflash::kill {

// What each byte of a journal's image belongs to, found without the journal's own code for opening.
class JournalMap {
 public:
  explicit JournalMap(const std::string& image);

  // Bytes that were written: of each segment all up to the last one that is not erased.
  [[nodiscard]] const std::vector<uint64_t>& written() const { return written_; }
  // Where segments begin that hold anything.
  [[nodiscard]] const std::vector<uint64_t>& segments() const { return segments_; }
  [[nodiscard]] uint64_t entries() const { return entries_; }
  // Every entry up to this one is said to be durable by something that was written later.
  [[nodiscard]] uint64_t sealed() const { return sealed_; }
  [[nodiscard]] uint64_t unsealed() const { return unsealed_; }  // So many entries are behind that.

  struct Place {
    bool header = false;
    uint64_t entry = 0;  // The number of the entry there; 0: none that counts.
    uint64_t piece = 0;  // 1 + the number of a piece of the snapshot that stands.
  };
  [[nodiscard]] Place at(uint64_t byte) const;

  static constexpr uint64_t kSegmentBytes = 64 * 1024;

 private:
  struct Record {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint32_t epoch = 0;
    uint64_t entry = 0;
    uint64_t piece = 0;
  };

  void read_segment(const std::string& image, uint64_t begin);

  std::vector<uint64_t> written_;
  std::vector<uint64_t> segments_;
  std::vector<Record> records_;  // By place.
  uint32_t snapshot_epoch_ = 0;  // Of the first part of the one that stands; 0: none does.
  uint32_t snapshot_parts_ = 0;
  uint64_t entries_ = 0;
  uint64_t sealed_ = 0;
  uint64_t unsealed_ = 0;
};

}  // namespace hookflash::kill
