#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/check.h"
#include "base/status.h"

namespace hookflash {

// At most N values in order, held in place. T is default-constructible; all zero is empty.
template <typename T, size_t N>
class FixedVector {
 public:
  static constexpr size_t capacity() { return N; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == N; }

  // kFull when there is no room; nothing changes then.
  Status push(const T& value) {
    if (full()) return Status::kFull;
    items_[size_++] = value;
    return Status::kOk;
  }
  // A fresh value at the end to fill in, or nullptr when full.
  T* emplace() {
    if (full()) return nullptr;
    items_[size_] = T{};
    return &items_[size_++];
  }
  void pop_back() {
    CHECK(size_ > 0);
    --size_;
  }
  // Keeps the order of the others.
  void erase(size_t index) {
    CHECK(index < size_);
    for (size_t i = index + 1; i < size_; ++i) items_[i - 1] = items_[i];
    --size_;
  }
  void clear() { size_ = 0; }

  T& operator[](size_t index) {
    CHECK(index < size_);
    return items_[index];
  }
  const T& operator[](size_t index) const {
    CHECK(index < size_);
    return items_[index];
  }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }
  T* begin() { return items_.data(); }
  T* end() { return items_.data() + size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  [[nodiscard]] std::span<const T> span() const { return {items_.data(), size_}; }
  std::span<T> span() { return {items_.data(), size_}; }

 private:
  size_t size_ = 0;
  std::array<T, N> items_{};
};

}  // namespace hookflash
