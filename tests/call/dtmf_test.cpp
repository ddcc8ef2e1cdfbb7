#include "call/dtmf.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace hookflash {
namespace {

// Aim: B-DTMF-1: 1 to 32 of 0-9 * # and the five pauses; anything else is invalid. Method: every
// byte alone, both ends of the length.
TEST(Dtmf, AcceptsExactlyItsAlphabet) {
  const std::string good = "0123456789*#wp,WP";
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool expected = good.find(byte) != std::string::npos;
    EXPECT_EQ(check_dtmf(std::string_view(&byte, 1)) == Status::kOk, expected) << c;
    EXPECT_EQ(check_dtmf(std::string("12") + byte) == Status::kOk, expected) << c;
  }
  EXPECT_EQ(check_dtmf(""), Status::kInvalid);
  EXPECT_EQ(check_dtmf(std::string(32, '5')), Status::kOk);
  EXPECT_EQ(check_dtmf(std::string(33, '5')), Status::kInvalid);
}

// Aim: B-DTMF-1: pauses are written in the carrier's spelling, to Twilio as w and ww; digits as
// they are. Method: one sequence with every symbol, for two spellings.
TEST(Dtmf, WritesTheCarriersSpelling) {
  const auto written = [](std::string_view sequence, std::string_view half,
                          std::string_view second) {
    std::array<char, 128> memory{};
    TextWriter out(memory);
    write_dtmf(out, sequence, half, second);
    return std::string(out.view());
  };
  EXPECT_EQ(written("1w2p3,4W5P6*#", "w", "ww"), "1w2w3w4ww5ww6*#");
  EXPECT_EQ(written("1w2p3,4W5P6*#", "w", "W"), "1w2w3w4W5W6*#");
  EXPECT_EQ(written(std::string(32, 'W'), "w", "ww"), std::string(64, 'w'));
}

// Aim: what a caller can press (for received digits). Method: every byte.
TEST(Dtmf, KnowsReceivedDigits) {
  const std::string keys = "0123456789*#ABCD";
  for (int c = 0; c < 256; ++c) {
    EXPECT_EQ(is_dtmf_digit(static_cast<char>(c)),
              keys.find(static_cast<char>(c)) != std::string::npos);
  }
}

// Aim: the playing time that a stream's grace is lengthened by. Method: add up by hand.
TEST(Dtmf, EstimatesItsPlayingTime) {
  EXPECT_EQ(dtmf_playing_time("").ms(), 0);
  EXPECT_EQ(dtmf_playing_time("1w2W").ms(), 500 + 500 + 500 + 1000);
}

}  // namespace
}  // namespace hookflash
