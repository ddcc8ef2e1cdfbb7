#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/text_writer.h"

namespace hookflash {

// How a phone number appears in logs: the first 8 hex digits of its HMAC-SHA256 under the device
// key (B-LOG-1). A type of its own, so that a number itself cannot be logged in its place.
class NumberHash {
 public:
  NumberHash() = default;
  // `mac`: HMAC-SHA256 under the device key over the number as text; at least 4 bytes.
  static NumberHash from_mac(Bytes mac) {
    CHECK(mac.size() >= 4);
    NumberHash hash;
    TextWriter out(hash.digits_);
    write_hex(out, mac.first(4));
    return hash;
  }

  [[nodiscard]] std::string_view view() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 8> digits_{'0', '0', '0', '0', '0', '0', '0', '0'};
};

}  // namespace hookflash
