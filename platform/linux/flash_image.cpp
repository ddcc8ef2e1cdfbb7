#include "platform/linux/flash_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/check.h"
#include "platform/linux/mtd_calls.h"

namespace hookflash {
namespace {

Status status_of(int error) {
  if (error == ENOENT) return Status::kNotFound;
  return error == EACCES || error == EPERM ? Status::kDenied : Status::kStorage;
}

// No part is larger, and no journal's file. What is would be searched for hours.
constexpr uint64_t kSizeMax = uint64_t{1} << 32U;

}  // namespace

Status FlashImage::open(const std::string& path) {
  CHECK(file_ < 0);
  error_ = 0;
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat about {};
  if (file_ < 0 || fstat(file_, &about) != 0) {
    error_ = errno;
    close();
    return status_of(error_);
  }
  if (S_ISREG(about.st_mode)) {
    size_ = static_cast<uint64_t>(about.st_size);
  } else if (mtd_info_user part{}; S_ISCHR(about.st_mode) && mtd_info(file_, part) == 0) {
    size_ = part.size;
  }
  segment_bytes_ = 0;
  if (size_ > 0 && size_ <= kSizeMax) return Status::kOk;
  close();
  return Status::kInvalid;
}

void FlashImage::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  size_ = 0;
}

// Asking for the lock ourselves could keep a box from starting in just that moment; the kernel's
// list says the same.
pid_t FlashImage::holder() const {
  struct stat about {};
  if (file_ < 0 || fstat(file_, &about) != 0) return 0;
  FILE* const locks = fopen("/proc/locks", "re");
  if (locks == nullptr) return 0;
  pid_t found = 0;
  char line[256];
  while (found == 0 && fgets(line, sizeof line, locks) != nullptr) {
    int process = 0;
    unsigned major_number = 0;
    unsigned minor_number = 0;
    unsigned long long inode = 0;
    // NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers.
    if (sscanf(line, "%*d: FLOCK %*s WRITE %d %x:%x:%llu", &process, &major_number, &minor_number,
               &inode) == 4 &&
        inode == about.st_ino && makedev(major_number, minor_number) == about.st_dev) {
      found = process;
    }
  }
  fclose(locks);
  return found;
}

FlashGeometry FlashImage::geometry() const {
  // Any unit will do for reading: padding is stepped over.
  return {.program_unit = 1,
          .erase_unit = segment_bytes_ > 0 ? segment_bytes_ : static_cast<uint32_t>(size_),
          .size = size_,
          .endurance = 0};
}

Status FlashImage::read(uint64_t at, MutableBytes out) {
  if (at > size_ || out.size() > size_ - at) return Status::kInvalid;
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        pread(file_, out.data() + done, out.size() - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Status::kStorage;
    done += static_cast<size_t>(got);
  }
  return Status::kOk;
}

}  // namespace hookflash
