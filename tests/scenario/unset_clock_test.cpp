// Aim: a board that wakes in 1970 goes by the journal's time, in what it writes and in judging
// certificates, and what the unset clock spoils is called so (B-TMR-3, B-LOG-4). Method: the real
// appliance in the simulated world; its carrier and app have certificates that are valid for some
// days only. The same over real TLS: tests/platform_linux/clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call/entry_items.h"
#include "power.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;

constexpr Duration kDay = Duration::seconds(86'400);

TEST(UnsetClock, TheJournalJudgesCertificates) {
  Power power(api_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/media"}})"));
  SimApp& app = power.world.add_app("bot.example.com", {});
  const CallRef ref = power.talk();
  ASSERT_EQ(app.sessions().size(), 1U);
  const std::string sid = power.sid_of(ref);
  const WallTime today = power.world.now().wall;
  power.cut(Duration::seconds(1));
  power.world.jump_wall(WallTime::from_ms(1000) - power.world.now().wall);
  power.world.certificates(today - kDay, today + kDay);
  power.start();
  power.world.run(Duration::seconds(8));
  EXPECT_NE(power.core_of(sid), nullptr);
  EXPECT_FALSE(power.logged("failed")) << "the carrier was asked";
  EXPECT_EQ(app.sessions().size(), 2U) << "the app was dialled";
  EXPECT_TRUE(power.appliance().alarms().raised(Alarm::kClock));
  EXPECT_THAT(power.get("/metrics").body, HasSubstr("hookflash_clock_synchronised 0"));

  // Renewed meanwhile: nothing on this board knows that it is time for them.
  power.world.certificates(today + kDay, today + kDay * 90);
  power.world.inbound_call("+15557654321");
  power.world.run(Duration::seconds(8));
  EXPECT_TRUE(power.logged("the app cannot be dialled: clock"));
  EXPECT_TRUE(power.logged("hangup on main failed: clock") ||
              power.logged("status on main failed: clock"));
  EXPECT_FALSE(power.logged("certificate not valid"));

  // The clock is set: it is the clock that counts.
  power.world.jump_wall(today + kDay * 2 - power.world.now().wall);
  power.world.inbound_call("+15550000001");
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(app.sessions().size(), 3U);
  EXPECT_FALSE(power.appliance().alarms().raised(Alarm::kClock));
  EXPECT_THAT(power.get("/metrics").body, HasSubstr("hookflash_clock_synchronised 1"));
  power.world.certificates(today - kDay, today + kDay);
  power.world.inbound_call("+15550000002");
  power.world.run(Duration::seconds(5));
  EXPECT_TRUE(power.logged("the app cannot be dialled: certificate not valid at this time"));
}

// A new configuration does not take the guarded time for the clock's.
TEST(UnsetClock, ANewConfigurationSetsNone) {
  Power power;
  power.talk();
  power.cut(Duration::seconds(1));
  power.world.jump_wall(WallTime::from_ms(1000) - power.world.now().wall);
  power.start();
  power.world.run(Duration::seconds(1));
  power.world.reconfigure(api_config());
  EXPECT_TRUE(power.appliance().alarms().raised(Alarm::kClock));
  EXPECT_FALSE(power.logged("alarm clock is over"));
}

// Also what the restart itself writes, before anything has come in.
TEST(UnsetClock, TheFirstEntryHasTheJournalsTime) {
  Power power(api_config(R"(,"maxDurationSeconds":60)"));
  const CallRef ref = power.talk();
  const std::string sid = power.sid_of(ref);
  // Something was written when the call was too old already.
  const WallTime newest = power.world.now().wall + Duration::seconds(600);
  EntryWriter entry;
  entry.begin(newest);
  write_keys(entry, {});
  power.more_entries.emplace_back(text_of(entry.bytes()));
  power.cut(Duration::seconds(1));
  power.world.jump_wall(WallTime::from_ms(1000) - power.world.now().wall);
  power.start();
  power.world.run(Duration::seconds(5));
  EXPECT_EQ(power.core_of(sid), nullptr);
  EXPECT_EQ(power.last().end_reason, EndReason::kTimeout);
  EXPECT_GE(power.last().ended_at, newest);
}

}  // namespace
}  // namespace hookflash::sim
