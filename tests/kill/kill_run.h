#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "caller.h"
#include "ledger.h"
#include "test_box.h"

namespace hookflash::kill {

// How the journal's medium misbehaves now and then during a run.
struct Trouble {
  int error = 0;       // An errno; 0: it does not.
  uint32_t every = 3;  // Of so many operations one fails.
  bool syncs_only = false;
};

struct RunPlan {
  int kills = 10;
  uint64_t seed = 1;
  bool load = true;    // `hookflash simulate` beside the test's own callers.
  bool clock = false;  // Killed at random times, from outside, instead of at random calls.
  Trouble trouble;
  // While the box is dead; starts it again, and is done when it is ready. Null: simply that.
  std::function<bool()> restart;
};

// A box under load that is killed again and again, and what is found in the end.
class KillRun {
 public:
  KillRun(TestBox& box, Ledger& ledger, RunPlan plan);
  ~KillRun();
  KillRun(const KillRun&) = delete;
  KillRun& operator=(const KillRun&) = delete;

  // Starts the box and its callers, kills it as often as is planned, and leaves it running under
  // load.
  bool run();
  // The medium fails for good: what B-JRN-8 wants of the box, and that it recovers by itself.
  bool endure();
  // Killed once more, with calls in it, and left so.
  bool abandon();
  // No more calls; one more kill; what the box knows then is held against what its callers know.
  bool settle();
  void print() const;

  // Starts the box; false: it does not come up.
  bool start();

 private:
  bool round();
  bool die();
  void stop_callers();
  void plan_trouble();
  void note_faults();
  void check_facts();
  uint64_t below(uint64_t n) { return random_() % n; }

  TestBox& box_;
  Ledger& ledger_;
  RunPlan plan_;
  std::mt19937_64 random_;
  Process load_;
  Process peace_;
  Process long_call_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::thread> threads_;
  std::vector<double> starts_;
  int killed_ = 0;
  int killed_at_start_ = 0;
  uint64_t failed_writes_ = 0;
  uint64_t failed_syncs_ = 0;
  size_t checked_ = 0;
  int64_t blocking_ = -1;
  double settled_ = 0;
};

}  // namespace hookflash::kill
