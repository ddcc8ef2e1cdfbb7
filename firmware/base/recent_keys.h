#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"

namespace hookflash {

// The first 16 bytes of a SHA-256: long enough that two never meet by accident, and already mixed,
// so any two of its bytes serve as a hash.
using Key16 = std::array<uint8_t, 16>;

// At most N keys with a value each, in order of insertion. find(), insert() and erase() take
// constant time; when full, the owner evicts the oldest itself, so that no eviction goes uncounted
// (B-GEN-5). All bytes zero is empty. T is default-constructible.
template <typename T, size_t N>
class RecentKeys {
  static_assert(N > 0 && N < 32768);

 public:
  static constexpr size_t capacity() { return N; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == N; }

  // nullptr when the key is not there. Valid until the next erase().
  T* find(const Key16& key) {
    const size_t slot = slot_of(key);
    return index_[slot] == 0 ? nullptr : &places_[index_[slot] - 1U].value;
  }

  // The value of a key that is not there yet, as T{}; expects a free place.
  T* insert(const Key16& key) {
    CHECK(!full());
    const size_t slot = slot_of(key);
    CHECK(index_[slot] == 0);
    uint16_t place = free_head_;
    if (place != 0) {
      free_head_ = places_[place - 1U].next;
    } else {
      place = ++fresh_;
    }
    index_[slot] = place;
    Place& taken = places_[place - 1U];
    taken.key = key;
    taken.value = T{};
    taken.previous = newest_;
    taken.next = 0;
    if (newest_ != 0) {
      places_[newest_ - 1U].next = place;
    } else {
      oldest_ = place;
    }
    newest_ = place;
    ++size_;
    return &taken.value;
  }

  // False when the key is not there.
  bool erase(const Key16& key) {
    size_t hole = slot_of(key);
    const uint16_t place = index_[hole];
    if (place == 0) return false;
    Place& gone = places_[place - 1U];
    (gone.previous != 0 ? places_[gone.previous - 1U].next : oldest_) = gone.next;
    (gone.next != 0 ? places_[gone.next - 1U].previous : newest_) = gone.previous;
    gone.next = free_head_;
    free_head_ = place;
    --size_;
    // Move later members of the probe sequence up, so that no search ends at the hole.
    index_[hole] = 0;
    for (size_t next = (hole + 1) % kSlots; index_[next] != 0; next = (next + 1) % kSlots) {
      const size_t home = home_of(places_[index_[next] - 1U].key);
      if ((next + kSlots - home) % kSlots >= (next + kSlots - hole) % kSlots) {
        index_[hole] = index_[next];
        index_[next] = 0;
        hole = next;
      }
    }
    return true;
  }

  // Calls visit(key, value) from the oldest on, until it returns false. It may not insert or erase.
  template <typename Visit>
  void visit(Visit&& visit) {
    for (uint16_t place = oldest_; place != 0; place = places_[place - 1U].next) {
      if (!visit(static_cast<const Key16&>(places_[place - 1U].key), places_[place - 1U].value))
        return;
    }
  }

 private:
  // A power of two at most half full keeps probe sequences short.
  static constexpr size_t slots_for(size_t n) {
    size_t slots = 2;
    while (slots < 2 * n) slots *= 2;
    return slots;
  }
  static constexpr size_t kSlots = slots_for(N);

  struct Place {
    Key16 key{};
    T value{};
    uint16_t previous = 0;  // Places are index plus one; 0 is none.
    uint16_t next = 0;
  };

  static size_t home_of(const Key16& key) {
    uint32_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash % kSlots;
  }
  // Where the key is, or where it would go.
  [[nodiscard]] size_t slot_of(const Key16& key) const {
    size_t slot = home_of(key);
    while (index_[slot] != 0 && places_[index_[slot] - 1U].key != key) slot = (slot + 1) % kSlots;
    return slot;
  }

  size_t size_ = 0;
  uint16_t oldest_ = 0;
  uint16_t newest_ = 0;
  uint16_t free_head_ = 0;
  uint16_t fresh_ = 0;
  std::array<uint16_t, kSlots> index_{};
  std::array<Place, N> places_{};
};

}  // namespace hookflash
