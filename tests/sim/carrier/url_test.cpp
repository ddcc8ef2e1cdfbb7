#include "providers/twilio/carrier/url.h"

#include <gtest/gtest.h>

#include <string>

namespace hookflash::twilio::carrier {
namespace {

template <typename Write>
std::string written(Write write) {
  char memory[512];
  TextWriter out(memory);
  write(out);
  return std::string(out.view());
}

// Aim: a URL comes apart at the right places. Method: one URL with every part, then odd ones.
TEST(Url, ComesApart) {
  const auto url = parse_url("https://user:pw@box.example.com:8443/a/b?c=1#rc=2&rp=5xx");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->userinfo, "user:pw");
  EXPECT_EQ(url->host, "box.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?c=1");
  EXPECT_EQ(url->path(), "/a/b");
  EXPECT_EQ(url->fragment, "rc=2&rp=5xx");
  const auto v6 = parse_url("ws://[2001:db8::1]:80");
  ASSERT_TRUE(v6.ok());
  EXPECT_EQ(v6->host, "[2001:db8::1]");
  EXPECT_EQ(v6->port, 80);
  EXPECT_EQ(v6->target, "");
}

// Aim: what is no URL is refused. Method: a list.
TEST(Url, RefusesWhatIsNone) {
  for (const char* text :
       {"", "/path", "ftp://x/", "https://", "https://:80/", "https://a:0/", "https://a:65536/",
        "https://a:x/", "https://a b/", "https://a/\"", "https://a\n/", "https://b\xC3\xA4r/"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
}

// Aim: what is signed differs from what is requested as the port rules say (twilio.md 4.2). Method:
// both spellings of several URLs.
TEST(Url, SignsByThePortRules) {
  struct Case {
    const char* url;
    const char* signed_url;
    const char* requested;
  };
  for (const Case& c : {
           Case{"https://u:p@h:8443/a#e=x", "https://h/a", "https://h:8443/a"},
           Case{"http://h:8080/a?x=%41", "http://h:8080/a?x=%41", "http://h:8080/a?x=%41"},
           Case{"wss://h:9000/s", "wss://h/s", "wss://h:9000/s"},
           Case{"ws://h:9000", "ws://h:9000", "ws://h:9000/"},
       }) {
    const Url url = *parse_url(c.url);
    EXPECT_EQ(written([&](TextWriter& out) { write_signed_url(url, out); }), c.signed_url);
    EXPECT_EQ(written([&](TextWriter& out) { write_request_url(url, out); }), c.requested);
  }
}

// Aim: references in documents resolve. Method: each kind against one base.
TEST(Url, Resolves) {
  const char* base = "https://h:1/a/b?c=1#f";
  const auto resolved = [&](const char* reference) {
    return written([&](TextWriter& out) { resolve_url(base, reference, out); });
  };
  EXPECT_EQ(resolved("http://x/y"), "http://x/y");
  EXPECT_EQ(resolved("//x/y"), "https://x/y");
  EXPECT_EQ(resolved("/y?z"), "https://h:1/y?z");
  EXPECT_EQ(resolved("y"), "https://h:1/a/y");
  EXPECT_EQ(resolved("?d=2"), "https://h:1/a/b?d=2");
  EXPECT_EQ(resolved(""), "https://h:1/a/b?c=1");
}

// Aim: the tuning fragment is read within its ranges. Method: defaults, a full one, nonsense.
TEST(Url, ReadsTheTuningFragment) {
  const Tuning normal = parse_tuning("");
  EXPECT_EQ(normal.retries, 1);
  EXPECT_TRUE(normal.on_connect);
  EXPECT_FALSE(normal.on_5xx);
  const Tuning ours = parse_tuning("rc=2&rp=5xx,ct");
  EXPECT_EQ(ours.retries, 2);
  EXPECT_TRUE(ours.on_5xx && ours.on_connect);
  EXPECT_FALSE(ours.on_4xx || ours.on_read);
  const Tuning all = parse_tuning("ct=100&rt=200&tt=300&rc=5&rp=all&e=ashburn");
  EXPECT_EQ(all.connect, Duration::ms(100));
  EXPECT_EQ(all.read, Duration::ms(200));
  EXPECT_EQ(all.total, Duration::ms(300));
  EXPECT_TRUE(all.on_4xx && all.on_read);
  const Tuning odd = parse_tuning("ct=99&rt=15001&rc=6&tt=x&&=&rp=");
  EXPECT_EQ(odd.connect, Duration::ms(5000));
  EXPECT_EQ(odd.read, Duration::ms(15000));
  EXPECT_EQ(odd.retries, 1);
}

}  // namespace
}  // namespace hookflash::twilio::carrier
