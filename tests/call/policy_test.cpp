#include "call/policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookflash {
namespace {

using Numbers = std::vector<std::string_view>;

// Aim: the words of inboundPolicy decide as they say; pairing, which is not available, as
// allowlist. Method: one known and one unknown caller under each.
TEST(Policy, EachPolicyDecides) {
  const Numbers allowed = {"+15550001111"};
  for (const char* from : {"+15550001111", "+15550002222"}) {
    EXPECT_FALSE(is_call_allowed(InboundPolicy::kDisabled, allowed, from));
    EXPECT_TRUE(is_call_allowed(InboundPolicy::kOpen, allowed, from));
    const bool known = from == allowed[0];
    EXPECT_EQ(is_call_allowed(InboundPolicy::kAllowlist, allowed, from), known);
    EXPECT_EQ(is_call_allowed(InboundPolicy::kPairing, allowed, from), known);
  }
  EXPECT_TRUE(is_call_allowed(InboundPolicy::kOpen, Numbers{}, "anonymous"));
  EXPECT_FALSE(is_call_allowed(InboundPolicy::kAllowlist, Numbers{}, "+15550001111"));
  EXPECT_EQ(InboundPolicy{}, InboundPolicy::kDisabled);
}

// Aim: B-INB-2: numbers are compared whole and by digits only, in any punctuation; endings never
// match. Method: spellings of one number, and its parts.
TEST(Policy, NumbersAreComparedWhole) {
  const Numbers allowed = {"+1 (555) 000-1111", "+44 20.7946.0000"};
  const auto passes = [&](std::string_view from) {
    return is_call_allowed(InboundPolicy::kAllowlist, allowed, from);
  };
  for (const char* same : {"+15550001111", "15550001111", "1 555 000 1111", "1.555.000.1111"}) {
    EXPECT_TRUE(passes(same)) << same;
  }
  EXPECT_TRUE(passes("442079460000"));
  for (const char* part : {"5550001111", "0001111", "1", "155500011112", "+4420794600000"}) {
    EXPECT_FALSE(passes(part)) << part;
  }
}

// Aim: B-INB-2: a missing, blank, anonymous or non-numeric caller id is refused under allowlist,
// also when the list holds the same nonsense. Method: such ids, on the list as well.
TEST(Policy, NonNumbersNeverPass) {
  const std::string long_digits(129, '1');
  const Numbers strange = {"",
                           " ",
                           "anonymous",
                           "Restricted",
                           "sip:15550001111@example.test",
                           "+",
                           "()-.",
                           "1555\t0001",
                           "155500O1111",
                           "client:1555",
                           "+1555,0",
                           "\xD9\xA1\xD9\xA2",
                           long_digits};
  for (const std::string_view from : strange) {
    EXPECT_FALSE(is_call_allowed(InboundPolicy::kAllowlist, strange, from)) << from;
    EXPECT_FALSE(is_call_allowed(InboundPolicy::kAllowlist, Numbers{"+15550001111"}, from));
    EXPECT_FALSE(same_number(from, from));
    EXPECT_TRUE(digits_of_number(from).empty());
  }
  EXPECT_EQ(digits_of_number("+1 (555) 000-11.11"), "15550001111");
  EXPECT_EQ(digits_of_number(std::string(128, '7')), std::string(128, '7'));
}

// Aim: B-INB-6: the exact key wins over one that is equal by digits, whatever the order; without a
// match there is no route. Method: both orders.
TEST(Policy, RoutePrefersTheExactKey) {
  const Numbers keys = {"15550001111", "+15550001111", "+15550002222"};
  const auto route = [&](std::string_view to) {
    return find_route(
        keys.size(), [&](size_t i) { return keys[i]; }, to);
  };
  EXPECT_EQ(route("+15550001111"), 1U);
  EXPECT_EQ(route("15550001111"), 0U);
  EXPECT_EQ(route("+1 555 000 2222"), 2U);
  EXPECT_EQ(route("5550002222"), SIZE_MAX);
  EXPECT_EQ(route(""), SIZE_MAX);
  EXPECT_EQ(route("anonymous"), SIZE_MAX);
  EXPECT_EQ(find_route(
                0, [](size_t) { return ""; }, "+1"),
            SIZE_MAX);
}

}  // namespace
}  // namespace hookflash
