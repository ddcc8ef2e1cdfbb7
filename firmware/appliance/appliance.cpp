#include "appliance/appliance.h"

#include <algorithm>

#include "appliance/provider_set.h"
#include "audio/prompt.h"
#include "base/ascii.h"
#include "base/check.h"
#include "base/constant_time.h"
#include "base/hex.h"
#include "config/read.h"
#include "config/readiness.h"
#include "http/percent.h"
#include "http/url.h"

namespace hookflash {
namespace {

// Signature headers may come only once (B-WEB step 3).
constexpr Duration kStopTime = Duration::seconds(10);  // B-LIFE-5.
constexpr Duration kParkTime = Duration::seconds(5);   // One request to the carrier for each call.

bool is_loopback_text(std::string_view address) {
  if (address == "localhost") return true;
  const std::optional<IpAddress> parsed = IpAddress::parse(address);
  return parsed && parsed->is_loopback();
}

bool is_loopback_url(std::string_view text) {
  const Result<Url> url = split_url(text);
  if (!url.ok()) return false;
  std::string_view host = url->host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return is_loopback_text(host);
}

}  // namespace

Appliance::Appliance(ApplianceMemory& memory, const ApplianceLinks& links,
                     const DeviceKey& device_key)
    : memory_(memory),
      links_(links),
      events_(memory.events, memory.outbox),
      calls_(memory.calls,
             {.outbox = memory.outbox,
              .crypto = links.crypto,
              .entropy = links.entropy,
              .observer = *this,
              .prompts = *this},
             settings_, device_key),
      webhooks_(memory.webhooks, memory.tickets, memory.http, calls_, links.crypto, memory.outbox,
                *this),
      api_(memory.tickets, memory.http, calls_, links.crypto, memory.outbox, memory.scratch, *this),
      device_key_(device_key),
      lateness_(memory.reports.metrics.observed(Metric::kAudioLateness)),
      queue_depth_(memory.reports.metrics.observed(Metric::kAudioQueueFrames)),
      loop_delay_(memory.reports.metrics.observed(Metric::kLoopDelay)) {
  for (const BuiltInProvider& built_in : kProviders) {
    for (const std::string_view header : built_in.provider->signature_headers()) {
      CHECK(single_headers_.push(header) == Status::kOk);
    }
  }
  memory_.http.start(memory_.outbox, *this, single_headers_);
  uint8_t random[kInstanceDigits / 2];
  links_.entropy.fill(random);
  char digits[kInstanceDigits];
  TextWriter text(digits, sizeof digits);
  write_hex(text, random);
  instance_.set(text.view());
}

Status Appliance::configure(std::string_view json, Now now) {
  Config& fresh = config_ == &memory_.configs[0] ? memory_.configs[1] : memory_.configs[0];
  TRY(read_config(json, memory_.scratch, fresh, memory_.problems));
  if (config_ != nullptr) {
    TRY(keep_lines(fresh));
    TRY(keep_sockets(fresh, now));
  }
  memory_.prompts.running = 1 - memory_.prompts.running;
  use_configuration(fresh, now);
  return Status::kOk;
}

void Appliance::use_configuration(Config& config, Now now) {
  config_ = &config;
  settings_.use(config);
  webhooks_.use(settings_);
  api_.use(settings_);
  memory_.reports.log.set_threshold(static_cast<LogLevel>(config.log_level));
  report_lines(now);
}

// Calls name their line by its place, so lines keep theirs: a line that is gone stays as a disabled
// one, new ones come behind. While one is in use its place belongs to the carrier's account that
// its calls are in: another account would answer 404 about them, which would pass for an end.
Status Appliance::keep_lines(Config& fresh) {
  FixedVector<LineConfig, limits::kLinesMax>& lines = memory_.lines;
  lines.clear();
  for (size_t i = 0; i < config_->lines.size(); ++i) {
    const LineConfig& old = config_->lines[i];
    const auto number = static_cast<uint8_t>(i);
    LineConfig* place = lines.emplace();
    *place = old;
    place->enabled = false;
    for (const LineConfig& line : fresh.lines) {
      if (line.id != old.id) continue;
      const bool in_use = calls_.uses(number) || memory_.tickets.waits(number);
      if (in_use && !is_same_account(old, line)) {
        char memory[limits::kLineIdBytesMax + 160];
        TextWriter text(memory, sizeof memory);
        text.put("line ").put(line.id).put(
            " has calls: until they are over it keeps its provider, ");
        text.put("account, credentials and region; give another account a line of its own");
        memory_.problems.add(Severity::kError, "lines", text.view());
        return Status::kInvalid;
      }
      *place = line;
    }
  }
  for (const LineConfig& line : fresh.lines) {
    bool known = false;
    for (const LineConfig& old : config_->lines) known = known || old.id == line.id;
    if (!known && lines.push(line) != Status::kOk) {
      memory_.problems.add(Severity::kError, "lines",
                           "no room for new lines beside the removed ones; restart");
      return Status::kInvalid;
    }
  }
  fresh.lines = lines;
  return Status::kOk;
}

// What the sockets are bound to decides who can reach the box, so checks and access go by that, not
// by what the text would like (B-SIG-7, B-API-2).
Status Appliance::keep_sockets(Config& fresh, Now now) {
  const bool moved = fresh.serve_bind != config_->serve_bind ||
                     fresh.serve_port != config_->serve_port ||
                     fresh.api_bind != config_->api_bind || fresh.api_port != config_->api_port;
  fresh.serve_bind = config_->serve_bind;
  fresh.serve_port = config_->serve_port;
  fresh.api_bind = config_->api_bind;
  fresh.api_port = config_->api_port;
  for (const LineConfig& line : fresh.lines) {
    if (!line.enabled || !line.values.skip_signature_verification) continue;
    if (is_loopback_text(fresh.serve_bind)) continue;
    memory_.problems.add(Severity::kError, "skipSignatureVerification",
                         "is only taken while the box is bound to a loopback address; it is not");
    return Status::kInvalid;
  }
  if (moved) {
    log(LogLevel::kWarn, "config", nullptr, now,
        {"serve.bind, serve.port, api.bind and api.port change at the next start"});
  }
  return Status::kOk;
}

Status Appliance::take_prompt(size_t index, size_t size) {
  PromptBank& bank = memory_.prompts.next();
  CHECK(size <= bank.files[index].size());
  const Prompt prompt = read_prompt({bank.files[index].data(), size});
  if (!prompt.ok()) return Status::kInvalid;
  bank.sizes[index] = size;
  return Status::kOk;
}

Bytes Appliance::prompt(size_t app_index) const {
  if (app_index >= limits::kAppsMax) return {};
  const PromptBank& bank = memory_.prompts.banks[memory_.prompts.running];
  const size_t size = bank.sizes[app_index];
  if (size == 0) return {};
  return read_prompt({bank.files[app_index].data(), size}).audio;
}

void Appliance::handle(const In& in, Now real) {
  memory_.outbox.begin();
  if (restart_due_) {
    restart_due_ = false;
    const Now began{.mono = real.mono, .wall = std::max(real.wall, calls_.journal_time())};
    clock_ = ClockGuard(began);
    memory_.outbox.push(out::KeepTime{clock_});  // Before anything that needs a certificate.
    calls_.restart(began, clock_.judge(real));
    keep_box_at_ = real.mono;
  }
  const Now now = clock_.judge(real);
  now_ = now;
  check_clock(real);
  // Before anything that may use the key: entries become durable in their order.
  if (keep_box_at_ <= now.mono) keep_box(now);
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, in::Tick>) {
          if (const Instant due = calls_.first_due(); due <= now.mono) {
            loop_delay_.observe(now.mono - due);
          }
          memory_.reports.log.tick(now);
          (void)calls_.run_due(limits::kDueFramesPerTurn, now);
          memory_.http.on_time(now);
        } else if constexpr (std::is_same_v<T, in::Accepted>) {
          memory_.http.on_accepted(value, now);
        } else if constexpr (std::is_same_v<T, in::Received>) {
          memory_.http.on_received(value, now);
        } else if constexpr (std::is_same_v<T, in::Sent>) {
          memory_.http.on_sent(value, now);
        } else if constexpr (std::is_same_v<T, in::Closed>) {
          if (memory_.http.owns(value.socket)) {
            memory_.http.on_closed(value, now);
          } else {
            // An upgrade that was accepted and never opened.
            ws_value(in::WsClosed{.socket = value.socket}, value.socket, now);
          }
        } else if constexpr (std::is_same_v<T, in::RestAnswered> ||
                             std::is_same_v<T, in::RestFailed>) {
          calls_.on_rest(value, now);
        } else if constexpr (std::is_same_v<T, in::Persisted>) {
          calls_.on_persisted(value, now);
          if (calls_.box_failed() && keep_box_at_ == Instant::max()) {
            keep_box_at_ = now.mono + Duration::seconds(1);
          }
        } else if constexpr (std::is_same_v<T, in::Reconfigure>) {
          // Numbered, so that whoever asks twice within 10 s sees two answers (B-LOG-3).
          char memory[16];
          TextWriter reload(memory, sizeof memory);
          reload.number(++reloads_);
          if (configure(value.json, now) == Status::kOk) {
            if (!journal_absent_) keep_box_at_ = now.mono;
            log(LogLevel::kInfo, "config", nullptr, now,
                {"configuration reloaded (reload ", reload.view(), ")"});
          } else {
            log(LogLevel::kError, "config", nullptr, now,
                {"configuration rejected; the running one stays (reload ", reload.view(), ")"});
            for (const Problem& problem : memory_.problems.list()) {
              char problem_memory[700];
              TextWriter text(problem_memory, sizeof problem_memory);
              write_problem(problem, text);
              log(LogLevel::kError, "config", nullptr, now, {text.view()});
            }
          }
        } else if constexpr (std::is_same_v<T, in::Stop>) {
          begin_stop(value.mode, now);
        } else {
          ws_value(in, value.socket, now);
        }
      },
      in);
  check_stop(now);
}

