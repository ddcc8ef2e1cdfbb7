// Preloaded into a box: lets operations on its journal fail, and kills it at a call to the system,
// as faults.h says. A write that fails has reached the file with half of its bytes every other
// time.
#include "faults.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

using hookflash::kill::Faults;

Faults* faults() {
  static Faults* const mapped = [] {
    const char* const path = getenv(Faults::kVariable);
    return path != nullptr ? Faults::map(path, false) : nullptr;
  }();
  return mapped;
}

// The journal itself, whatever it is reached by.
bool is_journal(int descriptor) {
  char link[64] = "/proc/self/fd/";
  size_t size = strlen(link);
  char digits[16];
  size_t count = 0;
  for (auto rest = static_cast<unsigned>(descriptor); count == 0 || rest > 0; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  while (count > 0) link[size++] = digits[--count];
  link[size] = '\0';
  char path[512];
  const ssize_t got = readlink(link, path, sizeof path);
  return got > 8 && memcmp(path + got - 8, "/journal", 8) == 0;
}

// An operation on the journal that is to fail.
bool fails(int descriptor, bool sync) {
  Faults* const told = faults();
  if (told == nullptr || !is_journal(descriptor)) return false;
  const uint64_t number = told->operations++;
  if (told->error == 0 || number < told->from || number >= told->until) return false;
  if ((!sync && !told->writes) || number % told->every != 0) return false;
  (sync ? told->failed_syncs : told->failed_writes)++;
  errno = told->error;
  return true;
}

[[noreturn]] void die() {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// One call to the system; `half` is one that does a part of it.
template <typename Call, typename Half>
auto counted(Call call, Half half) {
  Faults* const told = faults();
  const bool last = told != nullptr && ++told->calls == told->die_at;
  if (!last) return call();
  switch (told->how) {
    case Faults::How::kBefore: break;
    case Faults::How::kHalfway: half(); break;
    case Faults::How::kAfter: call(); break;
  }
  die();
}
template <typename Call>
auto counted(Call call) {
  return counted(call, [] {});
}

// The function of this name behind this library.
template <typename Pointer>
Pointer next(const char* name) {
  return reinterpret_cast<Pointer>(dlsym(RTLD_NEXT, name));
}

using Pwrite = ssize_t (*)(int, const void*, size_t, off64_t);
using Sync = int (*)(int);
using Rename = int (*)(const char*, const char*);
using Write = ssize_t (*)(int, const void*, size_t);
using Send = ssize_t (*)(int, const void*, size_t, int);
using Receive = ssize_t (*)(int, void*, size_t, int);
using Accept = int (*)(int, sockaddr*, socklen_t*, int);
using Connect = int (*)(int, const sockaddr*, socklen_t);
using Wait = int (*)(int, epoll_event*, int, int);

ssize_t write_or_fail(int descriptor, const void* bytes, size_t size, off64_t at) {
  static const auto real = next<Pwrite>("pwrite64");
  const auto half = [=] { (void)real(descriptor, bytes, size / 2, at); };
  if (fails(descriptor, false)) {
    const int error = errno;
    if (faults()->failed_writes % 2 == 0) half();
    errno = error;
    return -1;
  }
  return counted([=] { return real(descriptor, bytes, size, at); }, half);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  return write_or_fail(descriptor, bytes, size, at);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  return write_or_fail(descriptor, bytes, size, at);
}
int fdatasync(int descriptor) {
  static const auto real = next<Sync>("fdatasync");
  if (fails(descriptor, true)) return -1;
  return counted([=] { return real(descriptor); });
}
int fsync(int descriptor) {
  static const auto real = next<Sync>("fsync");
  if (fails(descriptor, true)) return -1;
  return counted([=] { return real(descriptor); });
}
int rename(const char* from, const char* to) noexcept {
  static const auto real = next<Rename>("rename");
  return counted([=] { return real(from, to); });
}
ssize_t write(int descriptor, const void* bytes, size_t size) {
  static const auto real = next<Write>("write");
  return counted([=] { return real(descriptor, bytes, size); });
}
ssize_t send(int descriptor, const void* bytes, size_t size, int flags) {
  static const auto real = next<Send>("send");
  return counted([=] { return real(descriptor, bytes, size, flags); },
                 [=] { (void)real(descriptor, bytes, size / 2, flags); });
}
ssize_t recv(int descriptor, void* bytes, size_t size, int flags) {
  static const auto real = next<Receive>("recv");
  return counted([=] { return real(descriptor, bytes, size, flags); });
}
int accept4(int descriptor, sockaddr* address, socklen_t* size, int flags) {
  static const auto real = next<Accept>("accept4");
  return counted([=] { return real(descriptor, address, size, flags); });
}
int connect(int descriptor, const sockaddr* address, socklen_t size) {
  static const auto real = next<Connect>("connect");
  return counted([=] { return real(descriptor, address, size); });
}
int epoll_wait(int descriptor, epoll_event* events, int most, int patience) {
  static const auto real = next<Wait>("epoll_wait");
  return counted([=] { return real(descriptor, events, most, patience); });
}

}  // extern "C"
#pragma GCC visibility pop
