#include "platform/linux/journal_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/pace.h"
#include "platform/linux/flash_image.h"
#include "tests/flash/fake_mtd.h"
#include "tests/journal/sample_state.h"

namespace hookflash {
namespace {

using ::testing::HasSubstr;

// A store with its state, from start to stop.
struct Life {
  explicit Life(const std::string& path, MtdCalls* calls = nullptr)
      : store(std::make_unique<JournalStore>(state, calls)) {
    TextWriter text(memory, sizeof memory);
    status = store->open(path, state.snapshot_bytes_max(), text);
    problem = std::string(text.view());
  }
  Status add(uint64_t number) {
    TRY(store->append(sample_entry(number, 500)));
    return store->commit();
  }

  SampleState state;
  std::unique_ptr<JournalStore> store;
  char memory[512] = {};
  std::string problem;
  Status status = Status::kOk;
};

// While it lives this process may write small files only: a disk that is full says the same.
class SmallFilesOnly {
 public:
  explicit SmallFilesOnly(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit small = before_;
    small.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  }
  ~SmallFilesOnly() { EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0); }
  SmallFilesOnly(const SmallFilesOnly&) = delete;
  SmallFilesOnly& operator=(const SmallFilesOnly&) = delete;

 private:
  rlimit before_{};
};

class JournalStoreTest : public testing::Test {
 protected:
  JournalStoreTest() {
    char name[] = "/tmp/hookflash-store-XXXXXX";
    directory_ = mkdtemp(name);
    // What a data directory on a box with flash of its own has; any character device will do,
    // because the test plays the kernel behind it.
    std::filesystem::create_symlink("/dev/null", directory_ + "/device");
  }
  ~JournalStoreTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  FakeMtd nor_{MTD_NORFLASH, 1, 64 * 1024, 64};
};

// Aim: the journal lives on the flash device that its name points to. Method: an erased part is
// begun, the entries are there at the next start.
TEST_F(JournalStoreTest, KeepsAJournalOnADevice) {
  {
    Life life(directory_ + "/device", &nor_);
    ASSERT_EQ(life.status, Status::kOk) << life.problem;
    EXPECT_EQ(nor_.opened, directory_ + "/device");
    for (uint64_t n = 1; n <= 20; ++n) ASSERT_EQ(life.add(n), Status::kOk);
  }
  Life life(directory_ + "/device", &nor_);
  ASSERT_EQ(life.status, Status::kOk) << life.problem;
  EXPECT_EQ(life.state.values().count, 20U);
  EXPECT_EQ(life.store->journal().figures().damaged, 0U);
}

// Aim: a device that holds something else is left as it is, and the operator told how to go on;
// so are one that is too small and one that is no flash. Method: each of them.
TEST_F(JournalStoreTest, LeavesAnotherDevicesContentAlone) {
  for (uint8_t& byte : nor_.image) byte = 0x5A;
  const std::vector<uint8_t> before = nor_.image;
  Life foreign(directory_ + "/device", &nor_);
  EXPECT_EQ(foreign.status, Status::kStorage);
  EXPECT_THAT(foreign.problem, HasSubstr("holds no journal"));
  EXPECT_FALSE(foreign.store->is_open());
  EXPECT_TRUE(foreign.store->stays());
  EXPECT_EQ(foreign.add(1), Status::kUnavailable);
  EXPECT_EQ(nor_.image, before);
  EXPECT_EQ(nor_.erases, 0U);
  EXPECT_TRUE(foreign.store->set_aside().empty());

  FakeMtd small(MTD_NORFLASH, 1, 64 * 1024, 3);
  Life little(directory_ + "/device", &small);
  EXPECT_EQ(little.status, Status::kStorage);
  EXPECT_THAT(little.problem, HasSubstr("too small"));

  Life none(directory_ + "/device");  // The real /dev/null.
  EXPECT_EQ(none.status, Status::kStorage);
  EXPECT_THAT(none.problem, HasSubstr("no flash"));
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ + "/device"));
}

// Aim: B-LIFE-7: one at a time has the journal; the next is told so and changes nothing, and a look
// at it beside the one that has it needs no lock.
TEST_F(JournalStoreTest, OneAtATime) {
  const std::string path = directory_ + "/journal";
  Life first(path);
  ASSERT_EQ(first.status, Status::kOk) << first.problem;
  ASSERT_EQ(first.add(1), Status::kOk);
  Life second(path);
  EXPECT_EQ(second.status, Status::kConflict);
  EXPECT_FALSE(second.store->is_open());
  EXPECT_EQ(second.add(2), Status::kUnavailable);
  FlashImage image;
  ASSERT_EQ(image.open(path), Status::kOk);
  ASSERT_EQ(first.add(2), Status::kOk);
  image.set_segment_bytes(64 * 1024);
  SampleState looked;
  Journal journal(image, looked, {.read_only = true});
  ASSERT_EQ(journal.open(), Status::kOk);
  EXPECT_EQ(looked.values().count, 2U);
}

// Aim: B-JRN-9: a file that cannot be read is set aside once, under a name that is free, and the
// new one works; nothing is set aside that can be read.
TEST_F(JournalStoreTest, SetsAside) {
  const std::string path = directory_ + "/journal";
  for (const char* const name : {"/journal.lost", "/journal.lost-2"}) {
    {
      Life life(path);
      ASSERT_EQ(life.status, Status::kOk) << life.problem;
      EXPECT_TRUE(life.store->set_aside().empty());
    }
    const auto size = std::filesystem::file_size(path);
    std::ofstream(path, std::ios::binary) << std::string(size, 'x');
    Life life(path);
    ASSERT_EQ(life.status, Status::kOk) << life.problem;
    EXPECT_EQ(life.store->set_aside(), directory_ + name);
    EXPECT_TRUE(std::filesystem::exists(directory_ + name));
    EXPECT_EQ(life.add(1), Status::kOk);
  }
}

