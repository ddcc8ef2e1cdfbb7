#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/base64.h"
#include "platform/crypto/mbed_crypto.h"
#include "providers/plivo/signature.h"

namespace hookflash::plivo {
namespace {

constexpr std::string_view kToken = "token";

class PlivoSignature : public ::testing::Test {
 protected:
  PlivoSignature() {
    request.method = "POST";
    request.url = "https://a.example:8443/p?z=1&a=%20b";
    request.nonce_v3 = "n1";
    request.line = "main";
    with_form("To=2&From=1");
  }
  std::string sign(std::string_view text) {
    const Sha256Digest mac = crypto.hmac_sha256(bytes_of(kToken), {bytes_of(text)});
    std::string signature(base64_encoded_size(mac.size()), '\0');
    base64_encode(mac, signature.data());
    return signature;
  }
  void with_form(std::string_view body) {
    ASSERT_EQ(form->parse(body), Status::kOk);
    request.form = &form->view();
  }
  Verification check(Check how = Check::kVerify) {
    const PlivoVerification result = verify(crypto, request, token, require_v3, how, *query);
    scheme = result.scheme;
    return result.verification;
  }
  bool accepts_v3(std::string_view text) {
    signature_v3 = sign(text);
    request.signature_v3 = signature_v3;
    return check().ok();
  }

