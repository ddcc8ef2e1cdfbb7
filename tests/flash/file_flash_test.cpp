#include "platform/linux/file_flash.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace hookflash {
namespace {

constexpr uint64_t kSize = 2 * FileFlash::kEraseUnit;

class FileFlashTest : public testing::Test {
 protected:
  FileFlashTest() {
    char name[] = "/tmp/hookflash-file-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/image";
  }
  ~FileFlashTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string path_;
};

// Aim: the file is private, whole, and nothing is left beside it. Method:
// create one and look.
TEST_F(FileFlashTest, MakesAWholePrivateFile) {
  FileFlash flash;
  ASSERT_EQ(flash.create(path_, kSize), Status::kOk);
  struct stat about {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(static_cast<uint64_t>(about.st_size), kSize);
  EXPECT_GE(static_cast<uint64_t>(about.st_blocks) * 512, kSize);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
  flash.close();
  EXPECT_EQ(flash.create(path_, kSize), Status::kConflict);
}

// Aim: one process at a time; a reader needs no lock and changes nothing. Method: open
// twice.
TEST_F(FileFlashTest, IsHeldByOneAtATime) {
  FileFlash flash;
  ASSERT_EQ(flash.create(path_, kSize), Status::kOk);
  FileFlash second;
  EXPECT_EQ(second.open(path_, FileFlash::Mode::kWrite), Status::kConflict);
  ASSERT_EQ(second.open(path_, FileFlash::Mode::kRead), Status::kOk);
  std::vector<uint8_t> bytes(512, 0);
  EXPECT_EQ(second.program(0, bytes), Status::kStorage);
  EXPECT_EQ(second.erase(0), Status::kStorage);
  EXPECT_EQ(second.sync(), Status::kStorage);
  EXPECT_EQ(second.read(0, bytes), Status::kOk);
  EXPECT_EQ(bytes[0], 0xFF);
  second.close();
  flash.close();
  EXPECT_EQ(second.open(path_, FileFlash::Mode::kWrite), Status::kOk);
}

// Aim: what cannot be opened says why as a value. Method: nothing there, a directory, a link, a
// size that is none of ours, no directory, a path too long.
TEST_F(FileFlashTest, SaysWhyItCannotOpen) {
  FileFlash flash;
  EXPECT_EQ(flash.open(path_, FileFlash::Mode::kWrite), Status::kNotFound);
  EXPECT_EQ(flash.error(), ENOENT);
  EXPECT_EQ(flash.open(directory_, FileFlash::Mode::kWrite), Status::kDenied);
  EXPECT_EQ(flash.open(directory_, FileFlash::Mode::kRead), Status::kDenied);
  std::ofstream(path_) << "short";
  EXPECT_EQ(flash.open(path_, FileFlash::Mode::kWrite), Status::kInvalid);
  std::filesystem::create_symlink(path_, path_ + "2");
  EXPECT_EQ(flash.open(path_ + "2", FileFlash::Mode::kWrite), Status::kDenied);
  EXPECT_EQ(flash.create(directory_ + "/none/image", kSize), Status::kNotFound);
  EXPECT_EQ(flash.open(std::string(5000, 'a'), FileFlash::Mode::kRead), Status::kTooLarge);
  EXPECT_FALSE(flash.is_open());
}

// Aim: a disk without room is a value, and leaves nothing behind. Method: the process may write
// only small files for a while; the system then says the file is too large as it would say that the
// disk is full.
TEST_F(FileFlashTest, SaysThatTheDiskIsFull) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = kSize / 2;
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  FileFlash flash;
  const Status status = flash.create(path_, kSize);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(status, Status::kFull);
  EXPECT_FALSE(flash.is_open());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

// Aim: a file that is too small, or was cut within a unit, gets what it lacks behind what it holds;
// without room for that it stays as it was, and is used when it consists of whole units. Method: a
// file cut to several lengths, opened with and without a limit that stands for a full disk.
TEST_F(FileFlashTest, FillsUpAShortFile) {
  for (const bool room : {true, false}) {
    for (const uint64_t left : {uint64_t{1}, uint64_t{70'001}, uint64_t{FileFlash::kEraseUnit}}) {
      {
        FileFlash flash;
        ASSERT_EQ(flash.create(path_, kSize), Status::kOk);
        ASSERT_EQ(flash.program(0, std::vector<uint8_t>(FileFlash::kEraseUnit, 'a')), Status::kOk);
      }
      std::filesystem::resize_file(path_, left);
      rlimit before{};
      ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
      rlimit small = before;
      if (!room) small.rlim_cur = left + 512;
      signal(SIGXFSZ, SIG_IGN);
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
      FileFlash flash;
      const Status status = flash.open_filled(path_, kSize);
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
      const bool whole = left % FileFlash::kEraseUnit == 0;
      EXPECT_EQ(status, room || whole ? Status::kOk : Status::kFull) << left;
      EXPECT_EQ(std::filesystem::file_size(path_), room ? kSize : left);
      if (status == Status::kOk) {
        EXPECT_EQ(flash.geometry().size, room ? kSize : left);
        std::vector<uint8_t> bytes(flash.geometry().size);
        ASSERT_EQ(flash.read(0, bytes), Status::kOk);
        const uint64_t written = std::min<uint64_t>(left, FileFlash::kEraseUnit);
        for (uint64_t at = 0; at < bytes.size(); ++at) {
          ASSERT_EQ(bytes[at], at < written ? 'a' : 0xFF) << at;
        }
      }
      flash.close();
      std::filesystem::remove(path_);
    }
  }
}

// Aim: a file that was cut short under our feet is a failure of the medium, not a crash. Method:
// truncate it.
TEST_F(FileFlashTest, SurvivesAFileCutShort) {
  FileFlash flash;
  ASSERT_EQ(flash.create(path_, kSize), Status::kOk);
  std::filesystem::resize_file(path_, 1000);
  std::vector<uint8_t> bytes(512);
  EXPECT_EQ(flash.read(kSize - 512, bytes), Status::kStorage);
  EXPECT_EQ(flash.read(0, bytes), Status::kOk);
}

}  // namespace
}  // namespace hookflash
