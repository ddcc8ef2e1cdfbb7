// The swarm program behind script/sim: plays seeded days against the appliance and says which line
// replays a failure.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"
#include "platform/sim/swarm.h"

namespace {

using hookflash::Duration;
using namespace hookflash::sim;

struct Arguments {
  SwarmOptions swarm;
  int days = 1;
  bool print = false;
  bool quiet = false;
  size_t tail = 60;
};

void usage() {
  std::puts(
      "usage: sim [--seed N] [--hours H] [--calls N] [--days N] [--no-faults] [--no-restarts] "
      "[--brief] [--print] [--quiet] [--tail "
      "N]\n"
      "Plays simulated days of traffic against the appliance in virtual time, one for each seed "
      "from N\n"
      "on, and checks what must always hold. Exit code 1: something did not.");
}

bool parse(int argc, char** argv, Arguments& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&](uint64_t& value) {
      if (i + 1 >= argc) return false;
      char* end = nullptr;
      value = std::strtoull(argv[++i], &end, 10);
      return *end == '\0' && end != argv[i];
    };
    uint64_t value = 0;
    if (word == "--no-faults") {
      out.swarm.faults = false;
    } else if (word == "--no-restarts") {
      out.swarm.restarts = false;
    } else if (word == "--quiet") {
      out.quiet = true;
    } else if (word == "--brief") {
      out.swarm.brief = true;
    } else if (word == "--print") {
      out.print = true;
    } else if (word == "--seed" && number(value)) {
      out.swarm.seed = value;
    } else if (word == "--hours" && number(value) && value > 0 && value < 10'000) {
      out.swarm.length = Duration::seconds(static_cast<int64_t>(value) * 3600);
    } else if (word == "--calls" && number(value) && value < 1'000'000) {
      out.swarm.calls = static_cast<int>(value);
    } else if (word == "--days" && number(value) && value > 0 && value < 1'000'000) {
      out.days = static_cast<int>(value);
    } else if (word == "--tail" && number(value)) {
      out.tail = value;
    } else {
      usage();
      return false;
    }
  }
  return true;
}

// What a broken invariant leaves behind: the last lines and the line that replays it. The core runs
// in this thread, so the handler finds everything at rest.
struct LastWords {
  const World* world = nullptr;
  const Arguments* arguments = nullptr;
};
LastWords& last_words() {
  static LastWords words;
  return words;
}

void print_replay(const Arguments& arguments) {
  const SwarmOptions& options = arguments.swarm;
  std::printf("replay: script/sim --seed %llu --hours %lld --calls %d%s%s%s\n",
              static_cast<unsigned long long>(options.seed),
              static_cast<long long>(options.length.seconds() / 3600), options.calls,
              options.faults ? "" : " --no-faults", options.restarts ? "" : " --no-restarts",
              options.brief ? " --brief" : "");
}

void on_abort(int) {
  const LastWords& words = last_words();
  if (words.world != nullptr) {
    std::fputs(words.world->log().tail(words.arguments->tail).c_str(), stdout);
    print_replay(*words.arguments);
    std::fflush(stdout);
  }
  std::_Exit(1);
}

// Of all days so far.
struct Totals {
  uint64_t calls = 0;
  uint64_t power_cuts = 0;
  uint64_t fault_windows = 0;
  uint64_t values = 0;
  int failed = 0;
};

bool play(const Arguments& arguments, Totals& totals) {
  const SwarmOptions& options = arguments.swarm;
  hookflash::MbedCrypto crypto;
  BoxOptions box;
  box.config = swarm_config(options);
  const auto world = std::make_unique<BoxWorld>(crypto, box, swarm_world(options));
  world->world.timeline().log.print_as_it_comes(arguments.print);
  last_words() = {&world->world, &arguments};
  Swarm swarm(world->world, world->box, &world->box, std::string(kApiToken), options);
  const SwarmReport report = swarm.run();
  totals.calls += report.inbound + report.outbound_asked + report.external;
  totals.power_cuts += report.power_cuts;
  totals.fault_windows += report.fault_windows;
  totals.values += report.values;
  last_words() = {};
  if (report.failures.empty() && arguments.quiet) return true;
  std::printf("seed %llu: %s  hash %016llx\n", static_cast<unsigned long long>(options.seed),
              report.summary().c_str(), static_cast<unsigned long long>(report.hash));
  if (report.failures.empty()) return true;
  ++totals.failed;
  std::fputs(world->world.log().tail(arguments.tail).c_str(), stdout);
  for (const std::string& failure : report.failures) std::printf("FAILED: %s\n", failure.c_str());
  print_replay(arguments);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) return 2;
  std::signal(SIGABRT, on_abort);
  bool good = true;
  Totals totals;
  for (int day = 0; day < arguments.days; ++day) {
    good = play(arguments, totals) && good;
    ++arguments.swarm.seed;
  }
  const auto wide = [](uint64_t number) { return static_cast<unsigned long long>(number); };
  std::printf(
      "%d days: %llu calls, %llu power cuts, %llu fault windows, %llu values; %d days failed\n",
      arguments.days, wide(totals.calls), wide(totals.power_cuts), wide(totals.fault_windows),
      wide(totals.values), totals.failed);
  return good ? 0 : 1;
}
