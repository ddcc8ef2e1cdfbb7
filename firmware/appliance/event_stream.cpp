#include "appliance/event_stream.h"

#include "appliance/api.h"
#include "json/writer.h"

namespace hookflash {

bool EventStream::accept(SocketId socket) {
  for (Subscriber& subscriber : memory_.subscribers) {
    if (subscriber.socket.is_set()) continue;
    subscriber = {.socket = socket};
    return true;
  }
  return false;
}

EventStream::Subscriber* EventStream::find(SocketId socket) {
  for (Subscriber& subscriber : memory_.subscribers) {
    if (subscriber.socket.is_set() && subscriber.socket == socket) return &subscriber;
  }
  return nullptr;
}

bool EventStream::owns(SocketId socket) const {
  for (const Subscriber& subscriber : memory_.subscribers) {
    if (subscriber.socket.is_set() && subscriber.socket == socket) return true;
  }
  return false;
}

bool EventStream::anybody() const {
  for (const Subscriber& subscriber : memory_.subscribers) {
    if (subscriber.open) return true;
  }
  return false;
}

void EventStream::handle(const In& in) {
  if (const auto* opened = std::get_if<in::WsOpened>(&in)) {
    if (Subscriber* subscriber = find(opened->socket)) subscriber->open = true;
  } else if (const auto* blocked = std::get_if<in::WsBlocked>(&in)) {
    if (Subscriber* subscriber = find(blocked->socket)) subscriber->blocked = true;
  } else if (const auto* writable = std::get_if<in::WsWritable>(&in)) {
    Subscriber* subscriber = find(writable->socket);
    if (subscriber == nullptr) return;
    subscriber->blocked = false;
    if (subscriber->lost == 0) return;
    const std::span<char> memory = outbox_.reserve(96);
    TextWriter text(memory);
    json::Writer json(text);
    json.begin_object().text("type", "lost").number("messages", subscriber->lost).end_object();
    outbox_.shrink(memory, text.size());
    subscriber->lost = 0;
    outbox_.push(out::WsSend{.socket = subscriber->socket,
                             .text = {reinterpret_cast<uint8_t*>(memory.data()), text.size()}});
  } else if (const auto* closed = std::get_if<in::WsClosed>(&in)) {
    if (Subscriber* subscriber = find(closed->socket)) *subscriber = {};
  }
}

void EventStream::send(std::string_view message) {
  for (Subscriber& subscriber : memory_.subscribers) {
    if (!subscriber.open) continue;
    if (subscriber.blocked) {
      ++subscriber.lost;
      ++memory_.lost;
      continue;
    }
    // A copy each: the platform may overwrite what it sends.
    const std::span<char> copy = outbox_.reserve(message.size());
    TextWriter(copy).put(message);
    outbox_.push(out::WsSend{.socket = subscriber.socket,
                             .text = {reinterpret_cast<uint8_t*>(copy.data()), copy.size()}});
  }
}

void EventStream::call(std::string_view type, const CallCore& core, std::string_view by, Now now) {
  if (!anybody()) return;
  char memory[512];
  TextWriter text(memory, sizeof memory);
  char time_memory[32];
  TextWriter time(time_memory, sizeof time_memory);
  write_time(time, now.wall);
  json::Writer json(text);
  json.begin_object().text("type", type).text("at", time.view());
  json.text("callId", core.call_id.text()).text("line", core.line_id);
  json.text("direction", name_of(core.direction));
  json.text("state", name_of(core.state, core.end_reason));
  if (!by.empty()) json.text("by", by);
  json.end_object();
  send(text.view());
}

void EventStream::transcript(const CallCore& core, const TranscriptLine& line, Now now) {
  if (!anybody()) return;
  char memory[8 * limits::kTranscriptLineBytesMax];
  TextWriter text(memory, sizeof memory);
  char time_memory[32];
  TextWriter time(time_memory, sizeof time_memory);
  write_time(time, now.wall);
  json::Writer json(text);
  json.begin_object().text("type", "call.transcript").text("at", time.view());
  json.text("callId", core.call_id.text()).text("speaker", name_of(line.speaker));
  json.text("text", line.text).end_object();
  send(text.view());
}

void EventStream::close_all() {
  for (Subscriber& subscriber : memory_.subscribers) {
    if (subscriber.open) outbox_.push(out::WsClose{.socket = subscriber.socket, .code = 1001});
  }
}

}  // namespace hookflash
