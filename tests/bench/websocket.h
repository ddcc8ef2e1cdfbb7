#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// As much of RFC 6455 as the programs of this folder need: whole frames of up to 64 KiB.
namespace hookflash::bench {

inline constexpr uint8_t kText = 1;
inline constexpr uint8_t kClose = 8;
inline constexpr uint8_t kPing = 9;
inline constexpr uint8_t kPong = 10;

// The longest frame header that is written: 2 bytes, 2 of length, 4 of mask. So much room is needed
// before a payload that is sent where it stands.
inline constexpr size_t kHeadBytesMax = 8;

struct FrameHead {
  uint8_t opcode = 0;
  bool last = false;
  bool masked = false;
  uint32_t mask = 0;  // In the order of the wire.
  size_t head_bytes = 0;
  size_t payload_bytes = 0;
};

// The head of the frame at the front; false while the frame is not there whole.
bool read_head(std::span<const uint8_t> bytes, FrameHead& head);

void apply_mask(uint8_t* payload, size_t size, uint32_t mask);

// Writes the head of a frame so that it ends where its payload begins, and masks the payload when a
// mask is given (a client's frame). Returns the whole frame; payload below 64 KiB.
std::span<uint8_t> frame_around(std::span<uint8_t> payload, uint8_t opcode, const uint32_t* mask);

// The opening handshake. Accept: the answer to a request head; empty when it has no key.
std::string upgrade_request(std::string_view host, std::string_view target,
                            std::string_view more_headers);
std::string upgrade_answer(std::string_view request_head);

}  // namespace hookflash::bench
