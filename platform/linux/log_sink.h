#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace hookflash {

// Lines to a descriptor that may be slow (a terminal that is held, a full pipe) without ever
// waiting for it: what does not go out at once is kept, and when that is full, dropped and counted.
class LogSink {
 public:
  explicit LogSink(int descriptor) : descriptor_(descriptor) {}

  // `line` has no newline. At most limits::kLogLineBytesMax are written of it.
  void write(std::string_view line);
  // Tries again to write what was kept.
  void flush();
  // How soon flush() is worth a try.
  [[nodiscard]] Duration patience() const {
    return size_ == 0 ? Duration::max() : Duration::ms(50);
  }
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  static constexpr size_t kKept = 64 * 1024;

  [[nodiscard]] bool takes() const;

  int descriptor_;
  size_t begin_ = 0;
  size_t size_ = 0;
  uint64_t dropped_ = 0;
  uint64_t unreported_ = 0;
  std::array<char, kKept> kept_{};
};

}  // namespace hookflash
