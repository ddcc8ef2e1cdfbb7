#pragma once

#include "hal/socket_id.h"
#include "platform/linux/core_port.h"
#include "platform/linux/streams.h"

namespace hookflash {

// What both kinds of WebSockets, accepted and dialled, tell the core in the same way.
class WebSocketEvents : public StreamUser {
 public:
  void on_piece(Stream& stream, const StreamPiece& piece) override;
  void on_pong(Stream& stream) override;
  void on_blocked(Stream& stream) override;
  void on_writable(Stream& stream) override;

 protected:
  WebSocketEvents(CorePort& core, Streams& streams) : core_(core), streams_(streams) {}
  ~WebSocketEvents() = default;

  // The name that the core knows the stream by; not set when it knows none any more.
  [[nodiscard]] virtual SocketId id_of(const Stream& stream) const = 0;

  // Tells the core how a WebSocket that was open has ended.
  void deliver_closed(SocketId socket, const Stream& stream, StreamEnd end);

  CorePort& core_;
  Streams& streams_;
};

}  // namespace hookflash
