#include "call/stream_token.h"

#include <algorithm>

#include "base/constant_time.h"
#include "base/hex.h"
#include "base/text_writer.h"

namespace hookflash {
namespace {

// Part of the signed message, so that tokens of another form can be told from these.
constexpr std::string_view kVersion = "hookflash-stream-token-1";
constexpr int64_t kSpareSeconds = 120;  // B-STR-3.

using TokenBytes = std::array<uint8_t, kStreamTokenBytes>;
constexpr size_t kSignedBytes = 16 + 4;

Sha256Digest mac_of(Crypto& crypto, const DeviceKey& key, Bytes signed_part) {
  return crypto.hmac_sha256(key, {bytes_of(kVersion), signed_part});
}

}  // namespace

uint32_t stream_token_expiry(const CallCore& core) {
  const int64_t ms = core.started_at.ms() + core.limits.ring_timeout_ms +
                     (int64_t{core.limits.max_duration_seconds} + kSpareSeconds) * 1000;
  return static_cast<uint32_t>(std::clamp<int64_t>((ms + 999) / 1000, 0, UINT32_MAX));
}

StreamTokenText make_stream_token(Crypto& crypto, const DeviceKey& key, const StreamToken& token) {
  TokenBytes bytes{};
  std::copy(token.call_id.bytes().begin(), token.call_id.bytes().end(), bytes.begin());
  for (size_t i = 0; i < 4; ++i) {
    bytes[16 + i] = static_cast<uint8_t>(token.expires >> (24 - 8 * i));
  }
  const Sha256Digest mac = mac_of(crypto, key, Bytes(bytes).first(kSignedBytes));
  std::copy(mac.begin(), mac.end(), bytes.begin() + kSignedBytes);
  std::array<char, kStreamTokenDigits> digits{};
  TextWriter out(digits);
  write_hex(out, bytes);
  StreamTokenText text;
  text.set(out.view());
  return text;
}

Result<StreamToken> check_stream_token(Crypto& crypto, const DeviceKey& key,
                                       std::string_view text) {
  TokenBytes bytes{};
  if (!read_hex(text, bytes)) return Status::kInvalid;
  const Bytes all(bytes);
  const Sha256Digest mac = mac_of(crypto, key, all.first(kSignedBytes));
  if (!equal_constant_time(mac, all.subspan(kSignedBytes))) return Status::kDenied;
  const std::optional<CallId> call_id = CallId::from_bytes(all.first(16));
  if (!call_id) return Status::kInvalid;
  StreamToken token{.call_id = *call_id};
  for (size_t i = 0; i < 4; ++i) token.expires = token.expires << 8U | bytes[16 + i];
  return token;
}

bool is_expired(const StreamToken& token, const CallRecord& call, Instant now) {
  const WallTime clock = call.core.started_at + (now - call.created);
  return clock.ms() > int64_t{token.expires} * 1000;
}

}  // namespace hookflash
