#include "platform/sim/world.h"

#include <algorithm>
#include <type_traits>

namespace hookflash::sim {
namespace {

constexpr size_t kViolationsMax = 100;
constexpr size_t kCoreLinesMax = 50'000;
// So many values without the clock moving mean that the core goes round in a circle.
constexpr uint64_t kStillMax = 200'000;

}  // namespace

twilio::carrier::Settings example_account() {
  twilio::carrier::Settings settings;
  settings.account_sid.set(kAccountSid);
  settings.auth_token.set(kAuthToken);
  twilio::carrier::Number number;
  number.phone.set(kOurNumber);
  number.voice_url.set("https://box.example.com/voice/webhook#rc=2&rp=5xx,ct");
  CHECK(settings.numbers.push(number) == Status::kOk);
  return settings;
}

World::World(const WorldOptions& options, Crypto& crypto)
    : timeline_(options.seed * 4 + 1),
      core_entropy_(options.seed * 4 + 2),
      tick_late_max_(options.tick_late_max),
      network_(timeline_, *this, *this, options.network),
      storage_(timeline_, *this),
      journal_(options.journal ? std::make_unique<JournalStorage>(
                                     timeline_, static_cast<CoreGate&>(*this), options.seed)
                               : nullptr),
      twilio_(std::make_unique<SimTwilio>(
          timeline_, network_, static_cast<CoreGate&>(*this), crypto, options.seed * 4 + 3,
          options.twilio.account_sid.empty() ? example_account() : options.twilio, options.doorway,
          options.carrier_calls)) {}

void World::attach(Core& core, const CoreProbe* probe) {
  core_ = &core;
  probe_ = probe;
  network_.power_on();
  drain();
}

void World::power_cut() {
  core_ = &no_core_;
  probe_ = nullptr;
  network_.power_cut();
  kept().power_cut();
  twilio_->power_cut();
  guard_ = {};
}

// --- The core
// --------------------------------------------------------------------------------------

void World::violation(std::string_view what) {
  timeline_.log.line(timeline_.at(), "VIOLATION", what);
  if (violations_.size() < kViolationsMax) violations_.emplace_back(what);
}

void World::deliver(const In& in) {
  CHECK(core_ != nullptr && !handling_);
  ++handled_;
  if (timeline_.at() != still_since_) {
    still_since_ = timeline_.at();
    still_ = 0;
  }
  CHECK(++still_ < kStillMax);
  note_in(in);
  handling_ = true;
  core_->handle(in, timeline_.now());
  drain();
  handling_ = false;
  if (after_each_) after_each_(in);
}

void World::drain() {
  Out out;
  while (core_->next(out)) {
    note_out(out);
    perform(out);
  }
}

void World::perform(const Out& out) {
  std::visit(
      [this](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          violation("an empty Out");
        } else if constexpr (std::is_same_v<T, out::RestSend>) {
          twilio_->perform(value, !value.tls || certificates_good());
        } else if constexpr (std::is_same_v<T, out::Persist> || std::is_same_v<T, out::Withdraw>) {
          kept().perform(value);
        } else if constexpr (std::is_same_v<T, out::LogLine>) {
          timeline_.log.line(timeline_.at(), "box", value.line);
          core_lines_.emplace_back(value.line);
          if (core_lines_.size() > kCoreLinesMax) {
            core_lines_.erase(core_lines_.begin(), core_lines_.begin() + kCoreLinesMax / 2);
          }
        } else if constexpr (std::is_same_v<T, out::KeepTime>) {
          guard_ = value.guard;
        } else if constexpr (std::is_same_v<T, out::Stopped>) {
          stopped_ = true;
        } else {
          network_.perform(value);
        }
      },
      out);
}

// The hash sees every value; the lines only what people read.
void World::note_in(const In& in) {
  const auto kind = static_cast<uint8_t>(1 + in.index());
  SimLog& log = timeline_.log;
  const Instant at = timeline_.at();
  if (const auto* received = std::get_if<in::Received>(&in)) {
    log.note(at, kind, text_of(received->bytes));
  } else if (const auto* piece = std::get_if<in::WsReceived>(&in)) {
    log.note(at, kind, text_of(piece->piece));
  } else if (const auto* answered = std::get_if<in::RestAnswered>(&in)) {
    log.note(at, kind, answered->body);
  } else {
    log.note(at, kind, {});
  }
}

