#pragma once

#include <memory>
#include <string>

#include "appliance/appliance.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/core_probe.h"
#include "platform/sim/world.h"

namespace hookflash::sim {

// Configuration of a box that serves the simulated account; `more` is put into the outer object and
// `line` into the line's.
inline std::string box_config(const std::string& more = "", const std::string& line = "") {
  return R"({"publicUrl":"https://box.example.com","inboundPolicy":"open")" + more +
         R"(,"lines":[{"id":"main","provider":"twilio","accountSid":")" + std::string(kAccountSid) +
         R"(","authToken":")" + std::string(kAuthToken) + R"(","fromNumber":")" +
         std::string(kOurNumber) + "\"" + line + "}]}";
}

// The API is local only where nothing of the box is public, so tests of it bring a token.
inline constexpr const char* kToken = "0123456789abcdef0123456789abcdef";

inline std::string api_config(const std::string& more = "", const std::string& line = "") {
  return box_config(R"(,"api":{"token":")" + std::string(kToken) + "\"}" + more, line);
}

// The real appliance inside the simulated world.
class Box final : public CoreProbe {
 public:
  explicit Box(const std::string& config = box_config(), WorldOptions options = {})
      : world(options, crypto),
        memory(std::make_unique<ApplianceMemory>()),
        appliance(*memory, {.crypto = crypto, .entropy = world.core_entropy(), .version = "test"},
                  DeviceKey{1, 2, 3}) {
    configured = appliance.configure(config, world.now());
    world.attach(appliance, this);
  }

  [[nodiscard]] CoreCounts counts() const override {
    const Calls& calls = appliance.calls();
    CoreCounts counts;
    counts.call_slots = calls.table().slots();
    counts.call_slots_max = limits::kCallSlots;
    for (size_t i = 0; i < limits::kCallSlots; ++i) {
      const CallRecord* record = calls.table().get(calls.table().at(i));
      if (record != nullptr && is_live(record->core.state)) ++counts.live_calls;
    }
    counts.streams = calls.stream_count();
    counts.app_legs = calls.app_leg_count();
    counts.connections = appliance.http().connections();
    counts.requests = appliance.tickets_open();
    counts.rest = calls.rest_pending();
    counts.persists = calls.persists_pending();
    counts.inbox_entries = calls.inboxes().entries();
    counts.deadlines = calls.deadlines_armed();
    return counts;
  }
  [[nodiscard]] bool knows_live(std::string_view provider_call_id) const override {
    const CallRecord* record =
        appliance.calls().table().get(appliance.calls().table().find(0, provider_call_id));
    return record != nullptr && is_live(record->core.state);
  }

  // The newest finished call.
  [[nodiscard]] const CallSummary& last() const {
    return appliance.calls().history()[appliance.calls().history().size() - 1];
  }

  MbedCrypto crypto;
  World world;
  std::unique_ptr<ApplianceMemory> memory;
  Appliance appliance;
  Status configured = Status::kInvalid;
};

inline HttpAnswer post(Box& box, std::string target, std::string body,
                       std::vector<std::string> headers = {}) {
  headers.push_back(std::string("Authorization: Bearer ") + kToken);
  return box.world.post_json(std::move(target), std::move(body), std::move(headers));
}

// The same without waiting for the answer.
inline std::shared_ptr<HttpAnswer> post_later(Box& box, std::string target, std::string body) {
  auto answer = std::make_shared<HttpAnswer>();
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  request.headers = {std::string("Authorization: Bearer ") + kToken,
                     "Content-Type: application/json"};
  box.world.request_later(request, [answer](const HttpAnswer& given) { *answer = given; });
  return answer;
}

inline std::string call_id_of(const HttpAnswer& answer) {
  return answer.body.substr(answer.body.find("callId\":\"") + 9, 36);
}

}  // namespace hookflash::sim
