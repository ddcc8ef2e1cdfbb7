#include <algorithm>

#include "appliance/calls.h"

// Carrier calls that may go on though they are over here: hung up again and again for an hour, and
// named by an alarm as long as nobody has confirmed their end (B-HUP-4, B-OUT-8).
namespace hookflash {
namespace {

constexpr Duration kHangupTimeout = Duration::seconds(5);  // B-PRV table.
constexpr Duration kStatusTimeout = Duration::seconds(10);
constexpr Duration kAlarmAfter = Duration::seconds(300);  // As for a live call's hang-up.
constexpr Duration kAgainEvery = Duration::seconds(60);
constexpr Duration kLife = Duration::seconds(3600);
constexpr Duration kCarrierCallMax =
    Duration::seconds(86'400);  // No carrier lets one go on longer.

}  // namespace

// A carrier call that should not be: hung up like any other, after 5 minutes as a leftover
// (B-OUT-6, B-OUT-8). `call`: its record here; not set when that is not known, or ends a carrier
// call of its own.
void Calls::compensate(uint8_t line, std::string_view provider_call_id, const CallId& call,
                       Now now) {
  pursue(line, provider_call_id, call, true, now);
}

// One that was given up, or whose one attempt this is.
void Calls::pursue(uint8_t line, std::string_view provider_call_id, const CallId& call, Now now) {
  pursue(line, provider_call_id, call, false, now);
}

void Calls::pursue(uint8_t line, std::string_view provider_call_id, const CallId& call,
                   bool compensates, Now now) {
  ProviderCallId id;
  if (provider_call_id.empty() || id.assign(provider_call_id) != Status::kOk) return;
  // The carrier may have said meanwhile that it is over.
  const FinishedCall* const finished =
      finished_.find(provider_id_key(crypto_, settings_->line_id(line), id));
  if (finished != nullptr && finished->end_confirmed) return;
  Leftover* const leftover = add_leftover(line, id, call, now);
  if (leftover == nullptr) return;
  if (compensates) {
    leftover->compensates = true;
    leftover->give_up = leftover->alarm + kLife;
  }
  run_leftovers(now);
}

// A full list drops its oldest. nullptr: it was there already.
Leftover* Calls::add_leftover(uint8_t line, const ProviderCallId& id, const CallId& call, Now now) {
  for (const Leftover& known : memory_.leftovers) {
    if (known.line == line && known.provider_call_id == id) return nullptr;
  }
  if (memory_.leftovers.full()) {
    ++memory_.counters.leftovers_dropped;
    drop_leftover(0, now);
  }
  if (++memory_.leftover_generation == 0) ++memory_.leftover_generation;
  Leftover leftover;
  leftover.line = line;
  leftover.generation = memory_.leftover_generation;
  leftover.call = call;
  leftover.provider_call_id = id;
  leftover.next = now.mono;
  leftover.alarm = now.mono + kAlarmAfter;
  leftover.give_up = now.mono + kLife;
  CHECK(memory_.leftovers.push(leftover) == Status::kOk);
  return &memory_.leftovers[memory_.leftovers.size() - 1];
}

// It is not tried any more, and has not ended: from here on only the alarm knows of it.
void Calls::drop_leftover(size_t index, Now now) {
  const Leftover leftover = memory_.leftovers[index];
  memory_.leftovers.erase(index);
  raise_unended(settings_->line_id(leftover.line), leftover.call, leftover.provider_call_id, now);
}

void Calls::run_leftovers(Now now) {
  for (size_t i = 0; i < memory_.leftovers.size();) {
    Leftover& leftover = memory_.leftovers[i];
    if (leftover.next > now.mono) {
      ++i;
      continue;
    }
    if (leftover.tried && now.mono >= leftover.give_up) {
      drop_leftover(i, now);
      continue;
    }
    if (now.mono >= leftover.alarm) {
      raise_unended(settings_->line_id(leftover.line), leftover.call, leftover.provider_call_id,
                    now);
    }
    leftover.tried = true;
    leftover.next = now.mono + kAgainEvery;  // Every answer to this attempt is there by then.
    send_about(leftover, Operation::kHangup, kHangupTimeout, now);
    ++i;
  }
}

// A line that is too busy is one more failure.
void Calls::send_about(Leftover& leftover, Operation operation, Duration timeout, Now now) {
  const RestJob job{.operation = operation,
                    .line = leftover.line,
                    .hangup = operation == Operation::kHangup,
                    .slot = limits::kCallSlots,
                    .generation = leftover.generation,
                    .deadline = now.mono + timeout};
  RestId id = 0;
  if (submit_rest(job, id, now) != Status::kOk) leftover_failed(leftover, now);
}

void Calls::leftover_failed(Leftover& leftover, Now now) {
  if (!leftover.compensates || now.mono >= leftover.alarm) return;
  leftover.next = std::min(now.mono + hangup_backoff(++leftover.failures), leftover.alarm);
}

void Calls::leftover_reported(const RestReport& report, const RestOutcome& outcome, Now now) {
  for (size_t i = 0; i < memory_.leftovers.size(); ++i) {
    Leftover& leftover = memory_.leftovers[i];
    if (leftover.generation != report.job.generation) continue;
    if (outcome.kind == RestOutcome::Kind::kNotInProgress) {
      // It may be over, or not begun (B-TWI-4).
      send_about(leftover, Operation::kStatus, kStatusTimeout, now);
      return;
    }
    const bool over =
        outcome.kind == RestOutcome::Kind::kOk || outcome.kind == RestOutcome::Kind::kNotFound ||
        outcome.kind == RestOutcome::Kind::kEnded || outcome.kind == RestOutcome::Kind::kTerminal;
    if (!over) return leftover_failed(leftover, now);
    const std::string_view line = settings_->line_id(leftover.line);
    Key name = provider_id_key(crypto_, line, leftover.provider_call_id);
    // Its record may have ended before the carrier had named the call (B-OUT-7).
    if (finished_.find(name) == nullptr && leftover.call.is_set()) {
      name = call_id_key(crypto_, leftover.call);
    }
    clear_unended(unended_key(line, leftover.call, leftover.provider_call_id), now);
    memory_.leftovers.erase(i);
    const FinishedCall* const finished = finished_.find(name);
    if (finished != nullptr && !finished->end_confirmed) confirm(name, nullptr, now);
    return;
  }
}

// After a restart: calls that ended unconfirmed are tried for what is left of their hour. The
// clocks may have jumped meanwhile (B-TMR-3): one whose hour seems over is tried once all the same,
// and one whose end seems to lie ahead for no more than an hour. What cannot be tried is named.
void Calls::restore_leftovers(Now now) {
  for (size_t i = history_.size(); i > 0; --i) {
    const CallSummary& summary = history_[i - 1];
    if (summary.carrier_end_confirmed || summary.provider_call_id.empty()) continue;
    const Duration age = age_of(summary.ended_at, now);
    const std::optional<uint8_t> line = settings_->find_line(summary.line_id);
    const bool reaches = line && !summary.line_id.empty() && settings_->reaches_carrier(*line);
    Leftover* leftover = nullptr;
    if (reaches && !memory_.leftovers.full()) {
      leftover = add_leftover(*line, summary.provider_call_id, summary.call_id, now);
      if (leftover != nullptr) leftover->give_up = now.mono + (kLife - age);
    } else if (age <= kCarrierCallMax) {
      if (reaches) ++memory_.counters.leftovers_dropped;
      raise_unended(summary.line_id, summary.call_id, summary.provider_call_id, now);
    }
    // It had its alarm, which stands until the carrier has ended the call.
    if (leftover != nullptr && summary.end_reason == EndReason::kError) {
      raise_unended(summary.line_id, summary.call_id, summary.provider_call_id, now);
    }
  }
}

Key Calls::unended_key(std::string_view line, const CallId& call,
                       std::string_view provider_call_id) {
  return call.is_set() ? call_id_key(crypto_, call)
                       : provider_id_key(crypto_, line, provider_call_id);
}

void Calls::raise_unended(std::string_view line, const CallId& call,
                          std::string_view provider_call_id, Now now) {
  const Key key = unended_key(line, call, provider_call_id);
  UnendedCalls& unended = memory_.unended;
  if (std::find(unended.begin(), unended.end(), key) != unended.end()) return;
  const auto place = std::find(unended.begin(), unended.end(), Key{});
  if (place != unended.end()) *place = key;
  const auto text = call.text();
  observer_.call_unended(line, call.is_set() ? text.view() : provider_call_id,
                         static_cast<size_t>(place - unended.begin()), now);
}

void Calls::clear_unended(const Key& key, Now now) {
  UnendedCalls& unended = memory_.unended;
  const auto place = std::find(unended.begin(), unended.end(), key);
  if (place == unended.end()) return;
  *place = {};
  observer_.unended_settled(static_cast<size_t>(place - unended.begin()), now);
}

}  // namespace hookflash
