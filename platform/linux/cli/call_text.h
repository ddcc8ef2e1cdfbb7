#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/document.h"

namespace hookflash::cli {

// Milliseconds since 1970 of a time as the API writes it ("2026-01-31T12:00:00.123Z"); nullopt for
// any other text.
std::optional<int64_t> read_time(std::string_view text);

// "answered 12.3 s" for how long a call of the API was connected; empty when it never was.
std::string talk_time(json::Value call);

// "ringing", or how it ended: "busy", "hangup-user".
std::string state_of(json::Value call);

// The call was connected and ended the way calls end, or lives.
bool went_well(json::Value call);

}  // namespace hookflash::cli
