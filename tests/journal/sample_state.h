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

// How the newest entries with the first two names begin, oldest first: what snapshots carry.
struct SampleTexts {
  static constexpr size_t kTexts = 6;
  static constexpr uint8_t kNames = 2;

  size_t bytes = 0;  // Of each, at most.
  std::vector<std::vector<uint8_t>> newest;

  // Of an entry; at least 9 bytes.
  void add(Bytes entry) {
    if (bytes == 0 || entry[8] >= kNames) return;
    const Bytes text = entry.first(std::min(entry.size(), bytes));
    newest.emplace_back(text.begin(), text.end());
    if (newest.size() > kTexts) newest.erase(newest.begin());
  }
  bool operator==(const SampleTexts&) const = default;
};

class SampleState final : public JournalState {
 public:
  // `piece_bytes` makes snapshots longer, so that they take several segments.
  explicit SampleState(size_t piece_bytes = 700, size_t text_bytes = 0)
      : piece_bytes_(piece_bytes) {
    texts_.bytes = text_bytes;
  }

  void clear() override {
    values_ = {};
    texts_.newest.clear();
  }
  void apply(Bytes entry, uint64_t sequence) override {
    if (sequence != 0) {
      if (entry.size() >= 9 && entry[8] < kSampleNames) {
        add_entry(values_, entry);
        texts_.add(entry);
      } else {
        ++refused_;
      }
      return;
    }
    if (is_text(entry, sequence)) {
      texts_.add(entry.subspan(1));
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

  // What is carried is made of what the medium has, not of what is in memory here: that says only
  // which numbers are wanted.
  [[nodiscard]] size_t carried_bytes_max() const override {
    return SampleTexts::kTexts * (1 + texts_.bytes + kPieceOverhead);
  }
  bool begin_carrying() override {
    wanted_.clear();
    for (const auto& text : texts_.newest) wanted_.push_back(number_of(text));
    weighed_ = 0;
    given_ = 0;
    held_.clear();
    return !wanted_.empty();
  }
  void weigh(Bytes record, uint64_t sequence) override {
    const Bytes text = text_of(record, sequence);
    if (!text.empty()) weighed_ += 1 + text.size() + kPieceOverhead;
  }
  // The oldest first, each reckoned at its longest.
  uint64_t choose(size_t bytes) override {
    const size_t before = wanted_.size();
    for (const size_t each = 1 + texts_.bytes + kPieceOverhead;
         weighed_ > bytes && !wanted_.empty(); weighed_ -= std::min(weighed_, each)) {
      wanted_.erase(wanted_.begin());
    }
    return before - wanted_.size();
  }
  // Always one behind: the last one is given in the end.
  Bytes carry(Bytes record, uint64_t sequence) override {
    const Bytes text = text_of(record, sequence);
    if (!record.empty() && (text.empty() || given_ == number_of(text))) return {};
    piece_.swap(held_);
    held_.clear();
    if (!text.empty()) {
      given_ = number_of(text);
      held_.assign(1, kTextPiece);
      held_.insert(held_.end(), text.begin(), text.end());
    }
    return piece_;
  }

  [[nodiscard]] const SampleValues& values() const { return values_; }
  [[nodiscard]] const SampleTexts& texts() const { return texts_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  static constexpr uint8_t kTextPiece = kSampleNames + 1;

  static uint64_t number_of(Bytes text) {
    uint64_t number = 0;
    std::memcpy(&number, text.data(), sizeof number);
    return number;
  }
  static bool is_text(Bytes record, uint64_t sequence) {
    return sequence == 0 && record.size() >= 10 && record[0] == kTextPiece;
  }
  // Empty: not wanted.
  [[nodiscard]] Bytes text_of(Bytes record, uint64_t sequence) const {
    Bytes text = record;
    if (is_text(record, sequence)) {
      text = record.subspan(1);
    } else if (sequence == 0 || record.size() < 9) {
      return {};
    }
    if (std::find(wanted_.begin(), wanted_.end(), number_of(text)) == wanted_.end()) return {};
    return text.first(std::min(text.size(), texts_.bytes));
  }

  size_t piece_bytes_;
  SampleTexts texts_;
  std::vector<uint64_t> wanted_;
  size_t weighed_ = 0;
  uint64_t given_ = 0;
  std::vector<uint8_t> held_;
  size_t next_ = 0;
  uint64_t refused_ = 0;
  SampleValues values_;
  std::vector<uint8_t> piece_;
};

}  // namespace hookflash
