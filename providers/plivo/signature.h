#pragma once

#include <string_view>

#include "hal/crypto.h"
#include "webhook/form.h"
#include "webhook/verification.h"

// Plivo's request signatures V3 and V2: B-SIG-5, B-SIG-6 and plivo.md section 4.
namespace hookflash::plivo {

// As HTTP carries them; RequestHead finds headers without case.
inline constexpr std::string_view kSignatureV3Header = "x-plivo-signature-v3";
inline constexpr std::string_view kMainSignatureV3Header = "x-plivo-signature-ma-v3";
inline constexpr std::string_view kNonceV3Header = "x-plivo-signature-v3-nonce";
inline constexpr std::string_view kSignatureV2Header = "x-plivo-signature-v2";
inline constexpr std::string_view kMainSignatureV2Header = "x-plivo-signature-ma-v2";
inline constexpr std::string_view kNonceV2Header = "x-plivo-signature-v2-nonce";

struct SignedRequest {
  std::string_view method;         // GET and POST only; anything else is refused.
  std::string_view url;            // As built by build_public_url().
  const FormView* form = nullptr;  // The body's parameters; looked at for POST only.
  // Header values; empty when missing. The "main" ones are made with the main account's token.
  std::string_view signature_v3;
  std::string_view main_signature_v3;
  std::string_view nonce_v3;
  std::string_view signature_v2;
  std::string_view main_signature_v2;
  std::string_view nonce_v2;
  std::string_view line;  // The line's id, for the request key.
};

// What was checked, which decides what the request may say (B-SIG-6).
enum class Scheme : uint8_t { kV3, kV2 };

struct PlivoVerification {
  Verification verification;
  Scheme scheme = Scheme::kV3;
};

// `query` is memory for the decoded query. `require_v3` is webhookSecurity.plivoRequireV3.
PlivoVerification verify(Crypto& crypto, const SignedRequest& request, std::string_view auth_token,
                         bool require_v3, Check check, Query& query);

}  // namespace hookflash::plivo
