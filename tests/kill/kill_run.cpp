#include "kill_run.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <set>

namespace hookflash::kill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kCallers = 6;
constexpr uint64_t kCallsMax = 6000;      // To the system, before it dies: about a second.
constexpr uint64_t kCallsOfAStart = 60;   // Of which most verify calls at the carrier.
constexpr uint64_t kOperationsMax = 150;  // Of the journal, before its trouble begins, and in it.
constexpr uint64_t kDeathMs = 1000;
constexpr int kPatienceMs = 60'000;
constexpr std::chrono::seconds kPatience{60};
// The history has the newest 1,000, and the calls of `hookflash simulate` are among them.
constexpr uint64_t kRecordsMax = 700;

// A `hookflash simulate` on line b.
std::vector<std::string> simulate(const TestBox& box, std::vector<std::string> more) {
  std::vector<std::string> words = {"simulate", "--line", "b", "--speech", "tone", "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return box.words(words);
}

}  // namespace

KillRun::KillRun(TestBox& box, Ledger& ledger, RunPlan plan)
    : box_(box),
      ledger_(ledger),
      plan_(std::move(plan)),
      random_(plan_.seed),
      load_(simulate(box, {"--calls", "4", "--seconds", "2"}), box.folder() / "load.log"),
      peace_(simulate(box, {"--calls", "0", "--stay"}), box.folder() / "load.log"),
      long_call_(simulate(box, {"--calls", "1", "--seconds", "600"}), box.folder() / "load.log") {}

KillRun::~KillRun() { stop_callers(); }

bool KillRun::start() {
  box_.start();
  double took = 0;
  if (!box_.ready(took)) {
    ledger_.fail("the box does not start: " + box_.output());
    return false;
  }
  starts_.push_back(took);
  return true;
}

bool KillRun::run() {
  if (!start()) return false;
  for (unsigned i = 0; i < kCallers; ++i) {
    callers_.push_back(
        std::make_unique<Caller>(i, plan_.seed * 100, box_.port(), box_.carrier(), ledger_));
    threads_.emplace_back([caller = callers_.back().get()] { caller->run(); });
  }
  while (killed_ < plan_.kills && ledger_.good()) {
    if (!round()) break;
  }
  return ledger_.await(&Counts::acknowledged, 50, kPatience) && ledger_.good();
}

bool KillRun::round() {
  if (plan_.load && !load_.runs()) load_.start();
  // Something has happened since the start, however soon it dies.
  if (!ledger_.await(&Counts::acknowledged, 1, kPatience)) ledger_.fail("no answers");
  plan_trouble();
  if (!die()) {
    ledger_.fail("the box ended by itself: " + box_.output());
    return false;
  }
  ++killed_;
  ledger_.killed();
  note_faults();
  // For some the line is dead for longer.
  if (!ledger_.await(&Counts::repeated, below(12), kPatience)) ledger_.fail("nobody tries again");
  // One in eight of its starts is cut off, too.
  if (below(8) == 0 && !plan_.clock && plan_.restart == nullptr && killed_ < plan_.kills) {
    box_.start();
    box_.faults().die_at = 1 + below(kCallsOfAStart);
    if (!box_.process().ends_within(kPatienceMs) || box_.process().signal() != SIGKILL) {
      ledger_.fail("the box was not killed at its start: " + box_.output());
      return false;
    }
    ++killed_;
    ++killed_at_start_;
  }
  return plan_.restart != nullptr ? plan_.restart() : start();
}

// Half of the troubles are over when it dies, others not yet begun.
void KillRun::plan_trouble() {
  if (plan_.trouble.error == 0) return;
  Faults& faults = box_.faults();
  faults.every = plan_.trouble.every;
  faults.writes = !plan_.trouble.syncs_only;
  faults.from = faults.operations + below(kOperationsMax);
  faults.until = faults.from + below(kOperationsMax);
  faults.error = plan_.trouble.error;
}

