#include "http/websocket_handshake.h"

#include <array>

#include "base/base64.h"

namespace hookflash {

HandshakeFault judge_websocket_handshake(const RequestHead& head) {
  if (head.method() != "GET" || head.minor_version() != 1 || head.has_body()) {
    return HandshakeFault::kBad;
  }
  if (!head.lists("upgrade", "websocket") || !head.lists("connection", "upgrade")) {
    return HandshakeFault::kBad;
  }
  std::array<uint8_t, 18> nonce{};
  const Result<size_t> size = base64_decode(head.header("sec-websocket-key"), nonce);
  if (head.count("sec-websocket-key") != 1 || !size.ok() || *size != 16)
    return HandshakeFault::kBad;
  if (head.count("sec-websocket-version") != 1) return HandshakeFault::kBad;
  if (head.header("sec-websocket-version") != "13") return HandshakeFault::kVersion;
  return HandshakeFault::kNone;
}

}  // namespace hookflash
