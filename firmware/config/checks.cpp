#include "config/checks.h"

#include <algorithm>
#include <array>

#include "config/field.h"
#include "config/formats.h"
#include "config/nearest.h"
#include "config/readiness.h"
#include "http/url.h"

namespace hookflash {
namespace {

// twilio.md 1.2: public edges and interconnect edges.
constexpr std::string_view kEdges[] = {
    "ashburn",      "dublin",    "frankfurt",  "sao-paulo",    "singapore", "sydney",
    "tokyo",        "umatilla",  "ashburn-ix", "san-jose-ix",  "london-ix", "frankfurt-ix",
    "singapore-ix", "sydney-ix", "tokyo-ix",   "sao-paulo-ix",
};
constexpr std::string_view kRegions[] = {"us1", "ie1", "au1"};

// Paths that other routes of this box have (section 24), and what is below /api/v1 and /admin.
constexpr std::string_view kTakenPaths[] = {"/twiml", "/call/outbound", "/health", "/ws",
                                            "/metrics"};
constexpr std::string_view kTakenTrees[] = {"/api", "/admin", "/assets"};

template <size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Parameters that the box gives every application itself (B-APP).
constexpr std::string_view kOwnParameters[] = {"callId", "from",       "to",     "direction",
                                               "line",   "sessionKey", "resumed"};

bool is_taken(std::string_view path) {
  if (is_one_of(path, kTakenPaths)) return true;
  for (const std::string_view tree : kTakenTrees) {
    if (path.starts_with(tree) && (path.size() == tree.size() || path[tree.size()] == '/')) {
      return true;
    }
  }
  return false;
}

// Index in the table. The key must be there.
size_t field_index(std::string_view key, Scope scope) {
  const std::span<const Field> fields = config_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].key == key && fields[i].scope == scope) return i;
  }
  CHECK(false);
  return 0;
}

class Checker {
 public:
  Checker(const Config& config, Problems& problems) : config_(config), problems_(problems) {}

  void check() {
    check_box();
    check_apps();
    check_numbers();
    check_values(config_.values, nullptr, 0);
    for (size_t i = 0; i < config_.lines.size(); ++i) check_line(config_.lines[i], i);
    check_general_providers();
  }

 private:
  // A message put together from pieces, for a path put together likewise.
  class Note {
   public:
    TextWriter path{path_memory_};
    TextWriter message{message_memory_};

   private:
    std::array<char, 192> path_memory_{};
    std::array<char, 400> message_memory_{};
  };

  void report(Severity severity, const Note& note) {
    problems_.add(severity, note.path.view(), note.message.view());
  }
  void error(std::string_view path, std::string_view message) {
    problems_.add(Severity::kError, path, message);
  }
  void warning(std::string_view path, std::string_view message) {
    problems_.add(Severity::kWarning, path, message);
  }
  static TextWriter& in_line(Note& note, size_t index, std::string_view key) {
    return note.path.put("lines[").number(index).put("].").put(key);
  }
  void line_problem(Severity severity, size_t index, std::string_view key,
                    std::string_view message) {
    Note note;
    in_line(note, index, key);
    note.message.put(message);
    report(severity, note);
  }

  void check_box();
  void check_apps();
  void check_fallbacks();
  void check_numbers();
  void check_values(const LineValues& values, const LineConfig* line, size_t index);
  void check_skip(const LineValues& values, std::string_view path);
  void check_app_name(std::string_view name, const Note& place);
  void check_line(const LineConfig& line, size_t index);
  void check_paths(const LineConfig& line, size_t index);
  void check_region(const LineConfig& line, size_t index);
  void check_credentials(const LineConfig& line, size_t index);
  void check_readiness(const LineConfig& line, size_t index);
  void check_line_providers(const LineConfig& line, size_t index);
  void check_general_providers();

  [[nodiscard]] bool is_app(std::string_view name) const {
    return app_index(name) < config_.apps.size() || is_built_in(name);
  }
  static bool is_built_in(std::string_view name) {
    return std::find(kBuiltInApps.begin(), kBuiltInApps.end(), name) != kBuiltInApps.end();
  }
  [[nodiscard]] size_t app_index(std::string_view name) const {
    size_t i = 0;
    while (i < config_.apps.size() && config_.apps[i].name != name) ++i;
    return i;
  }
  // The key stood in the line, not only at the top.
  static bool has_own(const LineConfig& line, std::string_view key, Scope scope) {
    return line.given.has(field_index(key, scope));
  }
  [[nodiscard]] bool is_loopback_only() const {
    const auto address = IpAddress::parse(config_.serve_bind);
    return address && address->is_loopback();
  }

