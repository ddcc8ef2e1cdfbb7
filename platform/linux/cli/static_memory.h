#pragma once

#include "appliance/appliance.h"
#include "call/archive.h"
#include "platform/linux/world.h"

namespace hookflash::cli {

// The large objects of the process. They are zero bytes until used, so they stand in .bss and
// cost nothing in commands that do not touch them.
ApplianceMemory& appliance_memory();
// A configuration that is looked at before the appliance gets it.
struct ConfigDraft {
  Config config;
  Problems problems;
};
ConfigDraft& config_draft();
// What the journal's entries add up to.
CallArchive& call_archive();
// Made on first use, and closed by the caller: World::stop().
World& world();

}  // namespace hookflash::cli
