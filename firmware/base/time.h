#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace hookflash {

// A span of time in whole microseconds. Signed, so that a difference can be negative.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration us(int64_t n) { return Duration(n); }
  static constexpr Duration ms(int64_t n) { return Duration(n * 1000); }
  static constexpr Duration seconds(int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration max() { return Duration(std::numeric_limits<int64_t>::max()); }

  [[nodiscard]] constexpr int64_t us() const { return us_; }
  [[nodiscard]] constexpr int64_t ms() const { return us_ / 1000; }
  [[nodiscard]] constexpr int64_t seconds() const { return us_ / 1'000'000; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator-() const { return Duration(-us_); }
  constexpr Duration operator+(Duration other) const { return Duration(us_ + other.us_); }
  constexpr Duration operator-(Duration other) const { return Duration(us_ - other.us_); }
  constexpr Duration operator*(int64_t n) const { return Duration(us_ * n); }
  constexpr Duration operator/(int64_t n) const { return Duration(us_ / n); }
  constexpr int64_t operator/(Duration other) const { return us_ / other.us_; }
  constexpr Duration& operator+=(Duration other) {
    us_ += other.us_;
    return *this;
  }

 private:
  constexpr explicit Duration(int64_t us) : us_(us) {}
  int64_t us_ = 0;
};

// A point on the monotonic clock, in microseconds since an arbitrary start. Zero means "never set"
// by convention; platforms start their clock above zero. All timers live on this clock (B-TMR-1).
// Adding saturates at max(), so a far deadline is clamped and never wraps (B-TMR-2).
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant from_us(int64_t us) { return Instant(us); }
  static constexpr Instant max() { return Instant(std::numeric_limits<int64_t>::max()); }

  [[nodiscard]] constexpr int64_t us() const { return us_; }
  [[nodiscard]] constexpr bool is_set() const { return us_ != 0; }

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const {
    int64_t sum = 0;
    if (__builtin_add_overflow(us_, d.us(), &sum)) return d.us() > 0 ? max() : Instant();
    return Instant(sum);
  }
  constexpr Instant operator-(Duration d) const { return Instant(us_ - d.us()); }
  constexpr Duration operator-(Instant other) const { return Duration::us(us_ - other.us_); }

 private:
  constexpr explicit Instant(int64_t us) : us_(us) {}
  int64_t us_ = 0;
};

// Civil time, in milliseconds since 1970-01-01 UTC. For stamps that people or other machines read;
// it may jump, so no interval is ever measured with it (B-TMR-1).
class WallTime {
 public:
  constexpr WallTime() = default;
  static constexpr WallTime from_ms(int64_t ms) { return WallTime(ms); }

  [[nodiscard]] constexpr int64_t ms() const { return ms_; }
  [[nodiscard]] constexpr int64_t seconds() const { return ms_ / 1000; }
  [[nodiscard]] constexpr bool is_set() const { return ms_ != 0; }

  constexpr auto operator<=>(const WallTime&) const = default;
  constexpr WallTime operator+(Duration d) const { return WallTime(ms_ + d.ms()); }
  constexpr WallTime operator-(Duration d) const { return WallTime(ms_ - d.ms()); }
  constexpr Duration operator-(WallTime other) const { return Duration::ms(ms_ - other.ms_); }

 private:
  constexpr explicit WallTime(int64_t ms) : ms_(ms) {}
  int64_t ms_ = 0;
};

// Both clocks, read together once for each value that enters the core.
struct Now {
  Instant mono;
  WallTime wall;
};

}  // namespace hookflash
