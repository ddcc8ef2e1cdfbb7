#include "platform/sim/swarm.h"

#include <algorithm>
#include <array>

namespace hookflash::sim {
namespace {

using twilio::carrier::Act;
using twilio::carrier::Call;
using twilio::carrier::CallFaults;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

constexpr size_t kFailuresMax = 20;
// Hang-ups are repeated for five minutes and given up then (B-HUP-4); calls that the box has given
// up are tried for an hour more.
constexpr Duration kRestLimit = Duration::seconds(3600 + 600);
constexpr Duration kGivenUp = Duration::seconds(420);

struct NumberedApp {
  std::string_view name;
  AppBehaviour::Kind kind;
};
constexpr std::array kApps = {
    NumberedApp{"echoing", AppBehaviour::Kind::kEcho},
    NumberedApp{"talking", AppBehaviour::Kind::kTalker},
    NumberedApp{"flooding", AppBehaviour::Kind::kFlooder},
    NumberedApp{"deaf", AppBehaviour::Kind::kNeverReads},
    NumberedApp{"silent", AppBehaviour::Kind::kSilent},
    NumberedApp{"garbled", AppBehaviour::Kind::kGarbage},
};

std::string number_of(size_t index) { return "+1555000100" + std::to_string(index); }
std::string host_of(const NumberedApp& app) { return std::string(app.name) + ".example.com"; }

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

std::string SwarmReport::summary() const {
  std::string text = "inbound " + std::to_string(inbound) + ", outbound asked " +
                     std::to_string(outbound_asked) + ", placed " +
                     std::to_string(outbound_placed) + ", frames heard " +
                     std::to_string(media_frames) + ", fault windows " +
                     std::to_string(fault_windows) + ", values " + std::to_string(values) +
                     ", at rest after " + std::to_string(quiet_after.seconds()) + " s\n  ends:";
  for (const auto& [word, count] : ends) text += " " + word + " " + std::to_string(count);
  text += "\n  api:";
  for (const auto& [status, count] : api_answers) {
    text += " " + std::to_string(status) + "x" + std::to_string(count);
  }
  text += "\n  carrier errors:";
  for (const auto& [code, count] : errors) {
    text += " " + std::to_string(code) + "x" + std::to_string(count);
  }
  return text + "\n";
}

WorldOptions swarm_world(const SwarmOptions& options) {
  WorldOptions world;
  world.seed = options.seed;
  world.carrier_calls = 48;
  world.twilio = example_account();
  for (size_t i = 1; i <= kApps.size(); ++i) {
    twilio::carrier::Number number = world.twilio.numbers[0];
    number.phone.set(number_of(i));
    // Half of the numbers also report the end of a call.
    if (i % 2 == 0) {
      number.status_callback.set(
          "https://box.example.com/voice/webhook?type=status#rc=2&rp=5xx,ct");
    }
    CHECK(world.twilio.numbers.push(number) == Status::kOk);
  }
  return world;
}

std::string swarm_config(const SwarmOptions& options) {
  std::string text = R"("inboundPolicy":"open","app":"echo","maxConcurrentCalls":12,)"
                     R"("outbound":{"reservedCalls":2,"defaultMode":"conversation"},)"
                     R"("ringTimeoutMs":15000,"staleCallReaperSeconds":300,"maxDurationSeconds":)";
  text += std::to_string(options.call_max.seconds()) + ",\"apps\":{";
  for (size_t i = 0; i < kApps.size(); ++i) {
    if (i > 0) text += ',';
    text += "\"" + std::string(kApps[i].name) + R"(":{"protocol":"twilio","url":"wss://)" +
            host_of(kApps[i]) + R"(/bot","fallback":")" + (i % 2 == 0 ? "tone" : "hangup") + "\"}";
  }
  text += "},\"numbers\":{";
  for (size_t i = 0; i < kApps.size(); ++i) {
    if (i > 0) text += ',';
    text += "\"" + number_of(i + 1) + R"(":{"app":")" + std::string(kApps[i].name) + "\"";
    if (i == 1) text += R"(,"greeting":"Welcome to the swarm.")";
    text += '}';
  }
  return text + "}";
}

Swarm::Swarm(World& world, const CoreProbe& probe, std::string api_token,
             const SwarmOptions& options)
    : world_(world),
      probe_(probe),
      token_(std::move(api_token)),
      options_(options),
      random_(options.seed * 0x9E37 + 77) {
  for (const NumberedApp& app : kApps) world_.add_app(host_of(app), behaviour(app.kind));
  world_.twilio().keep(1000);
  world_.storage().keep(1000);
}

void Swarm::fail(std::string what) {
  const auto& known = report_.failures;
  if (known.size() >= kFailuresMax || std::find(known.begin(), known.end(), what) != known.end()) {
    return;
  }
  world_.timeline().log.line(world_.now().mono, "FAILED", what);
  report_.failures.push_back(std::move(what));
}

// --- Traffic
// ---------------------------------------------------------------------------------------

CallFaults Swarm::call_faults() {
  CallFaults faults;
  if (!options_.faults) return faults;
  if (random_.strikes(150)) {
    faults.duplicate_webhooks = true;
    faults.duplicate_after =
        random_.strikes(500) ? Duration() : random_.between(Duration(), Duration::seconds(4));
  }
  if (random_.strikes(150)) faults.callbacks_lost_permille = 500;
  if (random_.strikes(200)) faults.callbacks_late_max = Duration::seconds(6);
  if (random_.strikes(100)) faults.frames_lost_permille = 50;
  if (random_.strikes(150)) faults.body_pieces = 4;
  return faults;
}

Person Swarm::person(bool inbound) {
  Person person;
  if (random_.strikes(600)) {
    person.speech = world_.twilio().carrier().generated_speech();
    person.speech_offset = random_.below(person.speech.size());
  }
  person.frames_stop_in_silence = random_.strikes(150);
  person.faults = call_faults();
  if (!inbound) {
    const uint64_t dice = random_.below(10);
    person.answer = dice < 6   ? Person::Answer::kAnswers
                    : dice < 7 ? Person::Answer::kBusy
                    : dice < 9 ? Person::Answer::kNever
                               : Person::Answer::kFails;
    person.ring_after = random_.between(Duration::ms(50), Duration::seconds(2));
    person.answer_after = random_.between(Duration::ms(100), Duration::seconds(8));
  }
  if (random_.strikes(100)) {
    person.gives_up_after = random_.between(Duration::ms(1), Duration::seconds(5));
  }
  Act act;
  act.after = random_.between(Duration::ms(500), Duration::seconds(5));
  if (random_.strikes(300)) {
    act.what = Act::What::kPresses;
    act.text.set("1#");
    CHECK(person.acts.push(act) == Status::kOk);
  }
  if (options_.faults && random_.strikes(150)) {
    act.after += random_.between(Duration::ms(10), Duration::seconds(5));
    act.what = Act::What::kDropsStream;
    CHECK(person.acts.push(act) == Status::kOk);
  }
  // Most people hang up after a while; the others wait for the box to do it.
  if (random_.strikes(850) || options_.everybody_hangs_up) {
    act.after += random_.between(Duration::ms(10), Duration::seconds(12));
    act.what = Act::What::kHangsUp;
    CHECK(person.acts.push(act) == Status::kOk);
  }
  return person;
}

void Swarm::inbound_call() {
  twilio::carrier::InboundCall call;
  const std::string from = "+1555777" + std::to_string(1000 + random_.below(9000));
  const std::string to = number_of(random_.below(kApps.size() + 1));
  call.from = from;
  call.to = to;
  call.person = person(true);
  // kFull: more callers than the simulated carrier carries; they come another day.
  if (world_.twilio().carrier().place_call(call, world_.now()).ok()) ++report_.inbound;
}

void Swarm::post(std::string target, std::string body, bool places_call) {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  request.headers = {"Authorization: Bearer " + token_, "Content-Type: application/json"};
  ++unanswered_;
  world_.request_later(request, [this, places_call](const HttpAnswer& answer) {
    --unanswered_;
    ++report_.api_answers[answer.status];
    if (answer.status == 0) fail("an API request got no answer");
    if (!places_call || answer.status != 201) return;
    ++report_.outbound_placed;
    const size_t at = answer.body.find("\"callId\":\"");
    if (at == std::string::npos) {
      fail("a placed call has no callId: " + answer.body);
      return;
    }
    call_ids_.push_back(answer.body.substr(at + 10, 36));
  });
}

void Swarm::outbound_call() {
  ++report_.outbound_asked;
  std::string body = "{\"to\":\"+1555888" + std::to_string(1000 + random_.below(9000)) + "\"";
  if (random_.strikes(400)) {
    body += R"(,"mode":"notify","message":"Your parcel is at the door.")";
  } else {
    body += R"(,"mode":"conversation")";
    if (random_.strikes(300)) body += R"(,"message":"Hello, this is the swarm.")";
    if (random_.strikes(200)) body += R"(,"dtmfSequence":"1w2#")";
    const NumberedApp& app = kApps[random_.below(kApps.size())];
    body += R"(,"app":")" + std::string(app.name) + "\"";
  }
  post("/call/outbound", body + "}", true);
}

// Somebody does something to a call over the API; often it is over already.
void Swarm::touch_a_call() {
  if (call_ids_.empty()) return;
  const size_t newest = std::min<size_t>(call_ids_.size(), 4);
  const std::string path =
      "/api/v1/calls/" + call_ids_[call_ids_.size() - 1 - random_.below(newest)];
  switch (random_.below(3)) {
    case 0: post(path + "/hangup", "{}", false); break;
    case 1: post(path + "/digits", R"({"digits":"12w3"})", false); break;
    default: post(path + "/speak", R"({"text":"One moment."})", false); break;
  }
}

void Swarm::plan_traffic() {
  for (int i = 0; i < options_.calls;) {
    // Calls come alone or in rushes that fill the box.
    const Duration at = random_.between(Duration(), options_.length);
    const int n = random_.strikes(100) ? 4 + static_cast<int>(random_.below(14)) : 1;
    for (int k = 0; k < n && i < options_.calls; ++k, ++i) {
      const Duration when = at + random_.between(Duration(), Duration::seconds(n > 1 ? 4 : 1));
      const bool inbound = random_.strikes(600);
      world_.plan(when, [this, inbound] { inbound ? inbound_call() : outbound_call(); });
      if (random_.strikes(300)) {
        world_.plan(when + random_.between(Duration::seconds(1), Duration::seconds(15)),
                    [this] { touch_a_call(); });
      }
    }
  }
}

// --- Faults
// ----------------------------------------------------------------------------------------

AppBehaviour Swarm::behaviour(AppBehaviour::Kind kind) {
  AppBehaviour behaviour;
  behaviour.kind = kind;
  behaviour.utterance = random_.between(Duration::ms(300), Duration::seconds(4));
  behaviour.speed_percent = random_.strikes(300) ? 0 : 100 + static_cast<int>(random_.below(600));
  behaviour.utterances = static_cast<int>(random_.below(4));
  behaviour.hangs_up_when_done = random_.strikes(300);
  if (kind == AppBehaviour::Kind::kFlooder) {
    behaviour.closes_after = random_.between(Duration::seconds(2), Duration::seconds(6));
  }
  return behaviour;
}

void Swarm::plan_faults() {
  if (!options_.faults) return;
  const int64_t windows = 4 + options_.calls / 4;
  for (int64_t i = 0; i < windows; ++i) {
    world_.plan(random_.between(Duration(), options_.length), [this] { begin_fault(); });
  }
}

void Swarm::begin_fault() {
  if (faults_over_) return;
  ++report_.fault_windows;
  const Duration length = random_.between(Duration::seconds(5), Duration::seconds(90));
  auto& settings = world_.twilio().carrier().settings();
  RestFault fault;
  const uint64_t dice = random_.below(12);
  world_.timeline().log.line(world_.now().mono, "fault", std::to_string(dice));
  switch (dice) {
    case 0:
      fault.permille = 600;
      fault.what = RestFault::What::kStatus;
      fault.status = random_.strikes(500) ? 503 : 429;
      fault.executed = fault.status == 503 && random_.strikes(500);
      settings.create = settings.update = settings.read = fault;
      break;
    case 1:
      fault.permille = 400;
      fault.what = RestFault::What::kLost;
      fault.executed = random_.strikes(500);
      settings.create = settings.update = fault;
      break;
    case 2:
      fault.permille = 500;
      fault.what = RestFault::What::kSilent;
      fault.executed = random_.strikes(500);
      settings.create = settings.update = settings.read = fault;
      break;
    case 3:
      fault.permille = 1000;
      fault.what = RestFault::What::kNone;
      fault.delay = random_.between(Duration::ms(200), Duration::seconds(12));
      settings.create = settings.update = fault;
      break;
    case 4: settings.ended_call_is_gone = !settings.ended_call_is_gone; break;
    case 5: world_.twilio().reachable(false); break;
    case 6: world_.twilio().rest_unreachable(700); break;
    case 7: world_.storage().fail_permille(300); break;
    case 8: world_.storage().stall(random_.between(Duration::ms(500), Duration::seconds(7))); break;
    case 9: world_.storage().delays(Duration::ms(50), Duration::seconds(1)); break;
    case 10: {
      SimApp& app = *world_.app(host_of(kApps[random_.below(kApps.size())]));
      AppBehaviour& now = app.behaviour();
      switch (random_.below(5)) {
        case 0: now.refuse_status = 503; break;
        case 1: now.unreachable = true; break;
        case 2: now.crashes_after = random_.between(Duration::ms(1), Duration::seconds(8)); break;
        case 3:
          now.answer_after = random_.between(Duration::seconds(1), Duration::seconds(9));
          break;
        default:
          now.freezes_after = random_.between(Duration::ms(10), Duration::seconds(3));
          now.freezes_for = random_.between(Duration::ms(100), Duration::seconds(8));
          break;
      }
      break;
    }
    default:
      world_.jump_wall(Duration::seconds(static_cast<int64_t>(random_.below(7200)) - 3600));
      break;
  }
  world_.plan(length, [this] { end_faults(); });
}

void Swarm::end_faults() {
  auto& settings = world_.twilio().carrier().settings();
  settings.create = settings.update = settings.read = RestFault{};
  world_.twilio().reachable(true);
  world_.twilio().rest_unreachable(0);
  world_.storage().fail_permille(0);
  world_.storage().delays(Duration::us(300), Duration::ms(3));
  for (const NumberedApp& app : kApps) {
    world_.app(host_of(app))->behaviour() = behaviour(app.kind);
  }
}

// --- Checks
// ----------------------------------------------------------------------------------------

// After each value that the core has handled.
void Swarm::check_value() {
  ++values_;
  if (world_.violations().size() > violations_seen_) {
    for (; violations_seen_ < world_.violations().size(); ++violations_seen_) {
      fail("border: " + world_.violations()[violations_seen_]);
    }
  }
  // The tables are walked now and then only: media would make that most of the work.
  if (values_ % 32 != 0) return;
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
}

// Every ten seconds: nothing lives longer than it can.
void Swarm::check_calls() {
  const Instant now = world_.now().mono;
  const Duration longest = options_.call_max + Duration::seconds(60) + kGivenUp;
  for (const Call& call : world_.twilio().carrier().calls()) {
    if (!is_live(call.state)) continue;
    const Instant since = call.answered.is_set() ? call.answered : call.began;
    if (now - since > longest && !probe_.knows_live(call.sid)) {
      fail("call " + std::string(call.sid.view()) + " lives at the carrier, but not in the box");
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
  add("store", world_.storage().waiting());
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

void Swarm::check_rest() {
  faults_over_ = true;
  end_faults();
  const Instant begin = world_.now().mono;
  Duration waited;
  while (!unrest().empty() && waited < kRestLimit) {
    world_.run(Duration::seconds(1));
    waited += Duration::seconds(1);
    if (waited.seconds() % 10 == 0) check_calls();
  }
  report_.quiet_after = world_.now().mono - begin;
  if (const std::string left = unrest(); !left.empty()) fail("no rest:" + left);
  if (const std::string broken = probe_.broken_invariant(); !broken.empty()) {
    fail("invariant at rest: " + broken);
  }
  if (world_.twilio().carrier().undocumented_parameters() > 0) {
    fail("a REST request had parameters that Twilio does not document");
  }
}

SwarmReport Swarm::run() {
  world_.after_each([this] { check_value(); });
  world_.twilio().when_ended([this](const Call& call) { check_end(call); });
  world_.twilio().set_callee([this](std::string_view) { return person(false); });
  plan_traffic();
  plan_faults();
  const Instant end = world_.now().mono + options_.length;
  while (world_.now().mono < end && report_.failures.size() < kFailuresMax) {
    world_.run(Duration::seconds(10));
    check_calls();
  }
  check_rest();
  check_value();
  world_.after_each(nullptr);
  world_.twilio().when_ended(nullptr);
  world_.twilio().set_callee(nullptr);
  report_.values = world_.handled();
  report_.hash = world_.log().hash();
  return report_;
}

}  // namespace hookflash::sim
