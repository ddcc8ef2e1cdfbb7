#pragma once

#include <cstdint>

#include "base/text_writer.h"
#include "config/config.h"

namespace hookflash::cli {

// The URL to paste into a number's settings as its voice webhook, with the fragment that makes the
// carrier repeat a failed request (B-TWI-1). `port` is the one that is really bound.
void write_webhook_url(const Config& config, const LineConfig& line, uint16_t port,
                       TextWriter& out);

// What the operator sees at start, on standard output: how many lines are ready, where the box
// listens, and each line's webhook URL or what it lacks. `api_port` is 0 without an api listener.
void print_start_report(const Config& config, uint16_t port, uint16_t api_port);

}  // namespace hookflash::cli
