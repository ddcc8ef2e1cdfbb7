#include "platform/linux/clocks.h"

#include <ctime>

namespace hookflash {

Now read_clocks() {
  timespec mono{};
  timespec wall{};
  clock_gettime(CLOCK_MONOTONIC, &mono);
  clock_gettime(CLOCK_REALTIME, &wall);
  return {Instant::from_us(int64_t{mono.tv_sec} * 1'000'000 + mono.tv_nsec / 1000),
          WallTime::from_ms(int64_t{wall.tv_sec} * 1000 + wall.tv_nsec / 1'000'000)};
}

}  // namespace hookflash
