#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "base/text_writer.h"
#include "config/config.h"

namespace hookflash::cli {

// Reads the prompt of an announce app into `memory` and checks it. On failure one sentence about
// the file goes to `problem`.
Status load_prompt(const AppConfig& app, MutableBytes memory, size_t& size, TextWriter& problem);

}  // namespace hookflash::cli
