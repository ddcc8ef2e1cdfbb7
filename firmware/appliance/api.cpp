#include "appliance/api.h"

#include <charconv>

#include "base/check.h"
#include "call/dtmf.h"
#include "config/readiness.h"
#include "json/document.h"

namespace hookflash {
namespace {

constexpr std::string_view kJson = "application/json";
// Of a member's name in an error: longer ones are not ours anyway.
constexpr size_t kPathShown = 24;

CommandResult failed_as(OutboundError error, std::string_view message) {
  return {.error = name_of(error), .http_status = http_status_of(error), .message = message};
}

// What the requester of this outbound call was answered: a dial that failed has no carrier's id.
CommandResult result_of(const CallSummary& call) {
  CommandResult result{.http_status = 201};
  if (call.provider_call_id.empty() && call.end_reason == EndReason::kFailed) {
    if (call.end_detail == kNoAnswerDetail) {
      result = failed_as(OutboundError::kDialTimeout, "the carrier gave no definite answer");
    } else if (!call.end_detail.empty()) {
      result = failed_as(OutboundError::kCarrierRefused, "the carrier refused the call");
      result.detail = call.end_detail;
    } else if (call.carrier_end_confirmed) {
      result = failed_as(OutboundError::kLineBusy, "too many requests on this line");
    } else {
      result =
          failed_as(OutboundError::kStorageFailed, "the call could not be recorded and is hung up");
    }
  }
  result.call_id = call.call_id;
  result.state = CallState::kEnded;
  result.end_reason = call.end_reason;
  return result;
}

bool is_json(const RequestHead& head) {
  const std::string_view type = head.header("content-type");
  constexpr std::string_view kWanted = "application/json";
  if (type.size() < kWanted.size()) return false;
  for (size_t i = 0; i < kWanted.size(); ++i) {
    const char c = type[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kWanted[i]) return false;
  }
  return type.size() == kWanted.size() || type[kWanted.size()] == ';' ||
         type[kWanted.size()] == ' ';
}

void write_two(TextWriter& out, int64_t value) {
  out.put(static_cast<char>('0' + value / 10)).put(static_cast<char>('0' + value % 10));
}

void write_times(json::Writer& json, WallTime started, WallTime ringing, WallTime answered,
                 WallTime ended) {
  const auto time = [&](std::string_view name, WallTime value) {
    if (!value.is_set()) return;
    char memory[32];
    TextWriter text(memory, sizeof memory);
    write_time(text, value);
    json.text(name, text.view());
  };
  time("startedAt", started);
  time("ringingAt", ringing);
  time("answeredAt", answered);
  time("endedAt", ended);
}

}  // namespace

void write_time(TextWriter& out, WallTime time) {
  if (!time.is_set()) return;
  int64_t days = time.ms() / 86'400'000;
  const int64_t ms = time.ms() % 86'400'000;
  // Civil date from the day number; the year begins in March.
  days += 719468;
  const int64_t era = days / 146097;
  const int64_t of_era = days % 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  out.number(year_of_era + era * 400 + (month <= 2 ? 1 : 0)).put('-');
  write_two(out, month);
  out.put('-');
  write_two(out, of_year - (153 * shifted + 2) / 5 + 1);
  out.put('T');
  write_two(out, ms / 3'600'000);
  out.put(':');
  write_two(out, ms / 60'000 % 60);
  out.put(':');
  write_two(out, ms / 1000 % 60);
  out.put('.').put(static_cast<char>('0' + ms / 100 % 10));
  write_two(out, ms % 100);
  out.put('Z');
}

void write_api_error(TextWriter& out, std::string_view code, std::string_view message,
                     std::string_view path) {
  json::Writer json(out);
  json.begin_object().begin_object("error");
  json.text("code", code).text("message", message).text("path", path);
  json.end_object().end_object();
}

std::string_view error_code_of(uint16_t status) {
  switch (status) {
    case 400: return "invalid";
    case 401: return "unauthorized";
    case 404: return "not-found";
    case 405: return "method-not-allowed";
    case 408: return "slow";
    case 413: return "too-large";
    case 415: return "unsupported-media-type";
    case 426: return "upgrade-required";
    case 429: return "too-many-requests";
    case 500: return "internal";
    case 503: return "unavailable";
    case 504: return "timeout";
    default: return "refused";
  }
}

void write_call(json::Writer& json, const CallCore& core, const CallRecord& record) {
  json.begin_object();
  json.text("callId", core.call_id.text());
  if (!core.provider_call_id.empty()) json.text("providerCallId", core.provider_call_id);
  json.text("line", core.line_id).text("direction", name_of(core.direction));
  json.boolean("external", core.external).text("mode", name_of(core.mode));
  json.text("state", name_of(core.state, core.end_reason));
  if (core.state == CallState::kEnded) json.text("endReason", name_of(core.end_reason));
  write_times(json, core.started_at, core.ringing_at, core.answered_at, core.ended_at);
  json.text("messageState", name_of(core.message_state));
  json.number("streams", core.stream_generation).number("turns", core.turn_count);
  json.number("transcriptLines", record.transcript.size());
  json.end_object();
}

void write_call(json::Writer& json, const CallSummary& summary) {
  json.begin_object();
  json.text("callId", summary.call_id.text());
  if (!summary.provider_call_id.empty()) json.text("providerCallId", summary.provider_call_id);
  json.text("line", summary.line_id).text("direction", name_of(summary.direction));
  json.boolean("external", summary.external).text("mode", name_of(summary.mode));
  json.text("state", name_of(summary.end_reason)).text("endReason", name_of(summary.end_reason));
  if (summary.rejection != Rejection::kNone) json.text("rejection", name_of(summary.rejection));
  if (!summary.end_detail.empty()) json.text("endDetail", summary.end_detail);
  json.boolean("carrierEndConfirmed", summary.carrier_end_confirmed);
  write_times(json, summary.started_at, summary.ringing_at, summary.answered_at, summary.ended_at);
  json.number("streams", summary.streams).number("turns", summary.turn_count);
  json.number("transcriptLines", summary.transcript_lines);
  json.end_object();
}

void Api::respond(RequestRef request, uint16_t status, std::string_view body, Now now) {
  observer_.api_answered(status);
  (void)server_.respond(request, {.status = status, .content_type = kJson, .body = body}, now);
}

void Api::refuse(RequestRef request, uint16_t status, std::string_view code,
                 std::string_view message, std::string_view path, Now now) {
  const std::span<char> memory = outbox_.reserve(1024);
  TextWriter body(memory);
  write_api_error(body, code, message, path);
  outbox_.shrink(memory, body.size());
  respond(request, status, body.view(), now);
}

// All that is wrong in one go; `error` itself is about the first.
void Api::refuse_input(RequestRef request, OutboundError code, std::span<const InputError> faults,
                       Now now) {
  const std::span<char> memory = outbox_.reserve(8192);
  TextWriter text(memory);
  json::Writer json(text);
  json.begin_object().begin_object("error").text("code", name_of(code));
  json.text("message", faults[0].message).text("path", faults[0].path.substr(0, kPathShown));
  json.begin_array("errors");
  for (const InputError& fault : faults) {
    json.begin_object().text("path", fault.path.substr(0, kPathShown));
    json.text("message", fault.message).end_object();
  }
  json.end_array().end_object().end_object();
  CHECK(!text.overflowed());
  outbox_.shrink(memory, text.size());
  respond(request, http_status_of(code), text.view(), now);
}

uint32_t Api::open(RequestRef request, bool placing, Now now) {
  const uint32_t number =
      tickets_.open({.kind = Ticket::Kind::kCommand, .request = request, .placing = placing});
  if (number == 0) refuse(request, 503, "unavailable", "too many requests wait", {}, now);
  return number;
}

void Api::on_request(RouteId route, std::string_view id, RequestRef request,
                     const RequestHead& head, Bytes body, Now now) {
  const bool placing =
      route == RouteId::kOutbound || (route == RouteId::kCalls && head.method() == "POST");
  if (calls_.storage_absent() && !placing) {
    refuse(request, 503, "unavailable", "no calls are known until the journal can be read", {},
           now);
    return;
  }
  switch (route) {
    case RouteId::kOutbound: place(request, head, body, now); return;
    case RouteId::kCalls:
      if (head.method() == "POST") {
        place(request, head, body, now);
      } else {
        list(request, head, now);
      }
      return;
    case RouteId::kCall: show(request, id, now); return;
    case RouteId::kHangup:
    case RouteId::kSpeak:
    case RouteId::kTurn:
    case RouteId::kPlay:
    case RouteId::kDigits: {
      const std::optional<CallId> call = CallId::parse(id);
      if (!call) {
        refuse(request, 404, "not-found", "no such call", {}, now);
        return;
      }
      if (route != RouteId::kHangup && !is_json(head)) {
        refuse(request, 415, "unsupported-media-type", "send application/json", {}, now);
      } else {
        command(route, *call, request, body, now);
      }
      return;
    }
    default: refuse(request, 404, "not-found", "no such route", {}, now); return;
  }
}

void Api::place(RequestRef request, const RequestHead& head, Bytes body, Now now) {
  if (!is_json(head)) {
    refuse(request, 415, "unsupported-media-type", "send application/json", {}, now);
    return;
  }
  json::Document document(scratch_);
  if (document.parse(text_of(body)) != Status::kOk) {
    refuse(request, 400, "invalid", document.error().what, {}, now);
    return;
  }
  OutboundInput input;
  std::optional<std::string_view>* const places[] = {
      &input.to,      &input.line,          &input.from, &input.mode,
      &input.message, &input.dtmf_sequence, &input.app,  &input.session_key};
  static_assert(std::size(places) == kPlaceMembers.size());
  FixedVector<InputError, 40> faults;
  for (const json::Value value : document.root().values()) {
    bool known = false;
    for (size_t i = 0; i < kPlaceMembers.size(); ++i) {
      if (kPlaceMembers[i].name != value.key()) continue;
      known = true;
      if (value.is_string()) {
        *places[i] = value.text();
      } else {
        (void)faults.push({.path = kPlaceMembers[i].name, .message = "must be a string"});
      }
    }
    // Of very many unknown members the first ones say enough.
    if (!known && faults.size() < 16) {
      (void)faults.push({.path = value.key(), .message = "is not a member of this request"});
    }
  }
  if (head.has("idempotency-key")) input.idempotency_key = head.header("idempotency-key");
  OutboundRequest wanted;
  const InputErrors errors = check_outbound(input, *this, wanted);
  for (const InputError& error : errors) (void)faults.push(error);
  if (!faults.empty()) {
    const bool only_checks = faults.size() == errors.size();
    refuse_input(request, only_checks ? outcome_of(errors) : OutboundError::kInvalid, faults.span(),
                 now);
    return;
  }
  if (!settings_->line_ready(wanted.line)) {
    refuse_line(request, settings_->config().lines[wanted.line], now);
    return;
  }
  if (!wanted.idempotency_key.empty() && answer_again(request, wanted.idempotency_key, now)) return;
  if (const uint32_t number = open(request, true, now); number != 0)
    calls_.place(wanted, number, now);
}

// A line that could not start says why, as it did at the start (B-LIFE-6).
void Api::refuse_line(RequestRef request, const LineConfig& line, Now now) {
  const Readiness readiness = readiness_of(line);
  const bool no_url =
      readiness.built_in && readiness.missing.size() == 1 && readiness.missing[0] == "publicUrl";
  char memory[400];
  TextWriter message(memory, sizeof memory);
  if (!line.enabled) message.put("the line is disabled");
  write_readiness(line, readiness, message);
  refuse(request, 503, no_url ? "no-webhook-url" : "line-unavailable", message.view(), "line", now);
}

// So many calls have ended within 10 minutes that the history has not got all of them; their names
// are kept for longer.
bool Api::result_is_forgotten(const Key& key, Now now) const {
  const CallHistory& history = calls_.history();
  return history.size() == limits::kHistoryMax &&
         now.wall - history[0].ended_at < kIdempotencyLife &&
         calls_.finished().find(key) != nullptr;
}

// The same key within 10 minutes returns the first result (B-OUT-10). False: it is a new one.
bool Api::answer_again(RequestRef request, std::string_view idempotency_key, Now now) {
  const Key key = make_key(crypto_, KeyKind::kIdempotency, {}, idempotency_key);
  const CallHandle live = calls_.table().find_idempotent(key);
  const CallRecord* const record = calls_.table().get(live);
  CommandResult first;
  if (record != nullptr && is_live(record->core.state)) {
    first = {.http_status = 201, .call_id = record->core.call_id, .state = record->core.state};
  } else {
    // By our own clock; only a call from before the start is judged by its date (B-TMR-1).
    const Instant* const asked = asked_.find(key);
    const CallSummary* const summary = calls_.history().find_if([&](const CallSummary& call) {
      return call.idempotency == key &&
             (asked != nullptr || now.wall - call.started_at < kIdempotencyLife);
    });
    const bool fresh = asked == nullptr || now.mono - *asked < kIdempotencyLife;
    if (record == nullptr && summary == nullptr && fresh && result_is_forgotten(key, now)) {
      refuse(request, 504, name_of(OutboundError::kDialTimeout),
             "a call with this key was placed; how that ended is not kept any more", {}, now);
      return true;
    }
    if (record == nullptr && (summary == nullptr || !fresh)) {
      if (asked != nullptr) CHECK(asked_.erase(key));
      if (asked_.full()) {
        Key oldest{};
        asked_.visit([&](const Key& candidate, Instant&) {
          oldest = candidate;
          return false;
        });
        CHECK(asked_.erase(oldest));
      }
      *asked_.insert(key) = now.mono;
      return false;
    }
    if (summary != nullptr) first = result_of(*summary);
  }
  const uint32_t number = open(request, true, now);
  if (number == 0) return true;
  if (record != nullptr && calls_.join_dial(live, number)) return true;
  // Without the carrier's name for it there is no result yet: too many wait, or a restart has found
  // the dial half done and is about to close it.
  if (record != nullptr && record->core.provider_call_id.empty() &&
      record->core.state != CallState::kEnded) {
    first = {.error = name_of(OutboundError::kLineBusy),
             .http_status = http_status_of(OutboundError::kLineBusy),
             .message = "the call with this key is being placed; ask again"};
  }
  command_done(number, first, now);
  return true;
}

void Api::command(RouteId route, const CallId& id, RequestRef request, Bytes body, Now now) {
  json::Document document(scratch_);
  const bool hangup = route == RouteId::kHangup;
  if (!(hangup && body.empty()) && document.parse(text_of(body)) != Status::kOk) {
    refuse(request, 400, "invalid", document.error().what, {}, now);
    return;
  }
  const std::string_view member = hangup                     ? ""
                                  : route == RouteId::kSpeak ? kSpeakMembers[0].name
                                  : route == RouteId::kTurn  ? kTurnMembers[0].name
                                  : route == RouteId::kPlay  ? kPlayMembers[0].name
                                                             : kDigitsMembers[0].name;
  for (const json::Value other : document.root().values()) {
    if (other.key() == member) continue;
    const InputError fault{.path = other.key(), .message = "is not a member of this request"};
    refuse_input(request, OutboundError::kInvalid, {&fault, 1}, now);
    return;
  }
  if (hangup) {
    if (const uint32_t number = open(request, false, now); number != 0) {
      calls_.hang_up(id, EndReason::kHangupBot, number, now);
    }
    return;
  }
  const bool speech = route == RouteId::kSpeak || route == RouteId::kTurn;
  const json::Value value = document.root().member(member);
  const bool only_listens = route == RouteId::kTurn && document.root().size() == 0;
  if (!only_listens && (!value.is_string() || value.text().empty())) {
    refuse(request, 400, "invalid", "a text is needed", member, now);
    return;
  }
  if (speech && value.text().size() > limits::kMessageBytesMax) {
    refuse(request, 400, "invalid", "at most 1024 bytes", member, now);
    return;
  }
  if (route == RouteId::kDigits && check_dtmf(value.text()) != Status::kOk) {
    refuse(request, 400, "invalid", "1 to 32 of 0-9 * # and the pauses w p , W P", member, now);
    return;
  }
  const uint32_t number = open(request, false, now);
  if (number == 0) return;
  if (route == RouteId::kSpeak) calls_.speak(id, value.text(), number, now);
  if (route == RouteId::kTurn) calls_.turn(id, value.text(), number, now);
  if (route == RouteId::kPlay) calls_.play(id, value.text(), number, now);
  if (route == RouteId::kDigits) calls_.send_digits(id, value.text(), number, now);
}

void Api::command_done(uint32_t number, const CommandResult& result, Now now) {
  const Ticket* found = tickets_.find(number);
  if (found == nullptr) return;
  const Ticket ticket = *found;
  tickets_.close(number);
  const std::span<char> memory = outbox_.reserve(2048 + 6 * limits::kTranscriptLineBytesMax);
  TextWriter text(memory);
  json::Writer json(text);
  json.begin_object();
  if (!result.error.empty()) {
    json.begin_object("error").text("code", result.error).text("message", result.message);
    json.text("path", result.path);
    if (!result.detail.empty()) json.text("detail", result.detail);
    json.end_object();
  }
  if (result.call_id.is_set()) json.text("callId", result.call_id.text());
  if (result.state != CallState::kNone)
    json.text("state", name_of(result.state, result.end_reason));
  write_times(json, {}, {}, {}, result.ended_at);
  if (result.turn != 0) json.number("turn", result.turn).text("transcript", result.transcript);
  json.end_object();
  outbox_.shrink(memory, text.size());
  respond(ticket.request, result.http_status, text.view(), now);
}

// `limit`, `live` and `skip`, each a whole number, at most once. False for anything else.
bool Api::read_list_query(std::string_view query, ListQuery& out) {
  struct Parameter {
    std::string_view name;
    int64_t* value;
    bool given = false;
  };
  Parameter parameters[] = {{"limit", &out.finished}, {"live", &out.live}, {"skip", &out.skip}};
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(part.size() < query.size() ? part.size() + 1 : query.size());
    const size_t equals = part.find('=');
    bool known = false;
    for (Parameter& parameter : parameters) {
      if (equals == std::string_view::npos || part.substr(0, equals) != parameter.name ||
          parameter.given) {
        continue;
      }
      const std::string_view value = part.substr(equals + 1);
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), *parameter.value);
      known = parameter.given = error == std::errc() && end == value.data() + value.size();
      if (*parameter.value < 0) *parameter.value = 0;  // None (B-REC-6).
    }
    if (!known) return false;
  }
  return true;
}

