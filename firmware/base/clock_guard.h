#pragma once

#include <algorithm>

#include "base/time.h"

namespace hookflash {

// What time it is on a machine that may wake with a clock that is not set (B-TMR-3, decision 0013):
// until it is, time goes on from a moment that is known to have been. The core and everything that
// judges certificates ask the same guard. Zero knows no moment, and believes the clock.
class ClockGuard {
 public:
  constexpr ClockGuard() = default;
  constexpr explicit ClockGuard(Now known) : known_(known) {}

  // False for a time at which no machine of ours has ever been: before 2026.
  [[nodiscard]] static constexpr bool is_set(WallTime wall) { return wall >= kFloor; }

  // Both clocks as they were read, the wall clock put right.
  [[nodiscard]] constexpr Now judge(Now read) const {
    if (is_set(read.wall) || !known_.wall.is_set()) return read;
    return {.mono = read.mono,
            .wall = std::max(read.wall, known_.wall + (read.mono - known_.mono))};
  }

 private:
  static constexpr WallTime kFloor = WallTime::from_ms(1'767'225'600'000);  // 2026-01-01.
  Now known_;
};

}  // namespace hookflash
