#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/text_writer.h"
#include "call/event.h"
#include "call/state.h"
#include "call/steps.h"

// The call machine (contract sections 2 and 3): what each event does in each state. Read it aloud:
// "in these states, this event leads to this state, and the engine does this step".
namespace hookflash {

struct Transition {
  CallState next = CallState::kNone;  // Equal to the state when the call stays.
  Step step = Step::kNone;
};

namespace table {

// A set of states, one bit each.
using States = uint8_t;
constexpr States just(CallState state) {
  return static_cast<States>(1U << static_cast<unsigned>(state));
}
// The live states from one to another, both included.
constexpr States between(CallState first, CallState last) {
  States states = 0;
  for (auto i = static_cast<unsigned>(first); i <= static_cast<unsigned>(last); ++i) {
    states = static_cast<States>(states | (1U << i));
  }
  return states;
}

inline constexpr States kAbsent = just(CallState::kNone);  // No such call.
inline constexpr States kInit = just(CallState::kInitiated);
inline constexpr States kRing = just(CallState::kRinging);
inline constexpr States kAnsw = just(CallState::kAnswered);
inline constexpr States kActv = just(CallState::kActive);
inline constexpr States kSpkg = just(CallState::kSpeaking);
inline constexpr States kList = just(CallState::kListening);
inline constexpr States kOver = just(CallState::kEnded);
inline constexpr States kLive = between(CallState::kInitiated, CallState::kListening);
inline constexpr States kUnanswered = kInit | kRing;
inline constexpr States kTalking = kAnsw | kActv | kSpkg | kList;  // Answered or higher.
inline constexpr States kEvery = kAbsent | kLive | kOver;

struct Row {
  States from = 0;
  EventType event = EventType::kNone;
  CallState next = CallState::kNone;  // kStay: the state does not change.
  Step step = Step::kNone;
};
inline constexpr CallState kStay =
    CallState::kNone;  // No row leads to kNone, so the value is free.

using enum EventType;
inline constexpr CallState kToInitiated = CallState::kInitiated;
inline constexpr CallState kToRinging = CallState::kRinging;
inline constexpr CallState kToAnswered = CallState::kAnswered;
inline constexpr CallState kToActive = CallState::kActive;
inline constexpr CallState kToSpeaking = CallState::kSpeaking;
inline constexpr CallState kToListening = CallState::kListening;
inline constexpr CallState kToEnded = CallState::kEnded;

// clang-format off
inline constexpr Row kRows[] = {
  {kEvery,                 kNone,             kStay,        Step::kIllegal},

  // --- What a carrier says. In kOver the call is finished; B-STATE-2. ---
  {kAbsent,                kInitiated,        kToRinging,   Step::kCreate},       // B-STATE-4
  {kInit,                  kInitiated,        kStay,        Step::kSame},
  {kRing | kTalking,       kInitiated,        kStay,        Step::kLate},
  {kOver,                  kInitiated,        kStay,        Step::kLateLive},

  {kAbsent,                kRinging,          kToRinging,   Step::kAdopt},        // B-EXT-1
  {kInit,                  kRinging,          kToRinging,   Step::kRing},
  {kRing,                  kRinging,          kStay,        Step::kSame},
  {kTalking,               kRinging,          kStay,        Step::kLate},
  {kOver,                  kRinging,          kStay,        Step::kLateLive},

  {kAbsent,                kAnswered,         kToRinging,   Step::kAdopt},
  {kUnanswered,            kAnswered,         kToAnswered,  Step::kAnswer},
  {kAnsw,                  kAnswered,         kStay,        Step::kSame},
  {kActv | kSpkg | kList,  kAnswered,         kStay,        Step::kLate},
  {kOver,                  kAnswered,         kStay,        Step::kLateLive},

  {kAbsent,                kActive,           kToRinging,   Step::kAdopt},
  {kUnanswered | kAnsw,    kActive,           kToActive,    Step::kActivate},
  {kActv,                  kActive,           kStay,        Step::kSame},
  {kSpkg | kList,          kActive,           kStay,        Step::kLate},
  {kOver,                  kActive,           kStay,        Step::kLateLive},

  {kAbsent,                kSpeaking,         kStay,        Step::kUnknownCall},
  {kUnanswered | kAnsw | kActv | kList, kSpeaking, kToSpeaking, Step::kSpeakStarted},
  {kSpkg,                  kSpeaking,         kStay,        Step::kSame},
  {kOver,                  kSpeaking,         kStay,        Step::kLateLive},

  {kAbsent,                kAssistantSpeech,  kStay,        Step::kUnknownCall},
  {kUnanswered | kAnsw | kActv | kList, kAssistantSpeech, kToSpeaking, Step::kBotLine},
  {kSpkg,                  kAssistantSpeech,  kStay,        Step::kBotLine},
  {kOver,                  kAssistantSpeech,  kStay,        Step::kLateLive},

  {kAbsent,                kSpeakEnded,       kStay,        Step::kUnknownCall},
  {kLive,                  kSpeakEnded,       kStay,        Step::kSpeakEnded},
  {kOver,                  kSpeakEnded,       kStay,        Step::kLateLive},

  {kAbsent,                kSpeakFailed,      kStay,        Step::kUnknownCall},
  {kLive,                  kSpeakFailed,      kToListening, Step::kSpeakFailed},  // B-STATE-7
  {kOver,                  kSpeakFailed,      kStay,        Step::kLate},

  {kAbsent,                kSpeech,           kStay,        Step::kUnknownCall},
  {kLive,                  kSpeech,           kToListening, Step::kHear},
  {kOver,                  kSpeech,           kStay,        Step::kLateLive},

  {kAbsent,                kPartialSpeech,    kStay,        Step::kUnknownCall},
  {kLive,                  kPartialSpeech,    kStay,        Step::kTellApp},      // B-PROC-9
  {kOver,                  kPartialSpeech,    kStay,        Step::kLateLive},

  {kAbsent,                kSilence,          kStay,        Step::kUnknownCall},
  {kLive,                  kSilence,          kStay,        Step::kTellApp},
  {kOver,                  kSilence,          kStay,        Step::kLateLive},

  {kAbsent,                kDtmf,             kStay,        Step::kUnknownCall},
  {kLive,                  kDtmf,             kStay,        Step::kDigits},
  {kOver,                  kDtmf,             kStay,        Step::kLateLive},

  {kAbsent,                kEnded,            kStay,        Step::kUnknownCall},  // B-PROC-6
  {kLive,                  kEnded,            kToEnded,     Step::kFinish},
  {kOver,                  kEnded,            kStay,        Step::kConfirmEnd},

  {kAbsent,                kError,            kStay,        Step::kUnknownCall},
  {kLive,                  kError,            kToEnded,     Step::kFinish},
  {kOver,                  kError,            kStay,        Step::kLate},

  {kAbsent,                kRetryableError,   kStay,        Step::kUnknownCall},
  {kLive,                  kRetryableError,   kStay,        Step::kKeepNothing},
  {kOver,                  kRetryableError,   kStay,        Step::kKeepNothing},

  {kAbsent,                kFetched,          kToRinging,   Step::kAdopt},
  {kLive,                  kFetched,          kStay,        Step::kDocument},
  {kOver,                  kFetched,          kStay,        Step::kHangupDocument},  // B-TWI-2

  // --- What the API, the app or the operator wants. ---
  {kAbsent,                kPlaced,           kToInitiated, Step::kPlace},        // B-STATE-4
  {kLive | kOver,          kPlaced,           kStay,        Step::kIllegal},

  {kAbsent,                kHangupRequested,  kStay,        Step::kUnknownCall},
  {kLive,                  kHangupRequested,  kStay,        Step::kHangUp},
  {kOver,                  kHangupRequested,  kStay,        Step::kAlreadyEnded},

  {kAbsent,                kSpeakRequested,   kStay,        Step::kUnknownCall},
  {kLive,                  kSpeakRequested,   kStay,        Step::kSpeak},
  {kOver,                  kSpeakRequested,   kStay,        Step::kRefuseEnded},

  {kAbsent,                kPlayRequested,    kStay,        Step::kUnknownCall},
  {kLive,                  kPlayRequested,    kStay,        Step::kPlay},
  {kOver,                  kPlayRequested,    kStay,        Step::kRefuseEnded},

  {kAbsent,                kTurnRequested,    kStay,        Step::kUnknownCall},
  {kLive,                  kTurnRequested,    kStay,        Step::kTurn},
  {kOver,                  kTurnRequested,    kStay,        Step::kRefuseEnded},

  {kAbsent,                kDigitsRequested,  kStay,        Step::kUnknownCall},
  {kLive,                  kDigitsRequested,  kStay,        Step::kSendDigits},
  {kOver,                  kDigitsRequested,  kStay,        Step::kRefuseEnded},

  {kAbsent | kOver,        kParkRequested,    kStay,        Step::kIgnore},
  {kLive,                  kParkRequested,    kStay,        Step::kPark},         // B-LIFE-5

  // --- How our requests came out. They find their call by handle, so an absent one is no news. ---
  {kAbsent,                kDialAccepted,     kStay,        Step::kIgnore},
  {kLive,                  kDialAccepted,     kStay,        Step::kBindDial},     // B-OUT-5
  {kOver,                  kDialAccepted,     kStay,        Step::kHangUpLeftover},

  {kAbsent | kOver,        kDialRefused,      kStay,        Step::kIgnore},
  {kInit,                  kDialRefused,      kToEnded,     Step::kFinish},       // B-OUT-11
  {kRing | kTalking,       kDialRefused,      kStay,        Step::kLate},         // B-OUT-5

  {kAbsent | kOver,        kDialUnknown,      kStay,        Step::kIgnore},
  {kInit,                  kDialUnknown,      kToEnded,     Step::kFinishUnconfirmed},  // B-OUT-7
  {kRing | kTalking,       kDialUnknown,      kStay,        Step::kIgnore},

  {kAbsent | kOver,        kAnswerDone,       kStay,        Step::kIgnore},
  {kLive,                  kAnswerDone,       kStay,        Step::kIntentDone},
  {kAbsent | kOver,        kAnswerFailed,     kStay,        Step::kIgnore},
  {kLive,                  kAnswerFailed,     kStay,        Step::kHangUp},       // B-INB-7

  {kAbsent | kLive,        kRefusalDone,      kStay,        Step::kIgnore},
  {kOver,                  kRefusalDone,      kStay,        Step::kIntentDone},
  {kAbsent | kLive,        kRefusalFailed,    kStay,        Step::kIgnore},
  {kOver,                  kRefusalFailed,    kStay,        Step::kRefusalFailed},

  {kAbsent,                kHangupDone,       kStay,        Step::kIgnore},
  {kLive,                  kHangupDone,       kToEnded,     Step::kFinish},       // B-HUP-1
  {kOver,                  kHangupDone,       kStay,        Step::kConfirmEnd},
  {kAbsent,                kHangupFailed,     kStay,        Step::kIgnore},
  {kLive | kOver,          kHangupFailed,     kStay,        Step::kHangupFailed},
  {kAbsent | kOver,        kHangupOwed,       kStay,        Step::kIgnore},
  {kLive,                  kHangupOwed,       kStay,        Step::kHangUp},

  {kAbsent | kOver,        kStatusRinging,    kStay,        Step::kIgnore},
  {kInit,                  kStatusRinging,    kToRinging,   Step::kStillLive},
  {kRing | kTalking,       kStatusRinging,    kStay,        Step::kStillLive},
  {kAbsent | kOver,        kStatusAnswered,   kStay,        Step::kIgnore},
  {kUnanswered,            kStatusAnswered,   kToAnswered,  Step::kAnswer},       // B-OUT-9
  {kTalking,               kStatusAnswered,   kStay,        Step::kStillLive},
  {kAbsent | kOver,        kStatusActive,     kStay,        Step::kIgnore},
  {kLive,                  kStatusActive,     kStay,        Step::kStillLive},
  {kAbsent,                kStatusTerminal,   kStay,        Step::kIgnore},
  {kLive,                  kStatusTerminal,   kToEnded,     Step::kFinish},
  {kOver,                  kStatusTerminal,   kStay,        Step::kConfirmEnd},
  {kAbsent | kOver,        kStatusUnknown,    kStay,        Step::kIgnore},
  {kLive,                  kStatusUnknown,    kStay,        Step::kStatusUnknown},

  {kAbsent | kOver,        kUpdateDone,       kStay,        Step::kIgnore},
  {kLive,                  kUpdateDone,       kStay,        Step::kUpdateDone},
  {kAbsent | kOver,        kUpdateFailed,     kStay,        Step::kIgnore},
  {kLive,                  kUpdateFailed,     kStay,        Step::kUpdateFailed},

  // --- Media and app. ---
  {kAbsent | kOver,        kStreamStarted,    kStay,        Step::kIgnore},
  {kUnanswered | kAnsw,    kStreamStarted,    kToActive,    Step::kStreamUp},     // B-STR-7
  {kActv | kSpkg | kList,  kStreamStarted,    kStay,        Step::kStreamUp},
  {kAbsent | kOver,        kStreamStopped,    kStay,        Step::kIgnore},
  {kLive,                  kStreamStopped,    kStay,        Step::kStreamDown},
  {kAbsent | kOver,        kMediaSilent,      kStay,        Step::kIgnore},
  {kLive,                  kMediaSilent,      kStay,        Step::kAskCarrier},   // B-STR-11

  {kAbsent | kOver,        kListening,        kStay,        Step::kIgnore},
  {kLive,                  kListening,        kToListening, Step::kListen},

  {kAbsent | kOver,        kAppReady,         kStay,        Step::kIgnore},
  {kLive,                  kAppReady,         kStay,        Step::kAppReady},
  {kAbsent | kOver,        kAppClosed,        kStay,        Step::kIgnore},
  {kLive,                  kAppClosed,        kStay,        Step::kHangUp},       // B-APP-6
  {kAbsent | kOver,        kAppLost,          kStay,        Step::kIgnore},
  {kLive,                  kAppLost,          kStay,        Step::kFallback},     // B-APP-5

  // --- Timers; on a finished call they do nothing (B-TMR-4). ---
  {kAbsent | kTalking | kOver, kRingTimeout,  kStay,        Step::kIgnore},
  {kUnanswered,            kRingTimeout,      kStay,        Step::kAskCarrier},   // B-OUT-9
  {kAbsent | kUnanswered | kOver, kExpiring,  kStay,        Step::kIgnore},
  {kTalking,               kExpiring,         kStay,        Step::kTellExpiring},
  {kAbsent | kUnanswered | kOver, kMaxDuration, kStay,      Step::kIgnore},
  {kTalking,               kMaxDuration,      kStay,        Step::kHangUp},       // B-DUR-1
  {kAbsent | kOver,        kReaped,           kStay,        Step::kIgnore},
  {kLive,                  kReaped,           kStay,        Step::kHangUp},       // B-REAP-1
  {kAbsent | kOver,        kGraceOver,        kStay,        Step::kIgnore},
  {kLive,                  kGraceOver,        kStay,        Step::kAskCarrier},   // B-DISC-1
  {kAbsent,                kHangupRetry,      kStay,        Step::kIgnore},
  {kLive | kOver,          kHangupRetry,      kStay,        Step::kRetryHangup},
  {kAbsent | kOver,        kHangupGaveUp,     kStay,        Step::kIgnore},
  {kLive,                  kHangupGaveUp,     kToEnded,     Step::kFinishUnconfirmed},  // B-HUP-4
  {kAbsent | kOver,        kTurnTimeout,      kStay,        Step::kIgnore},
  {kLive,                  kTurnTimeout,      kStay,        Step::kTurnTimeout},
  {kAbsent | kOver,        kNotifyOver,       kStay,        Step::kIgnore},
  {kLive,                  kNotifyOver,       kStay,        Step::kHangUp},       // B-NTF-1
  {kAbsent | kOver,        kNotifyOverdue,    kStay,        Step::kIgnore},
  {kLive,                  kNotifyOverdue,    kStay,        Step::kHangUp},       // B-NTF-3
  {kAbsent | kOver,        kReattachTimeout,  kStay,        Step::kIgnore},
  {kLive,                  kReattachTimeout,  kStay,        Step::kHangUp},       // B-RST-5
  {kAbsent | kOver,        kStatusRetry,      kStay,        Step::kIgnore},
  {kLive,                  kStatusRetry,      kStay,        Step::kAskCarrier},
  {kAbsent | kLive,        kSlotHoldOver,     kStay,        Step::kIgnore},
  {kOver,                  kSlotHoldOver,     kStay,        Step::kFreeSlot},     // B-PROC-8

  // --- Restart. ---
  {kAbsent | kOver,        kRestoredTooOld,   kStay,        Step::kIgnore},
  {kLive,                  kRestoredTooOld,   kToEnded,     Step::kFinishUnconfirmed},
  {kAbsent | kOver,        kRestoredLost,     kStay,        Step::kIgnore},
  {kLive,                  kRestoredLost,     kToEnded,     Step::kFinishUnconfirmed},
};
// clang-format on

using Cells = std::array<std::array<Transition, kCallStates>, kEventTypes>;

// A cell per pair; `exact` is false when a pair occurs twice or not at all.
struct Expanded {
  Cells cells{};
  bool exact = true;
};
constexpr Expanded expand(std::span<const Row> rows) {
  Expanded expanded;
  for (const Row& row : rows) {
    for (size_t state = 0; state < kCallStates; ++state) {
      if ((row.from & (1U << state)) == 0) continue;
      Transition& cell = expanded.cells[static_cast<size_t>(row.event)][state];
      if (cell.step != Step::kNone) expanded.exact = false;
      cell = {.next = row.next == kStay ? static_cast<CallState>(state) : row.next,
              .step = row.step};
    }
  }
  for (const auto& event : expanded.cells) {
    for (const Transition& cell : event) {
      if (cell.step == Step::kNone) expanded.exact = false;
    }
  }
  return expanded;
}

// B-STATE-2: no event leaves the end.
constexpr bool end_is_final(const Cells& cells) {
  for (const auto& event : cells) {
    if (event[static_cast<size_t>(CallState::kEnded)].next != CallState::kEnded) return false;
  }
  return true;
}
// From every live state at least one event leads to the end.
constexpr bool end_is_reachable(const Cells& cells) {
  for (size_t state = 0; state < kCallStates; ++state) {
    bool reachable = false;
    for (const auto& event : cells) {
      reachable = reachable || event[state].next == CallState::kEnded;
    }
    if (is_live(static_cast<CallState>(state)) && !reachable) return false;
  }
  return true;
}
// B-STATE-1: upwards or to the end; speaking and listening may alternate; nothing else. B-STATE-4:
// from nothing only to initiated (our own dial) or ringing (a webhook).
constexpr bool ranks_hold(const Cells& cells) {
  for (size_t event = 0; event < kEventTypes; ++event) {
    for (size_t from = 0; from < kCallStates; ++from) {
      const auto state = static_cast<CallState>(from);
      const CallState next = cells[event][from].next;
      if (next == state) continue;
      if (state == CallState::kNone) {
        const CallState begin = static_cast<EventType>(event) == EventType::kPlaced
                                    ? CallState::kInitiated
                                    : CallState::kRinging;
        if (next != begin) return false;
        continue;
      }
      const bool alternates = state == CallState::kListening && next == CallState::kSpeaking;
      if (rank_of(next) <= rank_of(state) && !alternates) return false;
    }
  }
  return true;
}
// What a peer does is never our own mistake.
constexpr bool carriers_do_nothing_illegal(const Cells& cells) {
  for (size_t event = 0; event < kEventTypes; ++event) {
    for (const Transition& cell : cells[event]) {
      if (is_carrier_event(static_cast<EventType>(event)) && cell.step == Step::kIllegal) {
        return false;
      }
    }
  }
  return true;
}

inline constexpr Expanded kExpanded = expand(kRows);
static_assert(kExpanded.exact, "each pair of state and event has exactly one row");
static_assert(end_is_final(kExpanded.cells), "B-STATE-2");
static_assert(end_is_reachable(kExpanded.cells));
static_assert(ranks_hold(kExpanded.cells), "B-STATE-1, B-STATE-4");
static_assert(carriers_do_nothing_illegal(kExpanded.cells));

}  // namespace table

// What happens when `event` comes to a call in `state`. kNone is a call that is not there; kEnded
// one that is finished, in a slot or in the finished index.
constexpr Transition transition_of(CallState state, EventType event) {
  return table::kExpanded.cells[static_cast<size_t>(event)][static_cast<size_t>(state)];
}

// The table as Markdown: docs/call-states.md.
void write_call_states(TextWriter& out);

}  // namespace hookflash
