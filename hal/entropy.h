#pragma once

#include "base/bytes.h"

namespace hookflash {

// Source of randomness. Obligations on the implementer: fill() writes every byte, never fails and
// never waits once the platform has started (a platform that cannot guarantee that does not start).
// Production bytes are unpredictable; a simulated source gives the same bytes for the same seed.
class Entropy {
 public:
  virtual void fill(MutableBytes out) = 0;

 protected:
  ~Entropy() = default;
};

}  // namespace hookflash
