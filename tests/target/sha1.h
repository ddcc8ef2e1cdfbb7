#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "hal/crypto.h"

namespace hookflash::testing {

// SHA-1 (FIPS 180-4), plainly, so that this room's tests need no library.
inline Sha1Digest sha1(const std::vector<uint8_t>& message) {
  std::vector<uint8_t> padded = message;
  padded.push_back(0x80);
  while (padded.size() % 64 != 56) padded.push_back(0);
  const uint64_t bits = message.size() * 8;
  for (int shift = 56; shift >= 0; shift -= 8)
    padded.push_back(static_cast<uint8_t>(bits >> shift));
  std::array<uint32_t, 5> h = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  const auto rotate = [](uint32_t x, int n) { return (x << n) | (x >> (32 - n)); };
  for (size_t block = 0; block < padded.size(); block += 64) {
    std::array<uint32_t, 80> w{};
    for (size_t i = 0; i < 64; ++i) w[i / 4] = (w[i / 4] << 8) | padded[block + i];
    for (size_t i = 16; i < 80; ++i) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = h;
    for (size_t i = 0; i < 80; ++i) {
      uint32_t f = b ^ c ^ d;
      uint32_t k = 0x6ED9EBA1;
      if (i < 20) {
        f = (b & c) | (~b & d);
        k = 0x5A827999;
      } else if (i >= 40 && i < 60) {
        f = (b & c) | (b & d) | (c & d);
        k = 0x8F1BBCDC;
      } else if (i >= 60) {
        k = 0xCA62C1D6;
      }
      const uint32_t next = rotate(a, 5) + f + e + k + w[i];
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = next;
    }
    h = {h[0] + a, h[1] + b, h[2] + c, h[3] + d, h[4] + e};
  }
  Sha1Digest digest{};
  for (size_t i = 0; i < 20; ++i) digest[i] = static_cast<uint8_t>(h[i / 4] >> (24 - i % 4 * 8));
  return digest;
}

// hal/crypto with what a target uses of it: HMAC-SHA1 (RFC 2104) for keys of up to 64 bytes.
class SignatureCrypto final : public Crypto {
 public:
  using Crypto::hmac_sha1;
  Sha256Digest sha256(Pieces) override { return {}; }
  Sha256Digest hmac_sha256(Bytes, Pieces) override { return {}; }
  bool ed25519_verify(Bytes, Bytes, Bytes) override { return false; }
  Sha1Digest hmac_sha1(Bytes key, Pieces message) override {
    std::vector<uint8_t> inner(64, 0x36);
    std::vector<uint8_t> outer(64, 0x5C);
    for (size_t i = 0; i < key.size(); ++i) {
      inner[i] ^= key[i];
      outer[i] ^= key[i];
    }
    for (const Bytes piece : message) inner.insert(inner.end(), piece.begin(), piece.end());
    const Sha1Digest digest = sha1(inner);
    outer.insert(outer.end(), digest.begin(), digest.end());
    return sha1(outer);
  }
};

}  // namespace hookflash::testing
