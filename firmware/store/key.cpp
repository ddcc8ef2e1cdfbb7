#include "store/key.h"

#include <algorithm>

namespace hookflash {
namespace {

Key cut(const Sha256Digest& digest) {
  Key key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

std::array<uint8_t, 4> big_endian(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24U), static_cast<uint8_t>(value >> 16U),
          static_cast<uint8_t>(value >> 8U), static_cast<uint8_t>(value)};
}

constexpr uint8_t kNul = 0;

}  // namespace

Key make_key(Crypto& crypto, KeyKind kind, std::string_view line, std::string_view text) {
  const auto tag = static_cast<uint8_t>(kind);
  return cut(crypto.sha256({Bytes(&tag, 1), bytes_of(line), Bytes(&kNul, 1), bytes_of(text)}));
}

// The digest's pieces have fixed lengths apart from the line, which ends at its NUL, so no two
// different inputs are the same message.
Key make_event_key(Crypto& crypto, std::string_view line, const Key& request, uint32_t index) {
  const uint8_t tag = static_cast<uint8_t>(KeyKind::kEvent) | 0x80U;
  const std::array<uint8_t, 4> number = big_endian(index);
  return cut(crypto.sha256({Bytes(&tag, 1), bytes_of(line), Bytes(&kNul, 1), request, number}));
}

Key make_synthetic_key(Crypto& crypto, Bytes call_id, uint32_t sequence) {
  const uint8_t tag = static_cast<uint8_t>(KeyKind::kEvent) | 0x40U;
  const std::array<uint8_t, 4> number = big_endian(sequence);
  return cut(crypto.sha256({Bytes(&tag, 1), call_id, number}));
}

}  // namespace hookflash
