#include "store/finished_index.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

Key named(const char* kind, uint32_t number) {
  FakeCrypto crypto;
  return make_synthetic_key(crypto, bytes_of(kind), number);
}

FinishedCall call(uint32_t number) {
  FinishedCall finished;
  finished.ids = {named("call", number), named("id", number), named("alias", number), Key{}};
  return finished;
}

// Aim: B-REC-4: a finished call is found by callId, provider id and alias, with its flag; 4,096 are
// kept and the next evicts exactly the oldest. Method: fill it, look at both ends, overfill it
// twice over.
TEST(FinishedIndex, KeepsTheNewestByEveryName) {
  const auto index = std::make_unique<FinishedIndex>();
  for (uint32_t i = 0; i < 4096; ++i) index->add(call(i));
  EXPECT_EQ(index->size(), 4096U);
  EXPECT_EQ(index->evictions(), 0U);
  for (const uint32_t i : {0U, 1U, 2048U, 4095U}) {
    for (const char* kind : {"call", "id", "alias"}) {
      const FinishedCall* const found = index->find(named(kind, i));
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(*found, call(i));
    }
  }
  index->add(call(4096));
  EXPECT_EQ(index->evictions(), 1U);
  for (const char* kind : {"call", "id", "alias"}) {
    EXPECT_EQ(index->find(named(kind, 0)), nullptr);
    EXPECT_NE(index->find(named(kind, 1)), nullptr);
    EXPECT_NE(index->find(named(kind, 4096)), nullptr);
  }
  for (uint32_t i = 4097; i < 12'000; ++i) index->add(call(i));
  EXPECT_EQ(index->size(), 4096U);
  for (uint32_t i = 0; i < 12'000; ++i) {
    EXPECT_EQ(index->find(named("id", i)) != nullptr, i >= 12'000 - 4096) << i;
  }
  EXPECT_EQ((*index)[0], call(12'000 - 4096));
  EXPECT_EQ((*index)[4095], call(11'999));
}

// Aim: B-REC-4: the unconfirmed-end flag can be cleared later, by any name, and only for a call
// that is there. Method: confirm known and unknown ids.
TEST(FinishedIndex, ConfirmsAnEnd) {
  const auto index = std::make_unique<FinishedIndex>();
  index->add(call(1));
  index->add(call(2));
  EXPECT_FALSE(index->find(named("id", 1))->end_confirmed);
  EXPECT_TRUE(index->confirm(named("alias", 1)));
  EXPECT_TRUE(index->find(named("call", 1))->end_confirmed);
  EXPECT_FALSE(index->find(named("id", 2))->end_confirmed);
  EXPECT_FALSE(index->confirm(named("id", 3)));
  EXPECT_FALSE(index->confirm(Key{}));
  EXPECT_EQ(index->find(Key{}), nullptr);
}

// Aim: filing the same call again replaces it in its place; a name that comes back belongs to the
// newer call; the same name twice in one call does no harm. Method: each case, then eviction of all
// of them.
TEST(FinishedIndex, OneNameMeansOneCall) {
  const auto index = std::make_unique<FinishedIndex>();
  index->add(call(1));
  FinishedCall again = call(1);
  again.end_confirmed = true;
  again.ids[3] = named("second alias", 1);
  index->add(again);
  EXPECT_EQ(index->size(), 1U);
  EXPECT_EQ(*index->find(named("second alias", 1)), again);

  FinishedCall newer = call(2);
  newer.ids[1] = named("id", 1);
  index->add(newer);
  EXPECT_EQ(index->find(named("id", 1))->ids[0], newer.ids[0]);
  EXPECT_EQ(index->find(named("call", 1))->ids[1], Key{});

  FinishedCall twice = call(3);
  twice.ids[2] = twice.ids[1];
  index->add(twice);
  EXPECT_EQ(index->find(twice.ids[1])->ids[0], twice.ids[0]);

  for (uint32_t i = 10; i < 40'000; ++i) {  // A carrier that always uses the same id.
    FinishedCall same = call(i);
    same.ids[1] = named("id", 7);
    index->add(same);
    ASSERT_EQ(index->find(named("id", 7))->ids[0], same.ids[0]);
  }
  index->clear();
  index->add(call(1));
  index->add(twice);
  for (uint32_t i = 10; i < 10 + 4096; ++i) index->add(call(i));
  EXPECT_EQ(index->find(named("id", 1)), nullptr);
  EXPECT_EQ(index->find(named("id", 3)), nullptr);
  index->clear();
  EXPECT_EQ(index->size(), 0U);
  EXPECT_EQ(index->find(named("id", 20)), nullptr);
}

}  // namespace
}  // namespace hookflash
