// Preloaded into a box: while the file named by HOOKFLASH_IO_ERRORS exists, every third write or
// sync of its journal fails with EIO, half of those writes after a part of the bytes has reached
// the file.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<unsigned> calls{0};

bool is_journal(int descriptor) {
  char link[64] = "/proc/self/fd/";
  size_t size = std::strlen(link);
  char digits[16];
  size_t count = 0;
  for (auto rest = static_cast<unsigned>(descriptor); count == 0 || rest > 0; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  while (count > 0) link[size++] = digits[--count];
  link[size] = '\0';
  char path[512];
  const ssize_t got = readlink(link, path, sizeof path);
  return got > 8 && std::memcmp(path + got - 8, "/journal", 8) == 0;
}

bool fails(int descriptor) {
  const char* const control = std::getenv("HOOKFLASH_IO_ERRORS");
  if (control == nullptr || !is_journal(descriptor) || access(control, F_OK) != 0) return false;
  return ++calls % 3 == 0;
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

using Pwrite = ssize_t (*)(int, const void*, size_t, off64_t);

ssize_t write_or_fail(const char* name, int descriptor, const void* bytes, size_t size,
                      off64_t at) {
  static const Pwrite real = next<Pwrite>(name);
  if (!fails(descriptor)) return real(descriptor, bytes, size, at);
  if (calls % 2 == 0) (void)real(descriptor, bytes, size / 2, at);
  errno = EIO;
  return -1;
}

using Sync = int (*)(int);

}  // namespace

extern "C" {

__attribute__((visibility("default"))) ssize_t pwrite(int descriptor, const void* bytes,
                                                      size_t size, off_t at) {
  return write_or_fail("pwrite64", descriptor, bytes, size, at);
}

__attribute__((visibility("default"))) ssize_t pwrite64(int descriptor, const void* bytes,
                                                        size_t size, off64_t at) {
  return write_or_fail("pwrite64", descriptor, bytes, size, at);
}

__attribute__((visibility("default"))) int fdatasync(int descriptor) {
  static const Sync real = next<Sync>("fdatasync");
  if (!fails(descriptor)) return real(descriptor);
  errno = EIO;
  return -1;
}

}  // extern "C"
