#pragma once

#include "base/time.h"

namespace hookflash {

// Sets the wall clock that this whole program sees, libraries and all; it goes on from there. The
// program defines the C library's functions that read it, which therefore come before the library's
// own.
void set_machine_clock(WallTime wall);

}  // namespace hookflash
