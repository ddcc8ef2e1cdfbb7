#include "call/call_table.h"

#include "base/check.h"

namespace hookflash {
namespace {

uint32_t hash_of(const CallId& id) {
  // A random UUID: any four bytes outside version and variant will do.
  const std::array<uint8_t, 16>& b = id.bytes();
  return uint32_t{b[12]} | uint32_t{b[13]} << 8U | uint32_t{b[14]} << 16U | uint32_t{b[15]} << 24U;
}

uint32_t hash_of(uint8_t line, std::string_view name) {
  const char tag = static_cast<char>(line);
  return hash_text(name.data(), name.size(), hash_text(&tag, 1));
}

}  // namespace

const CallCore& CallTable::core_at(size_t slot) const {
  const CallRecord* const record = slots_.get(slots_.at(slot));
  CHECK(record != nullptr);
  return record->core;
}

const ProviderCallId& CallTable::name_at(size_t reference) const {
  const CallCore& core = core_at(reference / kNames);
  const size_t which = reference % kNames;
  return which == 0 ? core.provider_call_id : core.aliases[which - 1];
}

void CallTable::enter(size_t slot, size_t which) {
  const size_t reference = slot * kNames + which;
  const ProviderCallId& name = name_at(reference);
  if (!name.empty()) by_name_.insert(hash_of(core_at(slot).line, name), reference);
}

void CallTable::leave(size_t slot, size_t which) {
  const size_t reference = slot * kNames + which;
  const ProviderCallId& name = name_at(reference);
  if (name.empty()) return;
  by_name_.erase(hash_of(core_at(slot).line, name), reference, [this](size_t other) {
    return hash_of(core_at(other / kNames).line, name_at(other));
  });
}

void CallTable::enter_all(CallHandle call) {
  by_call_id_.insert(hash_of(core_at(call.index).call_id), call.index);
  for (size_t which = 0; which < kNames; ++which) enter(call.index, which);
}

void CallTable::leave_all(CallHandle call) {
  by_call_id_.erase(hash_of(core_at(call.index).call_id), call.index,
                    [this](size_t slot) { return hash_of(core_at(slot).call_id); });
  for (size_t which = 0; which < kNames; ++which) leave(call.index, which);
}

CallHandle CallTable::find(const CallId& call_id) const {
  const size_t slot = by_call_id_.find(
      hash_of(call_id), [&](size_t candidate) { return core_at(candidate).call_id == call_id; });
  return slot == HashIndex<limits::kCallSlots>::kNone ? CallHandle{} : slots_.at(slot);
}

CallHandle CallTable::find(uint8_t line, std::string_view provider_call_id) const {
  if (provider_call_id.empty()) return {};
  const size_t reference = by_name_.find(hash_of(line, provider_call_id), [&](size_t candidate) {
    return core_at(candidate / kNames).line == line && name_at(candidate) == provider_call_id;
  });
  if (reference == HashIndex<limits::kCallSlots * kNames>::kNone) return {};
  return slots_.at(reference / kNames);
}

CallHandle CallTable::find_idempotent(const Key& idempotency) const {
  if (!is_set(idempotency)) return {};
  for (size_t place = 0; place < limits::kCallSlots; ++place) {
    const CallHandle call = slots_.at(place);
    const CallRecord* const record = slots_.get(call);
    if (record != nullptr && record->core.idempotency == idempotency) return call;
  }
  return {};
}

Result<CallHandle> CallTable::take(const CallCore& core) {
  CHECK(core.call_id.is_set());
  if (find(core.call_id).is_set()) return Status::kConflict;
  if (find(core.line, core.provider_call_id).is_set()) return Status::kConflict;
  for (const ProviderCallId& alias : core.aliases) {
    if (find(core.line, alias).is_set()) return Status::kConflict;
  }
  const CallHandle call = slots_.acquire();
  CallRecord* const record = slots_.get(call);
  if (record == nullptr) return Status::kFull;
  // All zero when its place is fresh, reset() by its last owner otherwise.
  for (size_t i = 0; i < kTimers; ++i) {
    record->timers[i] = {.kind = static_cast<uint16_t>(i), .owner = call.index};
  }
  record->core = core;
  record->counts = true;
  ++in_use_;
  if (core.direction == Direction::kInbound) ++inbound_in_use_;
  enter_all(call);
  return call;
}

Result<CallHandle> CallTable::reserve(const Reservation& reservation, const CallCap& cap) {
  if (in_use_ >= cap.calls_max) return Status::kFull;
  if (reservation.direction == Direction::kInbound &&
      inbound_in_use_ + cap.reserved_for_outbound >= cap.calls_max) {
    return Status::kFull;
  }
  CallCore core;
  core.call_id = reservation.call_id;
  core.line = reservation.line;
  core.direction = reservation.direction;
  core.idempotency = reservation.idempotency;
  TRY(core.provider_call_id.assign(reservation.provider_call_id));
  Result<CallHandle> call = take(core);
  if (call.ok()) slots_.get(*call)->reserved = true;
  return call;
}

Result<CallHandle> CallTable::restore(const CallCore& core) {
  CHECK(is_live(core.state));
  return take(core);
}

void CallTable::commit(CallHandle call, const CallCore& core) {
  CallRecord* const record = slots_.get(call);
  CHECK(record != nullptr && record->reserved);
  CHECK(core.state != CallState::kNone);
  record->reserved = false;
  apply(call, core);
}

void CallTable::drop(CallHandle call) {
  CallRecord* const record = slots_.get(call);
  CHECK(record != nullptr && record->reserved);
  record->reserved = false;
  stop_counting(call);
  leave_all(call);
  record->reset();
  slots_.release(call);
}

void CallTable::apply(CallHandle call, const CallCore& core) {
  CallRecord* const record = slots_.get(call);
  CHECK(record != nullptr && !record->reserved);
  CallCore& old = record->core;
  CHECK(core.call_id == old.call_id && core.line == old.line && core.direction == old.direction);
  const bool same_names =
      core.provider_call_id == old.provider_call_id && core.aliases == old.aliases;
  // All names go before any comes back, because one may move from one place to another.
  if (!same_names) {
    for (size_t which = 0; which < kNames; ++which) leave(call.index, which);
  }
  old = core;
  if (!same_names) {
    for (size_t which = 0; which < kNames; ++which) enter(call.index, which);
  }
}

void CallTable::stop_counting(CallHandle call) {
  CallRecord* const record = slots_.get(call);
  CHECK(record != nullptr);
  if (!record->counts) return;
  record->counts = false;
  --in_use_;
  if (record->core.direction == Direction::kInbound) --inbound_in_use_;
}

void CallTable::release(CallHandle call) {
  CallRecord* const record = slots_.get(call);
  CHECK(record != nullptr && !record->reserved);
  CHECK(record->core.state == CallState::kEnded);
  stop_counting(call);
  leave_all(call);
  record->reset();
  slots_.release(call);
}

}  // namespace hookflash
