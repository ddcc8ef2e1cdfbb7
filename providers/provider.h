#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "base/text_writer.h"
#include "base/time.h"
#include "call/state.h"
#include "limits.h"

// The border between the call engine and one carrier's dialect. A provider is a set of pure
// functions over values: it opens nothing, keeps no call state and never waits. What a carrier says
// becomes an Event (call/event.h); what the engine wants becomes requests and documents in the
// carrier's words.
namespace hookflash {

// What the engine asks a carrier to do over REST (B-PRV table).
enum class Operation : uint8_t {
  kNone,
  kInitiate,
  kHangup,
  kStatus,
  kUpdate,  // Replace the instructions of a live call (digits, speech, re-attachment, redirect).
};
inline constexpr size_t kOperations = 5;

constexpr std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::kNone: return "none";
    case Operation::kInitiate: return "initiate";
    case Operation::kHangup: return "hangup";
    case Operation::kStatus: return "status";
    case Operation::kUpdate: return "update";
  }
  return "none";
}

// What to say in a document (B-TWI-2). Exactly the pieces that are set are written, in this order.
struct Document {
  enum class Kind : uint8_t {
    kEmpty,  // Nothing to say.
    kRejectPolicy,
    kRejectBusy,
    kHangup,
    kStream,    // [digits] [say] stream, then back to us.
    kSpeech,    // [say] or [listen], then back to us.
    kPause,     // Nothing at present; wait and come back.
    kRedirect,  // Only back to us.
    kNotify,    // say, pause, hang up: all in one.
    kResumeBy,  // Pause `pause_seconds`, then back to us (B-LIFE-5).
  };
  Kind kind = Kind::kEmpty;
  std::string_view digits;
  std::string_view say;
  bool listen = false;
  int64_t silence_timeout_ms = 0;  // End-of-speech silence for the carrier's recogniser (B-TURN-6).
  int64_t listen_timeout_seconds = 5;
  int64_t pause_seconds = 0;
  std::string_view stream_url;
  std::string_view token;
  std::string_view call_id;
  std::string_view turn_action_url;  // Where recognised speech goes.
  std::string_view redirect_url;     // The call's own URL with its document number.
};

// Everything a dial needs. Texts are unescaped.
struct DialRequest {
  std::string_view to;
  std::string_view from;
  std::string_view url;       // Instruction URL; used when `document` is empty.
  std::string_view document;  // Inline document.
  std::string_view status_url;
  int64_t ring_seconds = 30;
  int64_t limit_seconds = 360;
};

// One REST exchange ready for out::RestSend; texts live in the memory the caller gave.
struct RestRequest {
  std::string_view method;
  std::string_view target;
  std::string_view headers;
  std::string_view body;
};

// How a carrier answered (B-PRV-1, B-HUP-1). `kUnknown` keeps every option open.
struct RestOutcome {
  enum class Kind : uint8_t {
    kOk,             // Done as asked.
    kActive,         // Status: live. `answered` tells ringing from talking.
    kTerminal,       // Status: over, with `reason` where given.
    kNotFound,       // The carrier does not know the call: over.
    kEnded,          // "Already ended" for a hang-up or an update.
    kNotInProgress,  // The call is not in a state that allows it (Twilio 21220).
    kRefused,        // A definite no, `code` says why.
    kUnknown,        // Anything else.
  };
  Kind kind = Kind::kUnknown;
  bool answered = false;
  EndReason reason = EndReason::kNone;
  FixedText<limits::kProviderCallIdBytesMax> provider_call_id;
  FixedText<limits::kEndDetailBytesMax> code;
};

}  // namespace hookflash
