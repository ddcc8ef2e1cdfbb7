#include "report/alarms.h"

#include "base/check.h"
#include "base/utf8.h"

namespace hookflash {

std::string_view name_of(Alarm alarm) {
  switch (alarm) {
    case Alarm::kHangupFailed: return "hangup-failed";
    case Alarm::kJournal: return "journal";
    case Alarm::kJournalLost: return "journal-lost";
    case Alarm::kLineDown: return "line-down";
    case Alarm::kAppUnreachable: return "app-unreachable";
    case Alarm::kClock: return "clock";
  }
  return "clock";
}

bool Alarms::raise(Alarm alarm, size_t cause, std::string_view detail, WallTime now) {
  CHECK(cause < kCausesMax);
  State& state = states_[static_cast<size_t>(alarm)];
  const uint64_t bit = uint64_t{1} << cause;
  const bool fresh = (state.causes & bit) == 0;
  if (state.causes == 0) state.since = now;
  state.causes |= bit;
  state.detail.set(utf8_prefix(detail, state.detail.capacity()));
  return fresh;
}

bool Alarms::clear(Alarm alarm, size_t cause) {
  CHECK(cause < kCausesMax);
  State& state = states_[static_cast<size_t>(alarm)];
  if (state.causes == 0) return false;
  state.causes &= ~(uint64_t{1} << cause);
  if (state.causes != 0) return false;
  state = State();
  return true;
}

bool Alarms::any() const {
  for (const State& state : states_) {
    if (state.causes != 0) return true;
  }
  return false;
}

}  // namespace hookflash
