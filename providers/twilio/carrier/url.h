#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/text_writer.h"
#include "base/time.h"

namespace hookflash::twilio::carrier {

// The parts of an absolute URL, as written: nothing is decoded. Views point into the parsed text.
struct Url {
  std::string_view scheme;    // "http", "https", "ws" or "wss".
  std::string_view userinfo;  // Without "@"; empty when absent.
  std::string_view host;      // With brackets for IPv6.
  uint16_t port = 0;          // 0 when not written.
  std::string_view target;    // Path and query; empty when the URL ends after the authority.
  std::string_view fragment;  // Without "#".

  [[nodiscard]] bool secure() const { return scheme == "https" || scheme == "wss"; }
  [[nodiscard]] std::string_view path() const { return target.substr(0, target.find('?')); }
  [[nodiscard]] bool has_query() const { return target.find('?') != std::string_view::npos; }
};

// kInvalid for anything that is not an absolute URL of the four schemes with a host.
Result<Url> parse_url(std::string_view text);

// What is requested: the URL without credentials and fragment; an empty target becomes "/".
void write_request_url(const Url& url, TextWriter& out);

// What Twilio signs (twilio.md 4.2): no credentials, no fragment, the port kept over http and ws
// and dropped over https and wss; the target exactly as written.
void write_signed_url(const Url& url, TextWriter& out);

// Resolves a reference in a document against the URL that delivered it. Dot segments stay as they
// are.
void resolve_url(std::string_view base, std::string_view reference, TextWriter& out);

// The tuning fragment "#ct=..&rt=..&tt=..&rc=..&rp=.." (twilio.md 2.1). Unknown keys and values out
// of range leave the default.
struct Tuning {
  Duration connect = Duration::ms(5000);
  Duration read = Duration::ms(15000);
  Duration total = Duration::ms(15000);
  int retries = 1;
  bool on_4xx = false;
  bool on_5xx = false;
  bool on_connect = true;
  bool on_read = false;
};
Tuning parse_tuning(std::string_view fragment);

}  // namespace hookflash::twilio::carrier
