#include "platform/linux/dials.h"

#include "base/base64.h"
#include "base/text_writer.h"
#include "platform/linux/websocket_key.h"

namespace hookflash {

Dials::Dials(CorePort& core, Streams& streams, Resolver& resolver, Timers& timers,
             BlockPool& blocks, Entropy& entropy)
    : WebSocketEvents(core, streams),
      timers_(timers),
      blocks_(blocks),
      entropy_(entropy),
      approach_(*this, *this, streams, resolver, timers, TimerKind::kDialAttempt) {
  for (size_t i = 0; i < places_.size(); ++i) places_[i].number = static_cast<uint16_t>(i);
}

Dials::Place* Dials::place_of(SocketId socket) {
  CHECK(socket.index >= limits::kAcceptedMax &&
        socket.index < limits::kAcceptedMax + places_.size());
  Place& place = places_[socket.index - limits::kAcceptedMax];
  return socket.is_set() && place.generation == socket.generation ? &place : nullptr;
}

Stream* Dials::find(SocketId socket) { return place_of(socket); }

SocketId Dials::id_of(const Stream& stream) const {
  const auto& place = static_cast<const Place&>(stream);
  return {static_cast<uint16_t>(limits::kAcceptedMax + place.number), place.generation};
}

bool Dials::allows(const Outgoing& /*outgoing*/, const IpAddress& /*address*/) const {
  return true;  // An application may live anywhere, also next door.
}

void Dials::perform(const out::WsDial& dial, Now now) {
  CHECK(dial.socket.index >= limits::kAcceptedMax &&
        dial.socket.index < limits::kAcceptedMax + places_.size());
  Place& place = places_[dial.socket.index - limits::kAcceptedMax];
  CHECK(place.generation == 0);  // The core frees a place only with WsClosed.
  place.generation = dial.socket.generation;
  place.websocket = place.fault_wanted = false;
  place.tls = dial.tls;
  place.port = dial.port;
  place.answer.begin();
  place.request.clear(blocks_);
  place.deadline.kind = static_cast<uint16_t>(TimerKind::kDial);
  place.deadline.owner = place.number;
  timers_.arm(place.deadline, now.mono + dial.timeout);
  if (!ok(place.set_host(dial.host)) || !ok(build_request(place, dial))) {
    return fail(place, in::WsEnd::kUnreachable);
  }
  place.begin_wanted = true;
  work_ = true;
}

Status Dials::build_request(Place& place, const out::WsDial& dial) {
  std::array<uint8_t, 16> nonce{};
  entropy_.fill(nonce);
  char key[base64_encoded_size(nonce.size())];
  const std::string_view key_view(key, base64_encode(nonce, key));
  place.accept = websocket_accept(key_view);
  char text[256 + limits::kHostBytesMax + linux_limits::kDialTargetBytesMax +
            linux_limits::kDialHeadersBytesMax];
  TextWriter out(text, sizeof text);
  out.put("GET ").put(dial.target).put(" HTTP/1.1\r\nHost: ").put(dial.host);
  if (dial.port != (dial.tls ? 443 : 80)) out.put(':').number(dial.port);
  out.put("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
      .put("Sec-WebSocket-Key: ")
      .put(key_view)
      .put("\r\n")
      .put(dial.headers)
      .put("\r\n");
  if (out.overflowed()) return Status::kTooLarge;
  return place.request.append(blocks_, bytes_of(out.view()));
}

void Dials::perform(const out::WsClose& close, Now now) {
  Place* const place = place_of(close.socket);
  if (place == nullptr || place->fault_wanted) return;
  if (!place->websocket || close.cut) return fail(*place, in::WsEnd::kWeClosed, close.code);
  if (!place->deadline.armed()) {
    timers_.arm(place->deadline, now.mono + linux_limits::kCloseFlushTimeout);
  }
  streams_.close_websocket(*place, close.code, close.reason);
}

void Dials::fail(Place& place, in::WsEnd end, uint16_t code) {
  approach_.abandon(place);
  timers_.disarm(place.deadline);
  place.request.clear(blocks_);
  place.begin_wanted = false;
  place.fault_wanted = true;
  place.fault = end;
  place.fault_code = code;
  work_ = true;
  if (!place.closed()) streams_.kill(place);
}

void Dials::settle() {
  approach_.settle();
  while (work_) {
    work_ = false;
    for (Place& place : places_) {
      if (place.begin_wanted && place.closed()) {
        place.begin_wanted = false;
        if (!ok(approach_.begin(place))) fail(place, in::WsEnd::kUnreachable);
      }
      // Only when the stream is gone too: the core may dial from this place again at once.
      if (place.fault_wanted && place.closed()) {
        place.fault_wanted = false;
        const in::WsClosed closed{id_of(place), place.fault, place.fault_code, {}};
        place.generation = 0;
        core_.deliver(closed);
      }
    }
    approach_.settle();
  }
}

void Dials::reset() {
  for (Place& place : places_) {
    approach_.abandon(place);
    timers_.disarm(place.deadline);
    place.request.clear(blocks_);
    place.generation = 0;
    place.begin_wanted = place.fault_wanted = place.websocket = false;
  }
}

void Dials::timed_out(uint16_t number) {
  Place& place = places_[number];
  if (place.websocket) return streams_.kill(place);  // Its close did not come to an end.
  fail(place, in::WsEnd::kTimeout);
}

void Dials::on_unreachable(Outgoing& outgoing, ApproachFault /*fault*/) {
  fail(static_cast<Place&>(outgoing), in::WsEnd::kUnreachable);
}

void Dials::on_connected(Stream& stream) {
  auto& place = static_cast<Place&>(stream);
  approach_.connected(place);
  while (!place.request.empty()) {
    const Bytes bytes = place.request.front(blocks_);
    streams_.write(place, bytes);
    place.request.pop(blocks_, bytes.size());
  }
}

void Dials::on_bytes(Stream& stream, Bytes bytes) {
  auto& place = static_cast<Place&>(stream);
  if (place.fault_wanted || place.answer.head_complete()) return;
  size_t taken = 0;
  const HttpAnswer::Result result = place.answer.take(bytes, {}, taken);
  if (!place.answer.head_complete()) {
    if (result != HttpAnswer::Result::kMore) fail(place, in::WsEnd::kBroken, 1002);
    return;
  }
  // RFC 6455 section 4.1: anything but exactly this answer fails the connection.
  const HttpAnswer::Head& head = place.answer.head();
  if (head.status != 101) return fail(place, in::WsEnd::kRefused, head.status);
  if (!head.upgrade_websocket || head.extensions || !(head.accept == place.accept) ||
      !ok(streams_.become_websocket(place, bytes.subspan(taken)))) {
    fail(place, in::WsEnd::kBroken, 1002);
  }
}

void Dials::on_sent(Stream& /*stream*/) {}

void Dials::on_websocket(Stream& stream) {
  auto& place = static_cast<Place&>(stream);
  if (place.fault_wanted) return;
  timers_.disarm(place.deadline);
  place.websocket = true;
  core_.deliver(in::WsOpened{id_of(place)});
}

void Dials::on_closed(Stream& stream, StreamEnd end) {
  auto& place = static_cast<Place&>(stream);
  if (approach_.closed(place, end)) return;
  timers_.disarm(place.deadline);
  if (place.fault_wanted) {
    work_ = true;  // Told from settle(), now that the stream is gone.
  } else if (place.websocket) {
    const SocketId socket = id_of(place);
    place.generation = 0;
    place.websocket = false;
    deliver_closed(socket, place, end);
  } else {
    fail(place,
         end == StreamEnd::kTls       ? in::WsEnd::kTls
         : end == StreamEnd::kTlsTime ? in::WsEnd::kTlsTime
                                      : in::WsEnd::kBroken,
         1006);
  }
}

}  // namespace hookflash
