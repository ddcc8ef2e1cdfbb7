#include "call/call_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "call/plan.h"
#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

class CallTableTest : public ::testing::Test {
 protected:
  static constexpr CallCap kCap{.calls_max = 8};

  Result<CallHandle> reserve(std::string_view provider_id,
                             Direction direction = Direction::kInbound, const CallCap& cap = kCap,
                             uint8_t line = 1) {
    return table_->reserve({.call_id = CallId::make(entropy_),
                            .line = line,
                            .provider_call_id = provider_id,
                            .direction = direction},
                           cap);
  }
  CallCore core_of(CallHandle call) { return table_->get(call)->core; }
  CallHandle create(std::string_view provider_id, Direction direction = Direction::kInbound) {
    const Result<CallHandle> call = reserve(provider_id, direction);
    EXPECT_TRUE(call.ok());
    CallCore core = core_of(*call);
    core.state = CallState::kRinging;
    table_->commit(*call, core);
    return *call;
  }
  void end(CallHandle call) {
    CallCore core = core_of(call);
    finish(core, EndReason::kCompleted, "", WallTime::from_ms(1), true);
    table_->apply(call, core);
    table_->release(call);
  }

  SeededEntropy entropy_{1};
  std::unique_ptr<CallTable> table_ = std::make_unique<CallTable>();
};

// Aim: B-REC-2: live calls are found by callId, by the current provider id and by alias, on their
// own line only, and no more once the slot is free. Method: two calls with one id on two lines;
// then an upgrade.
TEST_F(CallTableTest, FindsByEveryName) {
  const CallHandle a = create("CA1");
  const Result<CallHandle> other_line = reserve("CA1", Direction::kInbound, kCap, 2);
  ASSERT_TRUE(other_line.ok());
  EXPECT_EQ(table_->find(1, "CA1"), a);
  EXPECT_EQ(table_->find(2, "CA1"), *other_line);
  EXPECT_EQ(table_->find(core_of(a).call_id), a);
  EXPECT_FALSE(table_->find(3, "CA1").is_set());
  EXPECT_FALSE(table_->find(1, "CA2").is_set());
  EXPECT_FALSE(table_->find(1, "").is_set());
  EXPECT_FALSE(table_->find(CallId::make(entropy_)).is_set());

  CallCore core = core_of(a);
  ASSERT_EQ(adopt_provider_id(core, "CA2"), Status::kOk);
  EXPECT_FALSE(table_->find(1, "CA2").is_set());  // A plan is not seen before it is applied.
  table_->apply(a, core);
  EXPECT_EQ(table_->find(1, "CA2"), a);
  EXPECT_EQ(table_->find(1, "CA1"), a);
  const CallId id = core.call_id;
  end(a);
  EXPECT_FALSE(table_->find(id).is_set());
  EXPECT_FALSE(table_->find(1, "CA1").is_set());
  EXPECT_FALSE(table_->find(1, "CA2").is_set());
  EXPECT_EQ(table_->get(a), nullptr);
  EXPECT_EQ(table_->find(2, "CA1"), *other_line);
  table_->drop(*other_line);
  EXPECT_EQ(table_->slots(), 0U);
}

// Aim: a provider id means a call on its own line and on no other, however the index collides.
// Method: one name on every other line; each line looked up.
TEST_F(CallTableTest, OneNameOnManyLines) {
  const CallCap cap{.calls_max = limits::kCallsMax};
  std::vector<CallHandle> calls;
  for (size_t i = 0; i < std::min<size_t>(limits::kCallsMax, 100); ++i) {
    const Result<CallHandle> call =
        reserve("CA1", Direction::kInbound, cap, static_cast<uint8_t>(2 * i));
    ASSERT_TRUE(call.ok());
    calls.push_back(*call);
  }
  for (size_t i = 0; i < 256; ++i) {
    const bool there = i % 2 == 0 && i / 2 < calls.size();
    EXPECT_EQ(table_->find(static_cast<uint8_t>(i), "CA1"), there ? calls[i / 2] : CallHandle{});
  }
}

