#include "http/url.h"

#include "base/ascii.h"
#include "base/ip_address.h"

namespace hookflash {
namespace {

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text[0])) return false;
  for (const char c : text) {
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

// 0 for what is not a port.
uint16_t read_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return 0;
  uint32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return 0;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value <= 0xFFFF ? static_cast<uint16_t>(value) : uint16_t{0};
}

Status split_host_and_port(std::string_view text, Url& url) {
  size_t host_end = 0;
  if (!text.empty() && text[0] == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return Status::kInvalid;
    const std::string_view inner = text.substr(1, bracket - 1);
    if (inner.find(':') == inner.npos || !IpAddress::parse(inner)) return Status::kInvalid;
    host_end = bracket + 1;
  } else {
    host_end = text.find(':');
    if (host_end == std::string_view::npos) host_end = text.size();
  }
  url.host = text.substr(0, host_end);
  if (url.host.empty()) return Status::kInvalid;
  const std::string_view rest = text.substr(host_end);
  if (rest.empty()) return Status::kOk;
  if (rest[0] != ':') return Status::kInvalid;
  url.port_text = rest.substr(1);
  url.port = read_port(url.port_text);
  return url.port != 0 ? Status::kOk : Status::kInvalid;
}

}  // namespace

bool has_scheme(const Url& url, std::string_view lower_case_scheme) {
  return equals_ignore_case(url.scheme, lower_case_scheme);
}

bool Url::is_secure() const { return has_scheme(*this, "https") || has_scheme(*this, "wss"); }

uint16_t Url::standard_port() const {
  if (is_secure()) return 443;
  return has_scheme(*this, "http") || has_scheme(*this, "ws") ? uint16_t{80} : uint16_t{0};
}

Result<Url> split_url(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte <= ' ' || byte == 0x7F) return Status::kInvalid;
  }
  Url url;
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return Status::kInvalid;
  url.scheme = text.substr(0, scheme_end);
  if (!is_scheme(url.scheme)) return Status::kInvalid;
  text.remove_prefix(scheme_end + 3);

  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    url.has_fragment = true;
    url.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    url.has_query = true;
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  std::string_view authority = text.substr(0, text.find('/'));
  url.path = text.substr(authority.size());
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.has_user_info = true;
    url.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  TRY(split_host_and_port(authority, url));
  return url;
}

}  // namespace hookflash
