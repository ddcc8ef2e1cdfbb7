#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "call/archive.h"
#include "journal/image.h"
#include "journal/journal.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/journal_lines.h"
#include "platform/linux/cli/options.h"
#include "platform/linux/flash_image.h"
#include "report/time_text.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash journal check|dump|stats [PLACE] [--json] [--private]\n\n"
    "Looks at a journal without changing it: the file of a box, also of a running one, a copy of\n"
    "it, or a flash device. PLACE is that file or device, or a data directory; default\n"
    "/var/lib/hookflash.\n\n"
    "  check      says whether everything in it can be read\n"
    "  dump       prints each record in one line: first the snapshot, then what came after it\n"
    "  stats      says what takes how much of it, and how it wears\n\n"
    "  --json     JSON: one object, of dump one object a line\n"
    "  --private  dump shows phone numbers and what was said, not only how long they are\n\n"
    "Exit codes: 0 sound, 1 damaged or cannot be read, 2 wrong usage.\n";

constexpr size_t kItemTypes = 256;
constexpr int kAttempts = 4;

// What the records of an image are and add up to.
class Contents final : public JournalState {
 public:
  struct Kind {
    uint64_t count = 0;
    uint64_t bytes = 0;
  };

  explicit Contents(JournalLines* lines)
      : memory_(std::make_unique<CallArchiveMemory>()), archive_(*memory_), lines_(lines) {}

  void clear() override {
    archive_.clear();
    kinds = {};
    snapshot = log = {};
    unreadable = 0;
  }
  void apply(Bytes entry, uint64_t sequence) override {
    Kind& part = sequence == 0 ? snapshot : log;
    ++part.count;
    part.bytes += entry.size();
    if (ok(EntryReader::check(entry))) {
      EntryReader reader(entry);
      for (Item item; reader.next(item);) {
        Kind& kind = kinds[static_cast<size_t>(item.type)];
        ++kind.count;
        kind.bytes += kItemHeadBytes + item.payload.size();
      }
    }
    const uint64_t refused = archive_.refused();
    archive_.apply(entry, sequence);
    unreadable += archive_.refused() - refused;
    if (lines_ != nullptr) lines_->print(entry, sequence);
  }
  // Nothing is ever written, so no room need be kept.
  [[nodiscard]] size_t snapshot_bytes_max() const override { return 0; }
  void begin_snapshot() override {}
  Bytes next_piece() override { return {}; }

  [[nodiscard]] const CallArchiveMemory& memory() const { return *memory_; }
  [[nodiscard]] const CallArchive& archive() const { return archive_; }
  void print_to(JournalLines* lines) { lines_ = lines; }

  std::array<Kind, kItemTypes> kinds{};
  Kind snapshot;
  Kind log;
  uint64_t unreadable = 0;

 private:
  std::unique_ptr<CallArchiveMemory> memory_;
  CallArchive archive_;
  JournalLines* lines_;
};

// One journal, opened for looking at.
struct Look {
  std::string path;
  FlashImage image;
  Contents contents{nullptr};
  std::unique_ptr<Journal> journal;
  Status status = Status::kOk;
  pid_t holder = 0;

  [[nodiscard]] JournalFigures figures() const { return journal->figures(); }
  [[nodiscard]] bool sound() const {
    return ok(status) && figures().damaged == 0 && contents.unreadable == 0;
  }
};

std::string place_of(std::string_view words) {
  std::string path(words);
  struct stat about {};
  if (stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) path += "/journal";
  return path;
}

void read_once(Look& look) {
  uint32_t segment_bytes = JournalOptions{}.segment_bytes;
  const Status found = find_segment_bytes(look.image, segment_bytes);
  if (found == Status::kNotFound && look.image.size() % segment_bytes != 0) {
    look.status = Status::kInvalid;
    return;
  }
  look.image.set_segment_bytes(segment_bytes);
  look.journal = std::make_unique<Journal>(
      look.image, look.contents,
      JournalOptions{.segment_bytes = segment_bytes, .fold_segments = 0, .read_only = true});
  look.status = found == Status::kUnsupported ? found : look.journal->open();
}

