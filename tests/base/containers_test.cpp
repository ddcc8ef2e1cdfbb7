#include <gtest/gtest.h>

#include <string>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/result.h"
#include "base/ring.h"
#include "base/secret.h"

namespace hookflash {
namespace {

// Aim: a ring is first in, first out, and refuses when full. Method: wrap it several times.
TEST(Ring, KeepsOrderAcrossTheSeam) {
  Ring<int, 3> ring;
  int in = 0;
  int out = 0;
  for (int round = 0; round < 10; ++round) {
    while (!ring.full()) ASSERT_EQ(ring.push(in++), Status::kOk);
    EXPECT_EQ(ring.push(99), Status::kFull);
    EXPECT_EQ(ring.size(), 3U);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(ring[i], out + static_cast<int>(i));
    EXPECT_EQ(ring.back(), in - 1);
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(ring.front(), out++);
      ring.pop();
    }
  }
  ring.clear();
  EXPECT_TRUE(ring.empty());
}

TEST(RingDeathTest, EmptyFrontStops) {
  // Aim: reading what is not there is our own mistake. Method: death test.
  Ring<int, 2> ring;
  EXPECT_DEATH(ring.front(), "broken invariant");
  EXPECT_DEATH(ring.pop(), "broken invariant");
}

// Aim: a fixed text is never cut. Method: fit exactly, then one more.
TEST(FixedText, RefusesWhatDoesNotFit) {
  FixedText<4> text;
  EXPECT_EQ(text.assign("abcd"), Status::kOk);
  EXPECT_EQ(text.assign("abcde"), Status::kTooLarge);
  EXPECT_EQ(text.view(), "abcd");
  EXPECT_EQ(text.append("e"), Status::kTooLarge);
  EXPECT_EQ(text.view(), "abcd");
  EXPECT_EQ(text.append(""), Status::kOk);
  EXPECT_EQ(text.assign(""), Status::kOk);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.append("ab"), Status::kOk);
  EXPECT_EQ(text.append("cd"), Status::kOk);
  EXPECT_EQ(text, "abcd");
}

// Aim: a text can be assigned from a part of itself. Method: overlapping assign.
TEST(FixedText, TakesAPartOfItself) {
  FixedText<8> text;
  text.set("abcdef");
  EXPECT_EQ(text.assign(text.view().substr(2)), Status::kOk);
  EXPECT_EQ(text, "cdef");
}

TEST(FixedTextDeathTest, SetStopsOnTooLong) {
  // Aim: set() is for proven lengths. Method: death test.
  FixedText<2> text;
  EXPECT_DEATH(text.set("abc"), "broken invariant");
}

// Aim: a fixed vector refuses when full and keeps order when erasing. Method: fill, erase, refill.
TEST(FixedVector, FillsAndErases) {
  FixedVector<int, 3> list;
  EXPECT_EQ(list.push(1), Status::kOk);
  EXPECT_EQ(list.push(2), Status::kOk);
  int* last = list.emplace();
  ASSERT_NE(last, nullptr);
  *last = 3;
  EXPECT_EQ(list.push(4), Status::kFull);
  EXPECT_EQ(list.emplace(), nullptr);
  list.erase(0);
  EXPECT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], 2);
  EXPECT_EQ(list.back(), 3);
  EXPECT_EQ(*list.emplace(), 0) << "a place is used again as a fresh value";
  list.pop_back();
  list.clear();
  EXPECT_TRUE(list.empty());
}

TEST(FixedVectorDeathTest, OutOfRangeStops) {
  // Aim: an index outside is our own mistake. Method: death test.
  FixedVector<int, 3> list;
  EXPECT_DEATH(list[0], "broken invariant");
}

// Aim: a result holds a value or the reason for its absence. Method: both kinds.
TEST(Result, HoldsOneOfTwo) {
  const Result<int> good = 3;
  const Result<int> bad = Status::kNotFound;
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.status(), Status::kNotFound);
  EXPECT_EQ(bad.value_or(7), 7);
  EXPECT_DEATH(static_cast<void>(bad.value()), "broken invariant");
}

// Aim: a secret is read by reveal() only, and too long a one is refused. Method: assign and look.
TEST(Secret, IsRevealedByName) {
  Secret<4> secret;
  EXPECT_FALSE(secret.is_set());
  EXPECT_EQ(secret.assign("12345"), Status::kTooLarge);
  EXPECT_EQ(secret.assign("1234"), Status::kOk);
  EXPECT_TRUE(secret.is_set());
  EXPECT_EQ(secret.size(), 4U);
  EXPECT_EQ(secret.reveal(), "1234");
  static_assert(!std::is_convertible_v<Secret<4>, std::string_view>);
}

}  // namespace
}  // namespace hookflash
