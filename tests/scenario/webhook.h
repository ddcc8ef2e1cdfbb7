#pragma once

#include <memory>
#include <string>
#include <utility>

#include "box.h"
#include "signed_webhook.h"

namespace hookflash::sim {

// One webhook that a test builds up by hand: for orderings and values that no simulated carrier
// brings by itself.
struct Hook {
  std::string query;  // Without "?"; part of what is signed.
  FormFields fields;

  Hook& with(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  // Reported to the status URL instead of asking for a document.
  Hook& as_status() { return with("CallbackSource", "call-progress-events"); }
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
  return signed_webhook(box.crypto, hook.fields, hook.query.empty() ? "" : "?" + hook.query);
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
