// `hookflash journal` over images of every kind.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "call/archive.h"
#include "call/box_items.h"
#include "journal/crc32c.h"
#include "journal/format.h"
#include "json/document.h"
#include "platform/linux/cli/commands.h"
#include "platform/sim/ram_flash.h"
#include "tests/call/call_test_values.h"
#include "tests/cli/journal_file.h"

namespace hookflash {
namespace {

constexpr uint64_t kSize = 80 * uint64_t{FileFlash::kEraseUnit};
constexpr std::string_view kNumber = "+15005550006";
constexpr std::string_view kSaid = "the very private words";

struct Ran {
  int code = 0;
  std::string out;
  std::string err;

  [[nodiscard]] bool says(std::string_view words) const {
    return out.find(words) != std::string::npos;
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    std::istringstream in(out);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
};

class JournalCommand : public testing::Test {
 protected:
  JournalCommand() {
    char name[] = "/tmp/hookflash-journal-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/journal";
  }
  ~JournalCommand() override { std::filesystem::remove_all(directory_); }

  static Ran run(std::vector<std::string> words) {
    std::vector<char*> raw;
    raw.reserve(words.size());
    for (std::string& word : words) raw.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ran ran;
    ran.code = cli::journal(raw);
    fflush(stdout);
    ran.out = testing::internal::GetCapturedStdout();
    ran.err = testing::internal::GetCapturedStderr();
    return ran;
  }

  // A call of random values but for what the tests look for.
  CallCore a_call() {
    CallCore core = random_core(random_);
    core.from.set(kNumber);
    core.app.set("reception");
    core.provider_call_id.set("CA1");
    for (ProviderCallId& alias : core.aliases) alias.clear();
    core.end_detail.set("\x1b[2J");  // What a terminal must not get.
    return core;
  }

  // Some entries, durable: two live calls with a line each, one of them finished at the end.
  void fill(OpenJournal& journal) {
    FakeCrypto crypto;
    CallCore last;
    for (int n = 0; n < 2; ++n) {
      last = a_call();
      entry_.begin(WallTime::from_ms(1'000'000 + n));
      write_core(entry_, last);
      write_line(entry_, last.call_id, {Speaker::kCaller, WallTime::from_ms(7), kSaid}, 0);
      journal.add(entry_.bytes());
    }
    ASSERT_TRUE(finish(last, EndReason::kBusy, "engaged", WallTime::from_ms(9), true));
    entry_.begin(WallTime::from_ms(1'500'000'000'000));
    write_finished(entry_, summary_of(last, Transcript()), finished_of(crypto, last));
    journal.add(entry_.bytes());
  }

  void make_file(uint64_t size = kSize) {
    JournalFile file(path_, size);
    fill(file.open);
  }

  [[nodiscard]] std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

