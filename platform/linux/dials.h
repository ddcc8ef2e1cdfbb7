#pragma once

#include <array>

#include "hal/entropy.h"
#include "hal/out.h"
#include "platform/linux/approach.h"
#include "platform/linux/http_answer.h"
#include "platform/linux/websocket_events.h"

namespace hookflash {

// WebSockets that the core dials: name, TCP, TLS and the opening handshake under one deadline.
class Dials final : public WebSocketEvents, private ApproachUser {
 public:
  Dials(CorePort& core, Streams& streams, Resolver& resolver, Timers& timers, BlockPool& blocks,
        Entropy& entropy);

  void perform(const out::WsDial& dial, Now now);
  // While a dial is under way this gives it up; WsClosed follows from settle().
  void perform(const out::WsClose& close, Now now);
  // nullptr when the socket is gone.
  Stream* find(SocketId socket);

  void timed_out(uint16_t place);
  void attempt_timed_out(uint16_t place) { approach_.attempt_timed_out(places_[place]); }
  void settle();
  void reset();

  void on_connected(Stream& stream) override;
  void on_bytes(Stream& stream, Bytes bytes) override;
  void on_sent(Stream& stream) override;
  void on_websocket(Stream& stream) override;
  void on_closed(Stream& stream, StreamEnd end) override;

 private:
  struct Place : Outgoing {
    uint16_t generation = 0;  // The core's; 0 when it knows of no socket here.
    bool websocket = false;   // WsOpened was told.
    bool begin_wanted = false;
    bool fault_wanted = false;  // WsClosed is to be told from settle().
    in::WsEnd fault = in::WsEnd::kBroken;
    uint16_t fault_code = 0;
    ByteQueue request;
    HttpAnswer answer;
    FixedText<28> accept;
    Deadline deadline;
  };

  Outgoing& outgoing_at(uint16_t number) override { return places_[number]; }
  [[nodiscard]] bool allows(const Outgoing& outgoing, const IpAddress& address) const override;
  void on_unreachable(Outgoing& outgoing, ApproachFault fault) override;
  [[nodiscard]] SocketId id_of(const Stream& stream) const override;

  Place* place_of(SocketId socket);
  [[nodiscard]] Status build_request(Place& place, const out::WsDial& dial);
  // The dial has failed: WsClosed follows, and whatever is open goes.
  void fail(Place& place, in::WsEnd end, uint16_t code = 0);

  Timers& timers_;
  BlockPool& blocks_;
  Entropy& entropy_;
  Approach approach_;
  bool work_ = false;  // Some place wants something from settle().
  std::array<Place, linux_limits::kDialledMax> places_{};
};

}  // namespace hookflash
