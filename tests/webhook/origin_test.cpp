#include "webhook/origin.h"

#include <gtest/gtest.h>

#include <string>

#include "webhook/host.h"

namespace hookflash {
namespace {

std::string host_of(std::string_view text) {
  const Result<Host> host = parse_host(text);
  if (!host.ok()) return "invalid";
  return std::string(host->name.view()) + (host->port != 0 ? " " + std::to_string(host->port) : "");
}

// Aim: B-URL-4: RFC 1123 names, lower-case; IPv6 in brackets and canonical; only numeric ports.
// Method: each rule, and lengths at their limits.
TEST(Host, IsReadStrictly) {
  EXPECT_EQ(host_of("Example.COM"), "example.com");
  EXPECT_EQ(host_of("example.com:8443"), "example.com 8443");
  EXPECT_EQ(host_of("1-a.2"), "1-a.2");
  EXPECT_EQ(host_of("192.0.2.1:80"), "192.0.2.1 80");
  EXPECT_EQ(host_of("[2001:0DB8::0001]:443"), "[2001:db8::1] 443");
  EXPECT_EQ(host_of("[::FFFF:192.0.2.1]"), "[::ffff:192.0.2.1]");
  for (const char* bad : {"",          ".",      "a..b",
                          ".a",        "a.",     "-a",
                          "a-",        "a.-b",   "a_b",
                          "a b",       "a@b",    "user@a",
                          "a/b",       "a?b",    "a#b",
                          "a:",        "a:http", "a:0",
                          "a:65536",   "a:8 0",  "a:-1",
                          "a:1:2",     "[::1",   "::1",
                          "[::1]x",    "[::1]:", "[fe80::1%eth0]",
                          "[1.2.3.4]", "[]",     "\xC3\xA9.example",
                          "a\r\nb",    "a,b",    "*.a"}) {
    EXPECT_EQ(host_of(bad), "invalid") << bad;
  }
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  ASSERT_EQ(longest.size(), 253U);
  EXPECT_EQ(host_of(longest), longest);
  EXPECT_EQ(host_of(longest + "a"), "invalid");
  EXPECT_EQ(host_of(label + "a"), "invalid");
}

class OriginTest : public ::testing::Test {
 protected:
  OriginTest() { rules.line_path.set("/voice/webhook"); }

  void allow(std::string_view host) {
    FixedText<limits::kHostBytesMax> allowed;
    allowed.set(host);
    EXPECT_EQ(rules.allowed_hosts.push(allowed), Status::kOk);
  }
  void trust_proxy(std::string_view address) {
    EXPECT_EQ(rules.trusted_proxies.push(*IpAddress::parse(address)), Status::kOk);
  }
  void parse(std::string_view target, std::string_view headers) {
    text = "POST " + std::string(target) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
    ASSERT_EQ(head.parse(text, {}), HeadFault::kNone) << text;
  }
  // The URL, or the name of the status.
  std::string url(std::string_view headers, std::string_view target = "/in?q=%2b",
                  UrlKind kind = UrlKind::kWebhook) {
    parse(target, headers);
    const Status status = build_public_url(rules, head, peer, kind, built);
    return std::string(ok(status) ? built.text.view() : name_of(status));
  }
  std::string source(std::string_view headers) {
    parse("/", headers);
    const Source found = client_source(rules, head, peer);
    if (found.kind == Source::Kind::kUnknown) return "unknown";
    if (found.kind == Source::Kind::kUnlimited) return "unlimited";
    char buffer[64];
    TextWriter out(buffer, sizeof buffer);
    found.address.write(out);
    return std::string(out.view());
  }

