#include "json/writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "base/base64.h"
#include "base/utf8.h"
#include "json/document.h"
#include "json/path.h"

namespace hookflash::json {
namespace {

std::string written(std::string_view text) {
  std::array<char, 4096> memory{};
  TextWriter out(memory);
  write_string(out, text);
  EXPECT_FALSE(out.overflowed());
  return std::string(out.view());
}

// Aim: commas, quotes and names come where JSON wants them. Method: one text with every kind of
// value.
TEST(Writer, WritesEveryKind) {
  std::array<char, 512> memory{};
  TextWriter out(memory);
  Writer json(out);
  EXPECT_FALSE(json.complete());
  json.begin_object()
      .text("s", "a\"b")
      .number("n", -5)
      .boolean("t", true)
      .key("z")
      .null()
      .begin_array("a")
      .number(1U)
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .text("x")
      .end_array()
      .key("seconds")
      .fixed_point(-1250, 3)
      .key("raw")
      .raw("{\"k\":0}")
      .key("audio")
      .base64(bytes_of("\xFF\xFF"))
      .end_object();
  EXPECT_TRUE(json.complete());
  EXPECT_EQ(out.view(),
            R"({"s":"a\"b","n":-5,"t":true,"z":null,"a":[1,{},[],"x"],"seconds":-1.250,)"
            R"("raw":{"k":0},"audio":"//8="})");
}

// Aim: any bytes become a valid JSON string, and well-formed text survives unchanged. Method: every
// byte value, broken and whole characters, then random bytes through the parser and back.
TEST(Writer, EscapesAnyBytes) {
  EXPECT_EQ(written("\"\\/\b\f\n\r\t\x01\x1F\x7F"),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
  EXPECT_EQ(written(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(written("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(written("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(written("\xC3"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(written("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  const auto arena = std::make_unique<Arena>();
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, ' ');
    const bool ascii = round % 2 == 0;
    for (char& c : text) c = static_cast<char>(1 + random() % (ascii ? 127 : 255));
    Document document(*arena);
    ASSERT_EQ(document.parse("{\"k\":" + written(text) + "}"), Status::kOk);
    const std::string_view back = document.root().member("k").text();
    EXPECT_TRUE(is_utf8(back));
    if (is_utf8(text)) {
      EXPECT_EQ(back, text);
    }
  }
}

// Aim: base64 of any length, and memory that runs out is seen. Method: lengths around the inner
// piece size in exactly enough and one byte too little room.
TEST(Writer, WritesBase64AndShowsOverflow) {
  for (const size_t size : {0U, 1U, 2U, 3U, 160U, 239U, 240U, 241U, 1000U}) {
    const std::string bytes(size, '\xAB');
    std::string expected(base64_encoded_size(size), ' ');
    base64_encode(bytes_of(bytes), expected.data());
    expected = "\"" + expected + "\"";
    std::string memory(expected.size(), ' ');
    TextWriter enough(memory);
    write_base64_string(enough, bytes_of(bytes));
    EXPECT_FALSE(enough.overflowed());
    EXPECT_EQ(enough.view(), expected);
    TextWriter short_of_one(memory.data(), memory.size() - 1);
    write_base64_string(short_of_one, bytes_of(bytes));
    EXPECT_TRUE(short_of_one.overflowed());
  }
}

// Aim: a sequence that is not JSON stops the program instead of leaving it. Method: each misuse
// dies.
TEST(WriterDeath, RefusesMisuse) {
  std::array<char, 64> memory{};
  TextWriter out(memory);
  EXPECT_DEATH(Writer(out).begin_object().text("value without name"), "named_");
  EXPECT_DEATH(Writer(out).begin_array().end_object(), "in_array");
  EXPECT_DEATH(Writer(out).begin_object().key("a").end_object(), "named_");
  EXPECT_DEATH(Writer(out).text("one").text("two"), "started_");
  EXPECT_DEATH(Writer(out).begin_array().key("a"), "in_array");
}

// Aim: a path reads as people write it, steps come off again, odd names are quoted and a long one
// ends in dots. Method: nested steps.
TEST(Path, ShowsThePlace) {
  Path path;
  EXPECT_EQ(path.view(), "");
  {
    const Path::Step lines(path, "lines");
    const Path::Step second(path, size_t{2});
    const Path::Step token(path, "authToken");
    EXPECT_EQ(path.view(), "lines[2].authToken");
  }
  {
    const Path::Step numbers(path, "numbers");
    const Path::Step number(path, "+15551234567");
    const Path::Step greeting(path, "greeting");
    EXPECT_EQ(path.view(), "numbers[\"+15551234567\"].greeting");
  }
  {
    const Path::Step odd(path, "a.b\n");
    EXPECT_EQ(path.view(), "[\"a.b\\n\"]");
    const Path::Step empty(path, "");
    EXPECT_EQ(path.view(), "[\"a.b\\n\"][\"\"]");
  }
  const Path::Step deep(path, std::string(100, 'x'));
  const Path::Step deeper(path, std::string(100, 'y'));
  EXPECT_EQ(path.view(), std::string(100, 'x') + "...");
  const Path::Step deepest(path, std::string(300, 'z'));
  EXPECT_EQ(path.view(), std::string(100, 'x') + "...");
}

}  // namespace
}  // namespace hookflash::json
