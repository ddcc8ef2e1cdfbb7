#include "call/state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hookflash {
namespace {

template <typename Enum, size_t count>
void expect_both_ways() {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Enum>(i);
    const std::string_view word = name_of(value);
    EXPECT_TRUE(seen.insert(word).second) << word;
    const std::optional<Enum> back = value_of<Enum, count>(word);
    ASSERT_TRUE(back.has_value()) << word;
    EXPECT_EQ(*back, value);
    EXPECT_FALSE((value_of<Enum, count>(std::string(word) + " ").has_value()));
  }
  EXPECT_FALSE((value_of<Enum, count>("").has_value()));
  EXPECT_FALSE((value_of<Enum, count>("Nonsense").has_value()));
}

// Aim: each word leads back to its value and no other word does. Method: all values of all enums.
TEST(State, NamesLeadBothWays) {
  expect_both_ways<CallState, kCallStates>();
  expect_both_ways<EndReason, kEndReasons>();
  expect_both_ways<Direction, kDirections>();
  expect_both_ways<Mode, kModes>();
  expect_both_ways<Rejection, kRejections>();
  expect_both_ways<MessageState, kMessageStates>();
}

// Aim: B-STATE-5: state and end reason of a finished call have the same name. Method: all reasons.
TEST(State, EndIsNamedByItsReason) {
  for (size_t i = 1; i < kEndReasons; ++i) {
    const auto reason = static_cast<EndReason>(i);
    EXPECT_EQ(name_of(CallState::kEnded, reason), name_of(reason));
  }
  EXPECT_EQ(name_of(CallState::kActive, EndReason::kNone), "active");
}

// Aim: ranks are the contract's (section 2), and zero bytes are no call. Method: name each.
TEST(State, RanksAreTheContracts) {
  EXPECT_EQ(rank_of(CallState::kInitiated), 0);
  EXPECT_EQ(rank_of(CallState::kRinging), 1);
  EXPECT_EQ(rank_of(CallState::kAnswered), 2);
  EXPECT_EQ(rank_of(CallState::kActive), 3);
  EXPECT_EQ(rank_of(CallState::kSpeaking), 4);
  EXPECT_EQ(rank_of(CallState::kListening), 5);
  EXPECT_FALSE(is_live(CallState{}));
  EXPECT_FALSE(is_live(CallState::kEnded));
}

// Aim: intents are single bits that do not disturb each other. Method: set, look, clear.
TEST(State, IntentsAreBits) {
  uint32_t intents = 0;
  intents = with(intents, Intent::kHangup);
  intents = with(intents, Intent::kRefuse);
  EXPECT_TRUE(has(intents, Intent::kHangup));
  EXPECT_FALSE(has(intents, Intent::kAnswer));
  intents = without(intents, Intent::kHangup);
  EXPECT_FALSE(has(intents, Intent::kHangup));
  EXPECT_TRUE(has(intents, Intent::kRefuse));
}

// Aim: refused inbound calls end as the table of section 9 says. Method: all rejections.
TEST(State, RefusalsEndByTheirCause) {
  EXPECT_EQ(end_reason_of(Rejection::kPolicy), EndReason::kHangupBot);
  for (const Rejection other : {Rejection::kCapacity, Rejection::kStorage, Rejection::kStopping}) {
    EXPECT_EQ(end_reason_of(other), EndReason::kBusy);
  }
}

}  // namespace
}  // namespace hookflash
