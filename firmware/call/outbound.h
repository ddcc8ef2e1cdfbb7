#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "call/state.h"
#include "limits.h"

namespace hookflash {

// Why an outbound call did not come about (B-OUT-2). Names are the contract's and stable.
enum class OutboundError : uint8_t {
  kNone = 0,
  kInvalid,
  kLimitReached,
  kLineUnavailable,
  kNoWebhookUrl,
  kNoCallerNumber,
  kStorageFailed,
  kStopping,
  kCarrierRefused,
  kDialTimeout,
  kLineBusy,
};
inline constexpr size_t kOutboundErrors = 11;

std::string_view name_of(OutboundError error);
// B-API-1.
uint16_t http_status_of(OutboundError error);

// A request as it came; nullopt where a member is absent (B-OUT-1). Texts live with the request.
struct OutboundInput {
  std::optional<std::string_view> to;
  std::optional<std::string_view> line;
  std::optional<std::string_view> from;
  std::optional<std::string_view> mode;
  std::optional<std::string_view> message;
  std::optional<std::string_view> dtmf_sequence;
  std::optional<std::string_view> app;
  std::optional<std::string_view> session_key;
  std::optional<std::string_view> idempotency_key;
};

// What the configuration says about lines and apps. Texts live until the next reconfiguration.
class OutboundDirectory {
 public:
  struct Line {
    uint8_t index = 0;
    std::string_view to_number;     // Empty: none.
    std::string_view from_number;   // Empty: none.
    std::string_view app;           // The line's app.
    bool needs_from_number = true;  // False for mock.
    Mode default_mode = Mode::kNotify;
  };
  // The line of this name; the first enabled line for an empty name.
  [[nodiscard]] virtual std::optional<Line> line(std::string_view name) const = 0;
  [[nodiscard]] virtual bool has_app(std::string_view name) const = 0;

 protected:
  ~OutboundDirectory() = default;
};

// One thing wrong with the request. Both texts are constants.
struct InputError {
  OutboundError error = OutboundError::kInvalid;
  std::string_view path;  // JSON path of the member, such as "dtmfSequence".
  std::string_view message;
};

// A request that holds together. Texts point into the input or the directory.
struct OutboundRequest {
  uint8_t line = 0;
  Mode mode = Mode::kNone;
  std::string_view to;
  std::string_view from;
  std::string_view message;
  std::string_view dtmf_sequence;
  std::string_view app;
  std::string_view session_key;
  std::string_view idempotency_key;
};

// Everything found wrong; at most two per member, all reported together (B-OUT-1).
using InputErrors = FixedVector<InputError, 20>;

inline constexpr size_t kIdempotencyKeyBytesMax = 128;

// Validates the whole request before anything else happens. An empty list: `request` is filled in.
// A missing caller number is reported as kNoCallerNumber, everything else as kInvalid.
InputErrors check_outbound(const OutboundInput& input, const OutboundDirectory& directory,
                           OutboundRequest& request);

// The error that stands for the whole list: kInvalid when there is one, else the first.
OutboundError outcome_of(const InputErrors& errors);

}  // namespace hookflash
