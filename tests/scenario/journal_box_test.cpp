// Aim: the journal has the box's own key and the configuration in use, and no secret of it. Method:
// the real appliance over several starts on one storage.
#include <gmock/gmock.h>

#include "call/box_items.h"
#include "power.h"

namespace hookflash::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

// Everything durable, added up.
struct Kept {
  explicit Kept(Power& power) {
    for (const std::string& entry : power.world.storage().entries()) {
      archive.apply(bytes_of(entry), 1);
    }
    EXPECT_EQ(archive.refused(), 0U);
  }
  [[nodiscard]] std::string configuration() const {
    return std::string(memory->configuration.text());
  }
  std::unique_ptr<CallArchiveMemory> memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive{*memory};
};

// B-JRN-10: credentials are not journaled, also not as part of the configuration.
TEST(JournalBox, KeyAndConfigurationOfTheFirstStart) {
  Power power;
  power.world.run(Duration::seconds(1));
  const Kept kept(power);
  ASSERT_TRUE(kept.memory->has_device_key);
  EXPECT_EQ(kept.memory->device_key, (DeviceKey{1, 2, 1}));
  EXPECT_THAT(kept.configuration(), HasSubstr(R"("inboundPolicy":)"));
  EXPECT_THAT(kept.configuration(), HasSubstr(R"("authToken")"));
  for (const std::string& entry : power.world.storage().entries()) {
    EXPECT_THAT(entry, Not(HasSubstr(std::string(kAuthToken))));
    EXPECT_THAT(entry, Not(HasSubstr(std::string(kToken))));
  }
}

// A start that finds both as they are writes nothing; the key stays the first one.
TEST(JournalBox, WrittenOnce) {
  Power power;
  power.world.run(Duration::seconds(1));
  const size_t entries = power.world.storage().entries().size();
  for (int i = 0; i < 3; ++i) {
    power.restart(Duration::seconds(5));
    power.world.run(Duration::seconds(5));
  }
  EXPECT_EQ(power.world.storage().entries().size(), entries);
  EXPECT_EQ(Kept(power).memory->device_key, (DeviceKey{1, 2, 1}));
}

// B-CFG-3: a reload is journaled with its time; one that is refused is not.
TEST(JournalBox, ReloadsAreKept) {
  Power power;
  power.world.run(Duration::seconds(1));
  const WallTime before = Kept(power).memory->configuration.since();
  power.world.run(Duration::seconds(60));
  power.world.reconfigure(api_config(R"(,"log":{"level":"warn"})"));
  power.world.run(Duration::seconds(1));
  const Kept after(power);
  EXPECT_THAT(after.configuration(), HasSubstr(R"("level":"warn")"));
  EXPECT_GE(after.memory->configuration.since() - before, Duration::seconds(60));
  power.world.reconfigure("{\"lines\":7}");
  power.world.run(Duration::seconds(1));
  EXPECT_EQ(Kept(power).configuration(), after.configuration());
}

// Storage that fails at the start is tried again until both are there.
TEST(JournalBox, TriedAgain) {
  Power power;
  power.world.storage().fail_permille(1000);
  power.world.run(Duration::seconds(10));
  EXPECT_FALSE(Kept(power).memory->has_device_key);
  power.world.storage().fail_permille(0);
  power.world.run(Duration::seconds(10));
  const Kept kept(power);
  EXPECT_EQ(kept.memory->device_key, (DeviceKey{1, 2, 1}));
  EXPECT_TRUE(kept.memory->configuration.is_set());
}

}  // namespace
}  // namespace hookflash::sim
