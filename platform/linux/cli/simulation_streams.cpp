#include <cstring>

#include "platform/linux/cli/simulation.h"
#include "providers/twilio/carrier/url.h"

// The media streams of a Simulation: one dialled WebSocket each.
namespace hookflash::cli {

using twilio::carrier::StreamId;

Simulation::StreamPlace* Simulation::place_of(SocketId socket) {
  if (socket.index < limits::kAcceptedMax) return nullptr;
  StreamPlace& place = streams_[socket.index - limits::kAcceptedMax];
  return place.taken && place.socket == socket ? &place : nullptr;
}

Simulation::StreamPlace* Simulation::place_of(StreamId id) {
  for (StreamPlace& place : streams_) {
    if (place.taken && !place.gone && place.id == id) return &place;
  }
  return nullptr;
}

void Simulation::stream_connect(StreamId id, std::string_view url_text,
                                std::string_view signature) {
  const auto url = twilio::carrier::parse_url(url_text);
  size_t index = 0;
  while (index < streams_.size() && streams_[index].taken) ++index;
  if (!url.ok() || index == streams_.size()) {
    undialled_.push_back(id);
    return;
  }
  if (++generation_ > 0xFFFF) generation_ = 1;
  StreamPlace& place = streams_[index];
  place = {.id = id,
           .socket = {static_cast<uint16_t>(limits::kAcceptedMax + index),
                      static_cast<uint16_t>(generation_)},
           .taken = true};
  out::WsDial dial;
  dial.socket = place.socket;
  dial.tls = url->secure();
  dial.host = keep(url->host);
  dial.port = url->port != 0 ? url->port : url->secure() ? uint16_t{443} : uint16_t{80};
  dial.target = keep(url->target.empty() ? std::string_view("/") : url->target);
  dial.headers = keep("X-Twilio-Signature: " + std::string(signature) +
                      "\r\nUser-Agent: Twilio.TmeWs/1.0\r\n");
  dial.timeout = Duration::seconds(10);
  push(dial);
}

void Simulation::stream_send(StreamId id, std::span<char> text) {
  const StreamPlace* const place = place_of(id);
  if (place == nullptr || !place->open) return;
  std::string& copy = texts_.emplace_back(limits::kWsHeadroom + text.size(), '\0');
  memcpy(copy.data() + limits::kWsHeadroom, text.data(), text.size());
  push(out::WsSend{place->socket,
                   {reinterpret_cast<uint8_t*>(copy.data()) + limits::kWsHeadroom, text.size()}});
}

void Simulation::stream_close(StreamId id, uint16_t code) {
  const StreamPlace* const place = place_of(id);
  if (place != nullptr) push(out::WsClose{.socket = place->socket, .code = code});
}

// Lost on the way: neither `stop` nor a close frame comes.
void Simulation::stream_drop(StreamId id) {
  StreamPlace* const place = place_of(id);
  if (place == nullptr) return;
  place->gone = true;
  push(out::WsClose{.socket = place->socket, .code = 1006, .cut = true});
}

void Simulation::stream_value(const In& in, Now now) {
  if (const auto* const opened = std::get_if<in::WsOpened>(&in)) {
    StreamPlace* const place = place_of(opened->socket);
    if (place == nullptr) return;
    place->open = true;
    if (!place->gone) carrier_.stream_opened(place->id, now);
    return;
  }
  if (const auto* const received = std::get_if<in::WsReceived>(&in)) {
    StreamPlace* const place = place_of(received->socket);
    if (place == nullptr || place->gone) return;
    if (received->binary) {
      if (received->last) carrier_.stream_received_binary(place->id, now);
      return;
    }
    place->text.append(text_of(received->piece));
    if (!received->last) return;
    const std::string message = std::exchange(place->text, {});
    carrier_.stream_received(place->id, message, now);
    return;
  }
  const auto* const closed = std::get_if<in::WsClosed>(&in);
  if (closed == nullptr) return;
  StreamPlace* const place = place_of(closed->socket);
  if (place == nullptr) return;
  const StreamPlace was = std::exchange(*place, {});
  if (was.gone) return;
  if (was.open) {
    carrier_.stream_closed(was.id, closed->code, now);
  } else {
    const bool answered = closed->end == in::WsEnd::kRefused;
    carrier_.stream_refused(was.id, answered ? closed->code : 0, now);
  }
}

}  // namespace hookflash::cli
