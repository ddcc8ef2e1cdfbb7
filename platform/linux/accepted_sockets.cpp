#include "platform/linux/accepted_sockets.h"

#include <unistd.h>

#include "base/text_writer.h"
#include "platform/linux/websocket_key.h"

namespace hookflash {

void AcceptedSockets::accept(int descriptor, in::Listener listener, Streams::Host host,
                             const IpAddress& peer) {
  const Handle<Place> handle = places_.acquire();
  Place* const place = places_.get(handle);
  if (place == nullptr) {
    close(descriptor);
    return;
  }
  place->index = handle.index;
  place->websocket = place->close_wanted = false;
  if (!ok(streams_.adopt(*place, *this, descriptor, host))) {
    places_.release(handle);
    return;
  }
  core_.deliver(in::Accepted{{handle.index, handle.generation}, listener, host != 0, peer});
}

void AcceptedSockets::reset() {
  for (size_t i = 0; i < places_.capacity(); ++i) {
    const Handle<Place> handle = places_.at(i);
    Place* const place = places_.get(handle);
    if (place == nullptr) continue;
    timers_.disarm(place->deadline);
    places_.release(handle);
  }
}

AcceptedSockets::Place* AcceptedSockets::place_of(SocketId socket) {
  return places_.get({socket.index, socket.generation});
}

Stream* AcceptedSockets::find(SocketId socket) { return place_of(socket); }

SocketId AcceptedSockets::id_of(const Stream& stream) const {
  const Handle<Place> handle = places_.at(static_cast<const Place&>(stream).index);
  return {handle.index, handle.generation};
}

void AcceptedSockets::perform(const out::Write& write) {
  if (Place* const place = place_of(write.socket)) streams_.write(*place, write.bytes);
}

void AcceptedSockets::perform(const out::Close& close) {
  Place* const place = place_of(close.socket);
  if (place == nullptr || place->websocket) return;
  place->close_wanted = true;
  if (close.now || !place->blocked()) streams_.kill(*place);
}

void AcceptedSockets::perform(const out::WsAccept& accept) {
  Place* const place = place_of(accept.socket);
  if (place == nullptr || place->state() != Stream::State::kBytes) return;
  char text[160];
  TextWriter answer(text, sizeof text);
  answer.put("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
      .put("Sec-WebSocket-Accept: ")
      .put(websocket_accept(accept.key).view())
      .put("\r\n\r\n");
  CHECK(!answer.overflowed());
  streams_.write(*place, bytes_of(answer.view()));
  if (!ok(streams_.become_websocket(*place, accept.early))) streams_.kill(*place);
}

void AcceptedSockets::perform(const out::WsClose& close, Now now) {
  Place* const place = place_of(close.socket);
  if (place == nullptr || !place->websocket) return;
  if (!place->deadline.armed()) {
    place->deadline.kind = static_cast<uint16_t>(TimerKind::kAcceptedClose);
    place->deadline.owner = close.socket.index;
    timers_.arm(place->deadline, now.mono + linux_limits::kCloseFlushTimeout);
  }
  streams_.close_websocket(*place, close.code, close.reason);
}

void AcceptedSockets::close_timed_out(uint16_t index) {
  if (Place* const place = places_.get(places_.at(index))) streams_.kill(*place);
}

void AcceptedSockets::on_connected(Stream& /*stream*/) {}  // Only for those that we dial.

void AcceptedSockets::on_bytes(Stream& stream, Bytes bytes) {
  core_.deliver(in::Received{id_of(stream), bytes});
}

void AcceptedSockets::on_sent(Stream& stream) {
  auto& place = static_cast<Place&>(stream);
  if (place.close_wanted) return streams_.kill(place);
  core_.deliver(in::Sent{id_of(place)});
}

void AcceptedSockets::on_websocket(Stream& stream) {
  auto& place = static_cast<Place&>(stream);
  place.websocket = true;
  core_.deliver(in::WsOpened{id_of(place)});
}

void AcceptedSockets::on_closed(Stream& stream, StreamEnd end) {
  auto& place = static_cast<Place&>(stream);
  const SocketId socket = id_of(place);
  const bool websocket = place.websocket;
  const bool flushed = !place.blocked();
  timers_.disarm(place.deadline);
  // From here on a late value of the core that names it finds nothing.
  places_.release({socket.index, socket.generation});
  if (websocket) {
    deliver_closed(socket, place, end);
  } else {
    core_.deliver(in::Closed{socket, flushed});
  }
}

}  // namespace hookflash
