#include "malloc_watch.h"

#include <execinfo.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#define HOOKFLASH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOOKFLASH_ASAN 1
#endif
#endif

#if defined(HOOKFLASH_ASAN)
// Of the sanitizers' runtime; gcc does not install its headers.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, size_t),
                                              void (*free_hook)(const volatile void*));
void __sanitizer_print_stack_trace();
}
#endif

namespace hookflash {
namespace {

std::atomic<bool> sealed{false};
std::atomic<uint64_t> count{0};
constexpr uint64_t kPrinted = 5;

void taken() {
  if (!sealed.load(std::memory_order_relaxed)) return;
  if (count.fetch_add(1) >= kPrinted) return;
  sealed = false;  // What is printed may allocate itself.
#if defined(HOOKFLASH_ASAN)
  __sanitizer_print_stack_trace();
#else
  void* frames[32];
  backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
#endif
  sealed = true;
}

}  // namespace

void MallocWatch::seal() {
#if defined(HOOKFLASH_ASAN)
  static const bool installed = [] {
    return __sanitizer_install_malloc_and_free_hooks(
               [](const volatile void* /*block*/, size_t /*size*/) { taken(); },
               [](const volatile void* /*block*/) {}) > 0;
  }();
  if (!installed) abort();
#endif
  sealed = true;
}

void MallocWatch::open() { sealed = false; }

uint64_t MallocWatch::breaches() { return count; }

}  // namespace hookflash

#if !defined(HOOKFLASH_ASAN)
// The C library's own, under the names that it exports for this purpose.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  hookflash::taken();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  hookflash::taken();
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  hookflash::taken();
  return __libc_realloc(block, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  hookflash::taken();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  hookflash::taken();
  *block = __libc_memalign(alignment, size);
  return *block != nullptr ? 0 : 12;
}
}
#endif
