#include "platform/sim/appliance_box.h"

#include <cstdlib>
#include <new>
#include <type_traits>

namespace hookflash::sim {

std::string ApplianceBox::config_text(const BoxOptions& options) {
  if (!options.whole_config.empty()) return options.whole_config;
  std::string text = R"({"publicUrl":"https://box.example.com","lines":[{"id":"main",)"
                     R"("provider":"twilio","fromNumber":")";
  text.append(kOurNumber).append(R"(","accountSid":")").append(kAccountSid);
  text.append(R"(","authToken":")").append(kAuthToken).append("\"}],");
  text.append(R"("api":{"token":")").append(kApiToken).append("\"}");
  if (!options.config.empty()) text.append(",").append(options.config);
  return text + "}";
}

void ApplianceBox::Free::operator()(ApplianceMemory* memory) const { std::free(memory); }

ApplianceBox::ApplianceBox(World& world, Crypto& crypto, const BoxOptions& options)
    : world_(world), crypto_(crypto), config_(config_text(options)) {
  begin();
  if (world_.journal() != nullptr) take_up();
  world.attach(*appliance_, this);
}

void ApplianceBox::begin() {
  static_assert(std::is_trivially_destructible_v<ApplianceMemory>);
  // All bytes zero is the initial state, and pages that no call uses are never touched: so it is
  // made as the loader makes it in production, not by a constructor that would write all of it.
  memory_.reset(static_cast<ApplianceMemory*>(std::calloc(1, sizeof(ApplianceMemory))));
  CHECK(memory_ != nullptr);
  const ApplianceLinks links{.crypto = crypto_, .entropy = world_.core_entropy()};
  DeviceKey key{};  // Another one at each start: the journal has the first.
  world_.core_entropy().fill(key);
  appliance_ = std::make_unique<Appliance>(*memory_, links, key);
  if (appliance_->configure(config_, world_.now()) != Status::kOk) {
    for (const Problem& problem : appliance_->problems().list()) {
      char memory[512];
      TextWriter line(memory);
      write_problem(problem, line);
      world_.violation(line.view());
    }
    CHECK(false && "the configuration of a simulated box is wrong");
  }
}

// Like `hookflash run`: a journal that cannot be opened is tried again (B-JRN-9).
void ApplianceBox::take_up() {
  JournalStorage& journal = *world_.journal();
  if (!ok(journal.open())) {
    appliance_->journal_absent("the flash does not answer", world_.now());
    world_.plan(Duration::seconds(10), [this, life = life_] {
      if (life != life_) return;
      take_up();
      world_.attach(*appliance_, this);
    });
    return;
  }
  appliance_->journal_absent({}, world_.now());
  CallArchive& archive = journal.archive();
  archive.begin_snapshot();
  for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
    appliance_->replay(piece, world_.now());
  }
  appliance_->restart();
  const JournalFigures figures = journal.figures();
  appliance_->journal_damage(figures.damaged, figures.torn);
}

void ApplianceBox::power_off() {
  CHECK(world_.journal() != nullptr);
  ++life_;
  world_.power_cut();
  appliance_.reset();
  memory_.reset();
}

void ApplianceBox::power_on() {
  begin();
  take_up();
  world_.attach(*appliance_, this);
}

CoreCounts ApplianceBox::counts() const {
  if (appliance_ == nullptr) return {};
  const Calls& calls = appliance_->calls();
  CoreCounts counts;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallRecord* const record = calls.table().get(calls.table().at(i));
    if (record != nullptr && is_live(record->core.state)) ++counts.live_calls;
  }
  counts.call_slots = calls.table().slots();
  counts.call_slots_max = limits::kCallSlots;
  counts.streams = calls.stream_count();
  counts.app_legs = calls.app_leg_count();
  counts.connections = appliance_->http().connections();
  counts.requests = appliance_->tickets_open();
  counts.rest = calls.rest_pending();
  counts.persists = calls.persists_pending();
  counts.inbox_entries = calls.inboxes().entries() + calls.inboxes().long_texts();
  counts.deadlines = calls.deadlines_armed();
  return counts;
}

