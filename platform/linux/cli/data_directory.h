#pragma once

#include <string_view>

#include "base/status.h"

namespace hookflash::cli {

// Makes the data directory (mode 0700) when only it is missing. It is this process's own until the
// process ends: kConflict when another one has it (B-LIFE-7). On failure one line on standard error
// says why.
Status open_data_directory(std::string_view path);

}  // namespace hookflash::cli
