#pragma once

#include <array>

#include "base/status.h"
#include "hal/entropy.h"

namespace hookflash {

// Random bytes of the kernel. A small stock is kept, so that ids and masks do not cost a system
// call each; bytes that were handed out are wiped from it.
class LinuxEntropy final : public Entropy {
 public:
  // Waits until the kernel's generator is seeded (early in boot); kUnavailable when there is none.
  Status start();
  void fill(MutableBytes out) override;

 private:
  std::array<uint8_t, 256> stock_{};
  size_t left_ = 0;
};

}  // namespace hookflash
