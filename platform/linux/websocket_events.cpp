#include "platform/linux/websocket_events.h"

namespace hookflash {

void WebSocketEvents::on_piece(Stream& stream, const StreamPiece& piece) {
  const SocketId socket = id_of(stream);
  if (!socket.is_set()) return;
  in::WsReceived received;
  received.socket = socket;
  received.piece = piece.bytes;
  received.binary = piece.binary;
  received.first = piece.first;
  received.last = piece.last;
  received.frame_left = piece.frame_left;
  core_.deliver(received);
}

void WebSocketEvents::on_pong(Stream& stream) {
  const SocketId socket = id_of(stream);
  if (socket.is_set()) core_.deliver(in::WsPong{socket});
}

void WebSocketEvents::on_blocked(Stream& stream) {
  const SocketId socket = id_of(stream);
  if (socket.is_set()) core_.deliver(in::WsBlocked{socket, streams_.unsent(stream)});
}

void WebSocketEvents::on_writable(Stream& stream) {
  const SocketId socket = id_of(stream);
  if (socket.is_set()) core_.deliver(in::WsWritable{socket});
}

void WebSocketEvents::deliver_closed(SocketId socket, const Stream& stream, StreamEnd end) {
  in::WsClosed closed;
  closed.socket = socket;
  switch (end) {
    case StreamEnd::kPeer:
      // The end of the bytes without a close frame is not a close (RFC 6455 section 7.1.5).
      if (stream.close_code() == 0) break;
      closed.end = in::WsEnd::kPeerClosed;
      closed.code = stream.close_code();
      closed.reason = stream.close_reason();
      break;
    case StreamEnd::kOurs:
      closed.end = in::WsEnd::kWeClosed;
      closed.code = stream.close_code() != 0 ? stream.close_code() : 1006;
      break;
    case StreamEnd::kBroken:
    case StreamEnd::kUnreachable:
    case StreamEnd::kTls:
    case StreamEnd::kTlsTime: break;
  }
  core_.deliver(closed);
}

}  // namespace hookflash