  SeededEntropy random_{5};
  EntryWriter entry_;
  std::string directory_;
  std::string path_;
};

// Aim: a sound journal is called sound, by its file and by its directory, and nothing of it
// changes. Method: check, dump and stats on a file written by the journal itself; its bytes and
// times before and after.
TEST_F(JournalCommand, ReadsASoundJournalAndLeavesItAlone) {
  make_file();
  const std::string before = bytes();
  struct stat then {};
  ASSERT_EQ(stat(path_.c_str(), &then), 0);
  EXPECT_EQ(chmod(path_.c_str(), 0400), 0);
  for (const std::string& place : {path_, directory_}) {
    const Ran check = run({"check", place});
    EXPECT_EQ(check.code, cli::kSuccess) << check.err;
    EXPECT_TRUE(check.says("sound: 3 entries")) << check.out;
    EXPECT_TRUE(check.says("2017-07-14T02:40:00.000Z")) << check.out;
    EXPECT_TRUE(check.says("1 live calls, 1 finished ones")) << check.out;
    EXPECT_EQ(run({"dump", place}).code, cli::kSuccess);
    EXPECT_EQ(run({"stats", place}).code, cli::kSuccess);
  }
  const Ran json = run({"check", "--json", path_});
  EXPECT_TRUE(json.says(R"({"sound":true,"inUse":false,"entries":3,"newest":3,"damaged":0)"));
  struct stat now {};
  ASSERT_EQ(stat(path_.c_str(), &now), 0);
  EXPECT_EQ(now.st_mtim.tv_nsec, then.st_mtim.tv_nsec);
  EXPECT_EQ(bytes(), before);
}

// Aim: each record is a line, as text and as JSON, and what is private is not in it unless asked
// for. Method: dump both ways; every JSON line is parsed.
TEST_F(JournalCommand, DumpsRecordsWithoutWhatIsPrivate) {
  make_file();
  const Ran text = run({"dump", path_});
  ASSERT_EQ(text.lines().size(), 3U) << text.out;
  EXPECT_EQ(text.lines()[0].find("1 bytes="), 0U);
  EXPECT_TRUE(text.says("app=reception"));
  EXPECT_TRUE(text.says("fromChars=12"));
  EXPECT_TRUE(text.says("endReason=busy"));
  EXPECT_FALSE(text.says("\x1b"));
  EXPECT_FALSE(text.says(kNumber));
  EXPECT_FALSE(text.says(kSaid));

  const Ran json = run({"dump", path_, "--json"});
  ASSERT_EQ(json.lines().size(), 3U);
  EXPECT_FALSE(json.says(kNumber));
  EXPECT_FALSE(json.says(kSaid));
  const auto arena = std::make_unique<json::Arena>();
  int64_t expected = 1;
  for (const std::string& line : json.lines()) {
    json::Document document(*arena);
    ASSERT_EQ(document.parse(line), Status::kOk) << line;
    EXPECT_EQ(document.root().member("entry").integer(0, 100).value(), expected++);
    EXPECT_GT(document.root().member("items").size(), 0U);
  }

  const Ran all = run({"dump", path_, "--private"});
  EXPECT_TRUE(all.says(kNumber));
  EXPECT_TRUE(all.says(kSaid));
}

// Aim: damage is found, said with exit code 1, and hides nothing else. Method: one byte of the
// first entry is turned.
TEST_F(JournalCommand, FindsDamage) {
  make_file();
  std::string image = bytes();
  const size_t at = image.find(kSaid);
  ASSERT_NE(at, std::string::npos);
  image[at] = static_cast<char>(image[at] ^ 4);
  write(image);
  const Ran check = run({"check", path_});
  EXPECT_EQ(check.code, cli::kFailure);
  EXPECT_TRUE(check.says("damaged: 2 entries")) << check.out;
  EXPECT_TRUE(check.says("1 stretches or entries are lost")) << check.out;
  const Ran dump = run({"dump", path_, "--json"});
  EXPECT_EQ(dump.code, cli::kFailure);
  EXPECT_EQ(dump.lines().size(), 2U);
  EXPECT_NE(dump.err.find("is damaged"), std::string::npos);
  EXPECT_EQ(run({"stats", path_}).code, cli::kFailure);
  EXPECT_EQ(bytes(), image);
}

// Aim: a record that is whole but no entry of ours is told from damage. Method: one of another
// entry version.
TEST_F(JournalCommand, NamesWhatItCannotRead) {
  JournalFile file(path_, kSize);
  file.open.add(std::vector<uint8_t>(30, 9));
  const Ran check = run({"check", path_});
  EXPECT_EQ(check.code, cli::kFailure);
  EXPECT_TRUE(check.says("1 records are whole, but mean nothing")) << check.out;
  EXPECT_TRUE(run({"dump", path_}).says("unreadable="));
}

// Aim: a box that is running does not mind, and the reader is told. Method: the file is locked, as
// a box does, and appended to between two looks.
TEST_F(JournalCommand, LooksBesideARunningBox) {
  JournalFile file(path_, kSize);
  EXPECT_EQ(run({"check", path_}).code, cli::kSuccess);
  fill(file.open);
  const Ran check = run({"check", path_});
  EXPECT_EQ(check.code, cli::kSuccess);
  EXPECT_TRUE(check.says("process " + std::to_string(getpid()) + " works on it")) << check.out;
  EXPECT_TRUE(run({"check", "--json", path_}).says(R"("inUse":true,"entries":3)"));
  fill(file.open);
  EXPECT_TRUE(run({"check", path_}).says("6 entries"));
}

// Aim: the image of any part is read, whatever its units. Method: flash with small pages and with
// large blocks, its bytes in a file; the snapshot is dumped before what came after it.
TEST_F(JournalCommand, ReadsImagesOfOtherParts) {
  for (const FlashGeometry& part :
       {FlashGeometry{1, 4096, kSize, 0}, FlashGeometry{2048, 256 * 1024, 4 * kSize, 0}}) {
    sim::RamFlash flash(part);
    OpenJournal open(flash, {.fold_segments = 2});
    while (open.journal->figures().folds == 0) {
      fill(open);
      while (open.journal->step()) {
      }
    }
    fill(open);
    write({flash.image().begin(), flash.image().end()});
    const Ran check = run({"check", path_});
    EXPECT_EQ(check.code, cli::kSuccess) << check.out << check.err;
    const Ran dump = run({"dump", "--json", path_});
    EXPECT_EQ(dump.code, cli::kSuccess);
    EXPECT_EQ(dump.out.find(R"({"snapshot":true)"), 0U);
    EXPECT_TRUE(dump.says(R"({"entry":)"));
    const Ran stats = run({"stats", "--json", path_});
    EXPECT_TRUE(stats.says("\"segmentBytes\":" + std::to_string(std::max(65536U, part.erase_unit))))
        << stats.out;
  }
}

// Aim: what was said in a finished call can be read from the snapshot where transcripts are kept,
// by those who ask for it, and is not there where they are not (B-JRN-10). Method: a call, then a
// snapshot, with and without.
TEST_F(JournalCommand, ShowsWhatWasSaidInFinishedCalls) {
  for (const bool keep : {false, true}) {
    sim::RamFlash flash({16, 64 * 1024, kSize, 0});
    const auto memory = std::make_unique<CallArchiveMemory>();
    CallArchive archive(*memory);
    const auto journal =
        std::make_unique<Journal>(flash, archive, JournalOptions{.fold_segments = 2});
    ASSERT_EQ(journal->open(), Status::kOk);
    const auto put = [&] {
      ASSERT_EQ(journal->append(entry_.bytes()), Status::kOk);
      ASSERT_EQ(journal->commit(), Status::kOk);
      while (journal->step()) {
      }
    };
    FakeCrypto crypto;
    CallCore call = a_call();
    Transcript said;
    said.add({Speaker::kCaller, WallTime::from_ms(7), kSaid});
    entry_.begin(WallTime::from_ms(1'000'000));
    write_keep_transcripts(entry_, keep);
    write_core(entry_, call);
    write_line(entry_, call.call_id, said[0], 0);
    put();
    ASSERT_TRUE(finish(call, EndReason::kCompleted, "", WallTime::from_ms(9), true));
    entry_.begin(WallTime::from_ms(2'000'000));
    write_finished(entry_, summary_of(call, said), finished_of(crypto, call));
    put();
    while (journal->figures().folds < 2) {
      entry_.begin(WallTime::from_ms(3'000'000));
      write_request_key(entry_, Key{1}, WallTime::from_ms(3'000'000));
      put();
    }
    write({flash.image().begin(), flash.image().end()});
    const Ran all = run({"dump", path_, "--private"});
    EXPECT_EQ(all.code, cli::kSuccess);
    EXPECT_EQ(all.says("text=" + std::string(kSaid)) && all.says("speaker=caller"), keep);
    EXPECT_EQ(all.says("keep-transcripts bytes=1 keep"), keep);
    const Ran shown = run({"dump", path_, "--json"});
    EXPECT_FALSE(shown.says(kSaid));
    EXPECT_EQ(shown.says("\"textChars\":" + std::to_string(kSaid.size())), keep);
    EXPECT_EQ(run({"stats", path_}).says("keep-transcripts"), keep);
  }
}

// Aim: what is no journal is said to be none, in one line and with exit code 1. Method: nothing
// there, an empty file, another file, one of holes alone, a FIFO, a directory without one, a
// journal of another version, and the first piece of a copy.
TEST_F(JournalCommand, SaysWhyItCannotRead) {
  const auto refused = [&](const std::string& place, std::string_view why) {
    const Ran ran = run({"check", place});
    EXPECT_EQ(ran.code, cli::kFailure) << why;
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1);
    EXPECT_EQ(ran.out, "");
  };
  refused(path_, "No such file");
  refused(directory_, "No such file");
  refused("/dev/null", "neither a journal's file nor a flash device");
  write("");
  refused(path_, "neither");
  write("text");
  refused(path_, "nothing that is a journal's");
  write(std::string(kSize, 'x'));
  refused(path_, "nothing that is a journal's");
  // Holes are no bytes on the disk, but would take hours to search.
  std::filesystem::resize_file(path_, uint64_t{1} << 42U);
  refused(path_, "neither");
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);  // Which nobody writes to.
  refused(path_, "neither");
  std::filesystem::remove(path_);
  make_file();
  const std::string image = bytes();
  std::string other = image;
  // The version of the first header, and its CRC anew.
  SegmentHeader header;
  ASSERT_EQ(read_header(std::span<const uint8_t, kSegmentHeaderBytes>(
                            reinterpret_cast<const uint8_t*>(other.data()), kSegmentHeaderBytes),
                        header),
            Status::kOk);
  other[4] = 9;
  const uint32_t crc = crc32c(Bytes(reinterpret_cast<const uint8_t*>(other.data()), 60));
  for (size_t i = 0; i < 4; ++i) other[60 + i] = static_cast<char>(crc >> (8 * i));
  write(other);
  refused(path_, "another version");
  write(image.substr(0, FileFlash::kEraseUnit));
  refused(path_, "nothing that is a journal's");
}

// Aim: a new journal is sound and empty. Method: an erased file.
TEST_F(JournalCommand, AnErasedMediumIsAnEmptyJournal) {
  write(std::string(kSize, '\xFF'));
  const Ran check = run({"check", path_});
  EXPECT_EQ(check.code, cli::kSuccess) << check.err;
  EXPECT_TRUE(check.says("sound: 0 entries"));
  EXPECT_EQ(run({"dump", path_}).out, "");
}

// Aim: whatever an entry holds, dump prints one line of JSON for it and nothing that a terminal
// obeys. Method: entries with bytes turned, cut short and run together, in records that are whole.
TEST_F(JournalCommand, DumpsAnyEntry) {
  JournalFile file(path_, kSize);
  FakeCrypto crypto;
  size_t count = 0;
  for (; count < 600; ++count) {
    CallCore core = a_call();
    entry_.begin(WallTime::from_ms(static_cast<int64_t>(random_.next())));
    write_core(entry_, core);
    write_line(entry_, core.call_id, {Speaker::kBot, WallTime(), "\x1b[2J\n"}, 0);
    write_keys(entry_, std::array<Key, 2>{});
    write_message(entry_, core.call_id, MessageState::kPlaying, 3);
    write_intents(entry_, core.call_id, static_cast<uint32_t>(random_.next()));
    write_end_confirmed(entry_, core.call_id, {});
    write_forget_keys(entry_);
    ASSERT_TRUE(finish(core, EndReason::kBusy, "", WallTime(), false));
    write_finished(entry_, summary_of(core, Transcript()), finished_of(crypto, core));
    std::vector<uint8_t> bytes(entry_.bytes().begin(), entry_.bytes().end());
    for (size_t n = random_.below(6); n > 0; --n) {
      bytes[random_.below(bytes.size())] = static_cast<uint8_t>(random_.next());
    }
    if (random_.below(4) == 0) bytes.resize(1 + random_.below(bytes.size()));
    // Items of no bytes at all make the longest lines.
    if (random_.below(8) == 0) {
      bytes.resize(kEntryHeadBytes);
      bytes.resize(4095, static_cast<uint8_t>(random_.below(13)));
      for (size_t i = kEntryHeadBytes; i + 2 < bytes.size(); i += 3)
        bytes[i + 1] = bytes[i + 2] = 0;
    }
    file.open.add(bytes);
  }
  for (const char* const more : {"--json", "--private"}) {
    const Ran dump = run({"dump", path_, "--json", more});
    ASSERT_EQ(dump.lines().size(), count);
    for (const std::string& line : dump.lines()) {
      ASSERT_TRUE(line.starts_with("{\"entry\":") && line.ends_with("}")) << line;
      EXPECT_EQ(std::count_if(line.begin(), line.end(),
                              [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
                0);
    }
    const Ran text = run({"dump", path_, "--private"});
    ASSERT_EQ(text.lines().size(), count);
    ASSERT_EQ(text.out.find('\x1b'), std::string::npos);
  }
}

// Aim: wrong words are wrong usage. Method: none, another verb, too many, an unknown option.
TEST_F(JournalCommand, KnowsItsWords) {
  EXPECT_EQ(run({}).code, cli::kUsage);
  EXPECT_EQ(run({"mend", path_}).code, cli::kUsage);
  EXPECT_EQ(run({"check", path_, path_}).code, cli::kUsage);
  EXPECT_EQ(run({"check", "--dance"}).code, cli::kUsage);
  EXPECT_EQ(run({"--help"}).code, cli::kSuccess);
}

}  // namespace
}  // namespace hookflash