bool ApplianceBox::knows_live(std::string_view provider_call_id) const {
  if (appliance_ == nullptr) return false;
  const CallTable& table = appliance_->calls().table();
  const CallRecord* const record = table.get(table.find(0, provider_call_id));
  return record != nullptr && is_live(record->core.state);
}

Fate ApplianceBox::fate_of(std::string_view provider_call_id) const {
  if (appliance_ == nullptr) return Fate::kLive;  // Nobody can be asked.
  const Calls& calls = appliance_->calls();
  if (knows_live(provider_call_id)) return Fate::kLive;
  if (calls.pursues(0, provider_call_id)) return Fate::kPursued;
  const CallSummary* const summary = calls.history().find_provider_id(provider_call_id);
  if (summary == nullptr) return Fate::kUnknown;
  return summary->carrier_end_confirmed ? Fate::kConfirmed : Fate::kGivenUp;
}

std::vector<std::string> ApplianceBox::live_names() const {
  if (appliance_ == nullptr) return {};
  const CallTable& table = appliance_->calls().table();
  std::vector<std::string> names;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallRecord* const record = table.get(table.at(i));
    if (record == nullptr || record->reserved || !is_live(record->core.state)) continue;
    if (!record->core.provider_call_id.empty()) {
      names.emplace_back(record->core.provider_call_id.view());
    }
  }
  return names;
}

std::vector<FinishedRow> ApplianceBox::finished() const {
  if (appliance_ == nullptr) return {};
  const CallHistory& history = appliance_->calls().history();
  std::vector<FinishedRow> rows;
  for (size_t i = 0; i < history.size(); ++i) {
    const CallSummary& summary = history[i];
    rows.push_back({.call_id = std::string(summary.call_id.text().view()),
                    .provider_call_id = std::string(summary.provider_call_id.view()),
                    .has_reason = summary.end_reason != EndReason::kNone,
                    .refused = summary.rejection != Rejection::kNone});
  }
  return rows;
}

std::string ApplianceBox::broken_invariant() const {
  if (appliance_ == nullptr) return {};
  const CallTable& table = appliance_->calls().table();
  size_t counting = 0;
  size_t taken = 0;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle handle = table.at(i);
    const CallRecord* const record = table.get(handle);
    if (record == nullptr) continue;
    ++taken;
    if (record->counts) ++counting;
    if (record->reserved) continue;
    const CallCore& core = record->core;
    // B-PROC-8: only when the end waits for flash; everything else that lives counts (B-ADM-1).
    if (is_live(core.state) && record->counts == appliance_->calls().end_waits(handle)) {
      return "a live call does not count against the cap, or a finished one does";
    }
    if (table.find(core.call_id) != handle) return "a call is not found by its id";
    if (!core.provider_call_id.empty() && is_live(core.state) &&
        table.find(core.line, core.provider_call_id) != handle) {
      return "a live call is not found by its carrier id";
    }
    if (is_live(core.state) != (core.end_reason == EndReason::kNone)) {
      return "state and end reason of a call contradict each other";
    }
  }
  if (counting != table.in_use()) return "the number of calls in use is wrong";
  if (taken != table.slots()) return "the number of slots is wrong";
  if (appliance_->calls().stream_count() > limits::kStreamsMax) return "too many streams";
  if (appliance_->calls().persists_pending() > limits::kJournalQueueMax) {
    return "too many entries on their way";
  }
  return {};
}

HttpAnswer BoxWorld::api_post(std::string target, std::string body) {
  return world.post_json(std::move(target), std::move(body),
                         {"Authorization: Bearer " + std::string(kApiToken)});
}

HttpAnswer BoxWorld::api_get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  request.headers = {"Authorization: Bearer " + std::string(kApiToken)};
  return world.request(request);
}

}  // namespace hookflash::sim
