#pragma once

#include <string_view>

#include "base/fixed_text.h"

namespace hookflash {

// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
FixedText<28> websocket_accept(std::string_view key);

}  // namespace hookflash