  MbedCrypto crypto;
  SignedRequest request;
  std::string_view token = kToken;
  std::string signature_v3;
  bool require_v3 = false;
  Scheme scheme = Scheme::kV3;
  std::unique_ptr<Form> form = std::make_unique<Form>();
  std::unique_ptr<Query> query = std::make_unique<Query>();
};

constexpr std::string_view kText = "https://a.example:8443/p?a= b&z=1.From1To2.n1";

// Aim: B-SIG-5: URL without query, sorted query, sorted body with duplicates, nonce. Method: sign
// the text by hand for each combination of query and body.
TEST_F(PlivoSignature, V3CoversEverything) {
  EXPECT_TRUE(accepts_v3(kText));
  EXPECT_EQ(scheme, Scheme::kV3);
  EXPECT_FALSE(accepts_v3("https://a.example:8443/p?z=1&a= b.From1To2.n1"));
  EXPECT_FALSE(accepts_v3("https://a.example/p?a= b&z=1.From1To2.n1"))
      << "no port variant is tried";
  EXPECT_FALSE(accepts_v3("https://a.example:8443/p?a= b&z=1.From1To2.n2"));
  with_form("T=b&T=a&T=b");
  EXPECT_TRUE(accepts_v3("https://a.example:8443/p?a= b&z=1.TaTbTb.n1"));
  with_form("");
  EXPECT_TRUE(accepts_v3("https://a.example:8443/p?a= b&z=1.n1"));
  request.url = "https://u:p@a.example/p#f";
  EXPECT_TRUE(accepts_v3("https://a.example/p.n1"));
  with_form("a=1");
  EXPECT_TRUE(accepts_v3("https://a.example/p?a1.n1"));
  request.url = "https://a.example";
  EXPECT_TRUE(accepts_v3("https://a.example?a1.n1"));
  request.method = "GET";
  EXPECT_TRUE(accepts_v3("https://a.example.n1")) << "a GET has no body";
  request.method = "PUT";
  EXPECT_FALSE(accepts_v3("https://a.example.n1"));
}

// Aim: B-SIG-5: any of several signatures, and the main account's, may match. Method: lists.
TEST_F(PlivoSignature, V3TakesAnyOfSeveral) {
  const std::string good = sign(kText);
  const std::string other = sign("x");
  const auto accepts = [&](const std::string& signature, const std::string& main) {
    request.signature_v3 = signature;
    request.main_signature_v3 = main;
    return check().ok();
  };
  EXPECT_TRUE(accepts(good + "," + other, ""));
  EXPECT_TRUE(accepts(other + ", " + good, ""));
  EXPECT_TRUE(accepts(",," + good + ",", ""));
  EXPECT_TRUE(accepts(other, good));
  EXPECT_TRUE(accepts("", good));
  EXPECT_FALSE(accepts(other, other));
  EXPECT_FALSE(accepts(",", ""));
  EXPECT_FALSE(accepts(good.substr(1), ""));
  EXPECT_FALSE(accepts(good + good, ""));
}

// Aim: B-SIG-6: V2 covers URL and nonce only, counts only without any V3 header, and can be refused
// altogether. Method: each combination.
TEST_F(PlivoSignature, V2OnlyWithoutV3) {
  const std::string v2 = sign("https://a.example:8443/pn2");
  request.signature_v2 = v2;
  request.nonce_v2 = "n2";
  EXPECT_FALSE(check().ok()) << "a V3 nonce is a V3 header";
  request.nonce_v3 = "";
  EXPECT_TRUE(check().ok());
  EXPECT_EQ(scheme, Scheme::kV2);
  with_form("Other=1");
  EXPECT_TRUE(check().ok()) << "the body is not covered";
  request.url = "https://a.example:8443/p?other";
  EXPECT_TRUE(check().ok()) << "nor is the query";
  require_v3 = true;
  EXPECT_FALSE(check().ok());
  require_v3 = false;
  const std::string wrong = sign("x");
  request.signature_v3 = wrong;
  EXPECT_FALSE(check().ok()) << "V3 without its nonce never falls back";
  request.nonce_v3 = "n1";
  EXPECT_FALSE(check().ok()) << "a wrong V3 never falls back";
  EXPECT_EQ(check().fault, SignatureFault::kMismatch);
  request.signature_v3 = request.nonce_v3 = "";
  request.nonce_v2 = "";
  EXPECT_EQ(check().fault, SignatureFault::kMissing);
  request.nonce_v2 = "n2";
  request.main_signature_v2 = v2;
  request.signature_v2 = wrong;
  EXPECT_TRUE(check().ok());
  const std::string list = wrong + "," + v2;
  request.main_signature_v2 = "";
  request.signature_v2 = list;
  EXPECT_FALSE(check().ok()) << "V2 has no lists";
}

// Aim: B-DED-2: V3 keys follow from URL, parameters and nonce, V2 keys from the nonce alone, so
// that a changed body under an old nonce is a replay. Method: compare keys.
TEST_F(PlivoSignature, RequestKeys) {
  EXPECT_TRUE(accepts_v3(kText));
  const Key16 v3 = check().key;
  with_form("From=1&To=2");
  EXPECT_EQ(check().key, v3);
  with_form("From=1&To=3");
  EXPECT_TRUE(accepts_v3("https://a.example:8443/p?a= b&z=1.From1To3.n1"));
  EXPECT_NE(check().key, v3);

  request.signature_v3 = request.nonce_v3 = "";
  const std::string v2 = sign("https://a.example:8443/pn2");
  request.signature_v2 = v2;
  request.nonce_v2 = "n2";
  ASSERT_TRUE(check().ok());
  const Key16 first = check().key;
  with_form("Other=1");
  request.url = "https://a.example:8443/p?other=1";
  ASSERT_TRUE(check().ok());
  EXPECT_EQ(check().key, first);
  EXPECT_NE(first, v3);
  request.line = "other";
  EXPECT_NE(check().key, first);
}

// Aim: with verification skipped keys are formed the same way; without a nonce there is none, which
// step 12 refuses. Method: the same request both ways, then without its nonce.
TEST_F(PlivoSignature, SkippingKeepsTheKey) {
  EXPECT_TRUE(accepts_v3(kText));
  const Key16 verified = check().key;
  request.signature_v3 = "";
  EXPECT_TRUE(check(Check::kSkip).ok());
  EXPECT_EQ(check(Check::kSkip).key, verified);
  request.nonce_v3 = "";
  EXPECT_TRUE(check(Check::kSkip).ok());
  EXPECT_FALSE(check(Check::kSkip).has_key);
}

// Aim: an empty token verifies nothing, and a query with too many pairs is refused, not cut.
// Method: both.
TEST_F(PlivoSignature, RefusesWhatItCannotCheck) {
  EXPECT_TRUE(accepts_v3(kText));
  token = "";
  EXPECT_EQ(check().fault, SignatureFault::kNoKey);
  token = kToken;
  std::string long_url = "https://a.example/p?";
  for (size_t i = 0; i <= limits::kQueryEntriesMax; ++i) long_url += "a&";
  request.url = long_url;
  EXPECT_EQ(check().fault, SignatureFault::kMalformed);
}

}  // namespace
}  // namespace hookflash::plivo
