#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "config/config.h"

namespace hookflash::cli {

// Reads the prompt of an announce app into `memory` and checks it. On failure one line on standard
// error says what is wrong with which app's file.
Status load_prompt(const AppConfig& app, MutableBytes memory, size_t& size);

}  // namespace hookflash::cli
