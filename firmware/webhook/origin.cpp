#include "webhook/origin.h"

#include <optional>

#include "base/ascii.h"
#include "http/url.h"
#include "webhook/host.h"

namespace hookflash {
namespace {

bool is_proxy(const OriginRules& rules, const IpAddress& address) {
  for (const IpAddress& proxy : rules.trusted_proxies) {
    if (proxy == address) return true;
  }
  return false;
}

// B-URL-3: whether forwarding headers may shape the URL.
bool shapes_url(const OriginRules& rules, const IpAddress& peer) {
  if (rules.allowed_hosts.empty() && !rules.trust_forwarding_headers) return false;
  return peer.is_set() && (rules.trusted_proxies.empty() || is_proxy(rules, peer));
}

bool is_allowed(const OriginRules& rules, const Host& host) {
  if (rules.allowed_hosts.empty()) return true;
  for (const auto& allowed : rules.allowed_hosts) {
    if (allowed == host.name) return true;
  }
  return false;
}

// The first valid and allowed candidate of B-URL-2; invalid ones are skipped.
std::optional<Host> choose_host(const OriginRules& rules, const RequestHead& head, bool forwarded) {
  const auto candidate = [&rules](std::string_view text) -> std::optional<Host> {
    const Result<Host> host = parse_host(trim(text));
    if (!host.ok() || !is_allowed(rules, *host)) return std::nullopt;
    return *host;
  };
  if (forwarded) {
    for (const std::string_view name : {"x-forwarded-host", "x-original-host"}) {
      std::string_view list = head.header(name);
      if (const auto host = candidate(next_piece(list, ','))) return host;
    }
  }
  return candidate(head.authority());
}

// An address as forwarding headers write it: bare, IPv4 with a port, or IPv6 in brackets.
std::optional<IpAddress> read_forwarded_address(std::string_view text) {
  text = trim(text);
  if (!text.empty() && text[0] == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    return IpAddress::parse(text.substr(1, bracket - 1));
  }
  if (const size_t colon = text.find(':');
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    text = text.substr(0, colon);
  }
  const auto address = IpAddress::parse(text);
  return address && address->is_set() ? address : std::nullopt;
}

// Walks all X-Forwarded-For values from the right past trusted proxies. What a proxy appended
// stands right of what a client invented, so an address that cannot be read ends the walk.
std::optional<IpAddress> walk_forwarded_for(const OriginRules& rules, const RequestHead& head) {
  std::optional<IpAddress> leftmost;
  const auto headers = head.headers();
  for (size_t i = headers.size(); i > 0; --i) {
    if (!equals_ignore_case(headers[i - 1].name, "x-forwarded-for")) continue;
    std::string_view rest = headers[i - 1].value;
    for (;;) {
      const size_t comma = rest.rfind(',');
      const std::string_view item = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
      const auto address = read_forwarded_address(item);
      if (!address) return std::nullopt;
      if (!is_proxy(rules, *address)) return address;
      leftmost = address;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return leftmost;
}

}  // namespace

Status build_public_url(const OriginRules& rules, const RequestHead& head, const IpAddress& peer,
                        UrlKind kind, PublicUrl& out) {
  out = {};
  out.stream = kind == UrlKind::kStream;
  if (const Result<Host> host = parse_host(head.authority()); host.ok()) out.host_port = host->port;

  if (!rules.public_url.empty()) {
    const Result<Url> url = split_url(rules.public_url);
    if (!url.ok()) return Status::kInvalid;
    out.public_port = url->port;
    if (out.stream) {
      TRY(out.text.append(url->is_secure() ? "wss" : "ws"));
    } else {
      TRY(out.text.append(url->scheme));
    }
    TRY(out.text.append("://"));
    TRY(out.text.append(url->host));
    if (url->port != 0) {
      TRY(out.text.append(":"));
      TRY(out.text.append(url->port_text));
    }
    if (kind == UrlKind::kWebhook) {
      TRY(out.text.append(url->path.empty() ? rules.line_path.view() : url->path));
    } else {
      TRY(out.text.append(head.raw_path()));
    }
  } else {
    const bool forwarded = shapes_url(rules, peer);
    const auto host = choose_host(rules, head, forwarded);
    if (!host) return Status::kDenied;
    const bool plain = forwarded && head.count("x-forwarded-proto") == 1 &&
                       head.header("x-forwarded-proto") == "http";
    if (out.stream) {
      TRY(out.text.append(plain ? "ws://" : "wss://"));
    } else {
      TRY(out.text.append(plain ? "http://" : "https://"));
    }
    TRY(out.text.append(host->name));
    TRY(out.text.append(head.raw_path()));
  }
  if (head.has_query()) {
    TRY(out.text.append("?"));
    TRY(out.text.append(head.query()));
  }
  return Status::kOk;
}

Source client_source(const OriginRules& rules, const RequestHead& head, const IpAddress& peer) {
  if (!peer.is_set()) return {};
  const bool proxy = is_proxy(rules, peer);
  if (rules.trust_forwarding_headers && proxy) {
    if (const auto address = walk_forwarded_for(rules, head)) {
      return {Source::Kind::kAddress, *address};
    }
    if (const auto address = read_forwarded_address(head.header("x-real-ip"))) {
      return {Source::Kind::kAddress, *address};
    }
  }
  if (proxy || peer.is_loopback()) return {Source::Kind::kUnlimited, {}};
  return {Source::Kind::kAddress, peer};
}

}  // namespace hookflash
