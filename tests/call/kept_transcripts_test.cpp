// What was said in finished calls, through the journal and its snapshots (B-JRN-10).
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "call/archive.h"
#include "journal/journal.h"
#include "platform/sim/ram_flash.h"
#include "tests/call/call_test_values.h"

namespace hookflash {
namespace {

constexpr uint32_t kSegment = 64 * 1024;
// Room for the snapshots of a profile, and for a log beside them.
constexpr uint64_t kSegments = limits::kCallSlots > 100 ? 480 : 96;
constexpr FlashGeometry kPart{
    .program_unit = 256, .erase_unit = kSegment, .size = kSegments * kSegment, .endurance = 0};
constexpr JournalOptions kOptions{.segment_bytes = kSegment, .fold_segments = 8};

using Texts = std::map<std::string, Transcript>;  // By callId.

// What somebody finds who reads an image: lines of every call that has some.
class Reader final : public JournalState {
 public:
  void clear() override { texts.clear(); }
  void apply(Bytes entry, uint64_t /*sequence*/) override {
    if (!ok(EntryReader::check(entry))) return;
    EntryReader reader(entry);
    for (Item item; reader.next(item);) {
      LineItem line;
      if (item.type != ItemType::kTranscriptLine || !ok(read_line(item.payload, line))) continue;
      Transcript& text = texts[std::string(line.call.text().view())];
      if (text.size() == 0) text.set_dropped(line.dropped);
      text.add(line.line);
    }
  }
  [[nodiscard]] size_t snapshot_bytes_max() const override { return 0; }
  void begin_snapshot() override {}
  Bytes next_piece() override { return {}; }

  Texts texts;
};

// A box's journal, written as the engine would, beside a plain model of what was said.
class KeptTranscripts : public ::testing::Test {
 protected:
  struct Talk {
    CallCore core;
    Transcript text;
  };

  KeptTranscripts() { open(); }

  void open() {
    memory_ = std::make_unique<CallArchiveMemory>();
    archive_ = std::make_unique<CallArchive>(*memory_);
    journal_ = std::make_unique<Journal>(flash_, *archive_, kOptions);
    ASSERT_EQ(journal_->open(), Status::kOk);
    ASSERT_EQ(journal_->figures().damaged, 0U);
    ASSERT_EQ(archive_->refused() + archive_->homeless(), 0U);
  }
  void keep(bool on) {
    begin();
    write_keep_transcripts(entry_, on);
    put();
  }
  void begin() { entry_.begin(now_ = now_ + Duration::ms(20)); }
  void put() {
    ASSERT_EQ(entry_.status(), Status::kOk);
    ASSERT_EQ(journal_->append(entry_.bytes()), Status::kOk);
    ASSERT_EQ(journal_->commit(), Status::kOk);
    for (int n = 0; n < 5; ++n) (void)journal_->step();
  }
  void settle() {
    while (journal_->step()) {
    }
  }
  // A snapshot of everything so far.
  void fold() {
    const uint64_t folds = journal_->figures().folds;
    // Entries that say nothing, until there is a log to fold; then until that has begun anew.
    while (journal_->figures().folds < folds + 2) fill();
    settle();
  }
  void fill() {
    begin();
    for (int n = 0; n < 3; ++n) {
      ItemKeys keys;
      while (!keys.full()) (void)keys.push(make_synthetic_key(crypto_, {}, ++keys_made_));
      write_keys(entry_, keys.span());
    }
    put();
  }

