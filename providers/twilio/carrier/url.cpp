#include "providers/twilio/carrier/url.h"

#include <charconv>

namespace hookflash::twilio::carrier {
namespace {

bool is_scheme(std::string_view text) {
  return text == "http" || text == "https" || text == "ws" || text == "wss";
}

bool is_url_character(char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>'; }

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
}

bool parse_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

void set_bounded_ms(std::string_view text, int low, Duration& out) {
  int value = 0;
  if (parse_number(text, value) && value >= low && value <= 15000) out = Duration::ms(value);
}

void read_retry_reasons(std::string_view list, Tuning& tuning) {
  tuning.on_connect = false;
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(word.size() == list.size() ? word.size() : word.size() + 1);
    if (word == "4xx") tuning.on_4xx = true;
    if (word == "5xx") tuning.on_5xx = true;
    if (word == "ct") tuning.on_connect = true;
    if (word == "rt") tuning.on_read = true;
    if (word == "all") tuning.on_4xx = tuning.on_5xx = tuning.on_connect = tuning.on_read = true;
  }
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  for (const char c : text) {
    if (!is_url_character(c)) return Status::kInvalid;
  }
  Url url;
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return Status::kInvalid;
  url.scheme = text.substr(0, colon);
  if (!is_scheme(url.scheme)) return Status::kInvalid;
  std::string_view rest = text.substr(colon + 3);
  if (const size_t hash = rest.find('#'); hash != std::string_view::npos) {
    url.fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  url.target = rest.substr(authority.size());
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority = authority.substr(at + 1);
  }
  const size_t bracket = authority.rfind(']');
  const size_t port_colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, port_colon);
  if (url.host.empty()) return Status::kInvalid;
  for (const char c : url.host) {
    if (!is_host_character(c)) return Status::kInvalid;
  }
  if (port_colon != std::string_view::npos) {
    int port = 0;
    if (!parse_number(authority.substr(port_colon + 1), port) || port < 1 || port > 65535) {
      return Status::kInvalid;
    }
    url.port = static_cast<uint16_t>(port);
  }
  return url;
}

void write_request_url(const Url& url, TextWriter& out) {
  out.put(url.scheme).put("://").put(url.host);
  if (url.port != 0) out.put(':').number(url.port);
  if (!url.target.starts_with('/')) out.put('/');
  out.put(url.target);
}

void write_signed_url(const Url& url, TextWriter& out) {
  out.put(url.scheme).put("://").put(url.host);
  if (url.port != 0 && !url.secure()) out.put(':').number(url.port);
  out.put(url.target);
}

void resolve_url(std::string_view base, std::string_view reference, TextWriter& out) {
  if (reference.find("://") != std::string_view::npos) {
    out.put(reference);
    return;
  }
  const auto parsed = parse_url(base);
  if (!parsed.ok()) {
    out.put(reference);
    return;
  }
  const Url& url = *parsed;
  if (reference.starts_with("//")) {
    out.put(url.scheme).put(':').put(reference);
    return;
  }
  out.put(url.scheme).put("://");
  if (!url.userinfo.empty()) out.put(url.userinfo).put('@');
  out.put(url.host);
  if (url.port != 0) out.put(':').number(url.port);
  if (reference.starts_with('/')) {
    out.put(reference);
  } else if (reference.empty()) {
    out.put(url.target);
  } else if (reference.starts_with('?')) {
    out.put(url.path().empty() ? std::string_view("/") : url.path()).put(reference);
  } else {
    const std::string_view path = url.path();
    const size_t slash = path.rfind('/');
    out.put(slash == std::string_view::npos ? std::string_view("/") : path.substr(0, slash + 1));
    out.put(reference);
  }
}

Tuning parse_tuning(std::string_view fragment) {
  Tuning tuning;
  while (!fragment.empty()) {
    const std::string_view pair = fragment.substr(0, fragment.find('&'));
    fragment.remove_prefix(pair.size() == fragment.size() ? pair.size() : pair.size() + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    int number = 0;
    if (key == "ct") set_bounded_ms(value, 100, tuning.connect);
    if (key == "rt") set_bounded_ms(value, 100, tuning.read);
    if (key == "tt") set_bounded_ms(value, 100, tuning.total);
    if (key == "rc" && parse_number(value, number) && number >= 0 && number <= 5) {
      tuning.retries = number;
    }
    if (key == "rp") read_retry_reasons(value, tuning);
  }
  return tuning;
}

}  // namespace hookflash::twilio::carrier
