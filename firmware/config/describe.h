#pragma once

#include <string_view>

#include "base/text_writer.h"
#include "config/config.h"
#include "json/writer.h"

namespace hookflash {

// What stands for a secret that is set.
inline constexpr std::string_view kHiddenSecret = "***";

// The configuration in use as one JSON object, defaults filled in, secrets hidden. A line shows its
// own values only.
void write_redacted(const Config& config, json::Writer& out);

// The table of keys as one JSON object {"fields": [...]}, for forms.
void write_schema(json::Writer& out);

// docs/config.md.
void write_config_document(TextWriter& out);

// A small complete configuration, as shown in the document.
std::string_view example_config();

}  // namespace hookflash
