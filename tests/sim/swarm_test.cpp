#include "platform/sim/swarm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/crypto/mbed_crypto.h"
#include "tiny_core.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SwarmReport play(const TinyCore::Mode& mode, uint64_t seed) {
  SwarmOptions options;
  options.seed = seed;
  options.calls = 12;
  options.length = Duration::seconds(1200);
  options.faults = false;
  options.everybody_hangs_up = true;  // The tiny core does not.
  options.reload = options.stop_at_end = false;
  MbedCrypto crypto;
  WorldOptions world_options = swarm_world(options);
  world_options.journal = false;  // The tiny core has none.
  World world(world_options, crypto);
  TinyCore core(mode);
  world.attach(core, &core);
  Swarm swarm(world, core, nullptr, "no token", options);
  return swarm.run();
}

// Aim: the checkers see a core that forgets its calls. Method: one that does; it never comes to
// rest.
TEST(Swarm, NoticesLeakedCalls) {
  TinyCore::Mode mode;
  mode.leaks_calls = true;
  EXPECT_THAT(play(mode, 3).failures, Contains(HasSubstr("no rest: live-calls 7 slots 7")));
}

// Aim: the checkers see media that runs ahead. Method: a core that sends tenfold.
TEST(Swarm, NoticesMediaAheadOfTime) {
  TinyCore::Mode mode;
  mode.sends_early = true;
  EXPECT_THAT(play(mode, 3).failures, Contains(HasSubstr("ahead of real time")));
}

// Aim: the checkers see documents that Twilio would refuse. Method: a core with an unknown verb.
TEST(Swarm, NoticesBadDocuments) {
  TinyCore::Mode mode;
  mode.document = "<Response><Sing/></Response>";
  EXPECT_THAT(play(mode, 3).failures, Contains(HasSubstr("error 12200")));
}

// Aim: a day is the same for the same seed. Method: play one twice, and another.
TEST(Swarm, IsTheSameForTheSameSeed) {
  const SwarmReport first = play(TinyCore::Mode(), 5);
  const SwarmReport second = play(TinyCore::Mode(), 5);
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.summary(), second.summary());
  EXPECT_NE(first.hash, play(TinyCore::Mode(), 6).hash);
  EXPECT_GT(first.inbound, 0U);
}

}  // namespace
}  // namespace hookflash::sim
