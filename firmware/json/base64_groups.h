#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookflash::json {

// Four tables, one for each place in a group of four characters, so that a group is one OR and one
// test.
inline constexpr uint32_t kBadSextet = 0x8000'0000;
struct SextetTables {
  std::array<std::array<uint32_t, 256>, 4> place{};
};
inline constexpr SextetTables kSextets = [] {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  SextetTables tables{};
  for (size_t i = 0; i < 4; ++i) {
    for (auto& entry : tables.place[i]) entry = kBadSextet;
    for (size_t v = 0; v < 64; ++v) {
      tables.place[i][static_cast<uint8_t>(kAlphabet[v])] = static_cast<uint32_t>(v)
                                                            << (18 - 6 * i);
    }
  }
  return tables;
}();

inline uint32_t sextet(size_t place, char c) {
  return kSextets.place[place][static_cast<uint8_t>(c)];
}

// Whole groups of four characters, as long as they last; returns behind the last one. Decodes at
// most `room` bytes to `to` and moves it on.
inline const char* decode_groups(const char* p, const char* end, uint8_t*& to, size_t room) {
  uint8_t* out = to;
  size_t groups = std::min(static_cast<size_t>(end - p) / 4, room / 3);
  for (; groups > 0; --groups) {
    const uint32_t group = sextet(0, p[0]) | sextet(1, p[1]) | sextet(2, p[2]) | sextet(3, p[3]);
    if ((group & kBadSextet) != 0) break;
    out[0] = static_cast<uint8_t>(group >> 16);
    out[1] = static_cast<uint8_t>(group >> 8);
    out[2] = static_cast<uint8_t>(group);
    out += 3;
    p += 4;
  }
  to = out;
  return p;
}

}  // namespace hookflash::json
