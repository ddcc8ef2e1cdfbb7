#include "platform/linux/library_memory.h"

#include <ares.h>
#include <libwebsockets.h>
#include <mbedtls/platform.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "platform/linux/arena.h"
#include "platform/linux/linux_limits.h"

#if defined(__SANITIZE_ADDRESS__)
#define HOOKFLASH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define HOOKFLASH_SANITIZED 1
#endif
#endif

namespace hookflash {
namespace {

// The hooks have no argument for an owner, hence these.
struct Library {
  std::string_view name;
  Arena arena;
};
constinit Library lws_library{"lws", {}};
constinit Library tls_library{"tls", {}};
constinit Library dns_library{"dns", {}};
constinit const std::array<const Library*, 3> kLibraries{&lws_library, &tls_library, &dns_library};
constinit bool installed = false;
constinit LibraryMemory installed_choice = LibraryMemory::kArenas;

alignas(64) constinit std::array<std::byte, linux_limits::kLwsArenaBytes> lws_memory{};
alignas(64) constinit std::array<std::byte, linux_limits::kTlsArenaBytes> tls_memory{};
alignas(64) constinit std::array<std::byte, linux_limits::kDnsArenaBytes> dns_memory{};

// libwebsockets: size 0 releases.
void* lws_from_arena(void* block, size_t size, const char* /*reason*/) {
  if (size != 0) return lws_library.arena.resize(block, size);
  lws_library.arena.release(block);
  return nullptr;
}
void* tls_from_arena(size_t count, size_t size) {
  return tls_library.arena.allocate_zeroed(count, size);
}
void tls_to_arena(void* block) { tls_library.arena.release(block); }
void* dns_from_arena(size_t size) { return dns_library.arena.allocate(size); }
void* dns_resize(void* block, size_t size) { return dns_library.arena.resize(block, size); }
void dns_to_arena(void* block) { dns_library.arena.release(block); }

}  // namespace

LibraryMemory default_library_memory() {
#if defined(HOOKFLASH_SANITIZED)
  return LibraryMemory::kHeap;
#else
  return LibraryMemory::kArenas;
#endif
}

Status install_library_memory(LibraryMemory choice) {
  if (installed) return choice == installed_choice ? Status::kOk : Status::kConflict;
  if (choice == LibraryMemory::kArenas) {
    lws_library.arena.assign(lws_memory);
    tls_library.arena.assign(tls_memory);
    dns_library.arena.assign(dns_memory);
    lws_set_allocator(lws_from_arena);
    if (mbedtls_platform_set_calloc_free(tls_from_arena, tls_to_arena) != 0)
      return Status::kUnsupported;
    if (ares_library_init_mem(ARES_LIB_INIT_ALL, dns_from_arena, dns_to_arena, dns_resize) != 0) {
      return Status::kUnavailable;
    }
  } else if (ares_library_init(ARES_LIB_INIT_ALL) != 0) {
    return Status::kUnavailable;
  }
  installed = true;
  installed_choice = choice;
  return Status::kOk;
}

size_t PlatformMemoryFigures::count() const { return kLibraries.size() + 1; }

MemoryFigure PlatformMemoryFigures::at(size_t index) const {
  constexpr uint64_t kBlock = sizeof(BlockPool::Block);
  if (index >= kLibraries.size()) {
    return {"unsent", blocks_.used() * kBlock, blocks_.high_water() * kBlock,
            BlockPool::kBlocks * kBlock, blocks_.refused()};
  }
  const Library& library = *kLibraries[index];
  return {library.name, library.arena.used(), library.arena.high_water(), library.arena.size(),
          library.arena.refused()};
}

}  // namespace hookflash
