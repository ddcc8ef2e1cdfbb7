#pragma once

#include <array>
#include <cstddef>

#include "base/check.h"
#include "base/status.h"

namespace hookflash {

// First in, first out, at most N values, held in place. All zero is empty.
template <typename T, size_t N>
class Ring {
 public:
  static constexpr size_t capacity() { return N; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == N; }

  // kFull when there is no room; nothing changes then.
  Status push(const T& value) {
    if (full()) return Status::kFull;
    items_[(head_ + size_) % N] = value;
    ++size_;
    return Status::kOk;
  }
  // The oldest value.
  T& front() {
    CHECK(size_ > 0);
    return items_[head_];
  }
  const T& front() const {
    CHECK(size_ > 0);
    return items_[head_];
  }
  T& back() { return (*this)[size_ - 1]; }
  void pop() {
    CHECK(size_ > 0);
    head_ = (head_ + 1) % N;
    --size_;
  }
  // Index 0 is the oldest.
  T& operator[](size_t index) {
    CHECK(index < size_);
    return items_[(head_ + index) % N];
  }
  const T& operator[](size_t index) const {
    CHECK(index < size_);
    return items_[(head_ + index) % N];
  }
  void clear() { head_ = size_ = 0; }

 private:
  size_t head_ = 0;
  size_t size_ = 0;
  std::array<T, N> items_{};
};

}  // namespace hookflash
