// Power is cut at every operation of a workload, in each way of dying, and again at every operation
// of what follows; after each cut the journal must hold a prefix of what was appended, and all of
// what was acknowledged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "platform/sim/ram_flash.h"
#include "sample_state.h"

namespace hookflash {

struct SweepOptions {
  uint64_t seed = 0;     // 0: the scripted workload.
  uint32_t groups = 40;  // Of the workload.
  uint32_t program_unit = 64;
  uint32_t segments = 10;
  size_t text_bytes = 300;      // Of what snapshots carry.
  uint64_t stride = 1;          // Every so many operations only.
  bool twice = true;            // And again at every operation of the recovery ...
  uint64_t twice_stride = 1;    // ... or at every so many ...
  bool twice_each_way = false;  // ... in each way of dying; otherwise in one, all of them in turn.
  bool stop_at_first = false;
};

struct SweepResult {
  uint64_t cuts = 0;
  uint64_t findings = 0;
  std::string first;
};

class PowerCutSweep {
 public:
  explicit PowerCutSweep(const SweepOptions& options) : options_(options) {}

  SweepResult run() {
    Life whole = fresh();
    work(whole, options_.groups);
    if (whole.flash.dead()) find(whole, "died without being told");
    check_end(whole);
    const uint64_t operations = whole.flash.operations();
    for (uint64_t cut = 0; cut < operations && !enough(); cut += options_.stride) {
      for (const sim::RamFlash::Death how : sim::RamFlash::kDeaths) cut_at(cut, how);
    }
    return result_;
  }

 private:
  // What there is after an entry.
  struct Moment {
    SampleValues values;
    SampleTexts texts;
  };
  // A device with what the world knows of it.
  struct Life {
    sim::RamFlash flash;
    uint64_t random = 0;
    uint64_t acknowledged = 0;    // Entries that must be there.
    std::vector<Moment> history;  // After each entry appended; [0] is empty.
    std::string story;

    void add(Bytes entry) {
      history.push_back(history.back());
      add_entry(history.back().values, entry);
      history.back().texts.add(entry);
    }
  };
  struct Box {
    Box(sim::RamFlash& flash, size_t text_bytes)
        : state(1500, text_bytes), journal(std::make_unique<Journal>(flash, state, kOptions)) {}
    SampleState state;
    std::unique_ptr<Journal> journal;
  };
  static constexpr JournalOptions kOptions{.segment_bytes = 12 * 1024, .fold_segments = 2};

  [[nodiscard]] bool enough() const { return options_.stop_at_first && result_.findings > 0; }

  Life fresh() {
    Life life{
        sim::RamFlash({options_.program_unit, 4096, uint64_t{options_.segments} * 12 * 1024, 0},
                      options_.seed + 1),
        options_.seed,
        0,
        {{{}, {options_.text_bytes, {}}}},
        {}};
    return life;
  }

  static uint64_t roll(Life& life, uint64_t below) {
    life.random = life.random * 6364136223846793005U + 1442695040888963407U;
    return (life.random >> 33U) % below;
  }

  void find(const Life& life, const std::string& what) {
    if (++result_.findings == 1) {
      result_.first = "seed " + std::to_string(options_.seed) + life.story + ": " + what;
    }
  }

  // Opens what is on the flash and holds it against what the world knows. False: no use going on.
  bool open(Life& life, Box& box) {
    const Status status = box.journal->open();
    if (life.flash.dead()) return false;
    if (status == Status::kInvalid && life.acknowledged == 0) {
      life.history.resize(1);
      return ok(box.journal->format());
    }
    if (!ok(status)) {
      find(life, "cannot be opened: " + std::string(name_of(status)));
      return false;
    }
    const SampleValues& values = box.state.values();
    const uint64_t count = values.count;
    if (count >= life.history.size()) {
      find(life, "holds what was never appended");
      return false;
    }
    if (count < life.acknowledged) {
      find(life, "lost " + std::to_string(life.acknowledged - count) + " acknowledged entries");
      return false;
    }
    if (values != life.history[count].values) {
      find(life, "is no prefix of what was appended");
      return false;
    }
    if (box.state.texts() != life.history[count].texts) {
      find(life, "has not carried what it should");
      return false;
    }
    if (box.state.refused() > 0) {
      find(life, "hands out what is no entry");
      return false;
    }
    if (box.journal->figures().damaged > 0) {
      find(life, "takes the cut for damage");
      return false;
    }
    life.history.resize(count + 1);
    life.acknowledged = count;  // Somebody has seen it.
    return true;
  }

