#include "providers/twilio/carrier/speech.h"

#include <cmath>

namespace hookflash::twilio::carrier {
namespace {

// ITU-T G.711 by its definition: bias, segment, four bits of mantissa, inverted.
uint8_t to_mulaw(int sample) {
  constexpr int kBias = 132;
  constexpr int kClip = 32635;
  const int sign = sample < 0 ? 0x80 : 0;
  int magnitude = sample < 0 ? -sample : sample;
  if (magnitude > kClip) magnitude = kClip;
  magnitude += kBias;
  int segment = 7;
  for (int bit = 0x4000; segment > 0 && (magnitude & bit) == 0; bit >>= 1) --segment;
  const int mantissa = (magnitude >> (segment + 3)) & 0x0F;
  return static_cast<uint8_t>(~(sign | (segment << 4) | mantissa));
}

}  // namespace

GeneratedSpeech::GeneratedSpeech() {
  constexpr double kTwoPi = 6.283185307179586;
  constexpr size_t kSyllable = 1600;  // 200 ms.
  constexpr size_t kPause = 4000;
  uint32_t noise = 1;
  double phase = 0;
  size_t at = 0;
  for (int phrase = 0; at < kBytes; ++phrase) {
    const int syllables = 5 + (phrase * 3) % 5;
    for (int s = 0; s < syllables && at < kBytes; ++s) {
      const double pitch_begin = 110 + 17.0 * ((phrase * 5 + s * 3) % 7);
      for (size_t i = 0; i < kSyllable && at < kBytes; ++i, ++at) {
        const double part = static_cast<double>(i) / kSyllable;
        phase += kTwoPi * (pitch_begin + 40 * part) / 8000;
        noise = noise * 1664525U + 1013904223U;
        const double hiss = static_cast<double>(noise >> 16) / 65536 - 0.5;
        const double voice =
            std::sin(phase) + 0.6 * std::sin(2 * phase) + 0.4 * std::sin(5 * phase);
        const double loudness = 0.25 + std::sin(part * kTwoPi / 2);
        samples_[at] = to_mulaw(static_cast<int>(loudness * (5000 * voice + 1500 * hiss)));
      }
    }
    for (size_t i = 0; i < kPause && at < kBytes; ++i, ++at) samples_[at] = kMulawSilence;
  }
}

bool is_loud(Bytes mulaw) {
  for (const uint8_t sample : mulaw) {
    if ((sample & 0x7F) < 0x60) return true;
  }
  return false;
}

}  // namespace hookflash::twilio::carrier
