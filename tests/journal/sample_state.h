// A small state for a journal under test: a few named values, and a model of what they were after
// each entry.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "journal/state.h"

namespace hookflash {

inline constexpr size_t kSampleNames = 8;

// What entries add up to. Each entry has a number of its own (its place in the workload), so states
// after different prefixes always differ.
struct SampleValues {
  uint64_t last = 0;   // Number of the newest entry.
  uint64_t count = 0;  // Entries in all.
  std::array<uint64_t, kSampleNames> values{};
  bool operator==(const SampleValues&) const = default;
};

// An entry: number (8 bytes), name (1), then filler made of the number.
inline std::vector<uint8_t> sample_entry(uint64_t number, size_t size) {
  CHECK(size >= 9);
  std::vector<uint8_t> entry(size);
  for (size_t i = 0; i < 8; ++i) entry[i] = static_cast<uint8_t>(number >> (8 * i));
  entry[8] = static_cast<uint8_t>(number * 2654435761U % kSampleNames);
  for (size_t i = 9; i < size; ++i) entry[i] = static_cast<uint8_t>(number * 31 + i);
  return entry;
}

inline uint64_t sum_of(Bytes bytes) {
  uint64_t sum = 1469598103934665603U;
  for (const uint8_t byte : bytes) sum = (sum ^ byte) * 1099511628211U;
  return sum;
}

inline void add_entry(SampleValues& values, Bytes entry) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number |= uint64_t{entry[i]} << (8 * i);
  values.last = number;
  ++values.count;
  values.values[entry[8]] = sum_of(entry);
}

class SampleState final : public JournalState {
 public:
  // `piece_bytes` makes snapshots longer, so that they take several segments.
  explicit SampleState(size_t piece_bytes = 700) : piece_bytes_(piece_bytes) {}

  void clear() override { values_ = {}; }
  void apply(Bytes entry, uint64_t sequence) override {
    if (sequence != 0) {
      if (entry.size() >= 9 && entry[8] < kSampleNames) {
        add_entry(values_, entry);
      } else {
        ++refused_;
      }
      return;
    }
    if (entry.size() < 17 || entry[0] > kSampleNames) {
      ++refused_;
      return;
    }
    uint64_t numbers[2];
    std::memcpy(numbers, entry.data() + 1, sizeof numbers);
    if (entry[0] == kSampleNames) {
      values_.last = numbers[0];
      values_.count = numbers[1];
    } else {
      values_.values[entry[0]] = numbers[0];
    }
  }
  [[nodiscard]] size_t snapshot_bytes_max() const override {
    return (kSampleNames + 1) * (piece_bytes_ + kPieceOverhead);
  }
  void begin_snapshot() override { next_ = 0; }
  Bytes next_piece() override {
    if (next_ > kSampleNames) return {};
    piece_.assign(piece_bytes_, static_cast<uint8_t>(next_ + 1));
    piece_[0] = static_cast<uint8_t>(next_);
    const bool last = next_ == kSampleNames;
    const uint64_t numbers[2] = {last ? values_.last : values_.values[next_],
                                 last ? values_.count : 0};
    std::memcpy(piece_.data() + 1, numbers, sizeof numbers);
    ++next_;
    return piece_;
  }

  [[nodiscard]] const SampleValues& values() const { return values_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  size_t piece_bytes_;
  size_t next_ = 0;
  uint64_t refused_ = 0;
  SampleValues values_;
  std::vector<uint8_t> piece_;
};

}  // namespace hookflash
