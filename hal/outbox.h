#pragma once

#include <array>
#include <cstddef>

#include "base/check.h"
#include "base/text_writer.h"
#include "hal/out.h"
#include "limits.h"

namespace hookflash {

// Collects what one handle() asks of the world, and the memory its spans point into. Owned by the
// appliance, written by every room that acts, drained by next(). Everything put in lives until
// begin().
class Outbox {
 public:
  // Both are sums over the worst single turn: limits::kDueFramesPerTurn frames, an API page or the
  // metrics text, one dial. A turn never makes more, so running out is our own mistake.
  static constexpr size_t kItems = 4 * limits::kCallSlots + 256;
  static constexpr size_t kBytes = 512 * 1024;

  // Forgets the last turn. Call at the start of handle().
  void begin() {
    size_ = 0;
    read_ = 0;
    used_ = 0;
  }

  void push(const Out& out) {
    CHECK(size_ < kItems);
    items_[size_++] = out;
  }

  // `size` bytes to build a message in, with limits::kWsHeadroom free bytes before them.
  std::span<char> reserve(size_t size) {
    CHECK(used_ + limits::kWsHeadroom + size <= kBytes);
    char* const begin = bytes_.data() + used_ + limits::kWsHeadroom;
    used_ += limits::kWsHeadroom + size;
    return {begin, size};
  }
  // Gives back what the last reserve() did not use.
  void shrink(std::span<char> reserved, size_t used) {
    CHECK(reserved.data() + reserved.size() == bytes_.data() + used_ && used <= reserved.size());
    used_ -= reserved.size() - used;
  }
  [[nodiscard]] size_t room() const { return kBytes - used_ - limits::kWsHeadroom; }

  // Copies a text so that it lives as long as the turn.
  std::string_view keep(std::string_view text) {
    const std::span<char> copy = reserve(text.size());
    TextWriter(copy).put(text);
    return {copy.data(), copy.size()};
  }

  // The next request in order; false when all have been taken.
  bool next(Out& out) {
    if (read_ == size_) return false;
    out = items_[read_++];
    return true;
  }

 private:
  size_t size_ = 0;
  size_t read_ = 0;
  size_t used_ = 0;
  std::array<Out, kItems> items_{};
  std::array<char, kBytes> bytes_{};
};

}  // namespace hookflash
