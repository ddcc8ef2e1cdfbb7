#include "platform/crypto/mbed_crypto.h"

#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <sodium/crypto_sign_ed25519.h>

#include <array>
#include <cstring>

#include "base/check.h"

namespace hookflash {
namespace {

// The software hashes cannot fail; an error would mean a hardware back end that is not configured.
void expect_success(int code) { CHECK(code == 0); }

class Sha1 {
 public:
  using Digest = Sha1Digest;

  Sha1() {
    mbedtls_sha1_init(&context_);
    expect_success(mbedtls_sha1_starts(&context_));
  }
  Sha1(const Sha1&) = delete;
  Sha1& operator=(const Sha1&) = delete;
  ~Sha1() { mbedtls_sha1_free(&context_); }

  void add(Bytes piece) {
    expect_success(mbedtls_sha1_update(&context_, piece.data(), piece.size()));
  }
  Digest finish() {
    Digest digest{};
    expect_success(mbedtls_sha1_finish(&context_, digest.data()));
    return digest;
  }

 private:
  mbedtls_sha1_context context_;
};

class Sha256 {
 public:
  using Digest = Sha256Digest;

  Sha256() {
    mbedtls_sha256_init(&context_);
    expect_success(mbedtls_sha256_starts(&context_, 0));
  }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256() { mbedtls_sha256_free(&context_); }

  void add(Bytes piece) {
    expect_success(mbedtls_sha256_update(&context_, piece.data(), piece.size()));
  }
  Digest finish() {
    Digest digest{};
    expect_success(mbedtls_sha256_finish(&context_, digest.data()));
    return digest;
  }

 private:
  mbedtls_sha256_context context_;
};

template <typename Hash>
typename Hash::Digest hash_of(Crypto::Pieces message) {
  Hash hash;
  for (const Bytes piece : message) hash.add(piece);
  return hash.finish();
}

// RFC 2104, on the stack: mbedtls_md_hmac would allocate. Both hashes have blocks of 64 bytes.
template <typename Hash>
typename Hash::Digest hmac_of(Bytes key, Crypto::Pieces message) {
  std::array<uint8_t, 64> block{};
  if (key.size() > block.size()) {
    const Bytes whole[] = {key};
    const auto digest = hash_of<Hash>(whole);
    std::memcpy(block.data(), digest.data(), digest.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  for (uint8_t& byte : block) byte ^= 0x36;
  Hash inner;
  inner.add(block);
  for (const Bytes piece : message) inner.add(piece);
  const auto inner_digest = inner.finish();

  for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5C;
  Hash outer;
  outer.add(block);
  outer.add(inner_digest);
  return outer.finish();
}

}  // namespace

Sha256Digest MbedCrypto::sha256(Pieces message) { return hash_of<Sha256>(message); }

Sha1Digest MbedCrypto::hmac_sha1(Bytes key, Pieces message) { return hmac_of<Sha1>(key, message); }

Sha256Digest MbedCrypto::hmac_sha256(Bytes key, Pieces message) {
  return hmac_of<Sha256>(key, message);
}

bool MbedCrypto::ed25519_verify(Bytes public_key, Bytes message, Bytes signature) {
  if (public_key.size() != crypto_sign_ed25519_PUBLICKEYBYTES ||
      signature.size() != crypto_sign_ed25519_BYTES) {
    return false;
  }
  // Refuses S >= L and keys and points of small order. Needs no sodium_init(): nothing in it is
  // random or chosen at run time.
  return crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(),
                                             public_key.data()) == 0;
}

}  // namespace hookflash
