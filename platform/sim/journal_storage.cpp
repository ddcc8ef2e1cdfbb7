#include "platform/sim/journal_storage.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "journal/pace.h"
#include "limits.h"
#include "store/entry.h"

namespace hookflash::sim {
namespace {

// Like the file of a small box: half as large, so that it is read quickly, and in erase units small
// enough that a cut can meet a segment half erased.
constexpr FlashGeometry kFlash{
    .program_unit = 512, .erase_unit = 16 * 1024, .size = 8U << 20U, .endurance = 0};
// Snapshots several times a day.
constexpr JournalOptions kJournal{.segment_bytes = 64 * 1024, .fold_segments = 6};
constexpr size_t kStepsAtRest = 8;
// A commit of one entry is a program and a sync; one that opens a segment or writes a snapshot has
// some more.
constexpr uint64_t kOperationsMet = 5;

}  // namespace

JournalStorage::JournalStorage(Timeline& timeline, CoreGate& gate, uint64_t seed)
    : timeline_(timeline),
      gate_(gate),
      flash_(kFlash, seed),
      archive_memory_(std::make_unique<CallArchiveMemory>()),
      told_memory_(std::make_unique<CallArchiveMemory>()),
      archive_(std::make_unique<CallArchive>(*archive_memory_)),
      told_(std::make_unique<CallArchive>(*told_memory_)),
      journal_(std::make_unique<Journal>(flash_, witness_, kJournal)) {
  usual_delays();
}

void JournalStorage::Witness::apply(Bytes entry, uint64_t sequence) {
  storage_.archive_->apply(entry, sequence);
  if (!storage_.opening_ || sequence <= storage_.witnessed_) return;
  storage_.witnessed_ = sequence;
  ++storage_.counts_.unheard;
  storage_.note(entry);
}

void JournalStorage::note(Bytes entry) {
  told_->apply(entry, 1);
  if (when_durable_) when_durable_(entry);
}

Status JournalStorage::open() {
  opening_ = true;
  const uint64_t told = witnessed_;
  const Status status = journal_->open();
  opening_ = false;
  if (!ok(status)) {
    if (status != Status::kUnavailable && status != Status::kStorage) {
      gate_.violation("the journal cannot be opened: " + std::string(name_of(status)));
    }
    return status;
  }
  if (journal_->durable_sequence() < told) gate_.violation("entries that were durable are lost");
  if (journal_->figures().damaged > 0) gate_.violation("the journal takes a cut for damage");
  counts_.torn += journal_->figures().torn;
  if (archive_->refused() + archive_->homeless() > 0) {
    gate_.violation("an entry of the journal cannot be read");
  }
  compare();
  return status;
}

// Snapshots or not, cuts or not: what was read is what the same entries add up to. Slots may be
// others, so the items are compared as a set.
void JournalStorage::compare() {
  const auto items_of = [](CallArchive& archive, ItemType without) {
    std::vector<std::string> items;
    archive.begin_snapshot();
    for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
      EntryReader entry(piece);
      for (Item item; entry.next(item);) {
        if (item.type == without) continue;
        items.push_back(std::string(1, static_cast<char>(item.type)).append(text_of(item.payload)));
      }
    }
    std::sort(items.begin(), items.end());
    return items;
  };
  // A snapshot made while the wall clock was ahead has let go of verified requests too early.
  constexpr ItemType kRequests = ItemType::kRequestKey;
  if (items_of(*archive_, kRequests) != items_of(*told_, kRequests)) {
    gate_.violation("the journal does not hold what it was told");
  }
  const auto kept = items_of(*archive_, ItemType::kNone);
  const auto told = items_of(*told_, ItemType::kNone);
  if (!std::includes(told.begin(), told.end(), kept.begin(), kept.end())) {
    gate_.violation("the journal holds what it was not told");
  }
}

JournalStorage::Counts JournalStorage::counts() const {
  Counts counts = counts_;
  counts.folds += journal_->figures().folds;
  return counts;
}

// --- The storage thread's work -------------------------------------------------------------------

