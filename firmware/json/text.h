#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/text_writer.h"

namespace hookflash::json {

// Appends the text as a JSON string, quotes included: control characters, quote and backslash
// escaped, each byte that is not part of well-formed UTF-8 replaced by U+FFFD, so any bytes give
// valid JSON.
void write_string(TextWriter& out, std::string_view text);

// Appends the bytes in base64 as a JSON string, quotes included.
void write_base64_string(TextWriter& out, Bytes bytes);

}  // namespace hookflash::json