  Talk& start() {
    live_.emplace_back();
    Talk& talk = live_.back();
    talk.core = random_core(random_);
    talk.core.provider_call_id.set("CA" + std::to_string(++calls_made_));
    talk.core.aliases = {};
    begin();
    write_core(entry_, talk.core);
    put();
    return talk;
  }
  void say(Talk& talk, const std::string& text) {
    begin();
    const TranscriptLine line{random_.below(2) == 0 ? Speaker::kBot : Speaker::kCaller, now_, text};
    write_line(entry_, talk.core.call_id, line, talk.text.dropped());
    put();
    talk.text.add(line);
  }
  // The call that began first.
  void end() {
    Talk talk = live_.front();
    live_.pop_front();
    finish(talk.core, EndReason::kCompleted, "", now_, true);
    begin();
    write_finished(entry_, summary_of(talk.core, talk.text), finished_of(crypto_, talk.core));
    put();
    finished_.emplace_back(std::string(talk.core.call_id.text().view()), talk.text);
    if (finished_.size() > limits::kHistoryMax) finished_.pop_front();
  }
  std::string words(size_t size) {
    std::string text;
    while (text.size() < size) text += "word " + std::to_string(random_.below(10'000)) + ' ';
    text.resize(size);
    return text;
  }

  [[nodiscard]] Texts on_medium() {
    Reader reader;
    const auto journal = std::make_unique<Journal>(
        flash_, reader, JournalOptions{.segment_bytes = kSegment, .read_only = true});
    EXPECT_EQ(journal->open(), Status::kOk);
    return reader.texts;
  }
  // Of finished calls, the newest `count` that said something, and of live ones, all is there as it
  // was; of others nothing, unless it stands in the log as it came.
  void expect_kept(size_t count) {
    const Texts found = on_medium();
    size_t missing = 0;
    for (size_t i = finished_.size(); i > 0; --i) {
      const auto& [id, text] = finished_[i - 1];
      if (text.size() == 0 || count == 0) continue;
      --count;
      const auto there = found.find(id);
      if (there == found.end() || !(there->second == text)) ++missing;
    }
    EXPECT_EQ(missing, 0U);
    for (const Talk& talk : live_) {
      if (talk.text.size() == 0) continue;
      const auto there = found.find(std::string(talk.core.call_id.text().view()));
      ASSERT_TRUE(there != found.end());
      EXPECT_TRUE(there->second == talk.text);
    }
  }
  [[nodiscard]] bool image_has(const std::string& text) const {
    const std::vector<uint8_t>& image = flash_.image();
    return std::search(image.begin(), image.end(), text.begin(), text.end()) != image.end();
  }

  sim::RamFlash flash_{kPart};
  std::unique_ptr<CallArchiveMemory> memory_;
  std::unique_ptr<CallArchive> archive_;
  std::unique_ptr<Journal> journal_;
  FakeCrypto crypto_;
  SeededEntropy random_{7};
  WallTime now_ = WallTime::from_ms(1'700'000'000'000);
  EntryWriter entry_;
  std::deque<Talk> live_;
  std::deque<std::pair<std::string, Transcript>> finished_;  // Oldest first.
  uint64_t calls_made_ = 0;
  uint32_t keys_made_ = 0;
};

// Aim: with history.keepTranscripts what was said stays as it was when the call ended, for the
// calls of the history, over compactions and restarts, whatever of a call fell before a compaction
// and what behind it; also of calls that said more than a record keeps (B-JRN-10). Method: 1,300
// calls of random length, up to three at a time, restarts; the image is read by somebody else and
// held against a model.
TEST_F(KeptTranscripts, StayForTheCallsOfTheHistory) {
  keep(true);
  for (size_t n = 0; n < 1300; ++n) {
    start();
    const size_t lines = n % 100 == 7 ? 150 : random_.below(7);
    for (size_t i = 0; i < lines; ++i) say(live_[random_.below(live_.size())], words(10 + n % 90));
    if (live_.size() == 3) end();
    if (n % 300 == 299) {
      ASSERT_NO_FATAL_FAILURE(open());
      ASSERT_NO_FATAL_FAILURE(expect_kept(limits::kHistoryMax));
    }
  }
  fold();
  ASSERT_NO_FATAL_FAILURE(open());
  expect_kept(limits::kHistoryMax);
  // The others are gone: the history's, and those of the calls that live.
  EXPECT_LE(on_medium().size(), limits::kHistoryMax + live_.size());
  EXPECT_GT(journal_->figures().snapshot_segments, 2U);
  EXPECT_EQ(flash_.violation(), "");
}

// Aim: without it the text of a finished call is dropped by the compaction that comes next, that of
// a live one is kept; the bytes are gone when the freed segments have been used again (B-JRN-10).
// Method: words that are nowhere else, looked for by a reader and in the raw image.
TEST_F(KeptTranscripts, GoWithTheirCallsOtherwise) {
  const std::string gone = "my number is four two four two";
  const std::string living = "please hold the line";
  say(start(), gone);
  end();
  say(start(), living);
  EXPECT_EQ(on_medium().size(), 2U);
  fold();
  EXPECT_EQ(on_medium().size(), 1U);
  expect_kept(0);
  EXPECT_TRUE(image_has(gone)) << "nothing has been erased yet: the test looks in the wrong place";
  for (uint64_t n = 0; n < kSegments && image_has(gone); ++n) fold();
  EXPECT_FALSE(image_has(gone));
  EXPECT_TRUE(image_has(living));
  expect_kept(0);
}

// Aim: the setting holds as it is when the journal is compacted: switched off, what was kept goes;
// switched on, what is still there stays; and it outlives snapshots itself. Method: on, off, on,
// with compactions and restarts in between.
TEST_F(KeptTranscripts, FollowTheSetting) {
  keep(true);
  say(start(), "the first");
  end();
  fold();
  ASSERT_NO_FATAL_FAILURE(open());
  fold();
  expect_kept(1);
  EXPECT_EQ(on_medium().size(), 1U);
  keep(false);
  fold();
  EXPECT_TRUE(on_medium().empty());
  say(start(), "the second");
  end();
  keep(true);
  fold();
  ASSERT_NO_FATAL_FAILURE(open());
  expect_kept(1);
  EXPECT_EQ(on_medium().size(), 1U);
}

// Aim: text takes an eighth of a medium at most, the oldest calls lose theirs first and whole, it
// is counted, and neither entries nor the next snapshot lack room for it (B-JRN-8, B-GEN-5).
// Method: calls that say more than there is room for.
TEST_F(KeptTranscripts, TheOldestMakeRoom) {
  keep(true);
  constexpr int kCalls = 150;
  for (int n = 0; n < kCalls; ++n) {
    Talk& talk = start();
    for (int i = 0; i < 8; ++i) say(talk, words(1000));
    end();
    EXPECT_FALSE(journal_->is_short());
  }
  fold();
  const uint64_t given_up = journal_->figures().given_up;
  const Texts found = on_medium();
  EXPECT_GT(given_up, 10U);
  EXPECT_EQ(found.size() + given_up, static_cast<size_t>(kCalls));
  expect_kept(found.size());
  const size_t part = kSegments / 8 * kSegment;
  EXPECT_GT(found.size() * 8 * 1040, part * 3 / 4);
  EXPECT_LT(found.size() * 8 * 1000, part + kSegment);
  EXPECT_GT(journal_->figures().free_segments, kSegments / 4);
  ASSERT_NO_FATAL_FAILURE(open());
  fold();
  EXPECT_EQ(on_medium().size(), found.size());
  EXPECT_EQ(journal_->figures().given_up, 0U);
}

}  // namespace
}  // namespace hookflash
