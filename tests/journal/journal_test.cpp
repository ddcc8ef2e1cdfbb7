#include "journal/journal.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <tuple>
#include <vector>

#include "journal/crc32c.h"
#include "platform/sim/ram_flash.h"
#include "sample_state.h"

namespace hookflash {
namespace {

constexpr uint32_t kSegment = 12 * 1024;
constexpr FlashGeometry kGeometry{
    .program_unit = 64, .erase_unit = 4096, .size = 12 * kSegment, .endurance = 100'000};
constexpr JournalOptions kOptions{.segment_bytes = kSegment, .fold_segments = 4};

// A journal on a flash, with the numbers of its entries counted.
struct Bench {
  explicit Bench(const FlashGeometry& geometry = kGeometry, const JournalOptions& use = kOptions)
      : flash(geometry), options(use) {
    reopen();
  }
  void reopen() {
    state = std::make_unique<SampleState>();
    journal = std::make_unique<Journal>(flash, *state, options);
    opened = journal->open();
  }
  Status add(size_t size = 300) {
    const Status status = journal->append(sample_entry(number + 1, size));
    if (ok(status)) add_entry(expected, sample_entry(++number, size));
    return status;
  }
  void settle() {
    for (int i = 0; i < 10'000 && journal->step(); ++i) {
    }
  }

  sim::RamFlash flash;
  JournalOptions options;
  std::unique_ptr<SampleState> state;
  std::unique_ptr<Journal> journal;
  Status opened = Status::kOk;
  uint64_t number = 0;
  SampleValues expected;
};

// Aim: the CRC is the one its name says. Method: known answers (RFC 3720 B.4 and the check value).
TEST(Crc32c, GivesKnownAnswers) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0xFF)), 0x62A8AB43U);
  EXPECT_EQ(crc32c(bytes_of("6789"), crc32c(bytes_of("12345"))), 0xE3069283U);
}

// Aim: the padding of a group stays within the memory of the group, whatever its size and the
// part's unit. Method: groups of every size around where the memory for them ends, then a start.
TEST(Journal, PadsGroupsOfAnySizeInPlace) {
  for (const uint32_t unit : {1U, 16U, 512U, 4096U}) {
    for (size_t last = 9; last <= limits::kJournalEntryBytesMax; last += 8 + 31 * (last % 3)) {
      Bench bench({unit, 64 * 1024, 12 * 64 * 1024, 0}, {.segment_bytes = 64 * 1024});
      for (int n = 0; n < 3; ++n) ASSERT_EQ(bench.add(limits::kJournalEntryBytesMax), Status::kOk);
      ASSERT_EQ(bench.add(last), Status::kOk);
      ASSERT_EQ(bench.journal->commit(), Status::kOk);
      ASSERT_EQ(bench.journal->figures().appended, 4U);
      bench.reopen();
      ASSERT_EQ(bench.state->values(), bench.expected);
    }
  }
}

// Aim: header and record come back as they were written, and each of their bytes counts. Method:
// write, change every byte once, read.
TEST(JournalFormat, NoticesEveryByte) {
  const SegmentHeader header{.kind = SegmentKind::kSnapshot,
                             .part = 3,
                             .epoch = 0x01020304,
                             .segment_bytes = 65536,
                             .base = 77,
                             .durable = 66,
                             .snapshot = {9, 4, 1234567890123, 8}};
  std::array<uint8_t, kSegmentHeaderBytes> bytes{};
  write_header(header, bytes);
  SegmentHeader read;
  ASSERT_EQ(read_header(bytes, read), Status::kOk);
  EXPECT_EQ(read, header);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 0x10;
    EXPECT_EQ(read_header(bytes, read), Status::kInvalid) << i;
    bytes[i] ^= 0x10;
  }
  const std::vector<uint8_t> payload = sample_entry(5, 100);
  std::vector<uint8_t> record(record_bytes(payload.size()));
  write_record({.type = RecordType::kEntry, .size = 100, .behind = 2, .epoch = 7, .sequence = 99},
               payload, record);
  RecordHead head;
  const auto begin = std::span(record).first<kRecordHeadBytes>();
  ASSERT_TRUE(read_record_head(begin, head));
  EXPECT_TRUE(record_is_whole(record, head));
  EXPECT_EQ(head.behind, 2);
  EXPECT_EQ(head.epoch, 7U);
  EXPECT_EQ(head.sequence, 99U);
  for (size_t i = 0; i < kRecordHeadBytes + payload.size(); ++i) {
    record[i] ^= 0x04;
    const bool whole = read_record_head(begin, head) && record_bytes(head.size) <= record.size() &&
                       record_is_whole(record, head);
    EXPECT_FALSE(whole) << i;
    record[i] ^= 0x04;
  }
}

