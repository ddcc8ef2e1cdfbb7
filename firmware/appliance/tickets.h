#pragma once

#include <cstdint>

#include "base/pool.h"
#include "http/request_handler.h"
#include "limits.h"
#include "store/key.h"

namespace hookflash {

// Who waits for what an event or command does: an HTTP request whose answer comes later.
struct Ticket {
  enum class Kind : uint8_t { kNone, kWebhook, kCommand };
  Kind kind = Kind::kNone;
  RequestRef request;
  uint8_t line = 0;
  Key key{};  // kWebhook: the verified request key.
  bool instruction_fetch = false;
  bool placing = false;  // kCommand: /call/outbound, answered 201.
};

// Numbers for tickets, as events carry them: never 0, and one that was closed finds nothing.
class Tickets {
 public:
  // 0 when every place is taken.
  uint32_t open(const Ticket& ticket) {
    const Handle<Ticket> handle = pool_.acquire();
    if (!handle.is_set()) return 0;
    *pool_.get(handle) = ticket;
    return static_cast<uint32_t>(handle.generation) << 16 | handle.index;
  }
  [[nodiscard]] Ticket* find(uint32_t number) { return pool_.get(handle_of(number)); }
  void close(uint32_t number) {
    if (find(number) != nullptr) pool_.release(handle_of(number));
  }
  // The ticket that waits with this request; 0 when there is none.
  [[nodiscard]] uint32_t of(RequestRef request) {
    for (size_t i = 0; i < kPlaces; ++i) {
      const Handle<Ticket> handle = pool_.at(i);
      const Ticket* ticket = pool_.get(handle);
      if (ticket != nullptr && ticket->request == request) {
        return static_cast<uint32_t>(handle.generation) << 16 | handle.index;
      }
    }
    return 0;
  }
  // A webhook of this line waits for its answer.
  [[nodiscard]] bool waits(uint8_t line) const {
    for (size_t i = 0; i < kPlaces; ++i) {
      const Ticket* ticket = pool_.get(pool_.at(i));
      if (ticket != nullptr && ticket->kind == Ticket::Kind::kWebhook && ticket->line == line) {
        return true;
      }
    }
    return false;
  }
  static constexpr size_t capacity() { return kPlaces; }
  [[nodiscard]] size_t size() const { return pool_.size(); }

 private:
  // Every connection has at most one request; a ticket outlives its request by the journal's time,
  // so as many again.
  static constexpr size_t kPlaces = 2 * limits::kHttpConnectionsMax;

  static Handle<Ticket> handle_of(uint32_t number) {
    return {static_cast<uint16_t>(number & 0xFFFF), static_cast<uint16_t>(number >> 16)};
  }

  Pool<Ticket, kPlaces> pool_;
};

}  // namespace hookflash
