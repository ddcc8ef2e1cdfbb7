#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "hal/crypto.h"
#include "webhook/verification.h"

// Telnyx's request signature: B-SIG-4 and telnyx.md section 4.
namespace hookflash::telnyx {

// As HTTP carries them; RequestHead finds headers without case.
inline constexpr std::string_view kSignatureHeader = "telnyx-signature-ed25519";
inline constexpr std::string_view kTimestampHeader = "telnyx-timestamp";

inline constexpr int64_t kTimestampToleranceSeconds = 300;  // Either way, 300 included.

using PublicKey = std::array<uint8_t, 32>;

// Reads a public key as the portal and tools write it: 32 raw bytes in base64, the DER of a
// SubjectPublicKeyInfo (RFC 8410) in base64, or the same as PEM. kInvalid for anything else.
Result<PublicKey> read_public_key(std::string_view text);

struct SignedRequest {
  std::string_view signature;  // Header values; empty when missing.
  std::string_view timestamp;
  Bytes body;             // As received.
  std::string_view line;  // The line's id, for the request key.
};

// The URL is not covered, so Verification::url stays empty.
Verification verify(Crypto& crypto, const SignedRequest& request, const PublicKey& key,
                    WallTime now, Check check);

}  // namespace hookflash::telnyx