void World::note_out(const Out& out) {
  const auto kind = static_cast<uint8_t>(100 + out.index());
  SimLog& log = timeline_.log;
  const Instant at = timeline_.at();
  if (const auto* write = std::get_if<out::Write>(&out)) {
    log.note(at, kind, text_of(write->bytes));
  } else if (const auto* send = std::get_if<out::WsSend>(&out)) {
    log.note(at, kind, text_of(send->text));
  } else if (const auto* rest = std::get_if<out::RestSend>(&out)) {
    log.note(at, kind, rest->target);
    log.note(at, kind, rest->body);
  } else if (const auto* persist = std::get_if<out::Persist>(&out)) {
    log.note(at, kind, text_of(persist->entry));
  } else if (const auto* dial = std::get_if<out::WsDial>(&out)) {
    log.note(at, kind, dial->target);
  } else {
    log.note(at, kind, {});
  }
}

DialAnswer World::answer(const DialRequest& request, LinkId link) {
  if (request.tls && !certificates_good()) return DialAnswer{.end = in::WsEnd::kTlsTime};
  SimApp* const found = app(request.host);
  return found != nullptr ? found->answer(request, link) : DialAnswer{};
}

// --- Time
// ------------------------------------------------------------------------------------------

// When the core's next Tick comes: at its deadline or a little later, never before.
Instant World::tick_at() {
  const Instant wanted = core_->deadline();
  if (wanted != tick_wanted_) {
    tick_wanted_ = wanted;
    const auto bound = static_cast<uint64_t>(tick_late_max_.us()) + 1;
    const auto late = Duration::us(static_cast<int64_t>(timeline_.random.below(bound)));
    tick_planned_ = wanted == Instant::max() ? wanted : std::max(wanted, timeline_.at()) + late;
  }
  return tick_planned_;
}

// Does the next thing; false when nothing happens up to the limit.
bool World::step(Instant limit) {
  CHECK(core_ != nullptr);
  const Instant planned = timeline_.next();
  const Instant carrier = twilio_->carrier().deadline();
  const Instant tick = tick_at();
  const Instant next = std::min({planned, carrier, tick});
  if (next > limit) {
    timeline_.advance(limit);
    return false;
  }
  timeline_.advance(next);
  if (planned <= timeline_.at()) {
    timeline_.run_next();
  } else if (carrier <= timeline_.at()) {
    twilio_->carrier().tick(timeline_.now());
  } else {
    tick_wanted_ = Instant::max();
    tick_planned_ = Instant::max();
    deliver(in::Tick{});
  }
  return true;
}

void World::run(Duration time) {
  const Instant limit = timeline_.at() + time;
  while (step(limit)) {
  }
}

bool World::run_until(const std::function<bool()>& condition, Duration limit_time) {
  const Instant limit = timeline_.at() + limit_time;
  if (condition()) return true;
  while (step(limit)) {
    if (condition()) return true;
  }
  return condition();
}

// --- People and machines
// ---------------------------------------------------------------------------

CallRef World::inbound_call(std::string_view from) { return inbound_call(from, speaker()); }

CallRef World::inbound_call(std::string_view from, const twilio::carrier::Person& person,
                            std::string_view to) {
  twilio::carrier::InboundCall call;
  call.from = from;
  call.to = to;
  call.person = person;
  return twilio_->carrier().place_call(call, now()).value();
}

const twilio::carrier::Call& World::call(CallRef ref) const {
  const twilio::carrier::Call* const found = twilio_->carrier().find(ref);
  CHECK(found != nullptr);
  return *found;
}

SimApp& World::add_app(std::string host, const AppBehaviour& behaviour) {
  apps_.push_back(std::make_unique<SimApp>(timeline_, network_, std::move(host), behaviour));
  return *apps_.back();
}

SimApp* World::app(std::string_view host) {
  for (const auto& app : apps_) {
    if (app->host() == host) return app.get();
  }
  return nullptr;
}

void World::request_later(const HttpRequest& request, HttpExchange::Done done) {
  HttpRequest complete = request;
  if (complete.host.empty()) complete.host = "127.0.0.1:3334";
  HttpExchange::start(network_, timeline_, complete, false, IpAddress::from_v4({127, 0, 0, 1}),
                      std::move(done));
}

HttpAnswer World::request(const HttpRequest& request, Duration limit) {
  auto result = std::make_shared<std::pair<bool, HttpAnswer>>();
  request_later(request, [result](const HttpAnswer& answer) { *result = {true, answer}; });
  run_until([&] { return result->first; }, limit);
  return result->second;
}

HttpAnswer World::get(std::string target) {
  HttpRequest request_line;
  request_line.target = std::move(target);
  return request(request_line);
}

HttpAnswer World::post_json(std::string target, std::string body,
                            std::vector<std::string> headers) {
  HttpRequest post;
  post.method = "POST";
  post.target = std::move(target);
  post.body = std::move(body);
  post.headers = std::move(headers);
  post.headers.emplace_back("Content-Type: application/json");
  return request(post);
}

}  // namespace hookflash::sim
