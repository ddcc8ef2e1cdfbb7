#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/status.h"
#include "limits.h"

namespace hookflash {

// Names and values of a start's customParameters, packed one behind the other. All zero is empty.
class CustomParameters {
 public:
  // Twilio allows name and value together fewer than 500 characters for each of its parameters.
  static constexpr size_t kPairBytesMax = 500;
  // Ours: callId, from, to, direction, line, sessionKey, each with its name.
  static constexpr size_t kOwnBytesMax =
      (6 + limits::kCallIdBytes) + (4 + limits::kAddressBytesMax) + (2 + limits::kAddressBytesMax) +
      (9 + 8) + (4 + limits::kLineIdBytesMax) + (10 + limits::kSessionKeyBytesMax);
  static constexpr size_t kPairsMax = limits::kAppParamsMax + 6;
  static constexpr size_t kBytesMax =
      limits::kAppParamsMax * kPairBytesMax + kOwnBytesMax + kPairsMax * 2 * sizeof(uint16_t);

  void clear() { size_ = 0; }

  // kTooLarge and nothing added when the pair is over kPairBytesMax or the room is used up.
  Status add(std::string_view name, std::string_view value) {
    if (name.size() + value.size() > kPairBytesMax) return Status::kTooLarge;
    if (name.size() + value.size() + 2 * sizeof(uint16_t) > kBytesMax - size_) {
      return Status::kTooLarge;
    }
    put(name);
    put(value);
    return Status::kOk;
  }

  // The pair at `offset`, which moves on to the next one; false behind the last.
  bool next(size_t& offset, std::string_view& name, std::string_view& value) const {
    if (offset == size_) return false;
    name = get(offset);
    value = get(offset);
    return true;
  }

  [[nodiscard]] bool has(std::string_view wanted) const {
    std::string_view name;
    std::string_view value;
    for (size_t offset = 0; next(offset, name, value);) {
      if (name == wanted) return true;
    }
    return false;
  }

 private:
  void put(std::string_view text) {
    const uint16_t size = static_cast<uint16_t>(text.size());
    std::memcpy(bytes_.data() + size_, &size, sizeof size);
    size_ += sizeof size;
    if (!text.empty()) std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  std::string_view get(size_t& offset) const {
    uint16_t size = 0;
    std::memcpy(&size, bytes_.data() + offset, sizeof size);
    offset += sizeof size;
    const std::string_view text(bytes_.data() + offset, size);
    offset += size;
    return text;
  }

  size_t size_ = 0;
  std::array<char, kBytesMax> bytes_{};
};

}  // namespace hookflash
