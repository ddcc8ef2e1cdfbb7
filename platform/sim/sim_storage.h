#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "hal/out.h"
#include "platform/sim/network.h"
#include "platform/sim/timeline.h"

namespace hookflash::sim {

// The store behind Persist and Persisted, in memory: entries become durable one after the other,
// each after a delay, and are answered in order. Failing and stalling are switched on from outside.
class SimStorage {
 public:
  SimStorage(Timeline& timeline, CoreGate& gate) : timeline_(timeline), gate_(gate) {}

  void perform(const out::Persist& persist);
  void perform(const out::Withdraw& withdraw);

  // Nobody is left to hear of what waits. The first `kept` entries of it are durable all the same,
  // what comes behind them is lost.
  void power_cut(size_t kept = 0) {
    for (size_t i = 0; i < waiting_.size() && i < kept; ++i) {
      if (!waiting_[i].withdrawn) make_durable(std::move(waiting_[i].entry));
    }
    waiting_.clear();
    last_id_ = 0;
  }
  // Called for each entry that becomes durable.
  void when_durable(std::function<void(std::string_view entry)> act) {
    when_durable_ = std::move(act);
  }

  // How long an entry takes, between these two.
  void delays(Duration low, Duration high) {
    delay_low_ = low;
    delay_high_ = high;
  }
  void fail_next(size_t entries) { fail_next_ = entries; }
  void fail_permille(uint32_t permille) { fail_permille_ = permille; }
  // Less than a tenth of the space is left.
  void space_short(bool is_short) { space_short_ = is_short; }
  // Nothing becomes durable until then; what waits is done at once afterwards.
  void stall(Duration time) { stalled_until_ = timeline_.at() + time; }

  [[nodiscard]] size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] uint64_t failed() const { return failed_; }
  // What is durable, in order.
  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  [[nodiscard]] uint64_t durable() const { return durable_; }
  // Long runs keep only the newest entries.
  void keep(size_t entries) { keep_ = entries; }

 private:
  struct Waiting {
    PersistId id = 0;
    std::string entry;
    Instant ready;
    bool withdrawn = false;
  };

  void make_durable(std::string entry);
  void plan_next();
  void finish_next();

  Timeline& timeline_;
  CoreGate& gate_;
  Duration delay_low_ = Duration::us(300);
  Duration delay_high_ = Duration::ms(3);
  size_t fail_next_ = 0;
  bool space_short_ = false;
  uint32_t fail_permille_ = 0;
  Instant stalled_until_;
  bool planned_ = false;
  PersistId last_id_ = 0;
  uint64_t failed_ = 0;
  uint64_t durable_ = 0;
  size_t keep_ = 100'000;
  std::deque<Waiting> waiting_;
  std::vector<std::string> entries_;
  std::function<void(std::string_view)> when_durable_;
};

}  // namespace hookflash::sim
