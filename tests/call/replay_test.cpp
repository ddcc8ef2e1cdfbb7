#include "call/replay.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "call/archive.h"
#include "call/plan.h"
#include "call/snapshot.h"
#include "tests/call/call_test_values.h"

namespace hookflash {
namespace {

// Everything that replay fills.
struct World final : ReplayContext {
  void remember_request(const Key& key, WallTime at) override { requests[key] = at; }
  void remember_device_key(const DeviceKey& key) override { device_key = key; }
  void remember_keep_transcripts(bool keep) override { keep_transcripts = keep; }
  void remember_configuration(const ConfigurationPiece& piece, WallTime at) override {
    (void)configuration.add(piece, at);
  }
  uint8_t line_index(std::string_view line_id) override {
    return line_id == kTestLineId ? kTestLine : kNoLine;
  }

  CallTable calls;
  EventKeys keys;
  FinishedIndex finished;
  CallHistory history;
  std::map<Key, WallTime> requests;
  DeviceKey device_key{};
  bool keep_transcripts = false;
  KeptConfiguration configuration;
};

void expect_equal(const World& a, const World& b) {
  ASSERT_EQ(a.calls.slots(), b.calls.slots());
  ASSERT_EQ(a.calls.in_use(), b.calls.in_use());
  ASSERT_EQ(a.calls.inbound_in_use(), b.calls.inbound_in_use());
  for (size_t place = 0; place < limits::kCallSlots; ++place) {
    const CallRecord* const one = a.calls.get(a.calls.at(place));
    if (one == nullptr) continue;
    const CallRecord* const other = b.calls.get(b.calls.find(one->core.call_id));
    ASSERT_NE(other, nullptr);
    CallCore core = one->core;
    CallCore other_core = other->core;
    core.turn_token = other_core.turn_token = {};  // Never journaled.
    ASSERT_EQ(core, other_core);
    ASSERT_TRUE(one->transcript == other->transcript);
    ASSERT_EQ(one->keys.size(), other->keys.size());
    for (size_t i = 0; i < one->keys.size(); ++i) ASSERT_EQ(one->keys[i], other->keys[i]);
    ASSERT_EQ(b.calls.find(one->core.line, one->core.provider_call_id).is_set(),
              !one->core.provider_call_id.empty());
  }
  ASSERT_EQ(a.keys.size(), b.keys.size());
  for (size_t i = 0; i < a.keys.size(); ++i) ASSERT_EQ(a.keys[i], b.keys[i]);
  ASSERT_EQ(a.finished.size(), b.finished.size());
  for (size_t i = 0; i < a.finished.size(); ++i) ASSERT_EQ(a.finished[i], b.finished[i]);
  ASSERT_EQ(a.history.size(), b.history.size());
  for (size_t i = 0; i < a.history.size(); ++i) ASSERT_EQ(a.history[i], b.history[i]);
  ASSERT_EQ(a.requests, b.requests);
}

class ReplayTest : public ::testing::Test {
 protected:
  using Journal = std::vector<std::vector<uint8_t>>;

  Replay replay_into(World& world) {
    return Replay(world.calls, world.keys, world.finished, world.history, world);
  }
  void keep() {
    ASSERT_EQ(entry_.status(), Status::kOk);
    journal_.emplace_back(entry_.bytes().begin(), entry_.bytes().end());
    newest_ = now_;
  }
  Key fresh_key() { return make_synthetic_key(crypto_, {}, ++keys_made_); }

  // One step of a random life: what the engine would journal and apply for one event.
  void live_one_step() {
    World& world = *world_;
    now_ = now_ + Duration::ms(10);
    entry_.begin(now_);
    std::vector<CallHandle> live;
    for (size_t place = 0; place < limits::kCallSlots; ++place) {
      if (world.calls.at(place).is_set()) live.push_back(world.calls.at(place));
    }
    const size_t action = random_.below(12);
    if (live.empty() || action == 0) {
      create();
    } else if (action == 1) {
      refuse();
    } else if (action == 2) {
      const Key key = fresh_key();
      write_request_key(entry_, key, now_);
      keep();
      world.requests[key] = now_;
    } else if (action == 3) {
      const Key keys[] = {fresh_key(), fresh_key()};
      write_keys(entry_, keys);
      keep();
      for (const Key& key : keys) world.keys.add(key);
    } else if (action == 4 && world.history.size() > 0) {
      const CallSummary summary = world.history[random_.below(world.history.size())];
      const Key key = call_id_key(crypto_, summary.call_id);
      if (random_.below(2) == 0) {
        write_end_confirmed(entry_, summary.call_id, key);
        keep();
        confirm_end(world.history, world.finished, summary.call_id, key);
      } else {
        write_intents(entry_, summary.call_id, 2);
        keep();
        find_summary(world.history, summary.call_id)->intents = 2;
      }
    } else {
      change(live[random_.below(live.size())]);
    }
  }