void Api::list(RequestRef request, const RequestHead& head, Now now) {
  ListQuery wanted;
  if (!read_list_query(head.query(), wanted)) {
    refuse(request, 400, "invalid", "the parameters are limit, live and skip, whole numbers",
           "query", now);
    return;
  }
  // A page of what a turn has memory for: 200 calls are more than anybody reads.
  constexpr int64_t kListMax = 200;
  if (wanted.finished > kListMax) wanted.finished = kListMax;
  constexpr size_t kCallBytes = 640;
  const std::span<char> memory =
      outbox_.reserve((limits::kCallSlots + static_cast<size_t>(kListMax)) * kCallBytes / 2);
  TextWriter text(memory);
  json::Writer json(text);
  json.begin_object().begin_array("live");
  for (size_t i = 0; i < limits::kCallSlots && wanted.live > 0; ++i) {
    const CallRecord* record = calls_.table().get(calls_.table().at(i));
    if (record == nullptr || record->reserved) continue;
    if (wanted.skip-- > 0) continue;
    --wanted.live;
    write_call(json, record->core, *record);
  }
  json.end_array().begin_array("finished");
  for (size_t i = calls_.history().first_of_newest(wanted.finished); i < calls_.history().size();
       ++i) {
    write_call(json, calls_.history()[i]);
  }
  json.end_array().end_object();
  outbox_.shrink(memory, text.size());
  if (text.overflowed()) {
    refuse(request, 413, "too-large", "ask for fewer calls with ?limit= and ?live=", "query", now);
    return;
  }
  respond(request, 200, text.view(), now);
}

