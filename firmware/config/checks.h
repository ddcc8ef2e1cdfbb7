#pragma once

#include "config/config.h"
#include "config/problems.h"

namespace hookflash {

// What no single key shows: keys against each other and against what this build can do (B-CFG-2,
// B-CFG-4, B-SIG-7, B-INB-5, B-REAP-3, B-LIFE-6, B-PRV-3). Adds to `problems`.
void check_config(const Config& config, Problems& problems);

}  // namespace hookflash
