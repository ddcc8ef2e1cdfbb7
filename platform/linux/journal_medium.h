#pragma once

#include <string_view>

#include "platform/linux/file_flash.h"
#include "platform/linux/mtd_flash.h"

namespace hookflash {

// What the journal's name stands for: a file, or the MTD character device that the name is or
// points to.
class JournalMedium final : public Flash {
 public:
  // `calls`: what plays the kernel's MTD in tests; outlives the medium.
  explicit JournalMedium(MtdCalls* calls = nullptr) : mtd_(calls != nullptr ? *calls : kernel_) {}

  // For writing, as FileFlash::open_filled or MtdFlash::open say; `size` is for a file.
  Status open(std::string_view path, uint64_t size);
  // A new file (FileFlash::create).
  Status create(std::string_view path, uint64_t size);
  void close();
  [[nodiscard]] bool is_device() const { return medium_ == &mtd_; }
  // Of the last failure; 0 when the system was not asked.
  [[nodiscard]] int error() const { return is_device() ? mtd_.error() : file_.error(); }

  [[nodiscard]] FlashGeometry geometry() const override { return medium_->geometry(); }
  Status read(uint64_t at, MutableBytes out) override { return medium_->read(at, out); }
  Status program(uint64_t at, Bytes bytes) override { return medium_->program(at, bytes); }
  Status erase(uint64_t at) override { return medium_->erase(at); }
  Status sync() override { return medium_->sync(); }

 private:
  KernelMtd kernel_;
  FileFlash file_;
  MtdFlash mtd_;
  Flash* medium_ = &file_;
};

}  // namespace hookflash
