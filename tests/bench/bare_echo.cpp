// bench_bare_echo PORT: a WebSocket echo, the counterpart of the built-in echo.
#include <cstdlib>

#include "bare_loop.h"

namespace {

class BareEcho final : public hookflash::bench::BareLoop {
  void on_message(Peer& peer, std::span<uint8_t> payload) override { send(peer, payload); }
};

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  BareEcho echo;
  return echo.run(static_cast<uint16_t>(atoi(words[1])));
}
