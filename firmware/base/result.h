#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace hookflash {

// Either a value or the Status that says why there is none. Values are trivially destructible or
// small owners; nothing here allocates.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(status) {      // NOLINT(google-explicit-constructor)
    CHECK(status != Status::kOk);
  }

  [[nodiscard]] bool ok() const { return status_ == Status::kOk; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] Status status() const { return status_; }

  // Holds only when ok().
  T& value() {
    CHECK(ok());
    return value_;
  }
  const T& value() const {
    CHECK(ok());
    return value_;
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] T value_or(T fallback) const { return ok() ? value_ : std::move(fallback); }

 private:
  Status status_ = Status::kOk;
  T value_{};
};

}  // namespace hookflash
