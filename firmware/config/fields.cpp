#include <array>

#include "config/field.h"
#include "limits.h"

namespace hookflash {
namespace {

using Words = std::string_view;

// In the order of the enums in config.h.
constexpr Words kProviders[] = {"", "twilio", "plivo", "telnyx", "mock"};
constexpr Words kPolicies[] = {"disabled", "allowlist", "open", "pairing"};
constexpr Words kModes[] = {"notify", "conversation"};
constexpr Words kProtocols[] = {"", "twilio", "openai-realtime", "echo", "announce", "tone"};
constexpr Words kLogLevels[] = {"debug", "info", "warn", "error"};

constexpr ProviderSet kTwilioOnly = only(ProviderKind::kTwilio);
constexpr ProviderSet kTelnyxOnly = only(ProviderKind::kTelnyx);
constexpr ProviderSet kPlivoOnly = only(ProviderKind::kPlivo);
constexpr ProviderSet kNetworked = kTwilioOnly | kTelnyxOnly | kPlivoOnly;

constexpr auto kStreamsMax = static_cast<int64_t>(limits::kStreamsMax);

constexpr Field kFields[] = {
    // --- How the box is reached ------------------------------------------------------------------
    {.key = "publicUrl",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::public_url>(),
     .format = Format::kPublicUrl,
     .label = "Public address",
     .help = "The address under which carriers reach this box, through a tunnel, a proxy or "
             "directly. A path in it stands for the webhook path behind a proxy that rewrites it.",
     .document_range = "https URL; http only to a loopback host",
     .document_default = "unset"},
    {.key = "serve.bind",
     .access = access_to<&Config::serve_bind>(),
     .format = Format::kAddress,
     .label = "Listen address",
     .help = "The IP address to listen on. 127.0.0.1 behind a tunnel or proxy on the same box, "
             "0.0.0.0 or :: for every network.",
     .default_text = "127.0.0.1",
     .restart = true},
    {.key = "serve.port",
     .access = access_to<&Config::serve_port>(),
     .label = "Listen port",
     .help = "The TCP port to listen on; 0 takes any free one and reports it.",
     .min = 0,
     .max = 65535,
     .default_number = 3334,
     .restart = true},
    {.key = "serve.path",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::path>(),
     .format = Format::kPath,
     .label = "Webhook path",
     .help = "The path of the carrier's webhooks. Every line needs its own, so with several lines "
             "set it in each.",
     .default_text = "/voice/webhook"},
    {.key = "serve.tls.certFile",
     .access = access_to<&Config::tls_cert_file>(),
     .format = Format::kFilePath,
     .label = "TLS certificate",
     .help = "Certificate chain in PEM for serving https and wss directly. Read again on SIGHUP.",
     .document_default = "unset: plain HTTP"},
    {.key = "serve.tls.keyFile",
     .access = access_to<&Config::tls_key_file>(),
     .format = Format::kFilePath,
     .label = "TLS key",
     .help = "Private key in PEM that belongs to serve.tls.certFile. Read again on SIGHUP.",
     .document_default = "unset: plain HTTP"},
    {.key = "api.token",
     .access = access_to<&Config::api_token>(),
     .format = Format::kPrintable,
     .label = "API token",
     .help = "Opens the API, /metrics and /call/outbound to requests with `Authorization: Bearer`. "
             "Without it they are served on a loopback address only.",
     .document_range = "32 to 256 characters",
     .document_default = "unset"},
    {.key = "api.bind",
     .access = access_to<&Config::api_bind>(),
     .format = Format::kAddress,
     .label = "API listen address",
     .help = "Takes the API, /metrics and /call/outbound off the main listener, to this address.",
     .document_default = "unset: serve.bind",
     .restart = true},
    {.key = "api.port",
     .access = access_to<&Config::api_port>(),
     .label = "API listen port",
     .help = "Likewise, to this port.",
     .min = 0,
     .max = 65535,
     .default_number = -1,
     .document_default = "unset: serve.port",
     .restart = true},

    // --- Lines -----------------------------------------------------------------------------------
    {.key = "id",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::id>(),
     .format = Format::kName,
     .label = "Name",
     .help = "The line's name in the API, logs and metrics. Unique.",
     .required = true},
    {.key = "provider",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::provider>(),
     .label = "Carrier",
     .help = "Who carries the calls of this line.",
     .words = kProviders,
     .required = true},
    {.key = "enabled",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::enabled>(),
     .label = "Enabled",
     .help = "A disabled line is checked all the same, but not started.",
     .default_number = 1},
    {.key = "fromNumber",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::from_number>(),
     .format = Format::kE164,
     .label = "Own number",
     .help = "The caller id of outbound calls, unless a request brings its own.",
     .document_default = "unset"},
    {.key = "toNumber",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::to_number>(),
     .format = Format::kE164,
     .label = "Usual destination",
     .help = "Whom an outbound call reaches when the request names nobody.",
     .document_default = "unset"},
    {.key = "apiBaseUrl",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::api_base_url>(),
     .format = Format::kLoopbackUrl,
     .label = "REST address for the bench",
     .help = "Sends the line's REST requests to a simulated carrier on this machine. Such a line "
             "needs no public address.",
     .document_range = "http or https URL to a loopback host",
     .document_default = "unset: the carrier's own",
     .providers = kNetworked},
    {.key = "region",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::region>(),
     .format = Format::kName,
     .label = "Region",
     .help = "Where the carrier processes the calls. ie1 and au1 need `edge` too.",
     .document_range = "us1, ie1 or au1",
     .document_default = "unset: us1",
     .providers = kTwilioOnly},
    {.key = "edge",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::edge>(),
     .format = Format::kName,
     .label = "Edge",
     .help = "The carrier's point of entry for REST requests.",
     .document_range = "a public or interconnect edge, for example dublin",
     .document_default = "unset",
     .providers = kTwilioOnly},
    {.key = "accountSid",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::account_sid>(),
     .format = Format::kAccountSid,
     .label = "Account SID",
     .help = "Twilio's name of the account.",
     .document_range = "AC and 32 hex digits",
     .document_default = "unset",
     .providers = kTwilioOnly},
    {.key = "authToken",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::auth_tokens>(),
     .format = Format::kPrintable,
     .label = "Auth token",
     .help = "Verifies the carrier's requests and, without an API key, signs in to its REST API. "
             "Two may be given while one is being replaced: either verifies, the first signs in.",
     .document_range = "one text, or an array of one or two",
     .document_default = "unset",
     .providers = kTwilioOnly | kPlivoOnly},
    {.key = "apiKeySid",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::api_key_sid>(),
     .format = Format::kKeySid,
     .label = "API key SID",
     .help = "Signs in to the REST API in place of the auth token; belongs to apiKeySecret.",
     .document_range = "SK and 32 hex digits",
     .document_default = "unset",
     .providers = kTwilioOnly},
    {.key = "apiKeySecret",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::api_key_secret>(),
     .format = Format::kPrintable,
     .label = "API key secret",
     .help = "Belongs to apiKeySid.",
     .document_default = "unset",
     .providers = kTwilioOnly},
    {.key = "apiKey",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::api_key>(),
     .format = Format::kPrintable,
     .label = "API key",
     .help = "Signs in to Telnyx's REST API.",
     .document_default = "unset",
     .providers = kTelnyxOnly},
    {.key = "connectionId",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::connection_id>(),
     .format = Format::kPrintable,
     .label = "Connection id",
     .help = "The Telnyx connection (application) that places the calls.",
     .document_default = "unset",
     .providers = kTelnyxOnly},
    {.key = "publicKey",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::public_key>(),
     .format = Format::kPem,
     .label = "Public key",
     .help = "Verifies Telnyx's webhooks: Ed25519 as PEM, DER in base64 or 32 bytes in base64.",
     .document_default = "unset",
     .providers = kTelnyxOnly},
    {.key = "authId",
     .scope = Scope::kLine,
     .access = access_to<&LineConfig::auth_id>(),
     .format = Format::kPrintable,
     .label = "Auth id",
     .help = "Plivo's name of the account.",
     .document_default = "unset",
     .providers = kPlivoOnly},

    // --- Calls -----------------------------------------------------------------------------------
    {.key = "maxConcurrentCalls",
     .access = access_to<&Config::max_concurrent_calls>(),
     .label = "Calls at a time",
     .help = "Every live call of every line and direction counts. One more is refused as busy.",
     .min = 1,
     .max = static_cast<int64_t>(limits::kCallsMax),
     .default_number = static_cast<int64_t>(limits::kCallsDefault),
     .document_range = "1 to the build's limit: 4 (tiny), 32 (pi), 512 (gateway)",
     .document_default = "4 (tiny), 8 (pi), 512 (gateway)"},
    {.key = "maxDurationSeconds",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::max_duration_seconds>(),
     .label = "Longest call",
     .help = "A call is hung up this long after it was answered. Many carriers stop at 14,400.",
     .unit = "s",
     .min = 1,
     .max = 86400,
     .default_number = 300},
    {.key = "staleCallReaperSeconds",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::reaper_seconds>(),
     .label = "Stale calls end after",
     .help = "A call in any state is ended this long after it was created; 0 is off. 120 to 300 "
             "suits a box that only notifies.",
     .unit = "s",
     .min = 0,
     .max = 86400,
     .default_number = 0},
    {.key = "ringTimeoutMs",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::ring_timeout_ms>(),
     .label = "Ring time",
     .help = "How long an outbound call rings. Carriers get whole seconds, rounded down.",
     .unit = "ms",
     .min = 1000,
     .max = 600000,
     .default_number = 30000},
    {.key = "transcriptTimeoutMs",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::transcript_timeout_ms>(),
     .label = "Wait for an answer",
     .help = "A turn that hears no final speech for this long fails.",
     .unit = "ms",
     .min = 1000,
     .max = 600000,
     .default_number = 180000},
    {.key = "silenceTimeoutMs",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::silence_timeout_ms>(),
     .label = "Silence that ends speech",
     .help = "Given to the carrier's speech recogniser in its unit, rounded up.",
     .unit = "ms",
     .min = 100,
     .max = 10000,
     .default_number = 800},
    {.key = "inboundPolicy",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::inbound_policy>(),
     .label = "Inbound calls",
     .help = "Who may call in: nobody, the numbers of allowFrom, or everybody. pairing is not "
             "available yet.",
     .words = kPolicies},
    {.key = "allowFrom",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::allow_from>(),
     .format = Format::kE164,
     .label = "Allowed callers",
     .help = "The callers that inboundPolicy allowlist accepts, compared whole.",
     .document_default = "[]"},
    {.key = "inboundGreeting",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::inbound_greeting>(),
     .format = Format::kSpeech,
     .label = "Greeting",
     .help = "Spoken to inbound callers first. Unset: the app speaks first.",
     .document_default = "unset"},
    {.key = "app",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::app>(),
     .format = Format::kName,
     .label = "App",
     .help = "Where the calls' audio goes: a name of `apps`, or the built-in echo or tone.",
     .default_text = "echo"},
    {.key = "skipSignatureVerification",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::skip_signature_verification>(),
     .label = "Skip signatures",
     .help = "Takes webhooks without a valid signature. For the bench: refused unless serve.bind "
             "is a loopback address and publicUrl is unset or loopback."},
    {.key = "outbound.defaultMode",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::default_mode>(),
     .label = "Mode of outbound calls",
     .help = "notify speaks one message and hangs up; conversation connects the app.",
     .words = kModes},
    {.key = "outbound.notifyHangupDelaySec",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::notify_hangup_delay_seconds>(),
     .label = "Pause before a notify call ends",
     .help = "Counted from the real end of speech.",
     .unit = "s",
     .min = 0,
     .max = 300,
     .default_number = 3},
    {.key = "outbound.reservedCalls",
     .access = access_to<&Config::reserved_calls>(),
     .label = "Calls kept for outbound",
     .help = "So many of maxConcurrentCalls are never given to inbound calls.",
     .min = 0,
     .max = static_cast<int64_t>(limits::kCallsMax) - 1,
     .document_range = "0 to maxConcurrentCalls - 1"},

    // --- Webhooks --------------------------------------------------------------------------------
    {.key = "webhookSecurity.allowedHosts",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::allowed_hosts>(),
     .format = Format::kHost,
     .label = "Allowed hosts",
     .help = "Host names a request may be addressed to where publicUrl is unset. Not empty: "
             "forwarding headers that name one of them are believed.",
     .document_default = "[]"},
    {.key = "webhookSecurity.trustForwardingHeaders",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::trust_forwarding_headers>(),
     .label = "Trust forwarding headers",
     .help = "Believes x-forwarded-* headers of trustedProxyIPs (of anybody, when that is empty)."},
    {.key = "webhookSecurity.trustedProxyIPs",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::trusted_proxies>(),
     .format = Format::kAddress,
     .label = "Trusted proxies",
     .help = "Addresses of the proxies in front of this box.",
     .document_default = "[]"},
    {.key = "webhookSecurity.plivoRequireV3",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::plivo_require_v3>(),
     .label = "Refuse Plivo V2 signatures",
     .help = "V2 covers neither query nor body.",
     .providers = kPlivoOnly},

    // --- Streams ---------------------------------------------------------------------------------
    {.key = "streaming.enabled",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::streaming>(),
     .label = "Media streams",
     .help = "false: the carrier speaks and listens, and no audio comes to this box.",
     .default_number = 1},
    {.key = "streaming.streamPath",
     .access = access_to<&Config::stream_path>(),
     .format = Format::kPath,
     .label = "Stream path",
     .help = "The path of the carrier's media streams; /ws is an alias.",
     .default_text = "/voice/stream"},
    {.key = "streaming.preStartTimeoutMs",
     .access = access_to<&Config::pre_start_timeout_ms>(),
     .label = "Wait for a stream's start",
     .help = "A stream that has not sent a valid start by then is closed.",
     .unit = "ms",
     .min = 100,
     .max = 60000,
     .default_number = 5000},
    {.key = "streaming.disconnectGraceMs",
     .scope = Scope::kEither,
     .access = access_to<&LineValues::disconnect_grace_ms>(),
     .label = "Grace after a lost stream",
     .help = "A call whose stream does not come back by then is ended; 0 is at once.",
     .unit = "ms",
     .min = 0,
     .max = 60000,
     .default_number = 2000},
    {.key = "streaming.maxPendingConnections",
     .access = access_to<&Config::max_pending_connections>(),
     .label = "Streams before their start",
     .help = "More are closed.",
     .min = 1,
     .max = kStreamsMax,
     .default_number = 32,
     .document_range = "1 to the build's limit"},
    {.key = "streaming.maxPendingConnectionsPerIp",
     .access = access_to<&Config::max_pending_connections_per_ip>(),
     .label = "Streams before their start, per address",
     .help = "More from one address are closed; carriers' gateways share addresses.",
     .min = 1,
     .max = kStreamsMax,
     .default_number = 16,
     .document_range = "1 to the build's limit"},
    {.key = "streaming.maxConnections",
     .access = access_to<&Config::max_connections>(),
     .label = "Streams in all",
     .help = "More are answered 503.",
     .min = 1,
     .max = kStreamsMax,
     .default_number = 128,
     .document_range = "1 to the build's limit"},
    {.key = "streaming.leadMs",
     .access = access_to<&Config::lead_ms>(),
     .label = "Lead",
     .help = "How far audio may run ahead of real time towards the carrier, so that internet "
             "jitter is not heard as gaps.",
     .unit = "ms",
     .min = 0,
     .max = limits::kLeadMsMax,
     .step = 20,
     .default_number = 60},
    {.key = "streaming.appBufferMs",
     .access = access_to<&Config::app_buffer_ms>(),
     .label = "Buffer for an app's answers",
     .help = "Audio that an app may send ahead, per call. Longer than the answers it gives: while "
             "the buffer is full, a clear waits behind unread audio.",
     .unit = "ms",
     .min = limits::kAppBufferMsMin,
     .max = limits::kAppBufferMsMax,
     .default_number = limits::kAppBufferMsDefault,
     .document_range = "1000 to the build's limit: 10000 (tiny), 120000 (pi), 60000 (gateway)",
     .document_default = "the build's limit"},

    // --- Apps ------------------------------------------------------------------------------------
    {.key = "protocol",
     .scope = Scope::kApp,
     .access = access_to<&AppConfig::protocol>(),
     .label = "Protocol",
     .help = "twilio: a WebSocket application that speaks Twilio Media Streams; this box acts as "
             "the carrier. echo, announce and tone are built in. openai-realtime is not available "
             "yet.",
     .words = kProtocols,
     .required = true},
    {.key = "url",
     .scope = Scope::kApp,
     .access = access_to<&AppConfig::url>(),
     .format = Format::kAppUrl,
     .label = "URL",
     .help = "Where the application listens; for protocol twilio.",
     .document_range = "ws or wss URL",
     .document_default = "unset"},
    {.key = "file",
     .scope = Scope::kApp,
     .access = access_to<&AppConfig::file>(),
     .format = Format::kFilePath,
     .label = "Prompt file",
     .help = "What announce plays: mu-law at 8 kHz, as WAV or raw, at most 60 s.",
     .document_default = "unset"},
    {.key = "fallback",
     .scope = Scope::kApp,
     .access = access_to<&AppConfig::fallback>(),
     .format = Format::kName,
     .label = "When it is lost",
     .help = "What follows when the application cannot be reached again: hangup, or another app "
             "(an announcement ends the call after it).",
     .default_text = "hangup"},

    // --- Numbers ---------------------------------------------------------------------------------
    {.key = "greeting",
     .scope = Scope::kNumber,
     .access = access_to<&NumberRoute::greeting>(),
     .format = Format::kSpeech,
     .label = "Greeting",
     .help = "In place of inboundGreeting; an empty one silences it.",
     .document_default = "unset: the line's"},
    {.key = "app",
     .scope = Scope::kNumber,
     .access = access_to<&NumberRoute::app>(),
     .format = Format::kName,
     .label = "App",
     .help = "In place of the line's app.",
     .document_default = "unset: the line's"},
    {.key = "inboundPolicy",
     .scope = Scope::kNumber,
     .access = access_to<&NumberRoute::policy>(),
     .label = "Inbound calls",
     .help = "In place of the line's policy.",
     .document_default = "unset: the line's",
     .words = kPolicies},

    // --- Records ---------------------------------------------------------------------------------
    {.key = "log.level",
     .access = access_to<&Config::log_level>(),
     .label = "Log level",
     .help = "The least level that is logged.",
     .default_number = static_cast<int64_t>(LogThreshold::kInfo),
     .words = kLogLevels},
    {.key = "history.keepTranscripts",
     .access = access_to<&Config::keep_transcripts>(),
     .label = "Keep transcripts",
     .help = "The journal keeps the transcripts of finished calls, for `hookflash journal dump "
             "--private`; otherwise it drops them when it is next compacted."},
};

constexpr size_t kFieldCount = sizeof kFields / sizeof kFields[0];
static_assert(kFieldCount <= 128, "GivenFields has a bit for each");

consteval bool keys_are_unique() {
  const auto at_top = [](Scope scope) {
    return scope == Scope::kGeneral || scope == Scope::kEither;
  };
  const auto in_line = [](Scope scope) { return scope == Scope::kLine || scope == Scope::kEither; };
  for (size_t i = 0; i < kFieldCount; ++i) {
    for (size_t k = i + 1; k < kFieldCount; ++k) {
      const Scope a = kFields[i].scope;
      const Scope b = kFields[k].scope;
      const bool together = a == b || (at_top(a) && at_top(b)) || (in_line(a) && in_line(b));
      if (together && kFields[i].key == kFields[k].key) return false;
    }
  }
  return true;
}
static_assert(keys_are_unique());

consteval bool defaults_are_in_range() {
  for (const Field& field : kFields) {
    const bool unset = field.default_number == -1 && !field.document_default.empty();
    switch (field.access.type) {
      case FieldType::kInteger:
        if (!unset && (field.default_number < field.min || field.default_number > field.max)) {
          return false;
        }
        break;
      case FieldType::kChoice:
        if (field.default_number >= static_cast<int64_t>(field.words.size())) return false;
        break;
      case FieldType::kText:
        if (field.default_text.size() > field.access.bytes_max) return false;
        break;
      default: break;
    }
  }
  return true;
}
static_assert(defaults_are_in_range());

}  // namespace

std::span<const Field> config_fields() { return kFields; }

void set_defaults(Scope of, void* scope) {
  for (const Field& field : kFields) {
    if (field.scope != of) continue;
    if (field.access.set_number != nullptr) {
      field.access.set_number(scope, field.default_number);
      continue;
    }
    field.access.clear(scope);
    if (!field.default_text.empty()) {
      CHECK(field.access.add(scope, field.default_text) == Status::kOk);
    }
  }
}

std::string_view name_of(ProviderKind provider) {
  return kProviders[static_cast<size_t>(provider)];
}

}  // namespace hookflash
