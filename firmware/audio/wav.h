#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hookflash {

inline constexpr size_t kWavHeaderBytes = 58;

// The bytes before `audio_bytes` of mu-law, 8 kHz, mono in a WAVE file: RIFF, fmt with an empty
// extension, fact, data (RFC 2361 and the WAVE registry, format 7). An odd number of bytes is
// followed by one zero byte in the file.
[[nodiscard]] std::array<uint8_t, kWavHeaderBytes> mulaw_wav_header(uint32_t audio_bytes);

}  // namespace hookflash
