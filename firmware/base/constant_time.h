#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace hookflash {

// Equality whose duration depends on the lengths only, never on where the first difference is
// (B-SIG-1). Different lengths are unequal at once: lengths of signatures and tokens are public.
[[nodiscard]] inline bool equal_constant_time(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace hookflash
