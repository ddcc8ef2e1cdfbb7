#include "websocket.h"

#include <strings.h>

#include <cstring>

#include "platform/linux/websocket_key.h"

namespace hookflash::bench {

bool read_head(std::span<const uint8_t> bytes, FrameHead& head) {
  if (bytes.size() < 2) return false;
  head.last = (bytes[0] & 0x80U) != 0;
  head.opcode = bytes[0] & 0x0FU;
  head.masked = (bytes[1] & 0x80U) != 0;
  head.payload_bytes = bytes[1] & 0x7FU;
  head.head_bytes = 2;
  if (head.payload_bytes == 126) {
    if (bytes.size() < 4) return false;
    head.payload_bytes = static_cast<size_t>(bytes[2]) << 8 | bytes[3];
    head.head_bytes = 4;
  } else if (head.payload_bytes == 127) {
    if (bytes.size() < 10) return false;
    head.payload_bytes = 0;
    for (size_t i = 2; i < 10; ++i) head.payload_bytes = head.payload_bytes << 8 | bytes[i];
    head.head_bytes = 10;
  }
  if (head.masked) {
    if (bytes.size() < head.head_bytes + 4) return false;
    std::memcpy(&head.mask, bytes.data() + head.head_bytes, 4);
    head.head_bytes += 4;
  }
  return bytes.size() >= head.head_bytes && bytes.size() - head.head_bytes >= head.payload_bytes;
}

void apply_mask(uint8_t* payload, size_t size, uint32_t mask) {
  const uint64_t wide = uint64_t{mask} << 32 | mask;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, payload + i, 8);
    word ^= wide;
    std::memcpy(payload + i, &word, 8);
  }
  uint8_t bytes[4];
  std::memcpy(bytes, &mask, 4);
  for (; i < size; ++i) payload[i] ^= bytes[i % 4];
}

std::span<uint8_t> frame_around(std::span<uint8_t> payload, uint8_t opcode, const uint32_t* mask) {
  uint8_t* head = payload.data();
  if (mask != nullptr) {
    head -= 4;
    std::memcpy(head, mask, 4);
    apply_mask(payload.data(), payload.size(), *mask);
  }
  const uint8_t masked = mask != nullptr ? 0x80U : 0U;
  if (payload.size() < 126) {
    *--head = static_cast<uint8_t>(masked | payload.size());
  } else {
    *--head = static_cast<uint8_t>(payload.size());
    *--head = static_cast<uint8_t>(payload.size() >> 8);
    *--head = masked | 126U;
  }
  *--head = 0x80U | opcode;
  return {head, static_cast<size_t>(payload.data() + payload.size() - head)};
}

std::string upgrade_request(std::string_view host, std::string_view target,
                            std::string_view more_headers) {
  std::string text = "GET ";
  text += target;
  text += " HTTP/1.1\r\nHost: ";
  text += host;
  text +=
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  text += more_headers;
  text += "\r\n";
  return text;
}

std::string upgrade_answer(std::string_view request_head) {
  constexpr std::string_view kName = "\r\nsec-websocket-key:";
  for (size_t at = 0; at + kName.size() < request_head.size(); ++at) {
    if (strncasecmp(request_head.data() + at, kName.data(), kName.size()) != 0) continue;
    std::string_view key = request_head.substr(at + kName.size());
    key = key.substr(0, key.find('\r'));
    while (!key.empty() && key.front() == ' ') key.remove_prefix(1);
    std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    answer += websocket_accept(key).view();
    answer += "\r\n\r\n";
    return answer;
  }
  return {};
}

}  // namespace hookflash::bench
