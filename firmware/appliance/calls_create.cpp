#include "appliance/calls.h"
#include "call/entry_items.h"
#include "call/policy.h"

// Events of calls that are not live: new ones are taken or refused (contract sections 10 and 15).
namespace hookflash {

void Calls::without_call(const Event& event, Now now) {
  const std::string_view provider_id = event.text(EventText::kProviderCallId);
  if (PendingRefusal* const refusal = refusal_of(event.line, provider_id)) {
    if (inboxes_.push(refusal->inbox, event) != Status::kOk) done(event, Outcome::kBusy, {}, now);
    return;
  }
  const FinishedCall* finished = nullptr;
  if (event.call_id.is_set()) finished = finished_.find(call_id_key(crypto_, event.call_id));
  if (finished == nullptr && !provider_id.empty()) {
    finished =
        finished_.find(provider_id_key(crypto_, settings_->line_id(event.line), provider_id));
  }
  const Transition transition =
      transition_of(finished != nullptr ? CallState::kEnded : CallState::kNone, event.type);
  if (storage_absent_) {
    // Whether it is a call of ours is in the journal (B-JRN-9). What certainly begins a new one is
    // refused; with anything else the carrier has to come again.
    const bool begins =
        transition.step == Step::kCreate || (transition.step == Step::kAdopt && event.may_create);
    if (!begins || event.call_id.is_set()) {
      done(event, Outcome::kFailed, {}, now);
      return;
    }
  }
  switch (transition.step) {
    case Step::kCreate: create(event, now); return;
    case Step::kAdopt:
      if (event.may_create) {
        create(event, now);
      } else {
        done(event, Outcome::kUnknownCall, {}, now);
      }
      return;
    case Step::kLateLive:
    case Step::kHangupDocument:
    case Step::kDocument:
      // The carrier still runs a call that we have given up: end it (B-OUT-8).
      if (finished != nullptr && !finished->end_confirmed && !finished->refused &&
          !provider_id.empty()) {
        compensate(event.line, provider_id, finished_call(*finished), now);
      }
      done(event, Outcome::kLate, {}, now);
      return;
    case Step::kConfirmEnd:
      if (finished != nullptr && !finished->end_confirmed) {
        confirm(finished->ids[0], &event, now);
        return;
      }
      done(event, outcome_of(transition.step), {}, now);
      return;
    default: done(event, outcome_of(transition.step), {}, now); return;
  }
}

// The carrier says after all that a call is over whose end it had not confirmed. Durable first,
// then nobody tries to hang it up any more. `event`: what said so and is answered then; may be
// null.
void Calls::confirm(const Key& name, const Event* event, Now now) {
  uint16_t place = kNobodyWaits;
  if (event != nullptr) place = free_refusal();
  if (memory_.persisting.full() || (event != nullptr && place == kNobodyWaits)) {
    // Without an event: the carrier is asked again after a restart.
    if (memory_.persisting.full()) observer_.entry_ended(Status::kFull, Duration(), now);
    if (event != nullptr) done(*event, Outcome::kBusy, {}, now);
    return;
  }
  const FinishedCall* const finished = finished_.find(name);
  CHECK(finished != nullptr);
  const JournalTicket ticket{.kind = JournalTicket::Kind::kConfirm,
                             .index = place,
                             .call = finished_call(*finished),
                             .call_key = finished->ids[0]};
  EntryWriter entry;
  entry.begin(now.wall);
  write_end_confirmed(entry, ticket.call, ticket.call_key);
  if (event != nullptr) {
    if (is_set(event->key)) write_keys(entry, {&event->key, 1});
    if (is_set(event->request)) write_request_key(entry, event->request, now.wall);
    wait_for_refusal(place, *event, now);
  }
  push_entry(ticket, entry, now);
}

// The id of a call whose names are known; not set when the history has forgotten it.
CallId Calls::finished_call(const FinishedCall& finished) {
  for (size_t i = history_.size(); i > 0; --i) {
    const CallId& call = history_[i - 1].call_id;
    if (call_id_key(crypto_, call) == finished.ids[0]) return call;
  }
  return {};
}

void Calls::confirmed(const JournalTicket& ticket, Status status, Now now) {
  Event event;
  bool waits = ticket.index != kNobodyWaits;
  if (waits) {
    PendingRefusal& place = memory_.refusals[ticket.index];
    event = place.event;
    waits = !place.given_up;
    disarm(place.durable);
    place.used = false;
  }
  if (status != Status::kOk) {
    if (waits) done(event, Outcome::kFailed, {}, now);
    return;
  }
  (void)confirm_end(history_, finished_, ticket.call, ticket.call_key);
  if (is_set(event.key)) keys_.add(event.key);
  for (size_t i = memory_.leftovers.size(); i > 0; --i) {
    const Leftover& leftover = memory_.leftovers[i - 1];
    const FinishedCall* const named = finished_.find(
        provider_id_key(crypto_, settings_->line_id(leftover.line), leftover.provider_call_id));
    if (named == nullptr || named->ids[0] != ticket.call_key) continue;
    clear_unended(
        unended_key(settings_->line_id(leftover.line), leftover.call, leftover.provider_call_id),
        now);
    memory_.leftovers.erase(i - 1);
  }
  clear_unended(ticket.call_key, now);
  if (waits) done(event, Outcome::kApplied, {}, now);
}

// The refusal of this carrier call that is on its way to flash.
PendingRefusal* Calls::refusal_of(uint8_t line, std::string_view provider_call_id) {
  if (provider_call_id.empty()) return nullptr;
  for (PendingRefusal& refusal : memory_.refusals) {
    if (refusal.used && refusal.core.line == line &&
        refusal.core.provider_call_id == provider_call_id) {
      return &refusal;
    }
  }
  return nullptr;
}

// Its entry is about to be pushed.
PendingRefusal& Calls::wait_for_refusal(uint16_t index, const Event& event, Now now) {
  PendingRefusal& place = memory_.refusals[index];
  CHECK(!place.used && place.inbox.empty() && !place.durable.armed());
  place = {.used = true, .persist = memory_.last_persist + 1, .event = event};
  place.durable.kind = kRefusalDeadline;
  place.durable.owner = index;
  arm(place.durable, now.mono + limits::kDurableTimeout);
  return place;
}

void Calls::refused(uint16_t index, Status status, Now now) {
  PendingRefusal& refusal = memory_.refusals[index];
  disarm(refusal.durable);
  refusal.used = false;
  const Event event = refusal.event;
  if (status == Status::kOk) {
    FinishedCall names = finished_of(crypto_, refusal.core);
    names.refused = true;
    finished_.add(names);
    if (history_.size() == limits::kHistoryMax) ++memory_.counters.history_evicted;
    history_.add(summary_of(refusal.core, Transcript{}));
    if (is_set(event.key)) keys_.add(event.key);
    observer_.call_refused(refusal.core.line, refusal.core.direction, refusal.core.rejection, now);
  } else {
    observer_.refusal_failed(refusal.core.line, now);
  }
  const bool good = status == Status::kOk;
  if (!refusal.given_up) done(event, good ? Outcome::kApplied : Outcome::kFailed, {}, now);
  // After a failure the first of them is the next to be refused, and the others wait for that one.
  InboxQueue waiting = refusal.inbox;
  refusal.inbox = {};
  while (!waiting.empty()) {
    const Event next = inboxes_.front(waiting);
    inboxes_.pop(waiting);
    submit(next, {}, now);
  }
}

// kNobodyWaits: all are taken.
uint16_t Calls::free_refusal() const {
  for (uint16_t i = 0; i < kPendingRefusals; ++i) {
    if (!memory_.refusals[i].used) return i;
  }
  return kNobodyWaits;
}

bool Calls::keep_of_box(const EntryWriter& entry, Now now) {
  if (memory_.persisting.full()) return false;
  push_entry({.kind = JournalTicket::Kind::kBox}, entry, now);
  return true;
}

// There is room for it.
void Calls::push_entry(JournalTicket ticket, const EntryWriter& entry, Now now) {
  CHECK(entry.status() == Status::kOk);
  ticket.id = ++memory_.last_persist;
  ticket.since = now.mono;
  CHECK(memory_.persisting.push(ticket) == Status::kOk);
  const std::string_view kept = outbox_.keep(text_of(entry.bytes()));
  outbox_.push(out::Persist{.id = ticket.id, .entry = bytes_of(kept)});
}

CallCore Calls::new_core(const Event& event, Direction direction, Now now) {
  CallCore core;
  core.call_id = CallId::make(entropy_);
  core.line = event.line;
  core.line_id.set(settings_->line_id(event.line));
  core.direction = direction;
  core.external = event.external;
  core.mode = Mode::kConversation;
  core.state = CallState::kRinging;
  core.started_at = now.wall;
  core.ringing_at = now.wall;
  core.limits = settings_->limits_of(event.line);
  core.document_number = 1;
  // Identifiers were refused at the border when they were too long (B-GEN-4).
  core.provider_call_id.set(event.text(EventText::kProviderCallId));
  core.from.set(event.text(EventText::kFrom));
  core.to.set(event.text(EventText::kTo));
  return core;
}

void Calls::create(const Event& event, Now now) {
  const bool adopted = event.external;
  const Direction direction = adopted ? Direction::kOutbound : Direction::kInbound;
  CallCore core = new_core(event, direction, now);
  if (!adopted) {
    const InboundRoute route = settings_->route(event.line, core.to);
    core.route_key.set(route.key);
    core.app.set(route.app);
    if (!route.greeting.empty()) {
      core.message.set(route.greeting);
      core.message_state = MessageState::kPending;
    }
    if (stopping_) {
      refuse(event, core, Rejection::kStopping, now);
      return;
    }
    if (!settings_->allows(event.line, route.policy, core.from)) {
      refuse(event, core, Rejection::kPolicy, now);
      return;
    }
  } else {
    core.app.set(settings_->route(event.line, {}).app);
    if (stopping_) {
      refuse(event, core, Rejection::kStopping, now);
      return;
    }
  }
  if (!settings_->takes_calls(event.line)) {
    refuse(event, core, Rejection::kPolicy, now);
    return;
  }
  if (storage_short()) {
    // Counted only; no record (B-JRN-8).
    observer_.call_refused(event.line, direction, Rejection::kStorage, now);
    observer_.event_counted(event, Outcome::kApplied, now);
    EventResult result;
    result.document.kind = adopted ? Document::Kind::kHangup : Document::Kind::kRejectBusy;
    observer_.event_done(event.ticket, result, now);
    return;
  }
  const Result<CallHandle> reserved = table_.reserve({.call_id = core.call_id,
                                                      .line = event.line,
                                                      .provider_call_id = core.provider_call_id,
                                                      .direction = direction},
                                                     settings_->cap());
  if (!reserved.ok()) {
    refuse(event, core, Rejection::kCapacity, now);
    return;
  }
  const CallHandle call = *reserved;
  session(call).reset();
  CallRecord& record = *table_.get(call);
  record.created = now.mono;
  CallPlan plan{.core = core};
  if (is_set(event.key)) CHECK(plan.keys.push(event.key) == Status::kOk);
  // The first document speaks the greeting (B-INB-8).
  if (event.instruction_fetch && core.message_state == MessageState::kPending) {
    plan.core.message_state = MessageState::kPlaying;
    session(call).say_in_document = true;
  }
  if (adopted) {
    // The event that made the call known also says how far it is (B-EXT-1).
    const Transition transition = transition_of(core.state, event.type);
    if (transition.step == Step::kAnswer || transition.step == Step::kActivate) {
      plan.core.state = transition.next;
      set_answered(plan.core, event_time(event.timestamp, core.started_at, now.wall));
    }
  }
  session(call).creating = true;
  persist(call, plan, event, adopted ? Step::kAdopt : Step::kCreate, now);
}

void Calls::refuse(const Event& event, CallCore core, Rejection rejection, Now now) {
  const uint16_t index = free_refusal();
  if (index == kNobodyWaits || memory_.persisting.full()) {
    if (memory_.persisting.full()) observer_.entry_ended(Status::kFull, Duration(), now);
    done(event, Outcome::kBusy, {}, now);
    return;
  }
  core.state = CallState::kEnded;
  core.rejection = rejection;
  core.end_reason = end_reason_of(rejection);
  core.ended_at = now.wall;
  core.carrier_end_confirmed = true;  // The document is the refusal.
  core.message_state = MessageState::kNone;
  FinishedCall names = finished_of(crypto_, core);
  names.refused = true;
  EntryWriter entry;
  entry.begin(now.wall);
  write_finished(entry, summary_of(core, Transcript{}), names);
  if (is_set(event.key)) write_keys(entry, {&event.key, 1});
  if (is_set(event.request)) write_request_key(entry, event.request, now.wall);
  wait_for_refusal(index, event, now).core = core;
  push_entry({.kind = JournalTicket::Kind::kRefusal, .index = index}, entry, now);
}

}  // namespace hookflash
