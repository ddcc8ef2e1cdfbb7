#include "appliance/calls.h"
#include "call/dtmf.h"

// Outbound calls (contract section 11), and what the API asks of live ones.
namespace hookflash {
namespace {

constexpr Duration kDialTimeout = Duration::seconds(10);  // B-PRV table, initiate.
constexpr int64_t kCarrierLimitSlack = 60;                // B-OUT-4.

CommandResult failure(OutboundError error, std::string_view message) {
  return {.error = name_of(error), .http_status = http_status_of(error), .message = message};
}

}  // namespace

void Calls::place(const OutboundRequest& request, uint32_t ticket, Now now) {
  turn_ = now.mono;
  if (stopping_) {
    observer_.call_refused(request.line, Direction::kOutbound, Rejection::kStopping, now);
    observer_.command_done(ticket, failure(OutboundError::kStopping, "the box is stopping"), now);
    return;
  }
  if (storage_short()) {
    observer_.call_refused(request.line, Direction::kOutbound, Rejection::kStorage, now);
    observer_.command_done(
        ticket, failure(OutboundError::kStorageFailed, "storage is short; free some space"), now);
    return;
  }
  CallCore core;
  core.call_id = CallId::make(entropy_);
  core.line = request.line;
  core.line_id.set(settings_->line_id(request.line));
  core.direction = Direction::kOutbound;
  core.mode = request.mode;
  core.state = CallState::kInitiated;
  core.from.set(request.from);
  core.to.set(request.to);
  core.app.set(request.app);
  core.session_key.set(request.session_key);
  if (!request.idempotency_key.empty()) {
    core.idempotency = make_key(crypto_, KeyKind::kIdempotency, {}, request.idempotency_key);
  }
  core.started_at = now.wall;
  core.limits = settings_->limits_of(request.line);
  core.dtmf_sequence.set(request.dtmf_sequence);
  core.message.set(request.message);
  if (core.mode == Mode::kNotify) {
    core.message_state = MessageState::kDelegated;  // The dial's own document speaks it.
  } else if (!request.message.empty()) {
    core.message_state = MessageState::kPending;
  }
  core.intents = with(0, Intent::kDial);
  const Result<CallHandle> reserved = table_.reserve({.call_id = core.call_id,
                                                      .line = request.line,
                                                      .direction = Direction::kOutbound,
                                                      .idempotency = core.idempotency},
                                                     settings_->cap());
  if (!reserved.ok()) {
    observer_.call_refused(request.line, Direction::kOutbound, Rejection::kCapacity, now);
    const std::span<char> text = outbox_.reserve(96);
    TextWriter message(text);
    message.number(table_.in_use()).put(" of ").number(settings_->cap().calls_max);
    message.put(" calls in use");
    observer_.command_done(ticket, failure(OutboundError::kLimitReached, message.view()), now);
    return;
  }
  const CallHandle call = *reserved;
  session(call).reset();
  table_.get(call)->created = now.mono;
  session(call).dial_ticket = ticket;
  session(call).creating = true;
  Event event;
  event.type = EventType::kPlaced;
  event.line = request.line;
  event.direction = Direction::kOutbound;
  persist(call, {.core = core}, event, Step::kPlace, now);
}

Status Calls::send(CallHandle call, Operation operation, Duration timeout, bool hangup, RestId& id,
                   Now now) {
  const RestJob job{.operation = operation,
                    .line = table_.get(call)->core.line,
                    .hangup = hangup,
                    .slot = call.index,
                    .generation = call.generation,
                    .deadline = now.mono + timeout};
  return submit_rest(job, id, now);
}

Status Calls::submit_rest(const RestJob& job, RestId& id, Now now) {
  const Status status = rest_.submit(job, *this, outbox_, now, id);
  if (status != Status::kOk) observer_.rest_busy(job.line, job.operation);
  return status;
}

bool Calls::join_dial(CallHandle call, uint32_t ticket) {
  CallSession& live = session(call);
  return live.dial_ticket != 0 && live.dial_joined.push(ticket) == Status::kOk;
}

void Calls::answer_dial(CallSession& live, const CommandResult& result, Now now) {
  const uint32_t ticket = live.dial_ticket;
  const FixedVector<uint32_t, 4> joined = live.dial_joined;
  live.dial_ticket = 0;
  live.dial_joined.clear();
  if (ticket != 0) observer_.command_done(ticket, result, now);
  for (const uint32_t other : joined) observer_.command_done(other, result, now);
}

void Calls::answer_not_recorded(CallSession& live, Now now) {
  answer_dial(
      live,
      failure(OutboundError::kStorageFailed, "the call could not be recorded; nothing was dialled"),
      now);
}

void Calls::begin_dial(CallHandle call, Now now) {
  RestId id = 0;
  if (send(call, Operation::kInitiate, kDialTimeout, false, id, now) == Status::kOk) {
    if (session(call).dial_ticket != 0) session(call).dial = id;
    return;
  }
  CommandResult result = failure(OutboundError::kLineBusy, "too many requests on this line");
  result.call_id = table_.get(call)->core.call_id;
  answer_dial(session(call), result, now);
  submit_own(call, EventType::kDialRefused, EndReason::kFailed, now);
}

bool Calls::build_request(const RestJob& job, out::RestSend& send) {
  const RestAccess access = settings_->rest(job.line);
  const Provider* const carrier = settings_->provider(job.line);
  if (carrier == nullptr) return false;
  const Provider& provider = *carrier;
  send.tls = access.tls;
  send.host = access.host;
  send.port = access.port;
  const std::span<char> headers = outbox_.reserve(1024);
  TextWriter header_text(headers);
  provider.write_headers(access.account, header_text);
  CHECK(!header_text.overflowed());
  outbox_.shrink(headers, header_text.size());
  send.headers = header_text.view();

  const std::span<char> target = outbox_.reserve(512);
  const std::span<char> body = [&] {
    if (job.operation == Operation::kStatus) {
      outbox_.shrink(target, 512);
      return std::span<char>();
    }
    return outbox_.reserve(limits::kRestBodyBytesMax);
  }();
  RestRequest request{.target = TextWriter(target), .body = TextWriter(body)};

  const bool leftover = job.slot == limits::kCallSlots;
  std::string_view provider_id;
  const CallHandle call{job.slot, job.generation};
  const CallRecord* record = leftover ? nullptr : table_.get(call);
  if (leftover) {
    for (const Leftover& candidate : memory_.leftovers) {
      if (candidate.generation == job.generation) provider_id = candidate.provider_call_id;
    }
  } else if (record != nullptr) {
    provider_id = record->core.provider_call_id;
  }
  const bool known = record != nullptr || (leftover && !provider_id.empty());
  if (known && job.operation == Operation::kInitiate) {
    const CallCore& core = record->core;
    DialRequest dial{.to = core.to, .from = core.from};
    dial.url = keep_url(core.line, core.call_id, {.document_number = core.document_number});
    dial.status_url = keep_url(core.line, core.call_id, {.status = true});
    dial.ring_seconds = core.limits.ring_timeout_ms / 1000;
    dial.limit_seconds = core.limits.max_duration_seconds + kCarrierLimitSlack;
    if (core.mode == Mode::kNotify) {
      const Document document = notify_document(core);
      const std::span<char> memory = outbox_.reserve(8 * limits::kMessageBytesMax + 256);
      TextWriter text(memory);
      provider.write_document(document, text);
      CHECK(!text.overflowed());
      outbox_.shrink(memory, text.size());
      // Over the inline limit the same document is fetched by Url (B-TWI-1).
      if (text.size() <= provider.inline_document_max()) dial.document = text.view();
    }
    provider.write_dial(access.account, dial, request);
  } else if (known && !provider_id.empty()) {
    switch (job.operation) {
      case Operation::kNone:
      case Operation::kInitiate: return false;
      case Operation::kStatus:
        provider.write_status_query(access.account, provider_id, request);
        break;
      case Operation::kHangup: provider.write_hangup(access.account, provider_id, request); break;
      case Operation::kUpdate:
        provider.write_update(access.account, provider_id, update_document(call), request);
        break;
    }
  } else {
    return false;
  }
  CHECK(!request.target.overflowed() && !request.body.overflowed());
  send.method = request.method;
  send.target = request.target.view();
  send.body = request.body.view();
  return true;
}

void Calls::on_rest(const in::RestAnswered& in, Now now) {
  turn_ = now.mono;
  (void)rest_.answered(in, *this, outbox_, now);
}
void Calls::on_rest(const in::RestFailed& in, Now now) {
  turn_ = now.mono;
  (void)rest_.failed(in, *this, outbox_, now);
}

void Calls::on_report(const RestReport& report, Now now) {
  RestOutcome outcome;
  const Provider* const carrier = settings_->provider(report.job.line);
  if (report.answered && carrier != nullptr) {
    outcome = carrier->read_answer(report.job.operation, report.status, report.body);
  }
  observer_.rest_reported(report, outcome, now);
  if (report.job.slot == limits::kCallSlots) {
    leftover_reported(report, outcome, now);
    return;
  }
  const CallHandle call{report.job.slot, report.job.generation};
  CallRecord* record = table_.get(call);
  if (record == nullptr) {
    // The slot is free already. A dial that went through all the same is hung up (B-OUT-7).
    if (report.job.operation == Operation::kInitiate && outcome.kind == RestOutcome::Kind::kOk) {
      observer_.dial_ended(report.job.line, DialResult::kCompensated);
      compensate(report.job.line, outcome.provider_call_id, {}, now);
    }
    return;
  }
  CallSession& live = session(call);
  switch (report.job.operation) {
    case Operation::kNone: return;
    case Operation::kInitiate: dial_reported(call, report, outcome, now); return;
    case Operation::kHangup:
      if (live.hangup.in_flight != report.job.id) return;
      live.hangup.in_flight = 0;
      hangup_reported(call, report, outcome, now);
      return;
    case Operation::kStatus:
      if (live.status != report.job.id) return;
      live.status = 0;
      status_reported(call, outcome, now);
      return;
    case Operation::kUpdate:
      if (live.update.in_flight != report.job.id) return;
      live.update.in_flight = 0;
      update_reported(call, report, outcome, now);
      return;
  }
}

// An id was adopted from a stream or webhook that is not this dial's: both calls end (B-STR-5).
void Calls::dial_mismatched(CallHandle call, const ProviderCallId& dialled, Now now) {
  close_stream(call, 1008, "dial names another call", now);
  observer_.dial_ended(table_.get(call)->core.line, DialResult::kCompensated);
  compensate(table_.get(call)->core.line, dialled, {}, now);
  begin_hangup(call, EndReason::kError, HangupCause::kSafety, 0, now);
}

void Calls::dial_reported(CallHandle call, const RestReport& report, const RestOutcome& outcome,
                          Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  live.dial = 0;
  if (outcome.kind == RestOutcome::Kind::kOk) {
    if (record.core.state == CallState::kEnded) {
      // It ended here while the carrier still dialled.
      if (identity_of(record.core, outcome.provider_call_id) != Identity::kSame) {
        observer_.dial_ended(record.core.line, DialResult::kCompensated);
        const bool named = record.core.provider_call_id.empty();
        compensate(record.core.line, outcome.provider_call_id,
                   named ? record.core.call_id : CallId{}, now);
      }
      return;
    }
    if (identity_of(record.core, outcome.provider_call_id) == Identity::kMismatch) {
      dial_mismatched(call, outcome.provider_call_id, now);
      return;
    }
    Event event;
    event.type = EventType::kDialAccepted;
    event.line = record.core.line;
    event.call_id = record.core.call_id;
    if (event.set(EventText::kProviderCallId, outcome.provider_call_id) != Status::kOk) return;
    submit(event, {}, now);
    return;
  }
  // The carrier has proven by an event that it has the call (B-OUT-7).
  if (!record.core.provider_call_id.empty() || record.core.state == CallState::kEnded) return;
  const bool refused = outcome.kind == RestOutcome::Kind::kRefused ||
                       outcome.kind == RestOutcome::Kind::kNotInProgress;
  // What certainly never reached the carrier cannot have made a call.
  const bool definite = refused || (!report.answered && !report.sent);
  if (live.dial_ticket != 0) {
    CommandResult result =
        refused ? failure(OutboundError::kCarrierRefused, "the carrier refused the call")
                : failure(OutboundError::kDialTimeout, "the carrier gave no definite answer");
    result.call_id = record.core.call_id;
    if (refused) result.detail = outbox_.keep(outcome.code);
    answer_dial(live, result, now);
    observer_.dial_ended(record.core.line, refused ? DialResult::kRefused : DialResult::kTimeout);
  }
  Event event;
  event.type = definite ? EventType::kDialRefused : EventType::kDialUnknown;
  event.line = record.core.line;
  event.call_id = record.core.call_id;
  event.end_reason = EndReason::kFailed;
  (void)event.set(EventText::kDetail, refused ? std::string_view(outcome.code) : kNoAnswerDetail);
  submit(event, {}, now);
}

// --- Requests about live calls
// -----------------------------------------------------------------------

namespace {

CommandResult not_found() {
  return {.error = "not-found", .http_status = 404, .message = "no such call"};
}

CommandResult state_error(const CallRecord& record, std::string_view error,
                          std::string_view message) {
  return {.error = error,
          .http_status = 409,
          .message = message,
          .call_id = record.core.call_id,
          .state = record.core.state,
          .end_reason = record.core.end_reason};
}

}  // namespace

void Calls::hang_up(const CallId& id, EndReason reason, uint32_t ticket, Now now) {
  turn_ = now.mono;
  const CallHandle call = table_.find(id);
  const CallRecord* record = table_.get(call);
  if (record == nullptr || record->reserved) {
    const CallSummary* summary = history_.find(id);
    if (summary == nullptr) {
      observer_.command_done(ticket, not_found(), now);
      return;
    }
    // Ending a finished call succeeds without a request to the carrier (B-HUP-1).
    observer_.command_done(
        ticket, {.call_id = id, .state = CallState::kEnded, .end_reason = summary->end_reason},
        now);
    return;
  }
  Event event;
  event.type = EventType::kHangupRequested;
  event.line = record->core.line;
  event.call_id = id;
  event.end_reason = reason;
  event.ticket = ticket;
  submit(event, {}, now);
}

void Calls::play(const CallId& id, std::string_view app, uint32_t ticket, Now now) {
  turn_ = now.mono;
  const CallHandle call = table_.find(id);
  CallRecord* record = table_.get(call);
  if (record == nullptr || record->reserved) {
    observer_.command_done(ticket, not_found(), now);
    return;
  }
  if (record->core.state == CallState::kEnded) {
    observer_.command_done(ticket, state_error(*record, "ended", "the call is over"), now);
    return;
  }
  CallSession& live = session(call);
  if (streams_.get(live.stream) == nullptr) {
    observer_.command_done(ticket, state_error(*record, "not-connected", "no audio stream yet"),
                           now);
    return;
  }
  TargetParameter memory[limits::kAppParamsMax];
  const AppChoice choice = settings_->app(app, memory);
  const Bytes audio =
      choice.kind == AppChoice::Kind::kAnnounce ? prompts_.prompt(choice.index) : Bytes();
  if (audio.empty()) {
    observer_.command_done(ticket,
                           {.error = "invalid",
                            .http_status = 400,
                            .message = "not the name of an app of protocol announce",
                            .path = "app"},
                           now);
    return;
  }
  if (live.streamer.write(audio, now.mono) != Status::kOk) {
    observer_.command_done(ticket, state_error(*record, "queue-full", "too much audio waits"), now);
    return;
  }
  live.streamer.end_burst(now.mono);
  observer_.command_done(ticket, {.call_id = id, .state = record->core.state}, now);
  pump_media(call.index, now);
}

}  // namespace hookflash
