#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace hookflash::json {

// Neither the end of a string, nor an escape, a control character or part of a longer character.
inline bool is_plain(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// The first byte that is not plain; eight bytes a step.
inline const char* plain_end(const char* p, const char* end) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  constexpr uint64_t kHigh = kOnes * 0x80;
  while (end - p >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    const uint64_t quote = word ^ (kOnes * '"');
    const uint64_t backslash = word ^ (kOnes * '\\');
    // The high bit of each byte that is special; bytes above the lowest such one may be wrong, so
    // only the lowest is used.
    const uint64_t special =
        (word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHigh;
    if (special != 0) {
      if constexpr (std::endian::native == std::endian::little) {
        return p + std::countr_zero(special) / 8;
      } else {
        break;
      }
    }
    p += 8;
  }
  while (p != end && is_plain(*p)) ++p;
  return p;
}

}  // namespace hookflash::json