bool Appliance::next(Out& out) {
  if (memory_.outbox.next(out)) return true;
  // Lines leave behind everything else; they live in the log's own ring.
  Log::Line line;
  if (!memory_.reports.log.next(line)) return false;
  out = out::LogLine{.level = static_cast<out::LogLevel>(line.level), .line = line.text};
  return true;
}

void Appliance::ws_value(const In& in, SocketId socket, Now now) {
  if (AppSockets::owns(socket)) {
    std::visit(
        [&](const auto& value) {
          if constexpr (requires { AppSockets().handle(value, now); }) {
            calls_.app_socket(value, now);
          }
        },
        in);
    return;
  }
  if (events_.owns(socket)) {
    events_.handle(in);
    return;
  }
  StreamEndpoint& streams = calls_.streams();
  const StreamHandle stream = streams.find(socket);
  if (!stream.is_set()) return;
  calls_.stream_value(stream, in, stream_limits(), now);
}

StreamLimits Appliance::stream_limits() const {
  return {.connections = config_->max_connections,
          .pending = config_->max_pending_connections,
          .pending_per_ip = config_->max_pending_connections_per_ip,
          .prestart = Duration::ms(config_->pre_start_timeout_ms)};
}

Instant Appliance::deadline() const {
  if (restart_due_) return Instant();
  Instant next = calls_.deadline();
  if (const Instant http = memory_.http.deadline(); http < next) next = http;
  if (stopping_ && !stopped_ && stop_by_ < next) next = stop_by_;
  if (const Instant log = memory_.reports.log.deadline(); log < next) next = log;
  if (keep_box_at_ < next) next = keep_box_at_;
  return next;
}

