#pragma once

#include <array>
#include <cstdint>

#include "base/deadline_heap.h"
#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/time.h"
#include "providers/twilio/carrier/echo_trace.h"
#include "providers/twilio/carrier/form.h"
#include "providers/twilio/carrier/outlet.h"
#include "providers/twilio/carrier/playout.h"
#include "providers/twilio/carrier/settings.h"
#include "providers/twilio/carrier/spread.h"
#include "providers/twilio/carrier/twiml_document.h"

namespace hookflash::twilio::carrier {

enum class CallState : uint8_t {
  kFree,
  kQueued,
  kRinging,
  kInProgress,
  kCompleted,
  kBusy,
  kFailed,
  kNoAnswer,
  kCanceled,
};

// The word of REST and webhooks.
constexpr std::string_view word_of(CallState state) {
  switch (state) {
    case CallState::kFree: return "";
    case CallState::kQueued: return "queued";
    case CallState::kRinging: return "ringing";
    case CallState::kInProgress: return "in-progress";
    case CallState::kCompleted: return "completed";
    case CallState::kBusy: return "busy";
    case CallState::kFailed: return "failed";
    case CallState::kNoAnswer: return "no-answer";
    case CallState::kCanceled: return "canceled";
  }
  return "";
}
constexpr bool is_live(CallState state) {
  return state == CallState::kQueued || state == CallState::kRinging ||
         state == CallState::kInProgress;
}

enum class CallDirection : uint8_t { kInbound, kOutboundApi };

// StatusCallbackEvent, as bits.
inline constexpr uint8_t kOnInitiated = 1;
inline constexpr uint8_t kOnRinging = 2;
inline constexpr uint8_t kOnAnswered = 4;
inline constexpr uint8_t kOnCompleted = 8;

// What one call measured of the audio that came back.
struct Measures {
  uint64_t messages = 0;  // media messages received
  uint64_t frames = 0;    // of 160 bytes, whole ones
  uint64_t bytes = 0;
  uint64_t bytes_discarded = 0;  // for want of room in the play-out buffer (31930)
  uint32_t marks = 0;
  uint32_t marks_echoed = 0;
  uint32_t clears = 0;
  uint32_t warnings = 0;  // 31950, 31951: messages Twilio would have dropped
  uint64_t frames_sent = 0;
  uint64_t frames_withheld = 0;  // lost on request
  uint64_t loud_sent = 0;        // frames that can be found again
  uint64_t echoes = 0;           // found again
  // Play-out ran empty for more than kGapMin and at most kGapMax: heard as a hole in a word.
  uint32_t gaps = 0;
  Duration gap_longest;
  Duration gap_sum;
  Duration ahead_max;  // most audio waiting in the play-out buffer after an arrival
  Duration jitter;     // RFC 3550 section 6.4.1, over arrivals
  Spread deviation;    // |arrival interval - duration of the piece before|
  Spread delay;        // of echoes
  Instant first_loud_sent;
  Instant first_loud_heard;
};
inline constexpr Duration kGapMin = Duration::ms(5);
inline constexpr Duration kGapMax = Duration::ms(200);

// One status callback, from the moment it happened until the appliance has taken it.
struct Report {
  uint8_t event = 0;
  CallState state = CallState::kFree;
  bool in_flight = false;
  int attempt = 0;
  uint16_t number = 0;     // Of the request in flight.
  uint16_t duplicate = 0;  // Of its twin.
  uint32_t sequence = 0;
  WallTime happened;
  int64_t call_seconds = 0;
  Instant due;  // Next try; while in flight: time-out.
  Instant duplicate_due;
};

// The request for the next document.
struct DocumentRequest {
  enum class Stage : uint8_t { kNone, kWaiting, kInFlight, kDone };
  Stage stage = Stage::kNone;
  FixedText<kUrlBytesMax> url;  // As given, with fragment.
  bool get = false;
  bool fallback_used = false;
  int attempt = 0;
  int http_redirects = 0;
  uint16_t number = 0;
  CallState state = CallState::kFree;  // CallStatus of the request.
  Instant began;
  Instant due;  // Retry, or time-out while in flight.
  Instant duplicate_due;
  FixedText<64> digits;  // Of a Gather.
  FixedText<64> words;
};

// The media stream of a call, if any.
struct Stream {
  enum class Stage : uint8_t { kNone, kConnecting, kOpen };
  Stage stage = Stage::kNone;
  bool bidirectional = true;
  uint16_t number = 0;
  FixedText<kSidBytes> sid;
  uint32_t sequence = 0;
  uint32_t chunk = 0;
  Instant opened;
  Instant next_frame;  // While open; while connecting: time-out.
  Instant last_arrival;
  Duration last_length;
  FixedVector<Field, 32> parameters;  // Views into the text below.
  FixedText<4096> parameter_text;
};

// The part of a call that is set back whole when its place is used again.
struct CallData {
  CallState state = CallState::kFree;
  CallDirection direction = CallDirection::kInbound;
  FixedText<kSidBytes> sid;
  FixedText<kNumberBytesMax> from;
  FixedText<kNumberBytesMax> to;
  Person person;

  Instant began;
  Instant answered;
  Instant ended;
  WallTime began_wall;
  WallTime answered_wall;
  WallTime ended_wall;
  Duration ring_limit;
  Duration time_limit;

  FixedText<kUrlBytesMax> url;  // Of the first document.
  FixedText<kUrlBytesMax> fallback_url;
  FixedText<kUrlBytesMax> status_callback;
  FixedText<kUrlBytesMax> document_url;  // What relative URLs resolve against.
  FixedText<4000> inline_twiml;
  FixedText<64> send_digits;
  bool get = false;
  bool fallback_get = false;
  bool status_get = false;
  uint8_t status_events = 0;
  uint32_t status_sequence = 0;
  uint16_t last_number = 0;  // Of requests and streams.
  uint16_t documents = 0;    // Taken in a row without a verb that takes time.
  uint32_t documents_total = 0;

  DocumentRequest request;
  uint16_t document_duplicate = 0;  // Number of the twin in flight.
  FixedVector<Report, 8> reports;
  enum class Doing : uint8_t { kNothing, kFetching, kWaiting, kGathering, kStreaming };
  Doing doing = Doing::kNothing;
  Instant doing_until;
  FixedText<64> gathered;
  uint8_t initiated = 0;  // Progress of an outbound call.
  Instant progress_at;
  size_t acts_done = 0;

  Stream stream;
  size_t speech_at = 0;
  Measures measures;
  uint32_t streams = 0;        // Opened in all.
  uint32_t error = 0;          // The last error of Twilio's dictionary; 0 when none.
  FixedText<64> digits_heard;  // Played to the far end.
  uint32_t says = 0;
};

// One simulated call. Everything is readable; only the Carrier writes.
struct Call : CallData {
  CallRef ref;
  TwimlDocument document;
  Playout playout;
  EchoTrace echo;
  Deadline deadline;
};

}  // namespace hookflash::twilio::carrier
