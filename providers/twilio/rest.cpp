#include "providers/twilio/rest.h"

#include <array>

#include "base/base64.h"
#include "http/percent.h"
#include "json/field_scanner.h"
#include "providers/twilio/form_writer.h"

namespace hookflash::twilio {
namespace {

constexpr std::string_view kApiVersion = "/2010-04-01/Accounts/";

enum Field : size_t { kSid, kStatus, kDirection, kCode };
constexpr json::FieldTable kFields({{.path = "sid", .capacity = 64},
                                    {.path = "status", .capacity = 32},
                                    {.path = "direction", .capacity = 32},
                                    {.path = "code", .capacity = 16}});
using Scanner = json::FieldScanner<kFields>;

// twilio.md 1.7.
constexpr std::string_view kNotInProgress = "21220";

struct StatusWord {
  std::string_view word;
  EventType type;
  EndReason reason;
};
// twilio.md 1.4 and B-TWI-4; `canceled` is completed by the direction.
constexpr std::array kStatusWords = {
    StatusWord{"queued", EventType::kInitiated, EndReason::kNone},
    StatusWord{"initiated", EventType::kInitiated, EndReason::kNone},
    StatusWord{"ringing", EventType::kRinging, EndReason::kNone},
    StatusWord{"in-progress", EventType::kAnswered, EndReason::kNone},
    StatusWord{"completed", EventType::kEnded, EndReason::kCompleted},
    StatusWord{"busy", EventType::kEnded, EndReason::kBusy},
    StatusWord{"failed", EventType::kEnded, EndReason::kFailed},
    StatusWord{"no-answer", EventType::kEnded, EndReason::kNoAnswer},
    StatusWord{"canceled", EventType::kEnded, EndReason::kHangupBot},
};

bool matches(std::string_view text, std::string_view lower) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return false;
  text = text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
  }
  return true;
}

// Five digits today (twilio.md 1.7). What is longer is no code, and might be anything (B-PRV-5).
constexpr size_t kCodeDigitsMax = 6;

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kCodeDigitsMax &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A code kept as the detail of an end: the carrier's own where the body has one, else the status.
// It is all that is kept of what a carrier says about an error (B-PRV-5).
void set_code(RestOutcome& outcome, const Scanner& scanner, bool parsed, uint16_t status) {
  char digits[8];
  TextWriter http(digits, sizeof digits);
  http.number(status);
  std::string_view code = http.view();
  if (parsed && scanner.kind(kCode) == json::Kind::kNumber && !scanner.overlong(kCode) &&
      is_code(scanner.text(kCode))) {
    code = scanner.text(kCode);
  }
  outcome.code.set(code);
}

void read_resource(const Scanner& scanner, RestOutcome& outcome) {
  const Direction direction =
      scanner.text(kDirection) == "inbound" ? Direction::kInbound : Direction::kOutbound;
  const CallStatus status = read_call_status(scanner.text(kStatus), direction);
  if (!status.known) return;
  if (status.type == EventType::kEnded) {
    outcome.kind = RestOutcome::Kind::kTerminal;
    outcome.reason = status.reason;
    return;
  }
  outcome.kind = RestOutcome::Kind::kActive;
  outcome.answered = status.type == EventType::kAnswered;
}

}  // namespace

CallStatus read_call_status(std::string_view word, Direction direction) {
  for (const StatusWord& known : kStatusWords) {
    if (!matches(word, known.word)) continue;
    CallStatus status{.known = true, .type = known.type, .reason = known.reason};
    if (known.word == "canceled" && direction == Direction::kInbound) {
      status.reason = EndReason::kHangupUser;
    }
    return status;
  }
  return {};
}

void write_host(std::string_view region, std::string_view edge, TextWriter& out) {
  if (region.empty() && edge.empty()) {
    out.put("api.twilio.com");
    return;
  }
  if (region.empty()) region = "us1";
  if (edge.empty()) edge = region == "ie1" ? "dublin" : region == "au1" ? "sydney" : "ashburn";
  out.put("api.").put(edge).put('.').put(region).put(".twilio.com");
}

