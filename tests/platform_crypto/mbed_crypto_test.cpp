#include "platform/crypto/mbed_crypto.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookflash {
namespace {

std::vector<uint8_t> from_hex(std::string_view hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

template <size_t N>
std::string to_hex(const std::array<uint8_t, N>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

MbedCrypto crypto;

// Aim: SHA-256 is that of FIPS 180-4. Method: its examples, empty, one and two blocks, a million
// "a".
TEST(MbedCrypto, Sha256KnownAnswers) {
  const auto hash = [](std::string_view text) { return to_hex(crypto.sha256({bytes_of(text)})); };
  EXPECT_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Aim: HMAC-SHA1 is that of RFC 2104. Method: the cases of RFC 2202 section 3.
TEST(MbedCrypto, HmacSha1KnownAnswers) {
  const auto mac = [](const std::vector<uint8_t>& key, std::string_view text) {
    return to_hex(crypto.hmac_sha1(key, {bytes_of(text)}));
  };
  EXPECT_EQ(mac(std::vector<uint8_t>(20, 0x0b), "Hi There"),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(to_hex(crypto.hmac_sha1(bytes_of("Jefe"), {bytes_of("what do ya want for nothing?")})),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(mac(std::vector<uint8_t>(20, 0xaa), std::string(50, '\xdd')),
            "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
  EXPECT_EQ(
      mac(from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
      "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
  EXPECT_EQ(
      mac(std::vector<uint8_t>(80, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "aa4ae5e15272d00e95705637ce8a3b55ed402112");
  EXPECT_EQ(mac(std::vector<uint8_t>(80, 0xaa),
                "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
            "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

// Aim: HMAC-SHA256 likewise. Method: the cases of RFC 4231 section 4.
TEST(MbedCrypto, HmacSha256KnownAnswers) {
  const auto mac = [](const std::vector<uint8_t>& key, std::string_view text) {
    return to_hex(crypto.hmac_sha256(key, {bytes_of(text)}));
  };
  EXPECT_EQ(mac(std::vector<uint8_t>(20, 0x0b), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(
      to_hex(crypto.hmac_sha256(bytes_of("Jefe"), {bytes_of("what do ya want for nothing?")})),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(std::vector<uint8_t>(20, 0xaa), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(
      mac(from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(mac(std::vector<uint8_t>(131, 0xaa),
                "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(mac(std::vector<uint8_t>(131, 0xaa),
                "This is a test using a larger than block-size key and a larger than block-size "
                "data. The "
                "key needs to be hashed before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// Aim: a message is the concatenation of its pieces, and keys of exactly a block are used as they
// are. Method: the same text in one and in many pieces, empty ones among them; keys of 63 to 65
// bytes differ.
TEST(MbedCrypto, PiecesAreJoined) {
  const std::string text = "The quick brown fox";
  std::vector<Bytes> pieces;
  for (const char& c : text) {
    pieces.push_back(bytes_of({&c, 1}));
    pieces.push_back({});
  }
  EXPECT_EQ(crypto.sha256(pieces), crypto.sha256({bytes_of(text)}));
  const Bytes key = bytes_of("key");
  EXPECT_EQ(crypto.hmac_sha1(key, pieces), crypto.hmac_sha1(key, {bytes_of(text)}));
  EXPECT_EQ(crypto.hmac_sha256(key, pieces), crypto.hmac_sha256(key, {bytes_of(text)}));
  EXPECT_EQ(crypto.hmac_sha256({}, {}), crypto.hmac_sha256(std::vector<uint8_t>(64, 0), {}));
  EXPECT_NE(crypto.hmac_sha256({}, {}), crypto.hmac_sha256(std::vector<uint8_t>(65, 0), {}));
}

struct Ed25519Case {
  const char* key;
  const char* message;
  const char* signature;
};

// The first three of RFC 8032 section 7.1.
constexpr Ed25519Case kCases[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

// Aim: Ed25519 signatures of RFC 8032 verify, and no other bit pattern does. Method: its vectors,
// then each bit of signature and key flipped.
TEST(MbedCrypto, Ed25519KnownAnswers) {
  for (const Ed25519Case& one : kCases) {
    const auto message = from_hex(one.message);
    auto key = from_hex(one.key);
    auto signature = from_hex(one.signature);
    EXPECT_TRUE(crypto.ed25519_verify(key, message, signature));
    for (size_t bit = 0; bit < 512; ++bit) {
      signature[bit / 8] = static_cast<uint8_t>(signature[bit / 8] ^ 1U << bit % 8);
      EXPECT_FALSE(crypto.ed25519_verify(key, message, signature)) << bit;
      signature[bit / 8] = static_cast<uint8_t>(signature[bit / 8] ^ 1U << bit % 8);
    }
    for (size_t bit = 0; bit < 256; ++bit) {
      key[bit / 8] = static_cast<uint8_t>(key[bit / 8] ^ 1U << bit % 8);
      EXPECT_FALSE(crypto.ed25519_verify(key, message, signature)) << bit;
      key[bit / 8] = static_cast<uint8_t>(key[bit / 8] ^ 1U << bit % 8);
    }
  }
}

// Aim: one signature per message and key: S + L is refused, and so are keys and points of small
// order, for which a signature fits any message. Method: S + L made by hand; the neutral element as
// key and R.
TEST(MbedCrypto, Ed25519IsStrict) {
  const auto key = from_hex(kCases[0].key);
  auto signature = from_hex(kCases[0].signature);
  const auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(signature[32 + i]) + order[i];
    signature[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0U);
  EXPECT_FALSE(crypto.ed25519_verify(key, {}, signature));

  std::vector<uint8_t> neutral(32, 0);
  neutral[0] = 1;
  std::vector<uint8_t> forged(64, 0);
  forged[0] = 1;
  EXPECT_FALSE(crypto.ed25519_verify(neutral, bytes_of("anything"), forged));
}

// Aim: wrong sizes are false, not an overrun. Method: one byte less and more of each.
TEST(MbedCrypto, Ed25519ChecksSizes) {
  const auto key = from_hex(kCases[0].key);
  const auto signature = from_hex(kCases[0].signature);
  auto longer_key = key;
  longer_key.push_back(0);
  auto longer_signature = signature;
  longer_signature.push_back(0);
  EXPECT_FALSE(crypto.ed25519_verify(Bytes(key).first(31), {}, signature));
  EXPECT_FALSE(crypto.ed25519_verify(longer_key, {}, signature));
  EXPECT_FALSE(crypto.ed25519_verify(key, {}, Bytes(signature).first(63)));
  EXPECT_FALSE(crypto.ed25519_verify(key, {}, longer_signature));
  EXPECT_FALSE(crypto.ed25519_verify({}, {}, {}));
}

}  // namespace
}  // namespace hookflash
