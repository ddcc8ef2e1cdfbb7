// Kills a box under load with SIGKILL at random instants, starts it again on the same data, and
// holds what it knows against what the carrier's side knows. See the usage text. For the real
// binary and its journal in a file: B-JRN-1, B-DED-1, B-DED-4, B-RST-2, B-RST-3.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <thread>

#include "base/check.h"
#include "box_process.h"
#include "caller.h"
#include "http_call.h"

namespace hookflash::kill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kUsage =
    "Usage: kill_driver HOOKFLASH [--kills N] [--seed N] [--no-load] [--io-errors SHIM]\n\n"
    "Runs that binary with callers of its own (every request repeated until it is answered 2xx) "
    "and\n"
    "beside them the callers of `hookflash simulate`, kills it N times (10), and checks: nothing\n"
    "acknowledged is lost, nothing counts twice, no call is left blocking. Ends with 0 when all\n"
    "held.\n";

constexpr unsigned kCallers = 6;
constexpr int kReadySeconds = 20;    // Sanitizers make the start slow.
constexpr int kSettleSeconds = 100;  // Calls whose carrier was away are asked for every 30 s.
constexpr size_t kFactsMax = 600;    // The history has the newest 1,000, and those of others, too.

struct Options {
  std::string binary;
  int kills = 10;
  uint64_t seed = 1;
  bool load = true;
  std::string shim;
};

uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(descriptor);
  return ntohs(address.sin_port);
}

