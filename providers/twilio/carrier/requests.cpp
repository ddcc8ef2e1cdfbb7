// Requests of the carrier to the appliance: documents and status callbacks, with the retry rules of
// the tuning fragment (twilio.md 2.1).
#include "providers/twilio/carrier/carrier.h"

namespace hookflash::twilio::carrier {
namespace {

constexpr int kHttpRedirectsMax = 10;
constexpr Duration kRetryPause = Duration::ms(100);

bool wants_retry(const Tuning& tuning, int attempt, int status) {
  if (attempt > tuning.retries) return false;
  return (status >= 500 && tuning.on_5xx) || (status >= 400 && status < 500 && tuning.on_4xx);
}

bool wants_retry(const Tuning& tuning, int attempt, FetchFailure failure) {
  if (attempt > tuning.retries) return false;
  return failure == FetchFailure::kConnect ? tuning.on_connect : tuning.on_read;
}

Tuning tuning_of(std::string_view url) {
  const auto parsed = parse_url(url);
  return parsed.ok() ? parse_tuning(parsed->fragment) : Tuning{};
}

// CallStatus of a status callback: "initiated" exists only there.
std::string_view status_word(const Report& report) {
  return report.event == kOnInitiated ? std::string_view("initiated") : word_of(report.state);
}

}  // namespace

// The parameters of twilio.md 2.2, in the order in which real requests carry them.
void Carrier::add_call_fields(const Call& call, std::string_view state, Form& form) const {
  const auto add = [&](std::string_view name, std::string_view value) {
    CHECK(form.push({name, value}) == Status::kOk);
  };
  add("Called", call.to);
  add("ToState", "CA");
  add("CallerCountry", "US");
  add("Direction", call.direction == CallDirection::kInbound ? "inbound" : "outbound-api");
  add("CallerState", "CA");
  add("ToZip", "");
  add("CallSid", call.sid);
  add("To", call.to);
  add("CallerZip", "94105");
  add("ToCountry", "US");
  add("CalledZip", "");
  add("ApiVersion", "2010-04-01");
  add("CalledCity", "");
  add("CallStatus", state);
  add("From", call.from);
  add("AccountSid", settings_.account_sid);
  add("CalledCountry", "US");
  add("CallerCity", "SAN FRANCISCO");
  add("ToCity", "");
  add("FromCountry", "US");
  add("Caller", call.from);
  add("FromCity", "SAN FRANCISCO");
  add("CalledState", "CA");
  add("FromZip", "94105");
  add("FromState", "CA");
}

void Carrier::send(Call& call, FetchId id, FetchKind kind, std::string_view url_text, bool get,
                   const Form& form, std::string_view token) {
  const Url url = *parse_url(url_text);
  TextWriter request_url(url_);
  TextWriter signed_url(signed_url_);
  TextWriter body(body_);
  write_request_url(url, request_url);
  write_signed_url(url, signed_url);
  if (get) {
    // The fields go into the query, which is part of what is signed.
    write_form(form, body);
    const char separator = url.has_query() ? '&' : '?';
    request_url.put(separator).put(body.view());
    signed_url.put(separator).put(body.view());
    body.truncate(0);
  } else {
    write_form(form, body);
  }
  CHECK(!request_url.overflowed() && !signed_url.overflowed() && !body.overflowed());
  char signature[kSignatureBytes];
  TextWriter signature_text(signature);
  write_signature(crypto_, settings_.auth_token, signed_url.view(), get ? Form{} : form,
                  signature_text);
  Fetch fetch;
  fetch.id = id;
  fetch.kind = kind;
  fetch.method = get ? "GET" : "POST";
  fetch.url = request_url.view();
  fetch.body = body.view();
  fetch.signature = signature_text.view();
  fetch.idempotency_token = token;
  fetch.connect_timeout = parse_tuning(url.fragment).connect;
  fetch.pieces = call.person.faults.body_pieces;
  outlet_.fetch(fetch);
}

// --- Documents -----------------------------------------------------------------------------------

void Carrier::request_document(Call& call, std::string_view url, bool get, Now now) {
  DocumentRequest& request = call.request;
  const FixedText<64> digits = request.digits;
  const FixedText<64> words = request.words;
  request = DocumentRequest{};
  request.digits = digits;
  request.words = words;
  call.doing = Call::Doing::kFetching;
  if (++call.documents > 50) {
    fail(call, 11215, "too many documents without a verb that takes time", now);
    end(call, CallState::kCompleted, "redirected in a circle", now);
    return;
  }
  if (!parse_url(url).ok() || request.url.assign(url) != Status::kOk) {
    fail(call, 11100, "invalid URL", now);
    end(call, CallState::kCompleted, "application error", now);
    return;
  }
  request.get = get;
  request.state = call.state;
  request.began = now.mono;
  send_document_request(call, false, now);
}

void Carrier::send_document_request(Call& call, bool duplicate, Now now) {
  DocumentRequest& request = call.request;
  const Tuning tuning = tuning_of(request.url);
  Form form;
  add_call_fields(call, word_of(request.state), form);
  if (!request.digits.empty()) CHECK(form.push({"Digits", request.digits}) == Status::kOk);
  if (!request.words.empty()) {
    CHECK(form.push({"SpeechResult", request.words}) == Status::kOk);
    CHECK(form.push({"Confidence", "0.9128"}) == Status::kOk);
  }
  char token[64];
  TextWriter token_text(token);
  if (request.attempt > 0) token_text.put(call.sid).put('-').number(request.began.us());
  const FetchId id{call.ref, ++call.last_number};
  if (duplicate) {
    call.document_duplicate = id.number;
    request.duplicate_due = Instant();
  } else {
    request.number = id.number;
    request.stage = DocumentRequest::Stage::kInFlight;
    ++request.attempt;
    const Instant latest = request.began + tuning.total;
    const Instant read = now.mono + tuning.connect + tuning.read;
    request.due = read < latest ? read : latest;
    if (call.person.faults.duplicate_webhooks && request.attempt == 1) {
      request.duplicate_due = now.mono + call.person.faults.duplicate_after;
    }
  }
  send(call, id, FetchKind::kDocument, request.url, request.get, form, token_text.view());
}

void Carrier::document_failed(Call& call, bool retry, std::string_view problem, Now now) {
  DocumentRequest& request = call.request;
  const Tuning tuning = tuning_of(request.url);
  if (retry && now.mono + kRetryPause < request.began + tuning.total) {
    request.stage = DocumentRequest::Stage::kWaiting;
    request.due = now.mono + kRetryPause;
    return;
  }
  request.stage = DocumentRequest::Stage::kDone;
  fail(call, 11200, problem, now);
  if (!call.fallback_url.empty() && !request.fallback_used) {
    request_document(call, call.fallback_url, call.fallback_get, now);
    call.request.fallback_used = true;
    return;
  }
  // The caller hears an announcement of the error, for which the call is answered.
  answer(call, now);
  end(call, CallState::kCompleted, "application error", now);
}

void Carrier::document_answered(Call& call, const Fetched& fetched, TextWriter& line, Now now) {
  DocumentRequest& request = call.request;
  const int status = fetched.status;
  if (status < 200 || status > 299) tell(call, StoryEvent::Kind::kRequest, line.view(), now);
  if (status >= 300 && status < 400 && !fetched.location.empty()) {
    FixedText<kUrlBytesMax> target;
    char memory[2 * kUrlBytesMax];
    TextWriter resolved(memory);
    resolve_url(request.url, fetched.location, resolved);
    if (++request.http_redirects > kHttpRedirectsMax || resolved.overflowed() ||
        target.assign(resolved.view()) != Status::kOk || !parse_url(target).ok()) {
      document_failed(call, false, "too many redirects", now);
      return;
    }
    // After 301 and 302 a POST becomes a GET without its fields.
    request.url = target;
    request.get = request.get || status != 307;
    send_document_request(call, false, now);
    return;
  }
  if (status < 200 || status > 299) {
    document_failed(call, wants_retry(tuning_of(request.url), request.attempt, status),
                    "the document was not answered with 2xx", now);
    return;
  }
  request.stage = DocumentRequest::Stage::kDone;
  call.document_url = request.url;
  request.digits.clear();
  request.words.clear();
  const std::string_view type = fetched.content_type.substr(0, fetched.content_type.find(';'));
  if (type != "text/xml" && type != "application/xml" && type != "text/html" &&
      type != "text/plain") {
    tell(call, StoryEvent::Kind::kRequest, line.view(), now);
    fail(call, 12300, "invalid content type", now);
    answer(call, now);
    end(call, CallState::kCompleted, "application error", now);
    return;
  }
  take_document(call, fetched.body, line, now);
}

void Carrier::fetched(FetchId id, const Fetched& fetched, Now now) {
  Call* const call = get(id.call);
  if (call == nullptr) return;
  char text[384];
  TextWriter line(text);
  const auto describe = [&](std::string_view what, std::string_view url, bool duplicate) {
    const auto parsed = parse_url(url);
    line.put(what).put(' ').put(parsed.ok() ? parsed->path() : std::string_view("?"));
    if (duplicate) line.put(" (duplicate)");
    line.put(" -> ").number(fetched.status);
  };
  DocumentRequest& request = call->request;
  if (id.number == request.number && request.stage == DocumentRequest::Stage::kInFlight) {
    outlet_.answered(id, FetchKind::kDocument, false, fetched);
    describe(request.get ? "webhook GET" : "webhook POST", request.url, false);
    document_answered(*call, fetched, line, now);
  } else if (call->document_duplicate != 0 && id.number == call->document_duplicate) {
    call->document_duplicate = 0;
    outlet_.answered(id, FetchKind::kDocument, true, fetched);
    describe("webhook POST", request.url, true);
    tell(*call, StoryEvent::Kind::kRequest, line.view(), now);
  } else {
    for (size_t i = 0; i < call->reports.size(); ++i) {
      Report& report = call->reports[i];
      const bool duplicate = report.duplicate != 0 && report.duplicate == id.number;
      if (!duplicate && !(report.in_flight && report.number == id.number)) continue;
      outlet_.answered(id, FetchKind::kStatus, duplicate, fetched);
      line.put("status ").put(status_word(report)).put(' ');
      describe("POST", call->status_callback, duplicate);
      tell(*call, StoryEvent::Kind::kRequest, line.view(), now);
      if (duplicate) {
        report.duplicate = 0;
        forget_report_if_done(*call, i);
        break;
      }
      const bool good = fetched.status >= 200 && fetched.status < 300;
      const bool retry =
          !good && wants_retry(tuning_of(call->status_callback), report.attempt, fetched.status);
      report_finished(*call, i, retry, now);
      break;
    }
  }
  arm(*call);
}

void Carrier::fetch_failed(FetchId id, FetchFailure failure, Now now) {
  Call* const call = get(id.call);
  if (call == nullptr) return;
  DocumentRequest& request = call->request;
  const std::string_view problem =
      failure == FetchFailure::kConnect ? "no connection" : "no answer";
  if (id.number == request.number && request.stage == DocumentRequest::Stage::kInFlight) {
    document_failed(*call, wants_retry(tuning_of(request.url), request.attempt, failure), problem,
                    now);
  } else if (call->document_duplicate != 0 && id.number == call->document_duplicate) {
    call->document_duplicate = 0;
  } else {
    for (size_t i = 0; i < call->reports.size(); ++i) {
      Report& report = call->reports[i];
      if (report.duplicate != 0 && report.duplicate == id.number) {
        report.duplicate = 0;
        forget_report_if_done(*call, i);
        break;
      }
      if (!report.in_flight || report.number != id.number) continue;
      const Tuning tuning = tuning_of(call->status_callback);
      report_finished(*call, i, wants_retry(tuning, report.attempt, failure), now);
      break;
    }
  }
  arm(*call);
}

// --- Status callbacks ----------------------------------------------------------------------------

void Carrier::report(Call& call, uint8_t event, Now now) {
  if ((call.status_events & event) == 0 || !parse_url(call.status_callback).ok()) return;
  Report report;
  report.event = event;
  report.state = call.state;
  report.sequence = call.status_sequence++;
  report.happened = now.wall;
  if (event == kOnCompleted && call.answered.is_set()) {
    report.call_seconds = (now.mono - call.answered).seconds();
  }
  const CallFaults& faults = call.person.faults;
  if (strikes(faults.callbacks_lost_permille)) {
    tell(call, StoryEvent::Kind::kProblem, "a status callback is lost on request", now);
    return;
  }
  report.due = now.mono;
  if (faults.callbacks_late_max > Duration()) {
    const auto us = static_cast<uint32_t>(faults.callbacks_late_max.us());
    report.due = now.mono + Duration::us(random_below(us));
  }
  if (call.reports.push(report) != Status::kOk) {
    tell(call, StoryEvent::Kind::kProblem, "too many status callbacks wait", now);
  }
}

void Carrier::send_report(Call& call, Report& report, bool duplicate, Now now) {
  Form form;
  add_call_fields(call, status_word(report), form);
  const auto add = [&](std::string_view name, std::string_view value) {
    CHECK(form.push({name, value}) == Status::kOk);
  };
  char memory[160];
  TextWriter numbers(memory);
  const auto kept = [&](auto write) {
    const size_t begin = numbers.size();
    write();
    return numbers.view().substr(begin);
  };
  add("CallbackSource", "call-progress-events");
  add("SequenceNumber", kept([&] { numbers.number(report.sequence); }));
  add("Timestamp", kept([&] { write_rfc2822(report.happened, numbers); }));
  if (report.event == kOnCompleted) {
    add("CallDuration", kept([&] { numbers.number(report.call_seconds); }));
    add("Duration", kept([&] { numbers.number((report.call_seconds + 59) / 60); }));
  }
  char token[64];
  TextWriter token_text(token);
  if (report.attempt > 0) token_text.put(call.sid).put("-s").number(report.sequence);
  const FetchId id{call.ref, ++call.last_number};
  if (duplicate) {
    report.duplicate = id.number;
    report.duplicate_due = Instant();
  } else {
    report.number = id.number;
    report.in_flight = true;
    ++report.attempt;
    const Tuning tuning = tuning_of(call.status_callback);
    report.due = now.mono + tuning.total;
    if (call.person.faults.duplicate_webhooks && report.attempt == 1) {
      report.duplicate_due = now.mono + call.person.faults.duplicate_after;
    }
  }
  send(call, id, FetchKind::kStatus, call.status_callback, call.status_get, form,
       token_text.view());
}

void Carrier::report_finished(Call& call, size_t index, bool retry, Now now) {
  Report& report = call.reports[index];
  report.in_flight = false;
  report.due = retry ? now.mono + kRetryPause : Instant();
  forget_report_if_done(call, index);
}

// A report whose twin is still to be sent or answered stays.
void Carrier::forget_report_if_done(Call& call, size_t index) {
  const Report& report = call.reports[index];
  const bool waits = report.in_flight || report.due.is_set();
  if (waits || report.duplicate != 0 || report.duplicate_due.is_set()) return;
  call.reports.erase(index);
}

void Carrier::run_request_timers(Call& call, Now now) {
  DocumentRequest& request = call.request;
  if (request.duplicate_due.is_set() && request.duplicate_due <= now.mono) {
    if (is_live(call.state)) {
      send_document_request(call, true, now);
    } else {
      request.duplicate_due = Instant();
    }
  }
  if (is_live(call.state) && request.due <= now.mono) {
    if (request.stage == DocumentRequest::Stage::kWaiting) {
      send_document_request(call, false, now);
    } else if (request.stage == DocumentRequest::Stage::kInFlight) {
      outlet_.abandon({call.ref, request.number});
      document_failed(call,
                      wants_retry(tuning_of(request.url), request.attempt, FetchFailure::kRead),
                      "time-out", now);
    }
  }
  for (size_t i = 0; i < call.reports.size(); ++i) {
    Report& report = call.reports[i];
    if (report.duplicate_due.is_set() && report.duplicate_due <= now.mono) {
      send_report(call, report, true, now);
    }
    if (!report.due.is_set() || report.due > now.mono) continue;
    if (!report.in_flight) {
      send_report(call, report, false, now);
    } else {
      outlet_.abandon({call.ref, report.number});
      tell(call, StoryEvent::Kind::kProblem, "a status callback is not answered in time", now);
      const size_t before = call.reports.size();
      report_finished(
          call, i,
          wants_retry(tuning_of(call.status_callback), report.attempt, FetchFailure::kRead), now);
      if (call.reports.size() < before) --i;
    }
  }
}

}  // namespace hookflash::twilio::carrier
