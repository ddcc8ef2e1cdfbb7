// Aim: simulated days of the real appliance, with everything failing now and then, break no
// invariant; and a day is the same for the same seed. Method: the swarm of platform/sim. A failure
// prints the line that replays it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"
#include "platform/sim/swarm.h"

namespace hookflash::sim {
namespace {

using ::testing::IsEmpty;

SwarmReport play(const SwarmOptions& options) {
  MbedCrypto crypto;
  const auto box = std::make_unique<BoxWorld>(crypto, BoxOptions{.config = swarm_config(options)},
                                              swarm_world(options));
  Swarm swarm(box->world, box->box, &box->box, std::string(kApiToken), options);
  return swarm.run();
}

class Day : public ::testing::TestWithParam<uint64_t> {};

// B-REC-1, B-STATE-2, B-STATE-5, B-ADM-1, B-ADM-4, B-AUD-4, B-CON-3: after each value the tables
// agree; no call ends twice, none is left over, no carrier call runs on unwatched, media never runs
// ahead of the lead; what was durable when the power went is there afterwards, on flash that tears
// and drops what was not synced; at the end of the day every table is empty and every request
// answered. One day for each seed.
TEST_P(Day, NothingBreaks) {
  const SwarmOptions options{.seed = GetParam(), .calls = 250};
  const SwarmReport report = play(options);
  EXPECT_THAT(report.failures, IsEmpty())
      << "script/sim --seed " << options.seed << " --calls " << options.calls;
  EXPECT_GT(report.inbound, 100U);
  EXPECT_GT(report.outbound_placed, 50U);
  EXPECT_GT(report.external, 5U);
  EXPECT_GT(report.replays, 10U);
  EXPECT_GT(report.power_cuts, 4U);
  EXPECT_GT(report.finished, 150U);
  EXPECT_GT(report.ended, 150U);
  EXPECT_GT(report.journal.folds, 0U);
  EXPECT_GT(report.journal.failed, 0U);
  EXPECT_GT(report.journal.unheard, 0U) << "durable when the power went, and nobody was told";
  EXPECT_GT(report.media_frames, 20'000U);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Day, ::testing::Values(1, 2, 3, 4));

SwarmOptions short_day() {
  return {.seed = 77, .length = Duration::seconds(2 * 3600), .calls = 30};
}

// Two runs in this process.
TEST(SameSeed, SameDay) {
  const SwarmReport first = play(short_day());
  const SwarmReport second = play(short_day());
  EXPECT_THAT(first.failures, IsEmpty());
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.summary(), second.summary());
  SwarmOptions other = short_day();
  other.seed = 78;
  EXPECT_NE(first.hash, play(other).hash);
}

TEST(SameSeed, PrintsItsHash) {
  std::printf("hash %016llx\n", static_cast<unsigned long long>(play(short_day()).hash));
}

// A run in another process, where every address is another.
TEST(SameSeed, SameDayInAnotherProcess) {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  ASSERT_GT(size, 0);
  const std::string command = "'" + std::string(path, static_cast<size_t>(size)) +
                              "' --gtest_filter=SameSeed.PrintsItsHash 2>&1";
  std::FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  char piece[512];
  while (std::fgets(piece, sizeof piece, pipe) != nullptr) output += piece;
  EXPECT_EQ(pclose(pipe), 0) << output;
  char expected[64];
  std::snprintf(expected, sizeof expected, "hash %016llx\n",
                static_cast<unsigned long long>(play(short_day()).hash));
  EXPECT_THAT(output, ::testing::HasSubstr(expected));
}

}  // namespace
}  // namespace hookflash::sim
