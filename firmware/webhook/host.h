#pragma once

#include <cstdint>
#include <string_view>

#include "base/fixed_text.h"
#include "base/result.h"
#include "limits.h"

namespace hookflash {

// A host as B-URL-4 wants it: lower-case, an IPv6 address in brackets and in its canonical
// spelling.
struct Host {
  FixedText<limits::kHostBytesMax> name;
  uint16_t port = 0;  // 0 when the text had none.
};

// Reads "host", "host:port", "[v6]" or "[v6]:port". kInvalid for anything else: names outside RFC
// 1123, more than 253 characters, "@", a zone id, a port that is not a number of 1 to 65535.
Result<Host> parse_host(std::string_view text);

}  // namespace hookflash
