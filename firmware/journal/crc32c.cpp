#include "journal/crc32c.h"

#include <array>
#include <cstddef>

namespace hookflash {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41 with its bits reversed.

// Eight bytes at a time, a table for each of their places.
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) * kPolynomial);
    tables[0][i] = value;
  }
  for (size_t t = 1; t < 8; ++t) {
    for (size_t i = 0; i < 256; ++i) {
      const uint32_t value = tables[t - 1][i];
      tables[t][i] = (value >> 8U) ^ tables[0][value & 0xFFU];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

}  // namespace

uint32_t crc32c(Bytes bytes, uint32_t before) {
  uint32_t crc = ~before;
  size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    const uint8_t* const p = bytes.data() + at;
    crc = kTables[7][(crc ^ p[0]) & 0xFFU] ^ kTables[6][((crc >> 8U) ^ p[1]) & 0xFFU] ^
          kTables[5][((crc >> 16U) ^ p[2]) & 0xFFU] ^ kTables[4][(crc >> 24U) ^ p[3]] ^
          kTables[3][p[4]] ^ kTables[2][p[5]] ^ kTables[1][p[6]] ^ kTables[0][p[7]];
  }
  for (; at < bytes.size(); ++at) crc = (crc >> 8U) ^ kTables[0][(crc ^ bytes[at]) & 0xFFU];
  return ~crc;
}

}  // namespace hookflash
