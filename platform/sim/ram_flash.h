#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "hal/flash.h"

namespace hookflash::sim {

// Flash in memory that is stricter than any part: bits only go from 1 to 0, a program unit is
// programmed once between two erases, and it dies when told to, at the chosen operation and in the
// chosen way. Dead, it answers kUnavailable until power_on(). Where the geometry names an
// endurance, units fail to erase after that many times, some a quarter later.
class RamFlash final : public Flash {
 public:
  // How an operation ends that the power cut meets. Operations before it keep what they did, but
  // for kUnsyncedDropped.
  enum class Death : uint8_t {
    kBetween,          // Nothing of the operation has happened.
    kTornPrefix,       // Its first bytes only.
    kTornGarbage,      // Its first bytes, then whatever.
    kUnsyncedDropped,  // Of everything since the last sync any part is lost, unit by unit.
  };
  static constexpr Death kDeaths[] = {Death::kBetween, Death::kTornPrefix, Death::kTornGarbage,
                                      Death::kUnsyncedDropped};

  explicit RamFlash(const FlashGeometry& geometry, uint64_t seed = 1);

  [[nodiscard]] FlashGeometry geometry() const override { return geometry_; }
  Status read(uint64_t at, MutableBytes out) override;
  Status program(uint64_t at, Bytes bytes) override;
  Status erase(uint64_t at) override;
  Status sync() override;

  // --- Dying ---
  // Programs, erases and syncs so far; the next one has this number.
  [[nodiscard]] uint64_t operations() const { return operations_; }
  void die_at(uint64_t operation, Death how) { death_ = Fate{operation, how}; }
  // The power goes between two operations; how, as above.
  void cut(Death how) { die(how); }
  [[nodiscard]] bool dead() const { return dead_; }
  // What is there now is what the cut left; everything counts as synced.
  void power_on();

  // --- Failing ---
  void fail_next(size_t operations) { failing_ = operations; }  // With kStorage, half done.
  void fail_syncs(size_t syncs) { failing_syncs_ = syncs; }
  // So many of a thousand operations from now on, with kStorage, half done.
  void fail_permille(uint32_t permille) { failing_permille_ = permille; }
  // The device is gone: every operation ends with kUnavailable and does nothing, until it is back.
  void gone(bool is_gone) { gone_ = is_gone; }
  void wear_out(uint64_t at) { worn_.at(at / geometry_.erase_unit) = true; }  // Erase fails.
  void rot(uint64_t at, uint8_t bits) {
    image_.at(at) ^= bits;
    durable_.at(at) ^= bits;
  }

  // --- Counting ---
  // Time the operations have taken, by these figures. Nobody waits here.
  void delays(Duration program, Duration erase, Duration sync);
  [[nodiscard]] Duration busy() const { return busy_; }
  [[nodiscard]] uint64_t erases(uint64_t at) const { return erases_.at(at / geometry_.erase_unit); }
  [[nodiscard]] uint64_t erases_most() const;
  [[nodiscard]] uint64_t erases_least() const;
  [[nodiscard]] uint64_t programmed_bytes() const { return programmed_bytes_; }
  [[nodiscard]] uint64_t syncs() const { return syncs_; }
  // The user broke its part of the contract: the first time, in words; empty when never.
  [[nodiscard]] const std::string& violation() const { return violation_; }

  [[nodiscard]] const std::vector<uint8_t>& image() const { return image_; }
  void load(const std::vector<uint8_t>& image) { image_ = durable_ = image, pending_.clear(); }

 private:
  struct Fate {
    uint64_t operation = 0;
    Death how = Death::kBetween;
  };
  struct Pending {  // One unit's worth of what no sync has covered yet.
    uint64_t at = 0;
    bool erase = false;
    std::vector<uint8_t> bytes;
  };

  uint64_t random();
  [[nodiscard]] bool is_worn(uint64_t unit) const;
  void break_rule(std::string what);
  // Whether the next operation is the last one.
  [[nodiscard]] bool strikes() const;
  bool fails();
  void die(Death how);
  // What no sync has covered becomes the same in both images.
  void settle(const std::vector<uint8_t>& from, std::vector<uint8_t>& to);
  void put(std::vector<uint8_t>& image, uint64_t at, Bytes bytes);

  FlashGeometry geometry_;
  uint64_t random_state_;
  std::vector<uint8_t> image_;    // What reads show.
  std::vector<uint8_t> durable_;  // What the last sync covered.
  std::vector<Pending> pending_;
  std::vector<bool> programmed_;  // Per program unit.
  std::vector<bool> worn_;
  std::vector<uint64_t> erases_;
  std::optional<Fate> death_;
  bool dead_ = false;
  size_t failing_ = 0;
  size_t failing_syncs_ = 0;
  uint32_t failing_permille_ = 0;
  bool gone_ = false;
  uint64_t operations_ = 0;
  uint64_t programmed_bytes_ = 0;
  uint64_t syncs_ = 0;
  Duration program_time_;
  Duration erase_time_;
  Duration sync_time_;
  Duration busy_;
  std::string violation_;
};

}  // namespace hookflash::sim
