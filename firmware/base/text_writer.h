#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/status.h"

namespace hookflash {

// Builds text in memory of the caller. Writing past the end sets overflowed() and writes nothing of
// the piece that did not fit, so one check at the end is enough.
class TextWriter {
 public:
  explicit TextWriter(std::span<char> out) : out_(out) {}
  TextWriter(char* out, size_t size) : out_(out, size) {}

  TextWriter& put(std::string_view text) {
    if (overflowed_ || text.size() > out_.size() - size_) {
      overflowed_ = true;
      return *this;
    }
    if (!text.empty()) std::memcpy(out_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  TextWriter& put(char c) { return put(std::string_view(&c, 1)); }

  template <typename Int>
  requires(std::is_integral_v<Int> && !std::is_same_v<Int, char> &&
           !std::is_same_v<Int, bool>) TextWriter& number(Int value) {
    char digits[24] = {};
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return put(std::string_view(digits, static_cast<size_t>(end - digits)));
  }

  // value / 10^decimals with exactly `decimals` digits behind the point.
  TextWriter& fixed_point(int64_t value, int decimals);

  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t room() const { return out_.size() - size_; }
  [[nodiscard]] std::string_view view() const { return {out_.data(), size_}; }
  // Back to an earlier size(), for a piece that is taken back whole.
  void truncate(size_t size) {
    if (size < size_) size_ = size;
    overflowed_ = false;
  }
  // For encoders that write in place: `room()` bytes at `cursor()`, then advance().
  char* cursor() { return out_.data() + size_; }
  void advance(size_t n) { size_ += n; }

 private:
  std::span<char> out_;
  size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace hookflash