  void create() {
    CallPlan plan;
    plan.core = random_core(random_);
    plan.core.provider_call_id.set("id" + std::to_string(++names_made_));
    plan.core.aliases = {};
    const Result<CallHandle> call =
        world_->calls.reserve({.call_id = plan.core.call_id,
                               .line = kTestLine,
                               .provider_call_id = plan.core.provider_call_id,
                               .direction = plan.core.direction},
                              {.calls_max = limits::kCallsMax});
    if (!call.ok()) return;
    finish_plan(*call, plan);
  }

  void refuse() {
    CallCore core = random_core(random_);
    core.provider_call_id.set("id" + std::to_string(++names_made_));
    core.rejection = Rejection::kCapacity;
    finish(core, EndReason::kBusy, "", now_, false);
    const CallSummary summary = summary_of(core, Transcript{});
    write_finished(entry_, summary, finished_of(crypto_, core));
    keep();
    file_finished(world_->history, world_->finished, summary, finished_of(crypto_, core));
  }

  void change(CallHandle call) {
    CallRecord& record = *world_->calls.get(call);
    if (random_.below(6) == 0) {
      const auto state = static_cast<MessageState>(random_.below(kMessageStates));
      write_message(entry_, record.core.call_id, state, 1);
      write_intents(entry_, record.core.call_id, 5);
      keep();
      record.core.message_state = state;
      record.core.message_attempts = 1;
      record.core.intents = 5;
      return;
    }
    CallPlan plan = CallPlan::of(record);
    const CallCore other = random_core(random_);
    plan.core.state = other.state;
    plan.core.message = other.message;
    plan.core.stream_id = other.stream_id;
    plan.core.document_number = other.document_number;
    const std::string text(1 + random_.below(1200), 'x');
    if (random_.below(2) == 0) {
      ASSERT_EQ(plan.lines.push({Speaker::kCaller, now_, text}), Status::kOk);
    }
    if (random_.below(9) == 0) {
      const Status adopted = adopt_provider_id(plan.core, "id" + std::to_string(++names_made_));
      ASSERT_TRUE(adopted == Status::kOk || adopted == Status::kFull);
    }
    if (random_.below(12) == 0) {
      finish(plan.core, EndReason::kCompleted, "16", now_, random_.below(2) == 0);
    }
    finish_plan(call, plan);
  }

  // Journals the plan, then applies it: what steps 4 and 5 do.
  void finish_plan(CallHandle call, CallPlan& plan) {
    World& world = *world_;
    for (size_t i = random_.below(3); i > 0; --i) {
      ASSERT_EQ(plan.keys.push(fresh_key()), Status::kOk);
    }
    write_plan(entry_, plan, world.calls.get(call)->transcript, crypto_);
    keep();
    apply_plan(world.calls, call, plan);
    for (const Key& key : plan.keys) world.keys.add(key);
    const CallRecord& record = *world.calls.get(call);
    if (record.core.state != CallState::kEnded) return;
    file_finished(world.history, world.finished, summary_of(record.core, record.transcript),
                  finished_of(crypto_, record.core));
    world.calls.release(call);
  }

