#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "appliance/stream_endpoint.h"
#include "audio/caller_audio.h"
#include "audio/streamer.h"
#include "base/deadline_heap.h"
#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/pool.h"
#include "call/digit_twins.h"
#include "call/event.h"
#include "call/plan.h"
#include "call/transitions.h"
#include "hal/socket_id.h"
#include "target/targets.h"

namespace hookflash {

// Why a hang-up runs: what happens when it fails (B-HUP-2, B-HUP-3).
enum class HangupCause : uint8_t {
  kNone,
  kRequest,  // API or app: a failure is told to the requester and ends the procedure.
  kSafety,   // Timer, disconnect, notify, compensation: retried until it succeeds.
};

// Who asked the carrier for the state of a call, and so what an answer means.
enum class StatusPurpose : uint8_t {
  kRing,     // B-OUT-9.
  kGrace,    // B-DISC-1.
  kSilence,  // B-STR-11.
  kHangup,   // B-HUP-3, B-TWI-4.
  kRestart,  // Section 7, step 5.
};

// One question at a time: its answer serves all who asked meanwhile.
class StatusPurposes {
 public:
  [[nodiscard]] bool has(StatusPurpose purpose) const { return (bits_ & bit(purpose)) != 0; }
  void add(StatusPurpose purpose) { bits_ = static_cast<uint8_t>(bits_ | bit(purpose)); }
  void remove(StatusPurpose purpose) { bits_ = static_cast<uint8_t>(bits_ & ~bit(purpose)); }

 private:
  static unsigned bit(StatusPurpose purpose) { return 1U << static_cast<unsigned>(purpose); }
  uint8_t bits_ = 0;
};

// Documents fetched in a row without a stream that opens; then the call is hung up (B-TWI-3).
inline constexpr uint8_t kReconnectsMax = 3;

// The running hang-up of a call (B-HUP-1): one for every cause.
struct HangupRun {
  HangupCause cause = HangupCause::kNone;
  EndReason reason = EndReason::kNone;
  EventType origin = EventType::kNone;  // What demanded it first.
  bool decided = false;  // The intent is durable, or a safety timer does not wait for that.
  bool taken = false;    // The carrier has said yes; the end is on its way through the inbox.
  // It failed for its requesters; the next entry takes the intent back. Only then are they told how
  // it failed (B-HUP-2, B-JRN-1); until then a new hang-up makes them wait for its outcome instead.
  bool withdrawn = false;
  std::string_view failure;
  // The last attempt met a call that cannot be ended now: the carrier's word about the call decides
  // whether it has failed (B-TWI-4).
  bool undecided = false;
  RestId in_flight = 0;
  Instant since;
  FixedVector<uint32_t, 4> tickets;  // Who waits for the outcome.
};

// New instructions for a live call, on their way to the carrier: one at a time (B-TWI-4).
struct LiveUpdate {
  enum class Kind : uint8_t {
    kNone,
    kSpeech,  // The playback, or the listening of a turn without text.
    kDigits,
    kQuiet,     // Stop listening: nothing until the next request.
    kPark,      // Wait at the carrier while we are away (B-LIFE-5).
    kReattach,  // The stream again, after a restart (B-RST-5).
  };
  Kind kind = Kind::kNone;
  RestId in_flight = 0;
  uint32_t ticket = 0;  // Who waits for the acceptance.
  uint8_t attempt = 0;
  FixedText<limits::kDtmfSequenceMax> digits;
};

// What the carrier speaks on a call without stream: one text, and those that wait (B-ADM-6).
struct Playback {
  bool active = false;
  bool ended = false;            // The plan on its way to flash says so.
  uint32_t document_number = 0;  // The document that speaks it; asking for the next is its end.
  FixedText<limits::kMessageBytesMax> text;
  FixedVector<Handle<LongText>, limits::kPlaybacksWaitingMax> waiting;
};

// Speak, listen, return what the caller said (B-TURN-2). It listens once nothing is left to speak.
struct Turn {
  bool active = false;
  bool heard = false;  // The plan on its way to flash resolves it.
  uint32_t ticket = 0;
  Instant since;
  Instant listening;  // Zero: not yet.
};

// The live part of one slot: what is under way, and the audio. Lives in the place of the slot's
// index; nothing of it is journaled.
struct CallSession {
  // --- The plan on its way to flash ---
  CallPlan plan;
  Event event;
  Step step = Step::kNone;
  FixedText<limits::kLongTextBytesMax> speech;  // Lines of the plan point here.
  PersistId persist = 0;                        // 0: none.
  bool creating = false;
  bool given_up = false;  // Answered 500; the outcome is only applied.
  Deadline durable;

  // --- Requests under way ---
  RestId dial = 0;
  uint32_t dial_ticket = 0;
  // The same request again while its dial is under way (B-OUT-10).
  FixedVector<uint32_t, 4> dial_joined;
  RestId status = 0;
  StatusPurposes status_purposes;
  LiveUpdate update;
  HangupRun hangup;
  // The call is over and its end is not durable yet (B-PROC-8): whether the carrier has confirmed
  // it, since when, and by which event.
  bool end_waits = false;
  bool end_confirmed = false;
  Instant end_since;
  Event end_event;

  // --- Restart (contract section 7) ---
  bool unverified = false;  // Found in the journal; the carrier has not said yet whether it lives.
  bool counted = false;     // Its first outcome has been reported.
  bool resumed = false;     // Its app has met it before the restart (B-APP-7).

  // --- Speech by the carrier (contract section 13) ---
  Playback playback;
  Turn turn;

  // --- Documents (B-TWI-2, B-TWI-3) ---
  // What planning an entry changes here, for when the entry fails (B-PROC-1).
  struct Before {
    bool say_in_document = false;
    bool digits_in_document = false;
    uint8_t reconnects = 0;
    Instant reconnects_since;
  };
  Before before;
  bool say_in_document = false;     // The document just planned speaks the initial message.
  bool digits_in_document = false;  // ... plays the pre-connect digits.
  DigitTwins digit_twins;
  bool parked = false;          // The carrier keeps the call while we are away (B-LIFE-5).
  bool digits_playing = false;  // A live update plays digits in the stream's place (B-DISC-2).
  uint8_t reconnects = 0;
  Instant reconnects_since;

  // --- Audio ---
  StreamHandle stream;                        // The current one.
  StreamHandle starting;                      // A valid start on its way to flash.
  EndReason grace_reason = EndReason::kNone;  // Why the grace runs, if not for a lost stream.
  bool app_said_goodbye = false;
  bool target_told = false;                 // Nothing is left to tell the app.
  bool target_opened = false;               // The app has met this call.
  bool fell_back = false;                   // The fallback has had its turn (B-APP-5).
  bool reports_left = false;                // Ended marks wait for the next turn.
  bool pumping = false;                     // pump_media() is at work.
  FixedText<limits::kAppNameBytesMax> app;  // The one that is open now.
  Deadline media;
  Deadline target_timer;
  Deadline farewell;
  CallerAudio caller;
  TargetPlace target;
  AudioStreamer streamer;
  // What of their counters has been reported.
  StreamerCounters to_carrier_reported;
  CallerAudioCounters from_caller_reported;

  // For a new call in this slot. CHECKs that nothing of the old one is armed.
  void reset();
};

}  // namespace hookflash
