#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookflash {

// The fill of one fixed memory of the platform, in bytes.
struct MemoryFigure {
  std::string_view name;    // Short, fit for a metric label; lives as long as the platform.
  uint64_t used = 0;        // Now, bookkeeping included.
  uint64_t high_water = 0;  // The most that was ever used.
  uint64_t size = 0;        // The limit; 0 when this build takes the memory from the ordinary heap.
  uint64_t refused = 0;     // Requests that found no room.
};

// What /metrics shows of memory that the core does not own. Obligations on the implementer: cheap,
// no allocation; figures are read in the thread that runs the core.
class MemoryFigures {
 public:
  [[nodiscard]] virtual size_t count() const = 0;
  // index is below count().
  [[nodiscard]] virtual MemoryFigure at(size_t index) const = 0;

 protected:
  ~MemoryFigures() = default;
};

}  // namespace hookflash
