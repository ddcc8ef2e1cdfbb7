#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/deadline_heap.h"
#include "limits.h"

namespace hookflash {

// The timers a call can have at the same time (contract section 8). The dial's own deadline is the
// REST exchange's, the reaper is one tick for all calls, marks are the audio sender's.
enum class Timer : uint8_t {
  kRing,          // ringTimeoutMs + 15 s.
  kMaxDuration,   // From answeredAt.
  kExpiring,      // 30 s before it.
  kGrace,         // Disconnect grace, or the time a handed out document has for its stream.
  kHangup,        // Next attempt of a hang-up, refusal or answer.
  kHangupGiveUp,  // Five minutes.
  kTurn,          // transcriptTimeoutMs, from the moment listening begins.
  kUpdate,        // Next attempt of new instructions for a live call (B-TWI-4).
  kNotify,        // Delay after the message, or its longest speaking time.
  kMedia,         // 30 s without a carrier frame.
  kReattach,      // 10 s after a restart.
  kStatus,        // Next getCallStatus.
  kSlot,          // 60 s for the end to become durable.
};
inline constexpr size_t kTimers = 13;

constexpr std::string_view name_of(Timer timer) {
  switch (timer) {
    case Timer::kRing: return "ring";
    case Timer::kMaxDuration: return "max-duration";
    case Timer::kExpiring: return "expiring";
    case Timer::kGrace: return "grace";
    case Timer::kHangup: return "hangup";
    case Timer::kHangupGiveUp: return "hangup-give-up";
    case Timer::kTurn: return "turn";
    case Timer::kUpdate: return "update";
    case Timer::kNotify: return "notify";
    case Timer::kMedia: return "media";
    case Timer::kReattach: return "reattach";
    case Timer::kStatus: return "status";
    case Timer::kSlot: return "slot";
  }
  return "none";
}

// Deadline::kind is the Timer, Deadline::owner the slot's index.
using CallTimers = DeadlineHeap<limits::kCallSlots * kTimers>;
using CallDeadlines = std::array<Deadline, kTimers>;

// When the next attempt of a hang-up is due after `failures` failed ones (B-HUP-3): 1, 2, 4, 8, 16,
// 30, 30 ... seconds.
constexpr Duration hangup_backoff(uint32_t failures) {
  if (failures == 0) return Duration();
  return failures > 5 ? Duration::seconds(30) : Duration::seconds(int64_t{1} << (failures - 1));
}

// How long a message of this size may be spoken before its end counts as lost (B-NTF-3).
constexpr Duration speech_time_max(size_t bytes) {
  return Duration::seconds(15) + Duration::ms(150) * static_cast<int64_t>(bytes);
}

}  // namespace hookflash
