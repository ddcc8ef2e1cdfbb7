#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The words a call is described with (contract sections 1, 2, 12). Every value is journaled as its
// number: new ones are added at the end and none is ever given another meaning.
namespace hookflash {

// Where a call stands. kNone: there is no such call, or its place is only reserved. kEnded stands
// for all terminal states: which one it is, is the EndReason (B-STATE-5).
enum class CallState : uint8_t {
  kNone = 0,
  kInitiated,
  kRinging,
  kAnswered,
  kActive,
  kSpeaking,
  kListening,
  kEnded,
};
inline constexpr size_t kCallStates = 8;

enum class EndReason : uint8_t {
  kNone = 0,
  kCompleted,   // Ended normally, the carrier does not say by whom.
  kHangupUser,  // The far end hung up.
  kHangupBot,   // Our side hung up: app, API, policy, disconnect, stop.
  kTimeout,     // Max duration, reaper, or too old at restart.
  kError,       // We gave up, or a non-retryable error event.
  kFailed,      // Never set up.
  kNoAnswer,
  kBusy,
  kVoicemail,
};
inline constexpr size_t kEndReasons = 10;

enum class Direction : uint8_t { kNone = 0, kInbound, kOutbound };
inline constexpr size_t kDirections = 3;

// How an outbound call is conducted (section 12). Inbound calls are conversations.
enum class Mode : uint8_t { kNone = 0, kNotify, kConversation };
inline constexpr size_t kModes = 3;

// Why a call was refused (B-REC); kStorage leaves no record.
enum class Rejection : uint8_t { kNone = 0, kPolicy, kCapacity, kStorage, kStopping };
inline constexpr size_t kRejections = 5;

// B-MSG-1. kDelegated: the carrier speaks it from the dial's own document, we never do.
enum class MessageState : uint8_t { kNone = 0, kPending, kPlaying, kDone, kDelegated };
inline constexpr size_t kMessageStates = 5;

// Side effects owed, one bit each (B-JRN-6). Set in the entry that decides them, cleared when done.
enum class Intent : uint32_t {
  kAnswer = 1U << 0,      // Answer the call by command (B-INB-7).
  kRefuse = 1U << 1,      // Refuse it at the carrier (B-INB-3).
  kHangup = 1U << 2,      // Hang it up, reason in CallCore::hangup_reason (B-HUP-3).
  kCompensate = 1U << 3,  // Hang up a dial that could not be recorded (B-OUT-6).
  kSpeak = 1U << 4,       // Speak the initial message; never repeated after a restart.
  kDial = 1U << 5,        // A dial was begun; never repeated (B-OUT-10, B-RST-2).
};

constexpr bool has(uint32_t intents, Intent intent) {
  return (intents & static_cast<uint32_t>(intent)) != 0;
}
constexpr uint32_t with(uint32_t intents, Intent intent) {
  return intents | static_cast<uint32_t>(intent);
}
constexpr uint32_t without(uint32_t intents, Intent intent) {
  return intents & ~static_cast<uint32_t>(intent);
}

constexpr bool is_live(CallState state) {
  return state != CallState::kNone && state != CallState::kEnded;
}

// 0 to 5 for the live states (section 2). Above them the end, below them nothing.
constexpr int rank_of(CallState state) {
  return static_cast<int>(state) - static_cast<int>(CallState::kInitiated);
}

// The stable lower-case words of the contract, used in the API, logs, metrics and documents.
constexpr std::string_view name_of(CallState state) {
  switch (state) {
    case CallState::kNone: return "none";
    case CallState::kInitiated: return "initiated";
    case CallState::kRinging: return "ringing";
    case CallState::kAnswered: return "answered";
    case CallState::kActive: return "active";
    case CallState::kSpeaking: return "speaking";
    case CallState::kListening: return "listening";
    case CallState::kEnded: return "ended";
  }
  return "none";
}
constexpr std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::kNone: return "none";
    case EndReason::kCompleted: return "completed";
    case EndReason::kHangupUser: return "hangup-user";
    case EndReason::kHangupBot: return "hangup-bot";
    case EndReason::kTimeout: return "timeout";
    case EndReason::kError: return "error";
    case EndReason::kFailed: return "failed";
    case EndReason::kNoAnswer: return "no-answer";
    case EndReason::kBusy: return "busy";
    case EndReason::kVoicemail: return "voicemail";
  }
  return "none";
}
// The state as people see it: the terminal state's name is the end reason.
constexpr std::string_view name_of(CallState state, EndReason reason) {
  return state == CallState::kEnded ? name_of(reason) : name_of(state);
}
constexpr std::string_view name_of(Direction direction) {
  switch (direction) {
    case Direction::kNone: return "none";
    case Direction::kInbound: return "inbound";
    case Direction::kOutbound: return "outbound";
  }
  return "none";
}
constexpr std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::kNone: return "none";
    case Mode::kNotify: return "notify";
    case Mode::kConversation: return "conversation";
  }
  return "none";
}
constexpr std::string_view name_of(Rejection rejection) {
  switch (rejection) {
    case Rejection::kNone: return "none";
    case Rejection::kPolicy: return "policy";
    case Rejection::kCapacity: return "capacity";
    case Rejection::kStorage: return "storage";
    case Rejection::kStopping: return "stopping";
  }
  return "none";
}
constexpr std::string_view name_of(MessageState state) {
  switch (state) {
    case MessageState::kNone: return "none";
    case MessageState::kPending: return "pending";
    case MessageState::kPlaying: return "playing";
    case MessageState::kDone: return "done";
    case MessageState::kDelegated: return "delegated";
  }
  return "none";
}

// The value whose name is `word`, byte for byte; nullopt for any other word. `count` is the number
// of values of the enum, e.g. value_of<EndReason, kEndReasons>("busy").
template <typename Enum, size_t count>
constexpr std::optional<Enum> value_of(std::string_view word) {
  for (size_t i = 0; i < count; ++i) {
    if (name_of(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// How an inbound call that is refused ends (table of section 9).
constexpr EndReason end_reason_of(Rejection rejection) {
  return rejection == Rejection::kPolicy ? EndReason::kHangupBot : EndReason::kBusy;
}

}  // namespace hookflash
