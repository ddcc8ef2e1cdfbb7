#pragma once

#include <array>
#include <initializer_list>

#include "base/bytes.h"

namespace hookflash {

using Sha1Digest = std::array<uint8_t, 20>;
using Sha256Digest = std::array<uint8_t, 32>;

// Hashes, MACs and signatures the core needs. Obligations on the implementer: pure functions of
// their arguments; no allocation that outlives the call; nothing waits. The message is the
// concatenation of the pieces, so callers need no buffer to join them.
class Crypto {
 public:
  using Pieces = std::span<const Bytes>;

  virtual Sha256Digest sha256(Pieces message) = 0;
  virtual Sha1Digest hmac_sha1(Bytes key, Pieces message) = 0;
  virtual Sha256Digest hmac_sha256(Bytes key, Pieces message) = 0;
  // Ed25519 (RFC 8032), strict: refuses S >= L and small-order keys. Wrong sizes are false.
  virtual bool ed25519_verify(Bytes public_key, Bytes message, Bytes signature) = 0;

  Sha256Digest sha256(std::initializer_list<Bytes> m) {
    return sha256(Pieces(m.begin(), m.size()));
  }
  Sha1Digest hmac_sha1(Bytes key, std::initializer_list<Bytes> m) {
    return hmac_sha1(key, Pieces(m.begin(), m.size()));
  }
  Sha256Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> m) {
    return hmac_sha256(key, Pieces(m.begin(), m.size()));
  }

 protected:
  ~Crypto() = default;
};

}  // namespace hookflash
