#pragma once

#include <cstdint>

namespace hookflash {

// What stands between a power cut and a wrong state. A test builds the journal anew without each of
// them, one at a time, and demands that the sweep of power cuts notices. Production builds have
// all.
enum class Safeguard : uint8_t {
  kNone = 0,
  kCrc,           // A record counts only when its CRC is right.
  kGroupSync,     // A commit waits for the medium.
  kSnapshotSync,  // A snapshot is durable before its header is written.
  kHeaderSync,    // The header is durable before what it replaces is given up.
  kOpenSync,      // What was read at start is durable before anybody acts on it.
  kHeaderLast,    // A snapshot's header is written last.
  kStopAtGap,     // Behind a hole in what was never acknowledged nothing counts.
  kVoidTail,      // A new segment's first number ends what older segments may hold.
};

#ifndef HOOKFLASH_JOURNAL_WITHOUT
#define HOOKFLASH_JOURNAL_WITHOUT 0
#endif

constexpr bool with(Safeguard safeguard) {
  return HOOKFLASH_JOURNAL_WITHOUT != static_cast<int>(safeguard);
}

}  // namespace hookflash
