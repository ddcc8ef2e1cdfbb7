#pragma once

#include <cstddef>
#include <string_view>

namespace hookflash {

// How many letters must be changed, added, left out or swapped with their neighbour to get from one
// text to the other; case does not count. Only the first 64 bytes of each are looked at.
size_t edit_distance(std::string_view a, std::string_view b);

// Finds which of several keys somebody most likely meant. Keys are dotted; a key that was written
// at another level is found by its last name.
class NearestKey {
 public:
  explicit NearestKey(std::string_view wanted) : wanted_(wanted) {}

  void consider(std::string_view key);
  // Empty when nothing was considered. The first of equals.
  [[nodiscard]] std::string_view key() const { return key_; }

 private:
  std::string_view wanted_;
  std::string_view key_;
  size_t distance_ = SIZE_MAX;
};

}  // namespace hookflash
