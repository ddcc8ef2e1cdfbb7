#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/constant_time.h"
#include "base/hex.h"
#include "base/text_writer.h"
#include "base/utf8.h"

namespace hookflash {
namespace {

std::string encode(std::string_view text) {
  std::string out(base64_encoded_size(text.size()), '\0');
  EXPECT_EQ(base64_encode(bytes_of(text), out.data()), out.size());
  return out;
}

// Aim: base64 is the one of RFC 4648. Method: the test vectors of its section 10, both ways.
TEST(Base64, KnownVectors) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) {
    EXPECT_EQ(encode(plain), coded);
    std::array<uint8_t, 16> out{};
    const Result<size_t> size = base64_decode(coded, out);
    ASSERT_TRUE(size.ok()) << coded;
    EXPECT_EQ(text_of(Bytes(out.data(), *size)), plain);
  }
}

// Aim: only the canonical spelling of a value is accepted. Method: every other spelling.
TEST(Base64, RefusesOtherSpellings) {
  std::array<uint8_t, 16> out{};
  for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8",
                          "====", "=g==", "Z===", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-v", "Zm_v",
                          "Zm9v=", "Z=9v", "\xC3\xA9=="}) {
    EXPECT_EQ(base64_decode(bad, out).status(), Status::kInvalid) << bad;
  }
}

// Aim: what does not fit is refused whole. Method: one byte too little room.
TEST(Base64, RefusesWhatDoesNotFit) {
  std::array<uint8_t, 2> out{};
  EXPECT_EQ(base64_decode("Zm9v", out).status(), Status::kTooLarge);
  EXPECT_TRUE(base64_decode("Zm8=", out).ok());
}

// Aim: decoding undoes encoding. Method: random bytes of every length up to 100.
TEST(Base64, RoundTrips) {
  std::mt19937 random(2);
  for (size_t size = 0; size <= 100; ++size) {
    std::string plain(size, '\0');
    for (char& c : plain) c = static_cast<char>(random());
    std::array<uint8_t, 100> out{};
    const Result<size_t> decoded = base64_decode(encode(plain), out);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(text_of(Bytes(out.data(), *decoded)), plain);
  }
}

// Aim: hex is written and read in lower case, of exactly the right length. Method: good and bad.
TEST(Hex, LowerCaseOnly) {
  char text[8];
  TextWriter out(text, sizeof text);
  const std::array<uint8_t, 4> bytes = {0x00, 0x9F, 0xA0, 0xFF};
  write_hex(out, bytes);
  EXPECT_EQ(out.view(), "009fa0ff");
  std::array<uint8_t, 4> read{};
  EXPECT_TRUE(read_hex("009fa0ff", read));
  EXPECT_EQ(read, bytes);
  for (const char* bad : {"009FA0FF", "009fa0f", "009fa0ff0", "", "009fa0fg", "009fa0f "}) {
    EXPECT_FALSE(read_hex(bad, read)) << bad;
  }
}

// Aim: exactly well-formed UTF-8 passes (RFC 3629). Method: edges of each length, and what lies
// outside.
TEST(Utf8, AcceptsWellFormedOnly) {
  for (const char* good :
       {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "ol\xC3\xA1 \xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41",
                          "\xE0\x9F\xBF", "\xE0\xA0", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5", "\xFF", "a\xC3", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

// Aim: a text is cut between characters. Method: every length of a text
// with characters of one to four bytes.
TEST(Utf8, CutsBetweenCharacters) {
  constexpr std::string_view kText = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (size_t size = 0; size <= kText.size() + 2; ++size) {
    const std::string_view cut = utf8_prefix(kText, size);
    EXPECT_LE(cut.size(), size);
    EXPECT_TRUE(is_utf8(cut)) << size;
    EXPECT_TRUE(kText.starts_with(cut));
  }
  EXPECT_EQ(utf8_prefix(kText, 5), "a\xC3\xA9");
  EXPECT_EQ(utf8_prefix(kText, 6), "a\xC3\xA9\xE2\x82\xAC");
}

// Aim: a writer writes whole pieces or none. Method: overflow, then go on.
TEST(TextWriter, NeverWritesPartOfAPiece) {
  char text[5];
  TextWriter out(text, sizeof text);
  out.put("abc");
  out.put("def");
  EXPECT_TRUE(out.overflowed());
  out.put("d");
  EXPECT_EQ(out.view(), "abc") << "nothing follows a hole";
  out.truncate(1);
  EXPECT_FALSE(out.overflowed());
  out.put("bcde");
  EXPECT_EQ(out.view(), "abcde");
  EXPECT_EQ(out.room(), 0U);
}

// Aim: numbers are written in full range. Method: extremes.
TEST(TextWriter, WritesNumbers) {
  char text[128];
  TextWriter out(text, sizeof text);
  out.number(std::numeric_limits<int64_t>::min()).put(' ').number(uint8_t{0}).put(' ');
  out.number(std::numeric_limits<uint64_t>::max()).put(' ');
  out.fixed_point(-1234, 3).put(' ').fixed_point(5, 2).put(' ').fixed_point(7, 0);
  EXPECT_EQ(out.view(), "-9223372036854775808 0 18446744073709551615 -1.234 0.05 7");
}

// Aim: texts of a list come out piece by piece, and empty ones too. Method: edges.
TEST(Ascii, SplitsAndTrims) {
  std::string_view rest = "a,,b";
  EXPECT_EQ(next_piece(rest, ','), "a");
  EXPECT_EQ(next_piece(rest, ','), "");
  EXPECT_EQ(next_piece(rest, ','), "b");
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_TRUE(equals_ignore_case("X-Twilio-Signature", "x-twilio-signature"));
  EXPECT_FALSE(equals_ignore_case("ab", "abc"));
  EXPECT_FALSE(equals_ignore_case("@", "`")) << "only letters have case";
}

// Aim: equality of secrets looks at every byte. Method: a difference at each place.
TEST(ConstantTime, FindsADifferenceAnywhere) {
  std::array<uint8_t, 32> a{};
  for (size_t i = 0; i < a.size(); ++i) {
    std::array<uint8_t, 32> b{};
    b[i] = 0x80;
    EXPECT_FALSE(equal_constant_time(a, b)) << i;
  }
  EXPECT_TRUE(equal_constant_time(a, a));
  EXPECT_FALSE(equal_constant_time(a, Bytes(a).first(31)));
  EXPECT_TRUE(equal_constant_time({}, {}));
}

}  // namespace
}  // namespace hookflash
