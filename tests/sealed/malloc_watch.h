#pragma once

#include <cstdint>

namespace hookflash {

// Counts what this process takes from the system's malloc, in every thread and by everybody: our
// code, the libraries, the C library.
class MallocWatch {
 public:
  // From here on each allocation is a breach; the first ones print where they come from.
  static void seal();
  static void open();
  // Allocations while sealed.
  static uint64_t breaches();
};

}  // namespace hookflash
