#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"

namespace hookflash {

// What a part is made of. Sizes in bytes; each divides the next.
struct FlashGeometry {
  uint32_t program_unit = 1;  // The least that can be programmed: 1 to 4,096, a power of two.
  uint32_t erase_unit = 0;    // The least that can be erased, a power of two.
  uint64_t size = 0;
  uint32_t endurance = 0;  // Erases that a unit stands by its data sheet; 0: not known.

  bool operator==(const FlashGeometry&) const = default;
};

// One storage device, in the words of NOR flash. Used by one thread at a time; may wait for as long
// as the medium does. Obligations on the implementer (tests/flash holds each of them against every
// back end):
// - geometry() never changes while the object lives.
// - Erased bytes read 0xFF. A new device is erased or was used by us before.
// - What program() and erase() have done is read back at once, synced or not.
// - Durable is only what was done before a sync() that returned kOk. A power cut may lose, tear or
//   garble any operation that no sync() followed, in any order, and what it touched; never bytes of
//   other program units (program) or erase units (erase).
// - A range that is out of bounds or not aligned as said below is refused with kInvalid and changes
//   nothing.
// - kStorage: the medium failed; what the operation touched is undefined. kUnavailable: likewise,
//   but no unit is to blame: the device is gone, until it is opened anew or for a while (the disk
//   under a file). Nothing else is returned.
// Obligations on the user: a program unit is programmed at most once between two erases.
class Flash {
 public:
  [[nodiscard]] virtual FlashGeometry geometry() const = 0;
  // Any range within the size.
  virtual Status read(uint64_t at, MutableBytes out) = 0;
  // `at` and the size are multiples of the program unit; the units are erased.
  virtual Status program(uint64_t at, Bytes bytes) = 0;
  // The erase unit that begins at `at`.
  virtual Status erase(uint64_t at) = 0;
  virtual Status sync() = 0;

 protected:
  ~Flash() = default;
};

}  // namespace hookflash