// Aim: entries are there after a restart, in order; an empty medium is an empty journal. Method:
// entries of all sizes in groups, reopened in between.
TEST(Journal, KeepsEntriesOverRestarts) {
  Bench bench;
  ASSERT_EQ(bench.opened, Status::kOk);
  EXPECT_EQ(bench.state->values().count, 0U);
  for (int round = 0; round < 5; ++round) {
    for (const size_t size : {9U, 10U, 100U, 1000U, 4096U}) {
      ASSERT_EQ(bench.add(size), Status::kOk);
      if (size != 100U) {
        ASSERT_EQ(bench.journal->commit(), Status::kOk);
      }
    }
    bench.reopen();
    ASSERT_EQ(bench.opened, Status::kOk);
    EXPECT_EQ(bench.state->values(), bench.expected);
    EXPECT_EQ(bench.journal->durable_sequence(), bench.number);
  }
  EXPECT_EQ(bench.journal->figures().damaged, 0U);
  EXPECT_EQ(bench.flash.violation(), "");
}

// Aim: sizes that are no entry are refused and cost nothing. Method: none, and one byte too many.
TEST(Journal, RefusesWrongSizes) {
  Bench bench;
  const uint64_t operations = bench.flash.operations();
  EXPECT_EQ(bench.journal->append({}), Status::kTooLarge);
  EXPECT_EQ(bench.journal->append(std::vector<uint8_t>(4097, 1)), Status::kTooLarge);
  EXPECT_EQ(bench.journal->commit(), Status::kOk);
  EXPECT_EQ(bench.flash.operations(), operations);
}

// Aim: it goes on for ever: snapshots make old segments free, beside normal appends, and all
// segments wear alike (B-JRN-7). Method: fifty times the medium's size, a step between groups;
// reopen now and then.
TEST(Journal, FoldsAndLevelsWear) {
  Bench bench;
  const uint64_t bytes = 50 * kGeometry.size;
  for (uint64_t written = 0; written < bytes;) {
    for (int n = 0; n < 3; ++n) {
      ASSERT_EQ(bench.add(200 + bench.number % 900), Status::kOk) << bench.number;
      written += 200 + bench.number % 900;
    }
    ASSERT_EQ(bench.journal->commit(), Status::kOk);
    for (int n = 0; n < 4; ++n) (void)bench.journal->step();
    if (bench.number % 1000 < 3) {
      const uint64_t folds = bench.journal->figures().folds;
      EXPECT_GT(folds, 0U);
      bench.reopen();
      ASSERT_EQ(bench.opened, Status::kOk);
      ASSERT_EQ(bench.state->values(), bench.expected);
    }
  }
  EXPECT_EQ(bench.flash.violation(), "");
  EXPECT_LE(bench.flash.erases_most(), bench.flash.erases_least() + 3);
  EXPECT_EQ(bench.journal->figures().damaged, 0U);
}

// Aim: without housekeeping the log fills up to what is kept for the next snapshot; entries are
// refused one by one, nothing breaks, and a fold ends it (B-JRN-8). Method: append until full, then
// settle.
TEST(Journal, KeepsRoomForTheNextSnapshot) {
  Bench bench;
  while (bench.add(1000) == Status::kOk) ASSERT_EQ(bench.journal->commit(), Status::kOk);
  EXPECT_EQ(bench.add(4096), Status::kFull);
  EXPECT_EQ(bench.journal->commit(), Status::kOk);
  EXPECT_TRUE(bench.journal->is_short());
  EXPECT_EQ(bench.journal->figures().free_segments, 0U);
  bench.settle();
  EXPECT_FALSE(bench.journal->is_short());
  EXPECT_EQ(bench.journal->figures().folds, 1U);
  ASSERT_EQ(bench.add(4096), Status::kOk);
  ASSERT_EQ(bench.journal->commit(), Status::kOk);
  bench.reopen();
  EXPECT_EQ(bench.state->values(), bench.expected);
}

