#pragma once

#include <array>

#include "base/pool.h"
#include "hal/out.h"
#include "platform/linux/websocket_events.h"

namespace hookflash {

// Connections that others opened: bytes of HTTP first, WebSockets when the core says so.
class AcceptedSockets final : public WebSocketEvents {
 public:
  AcceptedSockets(CorePort& core, Streams& streams, Timers& timers)
      : WebSocketEvents(core, streams), timers_(timers) {}

  // A place is free for one more connection.
  [[nodiscard]] bool has_room() const { return places_.available() != 0; }
  // Takes the descriptor over, also when it fails.
  void accept(int descriptor, in::Listener listener, Streams::Host host, const IpAddress& peer);
  // All places are as new. The streams are closed already.
  void reset();

  void perform(const out::Write& write);
  void perform(const out::Close& close);
  void perform(const out::WsAccept& accept);
  // The WebSocket's close did not finish in time.
  void close_timed_out(uint16_t place);

  // A peer that does not read what stands before the close gets only so long.
  void perform(const out::WsClose& close, Now now);
  // nullptr when the socket is gone.
  Stream* find(SocketId socket);

  void on_connected(Stream& stream) override;
  void on_bytes(Stream& stream, Bytes bytes) override;
  void on_sent(Stream& stream) override;
  void on_websocket(Stream& stream) override;
  void on_closed(Stream& stream, StreamEnd end) override;

 private:
  struct Place : Stream {
    Deadline deadline;
    uint16_t index = 0;
    bool websocket = false;     // Opened: WsOpened was told.
    bool close_wanted = false;  // Close when all is flushed.
  };

  [[nodiscard]] SocketId id_of(const Stream& stream) const override;
  Place* place_of(SocketId socket);

  Timers& timers_;
  Pool<Place, limits::kAcceptedMax> places_;
};

}  // namespace hookflash
