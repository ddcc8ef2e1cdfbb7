#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "audio/mark_book.h"
#include "base/time.h"

namespace hookflash {

class AppSockets;
class AudioStreamer;
class CallerAudio;
class Crypto;
class Entropy;
class Outbox;

// Reports of ended marks a session should hand on in one turn at most: each becomes a message, and
// an app may have limits::kOpenMarksMax of them open when it clears.
inline constexpr size_t kMarkReportsPerTurn = 64;

// Things worth a log line of the call; the target itself moves the counters.
enum class TargetNote : uint8_t {
  kLost,             // The app leg broke; it is redialled (B-APP-5).
  kCertificateTime,  // The app's certificate is not valid at this time; kLost follows.
  kReadingStopped,   // The burst buffer is full (B-AUD-5); a warning.
  kReadingResumed,
  kDigitsDropped,  // Over limits::kAppDigitsMax waiting (B-DTMF-2).
  kEndNotTold,     // Every attempt to tell the app the end of the call failed (B-APP-7).
};

// What a target asks of its call. One owner can serve many calls: `slot` is TargetCall::slot, given
// back as it was. The owner may call the target from inside these, but not close it, except in
// target_failed() and target_told(), which are the last thing their caller does.
class TargetOwner {
 public:
  // The target hears the caller now and may speak. Again after each redial.
  virtual void target_ready(uint16_t slot, Now now) = 0;
  // Audio or a mark was put into the streamer: see what is due, and arm its deadline.
  virtual void target_audio(uint16_t slot, Now now) = 0;
  // The app's own clear: AudioStreamer::clear(kApp), then the carrier's clear frame, then the
  // reports of the marks that were open (B-AUD-6, B-APP-2).
  virtual void target_clear(uint16_t slot, Now now) = 0;
  // The target has said goodbye: play out what it sent, then hang up (B-APP-6). It hears no more.
  virtual void target_left(uint16_t slot, Now now) = 0;
  // The target is gone for good: the fallback's turn (B-APP-5). Closing it here is allowed.
  virtual void target_failed(uint16_t slot, Now now) = 0;
  // What call_ending() left open is done, told or given up. Closing it here is allowed.
  virtual void target_told(uint16_t slot, Now now) = 0;
  virtual void target_note(uint16_t slot, TargetNote note, Now now) = 0;

 protected:
  ~TargetOwner() = default;
};

// One name and value of apps.{name}.params.
struct TargetParameter {
  std::string_view name;
  std::string_view value;
};

// The call a target is opened for. Texts are copied as far as they are needed later.
struct TargetCall {
  uint16_t slot = 0;
  std::string_view call_id;           // Our UUID.
  std::string_view provider_call_id;  // May be empty.
  std::string_view account_id;        // Of the line at its carrier; may be empty.
  std::string_view line;
  std::string_view from;
  std::string_view to;
  std::string_view session_key;  // The requester's own reference; may be empty.
  bool outbound = false;
  // The call was restored, or had another leg before: the app has met it already (B-APP-7).
  bool resumed = false;
};

// Counters of all targets together; the owner of all calls shows them (B-MET). What the streamer
// and the caller audio count is not counted again here.
struct TargetCounters {
  uint64_t legs_ok = 0;      // hookflash_app_legs_total{result="ok"}: legs whose start was sent.
  uint64_t legs_failed = 0;  // ... {result="failed"}: dials that did not open.
  uint64_t redials = 0;      // Begun; hookflash_app_reconnects_total counts how they ended:
  uint64_t redials_ok = 0;
  uint64_t redials_failed = 0;
  uint64_t lost = 0;  // Open legs that ended without an orderly close.
  uint64_t frames_to_app = 0;
  uint64_t media_from_app = 0;    // Media messages taken.
  uint64_t payloads_invalid = 0;  // Media messages dropped for their payload; reason invalid.
  uint64_t digits_delivered = 0;
  uint64_t digits_dropped = 0;
  uint64_t marks_refused =
      0;  // Names over 64 bytes; the streamer counts those it has no place for.
  uint64_t messages_malformed = 0;  // Not JSON, over 4 KiB, or without a field they need.
  uint64_t messages_unknown = 0;    // Events that no app sends.
  uint64_t messages_binary = 0;
  uint64_t messages_wrong_stream = 0;
  uint64_t messages_oversized = 0;  // Over 64 KiB: the leg was closed with 1009.
  uint64_t reading_stopped = 0;     // B-AUD-5, B-AUD-7.
  uint64_t audio_refused = 0;       // Built-in targets: frames that found no room.
  uint64_t ends_told = 0;
  uint64_t ends_not_told = 0;
};

// The two directions of one call's audio, both owned by its session.
struct TargetAudio {
  AudioStreamer& to_carrier;
  CallerAudio& from_caller;
};

// What targets work with. All of it outlives them.
struct TargetLinks {
  Outbox& outbox;
  Crypto& crypto;
  Entropy& entropy;
  AppSockets& sockets;
  TargetOwner& owner;
  TargetCounters& counters;
};

// Where a call's audio goes. Made by TargetPlace::open_...(), which also begins its work; from then
// on the session calls in, in any order, until TargetPlace::close().
class Target {
 public:
  // Audio was put into TargetAudio::from_caller: take what is wanted. Also before target_ready():
  // it waits there then (B-STR-8).
  virtual void caller_audio(Now now) = 0;
  // One of 0-9 * # A-D, each key press once, in order (B-DTMF-2).
  virtual void caller_digit(char digit, Now now) = 0;
  // The caller's stream is up (true, also initially) or inside its disconnect grace. A lost app is
  // redialled only while it is up (B-APP-5).
  virtual void caller_stream(bool up, Now now) = 0;
  // A mark ended that was not the session's own (tag 0). Targets' tags are never 0; reports of a
  // leg that was replaced are ignored here.
  virtual void mark_reported(const MarkReport& report, Now now) = 0;
  // Frames have left the streamer. Cheap; call it after each.
  virtual void room(Now now) = 0;
  // The call is hung up in `left` (B-DUR-2).
  virtual void call_expiring(Duration left, Now now) = 0;
  // The call is over; `reason` is the name of the end reason. Tells the app once, however often it
  // is called (B-APP-7). True: all done, close() may follow. False: an app still has to be reached;
  // target_told() comes within some 20 s, or close() gives up on it.
  virtual bool call_ending(std::string_view reason, Now now) = 0;
  // Lets go of everything at once; the owner hears no more. The last call.
  virtual void close(Now now) = 0;

  // Whether target_ready() has come and the target still hears.
  [[nodiscard]] virtual bool ready() const = 0;
  [[nodiscard]] virtual Instant deadline() const = 0;
  virtual void on_tick(Now now) = 0;

 protected:
  ~Target() = default;
};

}  // namespace hookflash
