#pragma once

#include <string_view>

#include "config/field.h"

namespace hookflash {

// Plus, a digit 1 to 9, then 1 to 14 digits (B-CFG-1).
bool is_e164(std::string_view text);

// Where a host leads, as far as its text tells. A name with a dot counts as public: only the
// resolver knows more.
enum class Reach : uint8_t {
  kInvalid,   // No host name by RFC 1123 and no address.
  kLoopback,  // localhost, a name below it, 127.0.0.0/8 or ::1.
  kInside,    // A private or otherwise special address, a name without a dot, or one below .local.
  kPublic,
};
// `host` as in a URL: IPv6 in brackets, no port.
Reach reach_of_host(std::string_view host);
// Of the URL's host; kInvalid also when it is no URL.
Reach reach_of_url(std::string_view url);

bool has_format(std::string_view text, Format format);
// What has_format() wants, for "expected ...".
std::string_view description_of(Format format);

}  // namespace hookflash
