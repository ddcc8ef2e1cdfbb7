#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace hookflash {

// One or two sine tones, steady or in a cadence.
struct ToneSpec {
  uint16_t hz = 440;       // Below 4000; 0 is silence.
  uint16_t second_hz = 0;  // 0: no second tone.
  uint16_t peak = 8000;    // Of each tone in 16-bit samples, at most 16000, so that two fit.
  Duration on;             // Not set: without pauses.
  Duration off;
};

// Makes tones as mu-law. Deterministic: the same calls give the same bytes; any split of the output
// gives the same audio. All bytes zero is silence.
class ToneGenerator {
 public:
  // Begins with the tone, at phase 0. Values beyond their range are clamped to it.
  void start(const ToneSpec& spec);
  // Fills `out` with the audio that follows.
  void fill(MutableBytes out);

 private:
  uint32_t phase_[2] = {};  // A full turn is 2^32.
  uint32_t step_[2] = {};
  int32_t peak_ = 0;
  uint32_t on_samples_ = 0;  // 0: steady.
  uint32_t off_samples_ = 0;
  uint32_t position_ = 0;  // In the cadence.
};

}  // namespace hookflash
