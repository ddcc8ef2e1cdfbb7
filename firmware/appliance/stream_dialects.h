#pragma once

#include <array>

#include "http/request_head.h"
#include "providers/media_dialect.h"
#include "providers/twilio/wire.h"

namespace hookflash {

// The carriers whose media streams this build understands. The first is spoken where the upgrade
// request names nobody.
inline constexpr std::array<const MediaDialect*, 1> kMediaDialects = {&twilio::kMediaDialect};

// Who seems to be at the other end. Nothing is proven by it: the start frame's token decides.
inline const MediaDialect& dialect_of(const RequestHead& head) {
  for (const MediaDialect* dialect : kMediaDialects) {
    if (!dialect->handshake_header.empty() && !head.header(dialect->handshake_header).empty()) {
      return *dialect;
    }
  }
  return *kMediaDialects.front();
}

}  // namespace hookflash
