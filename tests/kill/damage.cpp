// A journal damaged byte by byte, opened by the real binary each time.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "base/check.h"
#include "conditions.h"
#include "journal_map.h"

namespace hookflash::kill {
namespace {

constexpr unsigned kWorkers = 2;
constexpr size_t kSegmentsMin = 5;  // Of a journal.
constexpr uint64_t kStartsEvery = 61;
constexpr size_t kTold = 10;
constexpr ptrdiff_t kFactsMax = 100;
constexpr int kKillsForASnapshot = 150;  // Each start begins a segment; a third of them are folded.
// Of a journal with a snapshot, which takes longer to open and has more bytes.
constexpr uint64_t kFewerOfMany = 4999;
constexpr uint64_t kFewerHeaders = 8;

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The three ways of being wrong take turns; one that changes nothing gives way to a turned bit.
char damaged(char byte, uint64_t turn) {
  const auto turned = static_cast<char>(byte ^ (1 << turn / 3 % 8));
  if (turn % 3 == 0) return turned;
  const char wrong = turn % 3 == 1 ? '\0' : '\xFF';
  return wrong == byte ? turned : wrong;
}

// `hookflash journal dump` of an image: a line for each record that counts.
struct Dump {
  int code = -1;  // 0 sound, 1 damaged, anything else: it did not end well.
  std::vector<std::string> lines;
};

Dump dump(const std::string& binary, const std::filesystem::path& image) {
  Dump result;
  int ends[2];
  CHECK(pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string words[] = {binary, "journal", "dump", "--json", "--private", image};
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  pid_t child = -1;
  CHECK(posix_spawn(&child, raw[0], &actions, nullptr, raw.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  char piece[65536];
  for (ssize_t got = 0; (got = read(ends[0], piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.lines.push_back(line);
  return result;
}

// The number of an entry as its line says; 0: a piece of the snapshot.
uint64_t entry_of(const std::string& line) {
  const int64_t number = json_number(line, "entry");
  return number > 0 ? static_cast<uint64_t>(number) : 0;
}

// Holds what is left of a damaged journal against what is there without the damage.
class Oracle {
 public:
  Oracle(const JournalMap& map, std::vector<std::string> lines)
      : map_(map), lines_(std::move(lines)) {
    for (const std::string& line : lines_) entries_.insert(entry_of(line));
  }

  [[nodiscard]] size_t records() const { return lines_.size(); }

  // Empty: all is as it must be. `lost`: so many records are missing.
  std::string judge(uint64_t byte, const Dump& found, size_t& lost) const {
    lost = 0;
    if (found.code != 0 && found.code != 1) return "it did not end well";
    JournalMap::Place place = map_.at(byte);
    if (!entries_.contains(place.entry)) place.entry = 0;  // The snapshot has it.
    size_t next = 0;
    for (const std::string& line : lines_) {
      if (next < found.lines.size() && found.lines[next] == line) {
        ++next;
        continue;
      }
      ++lost;
      const uint64_t entry = entry_of(line);
      const bool hit = entry != 0 ? entry == place.entry : place.piece != 0 && lost == 1;
      // Nothing later says that the last commit was one: it ends where it is damaged.
      const bool behind = place.entry > map_.sealed() && entry > place.entry;
      if (!hit && !behind) return "another record is lost: " + line;
    }
    if (next != found.lines.size()) return "something came of it: " + found.lines[next];
    if (lost == 0 && (place.entry != 0 || place.piece != 0)) return "the damage was not noticed";
    return {};
  }

 private:
  const JournalMap& map_;
  std::vector<std::string> lines_;
  std::set<uint64_t> entries_;
};

class DamageTest {
 public:
  DamageTest(TestBox& box, const std::string& binary, Ledger& ledger, uint64_t seed)
      : box_(box),
        binary_(binary),
        facts_(newest(ledger.facts())),
        seed_(seed),
        image_(file_text(box.journal())),
        map_(image_) {
    // Only segments that hold something: the rest is erased and takes time to read.
    for (const uint64_t segment : map_.segments()) {
      small_ += image_.substr(segment, JournalMap::kSegmentBytes);
    }
    while (small_.size() < kSegmentsMin * JournalMap::kSegmentBytes) {
      small_.append(JournalMap::kSegmentBytes, '\xFF');
    }
  }

  // Each `every`-th byte, and of the headers each so many.
  bool run(uint64_t every, uint64_t of_headers) {
    every_ = every;
    for (size_t i = 0; i < map_.written().size(); ++i) {
      const uint64_t byte = map_.written()[i];
      if (i % every == 0 || (map_.at(byte).header && byte % of_headers == 0))
        places_.push_back(byte);
    }
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < kWorkers; ++i) workers.emplace_back([this, i] { open_each(i); });
    for (std::thread& worker : workers) worker.join();
    std::printf(
        "a journal of %llu written bytes in %zu segments, %llu entries, %llu of them in "
        "the last commit\n",
        static_cast<unsigned long long>(map_.written().size()), map_.segments().size(),
        static_cast<unsigned long long>(map_.entries()),
        static_cast<unsigned long long>(map_.unsealed()));
    std::printf(
        "one byte changed, in %llu places, each opened: in %llu of them the record that it "
        "hit was lost, in %llu of the last commit also what came behind it there, in %llu "
        "nothing\n",
        wide(opened_), wide(cost_one_), wide(cost_more_), wide(opened_ - cost_one_ - cost_more_));
    if (good()) start_some();
    std::printf(
        "the box started on %llu of them: ready each time, every call there but those of a "
        "lost record (%llu calls changed), a new call placed each time\n",
        wide(started_), wide(changed_calls_));
    if (good()) lose_all();
    std::printf("acknowledged events lost beside what was hit %zu\n", problems_.size());
    for (size_t i = 0; i < problems_.size() && i < kTold; ++i) {
      std::printf("FAILED: %s\n", problems_[i].c_str());
    }
    return good();
  }

 private:
  static std::vector<Fact> newest(std::vector<Fact> facts) {
    if (std::ssize(facts) > kFactsMax) facts.erase(facts.begin(), facts.end() - kFactsMax);
    return facts;
  }
  static unsigned long long wide(uint64_t value) { return value; }
  [[nodiscard]] bool good() const { return problems_.empty(); }

  void problem(uint64_t byte, const std::string& what) {
    const std::lock_guard lock(mutex_);
    problems_.push_back("byte " + std::to_string(byte) + ": " + what);
  }

  // Where a byte of the journal is in the smaller image.
  [[nodiscard]] uint64_t place_in_small(uint64_t byte) const {
    const auto segment = std::upper_bound(map_.segments().begin(), map_.segments().end(), byte) - 1;
    return static_cast<uint64_t>(segment - map_.segments().begin()) * JournalMap::kSegmentBytes +
           byte % JournalMap::kSegmentBytes;
  }

  void open_each(unsigned worker) {
    const std::filesystem::path path = box_.folder() / ("image-" + std::to_string(worker));
    std::ofstream(path, std::ios::binary) << small_;
    const Dump whole = dump(binary_, path);
    const Oracle oracle(map_, whole.lines);
    if (whole.code != 0 || oracle.records() == 0) problem(0, "the journal is not sound as it is");
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    for (size_t i = worker; i < places_.size(); i += kWorkers) {
      const uint64_t byte = places_[i];
      const uint64_t place = place_in_small(byte);
      const char right = small_[place];
      const char wrong = damaged(right, byte + seed_);
      CHECK(pwrite(file, &wrong, 1, static_cast<off_t>(place)) == 1);
      size_t lost = 0;
      const std::string verdict = oracle.judge(byte, dump(binary_, path), lost);
      CHECK(pwrite(file, &right, 1, static_cast<off_t>(place)) == 1);
      ++opened_;
      if (lost == 1) ++cost_one_;
      if (lost > 1) ++cost_more_;
      if (!verdict.empty()) problem(byte, verdict);
    }
    close(file);
    std::filesystem::remove(path);
  }

  // The box itself: on some of them, and of a small journal on each byte of the headers.
  void start_some() {
    for (size_t i = 0; i < places_.size() && good(); ++i) {
      const uint64_t byte = places_[i];
      if (i % kStartsEvery != 0 && !(map_.at(byte).header && every_ == 1)) continue;
      std::string image = image_;
      image[byte] = damaged(image[byte], byte + seed_);
      const size_t changed = start_on(image, byte);
      if (changed > 1 && map_.at(byte).entry <= map_.sealed()) {
        problem(byte, "more than one call is not what it was");
      }
      if (changed > 0 && map_.at(byte).entry == 0) problem(byte, "a call is not what it was");
      if (std::filesystem::exists(box_.journal().string() + ".lost")) {
        problem(byte, "the journal was set aside");
      }
      changed_calls_ += changed;
      ++started_;
    }
  }

  // How many calls are not what they were when they ended.
  size_t start_on(const std::string& image, uint64_t byte) {
    std::ofstream(box_.journal(), std::ios::binary) << image;
    box_.start();
    double took = 0;
    size_t changed = 0;
    if (!box_.ready(took)) {
      problem(byte, "the box does not start: " + box_.output());
      return 0;
    }
    for (const Fact& fact : facts_) {
      const HttpResult answer = box_.get("/api/v1/calls/" + fact.call_id);
      if (answer.status != 200 || json_text(answer.body, "endReason") != "completed" ||
          json_number(answer.body, "transcriptLines") != fact.lines) {
        ++changed;
      }
    }
    const HttpResult placed =
        box_.post("/call/outbound", R"({"to":"+15550009997","line":"a","mode":"conversation"})");
    if (placed.status != 201) problem(byte, "no new call: " + placed.body);
    if (!box_.process().kill_now()) problem(byte, "the box ended by itself: " + box_.output());
    return changed;
  }

  // Nothing of it can be read: set aside under another name, with the alarm, and the box works.
  void lose_all() {
    for (const char byte : {'\0', 'x'}) {
      std::filesystem::remove(box_.journal().string() + ".lost");
      std::ofstream(box_.journal(), std::ios::binary) << std::string(image_.size(), byte);
      box_.start();
      if (!box_.await_health(R"("alarm":"journal-lost")")) problem(0, "no alarm");
      const HttpResult placed =
          box_.post("/call/outbound", R"({"to":"+15550009996","line":"a","mode":"conversation"})");
      if (placed.status != 201) problem(0, "no new call: " + placed.body);
      if (file_text(box_.journal().string() + ".lost") != std::string(image_.size(), byte)) {
        problem(0, "it was not kept as it was");
      }
      if (!box_.process().kill_now()) problem(0, "the box ended by itself: " + box_.output());
    }
    if (good()) std::printf("all of it unreadable: set aside, alarm, ready for calls\n");
  }

  TestBox& box_;
  std::string binary_;
  std::vector<Fact> facts_;
  uint64_t seed_;
  std::string image_;
  std::string small_;
  JournalMap map_;
  uint64_t every_ = 1;
  std::vector<uint64_t> places_;  // Bytes to damage.
  std::atomic<uint64_t> opened_{0};
  std::atomic<uint64_t> cost_one_{0};
  std::atomic<uint64_t> cost_more_{0};
  uint64_t started_ = 0;
  uint64_t changed_calls_ = 0;
  std::mutex mutex_;
  std::vector<std::string> problems_;
};

}  // namespace

bool damaged_journal(const Bench& bench, const RunPlan& plan, uint64_t every) {
  // After one kill it is small, and all of it can be tried; after many it has a snapshot.
  struct Stage {
    const char* name;
    int kills;
    uint64_t every;
    uint64_t of_headers;
  };
  const Stage stages[] = {{"damage", 1, every, 1},
                          {"damage-later", plan.kills, kFewerOfMany, kFewerHeaders}};
  for (const Stage& stage : stages) {
    if (&stage != stages && stage.kills < kKillsForASnapshot) break;
    TestBox box(bench.binary, bench.preload, bench.folder / stage.name);
    Ledger ledger;
    RunPlan loaded = plan;
    loaded.kills = stage.kills;
    {
      KillRun run(box, ledger, loaded);
      if (!run.run() || !run.abandon()) {
        run.print();
        return false;
      }
    }
    if (DamageTest(box, bench.binary, ledger, plan.seed).run(stage.every, stage.of_headers))
      continue;
    std::printf("left for a look: %s\n", box.folder().c_str());
    return false;
  }
  return true;
}

}  // namespace hookflash::kill
