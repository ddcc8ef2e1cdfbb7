#include "audio/tone.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "audio/g711.h"

namespace hookflash {
namespace {

std::vector<uint8_t> tone(const ToneSpec& spec, size_t samples) {
  ToneGenerator generator;
  generator.start(spec);
  std::vector<uint8_t> out(samples);
  generator.fill(out);
  return out;
}

// Amplitude of one frequency in a run of mu-law (Goertzel's sum, written out).
double strength(const std::vector<uint8_t>& audio, double hz) {
  double re = 0;
  double im = 0;
  for (size_t i = 0; i < audio.size(); ++i) {
    const double angle = 2 * M_PI * hz * static_cast<double>(i) / 8000;
    re += linear_from_mulaw(audio[i]) * std::cos(angle);
    im += linear_from_mulaw(audio[i]) * std::sin(angle);
  }
  return 2 * std::sqrt(re * re + im * im) / static_cast<double>(audio.size());
}

// Aim: a tone has its frequency and level, and little else. Method: one second, analysed at the
// tone and away from it.
TEST(Tone, HasItsFrequencyAndLevel) {
  for (const int hz : {100, 440, 1000, 3400}) {
    const auto audio = tone({.hz = static_cast<uint16_t>(hz), .peak = 8000}, 8000);
    EXPECT_NEAR(strength(audio, hz), 8000, 80) << hz;
    for (const int other : {50, 300, 700, 1700, 2900, 3900}) {
      EXPECT_LT(strength(audio, other), 120) << hz << " at " << other;
    }
  }
}

// Aim: two tones sound together, at full level without wrapping over. Method: a dial tone at the
// highest peak, analysed at both frequencies; neighbours in time stay near each other.
TEST(Tone, TwoTonesTogether) {
  const auto audio = tone({.hz = 350, .second_hz = 440, .peak = 65535}, 8000);
  EXPECT_NEAR(strength(audio, 350), 16000, 200);
  EXPECT_NEAR(strength(audio, 440), 16000, 200);
  for (size_t i = 1; i < audio.size(); ++i) {
    ASSERT_LT(std::abs(linear_from_mulaw(audio[i]) - linear_from_mulaw(audio[i - 1])), 12000);
  }
}

// Aim: a cadence sounds and pauses for its times, beginning with the tone.
// Method: 400 ms on, 200 ms off; the pauses are mu-law silence to the sample.
TEST(Tone, Cadence) {
  const auto audio = tone({.hz = 425, .on = Duration::ms(400), .off = Duration::ms(200)}, 3 * 4800);
  for (size_t i = 0; i < audio.size(); ++i) {
    if (i % 4800 >= 3200) {
      ASSERT_EQ(audio[i], kMulawSilence) << i;
    }
  }
  for (size_t start = 0; start < audio.size(); start += 4800) {
    const auto begin = audio.begin() + static_cast<std::ptrdiff_t>(start);
    EXPECT_GT(strength({begin, begin + 3200}, 425), 7000);
  }
}

// Aim: how the output is split makes no difference. Method: one call against calls of odd lengths.
TEST(Tone, SplitMakesNoDifference) {
  const ToneSpec spec = {
      .hz = 697, .second_hz = 1209, .on = Duration::ms(70), .off = Duration::ms(50)};
  const auto whole = tone(spec, 5000);
  ToneGenerator generator;
  generator.start(spec);
  std::vector<uint8_t> parts(5000);
  size_t at = 0;
  for (size_t n = 1; at < parts.size(); n = n % 331 + 7) {
    const size_t take = std::min(n, parts.size() - at);
    generator.fill(MutableBytes(parts).subspan(at, take));
    at += take;
  }
  EXPECT_EQ(parts, whole);
}

// Aim: odd requests do no harm. Method: nothing started, no frequency, one beyond half the sample
// rate, negative and endless cadences.
TEST(Tone, OddRequests) {
  ToneGenerator idle;
  std::vector<uint8_t> out(160);
  idle.fill(out);
  EXPECT_TRUE(is_silent(out));
  EXPECT_TRUE(is_silent(tone({.hz = 0}, 8000)));
  EXPECT_FALSE(is_silent(tone({.hz = 65535}, 8000)));
  EXPECT_FALSE(is_silent(tone({.hz = 440, .on = Duration::ms(-5), .off = Duration::ms(5)}, 160)));
  EXPECT_FALSE(is_silent(tone({.hz = 440, .on = Duration::max(), .off = Duration::max()}, 160)));
  EXPECT_FALSE(is_silent(tone({.hz = 440, .on = Duration::ms(1), .off = Duration::ms(-1)}, 160)));
}

}  // namespace
}  // namespace hookflash
