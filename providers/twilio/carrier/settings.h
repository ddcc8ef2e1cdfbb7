#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/time.h"

namespace hookflash::twilio::carrier {

inline constexpr size_t kSidBytes = 34;  // Two letters and 32 hex digits.
inline constexpr size_t kUrlBytesMax = 1024;
inline constexpr size_t kNumberBytesMax = 64;

// A phone number of the account, as the console shows it.
struct Number {
  FixedText<kNumberBytesMax> phone;
  FixedText<kUrlBytesMax> voice_url;
  FixedText<8> voice_method;  // Empty: POST.
  FixedText<kUrlBytesMax> fallback_url;
  FixedText<kUrlBytesMax>
      status_callback;  // Empty: the end of an inbound call is reported to nobody.
};

// What goes wrong with REST requests of one kind. `permille` of them are hit.
struct RestFault {
  enum class What : uint8_t {
    kNone,    // Only `delay`.
    kStatus,  // Answered with `status` and `code`.
    kLost,    // The connection breaks before the answer.
    kSilent,  // Never answered.
  };
  What what = What::kNone;
  uint16_t permille = 0;
  uint16_t status = 500;
  uint32_t code = 20500;
  bool executed = false;  // It is carried out all the same.
  Duration delay;         // Before the answer; what is executed is executed at once.
};

struct Settings {
  FixedText<kSidBytes> account_sid;
  FixedText<128> auth_token;         // Signs webhooks and signs in to REST.
  FixedText<kSidBytes> api_key_sid;  // Signs in to REST too, when set.
  FixedText<128> api_key_secret;
  FixedVector<Number, 64> numbers;

  // For a bench on one machine: streams may be ws:// and carry a port. Twilio refuses both.
  bool plain_streams = false;
  Duration queue_time = Duration::ms(50);  // What a created call waits before it is initiated.
  // What a hang-up of a finished call is told: 404 with 20404, or 400 with 21220.
  bool ended_call_is_gone = true;

  RestFault create;
  RestFault read;
  RestFault update;
};

// Something the far end does by itself, counted from the moment the call is in progress.
struct Act {
  enum class What : uint8_t { kPresses, kSays, kHangsUp, kDropsStream };
  What what = What::kPresses;
  Duration after;
  FixedText<64> text;  // Digits, or the words a Gather hears.
};

// What the network does to one call.
struct CallFaults {
  bool duplicate_webhooks = false;  // Each signed request is made twice, byte for byte.
  Duration duplicate_after;         // How long after the first; zero: at the same time.
  uint16_t callbacks_lost_permille = 0;
  Duration callbacks_late_max;        // Each is delayed by up to this much, so the order changes.
  uint16_t frames_lost_permille = 0;  // Of the far end's audio; the numbers tell.
  uint8_t body_pieces = 1;            // A webhook's body is sent in this many pieces.
  bool rings_for_ever = false;        // The carrier does not keep to the dial's Timeout.
};

// The person (or machine) at the far end.
struct Person {
  enum class Answer : uint8_t { kAnswers, kBusy, kNever, kFails };
  Answer answer = Answer::kAnswers;              // Outbound only.
  Duration ring_after = Duration::ms(400);       // Outbound: from initiated to ringing.
  Duration answer_after = Duration::seconds(2);  // Outbound: from ringing to the outcome.
  Duration gives_up_after;                       // Hangs up so long after the call began, if not
                                                 // connected by then. Zero: never.
  FixedVector<Act, 8> acts;
  Bytes speech;  // Mu-law, repeated; empty: silence. Outlives the call.
  size_t speech_offset = 0;
  bool frames_stop_in_silence = false;  // The network suppresses silence.
  CallFaults faults;
};

}  // namespace hookflash::twilio::carrier
