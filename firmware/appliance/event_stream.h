#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "call/record.h"
#include "hal/in.h"
#include "hal/outbox.h"
#include "limits.h"

namespace hookflash {

// Memory of the subscribers; all bytes zero at start.
struct EventStreamMemory {
  struct Subscriber {
    SocketId socket;
    bool open = false;
    bool blocked = false;
    uint64_t lost = 0;  // Messages left out while its socket was full.
  };
  std::array<Subscriber, limits::kEventSubscribersMax> subscribers{};
  uint64_t lost = 0;  // Of all subscribers since the start.
};

// GET /api/v1/events: what happens to calls, one JSON object a message, to everybody who listens. A
// slow subscriber loses messages and is told how many; nobody waits for it.
class EventStream {
 public:
  EventStream(EventStreamMemory& memory, Outbox& outbox) : memory_(memory), outbox_(outbox) {}

  // False: every place is taken.
  bool accept(SocketId socket);
  [[nodiscard]] bool owns(SocketId socket) const;
  void handle(const In& in);

  // `type` is a constant such as "call.started"; `by` may be empty.
  void call(std::string_view type, const CallCore& core, std::string_view by, Now now);
  void transcript(const CallCore& core, const TranscriptLine& line, Now now);
  void close_all();

 private:
  using Subscriber = EventStreamMemory::Subscriber;
  Subscriber* find(SocketId socket);
  void send(std::string_view message);
  [[nodiscard]] bool anybody() const;

  EventStreamMemory& memory_;
  Outbox& outbox_;
};

}  // namespace hookflash
