// Plays the kernel's MTD character device: a NOR or NAND part in memory, with what such parts do
// wrong.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "platform/linux/mtd_calls.h"

namespace hookflash {

class FakeMtd final : public MtdCalls {
 public:
  FakeMtd(uint8_t type, uint32_t page, uint32_t block, uint32_t blocks)
      : image(size_t{block} * blocks, 0xFF) {
    part.type = type;
    part.flags = type == MTD_NANDFLASH ? MTD_CAP_NANDFLASH : MTD_CAP_NORFLASH;
    part.size = block * blocks;
    part.erasesize = block;
    part.writesize = page;
    programmed_.assign(image.size() / page, false);
  }

  int open(const char* path, bool write) override {
    if (open_error != 0) return -open_error;
    opened = path;
    writable_ = write;
    return 0;
  }
  void close() override { opened.clear(); }
  int info(mtd_info_user& out) override {
    out = part;
    return -info_error;
  }
  int erase(uint32_t at, uint32_t size) override {
    if (gone) return -ENODEV;
    if (!writable_) return -EPERM;
    if (size != part.erasesize || at % size != 0 || at >= part.size) return -EINVAL;
    if (locked) return -EROFS;
    const uint32_t block = at / size;
    if (bad.count(block) > 0 || worn.count(block) > 0) return -EIO;
    std::fill_n(image.begin() + at, size, uint8_t{0xFF});
    std::fill_n(programmed_.begin() + at / part.writesize, size / part.writesize, false);
    ++erases;
    return 0;
  }
  int unlock(uint32_t at, uint32_t size) override {
    if (!has_locks) return -EOPNOTSUPP;
    if (at == 0 && size == part.size) locked = false;
    return 0;
  }
  int is_bad(uint64_t at) override {
    if (part.type != MTD_NANDFLASH) return -EOPNOTSUPP;
    return bad.count(static_cast<uint32_t>(at / part.erasesize)) > 0 ? 1 : 0;
  }
  int mark_bad(uint64_t at) override {
    if (part.type != MTD_NANDFLASH) return -EOPNOTSUPP;
    bad.insert(static_cast<uint32_t>(at / part.erasesize));
    return 0;
  }
  ssize_t read(uint64_t at, MutableBytes out) override {
    if (gone) return -ENODEV;
    if (interrupts > 0) {
      --interrupts;
      return -EINTR;
    }
    const size_t size = std::min<size_t>(out.size(), longest_read);
    std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(at), size, out.begin());
    return static_cast<ssize_t>(size);
  }
  // Bits only fall. NAND wants whole pages, each once.
  ssize_t write(uint64_t at, Bytes bytes) override {
    if (gone) return -ENODEV;
    if (!writable_) return -EPERM;
    if (locked) return -EROFS;
    const auto block = static_cast<uint32_t>(at / part.erasesize);
    if (bad.count(block) > 0) return -EIO;
    if (at % part.writesize != 0 || bytes.size() % part.writesize != 0) return -EINVAL;
    if (at / part.erasesize != (at + bytes.size() - 1) / part.erasesize) ++crossings;
    const bool fails = worn.count(block) > 0;
    const size_t size = fails ? bytes.size() / 2 / part.writesize * part.writesize : bytes.size();
    for (size_t i = 0; i < size; ++i) image[at + i] &= bytes[i];
    for (uint64_t page = at / part.writesize; page < (at + size) / part.writesize; ++page) {
      if (programmed_[page]) ++programmed_twice;
      programmed_[page] = true;
    }
    return fails && size == 0 ? -EIO : static_cast<ssize_t>(size);
  }

  mtd_info_user part{};
  std::vector<uint8_t> image;
  std::set<uint32_t> bad;   // Marked: by the maker or by us.
  std::set<uint32_t> worn;  // Fails when erased or programmed.
  bool locked = false;
  bool has_locks = false;
  bool gone = false;
  int open_error = 0;
  int info_error = 0;
  int interrupts = 0;
  size_t longest_read = SIZE_MAX;
  size_t erases = 0;
  size_t crossings = 0;
  size_t programmed_twice = 0;
  std::string opened;

 private:
  bool writable_ = false;
  std::vector<bool> programmed_;
};

}  // namespace hookflash