  const Config& config_;
  Problems& problems_;
};

void Checker::check_box() {
  if (config_.tls_cert_file.empty() != config_.tls_key_file.empty()) {
    error(config_.tls_cert_file.empty() ? "serve.tls.certFile" : "serve.tls.keyFile",
          "is required, because the other file of serve.tls is given");
  }
  if (config_.api_token.is_set() && config_.api_token.size() < 32) {
    error("api.token", "expected at least 32 characters");
  }
  if (config_.reserved_calls >= config_.max_concurrent_calls) {
    error("outbound.reservedCalls", "expected less than maxConcurrentCalls");
  }
  if (is_taken(config_.stream_path)) {
    error("streaming.streamPath", "is the path of another route of this box");
  }
  if (config_.lines.empty()) warning("lines", "no line is configured, so no call can come or go");
  bool all_loopback = is_loopback_only();
  if (const auto api = IpAddress::parse(config_.api_bind)) all_loopback &= api->is_loopback();
  if (!config_.api_token.is_set() && !all_loopback) {
    warning("api.token",
            "without it the API, /metrics and /call/outbound are closed, because the box listens "
            "beyond loopback");
  }
}

void Checker::check_app_name(std::string_view name, const Note& place) {
  if (is_app(name)) return;
  NearestKey nearest(name);
  for (const AppConfig& app : config_.apps) nearest.consider(app.name);
  for (const std::string_view app : kBuiltInApps) nearest.consider(app);
  Note note;
  note.path.put(place.path.view());
  note.message.put("there is no app of this name; the nearest one is ").put(nearest.key());
  report(Severity::kError, note);
}

void Checker::check_apps() {
  for (const AppConfig& app : config_.apps) {
    const auto at = [&](std::string_view key, std::string_view message, Severity severity) {
      Note note;
      note.path.put("apps.").put(app.name).put(key);
      note.message.put(message);
      report(severity, note);
    };
    const bool dialled =
        app.protocol == AppProtocol::kTwilio || app.protocol == AppProtocol::kOpenAiRealtime;
    const bool announces = app.protocol == AppProtocol::kAnnounce;
    if (app.protocol == AppProtocol::kOpenAiRealtime) {
      at(".protocol", "openai-realtime is not available in this build yet; twilio is",
         Severity::kError);
    }
    if (dialled && app.url.empty()) at(".url", "is required for this protocol", Severity::kError);
    if (announces && app.file.empty()) {
      at(".file", "is required for this protocol", Severity::kError);
    }
    for (const AppParam& param : app.params) {
      if (!dialled || !is_one_of(param.name, kOwnParameters)) continue;
      Note note;
      note.path.put("apps.").put(app.name).put(".params.").put(param.name);
      note.message.put("is a parameter that the box gives every application itself");
      report(Severity::kError, note);
    }
    if (app.protocol == AppProtocol::kNone) continue;
    if (!dialled && !app.url.empty()) {
      at(".url", "has no effect with this protocol", Severity::kWarning);
    }
    if (!announces && !app.file.empty()) {
      at(".file", "has no effect with this protocol", Severity::kWarning);
    }
    if (!dialled && app.fallback != kHangupFallback) {
      at(".fallback", "has no effect with this protocol", Severity::kWarning);
    }
  }
  check_fallbacks();
}

void Checker::check_fallbacks() {
  for (const AppConfig& app : config_.apps) {
    Note note;
    note.path.put("apps.").put(app.name).put(".fallback");
    std::string_view next = app.fallback;
    if (next == kHangupFallback) continue;
    check_app_name(next, note);
    // Follow the chain for as many steps as there are apps: it has ended by then, or it never does.
    size_t steps = 0;
    while (steps <= config_.apps.size() && app_index(next) < config_.apps.size()) {
      next = config_.apps[app_index(next)].fallback;
      ++steps;
    }
    if (steps <= config_.apps.size()) continue;
    note.message.put("leads in a circle and never to hangup");
    report(Severity::kError, note);
  }
}

void Checker::check_numbers() {
  for (const NumberRoute& route : config_.numbers) {
    Note note;
    note.path.put("numbers[\"").put(route.number).put("\"]");
    const size_t base = note.path.size();
    if (!route.app.empty()) {
      note.path.put(".app");
      check_app_name(route.app, note);
    }
    if (route.policy == PolicyChoice::kPairing) {
      note.path.truncate(base);
      note.path.put(".inboundPolicy");
      note.message.put("pairing is not available yet; use allowlist");
      report(Severity::kError, note);
    }
  }
}

