#include "webhook/diagnostics.h"

#include <gtest/gtest.h>

#include <string>

namespace hookflash {
namespace {

std::string masked(std::string_view url) {
  char text[512];
  TextWriter out(text, sizeof text);
  write_masked_url(out, url);
  return std::string(out.view());
}

// Aim: B-SIG-1: user, password, fragment and every query value are masked; a malformed URL is not
// echoed. Method: URLs with a secret in each place.
TEST(Diagnostics, MasksWhatMayBeSecret) {
  EXPECT_EQ(masked("https://a.example/in"), "https://a.example/in");
  EXPECT_EQ(masked("https://u:secret@a.example:8443/in?callId=secret&token=secret#secret"),
            "https://***@a.example:8443/in?callId=***&token=***#***");
  EXPECT_EQ(masked("https://a/?secret"), "https://a/?***");
  EXPECT_EQ(masked("https://a/?a=b=secret&&=secret"), "https://a/?a=***&***&=***");
  EXPECT_EQ(masked("https://a?"), "https://a?***");
  for (const std::string_view bad :
       {"secret", "https://", "https://a/\r\nsecret", "http://[secret/"}) {
    EXPECT_EQ(masked(bad), "(malformed URL)");
  }
}

// Aim: a log line stays one line of plain characters. Method: bytes above 127 and quotes.
TEST(Diagnostics, WritesPlainCharacters) {
  EXPECT_EQ(masked("https://a/\xC3\xA9\"x?\xC3=1"),
            "https://a/??"
            "?x?"
            "?=***");
}

}  // namespace
}  // namespace hookflash