  // Groups of entries, housekeeping in between, now and then a process that is killed.
  void work(Life& life, uint32_t groups) {
    auto box = std::make_unique<Box>(life.flash, options_.text_bytes);
    if (!open(life, *box)) return;
    for (uint32_t group = 0; group < groups; ++group) {
      const bool scripted = options_.seed == 0;
      const uint64_t entries = scripted ? 1 + group % 3 : 1 + roll(life, 6);
      for (uint64_t n = 0; n < entries; ++n) {
        const uint64_t number = life.history.size();
        const size_t size = scripted ? 400 + 97 * (number % 20) : 9 + roll(life, 4000);
        // Another content in each life, so that leftovers are told from the new.
        const std::vector<uint8_t> entry = sample_entry(number + (life.story.size() << 32U), size);
        const Status status = box->journal->append(entry);
        if (life.flash.dead()) {
          life.add(entry);
          return;
        }
        if (!ok(status)) continue;
        life.add(entry);
      }
      // The process is killed, the power stays.
      if (!scripted && roll(life, 12) == 0) {
        box = std::make_unique<Box>(life.flash, options_.text_bytes);
        if (!open(life, *box)) return;
        continue;
      }
      const Status status = box->journal->commit();
      if (life.flash.dead()) return;
      if (!ok(status)) {
        find(life, "fails without reason");
        return;
      }
      life.acknowledged = life.history.size() - 1;
      const uint64_t steps = scripted ? 3 : roll(life, 12);
      for (uint64_t n = 0; n < steps && !life.flash.dead(); ++n) (void)box->journal->step();
      if (life.flash.dead()) return;
    }
  }

  // The power is cut once more, at rest: what was acknowledged is there.
  void check_end(Life& life) {
    if (!life.flash.dead()) {
      life.flash.die_at(life.flash.operations(), sim::RamFlash::Death::kUnsyncedDropped);
      (void)life.flash.sync();
    }
    life.flash.power_on();
    Box box(life.flash, options_.text_bytes);
    if (!open(life, box)) return;
    if (!life.flash.violation().empty()) find(life, life.flash.violation());
  }

  void cut_at(uint64_t cut, sim::RamFlash::Death how) {
    ++result_.cuts;
    Life life = fresh();
    life.flash.die_at(cut, how);
    work(life, options_.groups);
    life.flash.power_on();
    life.story = ", cut " + std::to_string(static_cast<int>(how)) + " at " + std::to_string(cut);
    const uint64_t begun = life.flash.operations();
    Life second = life;
    work(second, 4);
    const uint64_t operations = second.flash.operations() - begun;
    check_end(second);
    if (!options_.twice) return;
    // Starting elsewhere after each first cut.
    for (uint64_t again = cut % options_.twice_stride; again < operations && !enough();
         again += options_.twice_stride) {
      if (options_.twice_each_way) {
        for (const sim::RamFlash::Death way : sim::RamFlash::kDeaths) {
          cut_again_at(life, begun, again, way);
        }
      } else {
        const uint64_t turn = cut / options_.twice_stride + again;
        cut_again_at(life, begun, again, sim::RamFlash::kDeaths[turn % 4]);
      }
    }
  }

  // `life` has been cut once and woke up at operation `begun`.
  void cut_again_at(const Life& life, uint64_t begun, uint64_t again, sim::RamFlash::Death how) {
    ++result_.cuts;
    Life third = life;
    third.flash.die_at(begun + again, how);
    work(third, 4);
    third.flash.power_on();
    third.story +=
        ", then " + std::to_string(static_cast<int>(how)) + " at +" + std::to_string(again);
    work(third, 2);
    check_end(third);
  }

  SweepOptions options_;
  SweepResult result_;
};

}  // namespace hookflash
