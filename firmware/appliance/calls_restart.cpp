#include <algorithm>

#include "appliance/calls.h"

// A restart that tells the truth: what the journal says is asked for at the carrier (contract
// section 7).
namespace hookflash {
namespace {

constexpr Duration kRestartTimeout = Duration::seconds(10);
constexpr Duration kAskAgain = Duration::seconds(30);
constexpr Duration kRingAtLeast = Duration::seconds(10);  // B-RST-4.
constexpr Duration kNotifyAtLeast = Duration::seconds(10);
constexpr Duration kReattachTimeout = Duration::seconds(10);  // B-RST-5.
constexpr Duration kExpiringLead = Duration::seconds(30);     // B-DUR-2.
constexpr std::string_view kNoLineDetail = "no way to its carrier";

}  // namespace

void Calls::replay(Bytes entry, ReplayContext& context) {
  Replay replay(table_, keys_, finished_, history_, context);
  RestartMemory& restart = memory_.restart;
  if (!ok(replay.apply(entry))) ++restart.entries_refused;
  if (replay.newest().is_set()) restart.newest = replay.newest();
}

// How long ago that was; never less than nothing, whatever the clocks did (B-TMR-3).
Duration Calls::age_of(WallTime since, Now now) const {
  const RestartMemory& restart = memory_.restart;
  const Duration before = std::max(restart.began.wall - since, Duration());
  return before + (now.mono - restart.began.mono);
}

void Calls::restart(Now began, Now now) {
  turn_ = now.mono;
  RestartMemory& restart = memory_.restart;
  restart.began = began;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    if (table_.at(i).is_set()) ++restart.pending;
  }
  const bool any = restart.pending > 0;
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle call = table_.at(i);
    if (call.is_set() && session(call).persist == 0) restore(call, now);
  }
  restore_leftovers(now);
  if (!any) observer_.restart_over(restart, now);
}

// Steps 2, 3, 5 and 7 for one call. A and B are dropped, C is asked for.
void Calls::restore(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  const CallCore& core = record.core;
  CallSession& live = session(call);
  live.reset();
  live.unverified = true;
  live.resumed = core.stream_generation > 0;
  record.created = now.mono - age_of(core.started_at, now);
  const bool talking = rank_of(core.state) >= rank_of(CallState::kAnswered);
  const WallTime answered =
      talking && !core.answered_at.is_set() ? core.started_at : core.answered_at;
  // What is left of its timers (B-RST-4).
  const auto left = [&](Duration whole, WallTime since, Duration least) {
    return now.mono + std::max(whole - age_of(since, now), least);
  };
  if (answered.is_set()) {
    const Instant end =
        left(Duration::seconds(core.limits.max_duration_seconds), answered, Duration());
    arm(call, Timer::kMaxDuration, end);
    if (end - kExpiringLead > now.mono) arm(call, Timer::kExpiring, end - kExpiringLead);
    if (core.mode == Mode::kNotify) {
      const Duration speech = speech_time_max(core.message.size()) +
                              Duration::seconds(core.limits.notify_hangup_delay_seconds);
      arm(call, Timer::kNotify, left(speech, answered, kNotifyAtLeast));
    }
  } else if (core.direction == Direction::kOutbound && !core.provider_call_id.empty()) {
    const Duration ring = Duration::ms(core.limits.ring_timeout_ms) + Duration::seconds(15);
    arm(call, Timer::kRing, left(ring, core.started_at, kRingAtLeast));
  }
  verify(call, now);
}

// What the restart itself changes of a call. True: it is on its way to flash, and verify() comes
// again.
bool Calls::put_right(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  CallPlan plan = CallPlan::of(record);
  // Answered at some time that nobody knows (B-RST-4).
  const bool talking = rank_of(record.core.state) >= rank_of(CallState::kAnswered);
  if (talking) set_answered(plan.core, record.core.started_at);
  // Nobody knows how much of it was heard, and twice is worse than cut (B-MSG-2).
  if (plan.core.message_state == MessageState::kPlaying) {
    plan.core.message_state = MessageState::kDone;
  }
  if (plan.core == record.core) return false;
  Event event;
  event.type = EventType::kStatusRetry;
  event.line = record.core.line;
  event.call_id = record.core.call_id;
  persist(call, plan, event, Step::kAskCarrier, now);
  return true;
}

