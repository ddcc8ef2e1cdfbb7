#include "platform/sim/ram_flash.h"

#include <gtest/gtest.h>

namespace hookflash::sim {
namespace {

constexpr FlashGeometry kGeometry{
    .program_unit = 16, .erase_unit = 1024, .size = 4096, .endurance = 100};
using Death = RamFlash::Death;

std::vector<uint8_t> zeros(size_t size) { return std::vector<uint8_t>(size, 0); }
size_t bytes_programmed(const RamFlash& flash) {
  size_t count = 0;
  for (const uint8_t byte : flash.image()) count += byte != 0xFF ? 1 : 0;
  return count;
}

// Aim: bits only fall, and a second programming is told. Method: program one unit twice.
TEST(RamFlash, IsStricterThanAnyPart) {
  RamFlash flash(kGeometry);
  ASSERT_EQ(flash.program(0, std::vector<uint8_t>(16, 0xF0)), Status::kOk);
  EXPECT_EQ(flash.violation(), "");
  ASSERT_EQ(flash.program(0, std::vector<uint8_t>(16, 0x3C)), Status::kOk);
  EXPECT_NE(flash.violation(), "");
  EXPECT_EQ(flash.image()[0], 0x30);
}

// Aim: the power goes at the chosen operation and comes back only when told. Method: die at the
// second program in each way, and look at what is left over many seeds.
TEST(RamFlash, DiesAsTold) {
  bool partly = false;
  bool garbled = false;
  bool lost = false;
  bool kept = false;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (const Death how : RamFlash::kDeaths) {
      RamFlash flash(kGeometry, seed);
      flash.die_at(1, how);
      ASSERT_EQ(flash.program(0, zeros(32)), Status::kOk);
      ASSERT_EQ(flash.program(1024, zeros(64)), Status::kUnavailable);
      EXPECT_TRUE(flash.dead());
      std::vector<uint8_t> byte(1);
      EXPECT_EQ(flash.read(0, byte), Status::kUnavailable);
      EXPECT_EQ(flash.erase(0), Status::kUnavailable);
      EXPECT_EQ(flash.sync(), Status::kUnavailable);
      flash.power_on();
      EXPECT_EQ(flash.read(0, byte), Status::kOk);
      const size_t left = bytes_programmed(flash);
      switch (how) {
        case Death::kBetween: EXPECT_EQ(left, 32U); break;
        case Death::kTornPrefix:
          partly = partly || (left > 32 && left < 96);
          EXPECT_GE(left, 32U);
          break;
        case Death::kTornGarbage:
          for (size_t i = 1024; i < 1088; ++i) {
            garbled = garbled || (flash.image()[i] != 0 && flash.image()[i] != 0xFF);
          }
          break;
        case Death::kUnsyncedDropped:
          lost = lost || flash.image()[0] == 0xFF;
          kept = kept || flash.image()[0] == 0;
          break;
      }
    }
  }
  EXPECT_TRUE(partly && garbled && lost && kept);
}

// Aim: what was synced survives every death. Method: sync before the fatal operation.
TEST(RamFlash, KeepsWhatWasSynced) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    RamFlash flash(kGeometry, seed);
    ASSERT_EQ(flash.program(0, zeros(32)), Status::kOk);
    ASSERT_EQ(flash.sync(), Status::kOk);
    flash.die_at(2, Death::kUnsyncedDropped);
    ASSERT_EQ(flash.erase(1024), Status::kUnavailable);
    flash.power_on();
    EXPECT_EQ(flash.image()[0], 0);
    EXPECT_EQ(flash.image()[31], 0);
  }
}

// Aim: failures, wear, rot and time are counted. Method: one of each.
TEST(RamFlash, FailsWearsAndRots) {
  RamFlash flash(kGeometry);
  flash.delays(Duration::us(10), Duration::ms(40), Duration::ms(1));
  flash.fail_next(1);
  EXPECT_EQ(flash.program(0, zeros(16)), Status::kStorage);
  flash.fail_syncs(1);
  EXPECT_EQ(flash.sync(), Status::kStorage);
  EXPECT_EQ(flash.sync(), Status::kOk);
  ASSERT_EQ(flash.erase(0), Status::kOk);
  ASSERT_EQ(flash.erase(0), Status::kOk);
  flash.wear_out(1024);
  EXPECT_EQ(flash.erase(1024), Status::kStorage);
  EXPECT_EQ(flash.erases(0), 2U);
  EXPECT_EQ(flash.erases_most(), 2U);
  EXPECT_EQ(flash.erases_least(), 0U);
  EXPECT_EQ(flash.busy(), Duration::us(10) + Duration::ms(3 * 40 + 2));
  flash.rot(7, 0x80);
  EXPECT_EQ(flash.image()[7], 0x7F);
}

}  // namespace
}  // namespace hookflash::sim
