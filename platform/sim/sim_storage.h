#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "hal/out.h"
#include "platform/sim/network.h"
#include "platform/sim/storage.h"
#include "platform/sim/timeline.h"

namespace hookflash::sim {

// A store without a journal, for scenarios: entries become durable one after the other, each after
// a delay, and are answered in order. Failing and stalling are switched on from outside, entry by
// entry.
class SimStorage final : public Storage {
 public:
  SimStorage(Timeline& timeline, CoreGate& gate) : timeline_(timeline), gate_(gate) {}

  void perform(const out::Persist& persist) override;
  void perform(const out::Withdraw& withdraw) override;
  void power_cut() override {
    waiting_.clear();
    last_id_ = 0;
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

  [[nodiscard]] size_t waiting() const override { return waiting_.size(); }
  [[nodiscard]] uint64_t failed() const { return failed_; }
  // What is durable, in order.
  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  [[nodiscard]] uint64_t durable() const { return durable_; }

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
  std::deque<Waiting> waiting_;
  std::vector<std::string> entries_;
};

}  // namespace hookflash::sim
