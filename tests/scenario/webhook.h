#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "box.h"
#include "providers/twilio/carrier/form.h"

namespace hookflash::sim {

// One webhook of the account as a test wants it, signed as Twilio signs: for orderings and values
// that no carrier's own behaviour brings.
struct Hook {
  std::string query;  // Without "?"; part of what is signed.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string path = "/voice/webhook";
  bool broken_signature = false;

  // The nth hook of a call is another request than the first; Twilio's own have times and numbers
  // in them that differ.
  Hook& with(std::string name, std::string value) {
    for (auto& [known, old] : fields) {
      if (known == name) {
        old = std::move(value);
        return *this;
      }
    }
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

inline Hook hook(const std::string& sid, const std::string& status,
                 const std::string& direction = "inbound", const std::string& query = "") {
  return {.query = query,
          .fields = {{"AccountSid", std::string(kAccountSid)},
                     {"CallSid", sid},
                     {"CallStatus", status},
                     {"Direction", direction},
                     {"From", "+15551234567"},
                     {"To", std::string(kOurNumber)}}};
}

inline HttpRequest request_of(Box& box, const Hook& hook) {
  HttpRequest request;
  request.method = "POST";
  request.target = hook.path + (hook.query.empty() ? "" : "?" + hook.query);
  twilio::carrier::Form form;
  for (const auto& [name, value] : hook.fields) {
    EXPECT_EQ(form.push({.name = name, .value = value}), Status::kOk);
  }
  char signature[twilio::carrier::kSignatureBytes];
  TextWriter signature_text(signature);
  twilio::carrier::write_signature(box.crypto, hook.broken_signature ? "another token" : kAuthToken,
                                   "https://box.example.com" + request.target, form,
                                   signature_text);
  std::vector<char> body(8192);
  TextWriter body_text(body);
  twilio::carrier::write_form(form, body_text);
  request.body = body_text.view();
  request.headers = {"Content-Type: application/x-www-form-urlencoded",
                     "X-Twilio-Signature: " + std::string(signature_text.view()),
                     "X-Forwarded-For: 3.4.5.6", "X-Forwarded-Proto: https",
                     "X-Forwarded-Host: box.example.com"};
  return request;
}

inline HttpAnswer send(Box& box, const Hook& hook) {
  return box.world.request(request_of(box, hook));
}

inline std::shared_ptr<HttpAnswer> send_later(Box& box, const Hook& hook) {
  auto answer = std::make_shared<HttpAnswer>();
  box.world.request_later(request_of(box, hook),
                          [answer](const HttpAnswer& given) { *answer = given; });
  return answer;
}

}  // namespace hookflash::sim
