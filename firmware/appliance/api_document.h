#pragma once

#include "base/text_writer.h"

namespace hookflash {

// docs/api.md, from the table of routes.
void write_api_document(TextWriter& out);

}  // namespace hookflash
