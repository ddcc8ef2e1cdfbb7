#pragma once

#include <string_view>
#include <vector>

#include "config/config.h"
#include "platform/linux/cli/online_findings.h"

namespace hookflash::cli {

// Asks the carrier of each enabled Twilio line, the running box and its public address. Takes
// seconds, changes nothing. False when it could not begin, or was interrupted.
bool check_online(const Config& config, std::string_view ca_file, std::vector<Finding>& findings);

}  // namespace hookflash::cli
