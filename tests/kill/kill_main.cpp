// Kills a box under load with SIGKILL at random instants, starts it again on the same data, and
// holds what it knows against what the carrier's side knows; the same on disks that fail. See the
// usage text. For the real binary and its journal in a file: B-JRN-1, B-JRN-8, B-JRN-9, B-DED-1,
// B-DED-4, B-RST-2, B-RST-3.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "conditions.h"
#include "private_disk.h"

namespace hookflash::kill {
namespace {

constexpr const char* kUsage =
    "Usage: kill_driver HOOKFLASH PRELOAD [--condition NAME] [--kills N] [--seed N] [--no-load]\n"
    "                   [--clock] [--every N]\n\n"
    "Runs that binary with callers of its own (every request repeated until it is answered 2xx)\n"
    "and beside them the callers of `hookflash simulate`, kills it N times (10), and checks:\n"
    "nothing acknowledged is lost, nothing counts twice, no call is left blocking. PRELOAD is the\n"
    "library of faults. Ends with 0 when all held.\n\n"
    "  --condition NAME  kills (the default), io-errors, sync-errors, full-disk, read-only,\n"
    "                    damage\n"
    "  --clock           killed at random times instead of at random calls to the system\n"
    "  --every N         damage: one byte in so many (1)\n";

struct Options {
  Bench bench;
  RunPlan plan;
  std::string condition = "kills";
  uint64_t every = 1;
};

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool more = i + 1 < count;
    if (word == "--kills" && more) {
      options.plan.kills = static_cast<int>(std::strtol(words[++i], nullptr, 10));
    } else if (word == "--seed" && more) {
      options.plan.seed = std::strtoull(words[++i], nullptr, 10);
    } else if (word == "--every" && more) {
      options.every = std::strtoull(words[++i], nullptr, 10);
    } else if (word == "--condition" && more) {
      options.condition = words[++i];
    } else if (word == "--no-load") {
      options.plan.load = false;
    } else if (word == "--clock") {
      options.plan.clock = true;
    } else if (word[0] != '-' && options.bench.binary.empty()) {
      options.bench.binary = word;
    } else if (word[0] != '-' && options.bench.preload.empty()) {
      options.bench.preload = word;
    } else {
      return false;
    }
  }
  return !options.bench.preload.empty() && options.plan.kills > 0 && options.every > 0;
}

int fail(const char* text) {
  std::fputs(text, stderr);
  return 2;
}

int main_of(int count, char** words) {
  Options options;
  if (!parse(count, words, options)) return fail(kUsage);
  Bench& bench = options.bench;
  RunPlan& plan = options.plan;
  bench.folder =
      std::filesystem::temp_directory_path() / ("hookflash-kill-" + std::to_string(getpid()));
  signal(SIGPIPE, SIG_IGN);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const std::string& condition = options.condition;
  const bool wants_disk = condition == "full-disk" || condition == "read-only";
  bench.private_disks = wants_disk && PrivateDisk::permit();
  if (wants_disk && !bench.private_disks) {
    std::puts("no file system of our own is permitted here: only errors put under the journal");
  }
  bool good = false;
  if (condition == "kills") {
    good = kills(bench, plan);
  } else if (condition == "io-errors") {
    plan.trouble = {.error = EIO};
    good = kills(bench, plan);
  } else if (condition == "sync-errors") {
    plan.trouble = {.error = EIO, .every = 2, .syncs_only = true};
    good = kills(bench, plan);
  } else if (condition == "full-disk") {
    good = full_disk(bench, plan);
  } else if (condition == "read-only") {
    good = read_only_disk(bench, plan);
  } else if (condition == "damage") {
    good = damaged_journal(bench, plan, options.every);
  } else {
    return fail(kUsage);
  }
  if (good) std::filesystem::remove_all(bench.folder);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace hookflash::kill

int main(int count, char** words) { return hookflash::kill::main_of(count, words); }
