#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "call/call_id.h"
#include "call/record.h"
#include "hal/crypto.h"

namespace hookflash {

// The 32 bytes under which this box signs (B-STR-2); random at first boot.
using DeviceKey = std::array<uint8_t, 32>;

// What a carrier's media stream shows to be let in (B-STR-2): callId (16 bytes), expiry in seconds
// since 1970 (4 bytes, big-endian) and HMAC-SHA256 (32 bytes) over a version tag and both, as 104
// lower-case hex digits. Stateless, so it works after a restart. Never logged, never journaled.
inline constexpr size_t kStreamTokenBytes = 16 + 4 + 32;
inline constexpr size_t kStreamTokenDigits = 104;
static_assert(kStreamTokenDigits == 2 * kStreamTokenBytes);
using StreamTokenText = FixedText<kStreamTokenDigits>;

struct StreamToken {
  CallId call_id;
  uint32_t expires = 0;  // Seconds since 1970.
};

// When tokens of this call expire (B-STR-3): startedAt + ringTimeoutMs + maxDurationSeconds + 120
// s, rounded up to whole seconds.
uint32_t stream_token_expiry(const CallCore& core);

StreamTokenText make_stream_token(Crypto& crypto, const DeviceKey& key, const StreamToken& token);

// Form and MAC. kInvalid: malformed; kDenied: the MAC is wrong (compared in constant time). Whether
// the token's call is live, on the right line and of the right stream is the caller's, expiry
// included:
Result<StreamToken> check_stream_token(Crypto& crypto, const DeviceKey& key, std::string_view text);

// Whether the token has expired for a live call: judged by startedAt plus the call's monotonic age,
// so that a clock set during the call expires nothing (B-STR-3).
bool is_expired(const StreamToken& token, const CallRecord& call, Instant now);

}  // namespace hookflash