void Checker::check_skip(const LineValues& values, std::string_view path) {
  const bool local_url =
      values.public_url.empty() || reach_of_url(values.public_url) == Reach::kLoopback;
  if (is_loopback_only() && local_url) {
    warning(path, "webhooks are taken without a signature; for the bench only");
  } else {
    error(path,
          "is only taken while serve.bind is a loopback address and publicUrl is unset or "
          "loopback, as anybody could make calls otherwise");
  }
}

// Values that stand at the top (`line` is null) or in a line itself. Where a line has one of two
// keys that must agree, it is checked in the line.
void Checker::check_values(const LineValues& values, const LineConfig* line, size_t index) {
  const auto own = [&](std::string_view key) {
    return line == nullptr || has_own(*line, key, Scope::kEither);
  };
  const auto place = [&](Note& note, std::string_view key) {
    if (line == nullptr) {
      note.path.put(key);
    } else {
      in_line(note, index, key);
    }
  };
  if (own("inboundPolicy") && values.inbound_policy == PolicyChoice::kPairing) {
    Note note;
    place(note, "inboundPolicy");
    note.message.put("pairing is not available yet; use allowlist");
    report(Severity::kError, note);
  }
  if ((own("inboundPolicy") || own("allowFrom")) &&
      values.inbound_policy == PolicyChoice::kAllowlist && values.allow_from.empty()) {
    Note note;
    place(note, "allowFrom");
    note.message.put("is empty, so the policy allowlist refuses every caller");
    report(Severity::kWarning, note);
  }
  if ((own("staleCallReaperSeconds") || own("maxDurationSeconds")) && values.reaper_seconds > 0 &&
      values.reaper_seconds < values.max_duration_seconds) {
    Note note;
    place(note, "staleCallReaperSeconds");
    note.message.put("is less than maxDurationSeconds (").number(values.max_duration_seconds);
    note.message.put("), so healthy calls are ended; 120 to 300 suits boxes that only notify");
    report(Severity::kWarning, note);
  }
  if (own("maxDurationSeconds") && values.max_duration_seconds > 14'400) {
    Note note;
    place(note, "maxDurationSeconds");
    note.message.put("many carriers end calls after 14400 s whatever stands here");
    report(Severity::kWarning, note);
  }
  if ((own("skipSignatureVerification") || own("publicUrl")) &&
      values.skip_signature_verification) {
    Note note;
    place(note, "skipSignatureVerification");
    check_skip(values, note.path.view());
  }
  if (own("app")) {
    Note note;
    place(note, "app");
    check_app_name(values.app, note);
  }
}

void Checker::check_paths(const LineConfig& line, size_t index) {
  const std::string_view path = line.values.path;
  if (path == config_.stream_path.view()) {
    line_problem(Severity::kError, index, "serve.path", "is streaming.streamPath too");
  }
  if (is_taken(path)) {
    line_problem(Severity::kError, index, "serve.path", "is the path of another route of this box");
  }
  for (size_t other = 0; other < index; ++other) {
    if (config_.lines[other].values.path != line.values.path) continue;
    Note note;
    in_line(note, index, "serve.path");
    note.message.put("is the path of lines[").number(other).put("] too; every line needs its own");
    report(Severity::kError, note);
    return;
  }
}

void Checker::check_region(const LineConfig& line, size_t index) {
  if (line.provider != ProviderKind::kTwilio) return;
  if (!line.region.empty() && !is_one_of(line.region, kRegions)) {
    line_problem(Severity::kError, index, "region", "expected one of us1, ie1, au1");
  }
  if (!line.edge.empty() && !is_one_of(line.edge, kEdges)) {
    NearestKey nearest(line.edge);
    for (const std::string_view edge : kEdges) nearest.consider(edge);
    Note note;
    in_line(note, index, "edge");
    note.message.put("is no edge of the carrier; the nearest one is ").put(nearest.key());
    report(Severity::kError, note);
  }
  if (line.edge.empty() && (line.region == "ie1" || line.region == "au1")) {
    line_problem(Severity::kError, index, "edge",
                 "is required with this region: dublin for ie1, sydney for au1");
  }
}

