#include "audio/tone.h"

#include <algorithm>
#include <array>

#include "audio/g711.h"

namespace hookflash {
namespace {

constexpr size_t kTurn = 1024;  // Its error is far below that of mu-law.
constexpr uint16_t kHzMax = 3999;
constexpr uint16_t kPeakMax = 16000;
constexpr int64_t kCadenceUsMax = 3'600'000'000;  // Keeps samples inside 32 bits.

// The series of the sine, for up to a quarter turn.
constexpr double sine(double x) {
  double sum = 0;
  double term = x;
  for (int n = 1; n < 20; n += 2) {
    sum += term;
    term *= -x * x / ((n + 1) * (n + 2));
  }
  return sum;
}

// One turn in 15 bits after the sign.
constexpr std::array<int16_t, kTurn> sine_table() {
  constexpr double kPi = 3.14159265358979323846;
  std::array<int16_t, kTurn> table{};
  for (size_t i = 0; i < kTurn; ++i) {
    const size_t half = i % (kTurn / 2);
    const size_t quarter = std::min(half, kTurn / 2 - half);
    const double value = sine(2 * kPi * static_cast<double>(quarter) / kTurn) * 32767 + 0.5;
    const auto rounded = static_cast<int16_t>(value);
    table[i] = static_cast<int16_t>(i < kTurn / 2 ? rounded : -rounded);
  }
  return table;
}

constexpr std::array<int16_t, kTurn> kSine = sine_table();

uint32_t step_of(uint16_t hz) {
  return static_cast<uint32_t>((uint64_t{std::min(hz, kHzMax)} << 32) / 8000);
}

uint32_t samples_of(Duration time) {
  return static_cast<uint32_t>(std::clamp(time.us(), int64_t{0}, kCadenceUsMax) * 8 / 1000);
}

}  // namespace

void ToneGenerator::start(const ToneSpec& spec) {
  *this = ToneGenerator();
  step_[0] = step_of(spec.hz);
  step_[1] = step_of(spec.second_hz);
  peak_ = std::min(spec.peak, kPeakMax);
  on_samples_ = samples_of(spec.on);
  off_samples_ = on_samples_ == 0 ? 0 : samples_of(spec.off);
}

void ToneGenerator::fill(MutableBytes out) {
  const uint32_t cycle = on_samples_ + off_samples_;
  for (uint8_t& code : out) {
    const bool sounds = off_samples_ == 0 || position_ < on_samples_;
    int32_t sum = 0;
    for (size_t i = 0; i < 2; ++i) {
      sum += kSine[phase_[i] >> 22];  // The upper 10 bits: kTurn.
      phase_[i] += step_[i];
    }
    code = sounds ? mulaw_from_linear(static_cast<int16_t>(sum * peak_ / 32768)) : kMulawSilence;
    if (++position_ >= cycle) position_ = 0;
  }
  static_assert(kTurn == 1U << (32 - 22));
}

}  // namespace hookflash
