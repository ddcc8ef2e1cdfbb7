#pragma once

#include <cstdint>

#include "hal/crypto.h"
#include "hal/entropy.h"

namespace hookflash {

// Not a hash anybody should trust: a 64-bit FNV-1a per output word, so that equal messages have
// equal digests and different ones differ. Enough where only that matters; the real ones have tests
// of their own.
class FakeCrypto final : public Crypto {
 public:
  using Crypto::hmac_sha1;
  using Crypto::hmac_sha256;
  using Crypto::sha256;

  Sha256Digest sha256(Pieces message) override { return digest({}, message); }
  Sha1Digest hmac_sha1(Bytes key, Pieces message) override {
    const Sha256Digest whole = digest(key, message);
    Sha1Digest cut{};
    for (size_t i = 0; i < cut.size(); ++i) cut[i] = whole[i];
    return cut;
  }
  Sha256Digest hmac_sha256(Bytes key, Pieces message) override { return digest(key, message); }
  bool ed25519_verify(Bytes, Bytes, Bytes) override { return false; }

 private:
  static Sha256Digest digest(Bytes key, Pieces message) {
    Sha256Digest out{};
    for (size_t word = 0; word < 4; ++word) {
      uint64_t hash = 14695981039346656037U + word * 7919;
      const auto take = [&](Bytes bytes) {
        for (const uint8_t byte : bytes) hash = (hash ^ byte) * 1099511628211U;
      };
      take(key);
      for (const Bytes piece : message) take(piece);
      hash ^= hash >> 29U;
      hash *= 0xBF58476D1CE4E5B9U;
      hash ^= hash >> 32U;
      for (size_t i = 0; i < 8; ++i) out[word * 8 + i] = static_cast<uint8_t>(hash >> (8 * i));
    }
    return out;
  }
};

// The same bytes for the same seed (SplitMix64).
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(next());
  }
  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  // 0 to bound - 1.
  size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }

 private:
  uint64_t state_;
};

}  // namespace hookflash
