#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace hookflash::kill {

// What the driver tells the library that is preloaded into the box (faults_preload.cpp), and what
// it hears from it: a file in the memory of both. All is counted from the box's start on.
struct Faults {
  static constexpr const char* kVariable = "HOOKFLASH_FAULTS";  // Names the file.

  // --- The disk. Operations are writes and syncs of the journal.
  std::atomic<int32_t> error{0};   // errno of those that fail; 0: none does.
  std::atomic<uint32_t> every{1};  // Of every so many operations one fails ...
  std::atomic<uint64_t> from{0};   // ... from this one on ...
  std::atomic<uint64_t> until{0};  // ... to before this one.
  std::atomic<bool> writes{true};  // False: only syncs fail.
  std::atomic<uint64_t> operations{0};
  std::atomic<uint64_t> failed_writes{0};
  std::atomic<uint64_t> failed_syncs{0};

  // --- Death. Calls are those to the system by which others, or the disk, hear of the box or it of
  // them. Between two of them nobody can tell at which instant it died.
  enum class How : uint8_t { kBefore, kHalfway, kAfter };
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> die_at{0};  // SIGKILL at this call; 0: never.
  std::atomic<How> how{How::kBefore};

  // A file's; null when it cannot be had. The driver makes it.
  static Faults* map(const char* path, bool make) {
    const int file = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    if (file < 0) return nullptr;
    void* memory = MAP_FAILED;
    if (!make || ftruncate(file, sizeof(Faults)) == 0) {
      memory = mmap(nullptr, sizeof(Faults), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    close(file);
    if (memory == MAP_FAILED) return nullptr;
    return make ? new (memory) Faults : static_cast<Faults*>(memory);
  }
};

static_assert(std::atomic<uint64_t>::is_always_lock_free, "shared between processes");

}  // namespace hookflash::kill
