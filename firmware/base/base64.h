#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace hookflash {

// Standard alphabet with padding (RFC 4648 section 4). Only the canonical spelling of a value is
// accepted: right padding, unused bits zero, no line breaks.

constexpr size_t base64_encoded_size(size_t bytes) { return (bytes + 2) / 3 * 4; }
constexpr size_t base64_decoded_size_max(size_t text) { return text / 4 * 3; }

// Writes base64_encoded_size(bytes.size()) characters to out and returns that number.
size_t base64_encode(Bytes bytes, char* out);

// The number of bytes written to out; kInvalid for anything not canonical, kTooLarge when out is
// shorter than the decoded value.
Result<size_t> base64_decode(std::string_view text, MutableBytes out);

}  // namespace hookflash