bool is_allowed_host(std::string_view host) {
  if (host == "api.twilio.com") return true;
  constexpr std::string_view kPrefix = "api.";
  if (!host.starts_with(kPrefix)) return false;
  host.remove_prefix(kPrefix.size());
  for (const std::string_view suffix : {".us1.twilio.com", ".ie1.twilio.com", ".au1.twilio.com"}) {
    if (!host.ends_with(suffix)) continue;
    const std::string_view edge = host.substr(0, host.size() - suffix.size());
    if (edge.empty() || edge.front() == '-' || edge.back() == '-') return false;
    for (const char c : edge) {
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
    }
    return true;
  }
  return false;
}

void write_headers(std::string_view user, std::string_view password, TextWriter& out) {
  char joined[2 * limits::kSecretBytesMax + 1];
  TextWriter credentials(joined, sizeof joined);
  credentials.put(user).put(':').put(password);
  out.put("Authorization: Basic ");
  char encoded[base64_encoded_size(sizeof joined)];
  out.put({encoded, base64_encode(bytes_of(credentials.view()), encoded)});
  out.put("\r\nContent-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\n");
}

void write_calls_target(std::string_view account_sid, TextWriter& out) {
  out.put(kApiVersion).put(account_sid).put("/Calls.json");
}

void write_call_target(std::string_view account_sid, std::string_view call_sid, TextWriter& out) {
  out.put(kApiVersion).put(account_sid).put("/Calls/").put(call_sid).put(".json");
}

void write_numbers_target(std::string_view account_sid, std::string_view number, TextWriter& out) {
  out.put(kApiVersion).put(account_sid).put("/IncomingPhoneNumbers.json?PageSize=50");
  if (number.empty()) return;
  out.put("&PhoneNumber=");
  percent_encode(out, number);
}

void write_initiate_body(const DialRequest& dial, TextWriter& out) {
  FormWriter form(out);
  form.pair("To", dial.to).pair("From", dial.from);
  if (dial.document.empty()) {
    form.pair("Url", dial.url).pair("Method", "POST");
  } else {
    form.pair("Twiml", dial.document);
  }
  form.pair("StatusCallback", dial.status_url).pair("StatusCallbackMethod", "POST");
  for (const std::string_view event : {"initiated", "ringing", "answered", "completed"}) {
    form.pair("StatusCallbackEvent", event);
  }
  const int64_t ring = dial.ring_seconds < 1                 ? 1
                       : dial.ring_seconds > kRingSecondsMax ? kRingSecondsMax
                                                             : dial.ring_seconds;
  form.pair("Timeout", ring).pair("TimeLimit", dial.limit_seconds);
}

void write_hangup_body(TextWriter& out) { FormWriter(out).pair("Status", "completed"); }

void write_update_body(std::string_view twiml, TextWriter& out) {
  FormWriter(out).pair("Twiml", twiml);
}

RestOutcome read_answer(Operation operation, uint16_t status, std::string_view body) {
  RestOutcome outcome;
  Scanner scanner;
  scanner.begin();
  const bool parsed =
      !body.empty() && scanner.feed(body, true, nullptr) == json::Progress::kComplete;
  set_code(outcome, scanner, parsed, status);
  const bool success = status >= 200 && status <= 299;

  if (status == 404 && operation != Operation::kInitiate) {
    outcome.kind = RestOutcome::Kind::kNotFound;
    return outcome;
  }
  if (success) {
    switch (operation) {
      case Operation::kInitiate:
        // Without a call SID nothing can be said about what was created.
        if (!parsed || scanner.text(kSid).empty() || scanner.overlong(kSid)) return outcome;
        outcome.provider_call_id.set(scanner.text(kSid));
        outcome.kind = RestOutcome::Kind::kOk;
        return outcome;
      case Operation::kStatus:
        if (parsed) read_resource(scanner, outcome);
        return outcome;
      case Operation::kHangup:
      case Operation::kUpdate:
      case Operation::kNone: outcome.kind = RestOutcome::Kind::kOk; return outcome;
    }
  }
  const bool refused = status >= 400 && status <= 499 && status != 429 && status != 408;
  if (!refused) {
    // A request that met 429 was not executed (twilio.md 1.7): for a dial that is a definite no.
    if (status == 429 && operation == Operation::kInitiate) {
      outcome.kind = RestOutcome::Kind::kRefused;
    }
    return outcome;
  }
  if (operation == Operation::kStatus) return outcome;  // 401 and 403 say nothing about the call.
  outcome.kind = outcome.code == kNotInProgress ? RestOutcome::Kind::kNotInProgress
                                                : RestOutcome::Kind::kRefused;
  return outcome;
}

}  // namespace hookflash::twilio
