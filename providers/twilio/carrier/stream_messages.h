#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/text_writer.h"
#include "providers/twilio/carrier/form.h"

namespace hookflash::twilio::carrier {

// --- What Twilio sends on a media stream (twilio.md 5.3)
// -------------------------------------------

struct StreamStart {
  std::string_view account_sid;
  std::string_view stream_sid;
  std::string_view call_sid;
  std::span<const Field> parameters;  // Sent as customParameters.
};
void write_connected(TextWriter& out);
void write_start(const StreamStart& start, uint32_t sequence_number, TextWriter& out);
void write_media(std::string_view stream_sid, uint32_t sequence_number, uint32_t chunk,
                 int64_t timestamp_ms, Bytes mulaw, TextWriter& out);
void write_dtmf(std::string_view stream_sid, uint32_t sequence_number, char digit, TextWriter& out);
void write_mark(std::string_view stream_sid, uint32_t sequence_number, std::string_view name,
                TextWriter& out);
void write_stop(std::string_view account_sid, std::string_view call_sid,
                std::string_view stream_sid, uint32_t sequence_number, TextWriter& out);

// A JSON string with its quotes.
void write_json_text(std::string_view text, TextWriter& out);

// --- What it takes (twilio.md 5.4)
// -----------------------------------------------------------------

struct StreamMessage {
  enum class Kind : uint8_t { kInvalid, kMedia, kMark, kClear };
  Kind kind = Kind::kInvalid;
  Bytes audio;            // kMedia: decoded, in the memory given.
  std::string_view name;  // kMark.
};

// Strict as Twilio's warning 31951: not JSON, an unknown event, a missing or extra field, invalid
// base64 or another stream's sid give kInvalid. `memory` holds decoded audio and names.
StreamMessage read_stream_message(std::string_view text, std::string_view stream_sid,
                                  MutableBytes memory);

}  // namespace hookflash::twilio::carrier
