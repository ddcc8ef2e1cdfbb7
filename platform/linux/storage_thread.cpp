#include "platform/linux/storage_thread.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "journal/pace.h"

namespace hookflash {
namespace {

void raise_signal(int descriptor) {
  const uint64_t one = 1;
  // Fails only when the count would overflow: then it is raised already.
  [[maybe_unused]] const ssize_t written = write(descriptor, &one, sizeof one);
}

// Waits when the descriptor is one that waits.
void lower_signal(int descriptor) {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(descriptor, &count, sizeof count);
}

}  // namespace

Status StorageThread::start(EntryStore& store) {
  CHECK(!running_);
  store_ = &store;
  stopping_ = false;
  put_ = done_ = 0;
  taken_ = 0;
  wake_signal_ = eventfd(0, EFD_CLOEXEC);
  done_signal_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_signal_ < 0 || done_signal_ < 0) {
    stop();
    return Status::kUnavailable;
  }
  // Signals are for the loop's descriptor alone.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  running_ = pthread_create(&thread_, nullptr, run, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (running_) return Status::kOk;
  stop();
  return Status::kUnavailable;
}

void StorageThread::stop() {
  if (running_) {
    stopping_.store(true, std::memory_order_release);
    raise_signal(wake_signal_);
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  if (wake_signal_ >= 0) close(wake_signal_);
  if (done_signal_ >= 0) close(done_signal_);
  wake_signal_ = done_signal_ = -1;
}

void StorageThread::clear_signal() { lower_signal(done_signal_); }

Status StorageThread::put(PersistId id, Bytes entry) {
  const uint64_t number = put_.load(std::memory_order_relaxed);
  if (entry.size() > limits::kJournalEntryBytesMax) return Status::kTooLarge;
  if (number - taken_ == places_.size()) return Status::kFull;
  Place& slot = place(number);
  slot.id = id;
  slot.size = entry.size();
  if (!entry.empty()) std::memcpy(slot.entry.data(), entry.data(), entry.size());
  slot.owner.store(Owner::kWaiting, std::memory_order_relaxed);
  put_.store(number + 1, std::memory_order_release);
  raise_signal(wake_signal_);
  return Status::kOk;
}

void StorageThread::withdraw(PersistId id) {
  const uint64_t end = put_.load(std::memory_order_relaxed);
  for (uint64_t number = taken_; number < end; ++number) {
    Place& slot = place(number);
    if (slot.id != id) continue;
    Owner expected = Owner::kWaiting;
    slot.owner.compare_exchange_strong(expected, Owner::kWithdrawn, std::memory_order_acq_rel);
    return;
  }
}

bool StorageThread::take_result(Fate& fate) {
  if (taken_ == done_.load(std::memory_order_acquire)) return false;
  const Place& slot = place(taken_++);
  fate = {slot.id, slot.status, slot.space_short, slot.free_bytes, slot.transcripts_dropped};
  return true;
}

void* StorageThread::run(void* self) {
  static_cast<StorageThread*>(self)->work();
  return nullptr;
}

void StorageThread::work() {
  uint64_t next = 0;
  while (!stopping_.load(std::memory_order_acquire)) {
    uint64_t end = put_.load(std::memory_order_acquire);
    if (next == end) {
      // Housekeeping in small pieces, so that an entry never waits long for it.
      if (!store_->step()) lower_signal(wake_signal_);
      continue;
    }
    end = std::min(end, next + kJournalGroupMax);
    const uint64_t first = next;
    bool begun = false;
    for (; next < end; ++next) {
      Place& slot = place(next);
      Owner expected = Owner::kWaiting;
      if (!slot.owner.compare_exchange_strong(expected, Owner::kThread,
                                              std::memory_order_acq_rel)) {
        slot.status = Status::kStopped;
        continue;
      }
      slot.status = store_->append(Bytes(slot.entry).first(slot.size));
      begun = true;
    }
    const Status committed = begun ? store_->commit() : Status::kOk;
    const bool space_short = store_->is_short();
    const uint64_t free_bytes = store_->free_bytes();
    const uint64_t transcripts_dropped = store_->transcripts_dropped();
    for (uint64_t number = first; number < end; ++number) {
      Place& slot = place(number);
      if (ok(slot.status)) slot.status = committed;
      slot.space_short = space_short;
      slot.free_bytes = free_bytes;
      slot.transcripts_dropped = transcripts_dropped;
    }
    done_.store(end, std::memory_order_release);
    raise_signal(done_signal_);
    for (size_t n = journal_steps_after(end - first); n > 0 && store_->step(); --n) {
    }
  }
}

}  // namespace hookflash