// Aim: B-ADM-1: every line and direction counts, the check and the reservation are one step, so of
// two requests for the last slot one wins. Method: fill the cap without committing anything.
TEST_F(CallTableTest, CapCountsReservations) {
  std::vector<CallHandle> calls;
  for (size_t i = 0; i < 8; ++i) {
    const Result<CallHandle> call =
        reserve(std::to_string(i), i % 2 == 0 ? Direction::kInbound : Direction::kOutbound, kCap,
                static_cast<uint8_t>(i));
    ASSERT_TRUE(call.ok());
    calls.push_back(*call);
  }
  EXPECT_EQ(table_->in_use(), 8U);
  EXPECT_EQ(reserve("ninth").status(), Status::kFull);
  EXPECT_EQ(reserve("ninth", Direction::kOutbound).status(), Status::kFull);
  table_->drop(calls.back());
  EXPECT_TRUE(reserve("ninth").ok());
  EXPECT_EQ(reserve("tenth").status(), Status::kFull);
  // A cap that was lowered meanwhile admits nobody until enough have gone.
  EXPECT_EQ(reserve("tenth", Direction::kInbound, {.calls_max = 3}).status(), Status::kFull);
  EXPECT_EQ(reserve("tenth", Direction::kInbound, {}).status(), Status::kFull);
}

// Aim: B-ADM-2: reserved slots are kept from inbound calls and from nobody else. Method: cap 8, of
// which 3 reserved: at most 5 inbound calls, whatever outbound calls there are.
TEST_F(CallTableTest, ReservedSlotsAreKeptFromInbound) {
  const CallCap cap{.calls_max = 8, .reserved_for_outbound = 3};
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(reserve("in" + std::to_string(i), Direction::kInbound, cap).ok());
  EXPECT_EQ(reserve("in5", Direction::kInbound, cap).status(), Status::kFull);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(reserve("out" + std::to_string(i), Direction::kOutbound, cap).ok());
    EXPECT_EQ(reserve("in5", Direction::kInbound, cap).status(), Status::kFull);
  }
  EXPECT_EQ(reserve("out3", Direction::kOutbound, cap).status(), Status::kFull);
  EXPECT_EQ(table_->inbound_in_use(), 5U);
  // Outbound first: inbound still gets its five.
  table_ = std::make_unique<CallTable>();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(reserve("out" + std::to_string(i), Direction::kOutbound, cap).ok());
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(reserve("in" + std::to_string(i), Direction::kInbound, cap).ok());
  EXPECT_EQ(reserve("in5", Direction::kInbound, cap).status(), Status::kFull);
}

// Aim: B-REC-1: a call whose end the carrier has confirmed no longer counts, so its slot,
// still held for flash, blocks nobody; there are four more slots than calls for that. Method: with
// the full compiled cap, end four, admit four more, then run out of slots.
TEST_F(CallTableTest, EndingSlotsDoNotBlockAdmission) {
  const CallCap cap{.calls_max = limits::kCallsMax};
  std::vector<CallHandle> calls;
  for (size_t i = 0; i < limits::kCallsMax; ++i) {
    const Result<CallHandle> call = reserve(std::to_string(i), Direction::kInbound, cap);
    ASSERT_TRUE(call.ok());
    CallCore core = core_of(*call);
    core.state = CallState::kActive;
    table_->commit(*call, core);
    calls.push_back(*call);
  }
  EXPECT_EQ(reserve("one more", Direction::kInbound, cap).status(), Status::kFull);
  for (size_t i = 0; i < limits::kEndingSlots; ++i) {
    table_->stop_counting(calls[i]);
    table_->stop_counting(calls[i]);  // Idempotent.
    const Result<CallHandle> call = reserve("new" + std::to_string(i), Direction::kInbound, cap);
    ASSERT_TRUE(call.ok());
    calls.push_back(*call);
  }
  EXPECT_EQ(table_->slots_ending(), limits::kEndingSlots);
  table_->stop_counting(calls.back());
  EXPECT_EQ(table_->in_use(), limits::kCallsMax - 1);
  EXPECT_EQ(reserve("no slot", Direction::kInbound, cap).status(), Status::kFull);
  end(calls[0]);
  EXPECT_TRUE(reserve("slot again", Direction::kInbound, cap).ok());
}

