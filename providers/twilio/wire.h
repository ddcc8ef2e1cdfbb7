#pragma once

#include "providers/media_dialect.h"
#include "providers/twilio/signature.h"

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
static_assert(kStreamFields.text_bytes() <= kMediaFieldTextMax);

void read_media_message(const json::FoundFields& fields, MediaMessage& message);

void write_media(std::string_view stream_sid, Bytes mulaw, TextWriter& out);
void write_mark(std::string_view stream_sid, std::string_view name, TextWriter& out);
void write_clear(std::string_view stream_sid, TextWriter& out);

inline constexpr MediaDialect kMediaDialect = {
    .name = "twilio",
    .handshake_header = kSignatureHeader,
    .fields = kStreamFields.view(),
    .read = read_media_message,
    .write_audio = write_media,
    .write_mark = write_mark,
    .write_clear = write_clear,
};

}  // namespace hookflash::twilio