void KillRun::note_faults() {
  failed_writes_ += box_.faults().failed_writes;
  failed_syncs_ += box_.faults().failed_syncs;
}

bool KillRun::die() {
  if (plan_.clock) {
    return !box_.process().ends_within(static_cast<int>(below(kDeathMs))) &&
           box_.process().kill_now();
  }
  Faults& faults = box_.faults();
  faults.how = static_cast<Faults::How>(below(3));
  faults.die_at = faults.calls + 1 + below(kCallsMax);
  return box_.process().ends_within(kPatienceMs) && box_.process().signal() == SIGKILL;
}

bool KillRun::endure() {
  const auto must = [this](bool held, const char* what) {
    if (!held) ledger_.fail(what + (": " + box_.get("/health").body));
    return held;
  };
  // A call with audio, which is to go on all the time.
  load_.kill_now();
  const std::string active = "hookflash_stream_connections{state=\"active\"}";
  const std::string heard = "hookflash_audio_frames_total{direction=\"outbound\"}";
  const std::string refused =
      "hookflash_calls_refused_total{line=\"a\",direction=\"outbound\",reason=\"storage\"}";
  if (!must(box_.await([&] { return box_.metric(active) == 0; }), "streams that do not end")) {
    return false;
  }
  long_call_.start();
  const auto hears = [&] {
    const int64_t before = box_.metric(heard);
    return box_.await([&] { return box_.metric(heard) >= before + 25; });
  };
  if (!must(box_.await([&] { return box_.metric(active) == 1; }) && hears(), "no call with audio"))
    return false;

  Faults& faults = box_.faults();
  faults.every = 1;
  faults.from = 0;
  faults.until = UINT64_MAX;
  faults.writes = !plan_.trouble.syncs_only;
  faults.error = plan_.trouble.error;
  bool good = must(box_.await_health(R"("refusesNewCalls":true)"), "new calls are not refused") &&
              must(box_.await_health(R"("alarm":"journal")"), "no alarm");
  const int64_t before = box_.metric(refused);
  const HttpResult answer =
      box_.post("/call/outbound", R"({"to":"+15550009999","line":"a","mode":"conversation"})");
  good = good &&
         must(answer.status == 503 && json_text(answer.body, "code") == "storage-failed",
              "a new call was not refused") &&
         must(box_.metric(refused) > before, "the refused call was not counted") &&
         must(box_.carrier().placed_to("+15550009999").count == 0, "it was dialled all the same") &&
         must(box_.metric(active) == 1 && hears(), "the live call did not go on");
  note_faults();
  faults.error = 0;
  good = good && must(box_.await_health(R"("status":"ok")"), "no recovery without a restart") &&
         must(ledger_.await(&Counts::placed, 1, kPatience), "no new calls after the recovery") &&
         must(box_.metric(active) == 1 && hears(), "the live call is gone after the recovery");
  long_call_.kill_now();
  if (good) {
    std::printf(
        "then it failed for good: new calls refused, a live one heard all the time, recovered "
        "without a restart\n");
  }
  return good;
}

void KillRun::stop_callers() {
  ledger_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  load_.kill_now();
}

bool KillRun::abandon() {
  if (!die()) ledger_.fail("the box ended by itself: " + box_.output());
  stop_callers();
  return ledger_.good();
}

bool KillRun::settle() {
  stop_callers();
  if (plan_.load || plan_.trouble.error != 0) {
    peace_.start();
    if (!box_.await([&] { return http_call(box_.load_port(), "GET", "/", {}, {}).status != 0; })) {
      ledger_.fail("the simulated carrier does not answer");
    }
  }
  // Once more, so that whatever is to be found out at a restart is.
  if (!box_.process().kill_now()) ledger_.fail("the box ended by itself: " + box_.output());
  if (!start()) return false;
  const Clock::time_point begun = Clock::now();
  // Nothing runs at the carrier any more, so nothing may run in the box.
  (void)box_.await([&] { return (blocking_ = box_.active()) == 0; });
  settled_ = std::chrono::duration<double>(Clock::now() - begun).count();
  if (blocking_ != 0) ledger_.fail(std::to_string(blocking_) + " calls are left blocking");
  check_facts();
  if (box_.metric("hookflash_journal_damaged_entries_total{reason=\"crc\"}") != 0) {
    ledger_.fail("the journal is damaged, though nobody touched it");
  }
  if (box_.process().end(SIGTERM) != 0) ledger_.fail("the box did not end well: " + box_.output());
  return ledger_.good();
}