// Aim: a fold that failed when nothing else had room is tried again, though no entry can become
// durable meanwhile: the box does not refuse calls for ever (B-JRN-8). Method: a full log; the fold
// fails at each of its operations in turn, then the medium works.
TEST(Journal, AFullLogIsFoldedAfterAFailure) {
  int failed_folds = 0;
  for (uint64_t fail = 0; fail < 40; ++fail) {
    Bench bench;
    while (bench.add(1000) == Status::kOk) ASSERT_EQ(bench.journal->commit(), Status::kOk);
    const uint64_t begun = bench.flash.operations();
    while (bench.flash.operations() < begun + fail && bench.journal->step()) {
    }
    bench.flash.fail_next(2);
    bench.settle();
    bench.flash.fail_next(0);
    // A unit that could not be erased is out for good, and this medium has none to spare.
    if (bench.journal->figures().bad_segments > 0) continue;
    if (bench.journal->is_short()) ++failed_folds;
    // Refused or not, this is what tells the owner to do its housekeeping.
    (void)bench.add(4000);
    ASSERT_EQ(bench.journal->commit(), Status::kOk);
    bench.settle();
    EXPECT_FALSE(bench.journal->is_short()) << fail;
    EXPECT_EQ(bench.add(4000), Status::kOk) << fail;
    EXPECT_EQ(bench.journal->commit(), Status::kOk) << fail;
    bench.reopen();
    EXPECT_EQ(bench.state->values(), bench.expected) << fail;
  }
  EXPECT_GE(failed_folds, 2);
}

// A medium of so many segments and a state whose snapshots take all five that are kept for them,
// with entries that come all the time. What it is given to do never ends in refusing entries.
struct Crowded {
  static constexpr size_t kPieces = 4080;  // Two to a segment.
  // The least that open() accepts, and what is left when one of them is worn.
  static constexpr uint32_t kLeast = 13;

  explicit Crowded(uint64_t segments, uint32_t fold_segments = 0)
      : flash({.program_unit = 64, .erase_unit = 4096, .size = segments * kSegment}),
        options{.segment_bytes = kSegment, .fold_segments = fold_segments} {}
  Status open() {
    state = std::make_unique<SampleState>(kPieces);
    journal = std::make_unique<Journal>(flash, *state, options);
    return journal->open();
  }
  // Entries until one is refused, so many at most; then a step.
  void turn(int most) {
    for (int k = 0; k < most; ++k) {
      const std::vector<uint8_t> entry = sample_entry(number + 1, 4000);
      if (!ok(journal->append(entry))) break;
      add_entry(expected, entry);
      ++number;
      ASSERT_EQ(journal->commit(), Status::kOk);
    }
    (void)journal->step();
  }
  // So many snapshots more, which take in as many new entries at least.
  void go_on(uint64_t folds, int most) {
    const uint64_t end = journal->figures().folds + folds;
    const uint64_t before = number;
    for (uint64_t turns = 0; journal->figures().folds < end; ++turns) {
      ASSERT_LT(turns, 1000 * folds) << "stuck after " << journal->figures().folds << " snapshots";
      ASSERT_NO_FATAL_FAILURE(turn(most));
    }
    ASSERT_GE(number + 1, before + folds);
  }

  sim::RamFlash flash;
  JournalOptions options;
  std::unique_ptr<SampleState> state;
  std::unique_ptr<Journal> journal;
  SampleValues expected;
  uint64_t number = 0;
};