void Checker::check_credentials(const LineConfig& line, size_t index) {
  if (line.api_key_sid.is_set() == line.api_key_secret.is_set()) return;
  line_problem(Severity::kError, index, line.api_key_sid.is_set() ? "apiKeySecret" : "apiKeySid",
               "is required, because the other half of the API key is given");
}

void Checker::check_readiness(const LineConfig& line, size_t index) {
  Readiness readiness = readiness_of(line);
  // A key that was given and is wrong has its own error; it is not missing as well.
  for (size_t i = readiness.missing.size(); i-- > 0;) {
    const std::string_view key = readiness.missing[i];
    const bool is_url = key == "publicUrl";
    const size_t field = field_index(key, is_url ? Scope::kEither : Scope::kLine);
    const bool given = line.given.has(field) || (is_url && config_.given.has(field));
    if (given && (!is_url || line.values.public_url.empty())) readiness.missing.erase(i);
  }
  if (line.provider == ProviderKind::kNone || (readiness.built_in && readiness.missing.empty())) {
    return;
  }
  Note note;
  note.path.put("lines[").number(index).put("]");
  write_readiness(line, readiness, note.message);
  report(Severity::kLine, note);
}

void Checker::check_line_providers(const LineConfig& line, size_t index) {
  if (line.provider == ProviderKind::kNone) return;
  const std::span<const Field> fields = config_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.providers == 0 || !line.given.has(i) ||
        (field.providers & only(line.provider)) != 0) {
      continue;
    }
    Note note;
    in_line(note, index, field.key);
    note.message.put("has no effect with provider ").put(name_of(line.provider));
    report(Severity::kWarning, note);
  }
}

void Checker::check_general_providers() {
  const std::span<const Field> fields = config_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.scope != Scope::kEither || field.providers == 0 || !config_.given.has(i)) continue;
    const bool honoured = std::any_of(
        config_.lines.begin(), config_.lines.end(),
        [&](const LineConfig& line) { return (field.providers & only(line.provider)) != 0; });
    if (!honoured) warning(field.key, "has no effect with the providers of the lines");
  }
}

void Checker::check_line(const LineConfig& line, size_t index) {
  for (size_t other = 0; other < index; ++other) {
    if (line.id.empty() || config_.lines[other].id != line.id) continue;
    Note note;
    in_line(note, index, "id");
    note.message.put("is the id of lines[").number(other).put("] too");
    report(Severity::kError, note);
    break;
  }
  check_values(line.values, &line, index);
  check_paths(line, index);
  check_region(line, index);
  check_credentials(line, index);
  check_line_providers(line, index);
  check_readiness(line, index);
  const bool real = line.provider != ProviderKind::kMock && line.provider != ProviderKind::kNone;
  if (real && line.from_number.empty() && !has_own(line, "fromNumber", Scope::kLine)) {
    line_problem(Severity::kWarning, index, "fromNumber",
                 "is unset, so every outbound call has to bring its own");
  }
  if (is_bench_line(line)) {
    line_problem(Severity::kWarning, index, "apiBaseUrl",
                 "REST requests go to this machine instead of the carrier; for the bench only");
  }
  // B-URL-2: the signed URL is taken to be https://<Host> then, which a simulated carrier on this
  // machine does not sign.
  if (is_bench_line(line) && line.values.public_url.empty() &&
      !line.values.skip_signature_verification && !line.values.trust_forwarding_headers) {
    Note note;
    in_line(note, index, "publicUrl");
    note.message.put("is unset, so webhooks are verified against https://<Host> and those of a ");
    note.message.put("simulated carrier get 401; set it to the address that carrier calls: http");
    note.message.put(config_.tls_cert_file.empty() ? "" : "s").put("://127.0.0.1");
    if (config_.serve_port != 0) note.message.put(':').number(config_.serve_port);
    report(Severity::kWarning, note);
  }
  if (line.provider == ProviderKind::kTwilio && line.values.streaming && !is_bench_line(line)) {
    const auto url = split_url(line.values.public_url);
    if (url.ok() && url->effective_port() != 443) {
      Note note;
      if (has_own(line, "publicUrl", Scope::kEither)) {
        in_line(note, index, "publicUrl");
      } else {
        note.path.put("publicUrl");
      }
      note.message.put("has another port than 443, where Twilio may not connect media streams");
      report(Severity::kWarning, note);
    }
  }
}

}  // namespace

void check_config(const Config& config, Problems& problems) { Checker(config, problems).check(); }

}  // namespace hookflash
