#include "providers/twilio/wire.h"

#include "base/base64.h"
#include "base/check.h"

namespace hookflash::twilio {

StreamEvent read_stream_event(std::string_view word) {
  if (word == "media") return StreamEvent::kMedia;
  if (word == "mark") return StreamEvent::kMark;
  if (word == "dtmf") return StreamEvent::kDtmf;
  if (word == "start") return StreamEvent::kStart;
  if (word == "stop") return StreamEvent::kStop;
  if (word == "connected") return StreamEvent::kConnected;
  return StreamEvent::kUnknown;
}

void write_media(std::string_view stream_sid, Bytes mulaw, TextWriter& out) {
  out.put(R"({"event":"media","streamSid":")").put(stream_sid).put(R"(","media":{"payload":")");
  CHECK(base64_encoded_size(mulaw.size()) + 3 <= out.room());
  out.advance(base64_encode(mulaw, out.cursor()));
  out.put("\"}}");
}

void write_mark(std::string_view stream_sid, uint64_t name, TextWriter& out) {
  out.put(R"({"event":"mark","streamSid":")").put(stream_sid).put(R"(","mark":{"name":"hf-)");
  out.number(name).put("\"}}");
}

void write_clear(std::string_view stream_sid, TextWriter& out) {
  out.put(R"({"event":"clear","streamSid":")").put(stream_sid).put("\"}");
}

}  // namespace hookflash::twilio
