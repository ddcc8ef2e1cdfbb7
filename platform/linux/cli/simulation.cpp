#include "platform/linux/cli/simulation.h"

#include <algorithm>
#include <cstdio>

#include "providers/twilio/carrier/url.h"

namespace hookflash::cli {

using twilio::carrier::Call;
using twilio::carrier::CallRef;
using twilio::carrier::CallState;
using twilio::carrier::FetchFailure;
using twilio::carrier::FetchId;
using twilio::carrier::InboundCall;
using twilio::carrier::Person;
using twilio::carrier::RestFault;
using twilio::carrier::Settings;

Simulation::Simulation(const Settings& settings, const SimulationPlan& plan, Crypto& crypto,
                       Entropy& entropy)
    : plan_(plan),
      calls_(std::min<size_t>(limits::kAppLegsMax, twilio::carrier::Carrier::kCallsMax)),
      streams_(limits::kAppLegsMax),
      carrier_(settings, calls_, crypto, entropy, static_cast<Outlet&>(*this)) {
  http_.start(outbox_, *this, {});
  Settings& own = carrier_.settings();
  own.plain_streams = true;
  for (RestFault* const fault : {&own.create, &own.read, &own.update}) {
    fault->delay = plan_.slow_answers;
    if (plan_.slow_answers > Duration()) fault->permille = 1000;
    if (plan_.rest_errors_permille == 0) continue;
    fault->what = RestFault::What::kStatus;
    fault->permille = plan_.rest_errors_permille;
    fault->status = 503;
  }
}

void Simulation::handle(const In& in, Now now) {
  now_ = now;
  texts_.clear();
  outs_.clear();
  outbox_.begin();
  if (!next_call_.is_set()) next_call_ = now.mono;
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, in::Accepted>) {
          http_.on_accepted(value, now);
        } else if constexpr (std::is_same_v<T, in::Received>) {
          http_.on_received(value, now);
        } else if constexpr (std::is_same_v<T, in::Sent>) {
          http_.on_sent(value, now);
        } else if constexpr (std::is_same_v<T, in::Closed>) {
          http_.on_closed(value, now);
        } else if constexpr (std::is_same_v<T, in::RestAnswered>) {
          rest_done(value, now);
        } else if constexpr (std::is_same_v<T, in::RestFailed>) {
          rest_failed(value, now);
        } else if constexpr (std::is_same_v<T, in::Stop>) {
          stopping_ = true;
          plan_.calls = begun_;
          plan_.stay = false;
          for (const Call& call : calls_) {
            if (is_live(call.state)) carrier_.hang_up(call.ref, now);
          }
        }
      },
      in);
  stream_value(in, now);
  report_later();
  place_due(now);
  if (carrier_.deadline() <= now.mono) carrier_.tick(now);
  if (http_.deadline() <= now.mono) http_.on_time(now);
  check_end(now);
}

bool Simulation::next(Out& out) {
  if (outbox_.next(out)) return true;
  if (outs_.empty()) return false;
  out = outs_.front();
  outs_.pop_front();
  return true;
}

Instant Simulation::deadline() const {
  if (!undialled_.empty() || !unfetched_.empty() || !now_.mono.is_set()) return Instant::from_us(1);
  Instant next = std::min(carrier_.deadline(), http_.deadline());
  if (begun_ < plan_.calls) next = std::min(next, next_call_);
  return next;
}

// --- The calls
// ----------------------------------------------------------------------------------

Person Simulation::caller() const {
  Person person;
  person.speech = plan_.speech.empty() ? carrier_.generated_speech() : bytes_of(plan_.speech);
  person.gives_up_after = Duration::seconds(30);
  person.ring_after = plan_.rings / 6;
  person.answer_after = plan_.rings - person.ring_after;
  twilio::carrier::Act act;
  if (plan_.drop_stream) {
    act.what = twilio::carrier::Act::What::kDropsStream;
    act.after = plan_.talk / 2;
    (void)person.acts.push(act);
  }
  act.what = twilio::carrier::Act::What::kHangsUp;
  act.after = plan_.talk;
  (void)person.acts.push(act);
  person.faults.duplicate_webhooks = plan_.duplicate_webhooks;
  return person;
}

