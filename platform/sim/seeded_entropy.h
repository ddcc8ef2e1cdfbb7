#pragma once

#include <cstdint>

#include "base/time.h"
#include "hal/entropy.h"

namespace hookflash::sim {

// Entropy that is the same for the same seed (splitmix64). Each part of the world has its own, so
// that a draw more in one part does not change another.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : state_(seed) {}

  void fill(MutableBytes out) override {
    uint64_t word = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      if (i % 8 == 0) word = next();
      out[i] = static_cast<uint8_t>(word);
      word >>= 8;
    }
  }

  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // 0 to bound - 1; 0 when bound is 0.
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  bool strikes(uint32_t permille) { return permille > 0 && below(1000) < permille; }
  Duration between(Duration low, Duration high) {
    if (high <= low) return low;
    const auto span = static_cast<uint64_t>((high - low).us()) + 1;
    return low + Duration::us(static_cast<int64_t>(below(span)));
  }

 private:
  uint64_t state_;
};

}  // namespace hookflash::sim
