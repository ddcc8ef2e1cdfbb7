#include "appliance/settings.h"

#include <array>

#include "appliance/provider_set.h"
#include "base/check.h"
#include "config/readiness.h"
#include "http/url.h"

namespace hookflash {
namespace {

constexpr std::string_view kRetryFragment = "#rc=2&rp=5xx,ct";  // B-TWI-1.

const LineConfig& line_of(const Config& config, uint8_t line) { return config.lines[line]; }

// The account's user and password of the REST API.
RestAccount account_of(const LineConfig& line) {
  RestAccount account{.id = line.account_sid.reveal()};
  if (line.api_key_sid.is_set()) {
    account.user = line.api_key_sid.reveal();
    account.password = line.api_key_secret.reveal();
  } else {
    account.user = account.id;
    account.password = line.auth_tokens.empty() ? std::string_view() : line.auth_tokens[0].reveal();
  }
  return account;
}

bool has_credentials(const LineConfig& line) {
  const RestAccount account = account_of(line);
  return !account.id.empty() && !account.password.empty();
}

InboundPolicy policy_of(PolicyChoice choice) {
  switch (choice) {
    case PolicyChoice::kDisabled: return InboundPolicy::kDisabled;
    case PolicyChoice::kAllowlist: return InboundPolicy::kAllowlist;
    case PolicyChoice::kOpen: return InboundPolicy::kOpen;
    case PolicyChoice::kPairing: return InboundPolicy::kPairing;
  }
  return InboundPolicy::kDisabled;
}

// Scheme, host and port of publicUrl, or of the listener where it is unset (B-API-3).
void write_base(const Config& config, const LineValues& values, bool stream, TextWriter& out) {
  if (values.public_url.empty()) {
    const bool tls = !config.tls_cert_file.empty();
    out.put(stream ? (tls ? "wss://" : "ws://") : (tls ? "https://" : "http://"));
    const std::string_view bind = config.serve_bind;
    const bool v6 = bind.find(':') != std::string_view::npos;
    if (v6) out.put('[');
    out.put(bind);
    if (v6) out.put(']');
    out.put(':').number(config.serve_port);
    return;
  }
  const Result<Url> url = split_url(values.public_url);
  CHECK(url.ok());  // The configuration check has seen to it.
  out.put(stream ? (url->is_secure() ? "wss://" : "ws://")
                 : (url->is_secure() ? "https://" : "http://"));
  out.put(url->host);
  if (url->port != 0) out.put(':').number(url->port);
}

}  // namespace

bool is_same_account(const LineConfig& old, const LineConfig& fresh) {
  return fresh.provider == old.provider && fresh.account_sid.reveal() == old.account_sid.reveal() &&
         fresh.region == old.region && fresh.api_base_url == old.api_base_url &&
         (has_credentials(fresh) || !has_credentials(old));
}

void Settings::use(const Config& config) {
  config_ = &config;
  for (size_t i = 0; i < config.lines.size(); ++i) {
    std::array<char, limits::kHostBytesMax> memory;
    TextWriter host(memory);
    if (const Provider* const carrier = provider(static_cast<uint8_t>(i))) {
      carrier->write_host(config.lines[i].region, config.lines[i].edge, host);
    }
    hosts_[i].set(host.view());
  }
}

size_t Settings::lines() const { return config_->lines.size(); }

std::string_view Settings::line_id(uint8_t line) const { return line_of(*config_, line).id; }

bool Settings::line_ready(uint8_t line) const {
  const LineConfig& chosen = line_of(*config_, line);
  return provider_of(chosen.provider) != nullptr && readiness_of(chosen).ready();
}

std::optional<uint8_t> Settings::find_line(std::string_view id) const {
  for (size_t i = 0; i < config_->lines.size(); ++i) {
    if (id.empty() || config_->lines[i].id == id) return static_cast<uint8_t>(i);
  }
  return std::nullopt;
}

std::optional<uint8_t> Settings::first_line() const {
  for (size_t i = 0; i < config_->lines.size(); ++i) {
    if (config_->lines[i].enabled) return static_cast<uint8_t>(i);
  }
  return config_->lines.empty() ? std::nullopt : std::optional<uint8_t>(0);
}

CallCap Settings::cap() const {
  return {.calls_max = config_->max_concurrent_calls,
          .reserved_for_outbound = config_->reserved_calls};
}

CallLimits Settings::limits_of(uint8_t line) const {
  const LineValues& values = line_of(*config_, line).values;
  return {.max_duration_seconds = values.max_duration_seconds,
          .ring_timeout_ms = values.ring_timeout_ms,
          .disconnect_grace_ms = values.disconnect_grace_ms,
          .transcript_timeout_ms = values.transcript_timeout_ms,
          .silence_timeout_ms = values.silence_timeout_ms,
          .notify_hangup_delay_seconds = values.notify_hangup_delay_seconds,
          .reaper_seconds = values.reaper_seconds,
          .streaming = values.streaming};
}

StreamerConfig Settings::streamer() const {
  return {.lead = Duration::ms(config_->lead_ms), .burst_frames = config_->app_buffer_ms / 20};
}

Mode Settings::default_mode(uint8_t line) const {
  return line_of(*config_, line).values.default_mode == ModeChoice::kNotify ? Mode::kNotify
                                                                            : Mode::kConversation;
}

InboundRoute Settings::route(uint8_t line, std::string_view to) const {
  const LineValues& values = line_of(*config_, line).values;
  InboundRoute route{.policy = policy_of(values.inbound_policy),
                     .greeting = values.inbound_greeting,
                     .app = values.app};
  if (to.empty()) return route;
  const size_t index = find_route(
      config_->numbers.size(), [&](size_t i) { return config_->numbers[i].number.view(); }, to);
  if (index == SIZE_MAX) return route;
  const NumberRoute& number = config_->numbers[index];
  route.key = number.number;
  if (number.has_policy) route.policy = policy_of(number.policy);
  if (number.has_greeting) route.greeting = number.greeting;
  if (!number.app.empty()) route.app = number.app;
  return route;
}

bool Settings::allows(uint8_t line, InboundPolicy policy, std::string_view from) const {
  return is_call_allowed(policy, line_of(*config_, line).values.allow_from, from);
}

bool Settings::takes_calls(uint8_t line) const { return line_of(*config_, line).enabled; }

AppChoice Settings::app(std::string_view name, std::span<TargetParameter> memory) const {
  AppChoice choice;
  if (name.empty()) name = config_->values.app;
  for (size_t i = 0; i < config_->apps.size(); ++i) {
    const AppConfig& app = config_->apps[i];
    if (app.name != name) continue;
    choice.index = i;
    choice.url = app.url;
    if (app.fallback != kHangupFallback) choice.fallback = app.fallback;
    size_t count = 0;
    for (const AppParam& param : app.params) {
      if (count == memory.size()) break;
      memory[count++] = {.name = param.name, .value = param.value};
      if (param.name == "loop") choice.loop = param.value == "true";
    }
    choice.parameters = memory.first(count);
    switch (app.protocol) {
      case AppProtocol::kNone:
      case AppProtocol::kOpenAiRealtime: break;
      case AppProtocol::kTwilio: choice.kind = AppChoice::Kind::kWebSocket; break;
      case AppProtocol::kEcho: choice.kind = AppChoice::Kind::kEcho; break;
      case AppProtocol::kAnnounce: choice.kind = AppChoice::Kind::kAnnounce; break;
      case AppProtocol::kTone: choice.kind = AppChoice::Kind::kTone; break;
    }
    return choice;
  }
  if (name == "echo") choice.kind = AppChoice::Kind::kEcho;
  if (name == "tone") choice.kind = AppChoice::Kind::kTone;
  return choice;
}

void Settings::write_call_url(uint8_t line, const CallId& call, const CallUrl& query,
                              TextWriter& out) const {
  const LineValues& values = line_of(*config_, line).values;
  write_base(*config_, values, false, out);
  std::string_view path;
  if (!values.public_url.empty()) {
    if (const Result<Url> url = split_url(values.public_url); url.ok()) path = url->path;
  }
  out.put(path.empty() ? values.path.view() : path);
  out.put("?callId=").put(call.text());
  if (query.document_number != 0) out.put("&doc=").number(query.document_number);
  if (query.status) out.put("&type=status");
  if (query.retry != 0) out.put("&retry=").number(query.retry);
  if (!query.turn.empty()) out.put("&turn=").put(query.turn);
  out.put(kRetryFragment);
}

void Settings::write_stream_url(uint8_t line, TextWriter& out) const {
  write_base(*config_, line_of(*config_, line).values, true, out);
  out.put(config_->stream_path);
}

const Provider* Settings::provider(uint8_t line) const {
  return provider_of(line_of(*config_, line).provider);
}

bool Settings::reaches_carrier(uint8_t line) const {
  return line < lines() && provider(line) != nullptr && has_credentials(line_of(*config_, line));
}

RestAccess Settings::rest(uint8_t line) const {
  const LineConfig& chosen = line_of(*config_, line);
  RestAccess access;
  access.account = account_of(chosen);
  access.host = hosts_[line];
  if (chosen.api_base_url.empty()) return access;
  if (const Result<Url> url = split_url(chosen.api_base_url); url.ok()) {
    access.tls = url->is_secure();
    access.host = url->host;
    access.port = url->effective_port();
  }
  return access;
}

std::string_view Settings::signing_key(uint8_t line) const {
  const LineConfig& chosen = line_of(*config_, line);
  return chosen.auth_tokens.empty() ? std::string_view() : chosen.auth_tokens[0].reveal();
}

}  // namespace hookflash
