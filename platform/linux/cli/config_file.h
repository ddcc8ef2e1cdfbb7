#pragma once

#include <string>
#include <string_view>

#include "config/config.h"
#include "config/problems.h"

namespace hookflash::cli {

// Reads a whole configuration file. On failure it is said on standard error.
bool load_text(std::string_view path, std::string& text);

enum class Report : uint8_t { kEverything, kErrors, kNothing };

// Reads and checks a configuration; its problems are printed on standard error, one line each, with
// the file's name. Uses the scratch memory of the appliance. False when it may not be used.
bool load_config(std::string_view path, Config& config, Problems& problems,
                 Report report = Report::kEverything);

void print_problems(std::string_view path, const Problems& problems, Report report);

}  // namespace hookflash::cli
