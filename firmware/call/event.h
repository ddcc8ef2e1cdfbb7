#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/pool.h"
#include "base/status.h"
#include "base/time.h"
#include "call/call_id.h"
#include "call/state.h"
#include "limits.h"
#include "store/key.h"

namespace hookflash {

// Everything that can happen to a call. The transition table has a row for each of them in each
// state. Not journaled, so the numbers may change.
enum class EventType : uint8_t {
  kNone = 0,

  // What a carrier says (contract section 3). kSpeaking, kSpeakEnded and kSpeakFailed also report
  // our own playbacks on a stream.
  kInitiated,
  kRinging,
  kAnswered,
  kActive,
  kSpeaking,
  kAssistantSpeech,
  kSpeakEnded,     // A playback finished.
  kSpeakFailed,    // A playback failed.
  kSpeech,         // Final transcript.
  kPartialSpeech,  // Not final: to the app only, never journaled (B-PROC-9).
  kSilence,        // Likewise.
  kDtmf,
  kEnded,
  kError,           // Not retryable.
  kRetryableError,  // Nothing is kept and the key stays free.
  kFetched,         // The carrier asks for the next document of a call (B-TWI-1).

  // What the API, the app or the operator wants.
  kPlaced,  // A new outbound call that passed validation.
  kHangupRequested,
  kSpeakRequested,
  kPlayRequested,
  kTurnRequested,
  kDigitsRequested,
  kParkRequested,  // Wait at the carrier while we are away (B-LIFE-5).

  // How our requests to the carrier came out.
  kDialAccepted,  // Also raised instead of kDialUnknown when an event has bound a provider id
                  // (B-OUT-7).
  kDialRefused,
  kDialUnknown,   // No definite answer in time.
  kAnswerDone,    // The answer command was accepted (B-INB-7).
  kAnswerFailed,  // Its last attempt failed.
  kRefusalDone,
  kRefusalFailed,
  kHangupDone,  // 2xx, 404 or "already ended" (B-HUP-1).
  kHangupFailed,
  kHangupOwed,      // A hang-up of ours that waited behind an entry on its way to flash (B-PROC-2).
  kStatusRinging,   // getCallStatus: live and ringing.
  kStatusAnswered,  // Live and answered.
  kStatusActive,    // Live, the carrier does not say how far.
  kStatusTerminal,  // Terminal or 404.
  kStatusUnknown,
  kUpdateDone,  // A live update (digits, speech, re-attachment) was accepted.
  kUpdateFailed,

  // Media and app.
  kStreamStarted,  // A valid start of a new current stream (B-STR-7).
  kStreamStopped,  // The current stream is gone (B-DISC-1).
  kMediaSilent,    // No carrier frame for 30 s (B-STR-11).
  kListening,      // Listening begins: a turn, or B-TURN-7.
  kAppReady,
  kAppClosed,  // The app said goodbye and what it had sent was played (B-APP-6).
  kAppLost,    // Its redials failed (B-APP-5).

  // Timers (section 8) and restart (section 7).
  kRingTimeout,
  kExpiring,  // 30 s before max duration (B-DUR-2).
  kMaxDuration,
  kReaped,
  kGraceOver,
  kHangupRetry,
  kHangupGaveUp,  // Five minutes of failures (B-HUP-4).
  kTurnTimeout,
  kNotifyOver,       // The delay after the message has passed (B-NTF-1).
  kNotifyOverdue,    // No end of speech in time (B-NTF-3).
  kReattachTimeout,  // B-RST-5.
  kStatusRetry,
  kSlotHoldOver,  // 60 s since the carrier confirmed an end that could not be journaled (B-PROC-8).
  kRestoredTooOld,  // Group B of section 7.
  kRestoredLost,    // Group A: not found, or no look-up.
};
inline constexpr size_t kEventTypes = static_cast<size_t>(EventType::kRestoredLost) + 1;

// Stable lower-case names; those of section 3 are the contract's without "call.".
std::string_view name_of(EventType type);

// True for the types a carrier's webhook can bring.
constexpr bool is_carrier_event(EventType type) {
  return type >= EventType::kInitiated && type <= EventType::kFetched;
}

// The texts an event can carry.
enum class EventText : uint8_t {
  kProviderCallId,
  kPreviousId,  // An earlier name of the same call (the Plivo upgrade, B-EVT-1).
  kFrom,
  kTo,
  kDetail,  // The carrier's cause or code (endDetail).
  kDigits,
  kStreamId,
  kSpeech,  // Transcript, text to speak: long ones move to the LongText pool in the inbox.
};
inline constexpr size_t kEventTexts = 8;

struct LongText {
  uint16_t size = 0;
  std::array<char, limits::kLongTextBytesMax> bytes{};
};

// One thing that happened to one call: a value, so that it can wait in the call's inbox. Texts
// share one buffer that fits the largest real combination (three addresses of 128 bytes); set()
// refuses what does not fit and never cuts.
struct Event {
  static constexpr size_t kTextBytes = 3 * 128;

  EventType type = EventType::kNone;
  uint8_t line = 0;  // Index of the line.
  Direction direction = Direction::kNone;
  EndReason end_reason = EndReason::kNone;
  bool external = false;    // Placed by someone else through the carrier (B-EXT-1).
  bool may_create = false;  // A live carrier event that is allowed to adopt a call (B-EXT-1).
  bool instruction_fetch = false;    // The carrier waits for a document.
  bool text_cut = false;             // The carrier's text was over its limit and was cut (B-GEN-4).
  uint16_t confidence_permille = 0;  // Of a transcript; the provider sets it.
  uint16_t playback = 0;             // Which playback it is about; 0 none.
  uint32_t stream_generation = 0;    // Which stream it is about; 0 none (B-DISC-3).
  uint32_t document_number = 0;
  uint32_t ticket = 0;  // Whoever waits for the outcome; meaning given by the engine, 0 nobody.
  uint32_t duration_ms = 0;  // kSilence.
  CallId call_id;            // Not set when the event does not name one.
  Key key{};                 // Event key (B-DED-3); all zero: none.
  Key request{};             // The verified request it came with (B-DED-2); all zero: none.
  std::array<uint8_t, 16> turn_token{};
  WallTime timestamp;            // Of the carrier; not set when it gives none.
  Handle<LongText> long_speech;  // Owned by the inbox entry; see Inboxes.

  [[nodiscard]] std::string_view text(EventText which) const;
  // kTooLarge when the buffer has no room left; the old text of that kind stays.
  Status set(EventText which, std::string_view text);

  std::array<uint8_t, kEventTexts> text_sizes{};
  std::array<char, kTextBytes> text_bytes{};
};
static_assert(sizeof(Event) <= limits::kInboxEntryBytesMax, "B-PROC-2");

// The time an event happened, for answeredAt and endedAt (B-EVT-3): the carrier's when it is within
// 10 minutes of our clock and not before the call began, else ours.
WallTime event_time(WallTime carrier, WallTime started, WallTime now);

// A carrier's status word as it is compared with a fixed table (B-EVT-6): trimmed of blanks and in
// lower case, in memory of the caller; empty when it does not fit, since no known word is that
// long.
std::string_view status_word(std::string_view raw, std::array<char, 32>& memory);

}  // namespace hookflash