// --- Stop (B-LIFE-5)
// ---------------------------------------------------------------------------------

void Appliance::begin_stop(in::StopMode mode, Now now) {
  if (stopping_) return;
  stopping_ = true;
  keeping_ = mode == in::StopMode::kKeep;
  stop_by_ = now.mono + kStopTime;
  log(LogLevel::kInfo, "life", nullptr, now, {"stopping"});
  calls_.stop_admitting();
  if (mode == in::StopMode::kEnd) {
    calls_.hang_up_all(now);
  } else {
    // Twilio fetches a document as soon as its stream closes: it is to wait for us (B-LIFE-5).
    calls_.park_all(now);
    stop_by_ = now.mono + kParkTime;
  }
}

void Appliance::check_stop(Now now) {
  if (!stopping_ || stopped_) return;
  if (!draining_) {
    if (calls_.table().slots() > 0 && now.mono < stop_by_ &&
        !(keeping_ && calls_.persists_pending() == 0 && calls_.rest_pending() == 0)) {
      return;
    }
    draining_ = true;
    if (calls_.table().slots() > 0) {
      log(LogLevel::kWarn, "life", nullptr, now, {"calls are left to the carrier"});
    }
    memory_.http.drain(now);
    events_.close_all();
    stop_by_ = now.mono + Duration::seconds(1);
  }
  if (memory_.http.connections() > 0 && now.mono < stop_by_) return;
  stopped_ = true;
  memory_.outbox.push(out::Stopped{});
}

