// Prints docs/sizing.md: what the journal writes for calls, and how long flash lasts under it. All
// of it is measured here: calls by the real appliance in virtual time, a fortnight of them through
// the real journal on flash that counts.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <set>
#include <string>

#include "base/check.h"
#include "call/archive.h"
#include "call/box_items.h"
#include "journal/journal.h"
#include "recorded_calls.h"

namespace hookflash {
namespace {

constexpr int kCallsPerDay = 500;
constexpr int kDaysBefore = 9;  // Until every table of the journal is full (4,096 finished calls).
constexpr int kDays = 14;

// Flash that only counts.
class CountingFlash final : public Flash {
 public:
  explicit CountingFlash(const FlashGeometry& geometry)
      : geometry_(geometry),
        image_(geometry.size, 0xFF),
        erases_(geometry.size / geometry.erase_unit, 0) {}

  [[nodiscard]] FlashGeometry geometry() const override { return geometry_; }
  Status read(uint64_t at, MutableBytes out) override {
    std::copy_n(image_.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    return Status::kOk;
  }
  Status program(uint64_t at, Bytes bytes) override {
    std::copy(bytes.begin(), bytes.end(), image_.begin() + static_cast<std::ptrdiff_t>(at));
    programmed += bytes.size();
    return Status::kOk;
  }
  Status erase(uint64_t at) override {
    std::fill_n(image_.begin() + static_cast<std::ptrdiff_t>(at), geometry_.erase_unit,
                uint8_t{0xFF});
    ++erases_[at / geometry_.erase_unit];
    return Status::kOk;
  }
  Status sync() override {
    ++syncs;
    return Status::kOk;
  }
  void forget() {
    programmed = syncs = 0;
    std::fill(erases_.begin(), erases_.end(), 0);
  }
  [[nodiscard]] uint64_t most() const { return *std::max_element(erases_.begin(), erases_.end()); }
  [[nodiscard]] uint64_t least() const { return *std::min_element(erases_.begin(), erases_.end()); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const uint64_t erases : erases_) sum += static_cast<double>(erases);
    return sum / static_cast<double>(erases_.size());
  }

  uint64_t programmed = 0;
  uint64_t syncs = 0;

 private:
  FlashGeometry geometry_;
  std::vector<uint8_t> image_;
  std::vector<uint64_t> erases_;
};

// Two digits that count, so that a field more or less does not make this document stale.
std::string about(double value) {
  const double step = value <= 0 ? 1 : std::pow(10, std::floor(std::log10(value)) - 1);
  const double rounded = std::round(value / step) * step;
  char text[32];
  if (rounded >= 10) {
    std::string digits = std::to_string(static_cast<long long>(std::llround(rounded)));
    for (auto i = static_cast<long>(digits.size()) - 3; i > 0; i -= 3) {
      digits.insert(static_cast<size_t>(i), ",");
    }
    return digits;
  }
  snprintf(text, sizeof text, rounded >= 1 ? "%.1f" : "%.2g", rounded);
  return text;
}

struct Fortnight {
  double entry_bytes = 0;
  double programmed = 0;
  double syncs = 0;
  double erases_per_day = 0;  // Of each erase unit.
  uint64_t most = 0;
  uint64_t least = 0;
  double text_bytes = 0;  // Of finished calls, in the last snapshot; of a call that has any.
  double text_calls = 0;
};

// The text of finished calls in a snapshot.
class TextCount final : public JournalState {
 public:
  void clear() override { calls.clear(); }
  void apply(Bytes entry, uint64_t sequence) override {
    EntryReader reader(entry);
    for (Item item; sequence == 0 && reader.next(item);) {
      CallCore core;
      LineItem line;
      if (item.type == ItemType::kCore && ok(read_core(item.payload, core))) live = core.call_id;
      if (item.type != ItemType::kTranscriptLine) continue;
      CHECK(ok(read_line(item.payload, line)));
      if (line.call == live) continue;  // One at a time.
      calls.insert(line.call.bytes());
      bytes += static_cast<double>(kItemHeadBytes + item.payload.size());
    }
  }
  [[nodiscard]] size_t snapshot_bytes_max() const override { return 0; }
  void begin_snapshot() override {}
  Bytes next_piece() override { return {}; }

