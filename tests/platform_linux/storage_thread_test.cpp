#include "platform/linux/storage_thread.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hookflash {
namespace {

// A medium that the test can hold, and that fails when told to.
class HeldStore final : public EntryStore {
 public:
  Status append(Bytes entry) override {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    entries.emplace_back(text_of(entry));
    return entries.back() == "bad" ? Status::kStorage : Status::kOk;
  }
  Status commit() override {
    ++commits;
    return commit_status;
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void wait_for_arrivals(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }
  std::vector<std::string> entries;
  size_t commits = 0;
  Status commit_status = Status::kOk;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  size_t arrived_ = 0;
};

class StorageThreadTest : public testing::Test {
 protected:
  StorageThreadTest() { EXPECT_EQ(thread_->start(store_), Status::kOk); }
  ~StorageThreadTest() override {
    store_.hold(false);
    thread_->stop();
  }
  Status put(PersistId id, std::string_view entry) { return thread_->put(id, bytes_of(entry)); }
  StorageThread::Fate next() {
    StorageThread::Fate fate;
    while (!thread_->take_result(fate)) {
      pollfd signal{thread_->signal(), POLLIN, 0};
      EXPECT_EQ(poll(&signal, 1, 20'000), 1) << "no fate in 20 s";
      if (testing::Test::HasFailure()) break;
      thread_->clear_signal();
    }
    return fate;
  }
  HeldStore store_;
  std::unique_ptr<StorageThread> thread_ = std::make_unique<StorageThread>();
};

// Aim: fates come in the order of the entries, with the bytes as they were put.
TEST_F(StorageThreadTest, Order) {
  for (PersistId id = 1; id <= 1000; ++id) {
    ASSERT_EQ(put(id, "entry " + std::to_string(id)), Status::kOk);
    if (id % 100 == 0) {
      for (PersistId known = id - 99; known <= id; ++known) {
        const StorageThread::Fate fate = next();
        ASSERT_EQ(fate.id, known);
        ASSERT_EQ(fate.status, Status::kOk);
      }
    }
  }
  thread_->stop();
  EXPECT_EQ(store_.entries.size(), 1000U);
  EXPECT_EQ(store_.entries[999], "entry 1000");
}

// Aim: B-JRN-4: what gathers while the medium is slow is committed together, at most 64 entries
// with one sync; an entry that finds the medium idle waits for nobody.
TEST_F(StorageThreadTest, GroupCommit) {
  store_.hold(true);
  ASSERT_EQ(put(1, "first"), Status::kOk);
  store_.wait_for_arrivals(1);
  for (PersistId id = 2; id <= 131; ++id) ASSERT_EQ(put(id, "gathered"), Status::kOk);
  store_.hold(false);
  for (PersistId id = 1; id <= 131; ++id) EXPECT_EQ(next().id, id);
  ASSERT_EQ(put(132, "alone"), Status::kOk);
  EXPECT_EQ(next().id, 132U);
  thread_->stop();
  EXPECT_EQ(store_.commits, 1U + 3U + 1U);
}

// Aim: an entry can be taken back until the thread has begun it, and its fate comes in order all
// the same.
TEST_F(StorageThreadTest, Withdraw) {
  store_.hold(true);
  ASSERT_EQ(put(1, "begun"), Status::kOk);
  store_.wait_for_arrivals(1);
  ASSERT_EQ(put(2, "taken back"), Status::kOk);
  ASSERT_EQ(put(3, "kept"), Status::kOk);
  thread_->withdraw(1);
  thread_->withdraw(2);
  thread_->withdraw(99);
  store_.hold(false);
  EXPECT_EQ(next().status, Status::kOk);
  EXPECT_EQ(next().status, Status::kStopped);
  EXPECT_EQ(next().status, Status::kOk);
  thread_->stop();
  EXPECT_EQ(store_.entries, (std::vector<std::string>{"begun", "kept"}));
}

// Aim: a failed append concerns its entry alone, a failed commit all that it was for.
TEST_F(StorageThreadTest, Failures) {
  ASSERT_EQ(put(1, "bad"), Status::kOk);
  EXPECT_EQ(next().status, Status::kStorage);
  ASSERT_EQ(put(2, "good"), Status::kOk);
  EXPECT_EQ(next().status, Status::kOk);
  store_.commit_status = Status::kStorage;
  ASSERT_EQ(put(3, "good"), Status::kOk);
  EXPECT_EQ(next().status, Status::kStorage);
}

// Aim: B-JRN-4: 256 entries may wait, the next is refused at once; taken again when fates were
// taken; too long is refused.
TEST_F(StorageThreadTest, Limits) {
  store_.hold(true);
  static_assert(limits::kJournalQueueMax == 256);
  for (PersistId id = 1; id <= limits::kJournalQueueMax; ++id) ASSERT_EQ(put(id, "x"), Status::kOk);
  EXPECT_EQ(put(9999, "x"), Status::kFull);
  store_.hold(false);
  EXPECT_EQ(next().id, 1U);
  EXPECT_EQ(put(10'000, "x"), Status::kOk);
  EXPECT_EQ(put(10'001, std::string(limits::kJournalEntryBytesMax + 1, 'x')), Status::kTooLarge);
  for (PersistId id = 2; id <= limits::kJournalQueueMax; ++id) EXPECT_EQ(next().id, id);
  EXPECT_EQ(next().id, 10'000U);
}

// Aim: stop is idempotent, ends a thread that sleeps, and start works again after it.
TEST_F(StorageThreadTest, StopAndStartAgain) {
  thread_->stop();
  thread_->stop();
  ASSERT_EQ(thread_->start(store_), Status::kOk);
  ASSERT_EQ(put(1, "again"), Status::kOk);
  EXPECT_EQ(next().id, 1U);
}

}  // namespace
}  // namespace hookflash