// --- Routes
// ------------------------------------------------------------------------------------------

bool Appliance::only_local() const {
  for (const LineConfig& line : config_->lines) {
    const std::string_view url = line.values.public_url;
    if (!url.empty() && !is_loopback_url(url)) return false;
  }
  if (!config_->values.public_url.empty() && !is_loopback_url(config_->values.public_url))
    return false;
  return is_loopback_text(config_->has_api_listener() && !config_->api_bind.empty()
                              ? config_->api_bind.view()
                              : config_->serve_bind.view()) &&
         is_loopback_text(config_->serve_bind);
}

const Route* Appliance::find_route(const RequestHead& head, std::string_view& id, bool& path_known,
                                   TextWriter& allowed, uint8_t& line) const {
  line = webhooks_.line_of_path(head.path());
  path_known = false;
  for (const Route& route : kRoutes) {
    PathMatch match;
    if (route.id == RouteId::kWebhook) {
      match.matched = line < limits::kLinesMax;
    } else if (route.id == RouteId::kStream) {
      match.matched = head.path() == config_->stream_path.view();
    } else {
      match = match_path(route.path, head.path());
    }
    if (!match.matched) continue;
    path_known = true;
    if (allowed.size() > 0) allowed.put(", ");
    allowed.put(route.method);
    const bool method =
        route.method == head.method() || (route.method == "GET" && head.method() == "HEAD");
    if (!method) continue;
    id = match.id;
    return &route;
  }
  return nullptr;
}

uint16_t Appliance::refusal_of(const Route& route, const Peer& peer,
                               const RequestHead& head) const {
  const bool separate = config_->has_api_listener();
  const bool api_listener = peer.listener == in::Listener::kApi;
  if (route.access == Access::kPublic) return api_listener ? 404 : 0;
  if (route.access == Access::kOpen) return 0;
  if (separate && !api_listener) return 404;  // Taken off the public listener altogether.
  if (!config_->api_token.is_set()) return only_local() ? 0 : 404;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view header = head.header("authorization");
  if (!equals_ignore_case(header.substr(0, kBearer.size()), kBearer)) return 401;
  const bool right = equal_constant_time(bytes_of(header.substr(kBearer.size())),
                                         bytes_of(config_->api_token.reveal()));
  return right ? 0 : 401;
}

