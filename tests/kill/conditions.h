#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "kill_run.h"

namespace hookflash::kill {

// Where a condition sets up its boxes.
struct Bench {
  std::string binary;   // hookflash.
  std::string preload;  // The library of faults.h.
  std::filesystem::path folder;
  bool private_disks = false;  // PrivateDisk is permitted.
};

// Each prints its figures. False: something did not hold, and why has been said. `plan` says how
// many kills and from which seed.

// A box under load, with `plan.trouble` now and then, and in the end for good.
bool kills(const Bench& bench, const RunPlan& plan);
// The disk is full: before there is a journal, when an unreadable one has to be given up, while the
// box runs.
bool full_disk(const Bench& bench, const RunPlan& plan);
// It is read-only: before there is a journal, when there is one with calls in it, while it runs.
bool read_only_disk(const Bench& bench, const RunPlan& plan);
// The journal of a box that was killed under load, with one byte changed, again and again: each
// `every`-th byte that was ever written. Damage costs the record that it hits alone (B-JRN-2). With
// many kills then also one that has a snapshot, fewer of its bytes.
bool damaged_journal(const Bench& bench, const RunPlan& plan, uint64_t every);

}  // namespace hookflash::kill
