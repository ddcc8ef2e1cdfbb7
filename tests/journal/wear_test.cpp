#include <gtest/gtest.h>

#include <memory>

#include "journal/journal.h"
#include "platform/sim/ram_flash.h"
#include "sample_state.h"

namespace hookflash {
namespace {

constexpr uint32_t kSegment = 16 * 1024;
constexpr uint32_t kSegments = 40;
constexpr uint32_t kEndurance = 40;
constexpr FlashGeometry kPart{.program_unit = 64,
                              .erase_unit = kSegment,
                              .size = kSegments * kSegment,
                              .endurance = kEndurance};
constexpr JournalOptions kOptions{.segment_bytes = kSegment};

// A box on a part that wears: entries as long as the journal takes them, a restart now and then.
struct WearingBox {
  explicit WearingBox(const FlashGeometry& part) : flash(part) { start(); }

  void start() {
    state = std::make_unique<SampleState>();
    journal = std::make_unique<Journal>(flash, *state, kOptions);
    ASSERT_EQ(journal->open(), Status::kOk);
    ASSERT_EQ(state->values(), expected) << "after " << number << " entries";
    ASSERT_EQ(journal->figures().damaged, 0U);
  }
  Status add() {
    const std::vector<uint8_t> entry = sample_entry(number + 1, 700);
    Status status = journal->append(entry);
    const Status committed = journal->commit();
    if (ok(status)) status = committed;
    if (ok(status)) {
      ++number;
      add_entry(expected, entry);
    }
    for (int n = 0; n < 50 && journal->step(); ++n) {
    }
    return status;
  }

  sim::RamFlash flash;
  std::unique_ptr<SampleState> state;
  std::unique_ptr<Journal> journal;
  SampleValues expected;
  uint64_t number = 0;
};

// Aim: a part is used up evenly and to the end, and its end is told before entries are refused;
// what was acknowledged is there all the time, and stays readable on the part that takes nothing
// more. Method: entries until none is taken any more, with restarts; erases are counted, and units
// fail after 40 to 50 of them.
TEST(Wear, APartIsUsedToItsEnd) {
  WearingBox box(kPart);
  uint64_t least_at_first_failure = 0;
  uint64_t most_at_first_failure = 0;
  uint64_t number_when_short = 0;
  int refused = 0;
  for (uint64_t n = 1; refused < 200; ++n) {
    const bool taken = ok(box.add());
    refused = taken ? 0 : refused + 1;
    if (least_at_first_failure == 0 && box.journal->figures().bad_segments > 0) {
      least_at_first_failure = box.flash.erases_least();
      most_at_first_failure = box.flash.erases_most();
    }
    if (number_when_short == 0 && box.journal->is_short()) number_when_short = box.number;
    if (n % 5000 == 0) {
      ASSERT_NO_FATAL_FAILURE(box.start());
    }
  }
  EXPECT_GE(most_at_first_failure, kEndurance);
  EXPECT_GE(least_at_first_failure, kEndurance - 2) << "some segments were spared";
  EXPECT_GT(number_when_short, 0U);
  EXPECT_LT(number_when_short, box.number) << "refused before it said that it is short";
  EXPECT_TRUE(box.journal->is_short());
  // 22 entries fit a segment.
  EXPECT_GT(box.number, uint64_t{kSegments} * kEndurance * 22 / 2);
  ASSERT_NO_FATAL_FAILURE(box.start());
  EXPECT_EQ(box.flash.violation(), "");
}

// Aim: single units that fail early cost no acknowledged entry, and the journal goes on without
// them. Method: one more unit wears out every so often, up to a quarter of the part; restarts in
// between.
TEST(Wear, GoesOnWithoutUnitsThatFail) {
  FlashGeometry part = kPart;
  part.endurance = 0;
  WearingBox box(part);
  for (uint32_t bad = 0; bad < kSegments / 4; ++bad) {
    box.flash.wear_out(uint64_t{bad * 7 % kSegments} * kSegment);
    for (int n = 0; n < 1500; ++n) ASSERT_EQ(box.add(), Status::kOk) << bad << " units are worn";
    ASSERT_NO_FATAL_FAILURE(box.start());
  }
  EXPECT_EQ(box.number, 15'000U);
  EXPECT_FALSE(box.journal->is_short());
}

// Aim: programming that fails costs the entries of that commit only. Method: it fails now and then,
// in the log and in snapshots.
TEST(Wear, AFailedProgramCostsItsCommitOnly) {
  FlashGeometry part = kPart;
  part.endurance = 0;
  WearingBox box(part);
  int failures = 0;
  for (int n = 0; n < 6000; ++n) {
    if (n % 97 == 0) box.flash.fail_next(1);
    if (!ok(box.add())) ++failures;
    if (n % 1000 == 999) {
      ASSERT_NO_FATAL_FAILURE(box.start());
    }
  }
  EXPECT_GT(failures, 10);
  EXPECT_LE(failures, 6000 / 97 + 1);
  EXPECT_EQ(box.number, 6000U - static_cast<uint64_t>(failures));
}

// Aim: a moment in which nothing can be erased takes nothing away for good: as soon as the part
// works again there is room again, without a restart (B-JRN-8). Method: everything fails until the
// box is short of space, then nothing does; a few entries ask for room.
TEST(Wear, AMomentWithoutErasesPasses) {
  WearingBox box(kPart);
  for (int n = 0; n < 100; ++n) ASSERT_EQ(box.add(), Status::kOk);
  box.flash.fail_permille(1000);
  for (int n = 0; n < 100; ++n) EXPECT_NE(box.add(), Status::kOk);
  EXPECT_TRUE(box.journal->is_short());
  box.flash.fail_permille(0);
  for (int n = 0; n < 20; ++n) (void)box.add();
  EXPECT_FALSE(box.journal->is_short());
  for (int n = 0; n < 500; ++n) ASSERT_EQ(box.add(), Status::kOk) << n;
  box.start();
}

}  // namespace
}  // namespace hookflash