  CallId live;
  std::set<std::array<uint8_t, 16>> calls;
  double bytes = 0;
};

// The day's mix, one call after the other; each entry is committed alone, as on a box with little
// to do: that is the worst for padding.
Fortnight measure(const FlashGeometry& geometry, const std::vector<RecordedCall>& kinds,
                  bool keep_transcripts = false) {
  CountingFlash flash(geometry);
  const auto memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive(*memory);
  const auto journal = std::make_unique<Journal>(flash, archive, JournalOptions{});
  CHECK(ok(journal->open()));
  Fortnight sum;
  int64_t now = 1'800'000'000'000;
  EntryWriter setting;
  setting.begin(WallTime::from_ms(now));
  write_keep_transcripts(setting, keep_transcripts);
  CHECK(ok(journal->append(setting.bytes())) && ok(journal->commit()));
  for (int call = 0; call < (kDaysBefore + kDays) * kCallsPerDay; ++call) {
    if (call == kDaysBefore * kCallsPerDay) {
      flash.forget();
      sum = {};
    }
    int place = call * 37 % 100;
    const RecordedCall* kind = kinds.data();
    while (place >= kind->share) place -= kind++->share;
    for (const std::string& entry : kind->entries) {
      now += 86'400'000 / kCallsPerDay / static_cast<int64_t>(kind->entries.size());
      CHECK(ok(
          journal->append(bytes_of(entry_of_call(entry, static_cast<uint64_t>(call) + 1, now)))));
      CHECK(ok(journal->commit()));
      while (journal->step()) {
      }
      sum.entry_bytes += static_cast<double>(entry.size());
    }
  }
  CHECK(archive.refused() == 0 && journal->figures().damaged == 0);
  CHECK(memory->history.size() == limits::kHistoryMax);
  CHECK(memory->finished.size() == limits::kFinishedIdsMax);
  TextCount text;
  const auto look =
      std::make_unique<Journal>(flash, text, JournalOptions{.fold_segments = 0, .read_only = true});
  CHECK(ok(look->open()) && journal->figures().given_up == 0);
  const double calls = kDays * kCallsPerDay;
  const auto text_calls = static_cast<double>(text.calls.size());
  return {.entry_bytes = sum.entry_bytes / calls,
          .programmed = static_cast<double>(flash.programmed) / calls,
          .syncs = static_cast<double>(flash.syncs) / calls,
          .erases_per_day = flash.mean() / kDays,
          .most = flash.most(),
          .least = flash.least(),
          .text_bytes = text.calls.empty() ? 0 : text.bytes / text_calls,
          .text_calls = text_calls};
}

struct Medium {
  const char* name;
  FlashGeometry geometry;
  double cycles;
};

constexpr Medium kMedia[] = {
    {"NOR, 16 MiB, blocks of 64 KiB", {1, 64 * 1024, 16 << 20, 100'000}, 100'000},
    {"NOR with codes of its own, 16 MiB, units of 16", {16, 64 * 1024, 16 << 20, 0}, 100'000},
    {"SLC NAND, 32 MiB, pages of 2,048", {2048, 128 * 1024, 32 << 20, 0}, 60'000},
    {"file, 16 MiB, units of 512", {512, 64 * 1024, 16 << 20, 0}, 0},
};

void print_calls(const std::vector<RecordedCall>& kinds) {
  puts(
      "## What a call writes\n\n"
      "| call | entries | bytes of entries | on NOR | in a file |\n"
      "| --- | --- | --- | --- | --- |");
  for (const RecordedCall& kind : kinds) {
    double bytes = 0;
    double nor = 0;
    double file = 0;
    for (const std::string& entry : kind.entries) {
      const size_t record = record_bytes(entry.size());
      bytes += static_cast<double>(entry.size());
      nor += static_cast<double>(record);
      const size_t units = (record + 511) / 512;
      file += static_cast<double>(units * 512);
    }
    printf("| %s | %zu | %s | %s | %s |\n", kind.kind, kind.entries.size(), about(bytes).c_str(),
           about(nor).c_str(), about(file).c_str());
  }
  puts(
      "\nFrom the first webhook to the confirmed end. A record has a head of 24 bytes and is "
      "padded\n"
      "to 8; a commit is padded to whole program units. Each entry is committed alone here; a box\n"
      "with much to do commits up to 64 together and pads once. How long a call lasts makes no\n"
      "difference: audio writes nothing.\n");
}

void print_media(const std::vector<RecordedCall>& kinds) {
  printf("## How flash wears\n\n%d calls a day, of a hundred:", kCallsPerDay);
  for (const RecordedCall& kind : kinds) {
    printf("%s %d %s", &kind == kinds.data() ? "" : ";", kind.share, kind.kind);
  }
  printf(
      ".\nOver %d days in which all tables are full (1,000 finished calls, 4,096 names of "
      "finished\n"
      "calls, 10,000 event keys), so that snapshots are as large as such traffic makes them.\n\n"
      "| medium | bytes programmed per call | write amplification | erases of a block per day | "
      "cycles a block stands | years |\n| --- | --- | --- | --- | --- | --- |\n",
      kDays);
  Fortnight file;
  for (const Medium& medium : kMedia) {
    const Fortnight found = measure(medium.geometry, kinds);
    CHECK(found.most - found.least <= 2);  // In turn: all wear alike.
    if (medium.cycles == 0) file = found;
    printf("| %s | %s | %s | %s | %s | %s |\n", medium.name, about(found.programmed).c_str(),
           about(found.programmed / found.entry_bytes).c_str(), about(found.erases_per_day).c_str(),
           medium.cycles > 0 ? about(medium.cycles).c_str() : "see below",
           medium.cycles > 0 ? about(medium.cycles / (found.erases_per_day * 365)).c_str()
                             : "see below");
  }
  // A card hides its blocks. The worst that is reckoned with: each sync costs it a page of 16 KiB
  // and as much again for its own tables.
  const double card_per_day = (file.syncs * 2 * 16384 + file.programmed) * kCallsPerDay;
  printf(
      "\nWrite amplification is bytes programmed over bytes of entries: heads, padding, segment\n"
      "headers and snapshots. In all of these runs the block erased most often and the one erased\n"
      "least often were at most two erases apart.\n\n"
      "**SD card and eMMC.** A card hides its pages and blocks. Reckoned badly: each sync (%s per\n"
      "call) programs a page of 16 KiB and as much again for the card's own tables, so %s MB a "
      "day.\n"
      "A card of 8 GB whose cells stand 1,000 cycles takes 8 TB: %s years. One that did not level\n"
      "wear beyond the file's own 16 MiB would take 17 GB, which is %s years: use a card that is\n"
      "sold for continuous writing.\n\n",
      about(file.syncs).c_str(), about(card_per_day / 1e6).c_str(),
      about(8e12 / card_per_day / 365).c_str(), about(16.8e9 / card_per_day / 365).c_str());
}

// With history.keepTranscripts.
void print_transcripts(const std::vector<RecordedCall>& kinds) {
  const auto talk = std::find_if(kinds.begin(), kinds.end(), [](const RecordedCall& kind) {
    return std::string_view(kind.kind).find("turns") != std::string_view::npos;
  });
  const std::vector<RecordedCall> talks = {{talk->kind, 100, talk->entries}};
  puts(
      "## Transcripts of finished calls\n\n"
      "With `history.keepTranscripts` each snapshot has in addition what was said in the calls of\n"
      "the history: 500 calls a day, the same fortnight.\n\n"
      "| medium | calls | bytes programmed per call | calls in the history with text | bytes of "
      "text each | years |\n"
      "| --- | --- | --- | --- | --- | --- |");
  double each = 0;
  const auto row = [&](const Medium& medium, const char* name, const Fortnight& found) {
    each = found.text_bytes;
    printf("| %s | %s | %s | %s | %s | %s |\n", medium.name, name, about(found.programmed).c_str(),
           about(found.text_calls).c_str(), about(found.text_bytes).c_str(),
           medium.cycles > 0 ? about(medium.cycles / (found.erases_per_day * 365)).c_str()
                             : "see above");
  };
  row(kMedia[0], "the mix above", measure(kMedia[0].geometry, kinds, true));
  row(kMedia[3], "the mix above", measure(kMedia[3].geometry, kinds, true));
  row(kMedia[0], talk->kind, measure(kMedia[0].geometry, talks, true));
  const Fortnight without = measure(kMedia[0].geometry, talks);
  CHECK(without.text_calls == 0);
  printf("\nThe last without the setting: %s bytes per call.\n", about(without.programmed).c_str());
  const double room = kMedia[0].geometry.size / 8.0;
  printf(
      "\nText has an eighth of the medium at most, 2 MiB of 16: room for 1,000 calls of %s bytes,\n"
      "which is %s times what five turns take. Beyond that the oldest calls lose theirs. What a\n"
      "call writes while it lives is the same with and without.\n\n",
      about(room / limits::kHistoryMax).c_str(), about(room / limits::kHistoryMax / each).c_str());
}

}  // namespace
}  // namespace hookflash

int main() {
  using namespace hookflash;
  puts(
      "<!-- Printed by tests/sizing/sizing_main.cpp. Anew: script/build debug documents -->\n"
      "# Sizing: what the journal writes, and how long flash lasts\n\n"
      "Every figure here is measured by the program that prints this document, and rounded to two\n"
      "digits; a test fails when one moves. Calls are those of the real appliance in virtual "
      "time;\n"
      "the real journal (`docs/spec/journal.md`) keeps them on flash that counts, in segments of "
      "at\n"
      "least 64 KiB, profile `pi`.\n");
  const std::vector<RecordedCall> kinds = record_calls();
  print_calls(kinds);
  print_media(kinds);
  print_transcripts(kinds);
  puts(
      "## The end of life\n\n"
      "Wear shows as erases that fail. `tests/journal/wear_test.cpp` wears whole parts out and\n"
      "demands:\n\n"
      "- Segments wear alike, so the first failure comes when nearly all cycles of all of them "
      "are\n"
      "  used.\n"
      "- A block that cannot be erased any more takes no part; the journal goes on with the "
      "others,\n"
      "  and no entry that was acknowledged is lost, restarts included. On NAND it is marked bad "
      "for\n"
      "  good.\n"
      "- Room gets less. Under a tenth free the box refuses new calls (`storage`) and raises the\n"
      "  alarm `journal`; live calls go on in what is left. Then entries are refused one by one "
      "(the\n"
      "  webhook gets 500), and what is there stays readable.\n"
      "- Programming that fails costs the entries of that commit only: they are refused, and the\n"
      "  next ones go to another segment.");
  return 0;
}
