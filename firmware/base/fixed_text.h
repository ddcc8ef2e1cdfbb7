#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "base/status.h"

namespace hookflash {

// Text of at most N bytes, held in place. Never cuts silently: assign() refuses what does not fit.
// All bytes zero is the empty text. Not NUL-terminated for others; use view().
template <size_t N>
class FixedText {
 public:
  constexpr FixedText() = default;

  static constexpr size_t capacity() { return N; }
  [[nodiscard]] constexpr size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr std::string_view view() const { return {bytes_.data(), size_}; }
  // NOLINTNEXTLINE(google-explicit-constructor): a text is used as one everywhere.
  constexpr operator std::string_view() const { return view(); }

  // kTooLarge leaves the old text in place.
  Status assign(std::string_view text) {
    if (text.size() > N) return Status::kTooLarge;
    if (!text.empty()) std::memmove(bytes_.data(), text.data(), text.size());
    size_ = text.size();
    return Status::kOk;
  }

  // kTooLarge leaves the old text in place.
  Status append(std::string_view text) {
    if (text.size() > N - size_) return Status::kTooLarge;
    if (!text.empty()) std::memmove(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return Status::kOk;
  }

  // For text whose length the caller has proven.
  void set(std::string_view text) { CHECK(assign(text) == Status::kOk); }

  constexpr void clear() { size_ = 0; }

  friend bool operator==(const FixedText& a, const FixedText& b) { return a.view() == b.view(); }
  friend bool operator==(const FixedText& a, std::string_view b) { return a.view() == b; }

 private:
  size_t size_ = 0;
  std::array<char, N> bytes_{};
};

}  // namespace hookflash
