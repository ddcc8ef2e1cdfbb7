#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "websocket.h"

namespace hookflash::bench {

// What a WebSocket program on epoll costs at least: one read and one write for each message, no
// copy of it, no timers, no checks beyond framing. The measure that Hookflash is held against.
class BareLoop {
 public:
  struct Peer {
    int descriptor = -1;
    bool client = false;  // We dialled it, so what we send is masked.
    bool open = false;    // The handshake is done.
    bool gone = false;    // Closed; freed at the end of the turn.
    Peer* partner = nullptr;
    std::string waiting;  // What the kernel did not take.
    size_t filled = 0;
    std::array<uint8_t, 16384> in{};
  };

  virtual ~BareLoop() = default;
  // Listens on 127.0.0.1 and serves for ever. Non-zero: why it could not.
  int run(uint16_t port);

 protected:
  virtual void on_open(Peer& /*peer*/) {}
  // At least kHeadBytesMax bytes (less 4, from a server) before the payload may be overwritten.
  virtual void on_message(Peer& peer, std::span<uint8_t> payload) = 0;
  virtual void on_gone(Peer& /*peer*/) {}

  void send(Peer& peer, std::span<uint8_t> payload, uint8_t opcode = kText);
  void drop(Peer& peer);
  // Connects and shakes hands; nullptr when that fails. Blocks, at set-up only.
  Peer* dial(uint16_t port);

 private:
  Peer& add(int descriptor);
  void accept_all();
  void receive(Peer& peer);
  void shake_hands(Peer& peer);
  void flush(Peer& peer);
  void write(Peer& peer, std::span<const uint8_t> bytes);

  int epoll_ = -1;
  int listener_ = -1;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool any_gone_ = false;
};

}  // namespace hookflash::bench
