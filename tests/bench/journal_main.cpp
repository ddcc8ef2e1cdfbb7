// bench_journal: durable events a second, latency and bytes of the journal beside SQLite, and how
// long a start takes with a full journal. Prints Markdown.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "base/check.h"
#include "call/archive.h"
#include "call/box_items.h"
#include "event_store.h"
#include "figures.h"
#include "journal/pace.h"
#include "platform/linux/journal_store.h"
#include "tests/sizing/recorded_calls.h"

namespace hookflash::bench {
namespace {

constexpr size_t kAtOnce = 36;      // Calls under way at the same time.
constexpr size_t kLive = 32;        // Of those, in the journal that is started from.
constexpr size_t kFilling = 4'600;  // Finished calls, so that every table is full.
constexpr uint64_t kSnapshots = 2;
constexpr uint64_t kLeft = 256 * 1024;  // Of the log, for the entries until kLive calls live.

int64_t wall_ms() { return static_cast<int64_t>(time(nullptr)) * 1000; }

// Entries of calls that go on side by side, without end.
class Traffic {
 public:
  Traffic() : kinds_(record_calls()), live_(kAtOnce), start_(wall_ms() - 300'000) {}

  std::vector<std::string> next(size_t count) {
    std::vector<std::string> entries;
    entries.reserve(count);
    while (entries.size() < count) {
      Live& call = live_[turn_++ % live_.size()];
      if (call.kind == nullptr || call.at == call.kind->entries.size()) begin(call);
      entries.push_back(entry_of_call(call.kind->entries[call.at++], call.number,
                                      start_ + static_cast<int64_t>(turn_ / 100)));
    }
    return entries;
  }
  [[nodiscard]] uint64_t calls() const { return calls_; }
  // Calls that have begun and not ended.
  [[nodiscard]] size_t live() const {
    size_t live = 0;
    for (const Live& call : live_) {
      if (call.kind != nullptr && call.at > 0 && call.at < call.kind->entries.size()) ++live;
    }
    return live;
  }

 private:
  struct Live {
    const RecordedCall* kind = nullptr;
    uint64_t number = 0;
    size_t at = 0;
  };

  void begin(Live& call) {
    call.number = ++calls_;
    auto place = static_cast<int>(calls_ * 37 % 100);
    call.kind = kinds_.data();
    while (place >= call.kind->share) place -= call.kind++->share;
    call.at = 0;
  }

  std::vector<RecordedCall> kinds_;
  std::vector<Live> live_;
  int64_t start_;
  uint64_t calls_ = 0;
  uint64_t turn_ = 0;
};

// What this process has handed to write() and the like.
uint64_t written_bytes() {
  FILE* const file = fopen("/proc/self/io", "re");
  if (file == nullptr) return 0;
  char line[128];
  unsigned long long bytes = 0;
  while (fgets(line, sizeof line, file) != nullptr) {
    if (strncmp(line, "wchar:", 6) == 0) bytes = strtoull(line + 6, nullptr, 10);
  }
  fclose(file);
  return bytes;
}

struct Run {
  double events_per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double bytes_per_event = 0;
};

Run measure(EventStore& store, Traffic& traffic, size_t group, double seconds) {
  Run run;
  Percentiles latency;
  uint64_t events = 0;
  int64_t spent = 0;
  uint64_t bytes = 0;
  while (static_cast<double>(spent) < seconds * 1e6) {
    const std::vector<std::string> entries = traffic.next(group * 64);
    const uint64_t bytes_before = written_bytes();
    const int64_t begin = now_us();
    int64_t last = begin;
    for (size_t at = 0; at < entries.size(); at += group) {
      store.keep(std::span(entries).subspan(at, group));
      latency.add(now_us() - last);
      store.tidy(group);
      last = now_us();
    }
    spent += last - begin;
    bytes += written_bytes() - bytes_before;
    events += entries.size();
  }
  run.events_per_second = static_cast<double>(events) * 1e6 / static_cast<double>(spent);
  run.p50_ms = static_cast<double>(latency.at(500)) / 1000;
  run.p99_ms = static_cast<double>(latency.at(990)) / 1000;
  run.bytes_per_event = static_cast<double>(bytes) / static_cast<double>(events);
  return run;
}

void fill(EventStore& store, Traffic& traffic) {
  const uint64_t enough = traffic.calls() + kFilling;
  while (traffic.calls() < enough) {
    store.keep(traffic.next(64));
    store.tidy(64);
  }
}

void bench_events(const std::string& folder, double seconds) {
  const auto journal = make_journal_store(folder + "/journal");
  const auto sqlite = make_sqlite_store(folder + "/sqlite");
  Traffic traffic[2];  // The same calls for both.
  fill(*journal, traffic[0]);
  fill(*sqlite, traffic[1]);
  puts(
      "| events in a commit | journal events/s | SQLite events/s | ratio | journal p50 ms | p99 | "
      "SQLite p50 ms | p99 | "
      "journal bytes per event | SQLite | ratio |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const size_t group : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
    // Taking turns, so that the disk's moods concern both.
    constexpr int kTurns = 4;
    Run sum[2];
    for (int turn = 0; turn < kTurns; ++turn) {
      for (int which = 0; which < 2; ++which) {
        const size_t who = static_cast<size_t>(turn + which) % 2;
        EventStore& store = who == 0 ? *journal : *sqlite;
        const Run run = measure(store, traffic[who], group, seconds / kTurns);
        Run& into = sum[who];
        into.events_per_second += run.events_per_second / kTurns;
        into.p50_ms += run.p50_ms / kTurns;
        into.p99_ms += run.p99_ms / kTurns;
        into.bytes_per_event += run.bytes_per_event / kTurns;
      }
    }
    printf("| %zu | %.0f | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.2f |\n", group,
           sum[0].events_per_second, sum[1].events_per_second,
           sum[0].events_per_second / sum[1].events_per_second, sum[0].p50_ms, sum[0].p99_ms,
           sum[1].p50_ms, sum[1].p99_ms, sum[0].bytes_per_event, sum[1].bytes_per_event,
           sum[0].bytes_per_event / sum[1].bytes_per_event);
    fflush(stdout);
  }
}

// A journal in a file of that name that holds as much as there can be: every table full, the text
// of finished calls kept, and a log with no room for much more before its snapshot.
void make_full(const std::string& path) {
  Traffic traffic;
  const auto memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive(*memory);
  JournalStore store(archive);
  char text[512];
  TextWriter problem(text, sizeof text);
  CHECK(ok(store.open(path, archive.snapshot_bytes_max(), problem)));
  const auto keep = [&](size_t count) {
    for (const std::string& entry : traffic.next(count)) CHECK(ok(store.append(bytes_of(entry))));
    CHECK(ok(store.commit()));
  };
  EntryWriter setting;
  setting.begin(WallTime::from_ms(wall_ms()));
  write_keep_transcripts(setting, true);
  CHECK(ok(store.append(setting.bytes())));
  while (store.journal().figures().folds < kSnapshots || traffic.calls() < kFilling) {
    keep(64);
    for (size_t n = journal_steps_after(64); n > 0 && store.step(); --n) {
    }
  }
  while (store.free_bytes() > kLeft) keep(64);
  while (traffic.live() != kLive) keep(1);
}

void bench_start(const std::string& path, bool cold) {
  Percentiles opening;
  Percentiles taking_up;
  size_t live = 0;
  size_t finished = 0;
  size_t names = 0;
  JournalFigures figures;
  for (int n = 0; n < 15; ++n) {
    if (cold) {
      const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      CHECK(file >= 0 && fdatasync(file) == 0);
      CHECK(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0);
      close(file);
    }
    const auto memory = std::make_unique<CallArchiveMemory>();
    const auto second = std::make_unique<CallArchiveMemory>();
    CallArchive archive(*memory);
    CallArchive appliance(*second);
    JournalStore store(archive);
    char text[512];
    TextWriter problem(text, sizeof text);
    const int64_t begin = now_us();
    CHECK(ok(store.open(path, archive.snapshot_bytes_max(), problem)));
    const int64_t opened = now_us();
    archive.begin_snapshot();
    for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
      appliance.apply(piece, 0);
    }
    opening.add(opened - begin);
    taking_up.add(now_us() - opened);
    live = second->calls.slots();
    finished = second->history.size();
    names = second->finished.size();
    figures = store.journal().figures();
  }
  printf(
      "| %zu live, %zu finished calls, %zu names; snapshot %u, log %u of %u segments; file %s | "
      "%.1f | %.1f | %.1f |\n",
      live, finished, names, figures.snapshot_segments, figures.log_segments, figures.segments,
      cold ? "not in memory" : "in memory", static_cast<double>(opening.at(500)) / 1000,
      static_cast<double>(opening.most()) / 1000, static_cast<double>(taking_up.at(500)) / 1000);
}

}  // namespace
}  // namespace hookflash::bench

int main(int count, char** words) {
  using namespace hookflash::bench;
  const std::string what = count > 2 ? words[1] : "";
  if (what == "events") {
    bench_events(words[2], count > 3 ? strtod(words[3], nullptr) : 4);
  } else if (what == "make") {
    make_full(words[2]);
  } else if (what == "start") {
    puts("| journal | open p50 ms | most | hand-over p50 ms |\n| --- | --- | --- | --- |");
    bench_start(words[2], false);
    bench_start(words[2], true);
  } else {
    fputs("Usage: bench_journal events FOLDER [SECONDS] | make FILE | start FILE\n", stderr);
    return 2;
  }
  return 0;
}
