#include "platform/linux/mtd_flash.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "fake_mtd.h"
#include "journal/journal.h"
#include "tests/journal/sample_state.h"

namespace hookflash {
namespace {

constexpr uint32_t kPage = 2048;
constexpr uint32_t kBlock = 128 * 1024;

// Aim: the geometry is the part's. Method: a NAND part and a NOR part.
TEST(MtdFlash, TakesTheGeometryOfThePart) {
  FakeMtd nand(MTD_NANDFLASH, kPage, kBlock, 16);
  MtdFlash flash(nand);
  ASSERT_EQ(flash.open("/dev/mtd3", MtdFlash::Mode::kWrite), Status::kOk);
  EXPECT_EQ(nand.opened, "/dev/mtd3");
  EXPECT_EQ(flash.geometry(), (FlashGeometry{kPage, kBlock, 16 * kBlock, 0}));
  flash.close();
  EXPECT_EQ(nand.opened, "");
  FakeMtd nor(MTD_NORFLASH, 1, 4096, 64);
  MtdFlash other(nor);
  ASSERT_EQ(other.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  EXPECT_EQ(other.geometry(), (FlashGeometry{1, 4096, 64 * 4096, 0}));
}

// Aim: what cannot be used is refused as a value, with the system's reason. Method: each failure of
// open and MEMGETINFO, and each kind of part that cannot keep the promises.
TEST(MtdFlash, RefusesWhatItCannotUse) {
  FakeMtd device(MTD_NORFLASH, 1, 4096, 64);
  MtdFlash flash(device);
  const auto opened = [&] { return flash.open("/dev/mtd0", MtdFlash::Mode::kWrite); };
  const std::pair<int, Status> errors[] = {{ENOENT, Status::kNotFound},
                                           {EWOULDBLOCK, Status::kConflict},
                                           {EACCES, Status::kDenied},
                                           {EIO, Status::kStorage}};
  for (const auto& [error, status] : errors) {
    device.open_error = error;
    EXPECT_EQ(opened(), status);
    EXPECT_EQ(flash.error(), error);
  }
  device.open_error = 0;
  device.info_error = ENOTTY;  // A character device, but no MTD.
  EXPECT_EQ(opened(), Status::kUnsupported);
  EXPECT_EQ(device.opened, "");
  device.info_error = EIO;
  EXPECT_EQ(opened(), Status::kStorage);
  device.info_error = 0;
  const mtd_info_user good = device.part;
  const auto refused = [&](auto change) {
    device.part = good;
    change(device.part);
    EXPECT_EQ(opened(), Status::kUnsupported);
    EXPECT_FALSE(flash.is_open());
  };
  refused([](mtd_info_user& part) { part.type = MTD_MLCNANDFLASH; });
  refused([](mtd_info_user& part) { part.type = MTD_ROM; });
  refused([](mtd_info_user& part) { part.flags = 0; });
  refused([](mtd_info_user& part) { part.writesize = 528; });
  refused([](mtd_info_user& part) { part.writesize = 8192; });
  refused([](mtd_info_user& part) { part.erasesize = 0; });
  refused([](mtd_info_user& part) { part.size = 0; });
  device.part = good;
  device.part.flags = 0;  // A read-only one can be looked at.
  EXPECT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kRead), Status::kOk);
  flash.close();
  EXPECT_EQ(flash.open(std::string(5000, 'x'), MtdFlash::Mode::kRead), Status::kTooLarge);
}

// Aim: the real system calls say of what is no MTD device that it is none. Method: /dev/null, a
// file that is not there, and a plain file, through the kernel.
TEST(MtdFlash, AsksTheKernel) {
  KernelMtd kernel;
  MtdFlash flash(kernel);
  EXPECT_EQ(flash.open("/dev/null", MtdFlash::Mode::kWrite), Status::kUnsupported);
  EXPECT_EQ(flash.error(), ENOTTY);
  EXPECT_EQ(flash.open("/dev/no-such-device", MtdFlash::Mode::kRead), Status::kNotFound);
  EXPECT_FALSE(flash.is_open());
}

// Aim: a journal works on a part, restarts included. Method: on the kernel's own (mtdram, nandsim
// or real flash that may be overwritten) where HOOKFLASH_TEST_MTD names one, else on a NOR part of
// ours.
TEST(MtdFlash, CarriesAJournal) {
  const char* const path = getenv("HOOKFLASH_TEST_MTD");
  FakeMtd fake(MTD_NORFLASH, 1, 4096, 512);
  KernelMtd kernel;
  MtdCalls& calls = path != nullptr ? static_cast<MtdCalls&>(kernel) : fake;
  MtdFlash flash(calls);
  ASSERT_EQ(flash.open(path != nullptr ? path : "/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  SampleState state;
  auto journal = std::make_unique<Journal>(flash, state, JournalOptions{.fold_segments = 4});
  ASSERT_EQ(journal->format(), Status::kOk);
  for (uint64_t n = 1; n <= 2000; ++n) {
    ASSERT_EQ(journal->append(sample_entry(n, 700)), Status::kOk);
    ASSERT_EQ(journal->commit(), Status::kOk);
    while (journal->step()) {
    }
  }
  EXPECT_GT(journal->figures().folds, 0U);
  flash.close();
  ASSERT_EQ(flash.open(path != nullptr ? path : "/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  SampleState again;
  journal = std::make_unique<Journal>(flash, again, JournalOptions{});
  ASSERT_EQ(journal->open(), Status::kOk);
  EXPECT_EQ(again.values().count, 2000U);
  EXPECT_EQ(journal->figures().damaged, 0U);
}

// Aim: blocks that the maker marked bad read as erased and take nothing. Method: one in the middle,
// read across.
TEST(MtdFlash, KeepsOffBadBlocks) {
  FakeMtd device(MTD_NANDFLASH, kPage, kBlock, 8);
  device.bad.insert(2);
  std::fill_n(device.image.begin() + 2 * kBlock, kBlock, uint8_t{0});
  MtdFlash flash(device);
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  EXPECT_EQ(flash.bad_blocks(), 1U);
  const std::vector<uint8_t> bytes(kBlock, 0x11);
  ASSERT_EQ(flash.program(kBlock, bytes), Status::kOk);
  EXPECT_EQ(flash.program(2 * kBlock, bytes), Status::kStorage);
  EXPECT_EQ(flash.erase(2 * kBlock), Status::kStorage);
  ASSERT_EQ(flash.program(3 * kBlock, bytes), Status::kOk);
  std::vector<uint8_t> read(3 * kBlock);
  ASSERT_EQ(flash.read(kBlock, read), Status::kOk);
  EXPECT_EQ(read[0], 0x11);
  EXPECT_EQ(read[kBlock], 0xFF);
  EXPECT_EQ(read[2 * kBlock - 1], 0xFF);
  EXPECT_EQ(read[2 * kBlock], 0x11);
}

// Aim: a block that fails is marked bad, but not before its content may go. Method: programming
// fails, what was there is still read, the next erase marks it; an erase that fails marks at once;
// both are known after the device was opened anew.
TEST(MtdFlash, MarksBlocksThatFail) {
  FakeMtd device(MTD_NANDFLASH, kPage, kBlock, 8);
  MtdFlash flash(device);
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  const std::vector<uint8_t> page(kPage, 0x22);
  ASSERT_EQ(flash.program(kBlock, page), Status::kOk);
  device.worn = {1, 5};
  EXPECT_EQ(flash.program(kBlock + kPage, page), Status::kStorage);
  EXPECT_EQ(flash.error(), EIO);
  EXPECT_TRUE(device.bad.empty());
  std::vector<uint8_t> read(kPage);
  ASSERT_EQ(flash.read(kBlock, read), Status::kOk);
  EXPECT_EQ(read, page);
  EXPECT_EQ(flash.erase(kBlock), Status::kStorage);
  EXPECT_EQ(flash.erase(5 * kBlock), Status::kStorage);
  EXPECT_EQ(device.bad, (std::set<uint32_t>{1, 5}));
  flash.close();
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  EXPECT_EQ(flash.bad_blocks(), 2U);
}

// Aim: NOR has no marks: a failed erase is said, and may be tried again. Method: a worn block that
// recovers.
TEST(MtdFlash, NorMayBeTriedAgain) {
  FakeMtd device(MTD_NORFLASH, 1, 4096, 16);
  MtdFlash flash(device);
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  device.worn = {3};
  EXPECT_EQ(flash.erase(3 * 4096), Status::kStorage);
  EXPECT_EQ(flash.program(3 * 4096, std::vector<uint8_t>(1, 0)), Status::kStorage);
  device.worn.clear();
  EXPECT_EQ(flash.erase(3 * 4096), Status::kOk);
}

// Aim: a NOR part that wakes up locked is unlocked; opening for reading leaves the lock. Method:
// both modes.
TEST(MtdFlash, UnlocksForWritingOnly) {
  FakeMtd device(MTD_NORFLASH, 1, 4096, 16);
  device.locked = device.has_locks = true;
  MtdFlash flash(device);
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kRead), Status::kOk);
  EXPECT_TRUE(device.locked);
  EXPECT_EQ(flash.erase(0), Status::kStorage);
  EXPECT_EQ(flash.program(0, std::vector<uint8_t>(4, 0)), Status::kStorage);
  EXPECT_EQ(flash.sync(), Status::kStorage);
  flash.close();
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  EXPECT_FALSE(device.locked);
  EXPECT_EQ(flash.erase(0), Status::kOk);
}

// Aim: short and interrupted reads are gone on with; a device that is gone stays gone. Method: the
// kernel hands out a few bytes at a time, then ENODEV.
TEST(MtdFlash, GoesOnAndGivesUp) {
  FakeMtd device(MTD_NORFLASH, 1, 4096, 16);
  device.image[9000] = 7;
  device.longest_read = 1000;
  device.interrupts = 3;
  MtdFlash flash(device);
  ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  std::vector<uint8_t> all(16 * 4096);
  ASSERT_EQ(flash.read(0, all), Status::kOk);
  EXPECT_EQ(all, device.image);
  device.gone = true;
  EXPECT_EQ(flash.read(0, all), Status::kUnavailable);
  device.gone = false;
  EXPECT_EQ(flash.read(0, all), Status::kUnavailable);
  EXPECT_EQ(flash.program(0, all), Status::kUnavailable);
  EXPECT_EQ(flash.erase(0), Status::kUnavailable);
  EXPECT_EQ(flash.sync(), Status::kUnavailable);
}

// Aim: a journal lives on a NAND part whose blocks go bad one after the other, and loses nothing
// that it acknowledged. Method: two blocks bad from the maker, one more every so often; restarts in
// between; each entry that was acknowledged is there.
TEST(MtdFlash, CarriesAJournalOverBadBlocks) {
  FakeMtd device(MTD_NANDFLASH, kPage, kBlock, 24);
  device.bad = {0, 7};
  uint64_t number = 0;
  uint64_t acknowledged = 0;
  for (int life = 0; life < 6; ++life) {
    MtdFlash flash(device);
    ASSERT_EQ(flash.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
    SampleState state;
    const auto journal =
        std::make_unique<Journal>(flash, state, JournalOptions{.fold_segments = 3});
    ASSERT_EQ(journal->open(), Status::kOk);
    EXPECT_EQ(state.values().count, acknowledged);
    EXPECT_EQ(journal->figures().damaged, 0U);
    for (int n = 0; n < 600; ++n) {
      if (n == 300) device.worn.insert(static_cast<uint32_t>(3 + 3 * life));
      if (ok(journal->append(sample_entry(++number, 900))) && ok(journal->commit())) ++acknowledged;
      while (journal->step()) {
      }
    }
  }
  EXPECT_GE(acknowledged, number - 12);  // Those that met a failing program.
  EXPECT_EQ(device.programmed_twice, 0U);
  EXPECT_GT(device.bad.size(), 5U);
}

}  // namespace
}  // namespace hookflash