// False: said on standard error why it cannot be read at all.
bool open(Look& look, JournalLines* lines) {
  const Status status = look.image.open(look.path);
  if (!ok(status)) {
    fail({"cannot read ", look.path, ": ",
          look.image.error() != 0 ? strerror(look.image.error())
                                  : "neither a journal's file nor a flash device"});
    return false;
  }
  // A box that runs may have moved on between two of our reads: then once more.
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    look.holder = look.image.holder();
    read_once(look);
    if (look.sound() || look.holder == 0) break;
  }
  if (ok(look.status) && lines != nullptr) {
    look.contents.print_to(lines);
    read_once(look);
  }
  switch (look.status) {
    case Status::kOk: return true;
    case Status::kUnsupported:
      fail({look.path, " holds a journal of another version than this program reads"});
      return false;
    case Status::kFull:
    case Status::kInvalid: fail({look.path, " holds nothing that is a journal's"}); return false;
    default: fail({"cannot read ", look.path, ": ", hookflash::name_of(look.status)}); return false;
  }
}

std::string time_of(WallTime at) {
  char memory[40];
  TextWriter out(memory, sizeof memory);
  write_rfc3339(out, at);
  return std::string(out.view());
}

unsigned long long wide(uint64_t value) { return value; }

void print_holder(const Look& look) {
  if (look.holder == 0) return;
  printf("process %d works on it; what it wrote while this was read may be missing\n",
         static_cast<int>(look.holder));
}

// --- check ---------------------------------------------------------------------------------------

int check(const Look& look, bool json) {
  const JournalFigures figures = look.figures();
  const Contents& contents = look.contents;
  const CallArchiveMemory& memory = contents.memory();
  if (json) {
    char line[1024];
    TextWriter out(line, sizeof line);
    json::Writer writer(out);
    writer.begin_object().boolean("sound", look.sound()).boolean("inUse", look.holder != 0);
    writer.number("entries", contents.log.count).number("newest", look.journal->durable_sequence());
    writer.number("damaged", figures.damaged).number("unreadable", contents.unreadable);
    writer.number("unfinished", figures.torn).number("homeless", contents.archive().homeless());
    writer.number("liveCalls", memory.calls.slots()).number("finished", memory.history.size());
    writer.end_object();
    printf("%.*s\n", static_cast<int>(out.size()), out.view().data());
    return look.sound() ? kSuccess : kFailure;
  }
  print_holder(look);
  printf("%s: %llu entries behind the snapshot, the newest is number %llu%s%s\n",
         look.sound() ? "sound" : "damaged", wide(contents.log.count),
         wide(look.journal->durable_sequence()),
         contents.archive().newest() == WallTime() ? "" : " of ",
         contents.archive().newest() == WallTime() ? ""
                                                   : time_of(contents.archive().newest()).c_str());
  printf("%zu live calls, %zu finished ones\n", memory.calls.slots(), memory.history.size());
  if (figures.torn > 0) {
    printf("%llu entries at the end were never acknowledged and do not count\n",
           wide(figures.torn));
  }
  if (figures.damaged > 0) printf("%llu stretches or entries are lost\n", wide(figures.damaged));
  if (contents.unreadable > 0) {
    printf("%llu records are whole, but mean nothing to this program\n", wide(contents.unreadable));
  }
  if (contents.archive().homeless() > 0) {
    printf("%llu live calls are more than this build has room for\n",
           wide(contents.archive().homeless()));
  }
  return look.sound() ? kSuccess : kFailure;
}

// --- stats ---------------------------------------------------------------------------------------

void stats_json(const Look& look) {
  const JournalFigures figures = look.figures();
  const Contents& contents = look.contents;
  const CallArchiveMemory& memory = contents.memory();
  char line[4096];
  TextWriter out(line, sizeof line);
  json::Writer writer(out);
  writer.begin_object().number("bytes", look.image.size());
  writer.number("segmentBytes", look.image.geometry().erase_unit);
  writer.number("segments", figures.segments).number("logSegments", figures.log_segments);
  writer.number("snapshotSegments", figures.snapshot_segments);
  writer.number("newest", look.journal->durable_sequence());
  writer.number("opened", figures.newest_epoch);
  const auto kind = [&](std::string_view name, const Contents::Kind& value) {
    writer.begin_object(name).number("count", value.count).number("bytes", value.bytes);
    writer.end_object();
  };
  kind("log", contents.log);
  kind("snapshot", contents.snapshot);
  writer.begin_object("items");
  for (size_t i = 1; i < kItemTypes; ++i) {
    if (contents.kinds[i].count > 0) kind(name_of(static_cast<ItemType>(i)), contents.kinds[i]);
  }
  writer.end_object();
  writer.number("liveCalls", memory.calls.slots()).number("finished", memory.history.size());
  writer.number("finishedNames", memory.finished.size()).number("eventKeys", memory.keys.size());
  writer.number("requests", memory.request_count).number("damaged", figures.damaged);
  writer.end_object();
  printf("%.*s\n", static_cast<int>(out.size()), out.view().data());
}

