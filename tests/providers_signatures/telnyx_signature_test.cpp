#include <gtest/gtest.h>
#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/base64.h"
#include "limits.h"
#include "platform/crypto/mbed_crypto.h"
#include "providers/telnyx/signature.h"

namespace hookflash::telnyx {
namespace {

std::string to_base64(Bytes bytes) {
  std::string text(base64_encoded_size(bytes.size()), '\0');
  base64_encode(bytes, text.data());
  return text;
}

class TelnyxSignature : public ::testing::Test {
 protected:
  TelnyxSignature() {
    std::array<uint8_t, 32> seed{};
    for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(i);
    EXPECT_EQ(crypto_sign_ed25519_seed_keypair(key.data(), secret.data(), seed.data()), 0);
  }
  std::string sign(std::string_view text) {
    std::array<uint8_t, 64> signature{};
    const Bytes message = bytes_of(text);
    EXPECT_EQ(crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(),
                                           message.size(), secret.data()),
              0);
    return to_base64(signature);
  }
  Verification check(std::string_view timestamp, std::string_view body, std::string_view signature,
                     int64_t now = 1'700'000'000, Check how = Check::kVerify) {
    return verify(
        crypto,
        {.signature = signature, .timestamp = timestamp, .body = bytes_of(body), .line = "main"},
        key, WallTime::from_ms(now * 1000 + 999), how);
  }

