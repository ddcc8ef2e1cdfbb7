#include "providers/twilio/carrier/stream_messages.h"

#include "base/base64.h"
#include "providers/twilio/carrier/json_reader.h"

namespace hookflash::twilio::carrier {
namespace {

// Numbers in stream messages are JSON strings.
template <typename Int>
void write_quoted(Int value, TextWriter& out) {
  out.put('"').number(value).put('"');
}

void write_head(std::string_view event, uint32_t sequence_number, TextWriter& out) {
  out.put(R"({"event":")").put(event).put(R"(","sequenceNumber":)");
  write_quoted(sequence_number, out);
}

void write_tail(std::string_view stream_sid, TextWriter& out) {
  out.put(R"(,"streamSid":")").put(stream_sid).put(R"("})");
}

}  // namespace

void write_json_text(std::string_view text, TextWriter& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.put('"');
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out.put('\\').put(c);
    } else if (byte < 0x20) {
      out.put("\\u00").put(kHex[byte >> 4]).put(kHex[byte & 15]);
    } else {
      out.put(c);
    }
  }
  out.put('"');
}

void write_connected(TextWriter& out) {
  out.put(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
}

void write_start(const StreamStart& start, uint32_t sequence_number, TextWriter& out) {
  write_head("start", sequence_number, out);
  out.put(R"(,"start":{"accountSid":")").put(start.account_sid);
  out.put(R"(","streamSid":")").put(start.stream_sid);
  out.put(R"(","callSid":")").put(start.call_sid);
  out.put(R"(","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)");
  out.put(R"("sampleRate":8000,"channels":1},"customParameters":{)");
  bool first = true;
  for (const Field& parameter : start.parameters) {
    if (!first) out.put(',');
    first = false;
    write_json_text(parameter.name, out);
    out.put(':');
    write_json_text(parameter.value, out);
  }
  out.put("}}");
  write_tail(start.stream_sid, out);
}

void write_media(std::string_view stream_sid, uint32_t sequence_number, uint32_t chunk,
                 int64_t timestamp_ms, Bytes mulaw, TextWriter& out) {
  write_head("media", sequence_number, out);
  out.put(R"(,"media":{"track":"inbound","chunk":)");
  write_quoted(chunk, out);
  out.put(R"(,"timestamp":)");
  write_quoted(timestamp_ms, out);
  out.put(R"(,"payload":")");
  if (out.room() >= base64_encoded_size(mulaw.size())) {
    out.advance(base64_encode(mulaw, out.cursor()));
  }
  out.put(R"("})");
  write_tail(stream_sid, out);
}

void write_dtmf(std::string_view stream_sid, uint32_t sequence_number, char digit,
                TextWriter& out) {
  out.put(R"({"event":"dtmf","streamSid":")").put(stream_sid).put(R"(","sequenceNumber":)");
  write_quoted(sequence_number, out);
  out.put(R"(,"dtmf":{"track":"inbound_track","digit":")").put(digit).put(R"("}})");
}

void write_mark(std::string_view stream_sid, uint32_t sequence_number, std::string_view name,
                TextWriter& out) {
  write_head("mark", sequence_number, out);
  out.put(R"(,"streamSid":")").put(stream_sid).put(R"(","mark":{"name":)");
  write_json_text(name, out);
  out.put("}}");
}

void write_stop(std::string_view account_sid, std::string_view call_sid,
                std::string_view stream_sid, uint32_t sequence_number, TextWriter& out) {
  write_head("stop", sequence_number, out);
  out.put(R"(,"stop":{"accountSid":")").put(account_sid);
  out.put(R"(","callSid":")").put(call_sid).put(R"("})");
  write_tail(stream_sid, out);
}

StreamMessage read_stream_message(std::string_view text, std::string_view stream_sid,
                                  MutableBytes memory) {
  using Kind = StreamMessage::Kind;
  const std::span<char> scratch(reinterpret_cast<char*>(memory.data()), memory.size() / 2);
  JsonReader in(text);
  StreamMessage message;
  char key_memory[32];
  char event_memory[32];
  char sid_memory[64];
  char inner_key_memory[32];
  std::string_view key;
  std::string_view event;
  std::string_view sid;
  std::string_view body;   // "media" or "mark", whichever object came.
  std::string_view value;  // Its payload or name.
  bool value_seen = false;
  in.enter_object();
  while (in.next_member(key, key_memory)) {
    if (key == "event" && event.empty()) {
      in.read_text(event, event_memory);
    } else if (key == "streamSid" && sid.empty()) {
      in.read_text(sid, sid_memory);
    } else if ((key == "media" || key == "mark") && body.empty()) {
      body = key == "media" ? std::string_view("media") : std::string_view("mark");
      std::string_view inner;
      in.enter_object();
      while (in.next_member(inner, inner_key_memory)) {
        if (value_seen || inner != (body == "media" ? "payload" : "name")) return {};
        value_seen = in.read_text(value, scratch);
      }
    } else {
      return {};
    }
  }
  if (!in.finished() || sid != stream_sid) return {};
  if (event == "clear" && body.empty()) message.kind = Kind::kClear;
  if (event == "mark" && body == "mark" && value_seen) {
    message.kind = Kind::kMark;
    message.name = value;
  }
  if (event == "media" && body == "media" && value_seen) {
    const auto size = base64_decode(value, memory.subspan(scratch.size()));
    if (!size.ok()) return {};
    message.kind = Kind::kMedia;
    message.audio = memory.subspan(scratch.size(), *size);
  }
  return message;
}

}  // namespace hookflash::twilio::carrier
