#pragma once

#include <string_view>

#include "base/status.h"
#include "config/config.h"
#include "config/problems.h"
#include "json/arena.h"

namespace hookflash {

// Reads a configuration document (section 26) into `out` and checks it: every problem is found in
// this one go (B-CFG-1, B-CFG-2). `out` and `problems` are overwritten; `scratch` is empty again
// afterwards.
//
// kOk: `out` is complete and may be used; there may be warnings and lines that cannot start.
// kInvalid: there is at least one error, and `out` must not be used. So keep the running
// configuration in another object (B-CFG-3).
Status read_config(std::string_view json, json::Arena& scratch, Config& out, Problems& problems);

}  // namespace hookflash
