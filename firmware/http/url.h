#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace hookflash {

// The parts of an absolute URL with an authority (RFC 3986 section 3), each as written: nothing is
// decoded, lower-cased or removed. Views into the text that was split.
struct Url {
  std::string_view scheme;     // Without "://".
  std::string_view user_info;  // Without "@".
  std::string_view host;       // IPv6 with its brackets.
  std::string_view port_text;  // Digits; empty when the URL has none.
  std::string_view path;       // Empty or from "/" on.
  std::string_view query;      // Without "?".
  std::string_view fragment;   // Without "#".
  bool has_user_info = false;
  bool has_query = false;  // Also true for an empty one.
  bool has_fragment = false;
  uint16_t port = 0;  // 0 when the URL has none.

  // The port the scheme stands for: 443 for https and wss, 80 for http and ws, else 0.
  [[nodiscard]] uint16_t standard_port() const;
  [[nodiscard]] uint16_t effective_port() const { return port != 0 ? port : standard_port(); }
  [[nodiscard]] bool is_secure() const;  // https or wss, in any case.
};

// kInvalid: no scheme or authority, an empty host, brackets that do not hold an IPv6 address, a
// port that is no number of 1 to 65535, a control character or space. Bytes above 127 pass: a
// carrier may sign a URL that was configured with them.
Result<Url> split_url(std::string_view text);

// Scheme and host are compared without case, everything else exactly.
bool has_scheme(const Url& url, std::string_view lower_case_scheme);

}  // namespace hookflash
