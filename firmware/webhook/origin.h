#pragma once

#include <cstdint>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/ip_address.h"
#include "base/status.h"
#include "http/request_handler.h"
#include "limits.h"

namespace hookflash {

// How one line is reached from outside; filled from the configuration. All zero trusts nobody.
struct OriginRules {
  FixedText<limits::kUrlBytesMax> public_url;  // As configured; empty when unset.
  FixedText<limits::kPathBytesMax> line_path;  // Of the line's webhooks, from "/" on.
  FixedVector<FixedText<limits::kHostBytesMax>, limits::kAllowedHostsMax>
      allowed_hosts;  // parse_host()
  FixedVector<IpAddress, limits::kTrustedProxiesMax> trusted_proxies;
  bool trust_forwarding_headers = false;
};

enum class UrlKind : uint8_t {
  kWebhook,  // The path is publicUrl's (B-URL-1).
  kOwnPath,  // The routes of section 24: the path is the request's own.
  kStream,   // A WebSocket handshake: likewise, and the scheme is ws or wss.
};

inline constexpr size_t kPublicUrlBytesMax =
    limits::kUrlBytesMax + limits::kRequestLineBytesMax + 8;

// The URL under which the carrier sent a request, with what the port rules need (B-SIG-3).
struct PublicUrl {
  FixedText<kPublicUrlBytesMax> text;
  uint16_t public_port = 0;  // Written in publicUrl; 0 when it has none or is unset.
  uint16_t host_port = 0;    // Written in the Host header; 0 when it has none.
  bool stream = false;
};

// Rebuilds the URL (B-URL-1 to B-URL-4). kDenied when no valid and allowed host is left; kInvalid
// when publicUrl is not a URL.
Status build_public_url(const OriginRules& rules, const RequestHead& head, const IpAddress& peer,
                        UrlKind kind, PublicUrl& out);

// Who the limits count a request for (B-URL-5, B-WEB-3).
Source client_source(const OriginRules& rules, const RequestHead& head, const IpAddress& peer);

}  // namespace hookflash
