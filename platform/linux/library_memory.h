#pragma once

#include "base/status.h"
#include "hal/memory_figures.h"
#include "platform/linux/byte_queue.h"

namespace hookflash {

// Where libwebsockets, mbedTLS and c-ares take their memory from. Their allocator hooks are
// process-wide, and so is this: install once,
// before any of the three is used, and never change it.
enum class LibraryMemory : uint8_t {
  kArenas,  // Fixed arenas of our own (linux_limits.h): the production choice.
  kHeap,    // malloc: for sanitizers, which must see each block.
};

// kConflict when another choice was installed before.
Status install_library_memory(LibraryMemory choice);

// The choice that suits this build: sanitizers need the ordinary heap.
LibraryMemory default_library_memory();

// Fill of the arenas, and of the blocks for waiting bytes when a pool is given.
class PlatformMemoryFigures final : public MemoryFigures {
 public:
  explicit PlatformMemoryFigures(const BlockPool& blocks) : blocks_(blocks) {}
  [[nodiscard]] size_t count() const override;
  [[nodiscard]] MemoryFigure at(size_t index) const override;

 private:
  const BlockPool& blocks_;
};

}  // namespace hookflash
