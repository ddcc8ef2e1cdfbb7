#include "platform/sim/end_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call/entry_items.h"
#include "platform/sim/seeded_entropy.h"

namespace hookflash::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Ledger {
  void lives(const CallCore& core) {
    entry.begin({});
    write_core(entry, core);
    ends.read(entry.bytes());
  }
  void ended(const CallCore& core) {
    CallSummary summary;
    summary.call_id = core.call_id;
    summary.end_reason = EndReason::kCompleted;
    entry.begin({});
    FinishedCall names;
    random.fill(names.ids[0]);
    write_finished(entry, summary, names);
    ends.read(entry.bytes());
  }
  CallCore call() {
    CallCore core;
    core.call_id = CallId::make(random);
    core.state = CallState::kRinging;
    return core;
  }
  SeededEntropy random{1};
  EntryWriter entry;
  std::vector<std::string> failures;
  EndLedger ends{[this](std::string what) { failures.push_back(std::move(what)); }};
};

// Aim: one end for each call is as it must be, also for one that never lived. Method: both.
TEST(EndLedger, OneEndEach) {
  Ledger ledger;
  const CallCore call = ledger.call();
  ledger.lives(call);
  ledger.lives(call);
  ledger.ended(call);
  ledger.ended(ledger.call());
  ledger.ends.close();
  EXPECT_THAT(ledger.failures, IsEmpty());
  EXPECT_EQ(ledger.ends.ends(), 2U);
}

// Aim: every other number of ends is noticed, and a life after the end. Method: each of them.
TEST(EndLedger, NoticesWhatIsWrong) {
  Ledger twice;
  const CallCore call = twice.call();
  twice.ended(call);
  twice.ended(call);
  EXPECT_THAT(twice.failures, ElementsAre(HasSubstr("has two ends")));
  Ledger after;
  after.ended(call);
  after.lives(call);
  EXPECT_THAT(after.failures, ElementsAre(HasSubstr("after its end")));
  Ledger never;
  never.lives(call);
  EXPECT_THAT(never.failures, IsEmpty());
  never.ends.close();
  EXPECT_THAT(never.failures, ElementsAre(HasSubstr("has no end")));
  Ledger garbage;
  garbage.ends.read(bytes_of("no entry"));
  EXPECT_THAT(garbage.failures, ElementsAre(HasSubstr("nobody can read")));
}

}  // namespace
}  // namespace hookflash::sim
