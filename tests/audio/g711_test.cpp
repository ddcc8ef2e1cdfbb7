#include "audio/g711.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace hookflash {
namespace {

constexpr int kLowest = -32768;
constexpr int kHighest = 32767;

// The width of the quantiser's step around a value, in 16-bit units.
int mulaw_step(int magnitude) {
  int step = 8;
  for (int top = 124; magnitude >= top && step < 1024; top = top * 2 + 132) step *= 2;
  return step;
}
int alaw_step(int magnitude) {
  int step = 16;
  for (int top = 512; magnitude >= top && step < 1024; top *= 2) step *= 2;
  return step;
}

// Aim: the codes that ITU-T G.711 tables 1 and 2 name come out of the samples they stand for.
// Method: the ends of the scale, both zeros, and values on both sides of segment borders.
TEST(G711, KnownValues) {
  EXPECT_EQ(mulaw_from_linear(int16_t{0}), 0xFF);
  EXPECT_EQ(mulaw_from_linear(int16_t{-1}), 0x7F);
  EXPECT_EQ(mulaw_from_linear(int16_t{3}), 0xFF);
  EXPECT_EQ(mulaw_from_linear(int16_t{4}), 0xFE);
  EXPECT_EQ(mulaw_from_linear(int16_t{32767}), 0x80);
  EXPECT_EQ(mulaw_from_linear(int16_t{-32768}), 0x00);
  EXPECT_EQ(mulaw_from_linear(int16_t{31611}), 0x81);
  EXPECT_EQ(mulaw_from_linear(int16_t{31612}), 0x80);
  EXPECT_EQ(mulaw_from_linear(int16_t{1000}), 0xCE);
  EXPECT_EQ(mulaw_from_linear(int16_t{-1000}), 0x4E);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0x00}), -32124);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0x80}), 32124);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0xFF}), 0);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0x7F}), 0);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0xFE}), 8);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0xEF}), 132);
  EXPECT_EQ(linear_from_mulaw(uint8_t{0x8F}), 16764);

  EXPECT_EQ(alaw_from_linear(int16_t{0}), 0xD5);
  EXPECT_EQ(alaw_from_linear(int16_t{-1}), 0x55);
  EXPECT_EQ(alaw_from_linear(int16_t{32767}), 0xAA);
  EXPECT_EQ(alaw_from_linear(int16_t{-32768}), 0x2A);
  EXPECT_EQ(alaw_from_linear(int16_t{1000}), 0xFA);
  EXPECT_EQ(linear_from_alaw(uint8_t{0xD5}), 8);
  EXPECT_EQ(linear_from_alaw(uint8_t{0x55}), -8);
  EXPECT_EQ(linear_from_alaw(uint8_t{0xAA}), 32256);
  EXPECT_EQ(linear_from_alaw(uint8_t{0x2A}), -32256);
  EXPECT_EQ(linear_from_alaw(uint8_t{0xC5}), 264);
}

// Aim: coding is a staircase that rises and never errs by more than half a step, for every sample.
// Method: all 65,536 samples both ways; beyond the top of the scale the top code is right.
TEST(G711, EverySampleIsCodedWithinHalfAStep) {
  int last_mulaw = -40000;
  int last_alaw = -40000;
  for (int sample = kLowest; sample <= kHighest; ++sample) {
    const auto s = static_cast<int16_t>(sample);
    const int mulaw = linear_from_mulaw(mulaw_from_linear(s));
    const int alaw = linear_from_alaw(alaw_from_linear(s));
    ASSERT_GE(mulaw, last_mulaw) << sample;
    ASSERT_GE(alaw, last_alaw) << sample;
    last_mulaw = mulaw;
    last_alaw = alaw;
    if (std::abs(sample) <= 32635) {
      ASSERT_LE(std::abs(mulaw - sample), mulaw_step(std::abs(sample)) / 2) << sample;
    } else {
      ASSERT_EQ(std::abs(mulaw), 32124);
    }
    ASSERT_LE(std::abs(alaw - sample), alaw_step(std::abs(sample)) / 2) << sample;
    ASSERT_EQ(mulaw < 0, sample < 0 && mulaw != 0);
    ASSERT_EQ(alaw < 0, sample < 0);
  }
}