Verdict Appliance::on_head(const Peer& peer, const RequestHead& head, Now now) {
  Verdict verdict;
  if (draining_) {  // Step 4.
    verdict.status = 503;
    verdict.close = true;
    api_answered(503);
    return verdict;
  }
  std::string_view id;
  bool path_known = false;
  char memory[64];
  TextWriter allowed(memory, sizeof memory);
  uint8_t line = limits::kLinesMax;
  const Route* route = find_route(head, id, path_known, allowed, line);
  if (route == nullptr) {
    verdict.status = path_known ? 405 : 404;
    verdict.group = line < limits::kLinesMax ? RequestGroup::kWebhook : RequestGroup::kApi;
    webhook_rejected(line, path_known ? WebhookRejection::kMethod : WebhookRejection::kPath, {}, {},
                     now);
    if (line < limits::kLinesMax) {
      webhook_answered(line, verdict.status, Duration());
    } else {
      api_answered(verdict.status);
    }
    if (path_known) {
      const std::span<char> text = memory_.outbox.reserve(96);
      TextWriter header(text);
      header.put("Allow: ").put(allowed.view()).put("\r\n");
      memory_.outbox.shrink(text, header.size());
      verdict.headers = header.view();
    }
    return verdict;
  }
  if (const uint16_t status = refusal_of(*route, peer, head); status != 0) {
    verdict.status = status;
    verdict.group = RequestGroup::kApi;
    api_answered(status);
    if (status == 401) {
      log(LogLevel::kWarn, "api", nullptr, now,
          {"refused ", head.method(), " ", route->path, ": token"});
    }
    if (status == 401) verdict.headers = "WWW-Authenticate: Bearer\r\n";
    return verdict;
  }
  if (route->id == RouteId::kWebhook) return webhooks_.judge(line, peer, head, now);
  const bool socket =
      route->id == RouteId::kStream || route->id == RouteId::kWs || route->id == RouteId::kEvents;
  verdict.kind = socket ? Verdict::Kind::kWebSocket : Verdict::Kind::kProceed;
  verdict.group = RequestGroup::kApi;
  verdict.source = client_source(webhooks_.origin(0), head, peer.address);
  verdict.body_max = limits::kApiBodyBytesMax;
  if (route->id == RouteId::kOutbound || route->id == RouteId::kCalls) {
    verdict.answer_timeout = limits::kDialAnswerTimeout;
    verdict.timeout_status = 504;
  } else if (route->id == RouteId::kTurn) {
    verdict.answer_timeout = limits::kTurnAnswerTimeout;
    verdict.timeout_status = 504;
  }
  return verdict;
}

void Appliance::on_request(RequestRef request, const Peer& peer, const RequestHead& head,
                           Bytes body, Now now) {
  std::string_view id;
  bool path_known = false;
  char memory[64];
  TextWriter allowed(memory, sizeof memory);
  uint8_t line = limits::kLinesMax;
  const Route* route = find_route(head, id, path_known, allowed, line);
  if (route == nullptr) {  // Another configuration came while the body did.
    webhook_rejected(line, WebhookRejection::kPath, "not a line of ours any more", {}, now);
    api_.refuse(request, 404, "not-found", "no such path", {}, now);
    return;
  }
  switch (route->id) {
    case RouteId::kWebhook:
      webhooks_.on_request(line, UrlKind::kWebhook, request, peer, head, body, now);
      return;
    case RouteId::kTwiml: {
      const uint8_t wanted = document_line(head);
      if (wanted == limits::kLinesMax) {
        api_.refuse(request, 404, "not-found", "no such line", "line", now);
      } else if (!webhooks_.is_signed(wanted, head)) {
        answer_unsigned_document(wanted, request, now);
      } else {
        webhooks_.on_request(wanted, UrlKind::kOwnPath, request, peer, head, body, now);
      }
      return;
    }
    case RouteId::kHealth: answer_health(request, now); return;
    case RouteId::kMetrics: answer_metrics(request, now); return;
    default: api_.on_request(route->id, id, request, head, body, now); return;
  }
}