// By callId or the carrier's id; a live one before a finished one (B-REC-6).
void Api::show(RequestRef request, std::string_view id, Now now) {
  const std::span<char> memory = outbox_.reserve(2048);
  TextWriter text(memory);
  json::Writer json(text);
  const std::optional<CallId> call_id = CallId::parse(id);
  CallHandle call = call_id ? calls_.table().find(*call_id) : CallHandle{};
  const CallSummary* summary = call_id ? calls_.history().find(*call_id) : nullptr;
  for (size_t line = 0; line < settings_->lines() && !call.is_set() && summary == nullptr; ++line) {
    call = calls_.table().find(static_cast<uint8_t>(line), id);
  }
  if (!call.is_set() && summary == nullptr) summary = calls_.history().find_provider_id(id);
  const CallRecord* record = calls_.table().get(call);
  if (record != nullptr && !record->reserved) {
    write_call(json, record->core, *record);
  } else if (summary != nullptr) {
    write_call(json, *summary);
  }
  outbox_.shrink(memory, text.size());
  if (text.size() == 0) {
    refuse(request, 404, "not-found", "no such call", {}, now);
    return;
  }
  respond(request, 200, text.view(), now);
}

std::optional<OutboundDirectory::Line> Api::line(std::string_view name) const {
  const std::optional<uint8_t> index =
      name.empty() ? settings_->first_line() : settings_->find_line(name);
  if (!index) return std::nullopt;
  const LineConfig& config = settings_->config().lines[*index];
  return Line{.index = *index,
              .to_number = config.to_number,
              .from_number = config.from_number,
              .app = config.values.app,
              .needs_from_number = config.provider != ProviderKind::kMock,
              .default_mode = settings_->default_mode(*index)};
}

bool Api::has_app(std::string_view name) const {
  TargetParameter memory[limits::kAppParamsMax];
  return settings_->app(name, memory).kind != AppChoice::Kind::kNone;
}

}  // namespace hookflash