// Aim: a decoded code is coded as itself again, so that passing through us changes nothing.
// Method: all 256 codes of both laws; mu-law's negative zero is the one that becomes positive.
TEST(G711, EveryCodeSurvivesARoundTrip) {
  for (int c = 0; c < 256; ++c) {
    const auto code = static_cast<uint8_t>(c);
    EXPECT_EQ(mulaw_from_linear(linear_from_mulaw(code)), c == 0x7F ? 0xFF : c);
    EXPECT_EQ(alaw_from_linear(linear_from_alaw(code)), c);
  }
}

// Aim: transcoding takes the nearest value of the other law, keeps the sign and the order.
// Method: all 256 codes each way against a search through all values of the other law.
TEST(G711, TranscodingTakesTheNearestValue) {
  const auto nearest = [](int wanted, auto decode) {
    int best = 100000;
    for (int c = 0; c < 256; ++c) {
      best = std::min(best, std::abs(decode(static_cast<uint8_t>(c)) - wanted));
    }
    return best;
  };
  for (int c = 0; c < 256; ++c) {
    const auto code = static_cast<uint8_t>(c);
    const int from_mu = linear_from_mulaw(code);
    const int to_a = linear_from_alaw(alaw_from_mulaw(code));
    EXPECT_EQ(std::abs(to_a - from_mu),
              nearest(from_mu, [](uint8_t x) { return int{linear_from_alaw(x)}; }))
        << c;
    const int from_a = linear_from_alaw(code);
    const int to_mu = linear_from_mulaw(mulaw_from_alaw(code));
    EXPECT_EQ(std::abs(to_mu - from_a),
              nearest(from_a, [](uint8_t x) { return int{linear_from_mulaw(x)}; }))
        << c;
    EXPECT_TRUE(to_mu == 0 || (to_mu < 0) == (from_a < 0));
  }
}

// Aim: runs give what single samples give. Method: all codes and all samples in one call.
TEST(G711, RunsEqualSingleSamples) {
  std::vector<int16_t> samples;
  for (int sample = kLowest; sample <= kHighest; ++sample) {
    samples.push_back(static_cast<int16_t>(sample));
  }
  std::vector<uint8_t> codes(samples.size());
  mulaw_from_linear(samples, codes);
  for (size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(codes[i], mulaw_from_linear(samples[i]));
  alaw_from_linear(samples, codes);
  for (size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(codes[i], alaw_from_linear(samples[i]));

  std::array<uint8_t, 256> all{};
  for (size_t c = 0; c < all.size(); ++c) all[c] = static_cast<uint8_t>(c);
  std::array<int16_t, 256> linear{};
  linear_from_mulaw(all, linear);
  for (size_t c = 0; c < all.size(); ++c) EXPECT_EQ(linear[c], linear_from_mulaw(all[c]));
  linear_from_alaw(all, linear);
  for (size_t c = 0; c < all.size(); ++c) EXPECT_EQ(linear[c], linear_from_alaw(all[c]));
  std::array<uint8_t, 256> in_place = all;
  alaw_from_mulaw(in_place, in_place);
  for (size_t c = 0; c < all.size(); ++c) EXPECT_EQ(in_place[c], alaw_from_mulaw(all[c]));
  in_place = all;
  mulaw_from_alaw(in_place, in_place);
  for (size_t c = 0; c < all.size(); ++c) EXPECT_EQ(in_place[c], mulaw_from_alaw(all[c]));
}

// Aim: silence is what B-AUD-12 calls so: no sample beyond 72 either way.
// Method: every code alone, and one loud sample anywhere in a frame.
TEST(G711, SilenceHasNoSampleBeyond72) {
  for (int c = 0; c < 256; ++c) {
    const auto code = static_cast<uint8_t>(c);
    const std::array<uint8_t, 1> one = {code};
    EXPECT_EQ(is_silent(one), std::abs(linear_from_mulaw(code)) <= 72) << c;
  }
  std::array<uint8_t, 160> frame{};
  frame.fill(mulaw_from_linear(int16_t{-72}));
  EXPECT_TRUE(is_silent(frame));
  for (size_t i = 0; i < frame.size(); ++i) {
    frame[i] = mulaw_from_linear(int16_t{80});
    EXPECT_FALSE(is_silent(frame));
    frame[i] = mulaw_from_linear(int16_t{72});
  }
  EXPECT_TRUE(is_silent(Bytes()));
}

}  // namespace
}  // namespace hookflash
