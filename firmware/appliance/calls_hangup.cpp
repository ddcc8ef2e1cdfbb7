#include "appliance/calls.h"

// Ending calls (contract section 14) and asking the carrier how they are.
namespace hookflash {
namespace {

constexpr Duration kHangupTimeout = Duration::seconds(5);  // B-PRV table.
constexpr Duration kStatusTimeout = Duration::seconds(10);
constexpr Duration kGiveUpAfter = Duration::seconds(300);  // B-HUP-4.

}  // namespace

void Calls::submit_own(CallHandle call, EventType type, EndReason reason, Now now) {
  const CallRecord* record = table_.get(call);
  if (record == nullptr) return;
  // Of a call that is being created only the plan knows its names.
  const CallCore& core = record->reserved ? session(call).plan.core : record->core;
  Event event;
  event.type = type;
  event.line = core.line;
  event.call_id = core.call_id;
  event.end_reason = reason;
  submit(event, {}, now);
}

void Calls::demanded_by(CallHandle call, EventType origin) {
  HangupRun& run = session(call).hangup;
  if (run.cause == HangupCause::kNone) run.origin = origin;
}

void Calls::begin_hangup(CallHandle call, EndReason reason, HangupCause cause, uint32_t ticket,
                         Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  HangupRun& run = live.hangup;
  CHECK(!record.busy || (ticket == 0 && cause == HangupCause::kSafety));
  if (record.busy && !live.given_up) {
    // An entry of this call is on its way to flash: this waits its turn behind it (B-PROC-2).
    submit_own(call, EventType::kHangupOwed, reason, now);
    return;
  }
  if (ticket != 0 && run.tickets.push(ticket) != Status::kOk) {
    observer_.command_done(
        ticket, {.error = "busy", .http_status = 503, .message = "too many wait for this hang-up"},
        now);
  }
  if (run.cause != HangupCause::kNone) {
    // One procedure for every cause; the stricter one decides about retries (B-HUP-1).
    if (cause == HangupCause::kSafety && run.cause != cause) {
      run.cause = cause;
      arm(call, Timer::kHangupGiveUp, run.since + kGiveUpAfter);
    }
    return;
  }
  run.cause = cause;
  run.reason = reason;
  run.since = now.mono;
  run.decided = run.taken = false;
  run.withdrawn = run.undecided = false;
  record.hangup_failures = 0;
  if (cause == HangupCause::kSafety) arm(call, Timer::kHangupGiveUp, now.mono + kGiveUpAfter);
  if (record.busy) {
    decide_hangup(call, now);  // The next entry has its intent.
    return;
  }
  CallPlan plan = CallPlan::of(record);
  plan.core.intents = with(plan.core.intents, Intent::kHangup);
  plan.core.hangup_reason = reason;
  Event event;
  event.type = EventType::kHangupRequested;
  event.line = record.core.line;
  event.call_id = record.core.call_id;
  event.end_reason = reason;
  persist(call, plan, event, Step::kHangUp, now);
}

// Its intent is durable, or a safety timer does not wait for that (B-PROC-8).
void Calls::decide_hangup(CallHandle call, Now now) {
  HangupRun& run = session(call).hangup;
  if (run.decided) return;
  run.decided = true;
  send_hangup(call, now);
}

void Calls::send_hangup(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  const HangupRun& run = live.hangup;
  if (run.cause == HangupCause::kNone || run.in_flight != 0 || run.taken) return;
  // Without the carrier's name for the call there is nothing to hang up yet; the dial's answer, or
  // an event, brings it within 10 s.
  if (record.core.provider_call_id.empty()) return;
  if (send(call, Operation::kHangup, kHangupTimeout, true, live.hangup.in_flight, now) !=
      Status::kOk) {
    live.hangup.in_flight = 0;
    hangup_reported(call, {}, {}, now);
  }
}

void Calls::answer_hangups(CallHandle call, std::string_view error, uint16_t status, Now now) {
  const CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  const FixedVector<uint32_t, 4> tickets = live.hangup.tickets;
  live.hangup.tickets.clear();
  for (const uint32_t ticket : tickets) {
    observer_.command_done(ticket,
                           {.error = error,
                            .http_status = status,
                            .message = error.empty()   ? ""
                                       : status == 503 ? "it could not be recorded"
                                                       : "the carrier did not take the hang-up",
                            .call_id = record.core.call_id,
                            .state = record.core.state,
                            .end_reason = record.core.end_reason},
                           now);
  }
}

void Calls::hangup_reported(CallHandle call, const RestReport& report, const RestOutcome& outcome,
                            Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  (void)report;
  if (!is_live(record.core.state)) return;
  switch (outcome.kind) {
    case RestOutcome::Kind::kOk:
    case RestOutcome::Kind::kNotFound:
    case RestOutcome::Kind::kEnded:
      live.hangup.taken = true;
      submit_own(call, EventType::kHangupDone, live.hangup.reason, now);
      return;
    case RestOutcome::Kind::kNotInProgress:
      live.hangup.undecided = true;
      ask_carrier(call, StatusPurpose::kHangup, kStatusTimeout, now);
      return;
    default: break;
  }
  hangup_failed(call, outcome.code, report.answered, now);
  if (live.hangup.cause == HangupCause::kSafety) {
    ask_carrier(call, StatusPurpose::kHangup, kStatusTimeout, now);
  }
}

// Its intent is taken back durably: a restart will not hang the call up any more.
void Calls::hangup_withdrawn(CallHandle call, Now now) {
  const HangupRun& run = session(call).hangup;
  if (!run.withdrawn || has(table_.get(call)->core.intents, Intent::kHangup)) return;
  answer_hangups(call, run.failure, 502, now);
}

// Flash does not take the withdrawal, or not in time: what a restart will do is not known.
void Calls::withdrawal_unrecorded(CallHandle call, Now now) {
  if (session(call).hangup.withdrawn) answer_hangups(call, "storage-failed", 503, now);
}

// One attempt has failed. Who asked over the API is told; a safety timer's goes on (B-HUP-3).
void Calls::hangup_failed(CallHandle call, std::string_view code, bool answered, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  live.hangup.undecided = false;
  observer_.call_note(record.core, out::LogLevel::kWarn, "hang-up failed", code, now);
  const std::string_view failure = answered ? "carrier-refused" : "carrier-unreachable";
  if (live.hangup.cause == HangupCause::kRequest) {
    // The call stays as it was and may be asked again (B-HUP-2).
    const FixedVector<uint32_t, 4> tickets = live.hangup.tickets;
    live.hangup = HangupRun{};
    live.hangup.withdrawn = true;
    live.hangup.failure = failure;
    live.hangup.tickets = tickets;
    submit_own(call, EventType::kHangupFailed, EndReason::kNone, now);
    if (record.busy && live.given_up) withdrawal_unrecorded(call, now);
    return;
  }
  answer_hangups(call, failure, 502, now);
  ++record.hangup_failures;
  observer_.hangup_retried(record.core.line);
  arm(call, Timer::kHangup, now.mono + hangup_backoff(record.hangup_failures));
}

void Calls::ask_carrier(CallHandle call, StatusPurpose purpose, Duration timeout, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  live.status_purposes.add(purpose);
  if (live.status != 0) return;  // Its answer serves.
  if (record.core.provider_call_id.empty() ||
      send(call, Operation::kStatus, timeout, false, live.status, now) != Status::kOk) {
    live.status = 0;
    if (live.hangup.undecided) hangup_failed(call, "not in progress", true, now);
    status_unknown(call, now);
  }
}

void Calls::status_reported(CallHandle call, const RestOutcome& outcome, Now now) {
  const CallRecord& record = *table_.get(call);
  if (!is_live(record.core.state)) return;
  const bool over =
      outcome.kind == RestOutcome::Kind::kTerminal || outcome.kind == RestOutcome::Kind::kNotFound;
  if (over && session(call).status_purposes.has(StatusPurpose::kGrace)) {
    demanded_by(call, EventType::kGraceOver);
  }
  if (!over && session(call).hangup.undecided) hangup_failed(call, "not in progress", true, now);
  Event event;
  event.line = record.core.line;
  event.call_id = record.core.call_id;
  switch (outcome.kind) {
    case RestOutcome::Kind::kActive:
      event.type = outcome.answered ? EventType::kStatusAnswered : EventType::kStatusRinging;
      break;
    case RestOutcome::Kind::kTerminal:
      event.type = EventType::kStatusTerminal;
      event.end_reason = outcome.reason;
      break;
    case RestOutcome::Kind::kNotFound:
      event.type = EventType::kStatusTerminal;
      event.end_reason = EndReason::kCompleted;
      break;
    default: event.type = EventType::kStatusUnknown; break;
  }
  submit(event, {}, now);
}

// The carrier says that the call lives: what that means depends on who asked. Of a hang-up the next
// attempt is armed.
void Calls::still_live(CallHandle call, bool answered, Now now) {
  CallSession& live = session(call);
  StatusPurposes asked = live.status_purposes;
  live.status_purposes = {};
  if (asked.has(StatusPurpose::kRestart)) {
    kept(call, now);
    // The stream is asked for again first (B-RST-5).
    if (table_.get(call)->timer(Timer::kReattach).armed()) asked.remove(StatusPurpose::kGrace);
  }
  if (asked.has(StatusPurpose::kRing)) {
    if (answered) {
      submit_own(call, EventType::kAnswered, EndReason::kNone,
                 now);  // Webhooks get lost (B-OUT-9).
    } else {
      demanded_by(call, EventType::kRingTimeout);
      begin_hangup(call, EndReason::kNoAnswer, HangupCause::kSafety, 0, now);
    }
  }
  // Unless it speaks again, or has gone by itself.
  if (asked.has(StatusPurpose::kSilence) && streams_.is_silent(live.stream, now)) {
    live.grace_reason = EndReason::kTimeout;
    close_stream(call, 1000, "no audio from the carrier", now);  // Which starts the grace.
  }
  // Unless it came back meanwhile, or was given time anew by a document (B-DISC-2).
  if (asked.has(StatusPurpose::kGrace) && streams_.get(live.stream) == nullptr &&
      !table_.get(call)->timer(Timer::kGrace).armed()) {
    const bool silence = live.grace_reason == EndReason::kTimeout;
    demanded_by(call, silence ? EventType::kMediaSilent : EventType::kGraceOver);
    begin_hangup(call, silence ? EndReason::kTimeout : EndReason::kHangupBot, HangupCause::kSafety,
                 0, now);
  }
}

void Calls::status_unknown(CallHandle call, Now now) {
  StatusPurposes& asked = session(call).status_purposes;
  if (asked.has(StatusPurpose::kRestart)) {
    asked.remove(StatusPurpose::kRestart);
    unverified_still(call, now);
  }
  still_live(call, false, now);
}

void Calls::hang_up_all(Now now) {
  turn_ = now.mono;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle call = table_.at(i);
    const CallRecord* record = table_.get(call);
    if (record == nullptr || (!record->reserved && !is_live(record->core.state))) continue;
    // One that is being created has it in its inbox, and is ended as soon as it is there.
    submit_own(call, EventType::kHangupOwed, EndReason::kHangupBot, now);
  }
}

}  // namespace hookflash
