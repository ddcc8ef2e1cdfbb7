#include "audio/wav.h"

#include <string_view>

namespace hookflash {
namespace {

constexpr uint16_t kFormatMulaw = 7;
constexpr uint32_t kRate = 8000;

}  // namespace

std::array<uint8_t, kWavHeaderBytes> mulaw_wav_header(uint32_t audio_bytes) {
  std::array<uint8_t, kWavHeaderBytes> header{};
  size_t at = 0;
  const auto id = [&](std::string_view name) {
    for (const char c : name) header[at++] = static_cast<uint8_t>(c);
  };
  const auto number = [&](uint32_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) header[at++] = static_cast<uint8_t>(value >> (8 * i));
  };
  id("RIFF");
  // All that follows, with the byte that makes an odd length even.
  number(static_cast<uint32_t>(kWavHeaderBytes - 8) + audio_bytes + (audio_bytes & 1), 4);
  id("WAVEfmt ");
  number(18, 4);
  number(kFormatMulaw, 2);
  number(1, 2);  // Channels.
  number(kRate, 4);
  number(kRate, 4);  // Bytes a second.
  number(1, 2);      // Bytes a sample of all channels.
  number(8, 2);      // Bits a sample.
  number(0, 2);      // Bytes of extension: obligatory for formats other than PCM.
  id("fact");
  number(4, 4);
  number(audio_bytes, 4);  // Samples.
  id("data");
  number(audio_bytes, 4);
  return header;
}

}  // namespace hookflash
