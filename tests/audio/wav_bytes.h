#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hookflash {

// Builds WAVE files, right and wrong ones.
struct WavBytes {
  std::vector<uint8_t> bytes;

  WavBytes& id(const std::string& name) {
    bytes.insert(bytes.end(), name.begin(), name.end());
    return *this;
  }
  WavBytes& number(uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  WavBytes& chunk(const std::string& name, const std::vector<uint8_t>& content) {
    id(name).number(static_cast<uint32_t>(content.size()), 4);
    bytes.insert(bytes.end(), content.begin(), content.end());
    if (content.size() % 2 == 1) bytes.push_back(0);
    return *this;
  }
  static WavBytes riff() { return WavBytes().id("RIFF").number(0, 4).id("WAVE"); }
  static std::vector<uint8_t> format(uint16_t tag, uint16_t channels = 1, uint32_t rate = 8000,
                                     uint16_t align = 1, uint16_t bits = 8) {
    return WavBytes()
        .number(tag, 2)
        .number(channels, 2)
        .number(rate, 4)
        .number(rate * align, 4)
        .number(align, 2)
        .number(bits, 2)
        .bytes;
  }
  static std::vector<uint8_t> extensible(uint16_t tag) {
    std::vector<uint8_t> chunk = format(0xFFFE);
    const std::vector<uint8_t> rest = WavBytes()
                                          .number(22, 2)
                                          .number(8, 2)
                                          .number(4, 4)
                                          .number(tag, 2)
                                          .number(0, 4)
                                          .number(0x10, 2)
                                          .bytes;
    chunk.insert(chunk.end(), rest.begin(), rest.end());
    for (const int byte : {0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71}) {
      chunk.push_back(static_cast<uint8_t>(byte));
    }
    return chunk;
  }
};

}  // namespace hookflash
