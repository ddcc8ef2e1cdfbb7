#include "target/app_url.h"

#include <cstddef>

namespace hookflash {
namespace {

bool starts_with_scheme(std::string_view url, std::string_view scheme) {
  if (url.size() < scheme.size()) return false;
  for (size_t i = 0; i < scheme.size(); ++i) {
    const char c = url[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != scheme[i]) return false;
  }
  return true;
}

bool printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\') return false;
  }
  return true;
}

// 0 for anything that is not a port.
uint16_t read_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return 0;
  uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value <= 0xFFFF ? static_cast<uint16_t>(value) : uint16_t{0};
}

}  // namespace

Result<AppUrl> split_app_url(std::string_view url) {
  AppUrl parts;
  if (!printable(url) || url.find('#') != std::string_view::npos) return Status::kInvalid;
  if (starts_with_scheme(url, "wss://")) {
    parts.tls = true;
    url.remove_prefix(6);
  } else if (starts_with_scheme(url, "ws://")) {
    url.remove_prefix(5);
  } else {
    return Status::kInvalid;
  }
  const size_t end = url.find_first_of("/?");
  parts.authority = url.substr(0, end);
  parts.target = end == std::string_view::npos ? std::string_view("/") : url.substr(end);
  // A query right behind the host would need a slash of ours in between, which no view can hold.
  if (parts.target[0] == '?') return Status::kInvalid;

  const std::string_view authority = parts.authority;
  if (authority.find('@') != std::string_view::npos) return Status::kInvalid;
  size_t host_end = 0;
  if (!authority.empty() && authority[0] == '[') {
    const size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return Status::kInvalid;
    parts.host = authority.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    host_end = authority.find(':');
    if (host_end == std::string_view::npos) host_end = authority.size();
    parts.host = authority.substr(0, host_end);
  }
  if (parts.host.empty()) return Status::kInvalid;

  const uint16_t own_port = parts.tls ? 443 : 80;
  parts.port = own_port;
  if (const std::string_view rest = authority.substr(host_end); !rest.empty()) {
    if (rest[0] != ':') return Status::kInvalid;
    parts.port = read_port(rest.substr(1));
    if (parts.port == 0) return Status::kInvalid;
    parts.port_given = parts.port != own_port;
  }
  return parts;
}

}  // namespace hookflash
