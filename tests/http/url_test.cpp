#include "http/url.h"

#include <gtest/gtest.h>

#include <string>

#include "http/percent.h"

namespace hookflash {
namespace {

Url split(std::string_view text) {
  const Result<Url> url = split_url(text);
  EXPECT_TRUE(url.ok()) << text;
  return url.value_or(Url{});
}

// Aim: each part is found as written. Method: a URL with all of them.
TEST(Url, FindsEveryPart) {
  const Url url = split("HTTPS://us%40er:pa:ss@Example.COM:8443/a/b%2Fc?x=1&y=?#f#g");
  EXPECT_EQ(url.scheme, "HTTPS");
  EXPECT_TRUE(url.has_user_info);
  EXPECT_EQ(url.user_info, "us%40er:pa:ss");
  EXPECT_EQ(url.host, "Example.COM");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/b%2Fc");
  EXPECT_EQ(url.query, "x=1&y=?");
  EXPECT_EQ(url.fragment, "f#g");
  EXPECT_TRUE(url.is_secure());
}

// Aim: missing parts are told from empty ones. Method: short URLs.
TEST(Url, TellsMissingFromEmpty) {
  const Url bare = split("wss://a");
  EXPECT_EQ(bare.path, "");
  EXPECT_FALSE(bare.has_query);
  EXPECT_FALSE(bare.has_fragment);
  EXPECT_EQ(bare.port, 0);
  EXPECT_EQ(bare.standard_port(), 443);
  const Url empty = split("http://@a/?#");
  EXPECT_TRUE(empty.has_user_info && empty.has_query && empty.has_fragment);
  EXPECT_EQ(empty.user_info, "");
  EXPECT_EQ(empty.effective_port(), 80);
  EXPECT_EQ(split("https://a?x").query, "x");
  EXPECT_EQ(split("https://a?x").path, "");
  EXPECT_EQ(split("https://a#/b").path, "");
  EXPECT_EQ(split("ftp://a").standard_port(), 0);
}

// Aim: a host cannot be smuggled in. Method: "@" and brackets where parsers differ.
TEST(Url, TakesTheLastAtSign) {
  EXPECT_EQ(split("https://good.example@evil.example/").host, "evil.example");
  EXPECT_EQ(split("https://u@good.example@evil.example/").host, "evil.example");
  EXPECT_EQ(split("https://a/@b").host, "a");
  EXPECT_EQ(split("https://a?@b").host, "a");
  EXPECT_EQ(split("https://[2001:db8::1]:443/x").host, "[2001:db8::1]");
  EXPECT_EQ(split("https://[2001:db8::1]:443/x").port, 443);
}

// Aim: what is not a URL is refused. Method: malformed ones.
TEST(Url, RefusesMalformedUrls) {
  for (const char* bad : {"",
                          "a",
                          "/a",
                          "http:/a",
                          "http:a",
                          "://a",
                          "1http://a",
                          "ht tp://a",
                          "http://",
                          "http:///a",
                          "http://:80",
                          "http://a:",
                          "http://a:0",
                          "http://a:65536",
                          "http://a:8a",
                          "http://a:123456",
                          "http://[::1",
                          "http://[]",
                          "http://[1.2.3.4]",
                          "http://[::1]a",
                          "http://[::1%25eth0]/",
                          "http://a /b",
                          "http://a/b c",
                          "http://a/\r\n",
                          "http://a/\x7F",
                          "http://@",
                          "h\xC3\xA9://a"}) {
    EXPECT_FALSE(split_url(bad).ok()) << bad;
  }
}

// Aim: text is encoded so that decoding gives it back. Method: every byte.
TEST(Percent, RoundTripsEveryByte) {
  std::string text;
  for (int c = 0; c < 256; ++c) text.push_back(static_cast<char>(c));
  char coded[1024];
  TextWriter out(coded, sizeof coded);
  percent_encode(out, text);
  EXPECT_EQ(out.view().find_first_not_of(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
            std::string_view::npos);
  char decoded[1024];
  const Decoded result = percent_decode(out.view(), Plus::kIsPlus, decoded);
  EXPECT_EQ(std::string_view(decoded, result.size), text);
  EXPECT_TRUE(result.has_nul);
  EXPECT_FALSE(result.bad_escape);
}

// Aim: decoding works in place, and keeps broken escapes as they stand. Method: such texts.
TEST(Percent, KeepsBrokenEscapes) {
  char text[] = "a%2Bb+c%4%zz%";
  const Decoded result = percent_decode(text, Plus::kIsSpace, text);
  EXPECT_EQ(std::string_view(text, result.size), "a+b c%4%zz%");
  EXPECT_TRUE(result.bad_escape);
}

}  // namespace
}  // namespace hookflash
