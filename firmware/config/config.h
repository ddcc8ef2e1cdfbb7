#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/ip_address.h"
#include "base/secret.h"
#include "limits.h"

namespace hookflash {

// The configuration of contract section 26 as plain values. Made by read_config() only, which fills
// in the defaults; all bytes zero is no configuration yet. What each key means, its range and its
// default stand in one table, fields.cpp.

// The numbers of these enums are never written anywhere; the words are in the table.
enum class ProviderKind : uint8_t { kNone = 0, kTwilio, kPlivo, kTelnyx, kMock };
enum class PolicyChoice : uint8_t { kDisabled = 0, kAllowlist, kOpen, kPairing };
enum class ModeChoice : uint8_t { kNotify = 0, kConversation };
enum class AppProtocol : uint8_t { kNone = 0, kTwilio, kOpenAiRealtime, kEcho, kAnnounce, kTone };
enum class LogThreshold : uint8_t { kDebug = 0, kInfo, kWarn, kError };

std::string_view name_of(ProviderKind provider);

using UrlText = FixedText<limits::kUrlBytesMax>;
using NumberText = FixedText<limits::kRouteKeyBytesMax>;  // E.164, the plus included.
using AppName = FixedText<limits::kAppNameBytesMax>;
using LineId = FixedText<limits::kLineIdBytesMax>;
using Credential = Secret<limits::kSecretBytesMax>;

// Which fields of the table stood in the text, by index; the others have their default or, in a
// line, the general value.
class GivenFields {
 public:
  [[nodiscard]] bool has(size_t field) const { return (bits_[field / 64] >> field % 64 & 1U) != 0; }
  void add(size_t field) { bits_[field / 64] |= uint64_t{1} << field % 64; }

 private:
  std::array<uint64_t, 2> bits_{};
};

// Values that may be given for all lines and for one line. Those of a line are complete: its own
// where given, else the general ones (B-CFG-3).
struct LineValues {
  UrlText public_url;  // As given, but a path of "/" alone is left out; empty: unset.
  FixedText<limits::kPathBytesMax> path;
  uint32_t max_duration_seconds = 0;
  uint32_t reaper_seconds = 0;  // 0: off.
  uint32_t ring_timeout_ms = 0;
  uint32_t transcript_timeout_ms = 0;
  uint32_t silence_timeout_ms = 0;
  PolicyChoice inbound_policy = PolicyChoice::kDisabled;
  FixedVector<NumberText, limits::kAllowFromMax> allow_from;
  FixedText<limits::kMessageBytesMax> inbound_greeting;  // Empty: the app speaks first.
  AppName app;
  bool skip_signature_verification = false;
  ModeChoice default_mode = ModeChoice::kNotify;
  uint32_t notify_hangup_delay_seconds = 0;
  FixedVector<FixedText<limits::kHostBytesMax>, limits::kAllowedHostsMax> allowed_hosts;
  bool trust_forwarding_headers = false;
  FixedVector<IpAddress, limits::kTrustedProxiesMax> trusted_proxies;
  bool plivo_require_v3 = false;
  bool streaming = false;  // False: carrier speech only.
  uint32_t disconnect_grace_ms = 0;
};

struct LineConfig {
  LineId id;  // Letters, digits, - and _; unique.
  ProviderKind provider = ProviderKind::kNone;
  bool enabled = false;
  NumberText from_number;
  NumberText to_number;
  UrlText api_base_url;  // Empty, or a loopback URL without a slash at the end (bench use).
  FixedText<8> region;   // us1, ie1 or au1; empty: the carrier's default.
  FixedText<16> edge;    // Set whenever region is set to another one than us1.
  Credential account_sid;
  FixedVector<Credential, 2> auth_tokens;  // The first signs in; either verifies (B-TWI-1).
  Credential api_key_sid;                  // Given together with api_key_secret.
  Credential api_key_secret;
  Credential api_key;  // Telnyx.
  Credential connection_id;
  Secret<limits::kPublicKeyBytesMax> public_key;
  Credential auth_id;  // Plivo.
  LineValues values;
  GivenFields given;
};

struct AppParam {
  FixedText<limits::kAppParamNameBytesMax> name;
  FixedText<limits::kAppParamValueBytesMax> value;
};

struct AppConfig {
  AppName name;
  AppProtocol protocol = AppProtocol::kNone;
  UrlText url;  // ws or wss; set for twilio and openai-realtime.
  FixedVector<AppParam, limits::kAppParamsMax> params;
  FixedText<limits::kFilePathBytesMax> file;  // Set for announce.
  AppName fallback;                           // "hangup" or the name of an app.
};

// One entry of `numbers`: what holds for calls to this number (B-INB-6).
struct NumberRoute {
  NumberText number;
  FixedText<limits::kMessageBytesMax> greeting;  // Empty: the line's.
  AppName app;                                   // Empty: the line's.
  PolicyChoice policy = PolicyChoice::kDisabled;
  bool has_greeting = false;  // Given, maybe empty: then it silences the line's.
  bool has_policy = false;    // False: the line's.
};

struct Config {
  LineValues values;  // For all lines.

  FixedText<limits::kAddressTextBytesMax> serve_bind;
  uint32_t serve_port = 0;                             // 0: any free one.
  FixedText<limits::kFilePathBytesMax> tls_cert_file;  // Both or neither.
  FixedText<limits::kFilePathBytesMax> tls_key_file;
  Credential api_token;
  FixedText<limits::kAddressTextBytesMax> api_bind;  // Empty: serve's.
  int32_t api_port = 0;                              // -1: serve's.

  uint32_t max_concurrent_calls = 0;
  uint32_t reserved_calls = 0;

  FixedText<limits::kPathBytesMax> stream_path;
  uint32_t pre_start_timeout_ms = 0;
  uint32_t max_pending_connections = 0;
  uint32_t max_pending_connections_per_ip = 0;
  uint32_t max_connections = 0;
  uint32_t lead_ms = 0;
  uint32_t app_buffer_ms = 0;

  LogThreshold log_level = LogThreshold::kDebug;
  bool keep_transcripts = false;

  FixedVector<LineConfig, limits::kLinesMax> lines;
  FixedVector<AppConfig, limits::kAppsMax> apps;
  FixedVector<NumberRoute, limits::kNumbersMax> numbers;
  GivenFields given;

  // The api listener differs from the main one.
  [[nodiscard]] bool has_api_listener() const { return !api_bind.empty() || api_port >= 0; }
};

// Apps that exist without an entry in `apps` (an entry of that name replaces them).
inline constexpr std::array<std::string_view, 2> kBuiltInApps = {"echo", "tone"};
// The fallback that is no app.
inline constexpr std::string_view kHangupFallback = "hangup";

}  // namespace hookflash
