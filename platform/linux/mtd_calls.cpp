#include "platform/linux/mtd_calls.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace hookflash {
namespace {

template <typename Result>
Result result_of(Result returned) {
  return returned < 0 ? static_cast<Result>(-errno) : returned;
}

// musl's ioctl takes an int, glibc's an unsigned long; the kernel looks at 32 bits.
template <typename Request>
int call(int (*kernel)(int, Request, ...), int device, unsigned long request, void* argument) {
  return result_of(kernel(device, static_cast<Request>(request), argument));
}

}  // namespace

int mtd_info(int device, mtd_info_user& part) { return call(ioctl, device, MEMGETINFO, &part); }

int KernelMtd::open(const char* path, bool write) {
  device_ = result_of(::open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (device_ < 0) return device_;
  if (!write) return 0;
  const int locked = result_of(flock(device_, LOCK_EX | LOCK_NB));
  if (locked < 0) close();
  return locked;
}

void KernelMtd::close() {
  if (device_ >= 0) ::close(device_);
  device_ = -1;
}

int KernelMtd::info(mtd_info_user& part) { return mtd_info(device_, part); }

int KernelMtd::erase(uint32_t at, uint32_t size) {
  erase_info_user range{.start = at, .length = size};
  return call(ioctl, device_, MEMERASE, &range);
}

int KernelMtd::unlock(uint32_t at, uint32_t size) {
  erase_info_user range{.start = at, .length = size};
  return call(ioctl, device_, MEMUNLOCK, &range);
}

int KernelMtd::is_bad(uint64_t at) {
  auto offset = static_cast<loff_t>(at);
  return call(ioctl, device_, MEMGETBADBLOCK, &offset);
}

int KernelMtd::mark_bad(uint64_t at) {
  auto offset = static_cast<loff_t>(at);
  return call(ioctl, device_, MEMSETBADBLOCK, &offset);
}

ssize_t KernelMtd::read(uint64_t at, MutableBytes out) {
  return result_of(pread(device_, out.data(), out.size(), static_cast<off_t>(at)));
}

ssize_t KernelMtd::write(uint64_t at, Bytes bytes) {
  return result_of(pwrite(device_, bytes.data(), bytes.size(), static_cast<off_t>(at)));
}

}  // namespace hookflash
