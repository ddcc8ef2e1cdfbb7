#pragma once

#include "base/text_writer.h"
#include "base/time.h"

namespace hookflash {

// Appends the time as RFC 3339 has it, UTC with milliseconds: 2026-11-21T10:17:42.123Z. Times
// before 1970 and after the year 9999 are written as the nearest that fit.
void write_rfc3339(TextWriter& out, WallTime time);

}  // namespace hookflash
