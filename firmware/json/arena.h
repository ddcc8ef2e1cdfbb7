#pragma once

#include <array>
#include <cstddef>

#include "limits.h"

namespace hookflash::json {

// The memory that documents are parsed into: handed out upwards, taken back when the last piece has
// come back. Holds the documents of one turn and is empty between turns (CHECK it with empty()).
// All bytes zero is the empty arena.
class Arena {
 public:
  static constexpr size_t capacity() { return limits::kJsonArenaBytes; }
  [[nodiscard]] bool empty() const { return pieces_ == 0; }
  [[nodiscard]] size_t used() const { return used_; }
  [[nodiscard]] size_t high_water() const { return high_water_; }
  // Requests refused for want of room, since the start.
  [[nodiscard]] size_t refusals() const { return refusals_; }

  // Aligned for any type; nullptr when there is no room.
  void* allocate(size_t size);
  // Whole pieces of this arena only.
  void release(const void* piece);

 private:
  size_t used_ = 0;
  size_t pieces_ = 0;
  size_t high_water_ = 0;
  size_t refusals_ = 0;
  alignas(std::max_align_t) std::array<std::byte, limits::kJsonArenaBytes> memory_{};
};

}  // namespace hookflash::json