  OriginRules rules;
  IpAddress peer = *IpAddress::parse("198.51.100.9");
  std::string text;
  RequestHead head;
  PublicUrl built;
};

// Aim: B-URL-1: with publicUrl its scheme, host, port and path, and the request's own query byte
// for byte. Method: public URLs of each shape, with headers that try to interfere.
TEST_F(OriginTest, PublicUrlDecides) {
  constexpr std::string_view kNoise = "Host: evil.example\r\nX-Forwarded-Host: evil.example\r\n";
  rules.trust_forwarding_headers = true;
  rules.public_url.set("https://Hook.example:8443/base/in%2Fx");
  EXPECT_EQ(url(kNoise), "https://Hook.example:8443/base/in%2Fx?q=%2b");
  EXPECT_EQ(built.public_port, 8443);
  EXPECT_EQ(url(kNoise, "/in"), "https://Hook.example:8443/base/in%2Fx");
  EXPECT_EQ(url(kNoise, "/in?"), "https://Hook.example:8443/base/in%2Fx?");
  EXPECT_EQ(url(kNoise, "/in?a=b?c&&='%zz"), "https://Hook.example:8443/base/in%2Fx?a=b?c&&='%zz");
  rules.public_url.set("http://127.0.0.1:3334");
  EXPECT_EQ(url(kNoise), "http://127.0.0.1:3334/voice/webhook?q=%2b") << "an empty path";
  rules.public_url.set("https://user:pass@hook.example/?x#y");
  EXPECT_EQ(url(kNoise), "https://hook.example/?q=%2b");
  EXPECT_EQ(built.public_port, 0);
  rules.public_url.set("not a url");
  EXPECT_EQ(url(kNoise), "invalid");
}

// Aim: B-URL-1, second sentence: for a stream handshake and the routes of section 24 the path is
// the request's own. Method: both kinds.
TEST_F(OriginTest, StreamsAndRoutesKeepTheirPath) {
  rules.public_url.set("https://hook.example/base");
  EXPECT_EQ(url("", "/voice/stream", UrlKind::kStream), "wss://hook.example/voice/stream");
  EXPECT_TRUE(built.stream);
  EXPECT_EQ(url("", "/twiml?line=a", UrlKind::kOwnPath), "https://hook.example/twiml?line=a");
  EXPECT_FALSE(built.stream);
  rules.public_url.set("http://127.0.0.1:3334/base");
  EXPECT_EQ(url("", "/ws", UrlKind::kStream), "ws://127.0.0.1:3334/ws");
  rules.public_url.clear();
  EXPECT_EQ(url("Host: a.example\r\n", "/ws", UrlKind::kStream), "wss://a.example/ws");
}

// Aim: B-URL-2: without publicUrl https, the Host header without its port, and the request's path
// and query. Method: hosts and targets.
TEST_F(OriginTest, HostHeaderDecides) {
  EXPECT_EQ(url("Host: A.example:8443\r\n", "/%69n?x=1"), "https://a.example/%69n?x=1");
  EXPECT_EQ(built.host_port, 8443);
  EXPECT_EQ(built.public_port, 0);
  EXPECT_EQ(url("Host: [2001:DB8::1]:443\r\n"), "https://[2001:db8::1]/in?q=%2b");
  EXPECT_EQ(url(""), "denied");
  EXPECT_EQ(url("Host: a@b\r\n"), "denied");
}

// Aim: B-URL-2, forwarded: the first valid of x-forwarded-host and x-original-host (first list
// item), then Host; the scheme only when x-forwarded-proto says exactly http or https. Method:
// combinations.
TEST_F(OriginTest, ForwardedHeadersDecideWhenTrusted) {
  rules.trust_forwarding_headers = true;
  EXPECT_EQ(url("Host: a\r\nX-Forwarded-Host: B.example:81 , c\r\n"), "https://b.example/in?q=%2b");
  EXPECT_EQ(url("Host: a\r\nX-Original-Host: c\r\n"), "https://c/in?q=%2b");
  EXPECT_EQ(url("Host: a\r\nX-Original-Host: c\r\nX-Forwarded-Host: b\r\n"), "https://b/in?q=%2b");
  EXPECT_EQ(url("Host: a\r\nX-Original-Host: c\r\nX-Forwarded-Host: b_b, d\r\n"),
            "https://c/in?q=%2b");
  EXPECT_EQ(url("Host: a\r\nX-Forwarded-Host: x@y\r\n"), "https://a/in?q=%2b");
  EXPECT_EQ(url("Host: a\r\nX-Forwarded-Proto: http\r\n"), "http://a/in?q=%2b");
  EXPECT_EQ(url("Host: a\r\nX-Forwarded-Proto: https\r\n"), "https://a/in?q=%2b");
  for (const std::string_view odd : {"HTTP", "http,https", "ws", "http:"}) {
    EXPECT_EQ(url("Host: a\r\nX-Forwarded-Proto: " + std::string(odd) + "\r\n"),
              "https://a/in?q=%2b");
  }
  EXPECT_EQ(url("Host: a\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Proto: http\r\n"),
            "https://a/in?q=%2b");
}

// Aim: B-URL-3: who may forward. Method: every combination of the settings and of the peer.
TEST_F(OriginTest, ForwardingNeedsTrust) {
  constexpr std::string_view kForwarded =
      "Host: a\r\nX-Forwarded-Host: b\r\nX-Forwarded-Proto: http\r\n";
  const std::string from_host = "https://a/in?q=%2b";
  const std::string from_proxy = "http://b/in?q=%2b";
  EXPECT_EQ(url(kForwarded), from_host);
  trust_proxy("198.51.100.9");
  EXPECT_EQ(url(kForwarded), from_host) << "a trusted proxy alone is no trust in headers";
  rules.trust_forwarding_headers = true;
  EXPECT_EQ(url(kForwarded), from_proxy);
  peer = *IpAddress::parse("::ffff:198.51.100.9");
  EXPECT_EQ(url(kForwarded), from_proxy) << "mapped addresses are folded";
  peer = *IpAddress::parse("198.51.100.10");
  EXPECT_EQ(url(kForwarded), from_host);
  peer = IpAddress();
  EXPECT_EQ(url(kForwarded), from_host) << "no peer is untrusted";
  rules.trusted_proxies.clear();
  EXPECT_EQ(url(kForwarded), from_host);
  peer = *IpAddress::parse("198.51.100.10");
  EXPECT_EQ(url(kForwarded), from_proxy) << "no list trusts every peer";
  rules.trust_forwarding_headers = false;
  allow("a");
  allow("b");
  EXPECT_EQ(url(kForwarded), from_proxy) << "a list of hosts is trust too";
}

// Aim: B-URL-3, last sentence: with allowedHosts every candidate must be in it, Host included; none
// left is a refusal. Method: candidates inside and outside.
TEST_F(OriginTest, AllowedHostsBindEveryCandidate) {
  allow("good.example");
  EXPECT_EQ(url("Host: GOOD.example:444\r\n"), "https://good.example/in?q=%2b");
  EXPECT_EQ(url("Host: evil.example\r\n"), "denied");
  EXPECT_EQ(url("Host: good.example\r\nX-Forwarded-Host: evil.example\r\n"),
            "https://good.example/in?q=%2b");
  EXPECT_EQ(url("Host: evil.example\r\nX-Original-Host: good.example\r\n"),
            "https://good.example/in?q=%2b");
  EXPECT_EQ(url("Host: good.example.evil.example\r\n"), "denied");
  EXPECT_EQ(url(""), "denied");
}

// Aim: B-URL-5: forwarded addresses count only from a trusted proxy with trustForwardingHeaders
// set; X-Forwarded-For is walked from the right past trusted proxies; else x-real-ip; else the
// peer. Method: every branch.
TEST_F(OriginTest, ClientAddress) {
  constexpr std::string_view kHeaders =
      "X-Forwarded-For: 203.0.113.5, 192.0.2.8\r\nX-Real-IP: 1.1.1.1\r\n";
  EXPECT_EQ(source(kHeaders), "198.51.100.9");
  rules.trust_forwarding_headers = true;
  EXPECT_EQ(source(kHeaders), "198.51.100.9") << "the peer is no trusted proxy";
  trust_proxy("198.51.100.9");
  EXPECT_EQ(source(kHeaders), "192.0.2.8");
  trust_proxy("192.0.2.8");
  EXPECT_EQ(source(kHeaders), "203.0.113.5");
  EXPECT_EQ(source("X-Forwarded-For: 6.6.6.6, 203.0.113.5\r\nX-Forwarded-For: 192.0.2.8\r\n"),
            "203.0.113.5");
  EXPECT_EQ(source("X-Forwarded-For: 192.0.2.8, 198.51.100.9\r\n"), "192.0.2.8") << "all trusted";
  EXPECT_EQ(source("X-Real-IP: 203.0.113.77\r\n"), "203.0.113.77");
  EXPECT_EQ(source("X-Forwarded-For: 203.0.113.5:4711\r\n"), "203.0.113.5");
  EXPECT_EQ(source("X-Forwarded-For: [2001:db8::1]:4711\r\n"), "2001:db8::1");
  EXPECT_EQ(source("X-Forwarded-For: 2001:db8::2\r\n"), "2001:db8::2");
  EXPECT_EQ(source("X-Forwarded-For: 203.0.113.5, unknown\r\nX-Real-IP: 203.0.113.6\r\n"),
            "203.0.113.6");
  rules.trust_forwarding_headers = false;
  EXPECT_EQ(source(kHeaders), "unlimited");
}

// Aim: B-WEB-3: behind loopback or a trusted proxy that names no client only the overall limits
// hold; requests without a peer share one source. Method: each peer.
TEST_F(OriginTest, SourcesThatNameNobody) {
  peer = *IpAddress::parse("127.0.0.1");
  EXPECT_EQ(source(""), "unlimited");
  EXPECT_EQ(source("X-Forwarded-For: 203.0.113.5\r\n"), "unlimited") << "not trusted to name one";
  peer = *IpAddress::parse("::1");
  EXPECT_EQ(source(""), "unlimited");
  peer = IpAddress();
  EXPECT_EQ(source("X-Forwarded-For: 203.0.113.5\r\n"), "unknown");
  rules.trust_forwarding_headers = true;
  trust_proxy("10.0.0.1");
  peer = *IpAddress::parse("10.0.0.1");
  EXPECT_EQ(source(""), "unlimited");
  EXPECT_EQ(source("X-Forwarded-For: \r\nX-Real-IP: nobody\r\n"), "unlimited");
  EXPECT_EQ(source("X-Forwarded-For: 203.0.113.5\r\n"), "203.0.113.5");
}

// Aim: the longest URL that can be built fits. Method: longest publicUrl and request line.
TEST_F(OriginTest, TheLongestUrlFits) {
  rules.public_url.set("https://a/" + std::string(limits::kUrlBytesMax - 10, 'p'));
  const std::string query = "/?" + std::string(limits::kRequestLineBytesMax - 16, 'q');
  EXPECT_EQ(url("", query).size(), rules.public_url.size() + query.size() - 1);
}

}  // namespace
}  // namespace hookflash
