#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fixed_text.h"
#include "base/time.h"

namespace hookflash {

// What an operator has to look at (B-LOG-5).
enum class Alarm : uint8_t {
  kHangupFailed,    // A carrier did not take a hang-up; the call may cost money (B-HUP-4).
  kJournal,         // Appends fail.
  kJournalLost,     // The journal could not be read and was set aside.
  kLineDown,        // A line cannot work.
  kAppUnreachable,  // An application cannot be reached.
  kClock,           // The wall clock is not set.
};
inline constexpr size_t kAlarmKinds = 6;

std::string_view name_of(Alarm alarm);

// Alarms stay until they are cleared. Each can have several causes at a time (lines, apps, calls),
// told apart by a number of the owner's; it is over when the last cause is. All bytes zero is no
// alarm.
class Alarms {
 public:
  static constexpr size_t kCausesMax = 64;

  // `detail` says where, for health and the admin page: ids and codes only (B-LOG-1); cut at 120
  // bytes. True when this cause was not raised already.
  bool raise(Alarm alarm, size_t cause, std::string_view detail, WallTime now);
  // True when this was the last cause.
  bool clear(Alarm alarm, size_t cause);

  [[nodiscard]] bool raised(Alarm alarm) const { return causes(alarm) > 0; }
  [[nodiscard]] size_t causes(Alarm alarm) const {
    return static_cast<size_t>(std::popcount(state(alarm).causes));
  }
  [[nodiscard]] bool any() const;
  // Of the raised alarm: since when, and the newest detail.
  [[nodiscard]] WallTime since(Alarm alarm) const { return state(alarm).since; }
  [[nodiscard]] std::string_view detail(Alarm alarm) const { return state(alarm).detail; }

 private:
  struct State {
    uint64_t causes = 0;
    WallTime since;
    FixedText<120> detail;
  };
  [[nodiscard]] const State& state(Alarm alarm) const {
    return states_[static_cast<size_t>(alarm)];
  }

  std::array<State, kAlarmKinds> states_{};
};

}  // namespace hookflash
