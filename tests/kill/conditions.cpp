#include "conditions.h"

#include "private_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace hookflash::kill {
namespace {

constexpr uint64_t kMiB = 1U << 20U;
constexpr int kPatienceMs = 60'000;
constexpr int kReadOnlyStarts = 10;  // Each takes the 10 s of B-JRN-9.

// Says what was expected of the box and did not hold.
class Expectations {
 public:
  explicit Expectations(TestBox& box) : box_(box) {}

  bool operator()(bool held, const std::string& what) {
    if (!held) {
      std::printf("FAILED: %s; health: %s; output: %s; left for a look: %s\n", what.c_str(),
                  box_.get("/health").body.c_str(), box_.output().c_str(), box_.folder().c_str());
    }
    return held;
  }

 private:
  TestBox& box_;
};

// It says in one line why it does not start, and leaves nothing.
bool refuses_to_start(TestBox& box, Expectations& expect, const char* why) {
  box.start();
  const bool ended = box.process().ends_within(kPatienceMs);
  const std::string output = box.output();
  std::string problem;
  size_t lines = 0;
  for (size_t at = 0; at < output.size();) {
    const size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    at = end + 1;
    if (line.find("warning") != std::string::npos) continue;
    problem = line;
    ++lines;
  }
  const bool good =
      expect(ended && box.process().exit_code() == 1, "it started") &&
      expect(lines == 1 && problem.find("cannot make the journal") != std::string::npos &&
                 problem.find(why) != std::string::npos,
             std::string("it does not say in one line: ") + why) &&
      expect(!std::filesystem::exists(box.journal()) &&
                 !std::filesystem::exists(box.journal().string() + ".new"),
             "it left something of a journal behind");
  if (good) std::printf("no journal yet: it does not start, and says: %s\n", problem.c_str());
  return good;
}

// It runs without a journal: health is failing, and every new call is refused.
bool runs_without_journal(TestBox& box, Expectations& expect) {
  const auto unhealthy = [&] { return box.get("/health").status == 503; };
  return expect(box.await(unhealthy), "it does not run without its journal") &&
         expect(box.await_health(R"("alarm":"journal")"), "no alarm") &&
         expect(
             box.post("/call/outbound", R"({"to":"+15550009998","line":"a","mode":"conversation"})")
                     .status == 503,
             "it takes calls without a journal") &&
         expect(box.carrier().placed_to("+15550009998").count == 0, "it dials without a journal");
}

// An unreadable journal is set aside, but there is no room for a new one (B-JRN-9).
bool loses_journal_without_room(TestBox& box, PrivateDisk& disk, Expectations& expect) {
  disk.empty();
  std::filesystem::create_directories(box.data());
  std::ofstream(box.journal(), std::ios::binary) << std::string(16 * kMiB, 'x');
  disk.fill();
  const std::filesystem::path lost = box.journal().string() + ".lost";
  box.start();
  if (!runs_without_journal(box, expect) ||
      !expect(std::filesystem::exists(lost), "the unreadable journal was not set aside")) {
    return false;
  }
  disk.empty();
  disk.resize(96 * kMiB);
  double took = 0;
  const bool good =
      expect(box.ready(took), "it does not go on when there is room again") &&
      expect(box.await_health(R"("alarm":"journal-lost")"), "nobody hears of the lost journal") &&
      expect(!std::filesystem::exists(lost.string() + "-2"), "it was set aside twice");
  if (good)
    std::printf("unreadable journal, full disk: no calls until there is room, then ready\n");
  box.process().kill_now();
  std::filesystem::remove_all(box.data());
  return good;
}

}  // namespace

bool kills(const Bench& bench, const RunPlan& plan) {
  TestBox box(bench.binary, bench.preload, bench.folder / "kills");
  Ledger ledger;
  KillRun run(box, ledger, plan);
  const bool good = run.run() && (plan.trouble.error == 0 || run.endure()) && run.settle();
  run.print();
  if (!good) std::printf("left for a look: %s\n", box.folder().c_str());
  return good;
}

bool full_disk(const Bench& bench, const RunPlan& plan) {
  RunPlan half = plan;
  half.kills = (plan.kills + 1) / 2;
  if (bench.private_disks) {
    {
      TestBox box(bench.binary, bench.preload, bench.folder / "full-at-start");
      PrivateDisk disk(box.disk(), 20 * kMiB);
      Expectations expect(box);
      disk.fill();
      if (!refuses_to_start(box, expect, strerror(ENOSPC)) ||
          !loses_journal_without_room(box, disk, expect)) {
        return false;
      }
    }
    TestBox box(bench.binary, bench.preload, bench.folder / "full");
    PrivateDisk disk(box.disk(), 96 * kMiB);
    Ledger ledger;
    KillRun run(box, ledger, half);
    bool good = run.start();
    disk.fill();
    box.process().kill_now();
    good = good && run.run() && run.settle();
    std::printf("the disk filled up to the last byte beside its journal:\n");
    run.print();
    if (!good) return false;
  }
  half.trouble = {.error = ENOSPC};
  std::printf("a disk that has no room even for what is overwritten:\n");
  return kills(bench, half);
}

bool read_only_disk(const Bench& bench, const RunPlan& plan) {
  RunPlan rest = plan;
  if (bench.private_disks) {
    TestBox box(bench.binary, bench.preload, bench.folder / "read-only");
    PrivateDisk disk(box.disk(), 96 * kMiB);
    Expectations expect(box);
    std::filesystem::create_directories(box.data());
    if (!expect(disk.set_read_only(true) == 0, "the disk cannot be made read-only") ||
        !refuses_to_start(box, expect, strerror(EROFS)) ||
        !expect(disk.set_read_only(false) == 0, "the disk stays read-only")) {
      return false;
    }
    // Each start is on a disk that cannot be written; the journal is there, and calls are in it.
    RunPlan starts = plan;
    starts.kills = std::min((plan.kills + 1) / 2, kReadOnlyStarts);
    rest.kills -= starts.kills;
    Ledger ledger;
    starts.restart = [&] {
      if (!expect(disk.set_read_only(true) == 0, "the disk cannot be made read-only")) return false;
      box.start();
      if (!runs_without_journal(box, expect)) return false;
      disk.set_read_only(false);
      double took = 0;
      return expect(box.ready(took), "it does not go on when the disk can be written again") &&
             // Not while somebody has a file open for writing, says the kernel.
             expect(disk.set_read_only(true) == EBUSY, "the disk went away under a running box");
    };
    KillRun run(box, ledger, starts);
    const bool good = run.run() && run.settle();
    std::printf("read-only at each start: no calls until it can be written, then ready\n");
    run.print();
    if (!good) return false;
  }
  if (rest.kills == 0) return true;
  rest.trouble = {.error = EROFS};
  std::printf("a disk that becomes read-only under a running box:\n");
  return kills(bench, rest);
}

}  // namespace hookflash::kill
