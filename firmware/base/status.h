#pragma once

#include <cstdint>
#include <string_view>

namespace hookflash {

// The outcome of an operation that the world can make fail. One canonical code says what the caller
// can do about it; the text for people is made where the error is reported. Success is zero.
enum class [[nodiscard]] Status : uint8_t{
    kOk = 0,
    kInvalid,      // The input breaks a rule; repeating it will not help.
    kNotFound,     // Nothing has that name, or it is gone.
    kConflict,     // It exists already, or the state does not allow it now.
    kFull,         // A fixed table or buffer has no room.
    kTooLarge,     // The input is longer than its limit.
    kDenied,       // Authentication or policy says no.
    kUnsupported,  // This line, build or provider cannot do it.
    kTimeout,      // The deadline passed; the outcome may be unknown.
    kUnavailable,  // The peer, the network or a resource is not there at present.
    kStorage,      // It could not be made durable.
    kStopped,      // The owner is shutting down.
};

constexpr bool ok(Status status) { return status == Status::kOk; }

// The stable lower-case name, for logs and errors.
constexpr std::string_view name_of(Status status) {
  switch (status) {
    case Status::kOk: return "ok";
    case Status::kInvalid: return "invalid";
    case Status::kNotFound: return "not-found";
    case Status::kConflict: return "conflict";
    case Status::kFull: return "full";
    case Status::kTooLarge: return "too-large";
    case Status::kDenied: return "denied";
    case Status::kUnsupported: return "not-supported";
    case Status::kTimeout: return "timeout";
    case Status::kUnavailable: return "unavailable";
    case Status::kStorage: return "storage-failed";
    case Status::kStopped: return "stopping";
  }
  return "unknown";
}

}  // namespace hookflash

// Passes a failed Status on to the caller.
#define TRY(expression)                                      \
  do {                                                       \
    if (const ::hookflash::Status try_status = (expression); \
        try_status != ::hookflash::Status::kOk) {            \
      return try_status;                                     \
    }                                                        \
  } while (false)
