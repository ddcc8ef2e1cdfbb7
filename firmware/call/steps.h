#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookflash {

// What the engine has to do when a call takes a transition. A step may find that its own conditions
// do not hold (a turn token differs, the message is done already) and then does less; it never does
// more.
enum class Step : uint8_t {
  kNone = 0,

  // Nothing happens to the call.
  kIllegal,      // Only a mistake of ours brings this here: CHECK.
  kIgnore,       // Nothing to do, nothing to count.
  kSame,         // Names the present state: the key is consumed (B-STATE-3).
  kLate,         // Names an earlier state, or the call is over: key consumed, counted (B-STATE-1).
  kLateLive,     // As kLate; when the end is unconfirmed the carrier call is hung up (B-OUT-8).
  kUnknownCall,  // No such call and none may be made: the key stays free (B-PROC-6).
  kRefuseEnded,  // A request about a finished call: `ended` (B-TURN-1).
  kKeepNothing,  // A retryable error: no key, no entry.

  // Beginnings.
  kPlace,   // A new outbound call: admission, journal, dial.
  kCreate,  // A call from a webhook: admission, policy, journal; refusal or answer.
  kAdopt,   // An external outbound call when the event may create one, then the event anew; else
            // unknown.

  // Progress.
  kBindDial,   // Provider id where still empty, ring timer.
  kRing,       // ringingAt, ring timer.
  kAnswer,     // answeredAt, max-duration timer, ring timer off, app leg, initial message.
  kActivate,   // As kAnswer where missing.
  kStreamUp,   // Generation, grace off, answered where missing, app leg, ready.
  kStillLive,  // The carrier says live: whoever asked decides (ring timer, grace, media silence,
               // restart).
  kStatusUnknown,  // The carrier's state is unknown: asked again or hung up, by who asked.

  // Speech.
  kSpeakStarted,
  kBotLine,     // Bot line when not blank.
  kSpeakEnded,  // Message and notify state, bot line, waiting playbacks, then listening (B-TURN-7).
  kSpeakFailed,  // Message back to pending, turn ended, no line (B-STATE-7).
  kHear,         // Answered where missing; transcript line and turn unless blank.
  kListen,       // Arm the turn's time-out.
  kDigits,       // To the app.
  kTellApp,      // To the app only, no entry.

  // Requests.
  kDocument,  // Next document number, document from the present state.
  kHangupDocument,
  kSpeak,
  kPlay,
  kTurn,
  kSendDigits,
  kPark,

  // Media and app.
  kStreamDown,  // Disconnect grace.
  kAppReady,    // Initial message.
  kFallback,    // The app's fallback (B-APP-5).
  kIntentDone,  // Clear the intent.
  kUpdateDone,
  kUpdateFailed,

  // Endings.
  kHangUp,             // Join or begin the hang-up; the event says the reason.
  kAlreadyEnded,       // Success without a request (B-HUP-1).
  kAskCarrier,         // getCallStatus first.
  kRetryHangup,        // Send the next attempt.
  kHangupFailed,       // Back-off, or the requester's error (B-HUP-2, B-HUP-3).
  kRefusalFailed,      // Back-off for 60 s (B-INB-3).
  kTurnTimeout,        // B-TURN-5.
  kTellExpiring,       // B-DUR-2.
  kFinish,             // B-STATE-5, end confirmed.
  kFinishUnconfirmed,  // B-STATE-5; a later live event is hung up (B-OUT-8).
  kConfirmEnd,         // An unconfirmed end is confirmed; else nothing.
  kHangUpLeftover,     // A dial was accepted for a call that is over: hang it up.
  kFreeSlot,           // Alarm `journal`, slot free (B-PROC-8).
};
inline constexpr size_t kSteps = static_cast<size_t>(Step::kFreeSlot) + 1;

std::string_view name_of(Step step);
// One sentence for the generated document.
std::string_view meaning_of(Step step);

// How a step counts in hookflash_events_total.
enum class EventVerdict : uint8_t { kApplied, kLate, kUnknownCall, kRetryable };
constexpr EventVerdict verdict_of(Step step) {
  if (step == Step::kLate || step == Step::kLateLive) return EventVerdict::kLate;
  if (step == Step::kUnknownCall) return EventVerdict::kUnknownCall;
  if (step == Step::kKeepNothing) return EventVerdict::kRetryable;
  return EventVerdict::kApplied;
}

}  // namespace hookflash
