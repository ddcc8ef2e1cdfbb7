// Aim: time arithmetic is clamped where it would wrap. Method: the ends of the range.
#include "base/time.h"

#include <gtest/gtest.h>

namespace hookflash {
namespace {

// B-TMR-2: an interval beyond what the clock can hold ends at its last instant; none wraps into the
// past, where it would be due at once.
TEST(Time, FarDeadlinesAreClamped) {
  const Instant now = Instant::from_us(1'000'000'000);
  for (const Duration far : {Duration::max(), Duration::max() - Duration::us(1),
                             Duration::us(INT64_MAX - 1'000'000'000 + 1)}) {
    EXPECT_EQ(now + far, Instant::max());
    EXPECT_GT(now + far, now);
  }
  EXPECT_EQ(Instant::max() + Duration::us(1), Instant::max());
  EXPECT_EQ(Instant::max() + Duration::max(), Instant::max());
  EXPECT_EQ(now + Duration::us(5), Instant::from_us(1'000'000'005));
  // The longest that any configuration or table can name is far inside the range.
  EXPECT_LT(now + Duration::seconds(UINT32_MAX), Instant::max());
  EXPECT_GT(now + Duration::seconds(UINT32_MAX), now);
}

}  // namespace
}  // namespace hookflash
