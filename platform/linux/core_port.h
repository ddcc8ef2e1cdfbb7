#pragma once

#include "base/deadline_heap.h"
#include "base/time.h"
#include "hal/in.h"
#include "platform/linux/linux_limits.h"

namespace hookflash {

// Where what happened is handed to the core. deliver() stamps the time, and carries out what the
// core asks before it returns; it is never called from within itself.
class CorePort {
 public:
  virtual void deliver(const In& in) = 0;

 protected:
  ~CorePort() = default;
};

// Deadlines of the platform itself: none of them is about audio, so milliseconds will do.
// The owner of such a deadline is the number of its place.
enum class TimerKind : uint16_t {
  kAcceptedClose,  // An accepted WebSocket does not get closed.
  kDial,           // The whole of a dial; later, its WebSocket does not get closed.
  kDialAttempt,    // One address of it.
  kRestExchange,
  kRestAttempt,
  kRestIdle,
  kAcceptPause,
  kStoreOpening,
};
using Timers =
    DeadlineHeap<limits::kAcceptedMax + 2 * linux_limits::kDialledMax +
                 2 * linux_limits::kRestConnectionsMax + linux_limits::kRestExchangesMax + 2>;

}  // namespace hookflash
