#include "config/nearest.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.h"

namespace hookflash {
namespace {

constexpr size_t kLettersMax = 64;

std::string_view last_name(std::string_view key) {
  const size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLettersMax);
  b = b.substr(0, kLettersMax);
  // Optimal string alignment: three rows of the usual table, the oldest for swapped neighbours.
  std::array<std::array<uint8_t, kLettersMax + 1>, 3> rows{};
  for (size_t k = 0; k <= b.size(); ++k) rows[0][k] = static_cast<uint8_t>(k);
  for (size_t i = 1; i <= a.size(); ++i) {
    const auto& before = rows[(i - 1) % 3];
    const auto& oldest = rows[(i + 1) % 3];
    auto& row = rows[i % 3];
    row[0] = static_cast<uint8_t>(i);
    for (size_t k = 1; k <= b.size(); ++k) {
      const bool same = to_lower(a[i - 1]) == to_lower(b[k - 1]);
      int cost = std::min({before[k] + 1, row[k - 1] + 1, before[k - 1] + (same ? 0 : 1)});
      if (i > 1 && k > 1 && to_lower(a[i - 1]) == to_lower(b[k - 2]) &&
          to_lower(a[i - 2]) == to_lower(b[k - 1])) {
        cost = std::min(cost, oldest[k - 2] + 1);
      }
      row[k] = static_cast<uint8_t>(cost);
    }
  }
  return rows[a.size() % 3][b.size()];
}

void NearestKey::consider(std::string_view key) {
  const size_t whole = edit_distance(wanted_, key);
  const size_t moved = edit_distance(last_name(wanted_), last_name(key)) + 1;
  const size_t distance = std::min(whole, moved);
  if (distance >= distance_) return;
  distance_ = distance;
  key_ = key;
}

}  // namespace hookflash
