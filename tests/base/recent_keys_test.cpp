#include "base/recent_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace hookflash {
namespace {

Key16 key_of(uint32_t n) {
  Key16 key{};
  std::memcpy(key.data(), &n, sizeof n);
  return key;
}

// Aim: the table agrees with a list at every step, whatever collides. Method: random insertions and
// removals from few hash values, against a plain model.
TEST(RecentKeys, AgreesWithAModel) {
  constexpr size_t kSize = 32;
  const auto keys = std::make_unique<RecentKeys<uint32_t, kSize>>();
  std::deque<uint32_t> model;
  std::mt19937 random(3);
  for (int step = 0; step < 50'000; ++step) {
    // Multiples of the table's size all begin at one slot; neighbours run into each other.
    const uint32_t n =
        static_cast<uint32_t>(random() % 8) * 64 + static_cast<uint32_t>(random() % 12);
    const auto at = std::find(model.begin(), model.end(), n);
    const uint32_t* found = keys->find(key_of(n));
    ASSERT_EQ(found != nullptr, at != model.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, n);
    }
    if (at == model.end() && !keys->full()) {
      *keys->insert(key_of(n)) = n;
      model.push_back(n);
    } else if (at != model.end() && random() % 2 == 0) {
      ASSERT_TRUE(keys->erase(key_of(n)));
      model.erase(at);
    } else if (at == model.end()) {
      ASSERT_FALSE(keys->erase(key_of(n)));
      ASSERT_TRUE(keys->erase(key_of(model.front())));
      model.pop_front();
    }
    ASSERT_EQ(keys->size(), model.size());
    std::vector<uint32_t> order;
    keys->visit([&](const Key16&, uint32_t value) {
      order.push_back(value);
      return true;
    });
    ASSERT_TRUE(std::equal(order.begin(), order.end(), model.begin(), model.end()));
  }
}

// Aim: every place can be used. Method: fill to the last, empty, fill again.
TEST(RecentKeys, FillsToTheLastPlace) {
  const auto keys = std::make_unique<RecentKeys<int, 100>>();
  for (int round = 0; round < 2; ++round) {
    for (uint32_t n = 0; n < 100; ++n) keys->insert(key_of(n));
    EXPECT_TRUE(keys->full());
    for (uint32_t n = 0; n < 100; ++n) EXPECT_NE(keys->find(key_of(n)), nullptr);
    for (uint32_t n = 0; n < 100; ++n) EXPECT_TRUE(keys->erase(key_of(99 - n)));
    EXPECT_EQ(keys->size(), 0U);
  }
}

TEST(RecentKeysDeathTest, OverfullAndDoubleStop) {
  // Aim: making room is the owner's business. Method: death tests.
  const auto keys = std::make_unique<RecentKeys<int, 1>>();
  keys->insert(key_of(1));
  EXPECT_DEATH(keys->insert(key_of(2)), "broken invariant");
}

}  // namespace
}  // namespace hookflash