// Aim: a file that lost its end, or is smaller than this build wants, loses nothing else: what is
// left of it is read, and it is as large as before (B-JRN-2). Where there is no room for that and
// it is too small, it is not set aside, because what it holds is wanted; it waits (B-JRN-9).
// Method: cut it at several places; the process may write only small files for a while.
TEST_F(JournalStoreTest, FillsUpAShortFile) {
  const std::string path = directory_ + "/journal";
  uint64_t entries = 0;
  uintmax_t whole = 0;
  for (const uintmax_t cut : {uintmax_t{1}, uintmax_t{1'000'001}, uintmax_t{64 * 1024}}) {
    {
      Life life(path);
      ASSERT_EQ(life.status, Status::kOk) << life.problem;
      for (int n = 0; n < 20; ++n) ASSERT_EQ(life.add(++entries), Status::kOk);
    }
    whole = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, whole - cut);
    Life life(path);
    ASSERT_EQ(life.status, Status::kOk) << life.problem;
    EXPECT_TRUE(life.store->set_aside().empty());
    EXPECT_EQ(life.state.values().count, entries);
    EXPECT_EQ(std::filesystem::file_size(path), whole);
  }
  std::filesystem::resize_file(path, 128 * 1024);
  auto small = std::make_optional<SmallFilesOnly>(200 * 1024);
  Life life(path);
  small.reset();
  EXPECT_EQ(life.status, Status::kStorage);
  EXPECT_THAT(life.problem, HasSubstr("no room to make it larger"));
  EXPECT_TRUE(life.store->stays());
  EXPECT_EQ(std::filesystem::file_size(path), 128 * 1024U);
  TextWriter text(life.memory, sizeof life.memory);
  ASSERT_EQ(life.store->open(path, life.state.snapshot_bytes_max(), text), Status::kOk);
  EXPECT_TRUE(life.store->set_aside().empty());
  EXPECT_GT(life.state.values().count, 0U);
  EXPECT_EQ(std::filesystem::file_size(path), whole);
}

// Aim: B-JRN-9: an unreadable journal whose place a new one cannot take, because the disk is full,
// is set aside once, and the box waits; when there is room, the next attempt begins a journal and
// still tells what was set aside. Method: for a while the process may write only small files, which
// fails as a full disk does.
TEST_F(JournalStoreTest, WaitsForRoomWhenItHasSetOneAside) {
  const std::string path = directory_ + "/journal";
  std::ofstream(path, std::ios::binary) << std::string(16U << 20U, 'x');
  auto small = std::make_optional<SmallFilesOnly>(1U << 20U);
  Life life(path);
  char memory[512];
  TextWriter text(memory, sizeof memory);
  const Status again = life.store->open(path, life.state.snapshot_bytes_max(), text);
  small.reset();
  EXPECT_EQ(life.status, Status::kFull);
  EXPECT_THAT(life.problem, HasSubstr("cannot make the journal"));
  EXPECT_EQ(again, Status::kFull);
  EXPECT_TRUE(life.store->stays());
  EXPECT_EQ(life.add(1), Status::kUnavailable);
  ASSERT_EQ(life.store->open(path, life.state.snapshot_bytes_max(), text), Status::kOk);
  EXPECT_EQ(life.store->set_aside(), path + ".lost");
  EXPECT_FALSE(std::filesystem::exists(path + ".lost-2"));
  EXPECT_EQ(life.add(1), Status::kOk);
}

// Aim: what is no file cannot be set aside either: it stays, entries fail, and when it has gone the
// next attempt makes a journal (B-JRN-9).
TEST_F(JournalStoreTest, StaysClosedUntilItCanBeOpened) {
  const std::string path = directory_ + "/journal";
  std::filesystem::create_directory(path);
  Life life(path);
  EXPECT_NE(life.status, Status::kOk);
  EXPECT_TRUE(life.store->stays());
  EXPECT_EQ(life.add(1), Status::kUnavailable);
  EXPECT_FALSE(life.store->is_short());
  std::filesystem::remove(path);
  TextWriter text(life.memory, sizeof life.memory);
  ASSERT_EQ(life.store->open(path, life.state.snapshot_bytes_max(), text), Status::kOk);
  EXPECT_EQ(life.add(1), Status::kOk);
  EXPECT_GT(life.store->free_bytes(), 1'000'000U);
}

// Aim: a load that never rests does not outrun the housekeeping: no entry is refused for want of
// space. Method: full groups one after the other, with the steps that the storage thread takes
// between them.
TEST_F(JournalStoreTest, HousekeepingKeepsAheadOfAnyLoad) {
  Life life(directory_ + "/device", &nor_);
  ASSERT_EQ(life.status, Status::kOk) << life.problem;
  uint64_t number = 0;
  for (const size_t group : {64U, 17U, 1U}) {
    for (size_t entries = 0; entries < 60'000; entries += group) {
      for (size_t n = 0; n < group; ++n) {
        ASSERT_EQ(life.store->append(sample_entry(++number, 150)), Status::kOk) << number;
      }
      ASSERT_EQ(life.store->commit(), Status::kOk);
      for (size_t n = journal_steps_after(group); n > 0 && life.store->step(); --n) {
      }
      ASSERT_FALSE(life.store->is_short()) << number;
    }
  }
  EXPECT_GT(life.store->journal().figures().folds, 3U);
}

}  // namespace
}  // namespace hookflash
