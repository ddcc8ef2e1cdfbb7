#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace hookflash {

// CRC-32C (Castagnoli, as in RFC 3720 appendix B.4): "123456789" gives 0xE3069283. `before` is the
// CRC of what came before these bytes.
uint32_t crc32c(Bytes bytes, uint32_t before = 0);

}  // namespace hookflash
