#include "target/app_url.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace hookflash {
namespace {

// Aim: each part of a URL is found. Method: a table of spellings.
TEST(AppUrl, Splits) {
  struct Case {
    std::string_view url;
    bool tls;
    std::string_view host;
    std::string_view authority;
    uint16_t port;
    bool port_given;
    std::string_view target;
  };
  const std::vector<Case> cases = {
      {"wss://a.example/media?x=1&y=/z", true, "a.example", "a.example", 443, false,
       "/media?x=1&y=/z"},
      {"ws://127.0.0.1:9000/", false, "127.0.0.1", "127.0.0.1:9000", 9000, true, "/"},
      {"ws://a:80", false, "a", "a:80", 80, false, "/"},
      {"wss://a:80", true, "a", "a:80", 80, true, "/"},
      {"WsS://[2001:db8::1]:8443/p", true, "2001:db8::1", "[2001:db8::1]:8443", 8443, true, "/p"},
      {"ws://[::1]", false, "::1", "[::1]", 80, false, "/"},
      {"wss://a:65535/%2F%20", true, "a", "a:65535", 65535, true, "/%2F%20"},
  };
  for (const Case& c : cases) {
    const Result<AppUrl> url = split_app_url(c.url);
    ASSERT_TRUE(url.ok()) << c.url;
    EXPECT_EQ(url->tls, c.tls) << c.url;
    EXPECT_EQ(url->host, c.host) << c.url;
    EXPECT_EQ(url->authority, c.authority) << c.url;
    EXPECT_EQ(url->port, c.port) << c.url;
    EXPECT_EQ(url->port_given, c.port_given) << c.url;
    EXPECT_EQ(url->target, c.target) << c.url;
  }
}

// Aim: what is not a plain WebSocket URL is refused. Method: one of each kind.
TEST(AppUrl, RefusesEverythingElse) {
  const std::vector<std::string> bad = {"",
                                        "wss://",
                                        "wss:///x",
                                        "http://a/",
                                        "https://a/",
                                        "wss:/a",
                                        "a.example/x",
                                        "wss://u:p@a/",
                                        "wss://a/#f",
                                        "wss://a:0/",
                                        "wss://a:/",
                                        "wss://a:65536",
                                        "wss://a:123456",
                                        "wss://a:9x/",
                                        "wss://[::1/",
                                        "wss://[]/",
                                        "wss://[::1]9/",
                                        "wss://a?x=1",
                                        "wss://a/ b",
                                        "wss://a/\r\nX: y",
                                        "wss://:1/",
                                        "wss://a/\x7f",
                                        "wss://a/\xc3",
                                        "wss://a/\"x\"",
                                        std::string("wss://a/\0b", 10)};
  for (const std::string& url : bad) {
    EXPECT_EQ(split_app_url(url).status(), Status::kInvalid) << url;
  }
}

}  // namespace
}  // namespace hookflash