// Aim: entries that come all the time while snapshots are written leave room for the snapshot
// after it (B-JRN-8). Method: the smallest medium, and larger ones with as many worn segments more;
// a few entries before each step, or as many as are taken; the first snapshot late or early, when
// it replaces little. Parameters: worn segments; entries; segments of log that begin a snapshot.
class JournalCrowded : public testing::TestWithParam<std::tuple<uint32_t, int, uint32_t>> {};
TEST_P(JournalCrowded, EntriesBesideASnapshotLeaveRoomForTheNext) {
  const auto [worn, most, fold_segments] = GetParam();
  Crowded box(Crowded::kLeast - 1);
  EXPECT_EQ(box.open(), Status::kFull);
  box = Crowded(Crowded::kLeast + worn, fold_segments);
  for (uint64_t i = 0; i < worn; ++i) box.flash.wear_out(3 * i * kSegment);
  ASSERT_EQ(box.open(), Status::kOk);
  ASSERT_NO_FATAL_FAILURE(box.go_on(20, most));
  EXPECT_EQ(box.journal->figures().bad_segments, worn);
  ASSERT_EQ(box.open(), Status::kOk);
  EXPECT_EQ(box.state->values(), box.expected);
  EXPECT_EQ(box.flash.violation(), "");
}
INSTANTIATE_TEST_SUITE_P(Worn, JournalCrowded,
                         testing::Combine(testing::Values(0U, 1U, 3U),
                                          testing::Values(1, 2, 3, 4, 8, 1000),
                                          testing::Values(0U, 2U)));

// Aim: a segment that wears out at whatever moment, also amid a snapshot, stops nothing as long as
// there are enough others (B-JRN-8). Method: they wear out one by one at random moments until one
// less than the smallest medium is left, and the box is restarted at some.
TEST(Journal, WearsOutToTheLast) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const int most = std::array{1, 2, 4, 1000}.at(seed % 4);
    constexpr uint32_t kMore = 8;
    Crowded box(Crowded::kLeast + kMore);
    ASSERT_EQ(box.open(), Status::kOk);
    for (uint32_t worn = 1; worn <= kMore + 1; ++worn) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", worn " << worn);
      for (uint64_t turns = random() % 60; turns > 0; --turns) {
        ASSERT_NO_FATAL_FAILURE(box.turn(most));
      }
      if (worn <= 2 && random() % 3 == 0) {
        ASSERT_EQ(box.open(), Status::kOk);
      }
      box.flash.wear_out(random() % (Crowded::kLeast + kMore) * kSegment);
      ASSERT_NO_FATAL_FAILURE(box.go_on(4, most));
    }
    ASSERT_EQ(box.open(), Status::kOk);
    EXPECT_EQ(box.state->values(), box.expected);
    EXPECT_EQ(box.flash.violation(), "");
  }
}

// Aim: what the state does not hold is carried from snapshot to snapshot, and again after a
// snapshot that failed at whatever operation (B-JRN-10). Method: one program fails, each in turn;
// then no entry that would be carried, and two more snapshots.
TEST(Journal, CarriesAgainAfterAFailure) {
  constexpr FlashGeometry kLarge{.program_unit = 64, .erase_unit = 4096, .size = 40 * kSegment};
  constexpr size_t kText = 3500;
  uint64_t operations = 1;
  for (uint64_t fail = 0; fail < operations; ++fail) {
    sim::RamFlash flash(kLarge);
    SampleState state(700, kText);
    const auto journal = std::make_unique<Journal>(
        flash, state, JournalOptions{.segment_bytes = kSegment, .fold_segments = 3});
    ASSERT_EQ(journal->open(), Status::kOk);
    SampleTexts expected{kText, {}};
    uint64_t number = 0;
    const auto add = [&](bool text, bool step) {
      do {
        ++number;
      } while ((sample_entry(number, 9)[8] < SampleTexts::kNames) != text);
      const std::vector<uint8_t> entry = sample_entry(number, 4000);
      ASSERT_EQ(journal->append(entry), Status::kOk);
      ASSERT_EQ(journal->commit(), Status::kOk);
      expected.add(entry);
      while (step && journal->step()) {
      }
    };
    for (int n = 0; n < 10; ++n) add(true, false);
    const uint64_t begun = flash.operations();
    bool failed = false;
    do {
      if (!failed && flash.operations() - begun >= fail) {
        flash.fail_next(1);
        failed = true;
      }
    } while (journal->step());
    operations = std::max(operations, flash.operations() - begun);
    flash.fail_next(0);
    while (journal->figures().folds < 3) add(false, true);
    EXPECT_EQ(journal->figures().given_up, 0U);
    SampleState again(700, kText);
    const auto other = std::make_unique<Journal>(
        flash, again, JournalOptions{.segment_bytes = kSegment, .read_only = true});
    ASSERT_EQ(other->open(), Status::kOk);
    EXPECT_EQ(again.texts(), expected) << fail;
    EXPECT_EQ(other->figures().damaged, 0U);
  }
  EXPECT_GT(operations, 10U);
}

