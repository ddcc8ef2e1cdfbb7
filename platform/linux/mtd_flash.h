#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "hal/flash.h"
#include "platform/linux/mtd_calls.h"

namespace hookflash {

// A flash part behind Linux' MTD character device. Programming and erasing return when the part has
// done it, so sync() has nothing left to do. Bad blocks, where the part has such, read as erased
// and refuse everything else with kStorage; a block that fails is marked bad when it is next to be
// erased, because until then what it holds may still be wanted. Flipped bits that the part's own
// codes could not mend are handed out as they are (so does the kernel): whoever reads has sums.
class MtdFlash final : public Flash {
 public:
  // More erase blocks than these are left unused.
  static constexpr uint32_t kBlocksMax = 16 * 1024;

  explicit MtdFlash(MtdCalls& calls) : calls_(calls) {}
  ~MtdFlash() { close(); }
  MtdFlash(const MtdFlash&) = delete;
  MtdFlash& operator=(const MtdFlash&) = delete;

  enum class Mode : uint8_t { kWrite, kRead };
  // kNotFound, kDenied: the device node. kConflict: another process has it (kWrite only).
  // kUnsupported: no MTD device, or a part that cannot keep the promises of hal/flash.h: read-only
  // ones, multi-level cell NAND (programming a page can harm an older one), pages that are no power
  // of two or larger than 4,096 bytes. kStorage: the system says no otherwise.
  Status open(std::string_view path, Mode mode);
  void close();
  [[nodiscard]] bool is_open() const { return open_; }
  // Of the last failure; 0 when the system was not asked.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] size_t bad_blocks() const { return bad_.count(); }

  [[nodiscard]] FlashGeometry geometry() const override { return geometry_; }
  Status read(uint64_t at, MutableBytes out) override;
  Status program(uint64_t at, Bytes bytes) override;
  Status erase(uint64_t at) override;
  Status sync() override;

 private:
  Status measure(bool write);
  Status failed(ssize_t result);
  [[nodiscard]] size_t block_of(uint64_t at) const { return at / geometry_.erase_unit; }

  MtdCalls& calls_;
  FlashGeometry geometry_;
  bool open_ = false;
  bool writable_ = false;
  bool gone_ = false;
  bool has_bad_blocks_ = false;
  int error_ = 0;
  std::bitset<kBlocksMax> bad_;
  std::bitset<kBlocksMax> failing_;  // To be marked bad at the next erase.
};

}  // namespace hookflash
