#include "http/request_head.h"

#include <limits>

#include "base/ascii.h"
#include "http/percent.h"

namespace hookflash {
namespace {

bool is_token_char(char c) {
  return is_alpha(c) || is_digit(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_value_char(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte == '\t' || (byte >= ' ' && byte != 0x7F);
}

bool is_target_char(char c) { return c > ' ' && c <= '~' && c != '#'; }

}  // namespace

bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

HeadFault RequestHead::parse(std::string_view text, std::span<const std::string_view> single) {
  method_ = target_ = target_authority_ = {};
  raw_path_size_ = path_size_ = header_count_ = 0;
  length_ = 0;
  minor_version_ = 1;
  chunked_ = has_length_ = absolute_ = false;

  bool first = true;
  for (;;) {
    const size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return HeadFault::kMalformed;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty() && !first) break;
    const HeadFault fault = first ? parse_request_line(line) : parse_header(line);
    if (fault != HeadFault::kNone) return fault;
    first = false;
  }
  for (const std::string_view name : single) {
    if (count(name) > 1) return HeadFault::kMalformed;
  }
  if (count("host") > 1) return HeadFault::kMalformed;  // RFC 9112 section 3.2.
  return judge_body_headers();
}

HeadFault RequestHead::parse_request_line(std::string_view line) {
  const size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos) return HeadFault::kMalformed;
  method_ = line.substr(0, method_end);
  if (!is_token(method_)) return HeadFault::kMalformed;
  line.remove_prefix(method_end + 1);
  const size_t target_end = line.find(' ');
  if (target_end == std::string_view::npos) return HeadFault::kMalformed;
  const std::string_view version = line.substr(target_end + 1);
  if (version == "HTTP/1.1") {
    minor_version_ = 1;
  } else if (version == "HTTP/1.0") {
    minor_version_ = 0;
  } else {
    return HeadFault::kMalformed;
  }
  return parse_target(line.substr(0, target_end));
}

HeadFault RequestHead::parse_target(std::string_view target) {
  if (target.empty()) return HeadFault::kMalformed;
  for (const char c : target) {
    if (!is_target_char(c)) return HeadFault::kMalformed;
  }
  if (target[0] != '/' && target != "*") {
    // The absolute form is for proxies, but servers have to take it (RFC 9112 section 3.2.2).
    const size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) return HeadFault::kMalformed;
    const std::string_view scheme = target.substr(0, scheme_end);
    if (!equals_ignore_case(scheme, "http") && !equals_ignore_case(scheme, "https")) {
      return HeadFault::kMalformed;
    }
    target.remove_prefix(scheme_end + 3);
    const size_t authority_end = target.find_first_of("/?");
    if (authority_end == std::string_view::npos || target[authority_end] != '/') {
      return HeadFault::kMalformed;
    }
    absolute_ = true;
    target_authority_ = target.substr(0, authority_end);
    target.remove_prefix(authority_end);
  }
  if (target == "*" && method_ != "OPTIONS") return HeadFault::kMalformed;
  target_ = target;
  const size_t mark = target.find('?');
  raw_path_size_ = mark == std::string_view::npos ? target.size() : mark;
  // parse() may be handed any text, the reader's limit or not.
  if (raw_path_size_ > path_.size()) return HeadFault::kLineTooLong;
  const Decoded decoded = percent_decode(raw_path(), Plus::kIsPlus, path_.data());
  if (decoded.bad_escape || decoded.has_nul) return HeadFault::kMalformed;
  path_size_ = decoded.size;
  return HeadFault::kNone;
}

HeadFault RequestHead::parse_header(std::string_view line) {
  // A name that is a token leaves no place for a folded line or a space before the colon.
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return HeadFault::kMalformed;
  Header header{line.substr(0, colon), trim(line.substr(colon + 1))};
  if (!is_token(header.name)) return HeadFault::kMalformed;
  for (const char c : header.value) {
    if (!is_value_char(c)) return HeadFault::kMalformed;
  }
  if (header_count_ == headers_.size()) return HeadFault::kHeadersTooLarge;
  headers_[header_count_++] = header;
  return HeadFault::kNone;
}

HeadFault RequestHead::judge_body_headers() {
  const size_t lengths = count("content-length");
  const size_t encodings = count("transfer-encoding");
  if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1)) {
    return HeadFault::kMalformed;
  }
  if (lengths == 1) {
    const std::string_view digits = header("content-length");
    if (digits.empty()) return HeadFault::kMalformed;
    for (const char c : digits) {
      if (!is_digit(c)) return HeadFault::kMalformed;
      const auto digit = static_cast<uint64_t>(c - '0');
      constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
      length_ = length_ > (kMax - digit) / 10 ? kMax : length_ * 10 + digit;
    }
    has_length_ = true;
  }
  if (encodings == 1) {
    // HTTP/1.0 knows no encodings; behind an old proxy they are a way to smuggle.
    if (minor_version_ == 0 || !equals_ignore_case(header("transfer-encoding"), "chunked")) {
      return HeadFault::kMalformed;
    }
    chunked_ = true;
  }
  const bool may_lack_length = method_ == "GET" || method_ == "HEAD";
  if (minor_version_ == 0 && !has_length_ && !may_lack_length) return HeadFault::kMalformed;
  return HeadFault::kNone;
}

std::string_view RequestHead::authority() const {
  if (absolute_) return target_authority_;
  return count("host") == 1 ? header("host") : std::string_view();
}

std::string_view RequestHead::header(std::string_view name) const {
  for (const Header& header : headers()) {
    if (equals_ignore_case(header.name, name)) return header.value;
  }
  return {};
}

size_t RequestHead::count(std::string_view name) const {
  size_t found = 0;
  for (const Header& header : headers()) {
    if (equals_ignore_case(header.name, name)) ++found;
  }
  return found;
}

bool RequestHead::lists(std::string_view name, std::string_view word) const {
  for (const Header& header : headers()) {
    if (!equals_ignore_case(header.name, name)) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      if (equals_ignore_case(trim(next_piece(rest, ',')), word)) return true;
    }
  }
  return false;
}

bool RequestHead::keeps_alive() const {
  return minor_version_ == 1 && !lists("connection", "close");
}

bool RequestHead::expects_continue() const {
  return minor_version_ == 1 && lists("expect", "100-continue");
}

}  // namespace hookflash