// Aim: a failed sync or program fails every entry that waits on it, later entries go on, and the
// failed ones do not come back after a restart (B-JRN-1). Method: fail at each operation of a
// group in turn.
TEST(Journal, AFailedGroupIsGone) {
  FlashGeometry large = kGeometry;
  large.size = 20 * kSegment;
  for (size_t fail = 0; fail < 40; ++fail) {
    Bench bench(large);
    ASSERT_EQ(bench.add(), Status::kOk);
    ASSERT_EQ(bench.journal->commit(), Status::kOk);
    const SampleValues before = bench.expected;
    const uint64_t number = bench.number;
    // Good operations first, then one that fails.
    bool failed = false;
    for (size_t n = 0; n < 30 && !failed; ++n) {
      if (n == fail / 2) {
        if (fail % 2 == 0) {
          bench.flash.fail_next(1);
        } else {
          bench.flash.fail_syncs(1);
        }
      }
      const Status first = bench.add(3000);
      const Status second = bench.add(3000);
      const Status done = bench.journal->commit();
      if (ok(first) && ok(second) && ok(done)) continue;
      failed = true;
      EXPECT_EQ(done, Status::kStorage);
      EXPECT_EQ(bench.journal->append(sample_entry(1, 9)), Status::kOk);  // Not counted: a try.
      bench.flash.fail_syncs(1);
      EXPECT_EQ(bench.journal->commit(), Status::kStorage);
      // What failed is taken back by the writer, too.
      bench.number = n == 0 ? number : number + 2 * n;
      bench.expected = before;
      for (uint64_t i = number + 1; i <= bench.number; ++i) {
        add_entry(bench.expected, sample_entry(i, 3000));
      }
      if (n > 0) bench.settle();
      ASSERT_EQ(bench.add(100), Status::kOk);
      ASSERT_EQ(bench.journal->commit(), Status::kOk);
    }
    bench.reopen();
    ASSERT_EQ(bench.opened, Status::kOk);
    EXPECT_EQ(bench.state->values(), bench.expected) << fail;
    EXPECT_EQ(bench.flash.violation(), "");
  }
}

// Aim: a worn segment is left out and the rest goes on. Method: two segments that cannot be erased.
TEST(Journal, LeavesWornSegmentsOut) {
  Bench bench;
  bench.flash.wear_out(2 * kSegment);
  bench.flash.wear_out(5 * kSegment + 4096);
  for (int n = 0; n < 2000; ++n) {
    ASSERT_EQ(bench.add(500), Status::kOk) << n;
    ASSERT_EQ(bench.journal->commit(), Status::kOk);
    bench.settle();
  }
  EXPECT_EQ(bench.journal->figures().bad_segments, 2U);
  bench.reopen();
  EXPECT_EQ(bench.state->values(), bench.expected);
}

