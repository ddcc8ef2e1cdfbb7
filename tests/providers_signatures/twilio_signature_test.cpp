#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/base64.h"
#include "platform/crypto/mbed_crypto.h"
#include "providers/twilio/signature.h"

namespace hookflash::twilio {
namespace {

constexpr std::string_view kToken = "00112233445566778899aabbccddeeff";

class TwilioSignature : public ::testing::Test {
 protected:
  std::string sign(std::string_view text, std::string_view token = kToken) {
    const Sha1Digest mac = crypto.hmac_sha1(bytes_of(token), {bytes_of(text)});
    std::string signature(base64_encoded_size(mac.size()), '\0');
    base64_encode(mac, signature.data());
    return signature;
  }
  // The request of this URL, without a body.
  void at(std::string_view text, bool stream = false) {
    url = {};
    url.text.set(text);
    url.stream = stream;
    request = {};
    request.url = &url;
    request.line = "main";
  }
  void with_form(std::string_view body) {
    ASSERT_EQ(form->parse(body), Status::kOk);
    request.body_kind = SignedBody::kForm;
    request.form = &form->view();
  }
  Verification check(std::string signature, Check how = Check::kVerify) {
    kept_signature = std::move(signature);
    request.signature = kept_signature;
    return verify(crypto, request, tokens, how);
  }
  // The URL that matched when `signed_text` was signed; empty when refused.
  std::string matched(std::string_view signed_text) {
    const Verification result = check(sign(signed_text));
    return std::string(result.ok() ? result.url.view() : "");
  }

