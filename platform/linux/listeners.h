#pragma once

#include <array>
#include <string_view>

#include "base/ip_address.h"
#include "base/status.h"
#include "base/text_writer.h"
#include "hal/in.h"
#include "platform/linux/poller.h"
#include "platform/linux/streams.h"

namespace hookflash {

// A socket that listens, as configured. An empty certificate path means no TLS.
struct ListenerConfig {
  in::Listener listener = in::Listener::kMain;
  std::string_view bind = "127.0.0.1";  // A numeric address.
  uint16_t port = 0;                    // 0: the kernel chooses.
  std::string_view certificate;         // Paths of PEM files.
  std::string_view key;
};

// The sockets that listen, bound all or not at all.
class Listeners {
 public:
  static constexpr size_t kMax = 2;

  struct Listener {
    int descriptor = -1;
    in::Listener name = in::Listener::kMain;
    uint16_t port = 0;
    Streams::Host host = 0;
    bool paused = false;
  };

  Listeners(Poller& poller) : poller_(poller) {}  // NOLINT(google-explicit-constructor)
  ~Listeners() { close(); }
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // On failure one sentence for people goes to `problem`: kConflict when the port is taken, kDenied
  // when it may not be had, kInvalid for an address that is none, kUnavailable otherwise.
  Status open(const ListenerConfig& config, Streams::Host host, TextWriter& problem);
  void close();

  // nullptr when nothing listens there.
  Listener* find(int descriptor);
  Listener* find(in::Listener name);
  // A connection that waits, or -1. `peer` is not set when the kernel does not say.
  int accept(Listener& listener, IpAddress& peer);
  // Stops listening to new ones for a while: no descriptor is left for them.
  void pause(Listener& listener);
  void resume();

 private:
  Poller& poller_;
  size_t count_ = 0;
  std::array<Listener, kMax> listeners_{};
};

}  // namespace hookflash
