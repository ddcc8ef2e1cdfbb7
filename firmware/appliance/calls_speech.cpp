#include "appliance/calls.h"
#include "base/hex.h"

// Speech by the carrier, on calls without a stream (contract section 13). Each text is one
// document that ends with a way back to us: the carrier's fetch of the next one is the end of the
// playback. When nothing is left to speak and a turn waits, the document listens.
namespace hookflash {
namespace {

constexpr Duration kFetchSlack = Duration::seconds(10);  // The carrier's way back to us.

}  // namespace

// Step 3 of an instruction fetch: which playback has ended, what comes next.
void Calls::plan_speech(CallHandle call, CallPlan& plan, const Event& event, Now now) {
  CallCore& core = plan.core;
  CallSession& live = session(call);
  live.playback.ended =
      live.playback.active && event.document_number >= live.playback.document_number;
  if (live.playback.ended) {
    // Only now: what was cut short was not said (B-STATE-7).
    CHECK(plan.lines.push(
              {.speaker = Speaker::kBot, .at = now.wall, .text = live.playback.text.view()}) ==
          Status::kOk);
  }
  if (core.limits.streaming || core.state == CallState::kEnded || !core.answered_at.is_set()) {
    return;
  }
  const bool speaks = live.say_in_document || !live.playback.waiting.empty() ||
                      (live.playback.active && !live.playback.ended);
  if (speaks) {
    core.state = CallState::kSpeaking;
    return;
  }
  const bool listens = live.turn.active && !live.turn.heard;
  if (!listens) core.turn_token = {};
  if (listens && core.turn_token == TurnToken{}) entropy_.fill(core.turn_token);
  // B-TURN-7: after every playback.
  if (listens || live.playback.ended || core.state == CallState::kSpeaking) {
    core.state = CallState::kListening;
  }
}

// Step 5 of the same: the next text, or listening.
void Calls::advance_speech(CallHandle call, Now now) {
  const CallCore& core = table_.get(call)->core;
  CallSession& live = session(call);
  if (live.playback.ended) live.playback.active = live.playback.ended = false;
  if (core.limits.streaming) return;
  const bool free = !live.say_in_document && !live.playback.active;  // The message goes first.
  if (free && !live.playback.waiting.empty()) {
    take_next_text(call);
    live.playback.document_number = core.document_number;
  }
  if (!live.playback.active) begin_listening(call, now);
  Duration lease = Duration::seconds(60);  // A fetch is due every 30 s.
  if (live.say_in_document) lease = speech_time_max(core.message.size()) + kFetchSlack;
  if (live.playback.active) lease = speech_time_max(live.playback.text.size()) + kFetchSlack;
  arm(call, Timer::kGrace, now.mono + lease);
}

void Calls::take_next_text(CallHandle call) {
  Playback& playback = session(call).playback;
  const Handle<LongText> next = playback.waiting[0];
  playback.waiting.erase(0);
  playback.text.set(inboxes_.kept(next));
  playback.active = true;
  inboxes_.release(next);
}

void Calls::begin_listening(CallHandle call, Now now) {
  const CallRecord& record = *table_.get(call);
  Turn& turn = session(call).turn;
  if (!turn.active || turn.listening != Instant{} || record.core.turn_token == TurnToken{}) return;
  turn.listening = now.mono;
  arm(call, Timer::kTurn, now.mono + Duration::ms(record.core.limits.transcript_timeout_ms));
}

// A journaled request to speak or listen: send it.
void Calls::begin_speech(CallHandle call, const Event& event, Step step, bool given_up, Now now) {
  const CallCore& core = table_.get(call)->core;
  CallSession& live = session(call);
  const uint32_t ticket = given_up ? 0 : event.ticket;
  if (!live.speech.empty()) {
    live.playback.text.set(live.speech);
    live.playback.active = true;
    live.playback.document_number = core.document_number;
    arm(call, Timer::kGrace, now.mono + speech_time_max(live.playback.text.size()) + kFetchSlack);
  }
  if (step == Step::kTurn) {
    live.turn = {.active = true, .ticket = ticket, .since = now.mono};
    if (!live.playback.active) begin_listening(call, now);
  }
  begin_update(call, LiveUpdate::Kind::kSpeech, step == Step::kTurn ? 0 : ticket, now);
}

// After a request that came to nothing: the texts that waited for it.
void Calls::speak_next(CallHandle call, Now now) {
  CallSession& live = session(call);
  if (live.playback.active || live.playback.waiting.empty() ||
      live.update.kind != LiveUpdate::Kind::kNone) {
    return;
  }
  const Handle<LongText> next = live.playback.waiting[0];
  live.playback.waiting.erase(0);
  FixedText<limits::kMessageBytesMax> text;
  text.set(inboxes_.kept(next));
  inboxes_.release(next);
  Event event;
  event.type = EventType::kSpeakRequested;
  event.line = table_.get(call)->core.line;
  event.call_id = table_.get(call)->core.call_id;
  submit(event, text, now);
}

void Calls::add_speech(CallHandle call, Document& document) {
  const CallCore& core = table_.get(call)->core;
  const CallSession& live = session(call);
  document.kind = Document::Kind::kSpeech;
  if (live.playback.active) {
    document.say = outbox_.keep(live.playback.text);
    return;
  }
  char memory[2 * sizeof(TurnToken)];
  TextWriter token(memory);
  write_hex(token, core.turn_token);
  document.listen = true;
  document.silence_timeout_ms = core.limits.silence_timeout_ms;
  document.turn_action_url = keep_url(
      core.line, core.call_id, {.document_number = core.document_number, .turn = token.view()});
}

// Speech that nobody waits for, or that belongs to a turn that is over, changes nothing (B-TURN-3).
bool Calls::is_stale_speech(CallHandle call, const Event& event) const {
  return event.turn_token != table_.get(call)->core.turn_token;
}

void Calls::end_turn(CallHandle call, CommandResult result, Now now) {
  CallSession& live = session(call);
  disarm(call, Timer::kTurn);
  const Turn turn = live.turn;
  live.turn = {};
  if (!turn.active || turn.ticket == 0) return;
  result.call_id = table_.get(call)->core.call_id;
  observer_.command_done(turn.ticket, result, now);
}

// The requester has gone: nobody waits for what the caller says.
void Calls::forget(uint32_t ticket, Now now) {
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle call = table_.at(i);
    if (!call.is_set() || sessions_[i].turn.ticket != ticket) continue;
    submit_own(call, EventType::kTurnTimeout, EndReason::kNone, now);
  }
}

}  // namespace hookflash
