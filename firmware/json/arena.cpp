#include "json/arena.h"

#include "base/check.h"

namespace hookflash::json {

void* Arena::allocate(size_t size) {
  constexpr size_t kAlign = alignof(std::max_align_t);
  if (size > memory_.size() - used_) {
    ++refusals_;
    return nullptr;
  }
  const size_t rounded = (size + kAlign - 1) / kAlign * kAlign;
  std::byte* const piece = memory_.data() + used_;
  // The capacity is a multiple of the alignment, so what fits also fits rounded up.
  static_assert(limits::kJsonArenaBytes % kAlign == 0);
  used_ += rounded;
  ++pieces_;
  if (used_ > high_water_) high_water_ = used_;
  return piece;
}

void Arena::release(const void* piece) {
  const auto* const at = static_cast<const std::byte*>(piece);
  CHECK(pieces_ > 0 && at >= memory_.data() && at < memory_.data() + used_);
  if (--pieces_ == 0) used_ = 0;
}

}  // namespace hookflash::json