void Simulation::place_due(Now now) {
  while (begun_ < plan_.calls && now.mono >= next_call_) {
    InboundCall call;
    call.from = plan_.from;
    call.to = plan_.to;
    call.voice_url = plan_.webhook;
    call.status_callback = plan_.webhook;
    call.person = caller();
    // Calls that begin together do not all say the same at the same time.
    call.person.speech_offset = begun_ * 1600 % std::max<size_t>(1, call.person.speech.size());
    const Result<CallRef> placed = carrier_.place_call(call, now);
    if (placed.status() == Status::kFull) {  // When one has ended there is a place again.
      next_call_ = now.mono + Duration::ms(100);
      return;
    }
    next_call_ = next_call_ + plan_.stagger;
    ++begun_;
    if (!placed.ok()) {
      ++ended_;
      ++bad_;
      fprintf(stderr, "hookflash: the call could not be placed: is --webhook a URL?\n");
    } else if (!first_.is_set()) {
      first_ = placed.value();
    }
  }
}

void Simulation::check_end(Now now) {
  if (stopped_ || plan_.stay || begun_ < plan_.calls || carrier_.live_calls() > 0) return;
  if (carrier_.owed() > 0 && !stopping_) return;
  if (std::any_of(streams_.begin(), streams_.end(), [](const auto& s) { return s.taken; }) &&
      !stopping_) {
    return;
  }
  stopped_ = true;
  http_.drain(now);
  push(out::Stopped{});
}

void Simulation::call_ended(CallRef ref) {
  const Call* const call = carrier_.find(ref);
  if (call == nullptr) return;
  ++ended_;
  const auto& measured = call->measures;
  const bool orderly = call->state == CallState::kCompleted && call->error == 0;
  const bool silent = measured.frames == 0;
  orderly && !silent ? ++good_ : ++bad_;
  if (orderly && silent) ++silent_;
  frames_ += measured.frames;
  echoes_ += measured.echoes;
  loud_sent_ += measured.loud_sent;
  gaps_ += measured.gaps;
  delay_worst_ = std::max(delay_worst_, measured.delay.longest());
  jitter_worst_ = std::max(jitter_worst_, measured.jitter);
  if (plan_.story) {
    print_call(*call);
  } else {
    print_progress();
  }
}

void Simulation::heard(CallRef call, Instant at, Bytes mulaw) {
  if (plan_.wav.empty() || call != first_) return;
  if (!first_answered_.is_set()) first_answered_ = carrier_.find(call)->answered;
  constexpr size_t kSecondsMax = 600;
  const int64_t position = std::max<int64_t>(0, (at - first_answered_).us() / 125);
  // A piece follows the one before without a seam unless the difference can be heard.
  size_t place = static_cast<size_t>(position);
  if (place < audio_.size() + 16) place = audio_.size();
  if (place + mulaw.size() > kSecondsMax * 8000) return;
  audio_.resize(place, static_cast<char>(twilio::carrier::kMulawSilence));
  audio_.append(text_of(mulaw));
}

Person Simulation::callee(std::string_view /*to*/) { return caller(); }

// --- REST, as a server
// --------------------------------------------------------------------------

Verdict Simulation::on_head(const Peer& /*peer*/, const RequestHead& /*head*/, Now /*now*/) {
  Verdict verdict;
  verdict.kind = Verdict::Kind::kProceed;
  verdict.group = RequestGroup::kWebhook;  // The larger bodies: documents come in them.
  verdict.source.kind = Source::Kind::kUnlimited;
  verdict.answer_timeout = Duration::seconds(60);
  return verdict;
}

void Simulation::on_request(RequestRef request, const Peer& /*peer*/, const RequestHead& head,
                            Bytes body, Now now) {
  exchanges_.push_back({++last_exchange_, request});
  carrier_.handle_rest({.id = last_exchange_,
                        .method = head.method(),
                        .target = head.target(),
                        .authorization = head.header("authorization"),
                        .content_type = head.header("content-type"),
                        .body = text_of(body)},
                       now);
}