  FakeCrypto crypto_;
  SeededEntropy random_{77};
  EntryWriter entry_;
  Journal journal_;
  WallTime now_ = WallTime::from_ms(1'700'000'000'000);
  WallTime newest_;  // Of any entry kept.
  uint32_t names_made_ = 0;
  uint32_t keys_made_ = 0;
  std::unique_ptr<World> world_ = std::make_unique<World>();
};

// Aim: the state after replay equals the state before, at
// every prefix of the entries. Method: a long random life; every so often all entries so far are
// replayed into an empty world and the two are compared whole.
TEST_F(ReplayTest, RestoresWhatWas) {
  for (int step = 0; step < 6000; ++step) {
    live_one_step();
    if (step % 600 != 599) continue;
    const auto other = std::make_unique<World>();
    Replay replay = replay_into(*other);
    for (const std::vector<uint8_t>& bytes : journal_) {
      ASSERT_EQ(replay.apply(bytes), Status::kOk);
    }
    EXPECT_EQ(replay.applied(), journal_.size());
    EXPECT_EQ(replay.refused(), 0U);
    EXPECT_EQ(replay.newest(), newest_);
    expect_equal(*world_, *other);
    expect_equal(*other, *world_);
  }
  EXPECT_GT(world_->history.size(), 200U);
  EXPECT_GT(world_->calls.slots(), 0U);
}

// Aim: an event's key is known after replay, globally and to its
// call, also when its call is finished. Method: one call with one key, replayed live and replayed
// ended.
TEST_F(ReplayTest, KeysSurvive) {
  CallPlan plan;
  plan.core = random_core(random_);
  const Key key = fresh_key();
  ASSERT_EQ(plan.keys.push(key), Status::kOk);
  entry_.begin(now_);
  write_plan(entry_, plan, Transcript{}, crypto_);
  keep();
  Replay replay = replay_into(*world_);
  ASSERT_EQ(replay.apply(journal_[0]), Status::kOk);
  EXPECT_TRUE(world_->keys.contains(key));
  const CallHandle call = world_->calls.find(plan.core.call_id);
  ASSERT_TRUE(call.is_set());
  EXPECT_TRUE(world_->calls.get(call)->keys.contains(key));

  plan.keys.clear();
  const Key last = fresh_key();
  ASSERT_EQ(plan.keys.push(last), Status::kOk);
  finish(plan.core, EndReason::kCompleted, "", now_, true);
  entry_.begin(now_);
  write_plan(entry_, plan, Transcript{}, crypto_);
  ASSERT_EQ(replay.apply(entry_.bytes()), Status::kOk);
  EXPECT_TRUE(world_->keys.contains(key));
  EXPECT_TRUE(world_->keys.contains(last));
  EXPECT_EQ(world_->calls.slots(), 0U);
  // B-REC-4: its names are known from here on.
  EXPECT_NE(world_->finished.find(call_id_key(crypto_, plan.core.call_id)), nullptr);
}

// Aim: an entry is applied whole or not at all. Method: several items of which the last
// is spoiled; nothing of the others may show.
TEST_F(ReplayTest, SpoiledEntryChangesNothing) {
  CallPlan plan;
  plan.core = random_core(random_);
  entry_.begin(now_);
  write_request_key(entry_, fresh_key(), now_);
  write_plan(entry_, plan, Transcript{}, crypto_);
  write_message(entry_, plan.core.call_id, MessageState::kDone, 0);
  std::vector<uint8_t> bytes(entry_.bytes().begin(), entry_.bytes().end());
  bytes[bytes.size() - 2] = 0x7F;  // No message state.
  Replay replay = replay_into(*world_);
  EXPECT_EQ(replay.apply(bytes), Status::kInvalid);
  EXPECT_EQ(replay.refused(), 1U);
  EXPECT_FALSE(replay.newest().is_set());
  expect_equal(*world_, *std::make_unique<World>());
  bytes[bytes.size() - 2] = static_cast<uint8_t>(MessageState::kDone);
  EXPECT_EQ(replay.apply(bytes), Status::kOk);
  EXPECT_EQ(world_->calls.slots(), 1U);
}

// Aim: more live calls than slots, as after a change of profile: the rest of the journal still
// counts, and items of the homeless call do no harm. Method: one call too many, with a line and an
// end.
TEST_F(ReplayTest, HomelessCallsAreLeftOut) {
  Replay replay = replay_into(*world_);
  CallPlan plan;
  for (size_t i = 0; i <= limits::kCallSlots; ++i) {
    plan = {};
    plan.core = random_core(random_);
    plan.core.provider_call_id.set("id" + std::to_string(i));
    plan.core.aliases = {};
    ASSERT_EQ(plan.keys.push(fresh_key()), Status::kOk);
    ASSERT_EQ(plan.lines.push({Speaker::kBot, now_, "hello"}), Status::kOk);
    entry_.begin(now_);
    write_plan(entry_, plan, Transcript{}, crypto_);
    EXPECT_EQ(replay.apply(entry_.bytes()), i < limits::kCallSlots ? Status::kOk : Status::kFull);
  }
  EXPECT_EQ(replay.homeless(), 1U);
  EXPECT_TRUE(world_->keys.contains(plan.keys[0]));
  EXPECT_FALSE(world_->calls.find(plan.core.call_id).is_set());
  finish(plan.core, EndReason::kTimeout, "", now_, false);
  entry_.begin(now_);
  write_plan(entry_, plan, Transcript{}, crypto_);
  EXPECT_EQ(replay.apply(entry_.bytes()), Status::kOk);
  EXPECT_EQ(world_->history.size(), 1U);
  EXPECT_EQ(world_->calls.slots(), limits::kCallSlots);
}

// Aim: a call whose line is no longer configured, and entries that contradict each other, are no
// reason to stop. Method: another line id; then a core whose direction changes.
TEST_F(ReplayTest, StrangeEntriesAreSurvived) {
  Replay replay = replay_into(*world_);
  CallCore core = random_core(random_);
  core.direction = Direction::kInbound;
  core.line_id.set("gone");
  entry_.begin(now_);
  write_core(entry_, core);
  EXPECT_EQ(replay.apply(entry_.bytes()), Status::kOk);
  EXPECT_EQ(world_->calls.get(world_->calls.find(core.call_id))->core.line, kNoLine);

  core.direction = Direction::kOutbound;
  entry_.begin(now_);
  write_core(entry_, core);
  EXPECT_EQ(replay.apply(entry_.bytes()), Status::kFull);
  EXPECT_EQ(world_->calls.get(world_->calls.find(core.call_id))->core.direction,
            Direction::kInbound);
}

// Aim: no entry, however spoiled, stops the program or leaves the tables broken. Method: mutated
// real entries in random order, the sanitizers watch, then a fresh call works.
TEST_F(ReplayTest, StandsMutatedEntries) {
  for (int step = 0; step < 400; ++step) live_one_step();
  const auto other = std::make_unique<World>();
  Replay replay = replay_into(*other);
  for (int i = 0; i < 30'000; ++i) {
    std::vector<uint8_t> bytes = journal_[random_.below(journal_.size())];
    for (size_t flips = random_.below(3); flips > 0; --flips) {
      bytes[random_.below(bytes.size())] = static_cast<uint8_t>(random_.next());
    }
    if (random_.below(10) == 0) bytes.resize(random_.below(bytes.size() + 1));
    (void)replay.apply(bytes);
  }
  EXPECT_GT(replay.applied(), 0U);
  EXPECT_GT(replay.refused(), 0U);
  for (size_t place = 0; place < limits::kCallSlots; ++place) {
    const CallHandle call = other->calls.at(place);
    if (!call.is_set()) continue;
    EXPECT_EQ(other->calls.find(other->calls.get(call)->core.call_id), call);
    CallCore core = other->calls.get(call)->core;
    finish(core, EndReason::kError, "", now_, true);
    other->calls.apply(call, core);
    other->calls.release(call);
  }
  EXPECT_EQ(other->calls.slots(), 0U);
  EXPECT_EQ(other->calls.in_use(), 0U);
}

// Aim: a snapshot of a live call replays to the same record (what compaction relies on).
// Method: calls with empty, medium and overfull transcripts and key rings.
TEST_F(ReplayTest, SnapshotsRestoreARecord) {
  for (const uint32_t size : {0U, 10U, 700U}) {
    const auto one = std::make_unique<World>();
    const auto other = std::make_unique<World>();
    const Result<CallHandle> call = one->calls.restore(random_core(random_));
    ASSERT_TRUE(call.ok());
    CallRecord& record = *one->calls.get(*call);
    for (uint32_t i = 0; i < size; ++i) {
      record.transcript.add({Speaker::kBot, now_, std::string(1 + random_.below(1200), 'z')});
      record.keys.add(fresh_key());
    }
    Replay replay = replay_into(*other);
    CallSnapshot snapshot(record);
    size_t entries = 0;
    while (snapshot.next(entry_, now_)) {
      ASSERT_EQ(entry_.status(), Status::kOk);
      ASSERT_LE(entry_.bytes().size(), 4096U);
      ASSERT_EQ(replay.apply(entry_.bytes()), Status::kOk);
      ++entries;
    }
    EXPECT_LE(entries, 10U);
    other->keys.clear();
    expect_equal(*one, *other);
  }
}

// Aim: what an archive writes as a snapshot makes the same state as the entries it took in, also
// when an archive before it took over from a snapshot (B-JRN-7: nothing is lost or reordered).
// Method: a long random life; three archives in a chain, each begun from the snapshot of the one
// before and given the next third of the entries; the last snapshot replayed into empty tables.
TEST_F(ReplayTest, ArchivesPassEverythingOn) {
  for (int step = 0; step < 6000; ++step) live_one_step();
  std::unique_ptr<CallArchiveMemory> memory;
  std::unique_ptr<CallArchive> archive;
  const auto heir = [&] {
    auto fresh_memory = std::make_unique<CallArchiveMemory>();
    auto fresh = std::make_unique<CallArchive>(*fresh_memory);
    size_t bytes = 0;
    if (archive != nullptr) {
      archive->begin_snapshot();
      for (Bytes piece = archive->next_piece(); !piece.empty(); piece = archive->next_piece()) {
        EXPECT_LE(piece.size(), limits::kJournalEntryBytesMax);
        bytes += piece.size() + JournalState::kPieceOverhead;
        fresh->apply(piece, 0);
      }
      EXPECT_LE(bytes, archive->snapshot_bytes_max());
      EXPECT_EQ(fresh->newest(), archive->newest());
    }
    EXPECT_EQ(fresh->refused(), 0U);
    archive = std::move(fresh);
    memory = std::move(fresh_memory);
  };
  heir();
  for (size_t i = 0; i < journal_.size(); ++i) {
    if (i == journal_.size() / 3 || i == 2 * journal_.size() / 3) heir();
    archive->apply(journal_[i], i + 1);
  }
  EXPECT_EQ(archive->refused(), 0U);
  EXPECT_EQ(archive->newest(), newest_);
  const auto other = std::make_unique<World>();
  Replay replay = replay_into(*other);
  archive->begin_snapshot();
  for (Bytes piece = archive->next_piece(); !piece.empty(); piece = archive->next_piece()) {
    ASSERT_EQ(replay.apply(piece), Status::kOk);
  }
  expect_equal(*world_, *other);
  EXPECT_EQ(replay.newest(), newest_);
  archive->clear();
  EXPECT_EQ(archive->memory().calls.slots(), 0U);
  EXPECT_EQ(archive->memory().history.size(), 0U);
}

// Aim: the largest state there can be fits what its snapshot is said to take. Method: every table
// full to the brim.
TEST_F(ReplayTest, TheLargestSnapshotFits) {
  const auto memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive(*memory);
  EntryWriter entry;
  for (size_t n = 0; n < limits::kRequestKeysMax; ++n) {
    entry.begin(now_);
    write_request_key(entry, fresh_key(), now_);
    archive.apply(entry.bytes(), 1);
    entry.begin(now_);
    const Key key = fresh_key();
    write_keys(entry, {&key, 1});
    archive.apply(entry.bytes(), 1);
  }
  for (size_t n = 0; n < limits::kFinishedIdsMax; ++n) {
    CallCore core = random_core(random_);
    core.provider_call_id.set(std::string(limits::kProviderCallIdBytesMax, 'p'));
    core.end_detail.set(std::string(limits::kEndDetailBytesMax, 'd'));
    finish(core, EndReason::kBusy, core.end_detail.view(), now_, false);
    entry.begin(now_);
    write_finished(entry, summary_of(core, Transcript{}), finished_of(crypto_, core));
    archive.apply(entry.bytes(), 1);
  }
  for (size_t n = 0; n < limits::kCallSlots; ++n) {
    CallCore core = random_core(random_);
    core.provider_call_id.set("id" + std::to_string(n) + std::string(100, 'x'));
    core.aliases = {};
    core.message.set(std::string(limits::kMessageBytesMax, 'm'));
    entry.begin(now_);
    write_core(entry, core);
    archive.apply(entry.bytes(), 1);
    for (size_t line = 0; line < limits::kTranscriptLinesMax; ++line) {
      entry.begin(now_);
      write_line(entry, core.call_id, {Speaker::kBot, now_, std::string(128, 'l')}, 0);
      archive.apply(entry.bytes(), 1);
    }
    for (size_t keys = 0; keys < limits::kCallEventKeysMax; ++keys) {
      entry.begin(now_);
      const Key key = fresh_key();
      write_call_keys(entry, core.call_id, {&key, 1});
      archive.apply(entry.bytes(), 1);
    }
  }
  EXPECT_EQ(archive.refused(), 0U);
  EXPECT_EQ(archive.memory().calls.slots(), limits::kCallSlots);
  size_t bytes = 0;
  archive.begin_snapshot();
  for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
    bytes += piece.size() + JournalState::kPieceOverhead;
  }
  EXPECT_LE(bytes, archive.snapshot_bytes_max());
  EXPECT_GT(bytes, archive.snapshot_bytes_max() / 2);
}

}  // namespace
}  // namespace hookflash
