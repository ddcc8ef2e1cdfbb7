#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text_writer.h"

namespace hookflash {

// An IPv4 or IPv6 address without port or zone. IPv4 is held in its IPv4-mapped form (RFC 4291
// section 2.5.5.2), so ::ffff:192.0.2.1 and 192.0.2.1 are equal. All zero means "none".
class IpAddress {
 public:
  constexpr IpAddress() = default;
  static IpAddress from_v4(std::array<uint8_t, 4> octets);
  static IpAddress from_v6(std::array<uint8_t, 16> octets);
  // Dotted quad without leading zeros, or RFC 4291 text; no brackets, port or zone id.
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_set() const;
  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;
  // Reachable from the public internet: not loopback, private, link-local, unique-local, CGNAT,
  // multicast, unspecified, documentation or otherwise reserved (B-LIFE-6, B-PRV-3).
  [[nodiscard]] bool is_public() const;
  [[nodiscard]] const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  // Canonical text (RFC 5952); IPv4 as a dotted quad.
  void write(TextWriter& out) const;

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace hookflash
