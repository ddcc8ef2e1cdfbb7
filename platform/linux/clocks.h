#pragma once

#include "base/time.h"

namespace hookflash {

// Both clocks of this machine, read together. No system call on common kernels (vDSO).
Now read_clocks();

}  // namespace hookflash
