#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace hookflash::twilio::carrier {

// Something like a person talking, made from arithmetic: syllables of changing pitch in phrases of
// one to two seconds, with pauses of half a second of silence between them. No two loud frames of
// 20 ms are equal, so a frame that comes back tells how long it was on its way.
class GeneratedSpeech {
 public:
  static constexpr size_t kBytes = 8 * 8000;  // 8 s of mu-law.
  GeneratedSpeech();
  [[nodiscard]] Bytes mulaw() const { return samples_; }

 private:
  std::array<uint8_t, kBytes> samples_{};
};

inline constexpr uint8_t kMulawSilence = 0xFF;

// True when a sample of the piece is clearly louder than line noise (beyond about +-400 of 32,768).
bool is_loud(Bytes mulaw);

}  // namespace hookflash::twilio::carrier