void JournalStorage::perform(const out::Persist& persist) {
  if (persist.id <= last_id_) gate_.violation("a persist id does not count up");
  if (persist.entry.size() > limits::kJournalEntryBytesMax) gate_.violation("an entry over 4 KiB");
  if (waiting_.size() >= limits::kJournalQueueMax) gate_.violation("over 256 entries unanswered");
  last_id_ = persist.id;
  waiting_.emplace_back(persist.id, persist.entry);
  plan_work();
}

void JournalStorage::perform(const out::Withdraw& withdraw) {
  // Those of the group are with the writer and keep their outcome.
  for (size_t i = group_; i < waiting_.size(); ++i) {
    if (waiting_[i].id == withdraw.id) waiting_[i].withdrawn = true;
  }
}

void JournalStorage::plan_work() {
  if (planned_) return;
  Duration time = Duration::us(100);
  if (steps_ == 0) {
    if (waiting_.empty()) return;
    group_ = std::min(waiting_.size(), kJournalGroupMax);
    time = timeline_.random.between(delay_low_, delay_high_);
  }
  planned_ = true;
  const Instant at = std::max(timeline_.at() + time, stalled_until_);
  for (std::function<void()>& act : std::exchange(at_next_work_, {})) {
    timeline_.plan(timeline_.random.between(Duration(), at - timeline_.at()), std::move(act));
  }
  timeline_.plan(at, [this, life = life_] {
    if (life == life_) work();
  });
}

void JournalStorage::work() {
  planned_ = false;
  if (stalled_until_ > timeline_.at()) {
    planned_ = true;
    timeline_.plan(stalled_until_, [this, life = life_] {
      if (life == life_) work();
    });
  } else if (group_ > 0) {
    finish_group();
  } else {
    keep_house();
    plan_work();
  }
}

void JournalStorage::write_group() {
  bool begun = false;
  for (size_t i = 0; i < group_; ++i) {
    Waiting& entry = waiting_[i];
    entry.status = entry.withdrawn ? Status::kStopped : journal_->append(bytes_of(entry.entry));
    begun = begun || !entry.withdrawn;
  }
  const Status committed = begun ? journal_->commit() : Status::kOk;
  for (size_t i = 0; i < group_; ++i) {
    if (ok(waiting_[i].status)) waiting_[i].status = committed;
  }
}

void JournalStorage::finish_group() {
  write_group();
  ++counts_.groups;
  std::vector<in::Persisted> fates;
  for (; group_ > 0; --group_) {
    const Waiting& entry = waiting_.front();
    if (ok(entry.status)) {
      note(bytes_of(entry.entry));
    } else if (!entry.withdrawn) {
      ++counts_.failed;
    }
    fates.push_back({entry.id, entry.status, journal_->is_short(), figures().free_bytes});
    waiting_.pop_front();
  }
  if (is_open()) witnessed_ = journal_->durable_sequence();
  steps_ = journal_steps_after(fates.size());
  plan_work();
  for (const in::Persisted& fate : fates) gate_.deliver(fate);
}

void JournalStorage::keep_house() {
  bool more = true;
  for (; steps_ > 0 && more; --steps_) more = journal_->step();
  steps_ = more && waiting_.empty() ? kStepsAtRest : 0;
}

void JournalStorage::power_cut() {
  Timeline& time = timeline_;
  const RamFlash::Death how = RamFlash::kDeaths[time.random.below(std::size(RamFlash::kDeaths))];
  if (planned_) {
    flash_.die_at(flash_.operations() + time.random.below(kOperationsMet), how);
    if (group_ > 0) {
      write_group();
    } else {
      keep_house();
    }
  }
  if (!flash_.dead()) flash_.cut(how);
  if (!flash_.violation().empty()) gate_.violation("flash: " + flash_.violation());
  flash_.power_on();
  counts_.folds += journal_->figures().folds;
  journal_ = std::make_unique<Journal>(flash_, witness_, kJournal);
  ++life_;
  planned_ = false;
  group_ = steps_ = 0;
  waiting_.clear();
  last_id_ = 0;
}

}  // namespace hookflash::sim
