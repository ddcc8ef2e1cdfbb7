#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "hal/flash.h"

namespace hookflash {

// The medium of a journal for looking at only: a file, a copy of one, or a device. Takes no lock,
// so it works beside a running box; what that box writes meanwhile may be seen half. Writes are
// refused with kStorage.
class FlashImage final : public Flash {
 public:
  FlashImage() = default;
  ~FlashImage() { close(); }
  FlashImage(const FlashImage&) = delete;
  FlashImage& operator=(const FlashImage&) = delete;

  // kNotFound, kDenied, kStorage: error() says why. kInvalid: neither file nor character device, or
  // smaller than the least journal.
  Status open(const std::string& path);
  void close();
  // Of the last failure; 0 when the system was not asked.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] uint64_t size() const { return size_; }
  // How the journal in it is cut (journal/image.h); before, the whole is one erase unit.
  void set_segment_bytes(uint32_t bytes) { segment_bytes_ = bytes; }
  // The process that has the medium locked, as far as the kernel tells; 0: nobody.
  [[nodiscard]] pid_t holder() const;

  [[nodiscard]] FlashGeometry geometry() const override;
  Status read(uint64_t at, MutableBytes out) override;
  Status program(uint64_t, Bytes) override { return Status::kStorage; }
  Status erase(uint64_t) override { return Status::kStorage; }
  Status sync() override { return Status::kStorage; }

 private:
  int file_ = -1;
  int error_ = 0;
  uint64_t size_ = 0;
  uint32_t segment_bytes_ = 0;
};

}  // namespace hookflash
