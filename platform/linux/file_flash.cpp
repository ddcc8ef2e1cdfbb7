#include "platform/linux/file_flash.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

#include "base/check.h"

namespace hookflash {
namespace {

// A path as the system wants it: ended by NUL.
struct SystemPath {
  char text[PATH_MAX];
  bool fits = false;
  SystemPath(std::string_view path, std::string_view end) {
    fits = path.size() + end.size() < sizeof text;
    if (!fits) return;
    memcpy(text, path.data(), path.size());
    memcpy(text + path.size(), end.data(), end.size());
    text[path.size() + end.size()] = '\0';
  }
};

Status status_of(int error) {
  switch (error) {
    case ENOENT: return Status::kNotFound;
    case EEXIST:
    case EWOULDBLOCK: return Status::kConflict;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case EISDIR: return Status::kDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Status::kFull;
    default: return Status::kStorage;
  }
}

// A piece of an erased unit; a whole one would be a twentieth of the binary.
constexpr std::array<uint8_t, 4096> make_erased() {
  std::array<uint8_t, 4096> erased{};
  erased.fill(0xFF);
  return erased;
}
constexpr std::array<uint8_t, 4096> kErased = make_erased();

}  // namespace

Status sync_directory_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? "."
                                : slash == 0                    ? "/"
                                                                : path.substr(0, slash);
  const SystemPath directory(name, "");
  if (!directory.fits) return Status::kTooLarge;
  const int descriptor = ::open(directory.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return status_of(errno);
  const bool synced = fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  return synced ? Status::kOk : status_of(error);
}

Status FileFlash::lock() {
  if (flock(file_, LOCK_EX | LOCK_NB) == 0) return Status::kOk;
  error_ = errno;
  return status_of(error_);
}

Status FileFlash::open(std::string_view path, Mode mode) {
  TRY(open_plain(path, mode));
  if (size_ % kEraseUnit == 0) return Status::kOk;
  close();
  return Status::kInvalid;
}

Status FileFlash::open_filled(std::string_view path, uint64_t size) {
  TRY(open_plain(path, Mode::kWrite));
  const Status status = fill_up(std::max(size, (size_ + kEraseUnit - 1) / kEraseUnit * kEraseUnit));
  if (ok(status) || size_ % kEraseUnit == 0) return Status::kOk;
  close();
  return status;
}

Status FileFlash::fill_up(uint64_t size) {
  CHECK(size % kEraseUnit == 0);
  if (size_ >= size) return Status::kOk;
  Status status = fill(size_, size);
  if (ok(status) && fsync(file_) != 0) {
    error_ = errno;
    status = Status::kStorage;
  }
  if (ok(status)) {
    size_ = size;
  } else if (ftruncate(file_, static_cast<off_t>(size_)) != 0) {
    return Status::kStorage;  // Erased bytes stay behind what it holds; the next time they are
                              // used.
  }
  return status;
}

// A plain file that is not empty.
Status FileFlash::open_plain(std::string_view path, Mode mode) {
  CHECK(!is_open());
  error_ = 0;
  writable_ = mode == Mode::kWrite;
  const SystemPath name(path, "");
  if (!name.fits) return Status::kTooLarge;
  file_ = ::open(name.text, (writable_ ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
  if (file_ < 0) {
    error_ = errno;
    return status_of(error_);
  }
  struct stat about {};
  Status status = writable_ ? lock() : Status::kOk;
  if (ok(status) && (fstat(file_, &about) != 0 || !S_ISREG(about.st_mode))) {
    status = Status::kDenied;
  }
  size_ = static_cast<uint64_t>(about.st_size);
  if (ok(status) && size_ == 0) status = Status::kInvalid;
  if (!ok(status)) close();
  return status;
}

// Filled under another name first, so that a power cut leaves a whole file or none.
Status FileFlash::create(std::string_view path, uint64_t size) {
  CHECK(!is_open() && size > 0 && size % kEraseUnit == 0);
  error_ = 0;
  const SystemPath name(path, "");
  const SystemPath fresh(path, ".new");
  if (!name.fits || !fresh.fits) return Status::kTooLarge;
  if (access(name.text, F_OK) == 0) return Status::kConflict;
  file_ = ::open(fresh.text, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) {
    error_ = errno;
    return status_of(error_);
  }
  writable_ = true;
  size_ = size;
  Status status = lock();
  if (ok(status)) status = fill(0, size);
  if (ok(status) && (fsync(file_) != 0 || rename(fresh.text, name.text) != 0)) {
    error_ = errno;
    status = status_of(error_);
  }
  if (ok(status)) status = sync_directory_of(path);
  if (!ok(status)) {
    unlink(fresh.text);
    close();
  }
  return status;
}

void FileFlash::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  size_ = 0;
}

FlashGeometry FileFlash::geometry() const {
  return {.program_unit = kProgramUnit, .erase_unit = kEraseUnit, .size = size_, .endurance = 0};
}

Status FileFlash::read(uint64_t at, MutableBytes out) {
  if (at > size_ || out.size() > size_ - at) return Status::kInvalid;
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        pread(file_, out.data() + done, out.size() - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {  // Zero: somebody has cut the file short.
      error_ = got < 0 ? errno : EIO;
      return Status::kStorage;
    }
    done += static_cast<size_t>(got);
  }
  return Status::kOk;
}

Status FileFlash::write_all(uint64_t at, Bytes bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put =
        pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      error_ = put < 0 ? errno : EIO;
      return status_of(error_);
    }
    done += static_cast<size_t>(put);
  }
  return Status::kOk;
}

Status FileFlash::fill(uint64_t from, uint64_t to) {
  while (from < to) {
    // To the next whole piece first.
    const size_t piece =
        static_cast<size_t>(std::min<uint64_t>(to - from, kErased.size() - from % kErased.size()));
    TRY(write_all(from, Bytes(kErased).first(piece)));
    from += piece;
  }
  return Status::kOk;
}

Status FileFlash::program(uint64_t at, Bytes bytes) {
  if (at > size_ || bytes.size() > size_ - at || at % kProgramUnit != 0 ||
      bytes.size() % kProgramUnit != 0) {
    return Status::kInvalid;
  }
  return writable_ && ok(write_all(at, bytes)) ? Status::kOk : Status::kStorage;
}

Status FileFlash::erase(uint64_t at) {
  if (at % kEraseUnit != 0 || at >= size_) return Status::kInvalid;
  if (!writable_) return Status::kStorage;
  // A file has no units that wear out one by one: what fails now may work later, and no unit is to
  // be given up for it.
  return ok(fill(at, at + kEraseUnit)) ? Status::kOk : Status::kUnavailable;
}

Status FileFlash::sync() {
  if (!writable_) return Status::kStorage;
  if (fdatasync(file_) == 0) return Status::kOk;
  error_ = errno;
  return Status::kStorage;
}

}  // namespace hookflash
