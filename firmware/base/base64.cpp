#include "base/base64.h"

#include <array>

namespace hookflash {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kBad = 0xFF;

constexpr std::array<uint8_t, 256> kValues = [] {
  std::array<uint8_t, 256> values{};
  for (auto& value : values) value = kBad;
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}();

uint8_t value_of(char c) { return kValues[static_cast<uint8_t>(c)]; }

}  // namespace

size_t base64_encode(Bytes bytes, char* out) {
  char* const begin = out;
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = static_cast<uint32_t>(bytes[i]) << 16 |
                           static_cast<uint32_t>(bytes[i + 1]) << 8 | bytes[i + 2];
    *out++ = kAlphabet[group >> 18];
    *out++ = kAlphabet[(group >> 12) & 63];
    *out++ = kAlphabet[(group >> 6) & 63];
    *out++ = kAlphabet[group & 63];
  }
  if (const size_t rest = bytes.size() - i; rest != 0) {
    uint32_t group = static_cast<uint32_t>(bytes[i]) << 16;
    if (rest == 2) group |= static_cast<uint32_t>(bytes[i + 1]) << 8;
    *out++ = kAlphabet[group >> 18];
    *out++ = kAlphabet[(group >> 12) & 63];
    *out++ = rest == 2 ? kAlphabet[(group >> 6) & 63] : '=';
    *out++ = '=';
  }
  return static_cast<size_t>(out - begin);
}

Result<size_t> base64_decode(std::string_view text, MutableBytes out) {
  if (text.size() % 4 != 0) return Status::kInvalid;
  if (text.empty()) return size_t{0};
  size_t padding = 0;
  if (text.back() == '=') padding = text[text.size() - 2] == '=' ? 2 : 1;
  const size_t size = text.size() / 4 * 3 - padding;
  if (size > out.size()) return Status::kTooLarge;
  const size_t whole = padding == 0 ? text.size() : text.size() - 4;
  uint8_t* to = out.data();
  uint32_t bad = 0;
  for (size_t i = 0; i < whole; i += 4) {
    const uint32_t a = value_of(text[i]);
    const uint32_t b = value_of(text[i + 1]);
    const uint32_t c = value_of(text[i + 2]);
    const uint32_t d = value_of(text[i + 3]);
    bad |= (a | b | c | d) & 0x80;
    const uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<uint8_t>(group >> 16);
    *to++ = static_cast<uint8_t>(group >> 8);
    *to++ = static_cast<uint8_t>(group);
  }
  if (bad != 0) return Status::kInvalid;
  if (padding != 0) {
    const uint32_t a = value_of(text[whole]);
    const uint32_t b = value_of(text[whole + 1]);
    const uint32_t c = padding == 2 ? 0 : value_of(text[whole + 2]);
    if (((a | b | c) & 0x80) != 0) return Status::kInvalid;
    if (padding == 2 && (b & 15) != 0) return Status::kInvalid;
    if (padding == 1 && (c & 3) != 0) return Status::kInvalid;
    *to++ = static_cast<uint8_t>(a << 2 | b >> 4);
    if (padding == 1) *to++ = static_cast<uint8_t>(b << 4 | c >> 2);
  }
  return size;
}

}  // namespace hookflash
