#include "base/ip_address.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace hookflash {
namespace {

std::string text_of(const IpAddress& address) {
  char buffer[64];
  TextWriter out(buffer, sizeof buffer);
  address.write(out);
  return std::string(out.view());
}

IpAddress parsed(std::string_view text) {
  const auto address = IpAddress::parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress());
}

// Aim: dotted quads are read strictly, because "010.0.0.1" means different hosts to different
// readers. Method: good and bad spellings.
TEST(IpAddress, ReadsDottedQuads) {
  EXPECT_EQ(text_of(parsed("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(text_of(parsed("0.0.0.0")), "0.0.0.0");
  EXPECT_EQ(text_of(parsed("255.255.255.255")), "255.255.255.255");
  for (const char* bad :
       {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "1..3.4", ".1.2.3",
        "1.2.3.", "1.2.3.4 ", " 1.2.3.4", "0x1.2.3.4", "1.2.3.4:80", "1234.1.1.1", "-1.2.3.4"}) {
    EXPECT_FALSE(IpAddress::parse(bad).has_value()) << bad;
  }
}

// Aim: IPv6 is read in every spelling of RFC 4291 and written in the one of RFC 5952.
// Method: pairs of spelling and canonical text, among them the examples of RFC 5952 section 4.
TEST(IpAddress, WritesCanonicalIpv6) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:0db8::0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:DB8::A", "2001:db8::a"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"fe80::1:2", "fe80::1:2"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"0:0:0:0:0:ffff:c000:0201", "192.0.2.1"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
  };
  for (const auto& [text, canonical] : cases) EXPECT_EQ(text_of(parsed(text)), canonical) << text;
}

// Aim: what is not an address is refused. Method: malformed spellings.
TEST(IpAddress, RefusesMalformedIpv6) {
  for (const char* bad :
       {":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::1",
        "::1%eth0", "[::1]", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3", "1.2.3.4::", "::1 ", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:"}) {
    EXPECT_FALSE(IpAddress::parse(bad).has_value()) << bad;
  }
}

// Aim: an IPv4 address and its IPv6-mapped form are one. Method: equality.
TEST(IpAddress, FoldsMappedAddresses) {
  EXPECT_EQ(parsed("::ffff:10.0.0.1"), parsed("10.0.0.1"));
  EXPECT_EQ(parsed("10.0.0.1"), IpAddress::from_v4({10, 0, 0, 1}));
  EXPECT_TRUE(parsed("::ffff:10.0.0.1").is_v4());
  EXPECT_NE(parsed("::10.0.0.1"), parsed("10.0.0.1"));
  EXPECT_FALSE(IpAddress().is_set());
  EXPECT_TRUE(parsed("0.0.0.0").is_set());
}

// Aim: loopback is all of 127/8 and ::1, nothing else. Method: edges of the ranges.
TEST(IpAddress, KnowsLoopback) {
  for (const char* yes : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(parsed(yes).is_loopback()) << yes;
  }
  for (const char* no : {"126.255.255.255", "128.0.0.1", "::", "::2", "10.0.0.1", "1::1"}) {
    EXPECT_FALSE(parsed(no).is_loopback()) << no;
  }
}

// Aim: only addresses of the public internet count as public, so that a name that resolves to
// anything else is never requested. Method: first and last address of each
// reserved range and their neighbours outside.
TEST(IpAddress, KnowsPublicAddresses) {
  for (const char* no : {"0.0.0.0",
                         "0.255.255.255",
                         "10.0.0.0",
                         "10.255.255.255",
                         "100.64.0.0",
                         "100.127.255.255",
                         "127.0.0.1",
                         "169.254.0.1",
                         "169.254.169.254",
                         "172.16.0.0",
                         "172.31.255.255",
                         "192.0.0.1",
                         "192.0.2.1",
                         "192.88.99.1",
                         "192.168.0.1",
                         "198.18.0.0",
                         "198.19.255.255",
                         "198.51.100.1",
                         "203.0.113.255",
                         "224.0.0.1",
                         "239.1.1.1",
                         "240.0.0.1",
                         "255.255.255.255",
                         "::",
                         "::1",
                         "::10.0.0.1",
                         "::ffff:10.0.0.1",
                         "fe80::1",
                         "fc00::1",
                         "fd12::1",
                         "ff02::1",
                         "2001::1",
                         "2001:1ff::1",
                         "2001:db8::1",
                         "2002:a00:1::",
                         "3fff:0fff::1",
                         "64:ff9b::10.0.0.1",
                         "64:ff9b:1::1",
                         "100::1",
                         "4000::1"}) {
    EXPECT_FALSE(parsed(no).is_public()) << no;
  }
  for (const char* yes :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "169.253.255.255",
        "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2a00::1",
        "3fff:1000::1", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"}) {
    EXPECT_TRUE(parsed(yes).is_public()) << yes;
  }
}

// Aim: reading and writing are inverse. Method: all patterns of zero and non-zero groups.
TEST(IpAddress, RoundTripsEveryShape) {
  for (unsigned pattern = 0; pattern < 256; ++pattern) {
    std::array<uint8_t, 16> bytes{};
    for (size_t group = 0; group < 8; ++group) {
      if ((pattern >> group & 1) != 0) bytes[2 * group + 1] = static_cast<uint8_t>(group + 1);
    }
    const IpAddress address = IpAddress::from_v6(bytes);
    EXPECT_EQ(parsed(text_of(address)), address) << text_of(address);
  }
}

}  // namespace
}  // namespace hookflash
