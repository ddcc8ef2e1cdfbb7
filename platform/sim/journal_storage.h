#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "call/archive.h"
#include "journal/journal.h"
#include "platform/sim/network.h"
#include "platform/sim/ram_flash.h"
#include "platform/sim/storage.h"
#include "platform/sim/timeline.h"

namespace hookflash::sim {

// The real journal on flash in memory. What the storage thread does to it in production is done
// here in virtual time: the entries that have gathered are appended, committed at once and then
// answered, and housekeeping goes on in between. A power cut meets some operation of what is under
// way. At each start what the flash holds is compared with what it was told, entry by entry.
class JournalStorage final : public Storage {
 public:
  JournalStorage(Timeline& timeline, CoreGate& gate, uint64_t seed);

  // Reads the flash; then archive() is what it holds. Until then every entry fails with
  // kUnavailable. May be called again after a failure.
  Status open();
  [[nodiscard]] bool is_open() const { return journal_->is_open(); }
  CallArchive& archive() { return *archive_; }
  [[nodiscard]] JournalFigures figures() const { return journal_->figures(); }

  void perform(const out::Persist& persist) override;
  void perform(const out::Withdraw& withdraw) override;
  void power_cut() override;
  [[nodiscard]] size_t waiting() const override { return waiting_.size(); }

  // Called once for each entry that became durable, in order; for one that nobody was told of, when
  // the flash is read.
  void when_durable(std::function<void(Bytes entry)> act) { when_durable_ = std::move(act); }

  // --- Faults
  // How long a group of entries takes, between these two.
  void delays(Duration low, Duration high) {
    delay_low_ = low;
    delay_high_ = high;
  }
  void usual_delays() { delays(Duration::us(300), Duration::ms(3)); }
  // No group is finished before then.
  void stall(Duration time) { stalled_until_ = timeline_.at() + time; }
  RamFlash& flash() { return flash_; }
  // Called once, while the next group of entries or piece of housekeeping is under way.
  void at_next_work(std::function<void()> act) { at_next_work_.push_back(std::move(act)); }

  struct Counts {
    uint64_t groups = 0;
    uint64_t failed = 0;   // Entries told so.
    uint64_t folds = 0;    // Snapshots.
    uint64_t unheard = 0;  // Durable, though nobody was told.
    uint64_t torn = 0;     // Never durable, but partly there.
  };
  // Of all lives.
  [[nodiscard]] Counts counts() const;

 private:
  // Sees what the journal reads.
  class Witness final : public JournalState {
   public:
    explicit Witness(JournalStorage& storage) : storage_(storage) {}
    void clear() override { storage_.archive_->clear(); }
    void apply(Bytes entry, uint64_t sequence) override;
    [[nodiscard]] size_t snapshot_bytes_max() const override {
      return storage_.archive_->snapshot_bytes_max();
    }
    void begin_snapshot() override { storage_.archive_->begin_snapshot(); }
    Bytes next_piece() override { return storage_.archive_->next_piece(); }
    [[nodiscard]] size_t carried_bytes_max() const override {
      return storage_.archive_->carried_bytes_max();
    }
    bool begin_carrying() override { return storage_.archive_->begin_carrying(); }
    void weigh(Bytes record, uint64_t sequence) override {
      storage_.archive_->weigh(record, sequence);
    }
    uint64_t choose(size_t bytes) override { return storage_.archive_->choose(bytes); }
    Bytes carry(Bytes record, uint64_t sequence) override {
      return storage_.archive_->carry(record, sequence);
    }

   private:
    JournalStorage& storage_;
  };
  struct Waiting {
    Waiting(PersistId number, Bytes bytes) : id(number), entry(text_of(bytes)) {}
    PersistId id;
    std::string entry;
    Status status = Status::kOk;
    bool withdrawn = false;
  };

  void plan_work();
  void work();
  void write_group();
  void finish_group();
  void keep_house();
  void note(Bytes entry);
  void compare();

  Timeline& timeline_;
  CoreGate& gate_;
  RamFlash flash_;
  // What the journal writes snapshots of, and what the entries told durable add up to.
  std::unique_ptr<CallArchiveMemory> archive_memory_;
  std::unique_ptr<CallArchiveMemory> told_memory_;
  std::unique_ptr<CallArchive> archive_;
  std::unique_ptr<CallArchive> told_;
  Witness witness_{*this};
  std::unique_ptr<Journal> journal_;

  Duration delay_low_;
  Duration delay_high_;
  Instant stalled_until_;
  uint64_t life_ = 0;     // Counts power cuts: what was planned before is void.
  bool planned_ = false;  // The work below is under way.
  size_t group_ = 0;      // So many of those that wait.
  size_t steps_ = 0;      // Of housekeeping.
  PersistId last_id_ = 0;
  uint64_t witnessed_ = 0;  // The number of the newest durable entry that we know of.
  bool opening_ = false;
  Counts counts_;
  std::deque<Waiting> waiting_;
  std::function<void(Bytes)> when_durable_;
  std::vector<std::function<void()>> at_next_work_;
};

}  // namespace hookflash::sim
