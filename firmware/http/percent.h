#pragma once

#include <cstddef>
#include <string_view>

#include "base/text_writer.h"

namespace hookflash {

// What percent_decode() found. Malformed escapes are kept as they stand, as browsers and the
// carriers' own libraries do, so that a signature can still be checked; whoever needs a strict text
// looks here.
struct Decoded {
  size_t size = 0;          // Bytes written.
  bool bad_escape = false;  // A "%" without two hex digits.
  bool has_nul = false;     // A zero byte, escaped or not.
};

enum class Plus : bool { kIsPlus, kIsSpace };

// Decodes once (RFC 3986 section 2.1). `out` has room for text.size() characters and may be the
// text itself: decoding never lengthens.
Decoded percent_decode(std::string_view text, Plus plus, char* out);

// Appends the text with everything but unreserved characters escaped, digits in upper case.
void percent_encode(TextWriter& out, std::string_view text);

}  // namespace hookflash
