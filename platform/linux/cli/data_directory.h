#pragma once

#include <string_view>

#include "base/status.h"
#include "call/stream_token.h"
#include "hal/entropy.h"

namespace hookflash::cli {

// Makes the data directory (mode 0700) when only it is missing, and reads the device key from its
// file device.key; the key is made (32 random bytes, mode 0600, durable before it is used) when
// there is none. The directory is this process's own until it ends: kConflict when another one has
// it (B-LIFE-7). On failure one line on standard error says why.
Status open_data_directory(std::string_view path, Entropy& entropy, DeviceKey& key);

}  // namespace hookflash::cli
