#include "providers/twilio/wire.h"

#include "base/base64.h"
#include "base/check.h"

namespace hookflash::twilio {

namespace {

using Kind = MediaMessage::Kind;

Kind kind_of(std::string_view event) {
  if (event == "media") return Kind::kAudio;
  if (event == "mark") return Kind::kMark;
  if (event == "dtmf") return Kind::kDigit;
  if (event == "start") return Kind::kStart;
  if (event == "stop") return Kind::kStop;
  if (event == "connected") return Kind::kNotice;
  return Kind::kUnknown;
}

void read_start(const json::FoundFields& fields, MediaMessage& message) {
  message.provider_call_id = fields.text(kStartCallSid);
  message.stream_id = fields.text(fields.has(kStartStreamSid) ? kStartStreamSid : kStreamSid);
  message.token = fields.text(kStartToken);
  message.token_overlong = fields.overlong(kStartToken);
  message.ids_overlong = fields.overlong(kStartCallSid) || fields.overlong(kStartStreamSid) ||
                         fields.overlong(kStreamSid);
  message.format_ok = fields.text(kStartEncoding) == "audio/x-mulaw" &&
                      fields.text(kStartSampleRate) == "8000" && fields.text(kStartChannels) == "1";
}

}  // namespace

void read_media_message(const json::FoundFields& fields, MediaMessage& message) {
  message.kind = kind_of(fields.text(kEvent));
  message.sequence = fields.digits(kSequenceNumber);
  switch (message.kind) {
    case Kind::kStart: read_start(fields, message); return;
    case Kind::kAudio:
      message.from_caller = !fields.has(kMediaTrack) || fields.text(kMediaTrack) == "inbound";
      return;
    case Kind::kDigit: {
      const std::string_view digit = fields.text(kDtmfDigit);
      message.digit = digit.size() == 1 ? digit.front() : '\0';
      return;
    }
    case Kind::kMark:
      message.mark = fields.overlong(kMarkName) ? std::string_view() : fields.text(kMarkName);
      return;
    case Kind::kStop:
    case Kind::kNotice:
    case Kind::kUnknown: return;
  }
}

void write_media(std::string_view stream_sid, Bytes mulaw, TextWriter& out) {
  out.put(R"({"event":"media","streamSid":")").put(stream_sid).put(R"(","media":{"payload":")");
  CHECK(base64_encoded_size(mulaw.size()) + 3 <= out.room());
  out.advance(base64_encode(mulaw, out.cursor()));
  out.put("\"}}");
}

void write_mark(std::string_view stream_sid, std::string_view name, TextWriter& out) {
  out.put(R"({"event":"mark","streamSid":")").put(stream_sid).put(R"(","mark":{"name":")");
  out.put(name).put("\"}}");
}

void write_clear(std::string_view stream_sid, TextWriter& out) {
  out.put(R"({"event":"clear","streamSid":")").put(stream_sid).put("\"}");
}

}  // namespace hookflash::twilio
