#include "appliance/calls.h"
#include "call/dtmf.h"

// New instructions for live calls (B-TWI-4): speech, digits, parking. A request is journaled with
// the number of the document it will send, then sent; the carrier's fetch of the next document says
// that it was carried out.
namespace hookflash {
namespace {

constexpr Duration kUpdateTimeout = Duration::seconds(5);  // B-PRV table.
constexpr uint8_t kUpdateAttempts = 3;                     // 0, 250 and 750 ms.
constexpr int64_t kParkSeconds = 20;                       // B-LIFE-5.
constexpr int64_t kQuietSeconds = 30;                      // B-TWI-2.

// Something comes before the stream, message or digits, that no document has had yet. Only the next
// fetch consumes it, durably (B-MSG-1), so a live update leads there instead of to the stream.
bool owes_document(const CallCore& core) {
  const bool digits = !core.dtmf_sequence.empty() && !core.dtmf_sent;
  return digits || core.message_state == MessageState::kPending;
}

}  // namespace

void Calls::request(const CallId& id, EventType type, std::string_view digits,
                    std::string_view text, uint32_t ticket, Now now) {
  turn_ = now.mono;
  const CallHandle call = table_.find(id);
  const CallRecord* record = table_.get(call);
  if (record == nullptr || record->reserved) {
    observer_.command_done(ticket, absent(id), now);
    return;
  }
  Event event;
  event.type = type;
  event.line = record->core.line;
  event.call_id = id;
  event.ticket = ticket;
  CHECK(event.set(EventText::kDigits, digits) == Status::kOk);
  submit(event, text, now);
}

void Calls::speak(const CallId& call, std::string_view text, uint32_t ticket, Now now) {
  request(call, EventType::kSpeakRequested, {}, text, ticket, now);
}

void Calls::turn(const CallId& call, std::string_view text, uint32_t ticket, Now now) {
  request(call, EventType::kTurnRequested, {}, text, ticket, now);
}

void Calls::send_digits(const CallId& call, std::string_view digits, uint32_t ticket, Now now) {
  request(call, EventType::kDigitsRequested, digits, {}, ticket, now);
}

void Calls::park_all(Now now) {
  turn_ = now.mono;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle call = table_.at(i);
    const CallRecord* record = table_.get(call);
    if (record == nullptr || record->reserved || !is_live(record->core.state)) continue;
    submit_own(call, EventType::kParkRequested, EndReason::kNone, now);
  }
}

CommandResult Calls::absent(const CallId& id) const {
  const CallSummary* summary = history_.find(id);
  if (summary == nullptr) {
    return {.error = "not-found", .http_status = 404, .message = "no such call"};
  }
  return {.error = "ended",
          .http_status = 409,
          .message = "the call is over",
          .call_id = id,
          .state = CallState::kEnded,
          .end_reason = summary->end_reason,
          .ended_at = summary->ended_at};
}

CommandResult Calls::refusal(CallHandle call, uint16_t status, std::string_view error,
                             std::string_view message) const {
  const CallCore& core = table_.get(call)->core;
  return {.error = error,
          .http_status = status,
          .message = message,
          .call_id = core.call_id,
          .state = core.state,
          .end_reason = core.end_reason,
          .ended_at = core.ended_at};
}

// Why a request about a live call cannot be carried out now; empty error: it can.
CommandResult Calls::refusal_of(CallHandle call, Step step) const {
  const CallCore& core = table_.get(call)->core;
  const CallSession& live = sessions_[call.index];
  if (core.provider_call_id.empty() || !core.answered_at.is_set()) {
    return refusal(call, 409, "not-connected", "the call is not answered yet");
  }
  if (has(core.intents, Intent::kHangup)) {
    return refusal(call, 409, "ended", "the call is being hung up");
  }
  if (step == Step::kSendDigits) {
    // It would cut what is being said.
    if (live.update.kind != LiveUpdate::Kind::kNone || live.playback.active) {
      return refusal(call, 409, "busy", "another change of the call is under way");
    }
    return {};
  }
  if (core.limits.streaming) {
    return refusal(call, 409, "stream-active", "the call is streamed; use play");  // B-MSG-6.
  }
  if (step == Step::kTurn && live.turn.active) {
    return refusal(call, 409, "turn-active", "a turn is under way");  // B-TURN-2.
  }
  return {};
}

// True when the request was dealt with; false: it is to be planned.
bool Calls::settle_request(CallHandle call, const Event& event, Step step, std::string_view text,
                           Now now) {
  CallSession& live = session(call);
  if (const CommandResult refused = refusal_of(call, step); !refused.error.empty()) {
    observer_.command_done(event.ticket, refused, now);
    return true;
  }
  const bool busy = live.playback.active || live.update.kind != LiveUpdate::Kind::kNone;
  if (step == Step::kSendDigits || !busy) return false;
  if (!text.empty()) {
    const Handle<LongText> kept =
        live.playback.waiting.full() ? Handle<LongText>{} : inboxes_.keep(text);
    if (!kept.is_set()) {
      observer_.command_done(
          event.ticket, refusal(call, 429, "queue-full", "too many texts wait to be spoken"), now);
      return true;
    }
    CHECK(live.playback.waiting.push(kept) == Status::kOk);
  }
  if (step == Step::kTurn) {
    live.turn = {.active = true, .ticket = event.ticket, .since = now.mono};
  } else {
    const CallCore& core = table_.get(call)->core;
    observer_.command_done(event.ticket, {.call_id = core.call_id, .state = core.state}, now);
  }
  return true;
}

