#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/hash_index.h"
#include "limits.h"
#include "store/key.h"

namespace hookflash {

// The newest N keys: constant-time look-up, the oldest makes room. All bytes zero is empty.
template <size_t N>
class KeyRing {
 public:
  static constexpr size_t capacity() { return N; }
  [[nodiscard]] size_t size() const { return index_.size(); }
  // Keys that made room for newer ones, since the last clear() (B-MET: dedupe_evictions).
  [[nodiscard]] uint64_t evictions() const { return evictions_; }

  [[nodiscard]] bool contains(const Key& key) const {
    return index_.find(hash_of(key), [&](size_t at) { return keys_[at] == key; }) !=
           HashIndex<N>::kNone;
  }

  // Nothing happens when the key is there already: its age stays that of its first time.
  // The key must be set.
  void add(const Key& key) {
    CHECK(is_set(key));
    if (contains(key)) return;
    if (size() == N) {
      index_.erase(hash_of(keys_[next_]), next_, [&](size_t at) { return hash_of(keys_[at]); });
      ++evictions_;
    }
    keys_[next_] = key;
    index_.insert(hash_of(key), next_);
    next_ = (next_ + 1) % N;
  }

  // Oldest first; index 0 to size() - 1. For snapshots and compaction.
  [[nodiscard]] const Key& operator[](size_t index) const {
    CHECK(index < size());
    return keys_[(next_ + N - size() + index) % N];
  }

  // Costs the index only, not the keys.
  void clear() {
    index_.clear();
    next_ = 0;
    evictions_ = 0;
  }

 private:
  size_t next_ = 0;
  uint64_t evictions_ = 0;
  HashIndex<N> index_;
  std::array<Key, N> keys_{};
};

// The keys of all lines' events (B-DED table, first row).
using EventKeys = KeyRing<limits::kEventKeysMax>;

}  // namespace hookflash
