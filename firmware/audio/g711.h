#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace hookflash {

// ITU-T G.711 companding between 16-bit linear samples and 8-bit codes, one sample a byte, 8 kHz.
// The 14-bit (mu-law) and 13-bit (A-law) values of the recommendation stand in the upper bits of
// the 16-bit sample, as everywhere else.

inline constexpr uint8_t kMulawSilence = 0xFF;  // Positive zero, before and after transmission.
inline constexpr uint8_t kAlawSilence = 0xD5;   // The smallest positive value.

// Any sample; what is beyond the top of the scale becomes the top code. Never fails.
[[nodiscard]] uint8_t mulaw_from_linear(int16_t sample);
[[nodiscard]] uint8_t alaw_from_linear(int16_t sample);
// -32124 to 32124, and -32256 to 32256.
[[nodiscard]] int16_t linear_from_mulaw(uint8_t code);
[[nodiscard]] int16_t linear_from_alaw(uint8_t code);
// The code of the other law whose value is nearest.
[[nodiscard]] uint8_t alaw_from_mulaw(uint8_t code);
[[nodiscard]] uint8_t mulaw_from_alaw(uint8_t code);

// The same for a run of samples. `out` is at least as long as the input; the two transcoders may
// work in place.
void mulaw_from_linear(std::span<const int16_t> samples, MutableBytes out);
void alaw_from_linear(std::span<const int16_t> samples, MutableBytes out);
void linear_from_mulaw(Bytes codes, std::span<int16_t> out);
void linear_from_alaw(Bytes codes, std::span<int16_t> out);
void alaw_from_mulaw(Bytes codes, MutableBytes out);
void mulaw_from_alaw(Bytes codes, MutableBytes out);

// No sample of this mu-law audio is beyond +-kSilencePeak (B-AUD-12). True for no audio.
inline constexpr int16_t kSilencePeak = 72;
[[nodiscard]] bool is_silent(Bytes mulaw);

}  // namespace hookflash
