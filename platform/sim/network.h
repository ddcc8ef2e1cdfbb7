#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/time.h"
#include "hal/in.h"
#include "hal/out.h"
#include "limits.h"
#include "platform/sim/pacing_check.h"
#include "platform/sim/timeline.h"

namespace hookflash::sim {

using LinkId = uint64_t;  // 0 is none; never used again.

// The way into the core. deliver() may only be called from a planned act, never from within
// perform().
class CoreGate {
 public:
  virtual void deliver(const In& in) = 0;
  // The core broke a rule of the border.
  virtual void violation(std::string_view what) = 0;

 protected:
  ~CoreGate() = default;
};

// The far end of one connection. Called in order; after closed() never again.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void bytes(std::string_view) {}    // Before a WebSocket handshake.
  virtual void opened() {}                   // The WebSocket handshake is complete.
  virtual void message(std::string_view) {}  // A whole text message.
  // 0: end of stream of plain HTTP; 1006: broken; else the code of the close frame.
  virtual void closed(uint16_t) {}
};

// What a dial of the core meets.
struct DialRequest {
  bool tls = false;
  std::string host;
  uint16_t port = 0;
  std::string target;
  std::string headers;
};
struct DialAnswer {
  std::shared_ptr<Peer> peer;  // Not set: it fails with `end` and `status`.
  in::WsEnd end = in::WsEnd::kUnreachable;
  uint16_t status = 0;
  Duration after;  // On top of the round trip; longer than the dial's deadline: time-out.
};
class Dialling {
 public:
  virtual DialAnswer answer(const DialRequest& request, LinkId link) = 0;

 protected:
  ~Dialling() = default;
};

struct NetworkTraits {
  Duration latency_min = Duration::ms(4);  // One way.
  Duration latency_max = Duration::ms(12);
  uint32_t split_permille = 200;  // Reads that come in several pieces.
};

// The network of the simulated world as the core's platform shows it: TCP connections to the core,
// and WebSockets in both directions. Byte streams arrive in order, late by a varying latency and
// split anywhere; a peer that does not read fills first its own window, then the kernel's send
// buffer.
class Network {
 public:
  Network(Timeline& timeline, CoreGate& gate, Dialling& dialling, const NetworkTraits& traits);

  NetworkTraits& traits() { return traits_; }

  // --- Peers
  // ----------------------------------------------------------------------------------------
  // Connects to a listener of the core. 0 when the platform has no place left (connection refused).
  LinkId connect(std::shared_ptr<Peer> peer, in::Listener listener, bool tls, IpAddress address);
  void send_bytes(LinkId link, std::string_view bytes);
  void send_text(LinkId link, std::string_view text, bool binary = false);
  void close(LinkId link,
             uint16_t code);        // In order behind what was sent; 0 ends a plain connection.
  void drop(LinkId link);           // Reset: what was under way is lost.
  void read(LinkId link, bool on);  // A peer that stops reading, or begins again.
  void freeze(LinkId link,
              Duration time);  // Nothing moves either way for so long; then all at once.
  // Checks that media sent on this link is never further ahead of real time than this.
  void check_pacing(LinkId link, Duration ahead_max);

  // The core's machine is off: its ends of all links are gone, and no connection is taken.
  void power_cut();
  void power_on() { powered_ = true; }
  [[nodiscard]] bool powered() const { return powered_; }

  // --- What the core asks
  // -----------------------------------------------------------------------------
  void perform(const out::Write& write);
  void perform(const out::Close& close);
  void perform(const out::WsAccept& accept);
  void perform(const out::WsDial& dial);
  void perform(const out::WsSend& send);
  void perform(const out::WsPing& ping);
  void perform(const out::WsClose& close);
  void perform(const out::WsRead& read);

  [[nodiscard]] size_t links() const { return links_.size(); }
  [[nodiscard]] size_t websockets() const;
  [[nodiscard]] Duration latency() {
    return timeline_.random.between(traits_.latency_min, traits_.latency_max);
  }

 private:
  struct ToCore {
    enum class Kind : uint8_t { kAccept, kBytes, kPiece, kOpened, kPong, kEof, kReset };
    Instant at;
    Kind kind = Kind::kBytes;
    bool binary = false;
    bool first = false;
    bool last = false;
    uint64_t frame_left = 0;
    uint16_t code = 0;
    std::string data;
  };
  struct ToPeer {
    enum class Kind : uint8_t { kBytes, kOpened, kText, kClose };
    Instant at;
    Kind kind = Kind::kBytes;
    uint16_t code = 0;
    std::string data;
  };
  struct Link {
    LinkId id = 0;
    SocketId socket;
    bool dialled = false;
    bool websocket = false;     // The core speaks WebSocket on it.
    bool ws_open = false;       // WsOpened has been delivered.
    bool core_closing = false;  // Close or WsClose was asked.
    bool core_gone = false;     // Its last value has been delivered: the core's end is free.
    bool peer_gone = false;
    bool core_reads = true;
    uint64_t in_hand = 0;  // Pieces that still come after reading was stopped.
    bool peer_reads = true;
    bool blocked = false;
    bool sent_owed = false;  // Sent comes when the peer reads again.
    in::Listener listener = in::Listener::kMain;
    bool tls = false;
    IpAddress address;
    size_t unread = 0;  // Bytes the peer has not read.
    Instant to_core_last;
    Instant to_peer_last;
    Instant frozen_until;
    bool core_pump_planned = false;
    bool peer_pump_planned = false;
    std::deque<ToCore> to_core;
    std::deque<ToPeer> to_peer;
    std::shared_ptr<Peer> peer;
    PacingCheck pacing;
  };

  Link* find(LinkId id);
  Link* find(SocketId socket);
  void queue(Link& link, ToCore item, Duration delay);
  void queue(Link& link, ToPeer item);
  void plan_core_pump(Link& link);
  void plan_peer_pump(Link& link);
  void pump_core(LinkId id);
  void pump_peer(LinkId id);
  void accept(Link& link);
  void deliver(Link& link, const ToCore& item);
  void taken(Link& link);  // The peer has read everything: owed values come now.
  [[nodiscard]] bool takes(const Link& link) const;
  void finish_core(LinkId id, in::WsEnd end, uint16_t code, bool flushed);
  void forget_if_done(LinkId id);
  size_t piece_size(size_t left);

  Timeline& timeline_;
  CoreGate& gate_;
  Dialling& dialling_;
  NetworkTraits traits_;
  bool powered_ = true;
  LinkId last_link_ = 0;
  std::map<LinkId, std::unique_ptr<Link>> links_;
  std::map<uint16_t, LinkId> by_place_;
  std::array<uint16_t, limits::kAcceptedMax> generations_{};
  std::vector<uint16_t> free_places_;
};

}  // namespace hookflash::sim
