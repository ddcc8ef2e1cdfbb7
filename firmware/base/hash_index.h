#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace hookflash {

// A hash table of references (0 to N - 1) into a table of its owner: open addressing with linear
// probing, two bytes a bucket and at most half full. The owner keeps the values: it says whether a
// reference is the one sought, and what its hash is. All bytes zero is the empty index.
template <size_t N>
class HashIndex {
  static_assert(N > 0 && N <= 32768, "home_of() yields 16 bits");

 public:
  static constexpr size_t kBuckets = std::bit_ceil(2 * N);
  static constexpr size_t kNone = SIZE_MAX;

  [[nodiscard]] size_t size() const { return size_; }

  // The first reference with this hash for which matches(reference) holds; kNone when there is
  // none.
  template <typename Matches>
  [[nodiscard]] size_t find(uint32_t hash, Matches matches) const {
    for (size_t at = home_of(hash); buckets_[at] != 0; at = next(at)) {
      const size_t reference = buckets_[at] - 1U;
      if (matches(reference)) return reference;
    }
    return kNone;
  }

  // The reference must not be in the index under this hash already.
  void insert(uint32_t hash, size_t reference) {
    CHECK(reference < N && size_ < N);
    size_t at = home_of(hash);
    while (buckets_[at] != 0) at = next(at);
    buckets_[at] = static_cast<uint16_t>(reference + 1);
    ++size_;
  }

  // The reference must be in the index under this hash. hash_of(reference) gives the hash under
  // which any other reference was inserted: those behind the hole move up, so no tombstones are
  // left.
  template <typename HashOf>
  void erase(uint32_t hash, size_t reference, HashOf hash_of) {
    size_t hole = home_of(hash);
    while (buckets_[hole] != reference + 1) {
      CHECK(buckets_[hole] != 0);
      hole = next(hole);
    }
    buckets_[hole] = 0;
    --size_;
    for (size_t at = next(hole); buckets_[at] != 0; at = next(at)) {
      const size_t home = home_of(hash_of(static_cast<size_t>(buckets_[at] - 1U)));
      if (distance(home, at) < distance(hole, at)) continue;  // It begins behind the hole.
      buckets_[hole] = buckets_[at];
      buckets_[at] = 0;
      hole = at;
    }
  }

  void clear() {
    buckets_.fill(0);
    size_ = 0;
  }

 private:
  // Multiplicative hashing (Knuth, TAOCP volume 3, 6.4): spreads hashes that differ in few bits.
  static size_t home_of(uint32_t hash) {
    return (static_cast<uint32_t>(hash * 2654435769U) >> 16U) & (kBuckets - 1);
  }
  static size_t next(size_t at) { return (at + 1) & (kBuckets - 1); }
  static size_t distance(size_t from, size_t to) { return (to - from) & (kBuckets - 1); }

  size_t size_ = 0;
  std::array<uint16_t, kBuckets> buckets_{};
};

// FNV-1a over a text, for indexes of names.
constexpr uint32_t hash_text(const char* text, size_t size, uint32_t seed = 2166136261U) {
  uint32_t hash = seed;
  for (size_t i = 0; i < size; ++i) {
    hash = (hash ^ static_cast<uint8_t>(text[i])) * 16777619U;
  }
  return hash;
}

}  // namespace hookflash
