#include "config/formats.h"

#include "base/ascii.h"
#include "base/ip_address.h"
#include "http/url.h"

namespace hookflash {
namespace {

template <typename Predicate>
bool all_of(std::string_view text, Predicate predicate) {
  for (const char c : text) {
    if (!predicate(c)) return false;
  }
  return true;
}

bool is_control(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; }
bool is_visible(char c) { return c > 0x20 && c < 0x7F; }
bool is_word_character(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; }
bool is_unreserved(char c) { return is_word_character(c) || c == '.' || c == '~'; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         all_of(label, [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
}

// RFC 1123 section 2.1. A name whose last label is a number would be read as an address.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > limits::kHostBytesMax || host.back() == '.') return false;
  std::string_view label;
  while (!host.empty()) {
    label = next_piece(host, '.');
    if (!is_label(label)) return false;
  }
  return !all_of(label, is_digit);
}

bool ends_with_label(std::string_view host, std::string_view label) {
  if (host.size() < label.size()) return false;
  const size_t start = host.size() - label.size();
  return equals_ignore_case(host.substr(start), label) && (start == 0 || host[start - 1] == '.');
}

bool is_path(std::string_view text) {
  if (text.size() < 2 || text[0] != '/' || text.back() == '/') return false;
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    const std::string_view segment = next_piece(rest, '/');
    if (segment.empty() || segment == "." || segment == ".." || !all_of(segment, is_unreserved)) {
      return false;
    }
  }
  return true;
}

bool is_sid(std::string_view text, std::string_view prefix) {
  return text.size() == 34 && text.substr(0, 2) == prefix &&
         all_of(text.substr(2), [](char c) { return hex_value(c) >= 0; });
}

bool is_plain_url(std::string_view text, Format format) {
  if (!all_of(text, is_visible)) return false;
  const auto url = split_url(text);
  if (!url.ok() || url->has_user_info || url->has_fragment) return false;
  const Reach reach = reach_of_host(url->host);
  if (reach == Reach::kInvalid) return false;
  if (format == Format::kAppUrl) return has_scheme(*url, "ws") || has_scheme(*url, "wss");
  if (url->has_query) return false;
  if (format == Format::kLoopbackUrl && reach != Reach::kLoopback) return false;
  return has_scheme(*url, "https") || (has_scheme(*url, "http") && reach == Reach::kLoopback);
}

}  // namespace

bool is_e164(std::string_view text) {
  return text.size() >= 3 && text.size() <= 16 && text[0] == '+' && text[1] >= '1' &&
         text[1] <= '9' && all_of(text.substr(2), is_digit);
}

Reach reach_of_host(std::string_view host) {
  std::string_view literal = host;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) literal = host.substr(1, host.size() - 2);
  if (const auto address = IpAddress::parse(literal)) {
    // Only IPv6 stands in brackets, and it never stands without.
    if (bracketed != (literal.find(':') != std::string_view::npos)) return Reach::kInvalid;
    if (address->is_loopback()) return Reach::kLoopback;
    return address->is_public() ? Reach::kPublic : Reach::kInside;
  }
  if (bracketed || !is_host_name(host)) return Reach::kInvalid;
  if (ends_with_label(host, "localhost")) return Reach::kLoopback;
  if (ends_with_label(host, "local") || host.find('.') == std::string_view::npos) {
    return Reach::kInside;
  }
  return Reach::kPublic;
}

Reach reach_of_url(std::string_view url) {
  const auto parts = split_url(url);
  return parts.ok() ? reach_of_host(parts->host) : Reach::kInvalid;
}

bool has_format(std::string_view text, Format format) {
  switch (format) {
    case Format::kSpeech: return all_of(text, [](char c) { return !is_control(c) || c == '\n'; });
    case Format::kAny:
    case Format::kFilePath:
      return !text.empty() && all_of(text, [](char c) { return !is_control(c); });
    case Format::kPrintable: return !text.empty() && all_of(text, is_visible);
    case Format::kPem:
      return !text.empty() && all_of(text, [](char c) {
        return is_visible(c) || c == ' ' || c == '\n' || c == '\r';
      });
    case Format::kName: return !text.empty() && all_of(text, is_word_character);
    case Format::kE164: return is_e164(text);
    case Format::kAddress: return IpAddress::parse(text).has_value();
    case Format::kHost: return reach_of_host(text) != Reach::kInvalid;
    case Format::kPath: return is_path(text);
    case Format::kPublicUrl:
    case Format::kLoopbackUrl:
    case Format::kAppUrl: return is_plain_url(text, format);
    case Format::kAccountSid: return is_sid(text, "AC");
    case Format::kKeySid: return is_sid(text, "SK");
  }
  return false;
}

std::string_view description_of(Format format) {
  switch (format) {
    case Format::kAny:
    case Format::kFilePath: return "text without control characters, not empty";
    case Format::kSpeech: return "text without control characters other than line breaks";
    case Format::kPrintable: return "visible ASCII characters without spaces";
    case Format::kPem: return "ASCII text, lines allowed";
    case Format::kName: return "letters, digits, - and _";
    case Format::kE164: return "a number in E.164: plus, a digit 1 to 9, then 1 to 14 digits";
    case Format::kAddress: return "an IP address";
    case Format::kHost: return "a host name or address without port (IPv6 in brackets)";
    case Format::kPath:
      return "a path like /voice/webhook: letters, digits and - . _ ~, no empty or dot segments, "
             "no slash at the end";
    case Format::kPublicUrl:
      return "an https URL without user, query and fragment (http only for a loopback host)";
    case Format::kLoopbackUrl:
      return "an http or https URL of a loopback host, without user, query and fragment";
    case Format::kAppUrl: return "a ws or wss URL without user and fragment";
    case Format::kAccountSid: return "AC and 32 hex digits";
    case Format::kKeySid: return "SK and 32 hex digits";
  }
  return "text";
}

}  // namespace hookflash
