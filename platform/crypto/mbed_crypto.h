#pragma once

#include "hal/crypto.h"

namespace hookflash {

// hal/crypto on mbedTLS (SHA-1, SHA-256) and libsodium (Ed25519, which mbedTLS lacks). Stateless;
// all working memory is on the stack, so it also serves after the heap is sealed.
class MbedCrypto final : public Crypto {
 public:
  using Crypto::hmac_sha1;
  using Crypto::hmac_sha256;
  using Crypto::sha256;

  Sha256Digest sha256(Pieces message) override;
  Sha1Digest hmac_sha1(Bytes key, Pieces message) override;
  Sha256Digest hmac_sha256(Bytes key, Pieces message) override;
  bool ed25519_verify(Bytes public_key, Bytes message, Bytes signature) override;
};

}  // namespace hookflash
