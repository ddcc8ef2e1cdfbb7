// bench_bare_relay PORT APP_PORT: a WebSocket relay, the counterpart of a call bridged to an
// application. For each connection that comes in it dials one to the application.
#include <cstdlib>

#include "bare_loop.h"

namespace {

class BareRelay final : public hookflash::bench::BareLoop {
 public:
  explicit BareRelay(uint16_t app_port) : app_port_(app_port) {}

 private:
  void on_open(Peer& peer) override {
    peer.partner = dial(app_port_);
    if (peer.partner == nullptr) return drop(peer);
    peer.partner->partner = &peer;
  }
  void on_message(Peer& peer, std::span<uint8_t> payload) override {
    if (peer.partner != nullptr) send(*peer.partner, payload);
  }
  void on_gone(Peer& peer) override {
    if (peer.partner == nullptr) return;
    peer.partner->partner = nullptr;
    drop(*peer.partner);
  }

  uint16_t app_port_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  BareRelay relay(static_cast<uint16_t>(atoi(words[2])));
  return relay.run(static_cast<uint16_t>(atoi(words[1])));
}
