#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/sim/world.h"
#include "providers/twilio/carrier/form.h"

namespace hookflash::sim {

using FormFields = std::vector<std::pair<std::string, std::string>>;

// A webhook as the example account's Twilio would sign it, for what the simulated carrier never
// sends by itself: calls placed by somebody else, copies of old requests. `query` with its question
// mark.
inline HttpRequest signed_webhook(Crypto& crypto, const FormFields& fields,
                                  const std::string& query = "") {
  twilio::carrier::Form form;
  for (const auto& [name, value] : fields) CHECK(form.push({name, value}) == Status::kOk);
  char body[4096];
  TextWriter body_text(body);
  twilio::carrier::write_form(form, body_text);
  char signature[twilio::carrier::kSignatureBytes];
  TextWriter signature_text(signature);
  twilio::carrier::write_signature(
      crypto, kAuthToken, "https://box.example.com/voice/webhook" + query, form, signature_text);
  HttpRequest request;
  request.method = "POST";
  request.target = "/voice/webhook" + query;
  request.host = "box.example.com";
  request.headers = {"Content-Type: application/x-www-form-urlencoded",
                     "X-Twilio-Signature: " + std::string(signature_text.view())};
  request.body = body_text.view();
  return request;
}
inline HttpRequest signed_webhook(
    Crypto& crypto, std::initializer_list<std::pair<std::string_view, std::string_view>> fields,
    const std::string& query = "") {
  FormFields copy;
  for (const auto& [name, value] : fields) copy.emplace_back(name, value);
  return signed_webhook(crypto, copy, query);
}

}  // namespace hookflash::sim