void Appliance::on_upgrade(RequestRef request, const Peer& peer, const RequestHead& head, Now now) {
  std::string_view id;
  bool path_known = false;
  char memory[64];
  TextWriter allowed(memory, sizeof memory);
  uint8_t line = limits::kLinesMax;
  const Route* route = find_route(head, id, path_known, allowed, line);
  CHECK(route != nullptr);
  if (stopping_) {
    api_answered(503);
    (void)memory_.http.respond(request, {.status = 503, .close = true}, now);
    return;
  }
  if (route->id == RouteId::kEvents) {
    if (events_.accept(peer.socket)) {
      (void)memory_.http.accept_websocket(request);
    } else {
      limit_hit("subscribers");
      api_.refuse(request, 503, "unavailable", "too many subscribers", {}, now);
    }
    return;
  }
  const Source source = client_source(webhooks_.origin(0), head, peer.address);
  if (calls_.accept_stream(peer.socket, media_dialect_of(head), source.address,
                           source.kind == Source::Kind::kAddress, stream_limits(),
                           now) != Status::kOk) {
    stream_refused(StreamRefusal::kLimit, now);
    api_answered(503);
    (void)memory_.http.respond(request, {.status = 503, .close = true}, now);
    return;
  }
  (void)memory_.http.accept_websocket(request);
}

void Appliance::on_answer_sent(RequestRef request, bool complete, Now now) {
  (void)webhooks_.on_answer_sent(request, complete, now);
}

void Appliance::on_gone(RequestRef request, Now now) {
  webhooks_.on_gone(request, now);
  if (const uint32_t ticket = memory_.tickets.of(request); ticket != 0) calls_.forget(ticket, now);
}

std::string_view Appliance::write_error(RequestGroup group, uint16_t status, TextWriter& body) {
  if (group == RequestGroup::kWebhook) {
    body.put(reason_of(status));
    return "text/plain; charset=utf-8";
  }
  write_api_error(body, error_code_of(status), reason_of(status));
  return "application/json";
}

// GET /twiml serves the first line that answers by document, another one by `?line=` (section 24).
// limits::kLinesMax: there is none.
uint8_t Appliance::document_line(const RequestHead& head) const {
  std::array<char, 3 * limits::kLineIdBytesMax> memory;
  std::string_view rest = head.query();
  while (!rest.empty()) {
    std::string_view value = next_piece(rest, '&');
    if (next_piece(value, '=') != "line") continue;
    if (value.size() > memory.size()) return limits::kLinesMax;
    const size_t size = percent_decode(value, Plus::kIsSpace, memory.data()).size;
    const std::optional<uint8_t> line = settings_.find_line({memory.data(), size});
    return size > 0 && line && answers_by_document(*line) ? *line : uint8_t{limits::kLinesMax};
  }
  for (size_t i = 0; i < config_->lines.size(); ++i) {
    const auto line = static_cast<uint8_t>(i);
    if (answers_by_document(line)) return line;
  }
  return limits::kLinesMax;
}

bool Appliance::answers_by_document(uint8_t line) const {
  const LineConfig& config = config_->lines[line];
  return config.enabled && provider_of(config.provider) != nullptr;
}

void Appliance::answer_unsigned_document(uint8_t line, RequestRef request, Now now) {
  const std::span<char> url_memory = memory_.outbox.reserve(1024);
  TextWriter url(url_memory);
  settings_.write_stream_url(line, url);
  const std::span<char> memory = memory_.outbox.reserve(2048);
  TextWriter text(memory);
  const Provider* const provider = settings_.provider(line);
  CHECK(provider != nullptr);  // answers_by_document() has seen to it.
  Document document{.kind = Document::Kind::kStream};
  document.stream_url = url.view();
  provider->write_document(document, text);
  api_answered(200);
  (void)memory_.http.respond(
      request, {.status = 200, .content_type = provider->document_type(), .body = text.view()},
      now);
}

}  // namespace hookflash
