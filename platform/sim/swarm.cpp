#include "platform/sim/swarm.h"

#include <algorithm>

#include "platform/sim/appliance_box.h"
#include "platform/sim/swarm_apps.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::Act;
using twilio::carrier::Call;
using twilio::carrier::CallFaults;
using twilio::carrier::Person;
using twilio::carrier::RestFault;

std::string number_of(size_t index) { return "+1555000100" + std::to_string(index); }

}  // namespace

std::string SwarmReport::summary() const {
  std::string text =
      "inbound " + std::to_string(inbound) + ", outbound asked " + std::to_string(outbound_asked) +
      ", placed " + std::to_string(outbound_placed) + ", external " + std::to_string(external) +
      ", ended " + std::to_string(ended) + ", in history " + std::to_string(finished) +
      ", copies " + std::to_string(replays) + ", reloads " + std::to_string(reloads) +
      ", power cuts " + std::to_string(power_cuts) + " with " + std::to_string(cut_requests) +
      " requests cut off, frames heard " + std::to_string(media_frames) + ", fault windows " +
      std::to_string(fault_windows) + ", values " + std::to_string(values) + ", at rest after " +
      std::to_string(quiet_after.seconds()) + " s\n  journal: groups " +
      std::to_string(journal.groups) + ", snapshots " + std::to_string(journal.folds) +
      ", entries failed " + std::to_string(journal.failed) + ", durable but untold " +
      std::to_string(journal.unheard) + ", torn " + std::to_string(journal.torn) + "\n  ends:";
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
  world.journal = true;
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

std::string swarm_config(const SwarmOptions& options, uint64_t variant) {
  std::string text = R"("inboundPolicy":"open","app":"echo",)"
                     R"("outbound":{"reservedCalls":2,"defaultMode":"conversation"},)";
  text += variant % 2 == 0 ? R"("maxConcurrentCalls":12,"ringTimeoutMs":15000,)"
                           : R"("maxConcurrentCalls":6,"ringTimeoutMs":9000,)";
  text += R"("staleCallReaperSeconds":300,"maxDurationSeconds":)";
  text += std::to_string(options.call_max.seconds()) + ",\"apps\":{";
  for (size_t i = 0; i < kApps.size(); ++i) {
    if (i > 0) text += ',';
    text += "\"" + std::string(kApps[i].name) + R"(":{"protocol":"twilio","url":"wss://)" +
            host_of(kApps[i]) + R"(/bot","fallback":")" + (i % 2 == 0 ? "tone" : "hangup") + "\"}";
  }
  text += "},\"numbers\":{";
  for (size_t i = 0; i < kApps.size(); ++i) {
    if (i > 0) text += ',';
    const size_t app = (i + variant) % kApps.size();
    text += "\"" + number_of(i + 1) + R"(":{"app":")" + std::string(kApps[app].name) + "\"";
    if (i == 1) text += R"(,"greeting":"Welcome to the swarm.")";
    text += '}';
  }
  return text + "}";
}

Swarm::Swarm(World& world, const CoreProbe& probe, PowerSwitch* power, std::string api_token,
             const SwarmOptions& options)
    : world_(world),
      probe_(probe),
      power_(power),
      token_(std::move(api_token)),
      options_(options),
      random_(options.seed * 0x9E37 + 77) {
  for (const NumberedApp& app : kApps) world_.add_app(host_of(app), behaviour(app.kind));
  world_.twilio().keep(1000);
  if (world_.journal() != nullptr) {
    world_.journal()->when_durable([this](Bytes entry) { ends_.read(entry); });
  }
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
  act.after = options_.brief ? random_.between(Duration::ms(20), Duration::ms(300))
                             : random_.between(Duration::ms(500), Duration::seconds(5));
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
  if (random_.strikes(options_.brief ? 985 : 850) || options_.everybody_hangs_up) {
    act.after += random_.between(Duration::ms(10),
                                 options_.brief ? Duration::ms(700) : Duration::seconds(12));
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

void Swarm::external_call() {
  ++report_.external;
  world_.twilio().place_externally("+1555999" + std::to_string(1000 + random_.below(9000)),
                                   number_of(random_.below(kApps.size() + 1)),
                                   random_.strikes(500));
}

void Swarm::request(const HttpRequest& request, HttpExchange::Done done) {
  ++unanswered_;
  const uint64_t cuts = dark_ ? UINT64_MAX : report_.power_cuts;
  world_.request_later(request, [this, cuts, done = std::move(done)](const HttpAnswer& answer) {
    --unanswered_;
    if (!excused(cuts, answer.status)) done(answer);
  });
}

void Swarm::read_something() {
  static constexpr std::array kTargets = {"/health", "/metrics", "/api/v1/calls", "/nothing"};
  HttpRequest get;
  get.target = kTargets[random_.below(kTargets.size())];
  get.headers = {"Authorization: Bearer " + token_};
  const int expected = get.target == "/nothing" ? 404 : 200;
  request(get, [this, expected](const HttpAnswer& answer) {
    if (stopping_ && answer.status == 503) return;
    // Without its journal the box is failing, and says so (B-JRN-9).
    const bool has_journal = world_.journal() == nullptr || world_.journal()->is_open();
    if (!has_journal && answer.status == 503) return;
    if (answer.status != expected) fail("a reader got " + std::to_string(answer.status));
  });
}

// Somebody has a copy of a signed request. It must be answered, and do nothing.
void Swarm::replay_a_request() {
  const uint64_t cuts = dark_ ? UINT64_MAX : report_.power_cuts;
  const bool known =
      world_.twilio().replay(random_.below(200), [this, cuts](const HttpAnswer& answer) {
        --unanswered_;
        if (excused(cuts, answer.status)) return;
        if (answer.status == 0) fail("a copy of a request got no answer");
        if (answer.body.find("Parameter") != std::string::npos && answer.status == 200) {
          ++report_.tokens_to_copies;
        }
      });
  if (known) {
    ++report_.replays;
    ++unanswered_;
  }
}

void Swarm::reload() {
  ++report_.reloads;
  std::string text =
      ApplianceBox::config_text({.config = swarm_config(options_, random_.below(6))});
  if (random_.strikes(200)) text.resize(text.size() / 2);  // The running one stays.
  world_.reconfigure(text);
}

bool Swarm::excused(uint64_t cuts_before, int status) {
  if (status != 0 || cuts_before == report_.power_cuts) return false;
  ++report_.cut_requests;
  return true;
}

// Mostly while the flash is written.
void Swarm::choose_cut() {
  if (power_ == nullptr) return;
  if (random_.strikes(300)) return cut_power();
  world_.journal()->at_next_work([this] { cut_power(); });
}

void Swarm::cut_power() {
  if (power_ == nullptr || dark_ || faults_over_) return;
  ++report_.power_cuts;
  dark_ = true;
  power_->power_off();
  Duration away =
      random_.between(Duration::ms(50), Duration::seconds(random_.strikes(700) ? 4 : 20));
  if (random_.strikes(100)) away = random_.between(Duration::seconds(20), Duration::seconds(180));
  // Now and then the board has lost the time, and gets it back later.
  Duration lost;
  if (random_.strikes(150)) {
    lost = world_.now().wall - WallTime::from_ms(0);
    world_.jump_wall(Duration() - lost);
    world_.plan(away + random_.between(Duration(), Duration::seconds(60)),
                [this, lost] { world_.jump_wall(lost); });
  }
  world_.plan(away, [this] {
    dark_ = false;
    power_->power_on();
    if (calm_since_ != Instant::max()) calm_since_ = world_.now().mono;
  });
}

void Swarm::post(std::string target, std::string body, bool places_call) {
  HttpRequest post;
  post.method = "POST";
  post.target = std::move(target);
  post.body = std::move(body);
  post.headers = {"Authorization: Bearer " + token_, "Content-Type: application/json"};
  request(post, [this, places_call](const HttpAnswer& answer) {
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
      const uint64_t dice = random_.below(1000);
      world_.plan(when, [this, dice] {
        if (dice < 520) {
          inbound_call();
        } else if (dice < 920) {
          outbound_call();
        } else {
          external_call();
        }
      });
      if (random_.strikes(300)) {
        world_.plan(when + random_.between(Duration::seconds(1), Duration::seconds(15)),
                    [this] { touch_a_call(); });
      }
      if (random_.strikes(100)) {
        world_.plan(when + random_.between(Duration(), Duration::seconds(30)),
                    [this] { read_something(); });
      }
      if (options_.faults && random_.strikes(150)) {
        world_.plan(when + random_.between(Duration::ms(100), Duration::seconds(1200)),
                    [this] { replay_a_request(); });
      }
      if (options_.faults && options_.restarts && random_.strikes(40)) {
        world_.plan(when + random_.between(Duration(), Duration::seconds(20)),
                    [this] { choose_cut(); });
      }
      if (options_.reload && random_.strikes(30)) {
        world_.plan(when + random_.between(Duration(), Duration::seconds(5)), [this] { reload(); });
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
  Duration length = random_.between(Duration::seconds(5), Duration::seconds(90));
  auto& settings = world_.twilio().carrier().settings();
  RestFault fault;
  const uint64_t dice = random_.below(16);
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
    case 7:
    case 8:
    case 9: return begin_flash_fault(length);
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
    case 11: world_.twilio().streams_unreachable(600); break;
    case 12: world_.tick_late(Duration::ms(40)); break;
    case 13:  // So long that hang-ups are given up (B-HUP-4); the box may have to remember them.
      length = random_.between(Duration::seconds(8 * 60), Duration::seconds(15 * 60));
      fault.permille = 1000;
      fault.what = RestFault::What::kStatus;
      fault.status = 503;
      settings.update = settings.read = fault;
      if (random_.strikes(500)) {
        world_.plan(random_.between(Duration::seconds(6 * 60), length), [this] { choose_cut(); });
      }
      break;
    case 14:
      world_.network().traits().latency_min = Duration::ms(30);
      world_.network().traits().latency_max = Duration::ms(250);
      break;
    default: {
      // By minutes, or by weeks.
      const int64_t most = random_.strikes(700) ? 3600 : 40LL * 24 * 3600;
      world_.jump_wall(random_.between(Duration::seconds(-most), Duration::seconds(most)));
      break;
    }
  }
  calm_since_ = Instant::max();
  world_.plan(length, [this] { end_faults(); });
}

// While the flash is used: at any other time nobody would notice.
void Swarm::begin_flash_fault(Duration length) {
  if (world_.journal() == nullptr) return;
  world_.journal()->at_next_work([this, length] {
    if (faults_over_) return;
    calm_since_ = Instant::max();
    spoil_flash();
    world_.plan(length, [this] { end_faults(); });
  });
}

void Swarm::spoil_flash() {
  JournalStorage& journal = *world_.journal();
  RamFlash& flash = journal.flash();
  switch (random_.below(7)) {
    case 0: flash.fail_permille(random_.strikes(500) ? 300 : 1000); break;
    case 1: flash.fail_permille(20); break;
    case 2: flash.fail_syncs(1 + random_.below(20)); break;
    case 3: flash.gone(true); break;
    case 4:  // For good.
      for (uint64_t n = 1 + random_.below(3); n > 0; --n) {
        flash.wear_out(random_.below(flash.geometry().size));
      }
      break;
    case 5: journal.stall(random_.between(Duration::ms(500), Duration::seconds(7))); break;
    default: journal.delays(Duration::ms(50), Duration::seconds(1)); break;
  }
}

void Swarm::end_faults() {
  calm_since_ = world_.now().mono;
  auto& settings = world_.twilio().carrier().settings();
  settings.create = settings.update = settings.read = RestFault{};
  world_.twilio().reachable(true);
  world_.twilio().rest_unreachable(0);
  if (world_.journal() != nullptr) {
    world_.journal()->flash().fail_permille(0);
    world_.journal()->flash().fail_syncs(0);
    world_.journal()->flash().gone(false);
    world_.journal()->usual_delays();
  }
  world_.twilio().streams_unreachable(0);
  world_.tick_late(WorldOptions().tick_late_max);
  world_.network().traits() = WorldOptions().network;
  for (const NumberedApp& app : kApps) {
    world_.app(host_of(app))->behaviour() = behaviour(app.kind);
  }
}

SwarmReport Swarm::run() {
  world_.after_each([this](const In& in) { check_value(in); });
  world_.twilio().when_ended([this](const Call& call) { check_end(call); });
  world_.twilio().set_callee([this](std::string_view) { return person(false); });
  plan_traffic();
  plan_faults();
  const Instant end = world_.now().mono + options_.length;
  while (world_.now().mono < end && report_.failures.size() < kFailuresMax) {
    world_.run(Duration::seconds(10));
    check_calls();
    check_fates();
  }
  check_rest();
  check_history();
  if (options_.stop_at_end && report_.failures.empty()) check_stop();
  check_tables();
  world_.after_each(nullptr);
  world_.twilio().when_ended(nullptr);
  world_.twilio().set_callee(nullptr);
  report_.values = world_.handled();
  report_.ended = ends_.ends();
  if (world_.journal() != nullptr) {
    report_.journal = world_.journal()->counts();
    world_.journal()->when_durable(nullptr);
  }
  report_.hash = world_.log().hash();
  return report_;
}

}  // namespace hookflash::sim
