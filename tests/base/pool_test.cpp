#include "base/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace hookflash {
namespace {

struct Thing {
  int value = 0;
};
constexpr size_t kPlaces = 4;
using ThingPool = Pool<Thing, kPlaces>;

// Aim: a pool hands out each place once and says so when it is empty. Method: acquire until
// refused.
TEST(Pool, HandsOutEveryPlaceOnce) {
  ThingPool pool;
  std::set<uint16_t> seen;
  for (size_t i = 0; i < kPlaces; ++i) {
    const auto handle = pool.acquire();
    ASSERT_TRUE(handle.is_set());
    EXPECT_TRUE(seen.insert(handle.index).second);
    EXPECT_LT(handle.index, kPlaces);
  }
  EXPECT_FALSE(pool.acquire().is_set());
  EXPECT_EQ(pool.size(), kPlaces);
  EXPECT_EQ(pool.available(), 0U);
}

// Aim: a handle kept after release finds nothing, also when its place is taken again.
// Method: release, acquire the same place, look the old handle up.
TEST(Pool, OldHandlesFindNothing) {
  ThingPool pool;
  const auto old = pool.acquire();
  pool.get(old)->value = 1;
  pool.release(old);
  EXPECT_EQ(pool.get(old), nullptr);
  const auto fresh = pool.acquire();
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_EQ(pool.get(old), nullptr);
  EXPECT_NE(pool.get(fresh), nullptr);
  EXPECT_EQ(pool.get(Handle<Thing>{}), nullptr);
  EXPECT_EQ(pool.get(Handle<Thing>{kPlaces, 1}), nullptr);
}

// Aim: generations wrap without ever becoming "none". Method: more cycles than a generation has
// values.
TEST(Pool, GenerationsWrap) {
  ThingPool pool;
  for (int i = 0; i < 70'000; ++i) {
    const auto handle = pool.acquire();
    ASSERT_TRUE(handle.is_set());
    ASSERT_NE(pool.get(handle), nullptr);
    pool.release(handle);
  }
  EXPECT_EQ(pool.size(), 0U);
  EXPECT_EQ(pool.high_water(), 1U);
}

// Aim: any order of release leaves a whole pool. Method: all orders of four, refilled each time.
TEST(Pool, AnyOrderOfRelease) {
  std::vector<size_t> order = {0, 1, 2, 3};
  ThingPool pool;
  do {
    std::vector<Handle<Thing>> handles;
    for (size_t i = 0; i < kPlaces; ++i) handles.push_back(pool.acquire());
    for (const size_t i : order) pool.release(handles[i]);
    ASSERT_EQ(pool.size(), 0U);
  } while (std::next_permutation(order.begin(), order.end()));
}

// Aim: walking by index shows the occupants and no others. Method: three of four, one gone.
TEST(Pool, WalksItsOccupants) {
  ThingPool pool;
  const auto a = pool.acquire();
  const auto b = pool.acquire();
  const auto c = pool.acquire();
  pool.release(b);
  EXPECT_EQ(pool.at(a.index), a);
  EXPECT_FALSE(pool.at(b.index).is_set());
  EXPECT_EQ(pool.at(c.index), c);
  EXPECT_FALSE(pool.at(kPlaces - 1).is_set());
}

// Aim: a second release is our own mistake and stops the program. Method: death test.
TEST(PoolDeathTest, DoubleReleaseStops) {
  ThingPool pool;
  const auto handle = pool.acquire();
  pool.release(handle);
  EXPECT_DEATH(pool.release(handle), "broken invariant");
}

}  // namespace
}  // namespace hookflash
