#include "base/ip_address.h"

#include <cstddef>

#include "base/ascii.h"

namespace hookflash {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::array<uint8_t, 12> kNat64Prefix = {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0};

struct Network {
  std::array<uint8_t, 4> address;
  uint8_t bits;
};

// What the registry of special-purpose IPv4 addresses (RFC 6890 and its updates) takes out of the
// public internet.
constexpr Network kNotPublicV4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10}, {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},  {{192, 0, 0, 0}, 24},  {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

constexpr uint32_t word_of(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return static_cast<uint32_t>(a) << 24 | static_cast<uint32_t>(b) << 16 |
         static_cast<uint32_t>(c) << 8 | d;
}

bool is_public_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  const uint32_t address = word_of(a, b, c, d);
  for (const Network& network : kNotPublicV4) {
    const uint32_t mask = ~uint32_t{0} << (32 - network.bits);
    const auto& n = network.address;
    if ((address & mask) == word_of(n[0], n[1], n[2], n[3])) return false;
  }
  return true;
}

template <size_t N>
bool begins_with(const std::array<uint8_t, 16>& bytes, const std::array<uint8_t, N>& prefix) {
  for (size_t i = 0; i < N; ++i) {
    if (bytes[i] != prefix[i]) return false;
  }
  return true;
}

// Four decimal numbers up to 255 without leading zeros.
bool read_dotted_quad(std::string_view text, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const size_t end = i == 3 ? text.size() : text.find('.');
    if (end == std::string_view::npos || end == 0 || end > 3) return false;
    if (end > 1 && text[0] == '0') return false;
    uint32_t value = 0;
    for (const char c : text.substr(0, end)) {
      if (!is_digit(c)) return false;
      value = value * 10 + static_cast<uint32_t>(c - '0');
    }
    if (value > 255) return false;
    out[i] = static_cast<uint8_t>(value);
    text.remove_prefix(i == 3 ? end : end + 1);
  }
  return text.empty();
}

// One to four hex digits.
bool read_group(std::string_view text, uint8_t* out) {
  if (text.empty() || text.size() > 4) return false;
  uint32_t value = 0;
  for (const char c : text) {
    const int digit = hex_value(c);
    if (digit < 0) return false;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  out[0] = static_cast<uint8_t>(value >> 8);
  out[1] = static_cast<uint8_t>(value);
  return true;
}

// Groups between colons, the last maybe a dotted quad. The number of bytes, or 0 when malformed;
// `text` is not empty.
size_t read_groups(std::string_view text, bool quad_allowed, std::array<uint8_t, 16>& out) {
  size_t size = 0;
  for (;;) {
    const size_t end = text.find(':');
    const std::string_view group = text.substr(0, end);
    if (end == std::string_view::npos && quad_allowed && group.find('.') != group.npos) {
      if (size > 12 || !read_dotted_quad(group, &out[size])) return 0;
      return size + 4;
    }
    if (size > 14 || !read_group(group, &out[size])) return 0;
    size += 2;
    if (end == std::string_view::npos) return size;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

IpAddress IpAddress::from_v4(std::array<uint8_t, 4> octets) {
  IpAddress address;
  for (size_t i = 0; i < kMappedPrefix.size(); ++i) address.bytes_[i] = kMappedPrefix[i];
  for (size_t i = 0; i < 4; ++i) address.bytes_[12 + i] = octets[i];
  return address;
}

IpAddress IpAddress::from_v6(std::array<uint8_t, 16> octets) {
  IpAddress address;
  address.bytes_ = octets;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    std::array<uint8_t, 4> octets{};
    if (!read_dotted_quad(text, octets.data())) return std::nullopt;
    return from_v4(octets);
  }
  std::array<uint8_t, 16> bytes{};
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (read_groups(text, true, bytes) != 16) return std::nullopt;
    return from_v6(bytes);
  }
  const std::string_view before = text.substr(0, gap);
  const std::string_view after = text.substr(gap + 2);
  std::array<uint8_t, 16> tail{};
  size_t head_size = 0;
  size_t tail_size = 0;
  if (!before.empty() && (head_size = read_groups(before, false, bytes)) == 0) return std::nullopt;
  if (!after.empty() && (tail_size = read_groups(after, true, tail)) == 0) return std::nullopt;
  if (head_size + tail_size > 14) return std::nullopt;  // The gap stands for at least one group.
  for (size_t i = 0; i < tail_size; ++i) bytes[16 - tail_size + i] = tail[i];
  return from_v6(bytes);
}

bool IpAddress::is_set() const {
  for (const uint8_t byte : bytes_) {
    if (byte != 0) return true;
  }
  return false;
}

bool IpAddress::is_v4() const { return begins_with(bytes_, kMappedPrefix); }

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  for (size_t i = 0; i < 15; ++i) {
    if (bytes_[i] != 0) return false;
  }
  return bytes_[15] == 1;
}

bool IpAddress::is_public() const {
  // An IPv6-only network reaches IPv4 through NAT64 (RFC 6052): what counts is the address inside.
  if (is_v4() || begins_with(bytes_, kNat64Prefix)) {
    return is_public_v4(bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
  }
  if ((bytes_[0] & 0xE0) != 0x20) return false;  // Global unicast is 2000::/3 and nothing else.
  if (bytes_[0] == 0x20 && bytes_[1] == 0x01) {
    if ((bytes_[2] & 0xFE) == 0) return false;                 // 2001::/23, Teredo and others.
    if (bytes_[2] == 0x0D && bytes_[3] == 0xB8) return false;  // Documentation.
  }
  if (bytes_[0] == 0x20 && bytes_[1] == 0x02) return false;  // 6to4 hides an IPv4 address.
  if (bytes_[0] == 0x3F && bytes_[1] == 0xFF && (bytes_[2] & 0xF0) == 0) return false;  // RFC 9637.
  return true;
}

void IpAddress::write(TextWriter& out) const {
  if (is_v4()) {
    for (size_t i = 12; i < 16; ++i) {
      if (i != 12) out.put('.');
      out.number(bytes_[i]);
    }
    return;
  }
  const auto group_at = [this](size_t i) {
    return static_cast<uint32_t>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]);
  };
  // The first of the longest runs of at least two zero groups becomes "::" (RFC 5952 section 4.2).
  size_t gap_begin = 8;
  size_t gap_size = 1;
  for (size_t i = 0; i < 8;) {
    size_t run = 0;
    while (i + run < 8 && group_at(i + run) == 0) ++run;
    if (run > gap_size) {
      gap_begin = i;
      gap_size = run;
    }
    i += run == 0 ? 1 : run;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < 8;) {
    if (i == gap_begin) {
      out.put("::");
      i += gap_size;
      continue;
    }
    if (i != 0 && i != gap_begin + gap_size) out.put(':');
    const uint32_t group = group_at(i);
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const uint32_t digit = (group >> shift) & 15;
      if (digit == 0 && !started && shift != 0) continue;
      started = true;
      out.put(kDigits[digit]);
    }
    ++i;
  }
}

}  // namespace hookflash