  MbedCrypto crypto;
  PublicKey key{};
  std::array<uint8_t, 64> secret{};
};

// Aim: B-SIG-4: timestamp, "|", raw body, byte for byte. Method: good and changed requests, also
// with the separator moved into the body.
TEST_F(TelnyxSignature, CoversTimestampAndBody) {
  const std::string good = sign("1700000000|{\"a\": 1}\n");
  EXPECT_TRUE(check("1700000000", "{\"a\": 1}\n", good).ok());
  EXPECT_EQ(check("1700000000", "{\"a\": 1}", good).fault, SignatureFault::kMismatch);
  EXPECT_EQ(check("1700000001", "{\"a\": 1}\n", good).fault, SignatureFault::kMismatch);
  EXPECT_EQ(check("01700000000", "{\"a\": 1}\n", good).fault, SignatureFault::kMismatch);
  const std::string inner = sign("1700000000|1700000000|x");
  EXPECT_TRUE(check("1700000000", "1700000000|x", inner).ok());
  EXPECT_FALSE(check("1700000000|1700000000", "x", inner).ok());
}

// Aim: B-SIG-4: digits only, at most 300 s off either way, 300 included. Method: edges and other
// spellings, all well signed.
TEST_F(TelnyxSignature, JudgesTheTimestamp) {
  const auto fault_at = [&](std::string_view timestamp, int64_t now) {
    return check(timestamp, "", sign(std::string(timestamp) + "|"), now).fault;
  };
  EXPECT_EQ(fault_at("1700000000", 1'700'000'300), SignatureFault::kNone);
  EXPECT_EQ(fault_at("1700000000", 1'700'000'301), SignatureFault::kTimestamp);
  EXPECT_EQ(fault_at("1700000000", 1'699'999'700), SignatureFault::kNone);
  EXPECT_EQ(fault_at("1700000000", 1'699'999'699), SignatureFault::kTimestamp);
  EXPECT_EQ(fault_at("0", 0), SignatureFault::kNone);
  for (const std::string_view bad :
       {"+1700000000", "-1700000000", "1700000000.0", "1.7e9", " 1700000000", "1700000000 ",
        "0x6553F100", "1700000000000", "99999999999999999999", "18446744075409551616", "abc"}) {
    EXPECT_EQ(fault_at(bad, 1'700'000'000), SignatureFault::kTimestamp) << bad;
  }
  EXPECT_EQ(fault_at(std::string(100, '0') + "1700000000", 1'700'000'000),
            SignatureFault::kTimestamp);
  EXPECT_EQ(check("", "", sign("|")).fault, SignatureFault::kMissing);
}

// Aim: B-SIG-4: padded standard base64 of 64 bytes, S < L; every other spelling of a signature is
// refused, so that each has one request key. Method: respell a good one in every way.
TEST_F(TelnyxSignature, TakesOneSpellingOnly) {
  // A signature with both characters that URL-safe base64 spells otherwise.
  std::string timestamp;
  std::string good;
  for (int i = 0; good.find('+') == std::string::npos || good.find('/') == std::string::npos; ++i) {
    timestamp = std::to_string(1'700'000'000 + i % 300);
    good = sign(timestamp + "|" + std::to_string(i));
    if (check(timestamp, std::to_string(i), good).ok()) continue;
    FAIL();
  }
  const auto fault = [&](std::string_view signature) {
    return check("1700000000", "x", signature).fault;
  };
  const std::string plain = sign("1700000000|x");
  EXPECT_EQ(fault(plain), SignatureFault::kNone);
  EXPECT_EQ(fault(plain.substr(0, 86)), SignatureFault::kMalformed);
  EXPECT_EQ(fault(plain + "\n"), SignatureFault::kMalformed);
  EXPECT_EQ(fault(" " + plain), SignatureFault::kMalformed);
  EXPECT_EQ(fault(plain.substr(0, 40) + "\n" + plain.substr(40)), SignatureFault::kMalformed);
  EXPECT_EQ(fault(plain + plain), SignatureFault::kMalformed);
  EXPECT_EQ(fault(""), SignatureFault::kMissing);
  std::string url_safe = good;
  std::replace(url_safe.begin(), url_safe.end(), '+', '-');
  std::replace(url_safe.begin(), url_safe.end(), '/', '_');
  EXPECT_EQ(check(timestamp, "", url_safe).fault, SignatureFault::kMalformed);
  // The last character before the padding has four bits that mean nothing: they must be zero.
  std::string loose = plain;
  ++loose[85];
  EXPECT_EQ(fault(loose), SignatureFault::kMalformed);

  std::array<uint8_t, 66> bytes{};
  ASSERT_TRUE(base64_decode(plain, bytes).ok());
  constexpr std::array<uint8_t, 32> kOrder = {0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58,
                                              0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
                                              0,    0,    0,    0,    0,    0,    0,    0,
                                              0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(bytes[32 + i]) + kOrder[i];
    bytes[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_EQ(fault(to_base64(Bytes(bytes).first(64))), SignatureFault::kMismatch) << "S + L";
}

// Aim: the largest body verifies, a larger one is refused. Method: both.
TEST_F(TelnyxSignature, BodiesHaveALimit) {
  const std::string body(limits::kBodyBytesMax, 'a');
  EXPECT_TRUE(check("1700000000", body, sign("1700000000|" + body)).ok());
  EXPECT_FALSE(check("1700000000", body + "a", sign("1700000000|" + body + "a")).ok());
}

// Aim: B-DED-2: keys follow from timestamp and body, also with verification skipped. Method:
// compare.
TEST_F(TelnyxSignature, RequestKeys) {
  const Key16 first = check("1700000000", "x", sign("1700000000|x")).key;
  EXPECT_EQ(check("1700000000", "x", "", 0, Check::kSkip).key, first);
  EXPECT_NE(check("1700000001", "x", sign("1700000001|x")).key, first);
  EXPECT_NE(check("1700000000", "y", sign("1700000000|y")).key, first);
  EXPECT_TRUE(check("", "x", "", 0, Check::kSkip).has_key);
}

// Aim: B-SIG-4: a key is read as PEM, DER in base64 or 32 raw bytes in base64, and nothing else
// passes. Method: one key in each spelling; broken ones.
TEST(TelnyxPublicKey, IsReadInItsSpellings) {
  constexpr std::string_view kRaw = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
  constexpr std::string_view kDer = "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
  const Result<PublicKey> key = read_public_key(kRaw);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(to_base64(*key), kRaw);
  const std::string der(kDer);
  for (const std::string& same :
       {der, "  " + std::string(kRaw) + "\n",
        "-----BEGIN PUBLIC KEY-----\n" + der + "\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\r\n" + der.substr(0, 20) + "\r\n" + der.substr(20) +
            "\r\n-----END PUBLIC KEY-----"}) {
    const Result<PublicKey> read = read_public_key(same);
    ASSERT_TRUE(read.ok()) << same;
    EXPECT_EQ(*read, *key);
  }
  std::string other_algorithm = der;
  other_algorithm[10] = 'W';
  for (const std::string& bad :
       {std::string(), std::string("x"), other_algorithm, std::string(kRaw.substr(0, 40)),
        der + "AAAA", "-----BEGIN PUBLIC KEY-----" + der,
        std::string("-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----"),
        std::string("-----BEGIN PUBLIC KEY-----"),
        "-----BEGIN PRIVATE KEY-----" + der + "-----END PRIVATE KEY-----", std::string(500, 'A')}) {
    EXPECT_FALSE(read_public_key(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace hookflash::telnyx