void sleep_ms(uint64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

class KillTest {
 public:
  explicit KillTest(const Options& options)
      : options_(options),
        random_(options.seed),
        port_(free_port()),
        load_port_(free_port()),
        folder_(std::filesystem::temp_directory_path() /
                ("hookflash-kill-" + std::to_string(getpid()))),
        box_({options.binary, "run", "--config", folder_ / "config.json", "--data",
              folder_ / "data"},
             folder_ / "box.log"),
        load_({options.binary, "simulate", "--config", folder_ / "config.json", "--line", "b",
               "--calls", "4", "--seconds", "2", "--speech", "tone", "--quiet"},
              folder_ / "load.log"),
        peace_({options.binary, "simulate", "--config", folder_ / "config.json", "--line", "b",
                "--calls", "0", "--stay"},
               folder_ / "load.log") {
    std::filesystem::create_directories(folder_);
    if (!options.shim.empty()) {
      box_.set("LD_PRELOAD=" + options.shim);
      box_.set("HOOKFLASH_IO_ERRORS=" + (folder_ / "io-errors").string());
      const char* const sanitizer = std::getenv("ASAN_OPTIONS");
      box_.set("ASAN_OPTIONS=verify_asan_link_order=0:" +
               std::string(sanitizer != nullptr ? sanitizer : ""));
    }
    std::ofstream(folder_ / "config.json")
        << R"({"publicUrl":"http://127.0.0.1:)" << port_ << R"(","serve":{"port":)" << port_
        << R"(},"inboundPolicy":"open","app":"echo","maxConcurrentCalls":16,)"
        << R"("maxDurationSeconds":600,"log":{"level":"warn"},"api":{"token":")" << kToken
        << R"("},"lines":[{"id":"a","provider":"twilio","fromNumber":")" << kOurs
        << R"(","streaming":{"enabled":false},"accountSid":")" << kAccount << R"(","authToken":")"
        << kSecret << R"(","apiBaseUrl":"http://127.0.0.1:)" << carrier_.port()
        << R"("},{"id":"b","provider":"twilio","fromNumber":"+15005550007","serve":{"path":"/b"},)"
        << R"("accountSid":"AC00000000000000000000000000000002","authToken":")" << kSecret
        << R"(","apiBaseUrl":"http://127.0.0.1:)" << load_port_ << R"("}]})";
  }
  ~KillTest() {
    box_.kill_now();
    load_.kill_now();
    peace_.kill_now();
    if (ledger_.failures.empty()) std::filesystem::remove_all(folder_);
  }

  bool run() {
    box_.start();
    if (!ready()) return print();
    std::vector<std::unique_ptr<Caller>> callers;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kCallers; ++i) {
      callers.push_back(std::make_unique<Caller>(i, options_.seed * 100, port_, carrier_, ledger_));
      threads.emplace_back([caller = callers.back().get()] { caller->run(); });
    }
    for (int i = 0; i < options_.kills && ledger_.failures.empty(); ++i) {
      if (options_.load && !load_.runs()) load_.start();
      sleep_ms(100 + random_() % 500);
      if (!options_.shim.empty()) {
        std::ofstream(folder_ / "io-errors") << "on";
        ++troubles_;
      }
      sleep_ms(random_() % 500);
      // Half of the troubles are over when it is killed.
      if (random_() % 2 == 0) std::filesystem::remove(folder_ / "io-errors");
      sleep_ms(random_() % 100);
      if (!box_.kill_now()) ledger_.fail("the box ended by itself");
      std::filesystem::remove(folder_ / "io-errors");
      sleep_ms(random_() % 150);
      box_.start();
      if (!ready()) break;
    }
    sleep_ms(1000);
    if (!options_.shim.empty()) {
      std::ofstream(folder_ / "io-errors") << "on";
      sleep_ms(1500);
      std::filesystem::remove(folder_ / "io-errors");
      check_recovery();
    }
    ledger_.stop = true;
    for (std::thread& thread : threads) thread.join();
    load_.kill_now();
    if (options_.load) peace_.start();
    // Once more, so that whatever is to be found out at a restart is.
    if (!box_.kill_now()) ledger_.fail("the box ended by itself");
    box_.start();
    if (ready()) settle();
    check_facts();
    check_metrics();
    if (box_.end(SIGTERM) != 0) ledger_.fail("the box did not end well");
    return print();
  }

 private:
  HttpResult get(const std::string& target) {
    return http_call(port_, "GET", target, {"Authorization: Bearer " + std::string(kToken)}, {});
  }

  bool ready() {
    const Clock::time_point begun = Clock::now();
    while (Clock::now() - begun < std::chrono::seconds(kReadySeconds)) {
      if (get("/health").status == 200) {
        starts_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
        return true;
      }
      if (!box_.runs()) break;
      sleep_ms(2);
    }
    ledger_.fail("the box does not start; see " + (folder_ / "box.log").string());
    return false;
  }

  // Nothing runs at the carrier any more, so nothing may run in the box.
  void settle() {
    const Clock::time_point begun = Clock::now();
    int64_t active = -1;
    while (Clock::now() - begun < std::chrono::seconds(kSettleSeconds)) {
      active = json_number(get("/health").body, "active");
      if (active == 0) break;
      sleep_ms(100);
    }
    settled_ = std::chrono::duration<double>(Clock::now() - begun).count();
    blocking_ = active;
    if (active != 0) ledger_.fail(std::to_string(active) + " calls are left blocking");
  }

  void check_facts() {
    std::set<std::string> seen;
    const size_t begin = ledger_.facts.size() > kFactsMax ? ledger_.facts.size() - kFactsMax : 0;
    for (size_t i = begin; i < ledger_.facts.size(); ++i) {
      const Fact& fact = ledger_.facts[i];
      const HttpResult answer = get("/api/v1/calls/" + fact.call_id);
      if (answer.status != 200 || json_text(answer.body, "endReason") != "completed" ||
          json_text(answer.body, "providerCallId") != fact.sid ||
          json_number(answer.body, "transcriptLines") != fact.lines) {
        ledger_.fail("an acknowledged call is not what it was: " + fact.call_id + " " +
                     answer.body);
      }
      if (!seen.insert(fact.sid).second) ledger_.fail("two calls have one name: " + fact.sid);
      ++checked_;
    }
    // Nothing ended twice.
    std::set<std::string> names;
    const std::string list = get("/api/v1/calls?limit=200").body;
    const std::string key = R"("providerCallId":")";
    for (size_t at = 0; (at = list.find(key, at)) != std::string::npos;) {
      at += key.size();
      const std::string name = list.substr(at, 34);
      if (!names.insert(name).second) ledger_.fail("a call ended twice: " + name);
    }
  }

  // A journal that failed for a moment works again by itself (B-JRN-8).
  void check_recovery() {
    const Clock::time_point begun = Clock::now();
    while (Clock::now() - begun < std::chrono::seconds(20)) {
      if (json_text(get("/health").body, "status") == "ok") return;
      sleep_ms(100);
    }
    ledger_.fail("the box does not recover from errors of its journal: " + get("/health").body);
  }

  void check_metrics() {
    const std::string metrics = get("/metrics").body;
    const std::string damaged = R"(hookflash_journal_damaged_entries_total{reason="crc"} )";
    const size_t at = metrics.find(damaged);
    if (at == std::string::npos ||
        std::strtol(metrics.c_str() + at + damaged.size(), nullptr, 10) != 0) {
      ledger_.fail("the journal is damaged, though nobody touched it");
    }
  }

  bool print() {
    if (troubles_ > 0) std::printf("its journal failed now and then, %d times\n", troubles_);
    std::sort(starts_.begin(), starts_.end());
    const auto start = [&](size_t permille) {
      return starts_.empty() ? 0.0 : starts_[(starts_.size() - 1) * permille / 1000];
    };
    std::printf(
        "killed %d times; %llu calls (%llu placed by the box, %llu that vanished, %llu "
        "refused, %llu compensated)\n",
        options_.kills, value(ledger_.calls), value(ledger_.placed), value(ledger_.vanished),
        value(ledger_.refused), value(ledger_.compensated));
    std::printf(
        "requests acknowledged %llu, repeated without an answer %llu, copies %llu; calls "
        "checked at the end %zu\n",
        value(ledger_.acknowledged), value(ledger_.repeated), value(ledger_.copies), checked_);
    std::printf(
        "ready after a start: p50 %.0f ms, p99 %.0f ms; calls left blocking %lld, found out "
        "after %.1f s\n",
        start(500), start(990), static_cast<long long>(blocking_), settled_);
    const auto count = [&](const char* word) {
      return std::count_if(
          ledger_.failures.begin(), ledger_.failures.end(),
          [&](const std::string& text) { return text.find(word) != std::string::npos; });
    };
    std::printf("acknowledged events lost %ld, duplicates applied %ld, other failures %ld\n",
                static_cast<long>(count("acknowledged")), static_cast<long>(count("twice")),
                static_cast<long>(ledger_.failures.size()) -
                    static_cast<long>(count("acknowledged")) - static_cast<long>(count("twice")));
    for (size_t i = 0; i < ledger_.failures.size() && i < 20; ++i) {
      std::printf("FAILED: %s\n", ledger_.failures[i].c_str());
    }
    if (!ledger_.failures.empty()) {
      std::printf("seed %llu; left for a look: %s\n",
                  static_cast<unsigned long long>(options_.seed), folder_.c_str());
    }
    return ledger_.failures.empty();
  }
  static unsigned long long value(const std::atomic<uint64_t>& number) { return number.load(); }

  Options options_;
  std::mt19937_64 random_;
  Carrier carrier_;
  uint16_t port_;
  uint16_t load_port_;
  std::filesystem::path folder_;
  Ledger ledger_;
  Process box_;
  Process load_;
  Process peace_;
  std::vector<double> starts_;
  size_t checked_ = 0;
  int troubles_ = 0;  // Times when reading and writing failed.
  int64_t blocking_ = -1;
  double settled_ = 0;
};

int main_of(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--kills" && i + 1 < count) {
      options.kills = static_cast<int>(std::strtol(words[++i], nullptr, 10));
    } else if (word == "--seed" && i + 1 < count) {
      options.seed = std::strtoull(words[++i], nullptr, 10);
    } else if (word == "--io-errors" && i + 1 < count) {
      options.shim = words[++i];
    } else if (word == "--no-load") {
      options.load = false;
    } else if (options.binary.empty() && word[0] != '-') {
      options.binary = word;
    } else {
      std::fputs(kUsage, word == "--help" ? stdout : stderr);
      return word == "--help" ? 0 : 2;
    }
  }
  if (options.binary.empty() || options.kills < 1) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  return KillTest(options).run() ? 0 : 1;
}

}  // namespace
}  // namespace hookflash::kill

int main(int count, char** words) { return hookflash::kill::main_of(count, words); }
