#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "platform/sim/seeded_entropy.h"
#include "platform/sim/sim_log.h"

namespace hookflash::sim {

// Both clocks begin just before a wrap: the monotonic one 20 s before its milliseconds outgrow 32
// bits, the wall clock a minute before its seconds outgrow 31.
inline constexpr Instant kClockStart = Instant::from_us((4'294'967'296LL - 20'000) * 1000);
inline constexpr WallTime kWallStart = WallTime::from_ms((2'147'483'648LL - 60) * 1000);

// Virtual time: what is planned happens in order of its instant, and in the order of planning where
// instants are equal. Nothing else moves the clock.
class Timeline {
 public:
  explicit Timeline(uint64_t seed) : random(seed), log(kClockStart) {}

  [[nodiscard]] Now now() const { return {at_, wall_ + (at_ - kClockStart)}; }
  [[nodiscard]] Instant at() const { return at_; }
  // The wall clock is set; the monotonic one does not notice.
  void jump_wall(Duration by) { wall_ = wall_ + by; }

  void plan(Instant at, std::function<void()> act) {
    heap_.push_back({at, ++sequence_, std::move(act)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void plan(Duration after, std::function<void()> act) { plan(at_ + after, std::move(act)); }

  [[nodiscard]] Instant next() const { return heap_.empty() ? Instant::max() : heap_.front().at; }
  [[nodiscard]] size_t planned() const { return heap_.size(); }

  // Moves the clock forward; never back.
  void advance(Instant to) {
    if (to > at_) at_ = to;
  }
  // Does the next planned thing, whose time must have come.
  void run_next() {
    CHECK(next() <= at_);
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::function<void()> act = std::move(heap_.back().act);
    heap_.pop_back();
    act();
  }

  SeededEntropy random;  // Of the network and of everything that has no entropy of its own.
  SimLog log;

 private:
  struct Item {
    Instant at;
    uint64_t sequence;
    std::function<void()> act;
  };
  static bool later(const Item& a, const Item& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }

  Instant at_ = kClockStart;
  WallTime wall_ = kWallStart;
  uint64_t sequence_ = 0;
  std::vector<Item> heap_;
};

}  // namespace hookflash::sim
