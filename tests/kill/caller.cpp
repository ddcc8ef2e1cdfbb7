#include "caller.h"

#include <cstdio>

#include "http_call.h"
#include "providers/twilio/carrier/form.h"

namespace hookflash::kill {
namespace {

constexpr int kRedirectsMax = 5;

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t at = text.find(begin);
  if (at == std::string::npos) return {};
  const size_t from = at + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

std::string unescaped(std::string text) {
  for (size_t at = 0; (at = text.find("&amp;", at)) != std::string::npos; ++at) {
    text.erase(at + 1, 4);
  }
  return text;
}

}  // namespace

void Caller::run() {
  while (!ledger_.stopped()) {
    if (number_ % 3 == 2) {
      outbound();
    } else {
      inbound();
    }
  }
}

Caller::Request Caller::make(const std::string& sid, const std::string& status,
                             const std::string& direction, const std::string& url,
                             const std::string& speech) {
  twilio::carrier::Form form;
  const auto add = [&form](std::string_view name, std::string_view value) {
    CHECK(ok(form.push({name, value})));
  };
  const bool inbound = direction == "inbound";
  add("AccountSid", kAccount);
  add("CallSid", sid);
  add("CallStatus", status);
  add("Direction", direction);
  add("From", inbound ? "+15551234567" : kOurs);
  add("To", inbound ? kOurs : "+15557654321");
  if (!speech.empty()) {
    add("SpeechResult", speech);
    add("Confidence", "0.9");
  }
  if (status == "completed") add("CallbackSource", "call-progress-events");
  char memory[4096];
  TextWriter body(memory, sizeof memory);
  twilio::carrier::write_form(form, body);
  Request request;
  request.target = url.empty() ? "/voice/webhook" : url.substr(url.find('/', 8));
  if (const size_t fragment = request.target.find('#'); fragment != std::string::npos) {
    request.target.resize(fragment);
  }
  request.body = body.view();
  char signature[twilio::carrier::kSignatureBytes];
  TextWriter text(signature, sizeof signature);
  twilio::carrier::write_signature(
      crypto_, kSecret, "http://127.0.0.1:" + std::to_string(port_) + request.target, form, text);
  request.signature = text.view();
  return request;
}

bool Caller::deliver(const Request& request, std::string& document) {
  for (bool first = true;; first = false) {
    if (!first) ledger_.add(&Counts::repeated);
    const HttpResult answer = http_call(port_, "POST", request.target,
                                        {"Content-Type: application/x-www-form-urlencoded",
                                         "X-Twilio-Signature: " + request.signature},
                                        request.body);
    if (answer.status >= 200 && answer.status < 300) {
      ledger_.add(&Counts::acknowledged);
      document = answer.body;
      return true;
    }
    const bool again = answer.status == 0 || answer.status == 429 || answer.status >= 500;
    if (!again) {
      ledger_.fail("answered " + std::to_string(answer.status) + ": " + request.target);
      return false;
    }
    if (!pause(20)) return false;
  }
}

bool Caller::follow(const std::string& sid, const std::string& direction,
                    const std::string& document, Place& place) {
  std::string text = document;
  for (int i = 0; i < kRedirectsMax; ++i) {
    place.rejected = text.find("<Reject") != std::string::npos;
    place.hangup = text.find("<Hangup") != std::string::npos;
    place.url = unescaped(between(text, "<Redirect method=\"POST\">", "</Redirect>"));
    if (place.url.empty() || place.rejected || place.hangup) return true;
    place.call_id = place.url.substr(place.url.find("callId=") + 7, 36);
    // A document that holds only a Redirect: the answer to a request that had come before.
    if (text.find("<Response><Redirect") == std::string::npos) return true;
    if (!deliver(make(sid, "in-progress", direction, place.url, {}), text)) return false;
  }
  ledger_.fail("redirected in a circle: " + sid);
  return false;
}

void Caller::inbound() {
  char sid[40];
  std::snprintf(sid, sizeof sid, "CA%08x%024llx", number_,
                static_cast<unsigned long long>(++made_));
  carrier_.begin(sid);
  std::string document;
  Place place;
  if (!deliver(make(sid, "ringing", "inbound", {}, {}), document) ||
      !follow(sid, "inbound", document, place)) {
    carrier_.end(sid);
    return;
  }
  if (place.rejected) {
    ledger_.add(&Counts::refused);
    carrier_.end(sid);
    if (http_call(port_, "GET", "/api/v1/calls/" + std::string(sid),
                  {"Authorization: Bearer " + std::string(kToken)}, {})
            .status != 404) {
      ledger_.add(&Counts::recorded);
    }
    (void)pause(50);
    return;
  }
  if (place.url.empty()) {
    // The answer to a refusal was lost; the copy gets an empty document (B-DED-4).
    carrier_.end(sid);
    HttpResult answer;
    do {
      answer = http_call(port_, "GET", "/api/v1/calls/" + std::string(sid),
                         {"Authorization: Bearer " + std::string(kToken)}, {});
    } while ((answer.status == 0 || answer.status == 429 || answer.status == 503) && pause(20));
    if (!json_text(answer.body, "rejection").empty()) {
      ledger_.add(&Counts::refused);
      ledger_.add(&Counts::recorded);
    } else if (!ledger_.stopped()) {
      ledger_.fail("an accepted call got no document: " + document + answer.body);
    }
    return;
  }
  talk(sid, place, "inbound");
}

void Caller::outbound() {
  char number[32];
  std::snprintf(number, sizeof number, "+1555%02u%05llu", number_,
                static_cast<unsigned long long>(++made_ % 100'000));
  const std::string body =
      R"({"to":")" + std::string(number) + R"(","line":"a","mode":"conversation"})";
  HttpResult answer;
  do {
    answer =
        http_call(port_, "POST", "/call/outbound",
                  {"Content-Type: application/json", "Authorization: Bearer " + std::string(kToken),
                   "Idempotency-Key: " + std::string(number)},
                  body);
    // 503: the first request with this key is not through, or the journal fails just now; with a
    // call in it, it is the end of that one (B-OUT-6).
    if (!json_text(answer.body, "callId").empty()) break;
    if (answer.status != 0 && answer.status != 429 && answer.status != 503) break;
    if (answer.status == 429) {
      ledger_.add(&Counts::refused);
      ledger_.add(&Counts::recorded);
    }
    if (answer.status == 400) {
      ledger_.fail("a call was not placed: " + answer.body);
      return;
    }
  } while (pause(30));
  const Carrier::Placed placed = carrier_.placed_to(number);
  if (placed.count > 1) ledger_.fail("dialled twice: " + std::string(number));
  if (placed.count == 0) {
    if (answer.status == 201 && json_text(answer.body, "state") != "failed" && !ledger_.stopped()) {
      ledger_.fail("placed, but the carrier does not know of it: " + answer.body);
    }
    return;
  }
  std::string document;
  Place place;
  if (!deliver(make(placed.sid, "in-progress", "outbound-api", placed.url, {}), document) ||
      !follow(placed.sid, "outbound-api", document, place)) {
    carrier_.end(placed.sid);
    return;
  }
  if (place.hangup || place.url.empty()) {
    // The box was killed between the dial and its answer (B-OUT-8). Never when it had said 201 for
    // a call that went on.
    ledger_.add(&Counts::compensated);
    const std::string state = json_text(answer.body, "state");
    if (answer.status == 201 && state == "initiated") {
      ledger_.fail("a call that was acknowledged is gone: " + answer.body);
    }
    carrier_.end(placed.sid);
    return;
  }
  ledger_.add(&Counts::placed);
  talk(placed.sid, place, "outbound-api");
}

void Caller::talk(const std::string& sid, Place place, const std::string& direction) {
  Fact fact{.call_id = place.call_id, .sid = sid};
  const uint64_t words = 1 + below(6);
  std::string document;
  for (uint64_t i = 0; i < words; ++i) {
    const Request said =
        make(sid, "in-progress", direction, place.url, "word " + std::to_string(i) + " of " + sid);
    if (!deliver(said, document)) return carrier_.end(sid);
    ++fact.lines;
    if (below(4) == 0) {
      // A copy of what was acknowledged must do nothing.
      ledger_.add(&Counts::copies);
      std::string copy;
      if (!deliver(said, copy)) return carrier_.end(sid);
    }
    if (!follow(sid, direction, document, place)) return carrier_.end(sid);
    if (place.url.empty()) {
      if (!ledger_.stopped()) ledger_.fail("a call was cut off: " + fact.call_id + " " + document);
      return carrier_.end(sid);
    }
    if (below(3) == 0) check(fact, false);
    if (!pause(static_cast<int>(below(40)))) return carrier_.end(sid);
  }
  end(sid, direction, fact);
}

void Caller::end(const std::string& sid, const std::string& direction, const Fact& fact) {
  const bool was_live = carrier_.is_live(sid);
  carrier_.end(sid);
  if (!was_live) ledger_.fail("the box hung up a call that nobody had ended: " + fact.call_id);
  ledger_.add(&Counts::calls);
  if (below(10) == 0 && ledger_.vanish()) return;  // Only a restart, or its time, finds that out.
  std::string document;
  if (!deliver(make(sid, "completed", direction,
                    "http://127.0.0.1/voice/webhook?callId=" + fact.call_id + "&type=status", {}),
               document)) {
    return;
  }
  check(fact, true);
  ledger_.keep(fact);
}

// Asks the box itself.
void Caller::check(const Fact& fact, bool ended) {
  do {
    const HttpResult answer = http_call(port_, "GET", "/api/v1/calls/" + fact.call_id,
                                        {"Authorization: Bearer " + std::string(kToken)}, {});
    if (answer.status == 0 || answer.status == 429 || answer.status == 503) continue;
    if (answer.status != 200) {
      ledger_.fail("an acknowledged call is lost: " + fact.call_id + " " + fact.sid);
      return;
    }
    const int64_t lines = json_number(answer.body, "transcriptLines");
    if (lines < fact.lines) ledger_.fail("an acknowledged utterance is lost: " + answer.body);
    if (lines > fact.lines) ledger_.fail("an utterance counts twice: " + answer.body);
    if (ended && json_text(answer.body, "endReason") != "completed") {
      ledger_.fail("an acknowledged end is lost: " + answer.body);
    }
    return;
  } while (pause(20));
}

}  // namespace hookflash::kill
