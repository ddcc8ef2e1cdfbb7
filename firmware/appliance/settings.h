#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "audio/streamer.h"
#include "audio/tone.h"
#include "base/text_writer.h"
#include "base/time.h"
#include "call/call_id.h"
#include "call/call_table.h"
#include "call/policy.h"
#include "call/record.h"
#include "config/config.h"
#include "providers/provider.h"
#include "target/target.h"

namespace hookflash {

// Which route an inbound call takes (B-INB-6). Texts live until the next reconfiguration.
struct InboundRoute {
  InboundPolicy policy = InboundPolicy::kDisabled;
  std::string_view key;       // Of `numbers`; empty when the line's own values hold.
  std::string_view greeting;  // Empty: the app speaks first.
  std::string_view app;
};

// Query of one of a call's own URLs (B-TWI-1).
struct CallUrl {
  uint32_t document_number = 0;  // 0: none.
  bool status = false;           // type=status.
  uint8_t retry = 0;             // The mark of B-DED-4; 0: none.
  std::string_view turn;         // 32 hex digits; empty: none.
};

// How a carrier's REST API of a line is reached. Texts live until the next reconfiguration.
struct RestAccess {
  bool tls = true;
  std::string_view host;
  uint16_t port = 443;
  RestAccount account;
};

// What an app's name stands for.
struct AppChoice {
  enum class Kind : uint8_t { kNone, kEcho, kTone, kAnnounce, kWebSocket };
  Kind kind = Kind::kNone;
  size_t index = 0;  // Of the configuration's apps; for the prompt of an announcement.
  std::string_view url;
  std::span<const TargetParameter> parameters;
  ToneSpec tone;
  bool loop = false;
  std::string_view fallback;  // Name of another app; empty: hang up.
};

// Calls of the line as it was can be asked about, and told to end, with the line as it will be:
// tokens may have changed, the carrier and the account's place there not.
bool is_same_account(const LineConfig& old, const LineConfig& fresh);

// The running configuration as the call engine asks it. Answers are computed from the one Config; a
// line's own value wins over the general one (B-CFG-3).
class Settings {
 public:
  // `config` outlives this object and does not change while it is in use.
  void use(const Config& config);
  [[nodiscard]] const Config& config() const { return *config_; }

  [[nodiscard]] size_t lines() const;
  [[nodiscard]] std::string_view line_id(uint8_t line) const;
  // The line can start: provider built in, credentials and publicUrl complete (B-LIFE-6).
  [[nodiscard]] bool line_ready(uint8_t line) const;
  [[nodiscard]] std::optional<uint8_t> find_line(std::string_view id) const;
  // The first one that is enabled; else the first.
  [[nodiscard]] std::optional<uint8_t> first_line() const;

  [[nodiscard]] CallCap cap() const;
  [[nodiscard]] CallLimits limits_of(uint8_t line) const;
  [[nodiscard]] StreamerConfig streamer() const;
  [[nodiscard]] Mode default_mode(uint8_t line) const;

  [[nodiscard]] InboundRoute route(uint8_t line, std::string_view to) const;
  [[nodiscard]] bool allows(uint8_t line, InboundPolicy policy, std::string_view from) const;
  // A line that is not enabled has only the calls that it had.
  [[nodiscard]] bool takes_calls(uint8_t line) const;

  // The app of this name; the default app for an empty name. Parameters live in `memory`.
  [[nodiscard]] AppChoice app(std::string_view name, std::span<TargetParameter> memory) const;

  // Absolute URLs for the carrier (B-TWI-1, B-API-3). Instruction and status URLs end in the
  // fragment that makes Twilio repeat failed requests.
  void write_call_url(uint8_t line, const CallId& call, const CallUrl& query,
                      TextWriter& out) const;
  void write_stream_url(uint8_t line, TextWriter& out) const;

  // The carrier of the line; nullptr when it is none of this build.
  [[nodiscard]] const Provider* provider(uint8_t line) const;
  // The carrier can be asked about calls and told to hang up: it is built in and there are
  // credentials, enabled or not. False for kNoLine.
  [[nodiscard]] bool reaches_carrier(uint8_t line) const;
  [[nodiscard]] RestAccess rest(uint8_t line) const;
  // The auth token that signs upgrade requests towards apps for calls of this line; empty: none.
  [[nodiscard]] std::string_view signing_key(uint8_t line) const;

 private:
  const Config* config_ = nullptr;
  std::array<FixedText<limits::kHostBytesMax>, limits::kLinesMax> hosts_{};  // Of the REST APIs.
};

}  // namespace hookflash
