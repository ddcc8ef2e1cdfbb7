#pragma once

#include <array>
#include <string_view>

#include "hal/crypto.h"
#include "http/request_head.h"
#include "providers/provider.h"
#include "webhook/form.h"
#include "webhook/origin.h"
#include "webhook/verification.h"

// Twilio's request signature: B-SIG-2, B-SIG-3 and twilio.md section 4.
namespace hookflash::twilio {

// As HTTP carries it; RequestHead finds headers without case.
inline constexpr std::string_view kSignatureHeader = "x-twilio-signature";

// What is signed besides the URL.
enum class SignedBody : uint8_t {
  kNone,   // GET and WebSocket handshakes.
  kForm,   // A POST with the media type of forms: its parameters.
  kOther,  // A POST with anything else: its SHA-256 in the query.
};
SignedBody signed_body(const RequestHead& head);

struct SignedRequest {
  const PublicUrl* url = nullptr;
  SignedBody body_kind = SignedBody::kNone;
  const FormView* form = nullptr;  // With kForm.
  Bytes body;                      // With kOther: as received.
  std::string_view signature;      // Empty when the header is missing.
  std::string_view line;           // The line's id, for the request key.
};

Verification verify(Crypto& crypto, const SignedRequest& request, const WebhookKeys& tokens,
                    Check check);

}  // namespace hookflash::twilio