void Calls::give_up_restored(CallHandle call, std::string_view detail, Now now) {
  const CallCore& core = table_.get(call)->core;
  Event event;
  event.type = EventType::kRestoredLost;
  event.line = core.line;
  event.call_id = core.call_id;
  event.end_reason = EndReason::kFailed;
  (void)event.set(EventText::kDetail, detail);
  submit(event, {}, now);
}

void Calls::verify(CallHandle call, Now now) {
  const CallCore& core = table_.get(call)->core;
  CallSession& live = session(call);
  if (!live.unverified) return;
  // Never dialled again; whoever asked for it hears that the carrier gave no answer (B-OUT-7).
  if (core.provider_call_id.empty()) return give_up_restored(call, kNoAnswerDetail, now);
  // Its line was removed (and may have found no place beside the others), or has lost its
  // credentials: nobody can be asked, now or later, and no line may be blocked for ever. The end
  // stays unconfirmed, and an alarm names the call.
  if (!settings_->reaches_carrier(core.line)) return give_up_restored(call, kNoLineDetail, now);
  const WallTime since = core.answered_at.is_set() ? core.answered_at : core.started_at;
  if (age_of(since, now) > Duration::seconds(core.limits.max_duration_seconds)) {
    submit_own(call, EventType::kRestoredTooOld, EndReason::kTimeout, now);
    return;
  }
  if (put_right(call, now)) return;
  if (has(core.intents, Intent::kHangup)) {  // B-JRN-6.
    live.unverified = false;
    count_restored(call, RestoredOutcome::kActive, now);
    begin_hangup(
        call, core.hangup_reason == EndReason::kNone ? EndReason::kHangupBot : core.hangup_reason,
        HangupCause::kSafety, 0, now);
    return;
  }
  ask_carrier(call, StatusPurpose::kRestart, kRestartTimeout, now);
}

// No definite answer: the call stays as it is and is asked for again.
void Calls::unverified_still(CallHandle call, Now now) {
  count_restored(call, RestoredOutcome::kUnknown, now);
  arm(call, Timer::kStatus, now.mono + kAskAgain);
}

// The carrier says that it lives.
void Calls::kept(CallHandle call, Now now) {
  CallSession& live = session(call);
  if (!live.unverified) return;
  live.unverified = false;
  disarm(call, Timer::kStatus);
  count_restored(call, RestoredOutcome::kActive, now);
  reattach(call, now);
}

// Audio again: a stream that has not come back by itself is asked for once (B-RST-5).
void Calls::reattach(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  const CallCore& core = record.core;
  if (!core.limits.streaming || core.mode != Mode::kConversation) return;
  const bool inbound_begun = core.direction == Direction::kInbound && core.document_number > 0;
  if (!core.answered_at.is_set() && !inbound_begun) return;
  if (live.stream.is_set() || live.starting.is_set()) return;
  // A document that was fetched meanwhile may have something to say before its stream.
  const Deadline& lease = record.timer(Timer::kGrace);
  const bool coming = lease.armed();
  Instant until = now.mono + kReattachTimeout;
  if (coming && until < lease.at) until = lease.at;
  arm(call, Timer::kReattach, until);
  if (coming || live.update.kind != LiveUpdate::Kind::kNone) return;
  begin_update(call, LiveUpdate::Kind::kReattach, 0, now);
}

void Calls::count_restored(CallHandle call, RestoredOutcome outcome, Now now) {
  CallSession& live = session(call);
  if (live.counted) return;
  live.counted = true;
  RestartMemory& restart = memory_.restart;
  ++restart.outcomes[static_cast<size_t>(outcome)];
  observer_.call_restored(table_.get(call)->core, outcome, now);
  if (--restart.pending == 0) observer_.restart_over(restart, now);
}

}  // namespace hookflash
