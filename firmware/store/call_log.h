#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "limits.h"

namespace hookflash {

// The newest N summaries of finished calls, in the order in which they ended (B-REC-3). Summary has
// call_id, line and provider_call_id; at most 512 bytes. People ask for finished calls, events
// never do, so looking one up walks the log. All bytes zero is empty.
template <typename Summary, size_t N = limits::kHistoryMax>
class CallLog {
  static_assert(sizeof(Summary) <= limits::kSummaryBytesMax, "B-REC-3");

 public:
  static constexpr size_t capacity() { return N; }
  [[nodiscard]] size_t size() const { return size_; }

  // The N + 1st evicts exactly the oldest.
  void add(const Summary& summary) {
    calls_[(first_ + size_) % N] = summary;
    if (size_ < N) {
      ++size_;
    } else {
      first_ = (first_ + 1) % N;
    }
  }

  // Index 0 is the oldest.
  [[nodiscard]] const Summary& operator[](size_t index) const {
    CHECK(index < size_);
    return calls_[(first_ + index) % N];
  }
  [[nodiscard]] Summary& at(size_t index) {
    CHECK(index < size_);
    return calls_[(first_ + index) % N];
  }

  // The newest for which matches(summary) holds; nullptr when there is none.
  template <typename Matches>
  [[nodiscard]] const Summary* find_if(Matches matches) const {
    for (size_t i = size_; i > 0; --i) {
      if (matches((*this)[i - 1])) return &(*this)[i - 1];
    }
    return nullptr;
  }
  template <typename CallId>
  [[nodiscard]] const Summary* find(const CallId& call_id) const {
    return find_if([&](const Summary& call) { return call.call_id == call_id; });
  }
  // By provider call id, on any line.
  [[nodiscard]] const Summary* find_provider_id(std::string_view id) const {
    if (id.empty()) return nullptr;
    return find_if([&](const Summary& call) { return call.provider_call_id == id; });
  }

  // Index of the first of the newest `limit` summaries: listing from there to size() - 1 gives them
  // newest last. A limit of 0 or less gives none (B-REC-6).
  [[nodiscard]] size_t first_of_newest(int64_t limit) const {
    if (limit <= 0) return size_;
    const auto wanted = static_cast<uint64_t>(limit);
    return wanted >= size_ ? 0 : size_ - static_cast<size_t>(wanted);
  }

  void clear() { first_ = size_ = 0; }

 private:
  size_t first_ = 0;
  size_t size_ = 0;
  std::array<Summary, N> calls_{};
};

inline constexpr int64_t kHistoryListDefault = 50;  // B-REC-6.

}  // namespace hookflash
