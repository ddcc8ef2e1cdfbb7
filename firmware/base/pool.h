#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace hookflash {

// Names one occupant of a Pool. Zero is "none". A handle kept after release finds nothing, because
// each release raises the generation of the place.
template <typename T>
struct Handle {
  uint16_t index = 0;
  uint16_t generation = 0;  // 0 only in the empty handle.

  [[nodiscard]] constexpr bool is_set() const { return generation != 0; }
  constexpr bool operator==(const Handle&) const = default;
};

// N places for values of T, reserved for good. acquire() and release() are constant time; the free
// list is coded so that all bytes zero is the pool with every place free.
template <typename T, size_t N>
class Pool {
  static_assert(N > 0 && N < 65535);

 public:
  static constexpr size_t capacity() { return N; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t high_water() const { return high_water_; }
  [[nodiscard]] size_t available() const { return N - size_; }

  // The empty handle when every place is taken. The value is as its last owner left it: T's owner
  // clears it (values can be large, and most of their bytes are never read before written).
  Handle<T> acquire() {
    size_t index = 0;
    if (free_head_ != 0) {
      index = free_head_ - 1U;
      free_head_ = places_[index].next_free;
    } else if (fresh_ < N) {
      index = fresh_++;
    } else {
      return {};
    }
    Place& place = places_[index];
    place.generation = static_cast<uint16_t>(place.generation | 1U);  // Odd means taken.
    ++size_;
    if (size_ > high_water_) high_water_ = size_;
    return {static_cast<uint16_t>(index), place.generation};
  }

  void release(Handle<T> handle) {
    CHECK(get(handle) != nullptr);
    Place& place = places_[handle.index];
    place.generation = static_cast<uint16_t>(place.generation + 1U);  // Even means free.
    place.next_free = free_head_;
    free_head_ = static_cast<uint16_t>(handle.index + 1U);
    --size_;
  }

  // nullptr when the handle is empty or its occupant has gone.
  T* get(Handle<T> handle) {
    if (!alive(handle)) return nullptr;
    return &places_[handle.index].value;
  }
  const T* get(Handle<T> handle) const {
    if (!alive(handle)) return nullptr;
    return &places_[handle.index].value;
  }

  // The handle of the occupant of a place, or the empty one. For walking all: index 0 to N - 1.
  [[nodiscard]] Handle<T> at(size_t index) const {
    CHECK(index < N);
    const uint16_t generation = places_[index].generation;
    if ((generation & 1U) == 0) return {};
    return {static_cast<uint16_t>(index), generation};
  }

 private:
  struct Place {
    T value{};
    uint16_t generation = 0;
    uint16_t next_free = 0;  // Index plus one; 0 ends the list.
  };

  [[nodiscard]] bool alive(Handle<T> handle) const {
    return handle.is_set() && handle.index < N && (handle.generation & 1U) != 0 &&
           places_[handle.index].generation == handle.generation;
  }

  size_t size_ = 0;
  size_t high_water_ = 0;
  size_t fresh_ = 0;        // Places never used yet start here: their memory stays untouched.
  uint16_t free_head_ = 0;  // Index plus one.
  std::array<Place, N> places_{};
};

}  // namespace hookflash
