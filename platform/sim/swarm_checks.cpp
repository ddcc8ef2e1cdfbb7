#include <algorithm>
#include <set>

#include "platform/sim/swarm.h"
#include "platform/sim/swarm_apps.h"

// What must hold in a swarm's world: after each value, at every end of a call, every ten seconds,
// and when the day is over.
namespace hookflash::sim {
namespace {

using twilio::carrier::Call;
using twilio::carrier::CallDirection;

// Hang-ups are repeated for five minutes and given up then (B-HUP-4); calls that the box has given
// up are tried for an hour more.
constexpr Duration kRestLimit = Duration::seconds(3600 + 600);
constexpr Duration kGivenUp = Duration::seconds(420);
// Of calm, for news of a call: retries of webhooks, and a question with its answer.
constexpr Duration kNewsTravels = Duration::seconds(40);
// Of calm, for a hang-up: the longest wait between two attempts is a minute (B-HUP-4).
constexpr Duration kHangupTravels = Duration::seconds(75);
// In history (B-REC-3).
constexpr size_t kHistory = 1000;

// Mistakes of the box that nothing excuses.
bool is_our_mistake(uint32_t error) {
  switch (error) {
    case 11100:
    case 11215:
    case 12100:
    case 12102:
    case 12200:
    case 12300:
    case 31922:
    case 31924:
    case 31941:
    case 31950:
    case 31951: return true;
    default: return false;
  }
}

}  // namespace

// After each value that the core has handled.
void Swarm::check_value(const In& in) {
  ++values_;
  if (world_.violations().size() > violations_seen_) {
    for (; violations_seen_ < world_.violations().size(); ++violations_seen_) {
      fail("border: " + world_.violations()[violations_seen_]);
    }
  }
  // For media and ticks the tables are walked now and then only, else that would be most of the
  // work.
  const bool frequent =
      std::holds_alternative<in::WsReceived>(in) || std::holds_alternative<in::Tick>(in);
  if (!frequent || values_ % 16 == 0) check_tables();
}

void Swarm::check_tables() {
  if (const std::string broken = probe_.broken_invariant(); !broken.empty()) {
    fail("invariant: " + broken);
  }
}

void Swarm::check_end(const Call& call) {
  ++report_.ends[std::string(word_of(call.state))];
  report_.media_frames += call.measures.frames;
  if (call.error != 0) ++report_.errors[call.error];
  if (is_our_mistake(call.error)) {
    fail("call " + std::string(call.sid.view()) + " ended with error " +
         std::to_string(call.error));
  }
  if (call.measures.warnings > 0) fail("a stream had invalid messages of the box");
  if (call.streams > 0) streamed_.emplace_back(call.sid.view());
}

// Every ten seconds: nothing lives longer than it can.
void Swarm::check_calls() {
  const Instant now = world_.now().mono;
  const Duration longest = options_.call_max + Duration::seconds(60) + kGivenUp;
  for (const Call& call : world_.twilio().carrier().calls()) {
    if (!is_live(call.state)) continue;
    const Instant since = call.answered.is_set() ? call.answered : call.began;
    if (now - since > longest && !dark_ && !probe_.knows_live(call.sid) &&
        probe_.fate_of(call.sid.view()) != Fate::kPursued) {
      fail("call " + std::string(call.sid.view()) + " lives at the carrier, but not in the box");
    }
    const Instant over = std::max(since + options_.call_max, calm_since_);
    if (!dark_ && call.answered.is_set() && now > over && now - over > kHangupTravels) {
      fail("call " + std::string(call.sid.view()) + " costs money after its longest time");
    }
    if (now - since > longest + kRestLimit) {
      fail("call " + std::string(call.sid.view()) + " does not end");
    }
  }
  for (const NumberedApp& app : kApps) {
    SimApp& host = *world_.app(host_of(app));
    for (const auto& session : host.sessions()) {
      for (const std::string& mistake : session->mistakes) {
        fail("towards app " + host.host() + ": " + mistake);
      }
      session->mistakes.clear();
    }
    host.forget_closed();
  }
}

// Every ten seconds: box and carrier agree about who is on the phone, after a while for news to
// travel. A call that costs money lives in the box, or is pursued (B-HUP-4).
void Swarm::check_fates() {
  if (dark_) return;
  const Instant now = world_.now().mono;
  std::map<std::string, Instant> still;
  const auto disagree = [&](const std::string& name, Duration patience, const char* what) {
    const auto known = disagreements_.find(name);
    const Instant since = known == disagreements_.end() ? now : known->second;
    still[name] = since;
    const Instant begin = std::max(since, calm_since_);
    if (now > begin && now - begin > patience) fail("call " + name + " " + what);
  };
  for (const Call& call : world_.twilio().carrier().calls()) {
    if (!is_live(call.state)) continue;
    const std::string name(call.sid.view());
    switch (probe_.fate_of(name)) {
      case Fate::kLive:
      case Fate::kPursued: break;
      case Fate::kConfirmed:
        disagree(name, kNewsTravels, "costs money, but the box is sure that it is over");
        break;
      case Fate::kGivenUp:
        disagree(name, kNewsTravels, "costs money, and the box has given it up");
        break;
      case Fate::kUnknown:
        // An outbound call has a limit at the carrier (B-OUT-4) and may be unknown until then.
        disagree(name,
                 call.direction == CallDirection::kInbound
                     ? kNewsTravels
                     : options_.call_max + Duration::seconds(60) + kNewsTravels,
                 "costs money, and the box does not know it");
        break;
    }
  }
  for (const std::string& name : probe_.live_names()) {
    const Call* const call = world_.twilio().carrier().find_sid(name);
    if (call != nullptr && is_live(call->state)) continue;
    disagree(name, kGivenUp + options_.call_max, "is over, but lives on in the box");
  }
  disagreements_ = std::move(still);
}

// What is still under way; empty at rest.
std::string Swarm::unrest() const {
  const CoreCounts counts = probe_.counts();
  std::string text;
  const auto add = [&](const char* what, size_t n) {
    if (n > 0) text.append(" ").append(what).append(" ") += std::to_string(n);
  };
  add("carrier-calls", world_.twilio().carrier().live_calls());
  add("carrier-owed", world_.twilio().carrier().owed());
  add("rest-pending", world_.twilio().rest_pending());
  add("links", world_.network().links());
  add("api-requests", unanswered_);
  add("store", world_.kept().waiting());
  add("live-calls", counts.live_calls);
  add("slots", counts.call_slots);
  add("streams", counts.streams);
  add("app-legs", counts.app_legs);
  add("connections", counts.connections);
  add("requests", counts.requests);
  add("rest", counts.rest);
  add("persists", counts.persists);
  add("inbox", counts.inbox_entries);
  const size_t idle = probe_.deadlines_at_rest();
  add("deadlines", counts.deadlines > idle ? counts.deadlines - idle : 0);
  return text;
}

void Swarm::wait_for_rest() {
  Duration waited;
  while (!unrest().empty() && waited < kRestLimit) {
    world_.run(Duration::seconds(1));
    waited += Duration::seconds(1);
    if (waited.seconds() % 10 == 0) check_calls();
  }
  if (const std::string left = unrest(); !left.empty()) fail("no rest:" + left);
}

void Swarm::check_rest() {
  faults_over_ = true;
  end_faults();
  while (dark_) world_.run(Duration::seconds(1));
  const Instant begin = world_.now().mono;
  wait_for_rest();
  report_.quiet_after = world_.now().mono - begin;
  if (power_ != nullptr && options_.restarts) {
    // What could not be written in time is repaired by a start (B-PROC-8); then nothing is open.
    power_->power_off();
    power_->power_on();
    wait_for_rest();
    ends_.close();
  }
  if (const std::string broken = probe_.broken_invariant(); !broken.empty()) {
    fail("invariant at rest: " + broken);
  }
  if (world_.twilio().carrier().undocumented_parameters() > 0) {
    fail("a REST request had parameters that Twilio does not document");
  }
}

// Each finished call has exactly one end, and everybody who was promised a call had one.
void Swarm::check_history() {
  const std::vector<FinishedRow> rows = probe_.finished();
  report_.finished = rows.size();
  std::set<std::string> ids;
  std::set<std::string> names;
  for (const FinishedRow& row : rows) {
    if (!ids.insert(row.call_id).second) fail("call " + row.call_id + " ended twice");
    if (!row.provider_call_id.empty() && !names.insert(row.provider_call_id).second) {
      fail("call " + row.provider_call_id + " ended twice");
    }
    if (!row.has_reason) fail("call " + row.call_id + " ended without a reason");
  }
  if (rows.empty() || rows.size() >= kHistory) return;  // The oldest may be gone.
  for (const std::string& id : call_ids_) {
    if (ids.count(id) == 0) fail("the placed call " + id + " has no end");
  }
  for (const std::string& name : streamed_) {
    if (names.count(name) == 0) fail("the streamed call " + name + " has no end");
  }
}

// The box is stopped with calls in every state: it ends them and says so (B-LIFE-5).
void Swarm::check_stop() {
  for (int i = 0; i < 4; ++i) inbound_call();
  for (int i = 0; i < 3; ++i) outbound_call();
  external_call();
  world_.run(Duration::seconds(2));
  const std::vector<std::string> live = probe_.live_names();
  stopping_ = true;
  world_.stop(in::StopMode::kEnd);
  inbound_call();
  outbound_call();
  world_.run(Duration::seconds(30));
  if (!world_.stopped()) fail("the box does not stop");
  for (const std::string& name : live) {
    const Call* const call = world_.twilio().carrier().find_sid(name);
    if (call != nullptr && is_live(call->state)) fail("call " + name + " survives the stop");
  }
  const CoreCounts counts = probe_.counts();
  if (counts.call_slots + counts.streams + counts.app_legs + counts.persists > 0) {
    fail("stopped with something under way:" + unrest());
  }
}

}  // namespace hookflash::sim