// Aim: a reservation that is dropped leaves nothing: not a name, not a count, not a slot,
// and the same call can be tried again. Method: reserve and drop at every fill level, then look.
TEST_F(CallTableTest, DroppedReservationLeavesNothing) {
  for (size_t level = 0; level < 8; ++level) {
    const size_t slots = table_->slots();
    for (int again = 0; again < 3; ++again) {
      const Result<CallHandle> call = reserve("tried");
      ASSERT_TRUE(call.ok());
      EXPECT_EQ(table_->find(1, "tried"), *call);
      EXPECT_EQ(table_->get(*call)->core.state, CallState::kNone);
      EXPECT_TRUE(table_->get(*call)->reserved);
      const CallId id = core_of(*call).call_id;
      table_->drop(*call);
      EXPECT_EQ(table_->slots(), slots);
      EXPECT_EQ(table_->in_use(), level);
      EXPECT_EQ(table_->inbound_in_use(), level);
      EXPECT_FALSE(table_->find(1, "tried").is_set());
      EXPECT_FALSE(table_->find(id).is_set());
    }
    create("kept" + std::to_string(level));
  }
}

// Aim: one name never means two live calls. Method: reserve and restore with a taken id.
TEST_F(CallTableTest, TakenNamesAreRefused) {
  const CallHandle a = create("CA1");
  EXPECT_EQ(reserve("CA1").status(), Status::kConflict);
  EXPECT_EQ(
      table_
          ->reserve({.call_id = core_of(a).call_id, .line = 2, .direction = Direction::kInbound},
                    kCap)
          .status(),
      Status::kConflict);
  CallCore core;
  core.call_id = CallId::make(entropy_);
  core.line = 1;
  core.state = CallState::kActive;
  core.aliases[1].set("CA1");
  EXPECT_EQ(table_->restore(core).status(), Status::kConflict);
  EXPECT_EQ(table_
                ->reserve({.call_id = CallId::make(entropy_),
                           .line = 1,
                           .provider_call_id = std::string(129, 'x'),
                           .direction = Direction::kInbound},
                          kCap)
                .status(),
            Status::kTooLarge);
  EXPECT_EQ(table_->slots(), 1U);
}

// Aim: B-ADM-1: restored calls count, though no cap stops them; there is no more of them than
// slots. Method: restore until the slots are gone.
TEST_F(CallTableTest, RestoredCallsCount) {
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    CallCore core;
    core.call_id = CallId::make(entropy_);
    core.line = 1;
    core.direction = Direction::kInbound;
    core.state = CallState::kAnswered;
    core.provider_call_id.set(std::to_string(i));
    ASSERT_TRUE(table_->restore(core).ok());
  }
  EXPECT_EQ(table_->in_use(), limits::kCallSlots);
  CallCore core;
  core.call_id = CallId::make(entropy_);
  core.state = CallState::kAnswered;
  EXPECT_EQ(table_->restore(core).status(), Status::kFull);
  EXPECT_EQ(reserve("new").status(), Status::kFull);
}

// Aim: the live call of an idempotency key is found. Method: three calls.
TEST_F(CallTableTest, FindsByIdempotencyKey) {
  create("CA1");
  const CallHandle b = create("CA2", Direction::kOutbound);
  CallCore core = core_of(b);
  core.idempotency[4] = 9;
  table_->apply(b, core);
  EXPECT_EQ(table_->find_idempotent(core.idempotency), b);
  EXPECT_FALSE(table_->find_idempotent(Key{}).is_set());
  EXPECT_FALSE(table_->find_idempotent(Key{1}).is_set());
}

// Aim: a slot that comes back is as new, with its timers wired to it. Method: dirty one, release
// it, take it again.
TEST_F(CallTableTest, SlotsComeBackClean) {
  const CallHandle first = create("CA1");
  CallRecord* record = table_->get(first);
  record->transcript.add({.speaker = Speaker::kBot, .at = {}, .text = "hello"});
  record->keys.add(Key{1});
  record->hangup_failures = 3;
  record->busy = true;
  record->busy = false;
  end(first);
  const CallHandle second = create("CA2");
  EXPECT_EQ(second.index, first.index);
  record = table_->get(second);
  EXPECT_EQ(record->transcript.size(), 0U);
  EXPECT_FALSE(record->keys.contains(Key{1}));
  EXPECT_EQ(record->hangup_failures, 0U);
  for (size_t i = 0; i < kTimers; ++i) {
    EXPECT_EQ(record->timers[i].kind, i);
    EXPECT_EQ(table_->owner_of(record->timers[i]), second);
  }
}

