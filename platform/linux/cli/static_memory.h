#pragma once

#include "appliance/appliance.h"
#include "platform/linux/world.h"

namespace hookflash::cli {

// The two large objects of the process. Both are zero bytes until used, so they stand in .bss and
// cost nothing in commands that do not touch them.
ApplianceMemory& appliance_memory();
// Made on first use, and closed by the caller: World::stop().
World& world();

}  // namespace hookflash::cli