void stats_text(const Look& look) {
  const JournalFigures figures = look.figures();
  const Contents& contents = look.contents;
  const CallArchiveMemory& memory = contents.memory();
  print_holder(look);
  const auto row = [](const char* name, uint64_t value) {
    printf("%-28s %12llu\n", name, wide(value));
  };
  row("bytes", look.image.size());
  row("segments", figures.segments);
  row("  bytes each", look.image.geometry().erase_unit);
  row("  of the log", figures.log_segments);
  row("  of the snapshot", figures.snapshot_segments);
  row("  free, or kept for the next",
      figures.segments - figures.log_segments - figures.snapshot_segments - figures.bad_segments);
  row("segments opened so far", figures.newest_epoch);
  row("  each, about", figures.segments > 0 ? figures.newest_epoch / figures.segments : 0);
  row("newest entry", look.journal->durable_sequence());
  printf("\n%-28s %12s %12s\n", "", "records", "bytes");
  const auto kind = [](std::string_view name, const Contents::Kind& value) {
    printf("%-28.*s %12llu %12llu\n", static_cast<int>(name.size()), name.data(), wide(value.count),
           wide(value.bytes));
  };
  kind("snapshot", contents.snapshot);
  kind("entries behind it", contents.log);
  printf("\n%-28s %12s %12s\n", "in them", "items", "bytes");
  for (size_t i = 1; i < kItemTypes; ++i) {
    if (contents.kinds[i].count > 0) kind(name_of(static_cast<ItemType>(i)), contents.kinds[i]);
  }
  fputs("\n", stdout);
  row("live calls", memory.calls.slots());
  row("finished calls", memory.history.size());
  row("names of finished calls", memory.finished.size());
  row("event keys", memory.keys.size());
  row("verified requests", memory.request_count);
  row("lost to damage", figures.damaged);
}

}  // namespace

bool print_journal(std::string_view place) {
  Look look;
  look.path = place_of(place);
  if (!ok(look.image.open(look.path))) return false;
  read_once(look);
  if (!ok(look.status)) return false;
  const CallArchiveMemory& memory = look.contents.memory();
  printf("its journal has %zu live and %zu finished calls, the newest entry is of %s\n",
         memory.calls.slots(), memory.history.size(),
         time_of(look.contents.archive().newest()).c_str());
  return true;
}

int journal(Words words) {
  std::string_view operands[2] = {{}, kDefaultData};
  bool json = false;
  bool with_private = false;
  const Option options[] = {{.name = "--json", .flag = &json},
                            {.name = "--private", .flag = &with_private}};
  if (const Parsed parsed = parse_options(words, options, operands, kHelp); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  const std::string_view verb = operands[0];
  const bool dump = verb == "dump";
  if (!dump && verb != "check" && verb != "stats") {
    if (verb.empty()) {
      fail({"which of check, dump and stats?"});
    } else {
      fail({"not understood: ", verb});
    }
    fwrite(kHelp.data(), 1, kHelp.size(), stderr);
    return kUsage;
  }
  const auto look = std::make_unique<Look>();
  look->path = place_of(operands[1]);
  const auto lines = std::make_unique<JournalLines>(json, with_private);
  if (!open(*look, dump ? lines.get() : nullptr)) return kFailure;
  if (verb == "check") return check(*look, json);
  if (verb == "stats") {
    json ? stats_json(*look) : stats_text(*look);
  }
  if (look->sound()) return kSuccess;
  if (dump) fail({look->path, " is damaged: 'hookflash journal check' says more"});
  return kFailure;
}

}  // namespace hookflash::cli
