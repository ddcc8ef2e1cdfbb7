#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "fake_mtd.h"
#include "flash_contract.h"
#include "platform/linux/file_flash.h"
#include "platform/linux/mtd_flash.h"
#include "platform/sim/ram_flash.h"

namespace hookflash {
namespace {

class RamBench final : public FlashBench {
 public:
  explicit RamBench(uint32_t program_unit) : flash_({program_unit, 4096, 64 * 1024, 100'000}) {}
  Flash& flash() override { return flash_; }
  void reopen() override {
    flash_.die_at(flash_.operations(), sim::RamFlash::Death::kUnsyncedDropped);
    EXPECT_EQ(flash_.sync(), Status::kUnavailable);
    flash_.power_on();
  }

 private:
  sim::RamFlash flash_;
};

class FileBench final : public FlashBench {
 public:
  FileBench() {
    char name[] = "/tmp/hookflash-flash-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/image";
    EXPECT_EQ(flash_.create(path_, 4 * FileFlash::kEraseUnit), Status::kOk);
  }
  ~FileBench() override {
    flash_.close();
    std::filesystem::remove_all(directory_);
  }
  Flash& flash() override { return flash_; }
  void reopen() override {
    flash_.close();
    ASSERT_EQ(flash_.open(path_, FileFlash::Mode::kWrite), Status::kOk);
  }

 private:
  std::string directory_;
  std::string path_;
  FileFlash flash_;
};

class MtdBench final : public FlashBench {
 public:
  MtdBench(uint8_t type, uint32_t page, uint32_t block) : device_(type, page, block, 8) {
    EXPECT_EQ(flash_.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  }
  ~MtdBench() override { EXPECT_EQ(device_.programmed_twice, 0U); }
  Flash& flash() override { return flash_; }
  void reopen() override {
    flash_.close();
    ASSERT_EQ(flash_.open("/dev/mtd0", MtdFlash::Mode::kWrite), Status::kOk);
  }

 private:
  FakeMtd device_;
  MtdFlash flash_{device_};
};

std::vector<uint8_t> pattern(size_t size, uint8_t start) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(start + i * 7);
  return bytes;
}

class FlashContract : public testing::TestWithParam<FlashBackEnd> {
 protected:
  std::unique_ptr<FlashBench> bench_ = GetParam().make();
  Flash& flash_ = bench_->flash();
  FlashGeometry geometry_ = flash_.geometry();

  std::vector<uint8_t> read(uint64_t at, size_t size) {
    std::vector<uint8_t> bytes(size, 0x55);
    EXPECT_EQ(flash_.read(at, bytes), Status::kOk);
    return bytes;
  }
};

// Aim: the geometry holds together and stays. Method: its relations, before and after work.
TEST_P(FlashContract, HasOneGeometry) {
  EXPECT_GE(geometry_.program_unit, 1U);
  EXPECT_LE(geometry_.program_unit, 4096U);
  EXPECT_EQ(geometry_.erase_unit % geometry_.program_unit, 0U);
  EXPECT_EQ(geometry_.size % geometry_.erase_unit, 0U);
  EXPECT_EQ(flash_.erase(0), Status::kOk);
  bench_->reopen();
  EXPECT_EQ(flash_.geometry(), geometry_);
}

// Aim: a new device reads erased everywhere. Method: read all of it.
TEST_P(FlashContract, BeginsErased) {
  const std::vector<uint8_t> all = read(0, geometry_.size);
  EXPECT_TRUE(std::all_of(all.begin(), all.end(), [](uint8_t byte) { return byte == 0xFF; }));
}

// Aim: what is programmed reads back at once, at any range, and no other byte changes. Method: two
// runs of units with a gap, read across their edges.
TEST_P(FlashContract, ReadsBackWhatWasProgrammed) {
  const size_t unit = geometry_.program_unit;
  const std::vector<uint8_t> bytes = pattern(3 * unit, 1);
  ASSERT_EQ(flash_.program(2 * unit, bytes), Status::kOk);
  ASSERT_EQ(flash_.program(geometry_.size - unit, pattern(unit, 9)), Status::kOk);
  std::vector<uint8_t> expected(7 * unit, 0xFF);
  std::copy(bytes.begin(), bytes.end(), expected.begin() + static_cast<std::ptrdiff_t>(2 * unit));
  EXPECT_EQ(read(0, 7 * unit), expected);
  EXPECT_EQ(read(2 * unit, 1)[0], bytes[0]);
  EXPECT_EQ(read(geometry_.size - unit, unit), pattern(unit, 9));
}

// Aim: erasing makes its own unit 0xFF and touches no neighbour, and the unit can be programmed
// again. Method: three units full, the middle one erased and programmed anew.
TEST_P(FlashContract, ErasesOneUnit) {
  const size_t size = geometry_.erase_unit;
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(flash_.program(i * size, pattern(size, static_cast<uint8_t>(i))), Status::kOk);
  }
  ASSERT_EQ(flash_.erase(size), Status::kOk);
  EXPECT_EQ(read(0, size), pattern(size, 0));
  EXPECT_EQ(read(size, size), std::vector<uint8_t>(size, 0xFF));
  EXPECT_EQ(read(2 * size, size), pattern(size, 2));
  ASSERT_EQ(flash_.program(size, pattern(size, 77)), Status::kOk);
  EXPECT_EQ(read(size, size), pattern(size, 77));
}

// Aim: what a sync covered is there after the power was cut. Method: program, erase, sync, reopen.
TEST_P(FlashContract, KeepsWhatWasSynced) {
  const size_t size = geometry_.erase_unit;
  ASSERT_EQ(flash_.program(0, pattern(size, 5)), Status::kOk);
  ASSERT_EQ(flash_.program(size, pattern(size, 6)), Status::kOk);
  ASSERT_EQ(flash_.erase(0), Status::kOk);
  ASSERT_EQ(flash_.sync(), Status::kOk);
  bench_->reopen();
  EXPECT_EQ(read(0, size), std::vector<uint8_t>(size, 0xFF));
  EXPECT_EQ(read(size, size), pattern(size, 6));
}

// Aim: ranges out of bounds or out of step are refused and change nothing. Method: each edge.
TEST_P(FlashContract, RefusesWrongRanges) {
  const uint64_t end = geometry_.size;
  const size_t unit = geometry_.program_unit;
  std::vector<uint8_t> bytes(unit, 0);
  EXPECT_EQ(flash_.read(end, bytes), Status::kInvalid);
  EXPECT_EQ(flash_.read(UINT64_MAX, bytes), Status::kInvalid);
  EXPECT_EQ(flash_.program(end, bytes), Status::kInvalid);
  EXPECT_EQ(flash_.program(UINT64_MAX - unit + 1, bytes), Status::kInvalid);
  EXPECT_EQ(flash_.erase(end), Status::kInvalid);
  EXPECT_EQ(flash_.erase(unit == geometry_.erase_unit ? 1 : geometry_.erase_unit / 2),
            Status::kInvalid);
  if (unit > 1) {
    EXPECT_EQ(flash_.program(1, bytes), Status::kInvalid);
    EXPECT_EQ(flash_.program(0, std::vector<uint8_t>(unit - 1, 0)), Status::kInvalid);
  }
  EXPECT_EQ(read(0, unit), std::vector<uint8_t>(unit, 0xFF));
  EXPECT_EQ(read(end - unit, unit), std::vector<uint8_t>(unit, 0xFF));
}

INSTANTIATE_TEST_SUITE_P(
    BackEnds, FlashContract,
    testing::Values(
        FlashBackEnd{"RamBytes", [] { return std::make_unique<RamBench>(1); }},
        FlashBackEnd{"RamPages", [] { return std::make_unique<RamBench>(256); }},
        FlashBackEnd{"MtdNor", [] { return std::make_unique<MtdBench>(MTD_NORFLASH, 1, 65536); }},
        FlashBackEnd{"MtdNorWithCodes",
                     [] { return std::make_unique<MtdBench>(MTD_NORFLASH, 16, 4096); }},
        FlashBackEnd{"MtdNand",
                     [] { return std::make_unique<MtdBench>(MTD_NANDFLASH, 2048, 131072); }},
        FlashBackEnd{"File", [] { return std::make_unique<FileBench>(); }}),
    [](const testing::TestParamInfo<FlashBackEnd>& back_end) { return back_end.param.name; });

}  // namespace
}  // namespace hookflash