// Aim: damage costs what it hits: any one byte changed anywhere leaves all other entries, and is
// counted; nothing else is lost, before or after it (B-JRN-2). Method: entries with names of their
// own, a log of several segments; each byte of the image changed in turn, the medium opened.
TEST(Journal, DamageCostsOneEntry) {
  constexpr FlashGeometry kSmall{
      .program_unit = 8, .erase_unit = 4096, .size = 9 * kSegment, .endurance = 0};
  Bench bench(kSmall, {.segment_bytes = kSegment, .fold_segments = 100});
  // Numbers of the entries that are read back.
  class Listing final : public JournalState {
   public:
    void clear() override { numbers.clear(); }
    void apply(Bytes entry, uint64_t sequence) override {
      numbers.push_back(sequence);
      EXPECT_TRUE(
          std::equal(entry.begin(), entry.end(), sample_entry(sequence, entry.size()).begin()));
    }
    [[nodiscard]] size_t snapshot_bytes_max() const override { return 100; }
    void begin_snapshot() override {}
    Bytes next_piece() override { return {}; }
    std::vector<uint64_t> numbers;
  };
  Listing listing;
  Journal journal(bench.flash, listing, bench.options);
  ASSERT_EQ(journal.open(), Status::kOk);
  for (uint64_t n = 1; n <= 60; ++n) {
    ASSERT_EQ(journal.append(sample_entry(n, 450)), Status::kOk);
    ASSERT_EQ(journal.commit(), Status::kOk);
  }
  ASSERT_EQ(journal.append(sample_entry(61, 20)), Status::kOk);
  ASSERT_EQ(journal.commit(), Status::kOk);
  ASSERT_GE(journal.figures().log_segments, 3U);
  size_t hit = 0;
  for (uint64_t at = 0; at < 3 * kSegment; at += 3) {
    const uint8_t before = bench.flash.image()[at];
    bench.flash.rot(at, 0xA5);
    ASSERT_EQ(journal.open(), Status::kOk) << at;
    ASSERT_GE(listing.numbers.size(), 60U) << at;
    // The last entry is not known to have been acknowledged: it may be taken for a torn tail.
    if (listing.numbers.size() == 60) {
      ++hit;
      const bool last = listing.numbers.back() == 60;
      EXPECT_EQ(journal.figures().damaged, last ? 0U : 1U) << at;
    }
    bench.flash.rot(at, static_cast<uint8_t>(before ^ bench.flash.image()[at]));
  }
  EXPECT_GT(hit, 1000U);
}

// Aim: a medium that holds something else is told from an empty one, an unknown version from
// damage, and either can be begun anew (B-JRN-9). Method: garbage; a header of a later version.
TEST(Journal, TellsWhatItCannotRead) {
  Bench bench;
  std::vector<uint8_t> image(kGeometry.size);
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i * 37);
  bench.flash.load(image);
  EXPECT_EQ(bench.journal->open(), Status::kInvalid);
  EXPECT_FALSE(bench.journal->is_open());
  EXPECT_EQ(bench.journal->append(sample_entry(1, 9)), Status::kUnavailable);
  ASSERT_EQ(bench.journal->format(), Status::kOk);
  ASSERT_EQ(bench.add(), Status::kOk);
  ASSERT_EQ(bench.journal->commit(), Status::kOk);
  bench.reopen();
  EXPECT_EQ(bench.opened, Status::kOk);
  EXPECT_EQ(bench.state->values(), bench.expected);

  image = bench.flash.image();
  image[4] = kJournalVersion + 1;
  const uint32_t crc = crc32c(Bytes(image).first(60));
  for (size_t i = 0; i < 4; ++i) image[60 + i] = static_cast<uint8_t>(crc >> (8 * i));
  bench.flash.load(image);
  EXPECT_EQ(bench.journal->open(), Status::kUnsupported);

  Bench other(kGeometry, {.segment_bytes = 2 * kSegment, .fold_segments = 2});
  other.flash.load(image);
  EXPECT_EQ(other.journal->open(), Status::kUnsupported);
  Bench small({.program_unit = 64, .erase_unit = 4096, .size = 4 * kSegment});
  EXPECT_EQ(small.opened, Status::kFull);
}

// Aim: looking at an image changes nothing. Method: open read-only over a full journal.
TEST(Journal, ReadsWithoutWriting) {
  Bench bench;
  for (int n = 0; n < 100; ++n) ASSERT_EQ(bench.add(), Status::kOk);
  ASSERT_EQ(bench.journal->commit(), Status::kOk);
  const uint64_t operations = bench.flash.operations();
  bench.options.read_only = true;
  bench.reopen();
  ASSERT_EQ(bench.opened, Status::kOk);
  EXPECT_EQ(bench.state->values(), bench.expected);
  EXPECT_EQ(bench.add(), Status::kUnavailable);
  EXPECT_FALSE(bench.journal->step());
  EXPECT_EQ(bench.flash.operations(), operations);
}

}  // namespace
}  // namespace hookflash
