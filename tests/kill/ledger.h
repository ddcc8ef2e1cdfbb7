#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace hookflash::kill {

// What the carrier's side knows for sure of a call, and the box must know too.
struct Fact {
  std::string call_id;
  std::string sid;
  int64_t lines = 0;     // Of the transcript: every utterance that was answered 2xx, once.
  uint64_t records = 0;  // Of the call history when this call had ended.
};

struct Counts {
  uint64_t calls = 0;         // Accepted, all the way to their end.
  uint64_t placed = 0;        // Of these, outbound.
  uint64_t vanished = 0;      // Ended without a word to the box.
  uint64_t refused = 0;       // No place just then, or no journal.
  uint64_t recorded = 0;      // Of these, with a record in the call history, or maybe.
  uint64_t compensated = 0;   // Placed, but the box did not get to know: hung up.
  uint64_t acknowledged = 0;  // Requests answered 2xx.
  uint64_t repeated = 0;      // Sent again because no 2xx came.
  uint64_t copies = 0;        // Sent again though it had come.

  [[nodiscard]] uint64_t records() const { return calls + recorded + compensated; }
};

// What all callers have found, and what they all may ask.
class Ledger {
 public:
  void add(uint64_t Counts::*count) {
    const std::lock_guard lock(mutex_);
    ++(counts_.*count);
    changed_.notify_all();
  }
  void fail(std::string what) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(std::move(what));
    changed_.notify_all();
  }
  void keep(Fact fact) {
    const std::lock_guard lock(mutex_);
    fact.records = counts_.records();
    facts_.push_back(std::move(fact));
  }
  // A call may end without a word to the box. Each takes one of the box's places until the next
  // restart, so there are not many: what finds no place fills the call history.
  bool vanish() {
    const std::lock_guard lock(mutex_);
    if (hidden_ == kVanishedMax) return false;
    ++hidden_;
    ++counts_.vanished;
    return true;
  }
  void killed() {
    const std::lock_guard lock(mutex_);
    hidden_ = 0;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  [[nodiscard]] bool good() {
    const std::lock_guard lock(mutex_);
    return failures_.empty();
  }
  [[nodiscard]] Counts counts() {
    const std::lock_guard lock(mutex_);
    return counts_;
  }
  [[nodiscard]] std::vector<std::string> failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  [[nodiscard]] std::vector<Fact> facts() {
    const std::lock_guard lock(mutex_);
    return facts_;
  }

  // A caller's pause; false when all is over, which ends it.
  bool pause(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::chrono::steady_clock::now() + most, [this] { return stopped_; });
    return !stopped_;
  }
  // Waits until something has been counted so many times more, or something has failed. False: not
  // in this time.
  bool await(uint64_t Counts::*count, uint64_t more, std::chrono::seconds most) {
    std::unique_lock lock(mutex_);
    const uint64_t wanted = counts_.*count + more;
    return changed_.wait_until(lock, std::chrono::steady_clock::now() + most,
                               [&] { return counts_.*count >= wanted || !failures_.empty(); });
  }

 private:
  static constexpr int kVanishedMax = 4;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  int hidden_ = 0;  // Vanished since the last kill.
  Counts counts_;
  std::vector<std::string> failures_;
  std::vector<Fact> facts_;  // Of calls that are over.
};

}  // namespace hookflash::kill
