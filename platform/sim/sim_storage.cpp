#include "platform/sim/sim_storage.h"

#include <algorithm>

#include "limits.h"

namespace hookflash::sim {
void SimStorage::perform(const out::Persist& persist) {
  if (persist.id <= last_id_) gate_.violation("a persist id does not count up");
  if (persist.entry.size() > limits::kJournalEntryBytesMax) gate_.violation("an entry over 4 KiB");
  if (waiting_.size() >= limits::kJournalQueueMax) gate_.violation("over 256 entries unanswered");
  last_id_ = persist.id;
  Waiting entry;
  entry.id = persist.id;
  entry.entry = text_of(persist.entry);
  entry.ready = timeline_.at() + timeline_.random.between(delay_low_, delay_high_);
  if (!waiting_.empty()) entry.ready = std::max(entry.ready, waiting_.back().ready);
  waiting_.push_back(std::move(entry));
  plan_next();
}

void SimStorage::perform(const out::Withdraw& withdraw) {
  // The first is with the writer and keeps its outcome.
  for (size_t i = 1; i < waiting_.size(); ++i) {
    if (waiting_[i].id == withdraw.id) waiting_[i].withdrawn = true;
  }
}

void SimStorage::make_durable(std::string entry) {
  ++durable_;
  entries_.push_back(std::move(entry));
}

void SimStorage::plan_next() {
  if (planned_ || waiting_.empty()) return;
  planned_ = true;
  timeline_.plan(std::max(waiting_.front().ready, stalled_until_), [this] { finish_next(); });
}

void SimStorage::finish_next() {
  planned_ = false;
  if (waiting_.empty()) return;
  if (stalled_until_ > timeline_.at()) {
    plan_next();
    return;
  }
  Waiting entry = std::move(waiting_.front());
  waiting_.pop_front();
  Status status = Status::kOk;
  if (entry.withdrawn) {
    status = Status::kStopped;
  } else if (fail_next_ > 0 || timeline_.random.strikes(fail_permille_)) {
    if (fail_next_ > 0) --fail_next_;
    ++failed_;
    status = Status::kStorage;
  } else {
    make_durable(std::move(entry.entry));
  }
  plan_next();
  gate_.deliver(in::Persisted{entry.id, status, space_short_});
}

}  // namespace hookflash::sim
