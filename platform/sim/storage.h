#pragma once

#include <cstddef>

#include "hal/out.h"

namespace hookflash::sim {

// What stands behind Persist and Persisted in a simulated world.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual void perform(const out::Persist& persist) = 0;
  virtual void perform(const out::Withdraw& withdraw) = 0;
  // Nobody is left to hear of what waits.
  virtual void power_cut() = 0;
  // Entries whose fate the core does not know yet.
  [[nodiscard]] virtual size_t waiting() const = 0;
};

}  // namespace hookflash::sim
