#include "call/outbound.h"

#include "base/check.h"
#include "base/utf8.h"
#include "call/dtmf.h"
#include "config/formats.h"

namespace hookflash {
namespace {

// Collects what is wrong; the list has room for every rule of every member.
class Findings {
 public:
  explicit Findings(InputErrors& errors) : errors_(errors) {}

  void add(std::string_view path, std::string_view message) {
    add(OutboundError::kInvalid, path, message);
  }
  void add(OutboundError error, std::string_view path, std::string_view message) {
    CHECK(errors_.push({.error = error, .path = path, .message = message}) == Status::kOk);
  }
  // Length and encoding of a text; true when it can be used.
  bool text(std::string_view path, std::string_view value, size_t size_max,
            std::string_view too_long) {
    if (value.size() > size_max) {
      add(path, too_long);
      return false;
    }
    if (!is_utf8(value) || value.find('\0') != std::string_view::npos) {
      add(path, "must be valid UTF-8 without NUL");
      return false;
    }
    return true;
  }

 private:
  InputErrors& errors_;
};

void check_addresses(const OutboundInput& input, const std::optional<OutboundDirectory::Line>& line,
                     OutboundRequest& request, Findings& findings) {
  request.to = input.to ? *input.to : line ? line->to_number : std::string_view();
  if (input.to || !request.to.empty()) {
    if (!is_e164(request.to)) findings.add("to", "must be a number such as +15551234567");
  } else if (line) {
    findings.add("to", "is required because the line has no toNumber");
  }
  request.from = input.from ? *input.from : line ? line->from_number : std::string_view();
  if (input.from || !request.from.empty()) {
    if (!is_e164(request.from)) findings.add("from", "must be a number such as +15551234567");
  } else if (line && line->needs_from_number) {
    findings.add(OutboundError::kNoCallerNumber, "from",
                 "is required because the line has no fromNumber");
  }
}

void check_contents(const OutboundInput& input, OutboundRequest& request, Findings& findings) {
  if (input.mode) {
    const std::optional<Mode> mode = value_of<Mode, kModes>(*input.mode);
    if (!mode || *mode == Mode::kNone) {
      findings.add("mode", "must be notify or conversation");
    } else {
      request.mode = *mode;
    }
  }
  if (input.message && findings.text("message", *input.message, limits::kMessageBytesMax,
                                     "must have at most 1024 bytes")) {
    request.message = *input.message;
  }
  if (input.dtmf_sequence) {
    if (check_dtmf(*input.dtmf_sequence) != Status::kOk) {
      findings.add("dtmfSequence", "must be 1 to 32 of 0-9 * # and the pauses w p , W P");
    } else if (request.mode == Mode::kNotify) {
      findings.add("dtmfSequence", "cannot be sent in notify mode");
    } else {
      request.dtmf_sequence = *input.dtmf_sequence;
    }
  }
}

void check_references(const OutboundInput& input, const OutboundDirectory& directory,
                      OutboundRequest& request, Findings& findings) {
  if (input.app) {
    if (input.app->size() > limits::kAppNameBytesMax || !directory.has_app(*input.app)) {
      findings.add("app", "must be the name of a configured app");
    } else {
      request.app = *input.app;
    }
  }
  if (input.session_key &&
      findings.text("sessionKey", *input.session_key, limits::kSessionKeyBytesMax,
                    "must have at most 64 bytes")) {
    request.session_key = *input.session_key;
  }
  if (input.idempotency_key) {
    if (input.idempotency_key->empty()) {
      findings.add("idempotencyKey", "must not be empty");
    } else if (findings.text("idempotencyKey", *input.idempotency_key, kIdempotencyKeyBytesMax,
                             "must have at most 128 bytes")) {
      request.idempotency_key = *input.idempotency_key;
    }
  }
}

}  // namespace

std::string_view name_of(OutboundError error) {
  switch (error) {
    case OutboundError::kNone: return "none";
    case OutboundError::kInvalid: return "invalid";
    case OutboundError::kLimitReached: return "limit-reached";
    case OutboundError::kLineUnavailable: return "line-unavailable";
    case OutboundError::kNoWebhookUrl: return "no-webhook-url";
    case OutboundError::kNoCallerNumber: return "no-caller-number";
    case OutboundError::kStorageFailed: return "storage-failed";
    case OutboundError::kStopping: return "stopping";
    case OutboundError::kCarrierRefused: return "carrier-refused";
    case OutboundError::kDialTimeout: return "dial-timeout";
    case OutboundError::kLineBusy: return "line-busy";
  }
  return "none";
}

uint16_t http_status_of(OutboundError error) {
  switch (error) {
    case OutboundError::kNone: return 201;
    case OutboundError::kInvalid:
    case OutboundError::kNoCallerNumber: return 400;
    case OutboundError::kLimitReached: return 429;
    case OutboundError::kCarrierRefused: return 502;
    case OutboundError::kLineUnavailable:
    case OutboundError::kNoWebhookUrl:
    case OutboundError::kStorageFailed:
    case OutboundError::kStopping:
    case OutboundError::kLineBusy: return 503;
    case OutboundError::kDialTimeout: return 504;
  }
  return 503;
}

InputErrors check_outbound(const OutboundInput& input, const OutboundDirectory& directory,
                           OutboundRequest& request) {
  InputErrors errors;
  Findings findings(errors);
  request = {};
  std::optional<OutboundDirectory::Line> line;
  if (input.line && input.line->empty()) {
    findings.add("line", "must be the id of a configured line");
  } else {
    line = directory.line(input.line ? *input.line : std::string_view());
    if (!line) {
      findings.add("line", input.line ? std::string_view("must be the id of a configured line")
                                      : std::string_view("no line is configured"));
    }
  }
  request.mode = line ? line->default_mode : Mode::kNotify;
  if (line) {
    request.line = line->index;
    request.app = line->app;
  }
  check_addresses(input, line, request, findings);
  check_contents(input, request, findings);
  check_references(input, directory, request, findings);
  return errors;
}

OutboundError outcome_of(const InputErrors& errors) {
  if (errors.empty()) return OutboundError::kNone;
  for (const InputError& error : errors) {
    if (error.error == OutboundError::kInvalid) return OutboundError::kInvalid;
  }
  return errors[0].error;
}

}  // namespace hookflash
