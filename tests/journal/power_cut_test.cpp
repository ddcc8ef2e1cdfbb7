#include <gtest/gtest.h>

#include "power_cut_sweep.h"

namespace hookflash {
namespace {

// Aim: after a power cut at any operation the journal holds a prefix of what was appended and all
// that was acknowledged; a cut during the recovery from it changes nothing (B-JRN-3). Method: the
// scripted workload, cut at every operation in each of the four ways of dying, and again at every
// operation of the recovery and the work after it, in each way too.
TEST(PowerCut, ScriptedWorkAtEveryOperation) {
  PowerCutSweep sweep({.seed = 0, .groups = 24, .twice_each_way = true});
  const SweepResult result = sweep.run();
  EXPECT_EQ(result.findings, 0U) << result.first;
  EXPECT_GT(result.cuts, 1000U);
  RecordProperty("cuts", static_cast<int>(result.cuts));
}

// The same with random entries (cut again at every operation of the recovery for one seed, at one
// of twenty-nine for the others, in one way of dying after the other), groups and housekeeping,
// processes killed while the power stays, and other program units.
TEST(PowerCut, RandomWorkAtEveryOperation) {
  uint64_t cuts = 0;
  for (uint64_t seed = 1; seed <= 9; ++seed) {
    PowerCutSweep sweep({.seed = seed,
                         .groups = 20,
                         .program_unit = seed % 3 == 0   ? 16U
                                         : seed % 3 == 1 ? 512U
                                                         : 64U,
                         .twice_stride = seed == 1 ? 1U : 29U});
    const SweepResult result = sweep.run();
    EXPECT_EQ(result.findings, 0U) << result.first;
    cuts += result.cuts;
  }
  EXPECT_GT(cuts, 1000U);
}

// The same with much to carry from one snapshot to the next, in segments of its own (B-JRN-10).
TEST(PowerCut, CarriedAtEveryOperation) {
  uint64_t cuts = 0;
  for (const uint64_t seed : {0U, 21U, 22U}) {
    PowerCutSweep sweep({.seed = seed,
                         .groups = 30,
                         .segments = 32,
                         .text_bytes = 3000,
                         .stride = seed == 0 ? 1U : 3U,
                         .twice_stride = 37});
    const SweepResult result = sweep.run();
    EXPECT_EQ(result.findings, 0U) << result.first;
    cuts += result.cuts;
  }
  EXPECT_GT(cuts, 1000U);
}

}  // namespace
}  // namespace hookflash
