#pragma once

#include <cstddef>
#include <cstdint>

namespace hookflash {

// The call's end of its inbox: places in the shared pool plus one, so that all bytes zero is empty.
// Only Inboxes (call/inbox.h) touches it.
struct InboxQueue {
  uint16_t head = 0;
  uint16_t tail = 0;
  uint16_t size = 0;

  [[nodiscard]] bool empty() const { return size == 0; }
};

}  // namespace hookflash
