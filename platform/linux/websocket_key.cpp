#include "platform/linux/websocket_key.h"

#include <mbedtls/sha1.h>

#include <array>

#include "base/base64.h"
#include "base/check.h"
#include "base/text_writer.h"

namespace hookflash {

FixedText<28> websocket_accept(std::string_view key) {
  char text[128];
  TextWriter joined(text, sizeof text);
  joined.put(key).put("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  CHECK(!joined.overflowed());
  std::array<uint8_t, 20> digest{};
  const Bytes message = bytes_of(joined.view());
  CHECK(mbedtls_sha1(message.data(), message.size(), digest.data()) == 0);
  char encoded[32];
  FixedText<28> accept;
  accept.set({encoded, base64_encode(digest, encoded)});
  return accept;
}

}  // namespace hookflash
