#include "store/key_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

Key numbered(uint32_t number) {
  FakeCrypto crypto;
  return make_synthetic_key(crypto, {}, number);
}

// Aim: the newest N keys are known, the oldest goes when the N + 1st comes, and that counts.
// Method: a small ring against a plain list, with repeated keys mixed in.
TEST(KeyRing, KeepsTheNewest) {
  KeyRing<50> ring;
  std::deque<Key> model;
  SeededEntropy random(3);
  uint64_t evictions = 0;
  for (int step = 0; step < 5000; ++step) {
    const Key key = numbered(static_cast<uint32_t>(random.below(120)));
    const bool known = std::find(model.begin(), model.end(), key) != model.end();
    ASSERT_EQ(ring.contains(key), known);
    ring.add(key);
    if (!known) {
      model.push_back(key);
      if (model.size() > 50) {
        model.pop_front();
        ++evictions;
      }
    }
    ASSERT_TRUE(ring.contains(key));
    ASSERT_EQ(ring.size(), model.size());
    ASSERT_EQ(ring.evictions(), evictions);
  }
  for (size_t i = 0; i < model.size(); ++i) EXPECT_EQ(ring[i], model[i]);
  ring.clear();
  EXPECT_EQ(ring.size(), 0U);
  EXPECT_FALSE(ring.contains(model[0]));
}

// Aim: the global table holds exactly 10,000 keys (table of section 5). Method: 10,001 of them.
TEST(KeyRing, GlobalTableHoldsTenThousand) {
  const auto keys = std::make_unique<EventKeys>();
  for (uint32_t i = 0; i < 10'000; ++i) keys->add(numbered(i));
  EXPECT_EQ(keys->evictions(), 0U);
  EXPECT_TRUE(keys->contains(numbered(0)));
  keys->add(numbered(10'000));
  EXPECT_EQ(keys->evictions(), 1U);
  EXPECT_FALSE(keys->contains(numbered(0)));
  EXPECT_TRUE(keys->contains(numbered(1)));
  EXPECT_TRUE(keys->contains(numbered(10'000)));
}

}  // namespace
}  // namespace hookflash
