#include "platform/sim/journal_storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call/entry_items.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A core's side of the border, and entries with a call in each.
struct Desk final : CoreGate {
  explicit Desk(uint64_t seed = 1) : timeline(seed), storage(timeline, *this, seed) {
    EXPECT_EQ(storage.open(), Status::kOk);
    storage.when_durable([this](Bytes) { ++durable; });
  }
  void deliver(const In& in) override {
    const auto& fate = std::get<in::Persisted>(in);
    fates.push_back(fate);
    if (ok(fate.status)) ++told;
  }
  void violation(std::string_view what) override { violations.emplace_back(what); }

  void put(int entries = 1) {
    for (int i = 0; i < entries; ++i) {
      CallSummary summary;
      summary.call_id = CallId::make(random);
      summary.end_reason = EndReason::kCompleted;
      FinishedCall names;
      random.fill(names.ids[0]);
      entry.begin(timeline.now().wall);
      write_finished(entry, summary, names);
      storage.perform(out::Persist{++id, entry.bytes()});
    }
  }
  void run(Duration time) {
    const Instant end = timeline.at() + time;
    while (timeline.next() <= end) {
      timeline.advance(timeline.next());
      timeline.run_next();
    }
    timeline.advance(end);
  }
  void cut() {
    storage.power_cut();
    id = 0;
    EXPECT_EQ(storage.open(), Status::kOk);
  }
  [[nodiscard]] size_t kept() { return storage.archive().memory().history.size(); }

  Timeline timeline;
  SeededEntropy random{9};
  EntryWriter entry;
  PersistId id = 0;
  size_t durable = 0;
  size_t told = 0;
  std::vector<in::Persisted> fates;
  std::vector<std::string> violations;
  JournalStorage storage;
};

// Aim: what has gathered goes out in groups of at most 64 with one sync each, and nobody hears
// before that. Method: 100 entries while one is written, and the syncs of the flash.
TEST(JournalStorage, CommitsInGroups) {
  Desk desk;
  desk.storage.delays(Duration::ms(2), Duration::ms(2));
  const uint64_t syncs = desk.storage.flash().syncs();
  desk.put();
  desk.put(100);
  desk.run(Duration::us(1999));
  EXPECT_EQ(desk.told, 0U);
  desk.run(Duration::us(1));
  EXPECT_EQ(desk.told, 1U);
  EXPECT_EQ(desk.storage.flash().syncs(), syncs + 1);
  desk.run(Duration::ms(3));
  EXPECT_EQ(desk.told, 65U);
  EXPECT_EQ(desk.storage.flash().syncs(), syncs + 2);
  desk.run(Duration::ms(3));
  EXPECT_EQ(desk.told, 101U);
  EXPECT_EQ(desk.storage.flash().syncs(), syncs + 3);
  EXPECT_EQ(desk.durable, 101U);
  desk.cut();
  EXPECT_EQ(desk.kept(), 101U);
  EXPECT_THAT(desk.violations, IsEmpty());
}

// Aim: an entry that has not begun can be taken back, one under way cannot. Method: two, one after
// the other.
TEST(JournalStorage, Withdraws) {
  Desk desk;
  desk.put();
  desk.put();
  desk.storage.perform(out::Withdraw{1});
  desk.storage.perform(out::Withdraw{2});
  desk.run(Duration::seconds(1));
  ASSERT_EQ(desk.fates.size(), 2U);
  EXPECT_EQ(desk.fates[0].status, Status::kOk);
  EXPECT_EQ(desk.fates[1].status, Status::kStopped);
  desk.cut();
  EXPECT_EQ(desk.kept(), 1U);
}

// Aim: whatever a cut meets, what was told is there, snapshots included, and what nobody was told
// of is there whole or not at all. Method: many cuts at random moments of a busy time.
TEST(JournalStorage, CutsLoseNothingThatWasTold) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Desk desk(seed);
    for (int life = 0; life < 60; ++life) {
      desk.put(1 + static_cast<int>(desk.random.below(30)));
      desk.run(desk.random.between(Duration(), Duration::ms(20)));
      const size_t told = desk.told;
      desk.cut();
      EXPECT_GE(desk.durable, told);
      EXPECT_EQ(desk.kept(), std::min<size_t>(desk.durable, limits::kHistoryMax));
      desk.told = desk.durable;
    }
    EXPECT_GT(desk.storage.counts().unheard, 10U);
    EXPECT_THAT(desk.violations, IsEmpty());
  }
}

// Aim: snapshots are made, and power fails in them too. Method: so many entries that the log is
// folded again and again, with cuts while nothing else is under way.
TEST(JournalStorage, CutsMeetSnapshots) {
  Desk desk;
  for (int life = 0; life < 40; ++life) {
    for (int n = 0; n < 10; ++n) {
      desk.put(64);
      desk.run(Duration::ms(4));
    }
    desk.run(desk.random.between(Duration(), Duration::ms(5)));
    desk.cut();
  }
  EXPECT_GT(desk.storage.counts().folds, 5U);
  EXPECT_THAT(desk.violations, IsEmpty());
}

// Aim: failing flash fails entries and nothing else. Method: programs and syncs that fail, a device
// that is gone, then none of it.
TEST(JournalStorage, FailsAsTheFlashDoes) {
  Desk desk;
  desk.storage.flash().fail_syncs(2);
  desk.put(3);
  desk.run(Duration::seconds(1));
  EXPECT_EQ(desk.told, 0U);
  EXPECT_EQ(desk.storage.counts().failed, 3U);
  desk.storage.flash().fail_permille(300);
  for (int n = 0; n < 50; ++n) {
    desk.put();
    desk.run(Duration::ms(10));
  }
  EXPECT_GT(desk.storage.counts().failed, 10U);
  EXPECT_GT(desk.told, 5U);
  desk.storage.flash().fail_permille(0);
  desk.storage.flash().gone(true);
  desk.put();
  desk.run(Duration::seconds(1));
  EXPECT_NE(desk.fates.back().status, Status::kOk);
  desk.storage.power_cut();
  desk.id = 0;
  EXPECT_EQ(desk.storage.open(), Status::kUnavailable);
  desk.put();
  desk.run(Duration::seconds(1));
  EXPECT_EQ(desk.fates.back().status, Status::kUnavailable);
  desk.storage.flash().gone(false);
  EXPECT_EQ(desk.storage.open(), Status::kOk);
  desk.put();
  desk.run(Duration::seconds(1));
  EXPECT_EQ(desk.fates.back().status, Status::kOk);
  EXPECT_THAT(desk.violations, IsEmpty());
}

// Aim: a journal that forgets is noticed. Method: bytes of it rot.
TEST(JournalStorage, NoticesLoss) {
  Desk desk;
  desk.put(20);
  desk.run(Duration::seconds(1));
  desk.storage.power_cut();
  const auto& image = desk.storage.flash().image();
  for (uint64_t at = 512; at < 512 + 4096; at += 64) {
    if (image[at] != 0xFF) desk.storage.flash().rot(at, 1);
  }
  EXPECT_EQ(desk.storage.open(), Status::kOk);
  EXPECT_THAT(desk.violations, Contains(HasSubstr("does not hold what it was told")));
}

}  // namespace
}  // namespace hookflash::sim
