#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "hal/socket_id.h"
#include "limits.h"
#include "platform/linux/entry_store.h"

namespace hookflash {

// Hands journal entries to a thread of their own, so that slow flash delays answers but never
// audio. The loop puts entries in and takes their fate out, in the same order; the thread appends
// whatever has gathered and commits it at once. No lock: each place of the ring belongs to one side
// at a time.
class StorageThread {
 public:
  StorageThread() = default;
  ~StorageThread() { stop(); }
  StorageThread(const StorageThread&) = delete;
  StorageThread& operator=(const StorageThread&) = delete;

  // The store is used by the thread alone until stop() has returned.
  Status start(EntryStore& store);
  // Entries that the thread has begun are finished; the others are dropped. Idempotent.
  void stop();

  // Readable when take_result() has something. Cleared by clear_signal().
  [[nodiscard]] int signal() const { return done_signal_; }
  void clear_signal();

  // kFull when limits::kJournalQueueMax are unanswered, kTooLarge beyond kJournalEntryBytesMax.
  Status put(PersistId id, Bytes entry);
  // Takes the entry back when the thread has not begun it; its fate is then kStopped.
  void withdraw(PersistId id);

  struct Fate {
    PersistId id = 0;
    Status status = Status::kOk;
    bool space_short = false;  // EntryStore::is_short() after its group.
    uint64_t free_bytes = 0;
    uint64_t transcripts_dropped = 0;  // EntryStore::transcripts_dropped(), likewise.
  };
  // The next fate in order; false when it is not known yet.
  bool take_result(Fate& fate);

 private:
  enum class Owner : uint8_t { kWaiting, kThread, kWithdrawn };

  struct Place {
    std::atomic<Owner> owner{Owner::kWaiting};
    PersistId id = 0;
    Status status = Status::kOk;
    bool space_short = false;
    uint64_t free_bytes = 0;
    uint64_t transcripts_dropped = 0;
    size_t size = 0;
    std::array<uint8_t, limits::kJournalEntryBytesMax> entry{};
  };

  static void* run(void* self);
  void work();
  Place& place(uint64_t number) { return places_[number % places_.size()]; }

  EntryStore* store_ = nullptr;
  pthread_t thread_{};
  bool running_ = false;
  int wake_signal_ = -1;
  int done_signal_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> put_{0};   // Entries ever put; written by the loop.
  std::atomic<uint64_t> done_{0};  // Entries whose fate is known; written by the thread.
  uint64_t taken_ = 0;             // Fates taken by the loop.
  std::array<Place, limits::kJournalQueueMax> places_{};
};

}  // namespace hookflash
