#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/constant_time.h"
#include "base/fixed_text.h"
#include "base/recent_keys.h"
#include "hal/crypto.h"
#include "limits.h"
#include "webhook/origin.h"

namespace hookflash {

// Why a request was not verified. For logs and metrics; the peer learns 401 and nothing else.
enum class SignatureFault : uint8_t {
  kNone,
  kMissing,    // No signature, or not all of its headers.
  kMalformed,  // Not the encoding of a signature, or something it cannot cover.
  kMismatch,
  kTimestamp,  // Not a number, or outside the window (Telnyx).
  kNoKey,      // The line has no usable credential.
};

constexpr std::string_view name_of(SignatureFault fault) {
  switch (fault) {
    case SignatureFault::kNone: return "none";
    case SignatureFault::kMissing: return "missing";
    case SignatureFault::kMalformed: return "malformed";
    case SignatureFault::kMismatch: return "mismatch";
    case SignatureFault::kTimestamp: return "timestamp";
    case SignatureFault::kNoKey: return "no-credential";
  }
  return "none";
}

// What a provider says about a request.
struct Verification {
  SignatureFault fault = SignatureFault::kMissing;
  bool has_key =
      false;    // Step 12: without a request key a verified request is refused all the same.
  Key16 key{};  // Verified request key (B-DED-2).
  FixedText<kPublicUrlBytesMax>
      url;  // The URL that matched; where the URL is not covered, as built.

  [[nodiscard]] bool ok() const { return fault == SignatureFault::kNone; }
};

// kSkip is skipSignatureVerification: everything is accepted, keys are formed the same way
// (B-DED-2).
enum class Check : bool { kVerify, kSkip };

// The text a signature covers, gathered in pieces without copying them.
class SignedText {
 public:
  void add(std::string_view piece) {
    CHECK(size_ < pieces_.size());
    pieces_[size_++] = bytes_of(piece);
  }
  // How many pieces may follow.
  [[nodiscard]] size_t room() const { return pieces_.size() - size_; }
  [[nodiscard]] Crypto::Pieces pieces() const { return {pieces_.data() + kFront, size_ - kFront}; }

  // The verified request key of this text: the first 16 bytes of SHA-256 over the scheme's name,
  // the line's id, `extra` and the text. It is made of exactly what the signature covers,
  // boundaries between the pieces left out as the signature leaves them out: whoever shifts one
  // gets the same key, a replay.
  Key16 request_key(Crypto& crypto, std::string_view scheme, std::string_view line,
                    std::string_view extra = {});

 private:
  static constexpr size_t kFront = 6;  // Places for what a key has in front of the text.
  size_t size_ = kFront;
  // URL, query (name, "=", value, "&") and form (name, value), and what stands between them.
  std::array<Bytes, kFront + 4 * limits::kQueryEntriesMax + 2 * limits::kFormEntriesMax + 8>
      pieces_;
};

// True when the base64 text of a MAC equals the expected one; takes the same time wherever they
// differ.
template <size_t N>
bool mac_equals_base64(const std::array<uint8_t, N>& mac, std::string_view text) {
  std::array<char, base64_encoded_size(N)> expected{};
  base64_encode(mac, expected.data());
  return equal_constant_time(bytes_of({expected.data(), expected.size()}), bytes_of(text));
}

}  // namespace hookflash
