#pragma once

#include <string_view>

#include "base/text_writer.h"

namespace hookflash {

// Appends a URL for a log line or an error (B-SIG-1): user, password, fragment and every query
// value become "***", control characters and quotes "?". What is not a URL is not echoed at all.
void write_masked_url(TextWriter& out, std::string_view url);

}  // namespace hookflash
