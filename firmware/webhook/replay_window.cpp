#include "webhook/replay_window.h"

#include "base/check.h"

namespace hookflash {

ReplayWindow::Claim ReplayWindow::claim(const Key16& key, RequestRef request, Now now) {
  drop_old(now);
  if (const Entry* entry = keys_.find(key)) {
    if (entry->stage != Stage::kInFlight) return Claim::kReplay;
    // There are no more waiters than requests in flight.
    CHECK(waiters_.push({key, request}) == Status::kOk);
    return Claim::kWait;
  }
  Entry* entry = insert(key, now);
  entry->owner = request;
  return Claim::kOwner;
}

bool ReplayWindow::answer(const Key16& key, RequestRef owner, Waiters& waiters) {
  waiters.clear();
  Entry* entry = owned(key, owner, Stage::kInFlight);
  if (entry == nullptr) return false;
  entry->stage = Stage::kAnswered;
  take_waiters(key, waiters);
  return true;
}

bool ReplayWindow::fail(const Key16& key, RequestRef owner, Waiters& waiters) {
  waiters.clear();
  if (owned(key, owner, Stage::kInFlight) == nullptr) return false;
  take_waiters(key, waiters);
  keys_.erase(key);
  return true;
}

bool ReplayWindow::written(const Key16& key, RequestRef owner, bool complete) {
  Entry* entry = owned(key, owner, Stage::kAnswered);
  if (entry == nullptr) return false;
  if (complete) {
    entry->stage = Stage::kKept;
  } else {
    keys_.erase(key);
  }
  return true;
}

void ReplayWindow::forget_waiter(RequestRef request) {
  for (size_t i = 0; i < waiters_.size(); ++i) {
    if (waiters_[i].request == request) return waiters_.erase(i);
  }
}

void ReplayWindow::restore(const Key16& key, Duration age, Now now) {
  if (age >= limits::kRequestKeyLife || keys_.find(key) != nullptr) return;
  Entry* entry = insert(key, {now.mono - age, now.wall});
  entry->stage = Stage::kKept;
}

ReplayWindow::Entry* ReplayWindow::owned(const Key16& key, RequestRef owner, Stage stage) {
  Entry* entry = keys_.find(key);
  return entry != nullptr && entry->owner == owner && entry->stage == stage ? entry : nullptr;
}

void ReplayWindow::take_waiters(const Key16& key, Waiters& waiters) {
  for (size_t i = 0; i < waiters_.size();) {
    if (waiters_[i].key != key) {
      ++i;
      continue;
    }
    CHECK(waiters.push(waiters_[i].request) == Status::kOk);
    waiters_.erase(i);
  }
}

void ReplayWindow::drop_old(Now now) {
  for (;;) {
    Key16 oldest{};
    bool expired = false;
    keys_.visit([&](const Key16& key, Entry& entry) {
      oldest = key;
      expired = now.mono - entry.since >= limits::kRequestKeyLife;
      return false;
    });
    if (!expired) return;
    keys_.erase(oldest);
  }
}

ReplayWindow::Entry* ReplayWindow::insert(const Key16& key, Now now) {
  if (keys_.full()) {
    // What is in flight stays: its owner has yet to come back to it.
    Key16 oldest{};
    keys_.visit([&](const Key16& candidate, Entry& entry) {
      oldest = candidate;
      return entry.stage != Stage::kKept;
    });
    CHECK(keys_.erase(oldest));
    ++evictions_;
  }
  Entry* entry = keys_.insert(key);
  entry->since = now.mono;
  return entry;
}

}  // namespace hookflash
