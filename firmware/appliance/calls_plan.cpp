#include "appliance/calls.h"
#include "call/dtmf.h"
#include "call/entry_items.h"

// The plan: what a step changes, and its way to the journal (steps 3 and 4 of contract section 4).
namespace hookflash {
namespace {

constexpr Duration kReconnectWindow = Duration::seconds(60);  // B-TWI-3.

}  // namespace

// Fills in what the step changes. False: nothing is to be made durable.
bool Calls::plan_step(CallHandle call, CallPlan& plan, const Event& event, Step step,
                      std::string_view speech, Now now) {
  CallCore& core = plan.core;
  CallSession& live = session(call);
  const WallTime at = event_time(event.timestamp, core.started_at, now.wall);
  const std::string_view provider_id = event.text(EventText::kProviderCallId);
  live.before = {.say_in_document = live.say_in_document,
                 .digits_in_document = live.digits_in_document,
                 .reconnects = live.reconnects,
                 .reconnects_since = live.reconnects_since};
  if (is_set(event.key)) CHECK(plan.keys.push(event.key) == Status::kOk);
  // A verified event that names the dial in progress binds it (B-OUT-5, B-OUT-7).
  if (!provider_id.empty() && core.provider_call_id.empty()) {
    if (adopt_provider_id(core, provider_id) != Status::kOk) return false;
  }
  switch (step) {
    case Step::kSame: return is_set(event.key);
    case Step::kRing:
      if (!core.ringing_at.is_set()) core.ringing_at = at;
      return true;
    case Step::kAnswer:
    case Step::kActivate: set_answered(core, at); break;
    case Step::kStreamUp:
      set_answered(core, now.wall);
      core.stream_generation += 1;
      core.stream_id.set(event.text(EventText::kStreamId));
      // What the document spoke before the stream has been heard (section 12).
      finish_message(call, plan, now);
      return true;
    case Step::kSpeakStarted: set_answered(core, at); return true;
    case Step::kSpeakFailed: return true;  // The state says it (B-STATE-7).
    case Step::kHear: {
      live.turn.heard = false;
      if (is_blank(speech) || is_stale_speech(call, event)) {
        // No line, no turn; the state stays (B-EVT-4, B-TURN-3).
        core.state = table_.get(call)->core.state;
        break;
      }
      set_answered(core, at);
      live.speech.set(speech);
      CHECK(plan.lines.push({.speaker = Speaker::kCaller, .at = at, .text = live.speech}) ==
            Status::kOk);
      // During an outbound call's initial message it is heard, but no turn (B-MSG-5).
      if (!live.turn.active || live.turn.listening == Instant{}) break;
      live.turn.heard = true;
      core.turn_count += 1;
      core.turn_token = {};
      core.last_turn_latency_ms = static_cast<uint32_t>((now.mono - live.turn.since).ms());
      core.last_turn_listen_wait_ms = static_cast<uint32_t>((now.mono - live.turn.listening).ms());
      break;
    }
    case Step::kHangupFailed:
      // The call is as it was before (B-HUP-2), unless another hang-up has begun meanwhile.
      return core.intents != table_.get(call)->core.intents;
    case Step::kSpeak:
    case Step::kTurn:
      live.speech.set(speech);
      // What the document was saying is cut by it, and not said again.
      if (core.message_state == MessageState::kPlaying) core.message_state = MessageState::kDone;
      if (speech.empty()) {
        core.state = CallState::kListening;
        entropy_.fill(core.turn_token);
      }
      core.document_number += 1;
      return true;
    case Step::kSendDigits:
    case Step::kPark: core.document_number += 1; return true;
    case Step::kTurnTimeout:
      core.turn_token = {};
      core.document_number += 1;
      return true;
    case Step::kDigits:
    case Step::kDocument: break;
    case Step::kFinish:
    case Step::kFinishUnconfirmed: {
      EndReason reason =
          event.end_reason == EndReason::kNone ? EndReason::kCompleted : event.end_reason;
      if (event.type == EventType::kEnded || event.type == EventType::kStatusTerminal) {
        reason = resolved_end_reason(core, reason);
      }
      if (event.type == EventType::kHangupDone) reason = core.hangup_reason;
      if (event.type == EventType::kHangupGaveUp || event.type == EventType::kError) {
        reason = EndReason::kError;
      }
      if (event.type == EventType::kDialRefused || event.type == EventType::kDialUnknown) {
        reason = EndReason::kFailed;
      }
      core.intents = 0;
      return hookflash::finish(core, reason, event.text(EventText::kDetail), at,
                               step == Step::kFinish);
    }
    default:
      return is_set(event.key) || core.provider_call_id != table_.get(call)->core.provider_call_id;
  }
  if (!event.instruction_fetch) return true;
  // It gets the next document.
  live.say_in_document = false;
  live.digits_in_document = false;
  core.document_number += 1;
  const bool unasked = core.stream_generation > 0 && live.update.kind == LiveUpdate::Kind::kNone;
  if (unasked) {
    if (now.mono - live.reconnects_since > kReconnectWindow) {
      live.reconnects_since = now.mono;
      live.reconnects = 0;
    }
    if (live.reconnects < 255) ++live.reconnects;
    if (live.reconnects > kReconnectsMax) return true;  // document_of() hangs up (B-TWI-3).
  }
  if (!core.dtmf_sequence.empty() && !core.dtmf_sent) {
    core.dtmf_sent = true;
    live.digits_in_document = true;
  }
  // Without a stream yet the carrier speaks the initial message (section 12); the next fetch or the
  // stream's start is its end.
  if (core.message_state == MessageState::kPending) {
    core.message_state = MessageState::kPlaying;
    live.say_in_document = true;
  } else {
    finish_message(call, plan, now);
  }
  plan_speech(call, plan, event, now);
  return true;
}

// The initial message has been spoken: its line enters the transcript (B-STATE-7).
void Calls::finish_message(CallHandle call, CallPlan& plan, Now now) {
  if (plan.core.message_state != MessageState::kPlaying) return;
  plan.core.message_state = MessageState::kDone;
  // The record's own text: it outlives the plan.
  const std::string_view text = table_.get(call)->core.message;
  CHECK(plan.lines.push({.speaker = Speaker::kBot, .at = now.wall, .text = text}) == Status::kOk);
}

void Calls::persist(CallHandle call, const CallPlan& plan, const Event& event, Step step, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  live.plan = plan;
  live.event = event;
  live.step = step;
  live.given_up = false;
  record.busy = true;
  if (memory_.persisting.full()) {
    observer_.entry_ended(Status::kFull, Duration(), now);
    failed(call, Status::kFull, now);  // B-JRN-4: an append to a full queue fails at once.
    return;
  }
  EntryWriter entry;
  entry.begin(now.wall);
  if (record.core.state == CallState::kEnded) {
    write_keys(entry, plan.keys.span());  // Its end has been written (B-STATE-5).
  } else {
    write_plan(entry, plan, record.transcript, crypto_, settings_->config().keep_transcripts);
  }
  if (is_set(event.request)) write_request_key(entry, event.request, now.wall);
  if (entry.status() != Status::kOk) {
    failed(call, Status::kTooLarge, now);
    return;
  }
  live.persist = ++memory_.last_persist;
  CHECK(memory_.persisting.push({.id = live.persist,
                                 .kind = JournalTicket::Kind::kCall,
                                 .index = call.index,
                                 .since = now.mono}) == Status::kOk);
  live.durable.kind = kDurableDeadline;
  live.durable.owner = call.index;
  arm(live.durable, now.mono + limits::kDurableTimeout);
  const std::string_view kept = outbox_.keep(text_of(entry.bytes()));
  outbox_.push(out::Persist{.id = live.persist, .entry = bytes_of(kept)});
}

}  // namespace hookflash
