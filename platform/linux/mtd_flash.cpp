#include "platform/linux/mtd_flash.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/check.h"

namespace hookflash {
namespace {

constexpr uint32_t kPageMax = 4096;  // hal/flash.h.

bool keeps_promises(const mtd_info_user& part, bool write) {
  const bool kind = part.type == MTD_NORFLASH || part.type == MTD_NANDFLASH || part.type == MTD_RAM;
  const bool writable = (part.flags & MTD_WRITEABLE) != 0;
  return kind && (writable || !write) && std::has_single_bit(part.writesize) &&
         part.writesize <= kPageMax && std::has_single_bit(part.erasesize) &&
         part.erasesize >= part.writesize && part.size >= part.erasesize;
}

}  // namespace

Status MtdFlash::failed(ssize_t result) {
  error_ = result < 0 ? static_cast<int>(-result) : EIO;
  if (error_ == ENODEV || error_ == ENXIO) gone_ = true;
  return gone_ ? Status::kUnavailable : Status::kStorage;
}

Status MtdFlash::open(std::string_view path, Mode mode) {
  CHECK(!open_);
  error_ = 0;
  gone_ = has_bad_blocks_ = false;
  bad_.reset();
  failing_.reset();
  char name[PATH_MAX];
  if (path.size() >= sizeof name) return Status::kTooLarge;
  std::copy(path.begin(), path.end(), name);
  name[path.size()] = '\0';
  writable_ = mode == Mode::kWrite;
  if (const int result = calls_.open(name, writable_); result < 0) {
    error_ = -result;
    switch (error_) {
      case ENOENT: return Status::kNotFound;
      case EWOULDBLOCK: return Status::kConflict;
      case EACCES:
      case EPERM:
      case EROFS: return Status::kDenied;
      default: return Status::kStorage;
    }
  }
  open_ = true;
  const Status status = measure(writable_);
  if (!ok(status)) close();
  return status;
}

Status MtdFlash::measure(bool write) {
  mtd_info_user part{};
  if (const int result = calls_.info(part); result < 0) {
    const Status status = failed(result);
    return error_ == ENOTTY || error_ == EINVAL ? Status::kUnsupported : status;
  }
  if (!keeps_promises(part, write)) return Status::kUnsupported;
  const uint32_t blocks = std::min(part.size / part.erasesize, kBlocksMax);
  geometry_ = {.program_unit = part.writesize,
               .erase_unit = part.erasesize,
               .size = uint64_t{blocks} * part.erasesize,
               .endurance = 0};
  for (uint32_t block = 0; block < blocks; ++block) {
    const int result = calls_.is_bad(uint64_t{block} * part.erasesize);
    if (result == -EOPNOTSUPP || result == -ENOTTY) break;  // NOR has none.
    if (result < 0) return failed(result);
    has_bad_blocks_ = true;
    bad_[block] = result > 0;
  }
  // Some NOR parts wake up locked. Others know no locks and say so; a part that stays locked shows
  // at the first erase.
  if (write) (void)calls_.unlock(0, static_cast<uint32_t>(geometry_.size));
  return Status::kOk;
}

void MtdFlash::close() {
  if (open_) calls_.close();
  open_ = false;
}

Status MtdFlash::read(uint64_t at, MutableBytes out) {
  if (gone_) return Status::kUnavailable;
  if (at > geometry_.size || out.size() > geometry_.size - at) return Status::kInvalid;
  while (!out.empty()) {
    const uint64_t block_end = (block_of(at) + 1) * uint64_t{geometry_.erase_unit};
    const size_t piece = static_cast<size_t>(std::min<uint64_t>(out.size(), block_end - at));
    if (bad_[block_of(at)]) {
      std::memset(out.data(), 0xFF, piece);
    } else {
      for (size_t done = 0; done < piece;) {
        const ssize_t got = calls_.read(at + done, out.subspan(done, piece - done));
        if (got == -EINTR) continue;
        if (got <= 0) return failed(got);
        done += static_cast<size_t>(got);
      }
    }
    at += piece;
    out = out.subspan(piece);
  }
  return Status::kOk;
}

Status MtdFlash::program(uint64_t at, Bytes bytes) {
  if (gone_) return Status::kUnavailable;
  if (at > geometry_.size || bytes.size() > geometry_.size - at ||
      at % geometry_.program_unit != 0 || bytes.size() % geometry_.program_unit != 0) {
    return Status::kInvalid;
  }
  if (!writable_) return Status::kStorage;
  while (!bytes.empty()) {
    const size_t block = block_of(at);
    const uint64_t block_end = (block + 1) * uint64_t{geometry_.erase_unit};
    const size_t piece = static_cast<size_t>(std::min<uint64_t>(bytes.size(), block_end - at));
    if (bad_[block]) return Status::kStorage;
    const ssize_t put = calls_.write(at, bytes.first(piece));
    if (put != static_cast<ssize_t>(piece)) {  // Less than asked for: the part gave up in between.
      failing_[block] = true;
      return failed(put);
    }
    at += piece;
    bytes = bytes.subspan(piece);
  }
  return Status::kOk;
}

Status MtdFlash::erase(uint64_t at) {
  if (gone_) return Status::kUnavailable;
  if (at % geometry_.erase_unit != 0 || at >= geometry_.size) return Status::kInvalid;
  const size_t block = block_of(at);
  if (!writable_ || bad_[block]) return Status::kStorage;
  Status status = Status::kOk;
  if (!has_bad_blocks_ || !failing_[block]) {
    const int result = calls_.erase(static_cast<uint32_t>(at), geometry_.erase_unit);
    if (result == 0) {
      failing_[block] = false;
      return Status::kOk;
    }
    status = failed(result);
    if (status == Status::kUnavailable) return status;
  }
  // NAND: never again, also not by others. NOR knows no such mark; it is tried again another time.
  if (has_bad_blocks_) {
    bad_[block] = true;
    if (const int marked = calls_.mark_bad(at); marked < 0) (void)failed(marked);
  }
  return Status::kStorage;
}

Status MtdFlash::sync() {
  if (gone_) return Status::kUnavailable;
  return writable_ ? Status::kOk : Status::kStorage;
}

}  // namespace hookflash