void KillRun::check_facts() {
  std::set<std::string> seen;
  const std::vector<Fact> facts = ledger_.facts();
  const uint64_t records = ledger_.counts().records();
  for (const Fact& fact : facts) {
    if (records - fact.records > kRecordsMax) continue;
    const HttpResult answer = box_.get("/api/v1/calls/" + fact.call_id);
    if (answer.status != 200 || json_text(answer.body, "endReason") != "completed" ||
        json_text(answer.body, "providerCallId") != fact.sid ||
        json_number(answer.body, "transcriptLines") != fact.lines) {
      ledger_.fail("an acknowledged call is not what it was: " + fact.call_id + " " + answer.body);
    }
    if (!seen.insert(fact.sid).second) ledger_.fail("two calls have one name: " + fact.sid);
    ++checked_;
  }
  // Nothing ended twice.
  std::set<std::string> names;
  const HttpResult newest = box_.get("/api/v1/calls?limit=100");
  if (newest.status != 200) ledger_.fail("no list of calls: " + newest.body);
  const std::string& list = newest.body;
  const std::string key = R"("providerCallId":")";
  for (size_t at = 0; (at = list.find(key, at)) != std::string::npos;) {
    at += key.size();
    const std::string name = list.substr(at, 34);
    if (!names.insert(name).second) ledger_.fail("a call ended twice: " + name);
  }
}

void KillRun::print() const {
  const auto wide = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  const Counts counts = ledger_.counts();
  if (plan_.trouble.error != 0) {
    std::printf("its journal failed now and then (%s): %llu writes and %llu syncs\n",
                strerror(plan_.trouble.error), wide(failed_writes_), wide(failed_syncs_));
  }
  std::printf("killed %d times, %d of them at its start, %s\n", killed_, killed_at_start_,
              plan_.clock ? "at random times" : "at random calls to the system");
  std::printf(
      "%llu calls (%llu placed by the box, %llu that vanished, %llu refused, %llu "
      "compensated)\n",
      wide(counts.calls), wide(counts.placed), wide(counts.vanished), wide(counts.refused),
      wide(counts.compensated));
  std::printf(
      "requests acknowledged %llu, repeated without an answer %llu, copies %llu; calls "
      "checked at the end %zu\n",
      wide(counts.acknowledged), wide(counts.repeated), wide(counts.copies), checked_);
  std::vector<double> starts = starts_;
  std::sort(starts.begin(), starts.end());
  const auto start = [&](size_t permille) {
    return starts.empty() ? 0.0 : starts[(starts.size() - 1) * permille / 1000];
  };
  std::printf(
      "ready after a start: p50 %.0f ms, p99 %.0f ms; calls left blocking %lld, found out "
      "after %.1f s\n",
      start(500), start(990), static_cast<long long>(blocking_), settled_);
  const std::vector<std::string> failures = ledger_.failures();
  const auto count = [&](const char* word) {
    return std::count_if(failures.begin(), failures.end(), [&](const std::string& text) {
      return text.find(word) != std::string::npos;
    });
  };
  const long lost = static_cast<long>(count("acknowledged"));
  const long twice = static_cast<long>(count("twice"));
  std::printf("acknowledged events lost %ld, duplicates applied %ld, other failures %ld\n", lost,
              twice, static_cast<long>(failures.size()) - lost - twice);
  for (size_t i = 0; i < failures.size() && i < 20; ++i) {
    std::printf("FAILED: %s\n", failures[i].c_str());
  }
}

}  // namespace hookflash::kill
