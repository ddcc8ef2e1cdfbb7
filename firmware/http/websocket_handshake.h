#pragma once

#include <cstdint>

#include "http/request_head.h"

namespace hookflash {

// Whether a head asks for a WebSocket as RFC 6455 section 4.2.1 demands.
enum class HandshakeFault : uint8_t {
  kNone,
  kBad,      // 400
  kVersion,  // 426, with the version we speak
};

HandshakeFault judge_websocket_handshake(const RequestHead& head);

}  // namespace hookflash