// Aim: a plan changes nothing until it is applied, and then all of it at once. Method:
// compare the whole record around building, dropping and applying one.
TEST_F(CallTableTest, PlansAreAppliedWhole) {
  const CallHandle call = create("CA1");
  CallRecord& record = *table_->get(call);
  const CallCore before = record.core;
  {
    CallPlan plan = CallPlan::of(record);
    plan.core.state = CallState::kListening;
    ASSERT_EQ(plan.lines.push({.speaker = Speaker::kCaller, .at = {}, .text = "hi"}), Status::kOk);
    ASSERT_EQ(plan.keys.push(Key{1}), Status::kOk);
  }
  EXPECT_EQ(record.core, before);
  EXPECT_EQ(record.transcript.size(), 0U);
  EXPECT_FALSE(record.keys.contains(Key{1}));

  CallPlan plan = CallPlan::of(record);
  plan.core.state = CallState::kListening;
  ASSERT_EQ(plan.lines.push({.speaker = Speaker::kCaller, .at = {}, .text = "hi"}), Status::kOk);
  ASSERT_EQ(plan.keys.push(Key{1}), Status::kOk);
  apply_plan(*table_, call, plan);
  EXPECT_EQ(record.core.state, CallState::kListening);
  EXPECT_EQ(record.transcript[0].text, "hi");
  EXPECT_TRUE(record.keys.contains(Key{1}));

  const Result<CallHandle> reserved = reserve("CA2");
  ASSERT_TRUE(reserved.ok());
  CallPlan creation = CallPlan::of(*table_->get(*reserved));
  creation.core.state = CallState::kRinging;
  apply_plan(*table_, *reserved, creation);
  EXPECT_FALSE(table_->get(*reserved)->reserved);
}

// Aim: indexes and counts agree with the records whatever happens in whatever order. Method: a long
// random story of reservations, drops, upgrades and ends, with every call looked up after each
// step.
TEST_F(CallTableTest, StaysConsistentThroughARandomStory) {
  struct Told {
    CallHandle call;
    bool committed = false;
    bool counts = true;
  };
  std::vector<Told> told;
  SeededEntropy random(42);
  uint32_t name = 0;
  const CallCap cap{.calls_max = limits::kCallsMax};
  for (int step = 0; step < 20'000; ++step) {
    const size_t action = random.below(6);
    if (action == 0 || told.empty()) {
      const Result<CallHandle> call = reserve(
          random.below(3) == 0 ? "" : "id" + std::to_string(++name), Direction::kInbound, cap);
      if (call.ok()) told.push_back({.call = *call});
      continue;
    }
    const size_t at = random.below(told.size());
    Told& one = told[at];
    if (!one.committed) {
      if (action == 1) {
        table_->drop(one.call);
        told.erase(told.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        CallCore core = core_of(one.call);
        core.state = CallState::kRinging;
        table_->commit(one.call, core);
        one.committed = true;
      }
    } else if (action < 4) {
      CallCore core = core_of(one.call);
      if (adopt_provider_id(core, "id" + std::to_string(++name)) == Status::kOk) {
        table_->apply(one.call, core);
      }
    } else if (action == 4) {
      table_->stop_counting(one.call);
      one.counts = false;
    } else {
      end(one.call);
      told.erase(told.begin() + static_cast<std::ptrdiff_t>(at));
    }
    size_t counting = 0;
    for (const Told& known : told) {
      const CallCore& core = table_->get(known.call)->core;
      ASSERT_EQ(table_->find(core.call_id), known.call);
      if (!core.provider_call_id.empty()) {
        ASSERT_EQ(table_->find(1, core.provider_call_id), known.call);
      }
      for (const ProviderCallId& alias : core.aliases) {
        if (!alias.empty()) {
          ASSERT_EQ(table_->find(1, alias), known.call);
        }
      }
      counting += known.counts ? 1 : 0;
    }
    ASSERT_EQ(table_->slots(), told.size());
    ASSERT_EQ(table_->in_use(), counting);
  }
}

}  // namespace
}  // namespace hookflash
