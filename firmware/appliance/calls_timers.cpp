#include "appliance/calls.h"
#include "call/entry_items.h"

// Deadlines: the one heap, and what each expiry means (contract section 8).
namespace hookflash {
namespace {

constexpr Duration kReapEvery = Duration::seconds(30);      // B-REAP-1.
constexpr Duration kSlotHold = Duration::seconds(60);       // B-PROC-8.
constexpr Duration kStorageFailing = Duration::seconds(5);  // B-JRN-8.
constexpr Duration kProbeEvery = Duration::seconds(1);
constexpr Duration kFullInboxPause = Duration::ms(500);

}  // namespace

void Calls::arm(Deadline& deadline, Instant at) { memory_.deadlines.arm(deadline, at); }
void Calls::disarm(Deadline& deadline) { memory_.deadlines.disarm(deadline); }

void Calls::arm(CallHandle call, Timer timer, Instant at) {
  Deadline& deadline = table_.get(call)->timer(timer);
  deadline.kind = static_cast<uint16_t>(timer);
  deadline.owner = call.index;
  memory_.deadlines.arm(deadline, at);
}

void Calls::disarm(CallHandle call, Timer timer) {
  memory_.deadlines.disarm(table_.get(call)->timer(timer));
}

Instant Calls::deadline() const {
  Instant next = memory_.deadlines.next();
  if (const Instant rest = rest_.deadline(); rest < next) next = rest;
  if (table_.slots() > 0 && memory_.next_reap < next) next = memory_.next_reap;
  for (const Leftover& leftover : memory_.leftovers) {
    if (leftover.next < next) next = leftover.next;
  }
  if ((memory_.storage_failed_since.is_set() || storage_short_) && memory_.persisting.empty() &&
      memory_.next_probe < next) {
    next = memory_.next_probe;
  }
  return next;
}

void Calls::note_storage(Status status, Now now) {
  if (status == Status::kOk) {
    memory_.storage_failed_since = {};
    if (!memory_.storage_failing) return;
    memory_.storage_failing = false;
    observer_.storage_changed(false, now);
    return;
  }
  if (!memory_.storage_failed_since.is_set()) memory_.storage_failed_since = now.mono;
  memory_.next_probe = now.mono + kProbeEvery;
  if (memory_.storage_failing || now.mono - memory_.storage_failed_since < kStorageFailing) return;
  memory_.storage_failing = true;
  observer_.storage_changed(true, now);
}

// New calls are refused while storage fails, so without this nothing might ever be appended again.
void Calls::probe_storage(Now now) {
  if (!(memory_.storage_failed_since.is_set() || storage_short_) || !memory_.persisting.empty() ||
      now.mono < memory_.next_probe) {
    return;
  }
  memory_.next_probe = now.mono + kProbeEvery;
  EntryWriter entry;
  entry.begin(now.wall);
  write_keys(entry, {});
  push_entry({.kind = JournalTicket::Kind::kProbe}, entry, now);
}

bool Calls::run_due(size_t most, Now now) {
  turn_ = now.mono;
  if (rest_.deadline() <= now.mono) rest_.expire(*this, outbox_, now);
  if (table_.slots() > 0 && memory_.next_reap <= now.mono) {
    memory_.next_reap = now.mono + kReapEvery;
    reap(now);
  }
  run_leftovers(now);
  probe_storage(now);
  for (size_t n = 0; n < most; ++n) {
    Deadline* due = memory_.deadlines.pop_due(now.mono);
    if (due == nullptr) return false;
    const uint16_t owner = due->owner;
    switch (due->kind) {
      case kStreamDeadline: {
        const StreamHandle stream = streams_.at(owner);
        if (stream.is_set()) streams_.on_timer(stream, *this, outbox_, now);
        continue;
      }
      case kMediaDeadline: pump_media(owner, now); continue;
      case kTargetDeadline:
        if (Target* target = sessions_[owner].target.get()) {
          target->on_tick(now);
          arm_target(owner);
        }
        continue;
      case kDurableDeadline: {
        // Not durable in time: answered 500; an entry in flight keeps its outcome (B-PROC-5).
        CallSession& live = sessions_[owner];
        if (live.persist == 0 || live.given_up) continue;
        live.given_up = true;
        outbox_.push(out::Withdraw{.id = live.persist});
        const CallHandle call = table_.at(owner);
        const Event event = live.event;
        done(event, Outcome::kFailed, call, now);
        overdue(call, now);
        continue;
      }
      case kRefusalDeadline: {
        PendingRefusal& refusal = memory_.refusals[owner];
        refusal.given_up = true;
        outbox_.push(out::Withdraw{.id = refusal.persist});
        const Event event = refusal.event;
        done(event, Outcome::kFailed, {}, now);
        continue;
      }
      case kFarewellDeadline: {
        const CallHandle call = table_.at(owner);
        if (call.is_set() && is_live(table_.get(call)->core.state)) {
          submit_own(call, EventType::kAppClosed, EndReason::kHangupBot, now);
        }
        continue;
      }
      default: {
        const CallHandle call = table_.at(owner);
        CHECK(call.is_set());
        on_timer(call, static_cast<Timer>(due->kind), now);
        continue;
      }
    }
  }
  return memory_.deadlines.next() <= now.mono;
}

void Calls::on_timer(CallHandle call, Timer timer, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  if (!inboxes_.has_room(record.inbox)) {
    arm(call, timer, now.mono + kFullInboxPause);  // A timer's event is put off, never lost.
    return;
  }
  switch (timer) {
    case Timer::kRing: submit_own(call, EventType::kRingTimeout, EndReason::kNoAnswer, now); return;
    case Timer::kMaxDuration:
      observer_.call_note(record.core, out::LogLevel::kInfo, "maxDurationSeconds reached", {}, now);
      submit_own(call, EventType::kMaxDuration, EndReason::kTimeout, now);
      return;
    case Timer::kExpiring: submit_own(call, EventType::kExpiring, EndReason::kNone, now); return;
    case Timer::kGrace: submit_own(call, EventType::kGraceOver, EndReason::kHangupBot, now); return;
    case Timer::kHangup: submit_own(call, EventType::kHangupRetry, EndReason::kNone, now); return;
    case Timer::kHangupGiveUp:
      // No slot stays blocked for ever: the carrier call goes on a list of its own (B-HUP-4).
      observer_.hangup_gave_up(record.core);
      raise_unended(record.core.line_id, record.core.call_id, record.core.provider_call_id, now);
      pursue(record.core.line, record.core.provider_call_id, record.core.call_id, now);
      submit_own(call, EventType::kHangupGaveUp, EndReason::kError, now);
      return;
    case Timer::kTurn: submit_own(call, EventType::kTurnTimeout, EndReason::kNone, now); return;
    case Timer::kUpdate:
      if (live.update.kind != LiveUpdate::Kind::kNone && live.update.in_flight == 0 &&
          is_live(record.core.state)) {
        send_update(call, now);
      }
      return;
    case Timer::kNotify:
      observer_.call_note(record.core, out::LogLevel::kWarn, "notify message did not end in time",
                          {}, now);
      submit_own(call, EventType::kNotifyOverdue, EndReason::kHangupBot, now);
      return;
    case Timer::kSlot:
      if (!live.end_waits || record.core.state == CallState::kEnded) return;
      if (record.busy) {
        // What is with the writer is applied first, else it would undo the end.
        arm(call, Timer::kSlot, now.mono + Duration::seconds(1));
        return;
      }
      if (now.mono - live.end_since < kSlotHold) {
        const Event event = live.end_event;
        submit(event, {}, now);
        return;
      }
      observer_.end_not_durable(record.core, now);
      // Not journaled: section 7 repairs the rest at the next start.
      {
        CallCore core = record.core;
        (void)finish_unjournaled(core, live.end_event, live.end_confirmed, now);
        table_.apply(call, core);
      }
      finish(call, now);
      pump_inbox(call, now);
      try_release(call, now);
      return;
    case Timer::kReattach:
      observer_.call_note(record.core, out::LogLevel::kWarn, "no stream after the restart", {},
                          now);
      submit_own(call, EventType::kReattachTimeout, EndReason::kError, now);
      return;
    case Timer::kStatus: submit_own(call, EventType::kStatusRetry, EndReason::kNone, now); return;
    case Timer::kMedia: return;
  }
}

bool Calls::finish_unjournaled(CallCore& core, const Event& event, bool confirmed, Now now) {
  const EndReason reason =
      event.end_reason == EndReason::kNone ? EndReason::kCompleted : event.end_reason;
  return hookflash::finish(core, reason, event.text(EventText::kDetail), now.wall, confirmed);
}

void Calls::reap(Now now) {
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle call = table_.at(i);
    const CallRecord* record = table_.get(call);
    if (record == nullptr || record->reserved || !is_live(record->core.state)) continue;
    const uint32_t age = record->core.limits.reaper_seconds;
    if (age == 0 || now.mono - record->created <= Duration::seconds(age)) continue;
    submit_own(call, EventType::kReaped, EndReason::kTimeout, now);
  }
}

bool Calls::uses(uint8_t line) const {
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallRecord* record = table_.get(table_.at(i));
    if (record != nullptr && record->core.line == line) return true;
  }
  for (const Leftover& leftover : memory_.leftovers) {
    if (leftover.line == line) return true;
  }
  return rest_.pending(line) > 0;
}

bool Calls::quiet() const {
  return table_.slots() == 0 && streams_.size() == 0 && app_sockets_.size() == 0 &&
         memory_.persisting.empty() && rest_.idle() && memory_.deadlines.size() == 0 &&
         inboxes_.entries() == 0 && inboxes_.long_texts() == 0;
}

}  // namespace hookflash
