#include "webhook/host.h"

#include "base/ascii.h"
#include "base/ip_address.h"
#include "base/text_writer.h"

namespace hookflash {
namespace {

// Labels of 1 to 63 letters, digits and inner hyphens (RFC 1123 section 2.1).
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > limits::kHostBytesMax || text.back() == '.') return false;
  while (!text.empty()) {
    const std::string_view label = next_piece(text, '.');
    if (label.empty() || label.size() > 63) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      if (!is_alpha(c) && !is_digit(c) && c != '-') return false;
    }
  }
  return true;
}

Status read_port(std::string_view text, uint16_t& port) {
  if (text.empty() || text.size() > 5) return Status::kInvalid;
  uint32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return Status::kInvalid;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  if (value == 0 || value > 0xFFFF) return Status::kInvalid;
  port = static_cast<uint16_t>(value);
  return Status::kOk;
}

}  // namespace

Result<Host> parse_host(std::string_view text) {
  Host host;
  char canonical[limits::kHostBytesMax];
  TextWriter out(canonical, sizeof canonical);
  std::string_view rest;
  if (!text.empty() && text[0] == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return Status::kInvalid;
    const std::string_view inner = text.substr(1, bracket - 1);
    const auto address = IpAddress::parse(inner);
    if (inner.find(':') == std::string_view::npos || !address) return Status::kInvalid;
    out.put('[');
    if (address->is_v4()) out.put("::ffff:");  // The dotted quad alone would be another host.
    address->write(out);
    out.put(']');
    rest = text.substr(bracket + 1);
  } else {
    const size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (!is_host_name(name)) return Status::kInvalid;
    for (const char c : name) out.put(to_lower(c));
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (!rest.empty()) {
    if (rest[0] != ':') return Status::kInvalid;
    TRY(read_port(rest.substr(1), host.port));
  }
  TRY(host.name.assign(out.view()));
  return host;
}

}  // namespace hookflash