void Calls::begin_update(CallHandle call, LiveUpdate::Kind kind, uint32_t ticket, Now now) {
  CallSession& live = session(call);
  CHECK(live.update.in_flight == 0);
  live.update.kind = kind;
  live.update.ticket = ticket;
  live.update.attempt = 0;
  send_update(call, now);
}

void Calls::send_update(CallHandle call, Now now) {
  CallSession& live = session(call);
  if (send(call, Operation::kUpdate, kUpdateTimeout, false, live.update.in_flight, now) ==
      Status::kOk) {
    return;
  }
  live.update.in_flight = 0;
  update_ended(call, refusal(call, 503, "line-busy", "too many requests on this line"), now);
}

// What a live update makes of the call, as the carrier reads it.
std::string_view Calls::update_document(CallHandle call) {
  const CallCore& core = table_.get(call)->core;
  const CallSession& live = session(call);
  Document document;
  document.redirect_url =
      keep_url(core.line, core.call_id, {.document_number = core.document_number});
  switch (live.update.kind) {
    case LiveUpdate::Kind::kNone:  // A hang-up or an end came between; nothing to change any more.
    case LiveUpdate::Kind::kQuiet:
      document.kind = Document::Kind::kPause;
      document.pause_seconds = kQuietSeconds;
      break;
    case LiveUpdate::Kind::kReattach:
      document.kind = Document::Kind::kRedirect;
      if (!owes_document(core)) add_stream(call, document);
      break;
    case LiveUpdate::Kind::kPark:
      document.kind = Document::Kind::kResumeBy;
      document.pause_seconds = kParkSeconds;
      break;
    case LiveUpdate::Kind::kSpeech: add_speech(call, document); break;
    case LiveUpdate::Kind::kDigits:
      document.kind = Document::Kind::kSpeech;
      document.digits = outbox_.keep(live.update.digits);
      if (core.limits.streaming && !owes_document(core)) add_stream(call, document);
      break;
  }
  const std::span<char> memory = outbox_.reserve(8 * limits::kMessageBytesMax + 2048);
  TextWriter text(memory);
  settings_->provider(core.line)->write_document(document, text);  // build_request() asked for it.
  CHECK(!text.overflowed());
  outbox_.shrink(memory, text.size());
  return text.view();
}

void Calls::update_reported(CallHandle call, const RestReport& report, const RestOutcome& outcome,
                            Now now) {
  const CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  if (!is_live(record.core.state)) return;
  // Only this code says that a later try may go through (B-TWI-4).
  if (outcome.kind == RestOutcome::Kind::kNotInProgress &&
      ++live.update.attempt < kUpdateAttempts) {
    arm(call, Timer::kUpdate, now.mono + Duration::ms(live.update.attempt == 1 ? 250 : 750));
    return;
  }
  if (outcome.kind == RestOutcome::Kind::kOk) {
    update_ended(call, {.call_id = record.core.call_id, .state = record.core.state}, now);
    return;
  }
  CommandResult result =
      report.answered ? refusal(call, 502, "carrier-refused", "the carrier did not take the change")
                      : refusal(call, 502, "carrier-unreachable", "the carrier did not answer");
  result.detail = outbox_.keep(outcome.code);
  update_ended(call, result, now);
}

// The carrier took the new instructions, or never will.
void Calls::update_ended(CallHandle call, const CommandResult& result, Now now) {
  CallSession& live = session(call);
  const LiveUpdate::Kind kind = live.update.kind;
  const uint32_t ticket = live.update.ticket;
  live.update.kind = LiveUpdate::Kind::kNone;
  live.update.ticket = 0;
  const bool good = result.error.empty();
  if (ticket != 0) observer_.command_done(ticket, result, now);
  if (kind == LiveUpdate::Kind::kDigits) {
    observer_.digits_sent(table_.get(call)->core.line, live.update.digits.size(), good);
    if (!good) live.digits_playing = false;
  }
  if (kind == LiveUpdate::Kind::kSpeech) {
    if (good) {
      if (live.playback.active) submit_own(call, EventType::kSpeaking, EndReason::kNone, now);
    } else {
      if (live.playback.active) {
        live.playback.active = false;
        submit_own(call, EventType::kSpeakFailed, EndReason::kNone, now);
      }
      end_turn(call, result, now);  // B-TURN-5: without listening.
    }
  }
  if (!good) speak_next(call, now);
}

}  // namespace hookflash
