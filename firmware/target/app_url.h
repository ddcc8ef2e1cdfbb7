#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace hookflash {

// The parts of the URL of an app, as WsDial wants them. Views into the text that was split.
struct AppUrl {
  bool tls = false;         // wss
  bool port_given = false;  // The port stands in the text and is not the scheme's own.
  uint16_t port = 0;
  std::string_view host;       // Without brackets.
  std::string_view authority;  // As written: host or [host], and the port where one is written.
  std::string_view target;     // Path and query; "/" where the URL has no path.
};

// Splits ws:// or wss://, host, optional port, optional path and query. kInvalid for anything else:
// user information, a fragment, an empty host, port 0 or over 65535, characters that are not
// printable ASCII.
Result<AppUrl> split_app_url(std::string_view url);

}  // namespace hookflash
