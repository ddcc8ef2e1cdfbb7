#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/fixed_vector.h"
#include "base/ip_address.h"
#include "base/pool.h"
#include "base/status.h"
#include "base/time.h"
#include "platform/linux/linux_limits.h"
#include "platform/linux/poller.h"

struct ares_channeldata;
struct ares_addrinfo;

namespace hookflash {

using AddressList = FixedVector<IpAddress, linux_limits::kAddressesMax>;

class LookupUser {
 public:
  // In the order in which they are to be tried; empty when the name has none or nobody answered.
  virtual void on_addresses(uint16_t tag, const AddressList& addresses) = 0;

 protected:
  ~LookupUser() = default;
};

// Names to addresses: hosts file first, then the name servers of the system, without ever waiting.
// Answers are kept for as long as they say, so a carrier's name costs no question for each request.
class Resolver {
 public:
  struct Place;
  using Ticket = Handle<Place>;

  struct Options {
    const char* servers = nullptr;     // "address:port,..." instead of the system's; for tests.
    const char* hosts_file = nullptr;  // Likewise.
  };

  explicit Resolver(Poller& poller) : poller_(poller) {}
  ~Resolver() { stop(); }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  Status start(const Options& options);
  void stop();

  // Asks for both families. Answered by on_addresses() with this tag, from settle(); never from
  // within this call. The empty ticket when too many are under way. `host` ends in NUL.
  Ticket ask(LookupUser& user, uint16_t tag, const char* host);
  // No answer will come. The empty ticket is allowed.
  void forget(Ticket ticket);

  // --- For the event loop ---
  void service(const Poller::Event& event);
  // How long service_timeouts() can wait.
  [[nodiscard]] Duration patience() const;
  void service_timeouts();
  void settle();

  struct Place {
    Resolver* owner = nullptr;
    LookupUser* user = nullptr;  // Null when nobody waits for the answer any more.
    Ticket self;
    uint16_t tag = 0;
    bool answered = false;
    AddressList addresses;
  };

 private:
  static void on_socket(void* self, int descriptor, int readable, int writable);
  static void on_answer(void* place, int status, int timeouts, ares_addrinfo* answer);

  Poller& poller_;
  ares_channeldata* channel_ = nullptr;
  size_t unsettled_ = 0;
  Pool<Place, linux_limits::kLookupsMax> places_;
};

}  // namespace hookflash
