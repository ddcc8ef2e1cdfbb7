#include "appliance/calls.h"
#include "call/dtmf.h"

// From event to step: steps 1 to 3 of contract section 4. What the step changes is in
// calls_plan.cpp.
namespace hookflash {
namespace {

constexpr Duration kParkedGrace = Duration::seconds(30);  // The carrier comes back after 20 s.

// A request that never became an event of its call. One that did is answered by what follows.
CommandResult failure_of(Outcome outcome) {
  if (outcome == Outcome::kBusy) {
    return {.error = "busy", .http_status = 503, .message = "too much waits for this call"};
  }
  if (outcome == Outcome::kFailed) {
    return {.error = "storage-failed", .http_status = 503, .message = "it could not be recorded"};
  }
  return {.error = "not-found", .http_status = 404, .message = "no such call"};
}

}  // namespace

Outcome Calls::outcome_of(Step step) {
  switch (verdict_of(step)) {
    case EventVerdict::kApplied: return Outcome::kApplied;
    case EventVerdict::kLate: return Outcome::kLate;
    case EventVerdict::kUnknownCall: return Outcome::kUnknownCall;
    case EventVerdict::kRetryable: return Outcome::kRetryable;
  }
  return Outcome::kApplied;
}

CallHandle Calls::resolve(const Event& event, bool& mismatch) {
  const std::string_view provider_id = event.text(EventText::kProviderCallId);
  if (event.call_id.is_set()) {
    const CallHandle call = table_.find(event.call_id);
    if (const CallRecord* record = table_.get(call)) {
      if (provider_id.empty()) return call;
      // A reserved slot has its id in the index only; it was made for exactly this id.
      if (record->reserved) return call;
      const Identity identity = identity_of(record->core, provider_id);
      if (identity != Identity::kMismatch) return call;
      mismatch = true;
      return {};
    }
    // A finished one, likewise. One that never learned its carrier id may learn it now (B-OUT-8).
    const FinishedCall* const finished = finished_.find(call_id_key(crypto_, event.call_id));
    if (finished != nullptr && !provider_id.empty() &&
        !finished->may_be(provider_id_key(crypto_, settings_->line_id(event.line), provider_id))) {
      mismatch = true;
      return {};
    }
  }
  return provider_id.empty() ? CallHandle{} : table_.find(event.line, provider_id);
}

void Calls::done(const Event& event, Outcome outcome, CallHandle call, Now now) {
  observer_.event_counted(event, outcome, now);
  if (event.ticket == 0) return;
  if (!is_carrier_event(event.type)) {
    if (outcome != Outcome::kApplied)
      observer_.command_done(event.ticket, failure_of(outcome), now);
    return;
  }
  EventResult result{.outcome = outcome};
  const bool answered =
      outcome == Outcome::kApplied || outcome == Outcome::kDuplicate || outcome == Outcome::kLate;
  if (answered && event.instruction_fetch) {
    result.document =
        table_.get(call) != nullptr ? document_of(call, event, now) : finished_document(event);
  }
  observer_.event_done(event.ticket, result, now);
}

// Whether its effect has been applied already: in anybody's newest keys, or in the call's own,
// which no busy other call can push out (B-DED).
bool Calls::is_known(const Event& event, CallHandle call) const {
  if (!is_set(event.key)) return false;
  const CallRecord* const record = table_.get(call);
  return keys_.contains(event.key) || (record != nullptr && record->keys.contains(event.key));
}

void Calls::submit(const Event& event, std::string_view speech, Now now) {
  turn_ = now.mono;
  bool mismatch = false;
  const CallHandle call = resolve(event, mismatch);
  if (is_known(event, call)) {
    done(event, Outcome::kDuplicate, call, now);
    return;
  }
  if (mismatch) {
    done(event, Outcome::kMismatch, {}, now);
    return;
  }
  CallRecord* record = table_.get(call);
  if (record == nullptr) {
    without_call(event, now);
    return;
  }
  if (!record->busy && record->inbox.empty()) {
    process(call, event, speech, now);
    return;
  }
  if (may_overtake(call, event)) {
    process(call, event, speech, now);
    return;
  }
  if (inboxes_.push(record->inbox, event, speech) != Status::kOk) {
    done(event, Outcome::kBusy, call, now);
  }
}

// Flash that says nothing is no better than flash that fails: what leads to the hang-up of a safety
// timer, and needs no entry by itself, does not wait behind an entry that is overdue (B-PROC-8).
bool Calls::may_overtake(CallHandle call, const Event& event) {
  const CallRecord& record = *table_.get(call);
  const CallSession& live = session(call);
  if (!record.busy || !live.given_up || live.creating || event.ticket != 0) return false;
  switch (transition_of(record.core.state, event.type).step) {
    case Step::kHangUp:
    case Step::kRetryHangup:
    case Step::kStillLive:
    case Step::kStatusUnknown: return true;
    // The grace, unless the hang-up is what ended the stream.
    case Step::kStreamDown: return !live.hangup.decided;
    case Step::kAskCarrier: return event.type != EventType::kStatusRetry;
    default: return false;
  }
}

// The entry that a call waits for has not become durable in time.
void Calls::overdue(CallHandle call, Now now) {
  CallSession& live = session(call);
  if (live.step == Step::kPlace)
    answer_not_recorded(live, now);  // B-OUT-3: nor will it be dialled.
  if (live.step == Step::kHangUp && live.hangup.cause == HangupCause::kSafety) {
    decide_hangup(call, now);
  }
  withdrawal_unrecorded(call, now);
  // They stay in the inbox: what they find done already they join.
  inboxes_.visit(table_.get(call)->inbox, [&](const Event& waiting) {
    const Event event = waiting;
    if (may_overtake(call, event)) process(call, event, {}, now);
  });
}

void Calls::pump_inbox(CallHandle call, Now now) {
  for (;;) {
    CallRecord* record = table_.get(call);
    if (record == nullptr || record->busy || record->inbox.empty()) return;
    // Copied: what follows may put more into the inbox, and pop() forgets the texts.
    const Event event = inboxes_.front(record->inbox);
    const FixedText<limits::kLongTextBytesMax> speech = [&] {
      FixedText<limits::kLongTextBytesMax> text;
      text.set(inboxes_.speech_of(event));
      return text;
    }();
    inboxes_.pop(record->inbox);
    if (is_known(event, call)) {
      done(event, Outcome::kDuplicate, call, now);
      continue;
    }
    process(call, event, speech, now);
  }
}

void Calls::process(CallHandle call, const Event& event, std::string_view speech, Now now) {
  CallRecord& record = *table_.get(call);
  // A fetch for a call that is known already, and answered where it says so, wants its next
  // document.
  EventType type = event.type;
  if (event.instruction_fetch &&
      (type == EventType::kInitiated ||
       (type == EventType::kAnswered && record.core.answered_at.is_set()))) {
    type = EventType::kFetched;
  }
  // The dial's answer may have waited behind a start that adopted another id.
  if (type == EventType::kDialAccepted && is_live(record.core.state) &&
      identity_of(record.core, event.text(EventText::kProviderCallId)) == Identity::kMismatch) {
    ProviderCallId dialled;
    CHECK(dialled.assign(event.text(EventText::kProviderCallId)) == Status::kOk);
    done(event, Outcome::kMismatch, call, now);
    dial_mismatched(call, dialled, now);
    return;
  }
  Transition transition = transition_of(record.core.state, type);
  if (session(call).end_waits && transition.next != CallState::kEnded) {
    // Over already; only flash does not know yet (B-PROC-8).
    transition = {.next = record.core.state, .step = transition_of(CallState::kEnded, type).step};
  }
  switch (transition.step) {
    case Step::kIllegal:
    case Step::kIgnore:
    case Step::kKeepNothing:
    case Step::kUnknownCall:
    case Step::kLate: done(event, outcome_of(transition.step), call, now); return;
    case Step::kAlreadyEnded:
      // It succeeds without a request to the carrier (B-HUP-1), also while its slot is still taken.
      done(event, Outcome::kApplied, call, now);
      if (event.ticket != 0) {
        const bool waits = record.core.state != CallState::kEnded;
        observer_.command_done(
            event.ticket,
            {.call_id = record.core.call_id,
             .state = CallState::kEnded,
             .end_reason = waits ? session(call).end_event.end_reason : record.core.end_reason,
             .ended_at = record.core.ended_at},
            now);
      }
      return;
    case Step::kRefuseEnded:
      done(event, Outcome::kApplied, call, now);
      observer_.command_done(event.ticket, refusal(call, 409, "ended", "the call is over"), now);
      return;
    case Step::kSpeak:
    case Step::kTurn:
    case Step::kSendDigits:
      if (settle_request(call, event, transition.step, speech, now)) {
        done(event, Outcome::kApplied, call, now);
        return;
      }
      break;
    case Step::kTurnTimeout:
      if (!session(call).turn.active) {
        done(event, Outcome::kApplied, call, now);
        return;
      }
      break;
    case Step::kPark:
      // A request that is under way would be overtaken by it.
      if (session(call).update.in_flight != 0 || record.core.provider_call_id.empty() ||
          !record.core.answered_at.is_set()) {
        done(event, Outcome::kApplied, call, now);
        return;
      }
      break;
    case Step::kLateLive:
    case Step::kHangupDocument:
    case Step::kHangUpLeftover:
      // A sign of life from a call that we have given up: it is hung up (B-OUT-8).
      if (const std::string_view id = event.text(EventText::kProviderCallId);
          session(call).end_waits && !session(call).end_confirmed && !id.empty()) {
        compensate(event.line, id, record.core.call_id, now);
      }
      done(event, Outcome::kLate, call, now);
      return;
    case Step::kConfirmEnd: {
      // Of a call that keeps its slot until its app has been told.
      if (record.core.state != CallState::kEnded) break;
      const Key name = call_id_key(crypto_, record.core.call_id);
      const FinishedCall* const finished = finished_.find(name);
      if (finished == nullptr || finished->end_confirmed) break;
      confirm(name, &event, now);
      return;
    }
    case Step::kTellApp: done(event, Outcome::kApplied, call, now); return;  // Twilio sends none.
    case Step::kAskCarrier:
      switch (event.type) {
        case EventType::kRingTimeout:
          ask_carrier(call, StatusPurpose::kRing, Duration::seconds(10), now);
          break;
        case EventType::kMediaSilent:
          ask_carrier(call, StatusPurpose::kSilence, Duration::seconds(10), now);
          break;
        case EventType::kStatusRetry: verify(call, now); break;
        default:
          // Unless a stream came while this waited in the inbox (B-DISC-2).
          if (streams_.get(session(call).stream) != nullptr) break;
          ask_carrier(call, StatusPurpose::kGrace, Duration::seconds(2), now);
          break;
      }
      done(event, Outcome::kApplied, call, now);
      return;
    case Step::kStillLive:
      still_live(call, event.type == EventType::kStatusAnswered, now);
      done(event, Outcome::kApplied, call, now);
      return;
    case Step::kStatusUnknown:
      status_unknown(call, now);
      done(event, Outcome::kApplied, call, now);
      return;
    case Step::kRetryHangup:
      send_hangup(call, now);
      done(event, Outcome::kApplied, call, now);
      return;
    case Step::kTellExpiring:
      if (Target* target = session(call).target.get()) {
        target->call_expiring(Duration::seconds(30), now);
      }
      observer_.call_note(record.core, out::LogLevel::kInfo,
                          "call ends in 30 s by maxDurationSeconds", {}, now);
      done(event, Outcome::kApplied, call, now);
      return;
    case Step::kStreamDown: {
      // The grace runs; nothing durable changes (B-DISC-1).
      Duration grace = Duration::ms(record.core.limits.disconnect_grace_ms);
      CallSession& live = session(call);
      if (streams_.get(live.stream) != nullptr) {
        // A newer stream was attached while this waited in the inbox (B-DISC-3).
        done(event, Outcome::kApplied, call, now);
        return;
      }
      if (live.parked) grace = kParkedGrace;
      if (live.digits_playing) {
        grace = dtmf_playing_time(live.update.digits) + Duration::seconds(10);  // B-DISC-2.
      }
      arm(call, Timer::kGrace, now.mono + grace);
      done(event, Outcome::kApplied, call, now);
      return;
    }
    case Step::kHangUp: {
      const bool safety = event.type != EventType::kHangupRequested;
      const uint32_t ticket = event.ticket;
      Event counted = event;
      counted.ticket = 0;
      done(counted, Outcome::kApplied, call, now);
      EndReason reason = event.end_reason;
      if (reason == EndReason::kNone) reason = EndReason::kHangupBot;
      demanded_by(call, event.type);
      begin_hangup(call, reason, safety ? HangupCause::kSafety : HangupCause::kRequest, ticket,
                   now);
      return;
    }
    default: break;
  }
  CallPlan plan = CallPlan::of(record);
  plan.core.state = transition.next == CallState::kEnded ? plan.core.state : transition.next;
  if (const HangupRun& run = session(call).hangup; run.decided) {
    // A safety timer's hang-up runs even when its intent did not get to flash (B-PROC-8); the next
    // entry makes up for it, and the end gets its reason.
    plan.core.intents = with(plan.core.intents, Intent::kHangup);
    plan.core.hangup_reason = run.reason;
  } else if (run.withdrawn) {
    plan.core.intents = without(plan.core.intents, Intent::kHangup);
    plan.core.hangup_reason = EndReason::kNone;
  }
  session(call).speech.clear();
  if (!plan_step(call, plan, event, transition.step, speech, now)) {
    hangup_withdrawn(call, now);
    done(event, outcome_of(transition.step), call, now);
    return;
  }
  persist(call, plan, event, transition.step, now);
}

}  // namespace hookflash
