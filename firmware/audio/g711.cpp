#include "audio/g711.h"

#include <array>
#include <bit>

#include "base/check.h"

namespace hookflash {
namespace {

// Negative samples are folded with the one's complement, as in ITU-T's own program (G.191), so that
// both zeros are as wide as the law says and -32768 needs no case of its own.
constexpr uint32_t magnitude_of(int16_t sample) {
  return static_cast<uint32_t>(sample < 0 ? ~sample : sample);
}

// G.711 table 2: 33 is added so that each segment begins at a power of two.
constexpr uint8_t encode_mulaw(int16_t sample) {
  constexpr uint32_t kBias = 33;
  constexpr uint32_t kTop = 0x1FFF;
  uint32_t biased = (magnitude_of(sample) >> 2) + kBias;
  if (biased > kTop) biased = kTop;
  const auto segment = static_cast<uint32_t>(std::bit_width(biased)) - 6;
  const uint32_t code = (segment << 4) | ((biased >> (segment + 1)) & 0x0F);
  return static_cast<uint8_t>((sample < 0 ? 0x7FU : 0xFFU) ^ code);
}

constexpr int16_t decode_mulaw(uint8_t code) {
  const uint32_t bits = code ^ 0xFFU;
  const uint32_t segment = (bits >> 4) & 7;
  const int magnitude = static_cast<int>((((bits & 0x0F) << 3) + 132) << segment) - 132;
  return static_cast<int16_t>((bits & 0x80) != 0 ? -magnitude : magnitude);
}

// G.711 table 1, with every second bit inverted.
constexpr uint8_t encode_alaw(int16_t sample) {
  const uint32_t value = magnitude_of(sample) >> 4;
  uint32_t code = value;
  if (value > 15) {
    const auto segment = static_cast<uint32_t>(std::bit_width(value)) - 4;
    code = (segment << 4) | ((value >> (segment - 1)) & 0x0F);
  }
  return static_cast<uint8_t>((sample < 0 ? code : code | 0x80U) ^ 0x55U);
}

constexpr int16_t decode_alaw(uint8_t code) {
  const uint32_t bits = code ^ 0x55U;
  const uint32_t segment = (bits >> 4) & 7;
  uint32_t magnitude = ((bits & 0x0F) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 256) << (segment - 1);
  const int value = static_cast<int>(magnitude);
  return static_cast<int16_t>((bits & 0x80) != 0 ? value : -value);
}

// The nearest code where the decision value is not: at the ends of mu-law's segments it lies beside
// the middle of the two values, which matters for the values of the other law.
constexpr uint8_t nearest_mulaw(int16_t value) {
  const auto distance = [value](uint8_t code) {
    const int d = decode_mulaw(code) - value;
    return d < 0 ? -d : d;
  };
  const uint8_t code = encode_mulaw(value);
  const auto smaller = static_cast<uint8_t>(code + 1);  // Codes fall as magnitudes rise.
  return (code & 0x7F) != 0x7F && distance(smaller) < distance(code) ? smaller : code;
}

template <typename T, typename Make>
constexpr std::array<T, 256> table_of(Make make) {
  std::array<T, 256> table{};
  for (size_t code = 0; code < table.size(); ++code) table[code] = make(static_cast<uint8_t>(code));
  return table;
}

constexpr auto kLinearFromMulaw = table_of<int16_t>(decode_mulaw);
constexpr auto kLinearFromAlaw = table_of<int16_t>(decode_alaw);
constexpr auto kAlawFromMulaw =
    table_of<uint8_t>([](uint8_t code) { return encode_alaw(decode_mulaw(code)); });
constexpr auto kMulawFromAlaw =
    table_of<uint8_t>([](uint8_t code) { return nearest_mulaw(decode_alaw(code)); });

template <typename In, typename Out, typename Convert>
void convert_all(std::span<const In> in, std::span<Out> out, Convert convert) {
  CHECK(out.size() >= in.size());
  for (size_t i = 0; i < in.size(); ++i) out[i] = convert(in[i]);
}

}  // namespace

uint8_t mulaw_from_linear(int16_t sample) { return encode_mulaw(sample); }
uint8_t alaw_from_linear(int16_t sample) { return encode_alaw(sample); }
int16_t linear_from_mulaw(uint8_t code) { return kLinearFromMulaw[code]; }
int16_t linear_from_alaw(uint8_t code) { return kLinearFromAlaw[code]; }
uint8_t alaw_from_mulaw(uint8_t code) { return kAlawFromMulaw[code]; }
uint8_t mulaw_from_alaw(uint8_t code) { return kMulawFromAlaw[code]; }

void mulaw_from_linear(std::span<const int16_t> samples, MutableBytes out) {
  convert_all(samples, out, encode_mulaw);
}
void alaw_from_linear(std::span<const int16_t> samples, MutableBytes out) {
  convert_all(samples, out, encode_alaw);
}
void linear_from_mulaw(Bytes codes, std::span<int16_t> out) {
  convert_all(codes, out, [](uint8_t code) { return kLinearFromMulaw[code]; });
}
void linear_from_alaw(Bytes codes, std::span<int16_t> out) {
  convert_all(codes, out, [](uint8_t code) { return kLinearFromAlaw[code]; });
}
void alaw_from_mulaw(Bytes codes, MutableBytes out) {
  convert_all(codes, out, [](uint8_t code) { return kAlawFromMulaw[code]; });
}
void mulaw_from_alaw(Bytes codes, MutableBytes out) {
  convert_all(codes, out, [](uint8_t code) { return kMulawFromAlaw[code]; });
}

bool is_silent(Bytes mulaw) {
  // The lowest segment has steps of 8, so the value is at most 8 x n when the inverted code without
  // its sign is at most n. Most frames that are not silent say so in their first bytes.
  constexpr uint8_t kTopCode = kSilencePeak / 8;
  static_assert(kSilencePeak % 8 == 0 && kTopCode < 16);
  for (const uint8_t code : mulaw) {
    if ((~code & 0x7F) > kTopCode) return false;
  }
  return true;
}

}  // namespace hookflash