void Simulation::on_upgrade(RequestRef request, const Peer& /*peer*/, const RequestHead& /*head*/,
                            Now now) {
  (void)http_.respond(request, {.status = 404}, now);
}

void Simulation::on_gone(RequestRef request, Now /*now*/) {
  std::erase_if(exchanges_, [&](const Exchange& known) { return known.request == request; });
}

std::string_view Simulation::write_error(RequestGroup /*group*/, uint16_t status,
                                         TextWriter& body) {
  body.put(reason_of(status));
  return "text/plain";
}

void Simulation::reply(const twilio::carrier::RestReply& reply) {
  const auto it = std::find_if(exchanges_.begin(), exchanges_.end(),
                               [&](const Exchange& known) { return known.id == reply.id; });
  if (it == exchanges_.end()) return;
  const RequestRef request = it->request;
  exchanges_.erase(it);
  // The server cannot break a connection without an answer; an empty 502 that closes is the
  // nearest.
  const Answer answer =
      reply.status == 0
          ? Answer{.status = 502, .close = true}
          : Answer{.status = reply.status, .content_type = "application/json", .body = reply.body};
  (void)http_.respond(request, answer, now_);
}

// --- Webhooks
// ----------------------------------------------------------------------------------

void Simulation::fetch(const twilio::carrier::Fetch& fetch) {
  const auto url = twilio::carrier::parse_url(fetch.url);
  if (!url.ok()) {
    unfetched_.push_back(fetch.id);
    return;
  }
  std::string headers = "X-Twilio-Signature: " + std::string(fetch.signature) + "\r\n";
  if (fetch.method == "POST") {
    headers += "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n";
  }
  if (!fetch.idempotency_token.empty()) {
    headers += "I-Twilio-Idempotency-Token: " + std::string(fetch.idempotency_token) + "\r\n";
  }
  out::RestSend send;
  send.id = ++last_rest_;
  // Connections are kept per line; spreading the calls over all lines lets many fetch at a time.
  send.line = static_cast<uint8_t>(fetch.id.call.index % limits::kLinesMax);
  send.tls = url->secure();
  send.method = keep(fetch.method);
  send.host = keep(url->host);
  send.port = url->port != 0 ? url->port : url->secure() ? uint16_t{443} : uint16_t{80};
  send.target = keep(url->target.empty() ? std::string_view("/") : url->target);
  send.headers = keep(headers);
  send.body = keep(fetch.body);
  send.timeout = Duration::seconds(15);
  fetches_.push_back({send.id, fetch.id, fetch.kind});
  push(send);
}

void Simulation::abandon(FetchId id) {
  std::erase_if(fetches_, [&](const FetchPlace& place) { return place.id == id; });
}

void Simulation::rest_done(const in::RestAnswered& answer, Now now) {
  const auto it = std::find_if(fetches_.begin(), fetches_.end(),
                               [&](const FetchPlace& place) { return place.rest == answer.id; });
  if (it == fetches_.end()) return;
  const FetchId fetch = it->id;
  fetches_.erase(it);
  carrier_.fetched(
      fetch, {.status = answer.status, .content_type = answer.content_type, .body = answer.body},
      now);
}

void Simulation::rest_failed(const in::RestFailed& failed, Now now) {
  const auto it = std::find_if(fetches_.begin(), fetches_.end(),
                               [&](const FetchPlace& place) { return place.rest == failed.id; });
  if (it == fetches_.end()) return;
  const FetchId fetch = it->id;
  fetches_.erase(it);
  carrier_.fetch_failed(fetch, failed.sent ? FetchFailure::kRead : FetchFailure::kConnect, now);
}

// What could not even begin is reported in a turn of its own: the carrier is never called back
// from inside.
void Simulation::report_later() {
  const auto fetches = std::exchange(unfetched_, {});
  for (const FetchId id : fetches) carrier_.fetch_failed(id, FetchFailure::kConnect, now_);
  const auto streams = std::exchange(undialled_, {});
  for (const auto id : streams) carrier_.stream_refused(id, 0, now_);
}

}  // namespace hookflash::cli
