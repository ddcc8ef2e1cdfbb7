#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/text_writer.h"
#include "json/field_scanner.h"

// Twilio Media Streams as the server of the stream speaks it (twilio.md section 5; Twilio's
// document "Media Streams - WebSocket messages").
namespace hookflash::twilio {

enum StreamField : size_t {
  kEvent,
  kStreamSid,
  kSequenceNumber,
  kStartCallSid,
  kStartStreamSid,
  kStartEncoding,
  kStartSampleRate,
  kStartChannels,
  kStartToken,
  kMediaTrack,
  kMediaPayload,
  kDtmfDigit,
  kMarkName,
};
inline constexpr json::FieldTable kStreamFields({
    {.path = "event", .capacity = 16},
    {.path = "streamSid", .capacity = 64},
    {.path = "sequenceNumber", .capacity = 20},
    {.path = "start.callSid", .capacity = 128},
    {.path = "start.streamSid", .capacity = 64},
    {.path = "start.mediaFormat.encoding", .capacity = 32},
    {.path = "start.mediaFormat.sampleRate", .capacity = 8},
    {.path = "start.mediaFormat.channels", .capacity = 4},
    {.path = "start.customParameters.token", .capacity = 104},
    {.path = "media.track", .capacity = 16},
    {.path = "media.payload", .payload = true},
    {.path = "dtmf.digit", .capacity = 4},
    {.path = "mark.name", .capacity = 64},
});
using StreamScanner = json::FieldScanner<kStreamFields>;

enum class StreamEvent : uint8_t { kUnknown, kConnected, kStart, kMedia, kDtmf, kMark, kStop };
StreamEvent read_stream_event(std::string_view word);

// Messages to Twilio. Sizes: a frame of n bytes needs write_media_size_max(n) characters.
constexpr size_t media_message_size_max(size_t stream_sid, size_t payload) {
  return 64 + stream_sid + (payload + 2) / 3 * 4;
}
void write_media(std::string_view stream_sid, Bytes mulaw, TextWriter& out);
void write_mark(std::string_view stream_sid, uint64_t name, TextWriter& out);
void write_clear(std::string_view stream_sid, TextWriter& out);

}  // namespace hookflash::twilio
