#pragma once

#include <cstdint>

namespace hookflash {

// Names one socket on both sides of the border. Places 0 to limits::kAcceptedMax - 1 are accepted
// connections and are given by the platform; places from limits::kAcceptedMax on are WebSockets
// that the core dials and are given by the core. A generation never comes back soon, so a late
// value that names a closed socket finds nothing. Generation 0 is "none".
struct SocketId {
  uint16_t index = 0;
  uint16_t generation = 0;

  [[nodiscard]] constexpr bool is_set() const { return generation != 0; }
  constexpr bool operator==(const SocketId&) const = default;
};

// Names one REST exchange; given by the core, never 0, never reused.
using RestId = uint32_t;

// Names one journal entry; given by the core, counts up from 1.
using PersistId = uint64_t;

}  // namespace hookflash