  MbedCrypto crypto;
  PublicUrl url;
  SignedRequest request;
  std::string kept_signature;
  WebhookKeys tokens = {kToken, ""};
  std::unique_ptr<Form> form = std::make_unique<Form>();
};

// Aim: B-SIG-3: as built, port removed, the scheme's own port added, port of publicUrl, port of the
// Host header; the one that matches is the verified URL. Method: sign each variant.
TEST_F(TwilioSignature, TriesThePortsInOrder) {
  at("https://a.example:8443/v?x=1:2");
  url.public_port = 8443;
  url.host_port = 3334;
  for (const std::string_view variant :
       {"https://a.example:8443/v?x=1:2", "https://a.example/v?x=1:2",
        "https://a.example:3334/v?x=1:2"}) {
    EXPECT_EQ(matched(variant), variant);
  }
  EXPECT_EQ(matched("https://a.example:443/v?x=1:2"), "") << "the URL has a port";
  EXPECT_EQ(matched("https://a.example:8080/v?x=1:2"), "");
  EXPECT_EQ(matched("https://a.example:8443/v?x=1:2/"), "") << "no slash but for streams";

  at("https://a.example/v");
  url.public_port = 9000;
  for (const std::string_view variant :
       {"https://a.example/v", "https://a.example:443/v", "https://a.example:9000/v"}) {
    EXPECT_EQ(matched(variant), variant);
  }
  EXPECT_EQ(matched("https://a.example:80/v"), "");
  at("http://a.example/v");
  EXPECT_EQ(matched("http://a.example:80/v"), "http://a.example:80/v");
  EXPECT_EQ(matched("http://a.example:443/v"), "");
  at("https://[2001:db8::1]:8443");
  EXPECT_EQ(matched("https://[2001:db8::1]"), "https://[2001:db8::1]");
}

// Aim: B-SIG-3, streams: then each of these with "/" appended. Method: sign each variant.
TEST_F(TwilioSignature, TriesASlashForStreams) {
  at("wss://a.example/voice/stream", true);
  for (const std::string_view variant :
       {"wss://a.example/voice/stream", "wss://a.example:443/voice/stream",
        "wss://a.example/voice/stream/", "wss://a.example:443/voice/stream/"}) {
    EXPECT_EQ(matched(variant), variant);
  }
  for (const std::string_view other :
       {"wss://a.example/voice/stream//", "https://a.example/voice/stream", "wss://a.example/voice",
        "wss://a.example:80/voice/stream"}) {
    EXPECT_EQ(matched(other), "");
  }
}

// Aim: B-SIG-3, last sentence: no other variation is tried. Method: sign what other verifiers try.
TEST_F(TwilioSignature, TriesNothingElse) {
  at("https://A.example/v%2f?n=o'neil+x#f");
  for (const std::string_view other :
       {"https://a.example/v%2f?n=o'neil+x", "https://A.example/v%2F?n=o'neil+x",
        "https://A.example/v%2f?n=o%27neil+x", "https://A.example/v%2f?n=o'neil%20x",
        "https://A.example/v/?n=o'neil+x", "http://A.example/v%2f?n=o'neil+x",
        "https://A.example/v%2f?n=o'neil+x#f", "https://A.example/v%2f"}) {
    EXPECT_EQ(matched(other), "") << other;
  }
  EXPECT_NE(matched("https://A.example/v%2f?n=o'neil+x"), "");
  at("https://user:pass@a.example/v");
  EXPECT_EQ(matched("https://a.example/v"), "https://a.example/v")
      << "credentials are never signed";
}

// Aim: B-SIG-2: parameters by name in byte order, of a repeated name each distinct value once,
// names of empty values too, nothing trimmed. Method: sign the text by hand.
TEST_F(TwilioSignature, SignsParameters) {
  at("https://a.example/v");
  with_form("b=2&B=1&a=&T=z&T=a&T=z&_=%20x+&%C3%A9=%2B");
  const std::string good = sign("https://a.example/vB1TaTz_ x ab2\xC3\xA9+");
  EXPECT_TRUE(check(good).ok());
  with_form("T=a&T=z&a=&b=2&B=1&_=%20x+&%c3%a9=%2b");
  EXPECT_TRUE(check(good).ok()) << "order of arrival means nothing";
  with_form("b=2&B=1&a=&T=z&T=a&_=x&%C3%A9=%2B");
  EXPECT_FALSE(check(good).ok());
  with_form("");
  EXPECT_TRUE(check(sign("https://a.example/v")).ok());
}

// Aim: B-WEB-7: unknown parameters are part of the signature, and 256 of them are fine. Method: a
// large form, and one with a parameter taken out.
TEST_F(TwilioSignature, SignsUnknownParameters) {
  at("https://a.example/v");
  std::string body;
  std::string text = "https://a.example/v";
  for (int i = 100; i < 356; ++i) {
    body += "&P" + std::to_string(i) + "=v" + std::to_string(i);
    text += "P" + std::to_string(i) + "v" + std::to_string(i);
  }
  with_form(body);
  EXPECT_TRUE(check(sign(text)).ok());
  with_form(body.substr(0, body.rfind('&')));
  EXPECT_FALSE(check(sign(text)).ok());
}

// Aim: B-SIG-2: for a GET only the URL is signed. Method: a GET, with a form that is not looked at.
TEST_F(TwilioSignature, SignsTheUrlAloneForGet) {
  at("https://a.example/v?CallSid=CA1");
  EXPECT_TRUE(check(sign("https://a.example/v?CallSid=CA1")).ok());
  EXPECT_FALSE(check(sign("https://a.example/v?CallSid=CA1CallSidCA1")).ok());
}

// Aim: B-SIG-2: other bodies are bound by bodySHA256 in the signed query, in lower-case hex;
// missing is refused. Method: a JSON body with good and bad hashes, all well signed.
TEST_F(TwilioSignature, BindsOtherBodiesByTheirHash) {
  constexpr std::string_view kBody = "{\"a\":1}";
  constexpr std::string_view kHash =
      "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
  const auto accepted = [&](const std::string& query) {
    const std::string text = "https://a.example/v" + query;
    at(text);
    request.body_kind = SignedBody::kOther;
    request.body = bytes_of(kBody);
    return check(sign(text)).ok();
  };
  const std::string hash(kHash);
  EXPECT_TRUE(accepted("?bodySHA256=" + hash));
  EXPECT_TRUE(accepted("?x=1&bodySHA256=" + hash + "&y"));
  EXPECT_TRUE(accepted("?body%53HA256=%30" + hash.substr(1)));
  EXPECT_FALSE(accepted(""));
  EXPECT_FALSE(accepted("?bodysha256=" + hash));
  EXPECT_FALSE(accepted("?bodySHA256=" + hash.substr(1)));
  EXPECT_FALSE(accepted("?bodySHA256=" + hash + "0"));
  EXPECT_FALSE(accepted("?bodySHA256=1" + hash.substr(1)));
  EXPECT_FALSE(accepted("?bodySHA256=1" + hash.substr(1) + "&bodySHA256=" + hash))
      << "the first counts";
  EXPECT_FALSE(accepted("?bodySHA256=" + std::string("015ABD7F") + hash.substr(8)));
  EXPECT_FALSE(accepted("?bodySHA256="));
  EXPECT_FALSE(accepted("?" + std::string(2000, 'a') + "&bodySHA256"));
}

// Aim: which body is which: the media type decides, and only a POST has one. Method: heads.
TEST_F(TwilioSignature, TellsBodiesApart) {
  const auto kind = [](std::string_view method, std::string_view headers) {
    const std::string text =
        std::string(method) + " / HTTP/1.1\r\n" + std::string(headers) + "\r\n";
    RequestHead head;
    EXPECT_EQ(head.parse(text, {}), HeadFault::kNone);
    return signed_body(head);
  };
  EXPECT_EQ(kind("GET", "Content-Type: application/x-www-form-urlencoded\r\n"), SignedBody::kNone);
  EXPECT_EQ(kind("POST", "content-type: application/x-www-form-urlencoded; charset=UTF-8\r\n"),
            SignedBody::kForm);
  EXPECT_EQ(kind("POST", "Content-Type: application/json\r\n"), SignedBody::kOther);
  EXPECT_EQ(kind("POST", ""), SignedBody::kOther);
}

// Aim: faults are told apart, and a line without a token accepts nothing. Method: each fault.
TEST_F(TwilioSignature, NamesTheFault) {
  at("https://a.example/v");
  const std::string good = sign("https://a.example/v");
  EXPECT_EQ(check("").fault, SignatureFault::kMissing);
  EXPECT_EQ(check(good + "=").fault, SignatureFault::kMalformed);
  EXPECT_EQ(check(good.substr(1)).fault, SignatureFault::kMalformed);
  EXPECT_EQ(check(sign("x")).fault, SignatureFault::kMismatch);
  tokens = {"", ""};
  EXPECT_EQ(check(sign("https://a.example/v", "")).fault, SignatureFault::kNoKey);
}

// Aim: during a rotation either token verifies (B-SIG-2 with two tokens). Method: sign with each.
TEST_F(TwilioSignature, TakesEitherToken) {
  at("https://a.example/v");
  for (const WebhookKeys& pair : {WebhookKeys{"new", "old"}, WebhookKeys{"", "old"}}) {
    tokens = pair;
    EXPECT_TRUE(check(sign("https://a.example/v", "old")).ok());
    EXPECT_EQ(check(sign("https://a.example/v", "new")).ok(), !pair[0].empty());
    EXPECT_FALSE(check(sign("https://a.example/v", "")).ok());
    EXPECT_FALSE(check(sign("https://a.example/v", "other")).ok());
  }
}

// Aim: B-DED-2: the request key follows from matched URL, sorted parameters and signature; whoever
// moves a boundary that the signature does not see makes a replay, not a new request. Method: same
// and different requests; other headers are not looked at.
TEST_F(TwilioSignature, RequestKeys) {
  const auto key = [&](std::string_view address, std::string_view body,
                       std::string_view line = "main") {
    at(address);
    request.line = line;
    with_form(body);
    std::string text(address);
    for (const FormEntry& entry : form->view().sorted) {
      text += std::string(entry.name) + std::string(entry.value);
    }
    const Verification result = check(sign(text));
    EXPECT_TRUE(result.ok() && result.has_key);
    return result.key;
  };
  const Key16 first = key("https://a.example/v", "Digits=1234&a=1");
  EXPECT_EQ(key("https://a.example/v", "a=1&Digits=1234"), first);
  EXPECT_EQ(key("https://a.example/v", "Dig=its1234&a=1"), first) << "a shifted boundary";
  EXPECT_NE(key("https://a.example/v", "Digits=1235&a=1"), first);
  EXPECT_NE(key("https://a.example/v?x", "Digits=1234&a=1"), first);
  EXPECT_NE(key("https://a.example/v", "Digits=1234&a=1", "other"), first);
}

// Aim: with verification skipped keys are formed the same way (B-DED-2). Method: the same request
// both ways, and an unsigned one.
TEST_F(TwilioSignature, SkippingKeepsTheKey) {
  at("https://a.example/v");
  with_form("a=1");
  const std::string good = sign("https://a.example/va1");
  const Verification verified = check(good);
  const Verification skipped = check(good, Check::kSkip);
  EXPECT_TRUE(skipped.ok());
  EXPECT_EQ(skipped.key, verified.key);
  EXPECT_EQ(skipped.url.view(), "https://a.example/v");
  EXPECT_TRUE(check("", Check::kSkip).ok());
  tokens = {"", ""};
  EXPECT_TRUE(check("anything", Check::kSkip).ok());
}

// Aim: a URL that cannot be split is tried as it is and never crashes. Method: odd texts.
TEST_F(TwilioSignature, TakesAnyUrl) {
  for (const std::string_view odd :
       {"", "x", "https://", "https://a b/c", "://", "https://[::1/x"}) {
    at(odd, true);
    EXPECT_TRUE(check(sign(odd)).ok()) << odd;
  }
}

}  // namespace
}  // namespace hookflash::twilio
