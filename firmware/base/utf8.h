#pragma once

#include <cstddef>
#include <string_view>

namespace hookflash {

// True when the text is well-formed UTF-8 (RFC 3629): no overlong forms, surrogates or code points
// above U+10FFFF.
bool is_utf8(std::string_view text);

// The longest prefix of at most `size` bytes that does not cut a character. For text of a carrier
// that is over its limit (B-GEN-4). Expects well-formed UTF-8.
std::string_view utf8_prefix(std::string_view text, size_t size);

}  // namespace hookflash
