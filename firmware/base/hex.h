#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/text_writer.h"

namespace hookflash {

// Appends two lower-case hex digits for each byte.
void write_hex(TextWriter& out, Bytes bytes);

// Reads exactly out.size() bytes from lower-case hex digits of exactly twice that length. False on
// any other length or character; out is then unspecified.
bool read_hex(std::string_view text, MutableBytes out);

}  // namespace hookflash
