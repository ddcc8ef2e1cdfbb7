#include "providers/telnyx/signature.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "base/base64.h"
#include "limits.h"

namespace hookflash::telnyx {
namespace {

// SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 section 4).
constexpr std::array<uint8_t, 12> kDerPrefix = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                                0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::string_view kPemBegin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view kPemEnd = "-----END PUBLIC KEY-----";
constexpr size_t kTimestampBytesMax = 64;
constexpr int64_t kTimestampMax = (int64_t{1} << 53) - 1;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// -1 when it is not digits only or too large for any clock.
int64_t read_timestamp(std::string_view text) {
  if (text.empty() || text.size() > kTimestampBytesMax) return -1;
  int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
    if (value > kTimestampMax) return -1;
  }
  return value;
}

}  // namespace

Result<PublicKey> read_public_key(std::string_view text) {
  text = trim_blanks(text);
  if (text.starts_with(kPemBegin)) {
    if (!text.ends_with(kPemEnd)) return Status::kInvalid;
    text.remove_prefix(kPemBegin.size());
    if (text.size() < kPemEnd.size()) return Status::kInvalid;
    text.remove_suffix(kPemEnd.size());
  }
  // Line breaks are PEM's; none of the spellings is longer than this.
  char packed[base64_encoded_size(kDerPrefix.size() + sizeof(PublicKey))];
  size_t size = 0;
  for (const char c : text) {
    if (is_blank(c)) continue;
    if (size == sizeof packed) return Status::kInvalid;
    packed[size++] = c;
  }
  std::array<uint8_t, kDerPrefix.size() + sizeof(PublicKey) + 3> decoded{};
  const Result<size_t> length = base64_decode({packed, size}, decoded);
  if (!length.ok()) return Status::kInvalid;
  PublicKey key{};
  size_t begin = 0;
  if (*length == kDerPrefix.size() + key.size()) {
    if (std::memcmp(decoded.data(), kDerPrefix.data(), kDerPrefix.size()) != 0) {
      return Status::kInvalid;
    }
    begin = kDerPrefix.size();
  } else if (*length != key.size()) {
    return Status::kInvalid;
  }
  std::memcpy(key.data(), decoded.data() + begin, key.size());
  return key;
}

Verification verify(Crypto& crypto, const SignedRequest& request, const PublicKey& key,
                    WallTime now, Check check) {
  Verification result;
  if (check == Check::kVerify) {
    if (request.signature.empty() || request.timestamp.empty()) return result;
    result.fault = SignatureFault::kTimestamp;
    const int64_t stamp = read_timestamp(request.timestamp);
    if (stamp < 0) return result;
    const int64_t off = now.seconds() - stamp;
    if (off > kTimestampToleranceSeconds || off < -kTimestampToleranceSeconds) return result;
    result.fault = SignatureFault::kMalformed;
    std::array<uint8_t, 66> signature{};
    const Result<size_t> size = base64_decode(request.signature, signature);
    if (!size.ok() || *size != 64) return result;
    // Ed25519 needs its message in one piece: "timestamp|" in front of the body.
    if (request.body.size() > limits::kBodyBytesMax) return result;
    std::array<uint8_t, kTimestampBytesMax + 1 + limits::kBodyBytesMax> message;
    uint8_t* end = std::copy(request.timestamp.begin(), request.timestamp.end(), message.begin());
    *end++ = '|';
    end = std::copy(request.body.begin(), request.body.end(), end);
    const size_t message_size = static_cast<size_t>(end - message.data());
    result.fault = SignatureFault::kMismatch;
    if (!crypto.ed25519_verify(key, Bytes(message.data(), message_size),
                               Bytes(signature.data(), 64))) {
      return result;
    }
  }
  SignedText text;
  text.add(request.timestamp);
  text.add("|");
  text.add(text_of(request.body));
  result.fault = SignatureFault::kNone;
  // With verification skipped a request may lack its timestamp; the body alone then names it.
  result.has_key = true;
  result.key = text.request_key(crypto, "telnyx", request.line);
  return result;
}

}  // namespace hookflash::telnyx
