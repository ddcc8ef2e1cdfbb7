#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace hookflash::twilio::carrier {

// A histogram of durations that is fine where it matters: 50 us steps below 1 ms, 0.5 ms below 10
// ms, 5 ms below 100 ms, 50 ms below 1 s. Negative values count as zero.
class Spread {
 public:
  void add(Duration value) {
    if (value < Duration()) value = Duration();
    ++counts_[bucket_of(value.us())];
    ++total_;
    sum_ += value;
    if (value > longest_) longest_ = value;
  }
  void add(const Spread& other) {
    for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    sum_ += other.sum_;
    if (other.longest_ > longest_) longest_ = other.longest_;
  }

  [[nodiscard]] uint64_t total() const { return total_; }
  [[nodiscard]] Duration longest() const { return longest_; }
  [[nodiscard]] Duration mean() const {
    return total_ == 0 ? Duration() : sum_ / static_cast<int64_t>(total_);
  }
  // The upper bound of the bucket that holds the value below which `permille` of all lie; never
  // more than longest().
  [[nodiscard]] Duration percentile(uint32_t permille) const {
    const uint64_t rank = (total_ * permille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= rank && seen > 0) {
        const Duration bound = upper_bound(i);
        return bound < longest_ ? bound : longest_;
      }
    }
    return longest_;
  }

 private:
  static constexpr size_t kFine = 20;    // 50 us each, to 1 ms.
  static constexpr size_t kMiddle = 18;  // 0.5 ms each, to 10 ms.
  static constexpr size_t kCoarse = 18;  // 5 ms each, to 100 ms.
  static constexpr size_t kBroad = 18;   // 50 ms each, to 1 s.
  static constexpr size_t kBuckets = kFine + kMiddle + kCoarse + kBroad + 1;

  static constexpr size_t bucket_of(int64_t us) {
    if (us < 1000) return static_cast<size_t>(us / 50);
    if (us < 10'000) return kFine + static_cast<size_t>((us - 1000) / 500);
    if (us < 100'000) return kFine + kMiddle + static_cast<size_t>((us - 10'000) / 5000);
    if (us < 1'000'000) {
      return kFine + kMiddle + kCoarse + static_cast<size_t>((us - 100'000) / 50'000);
    }
    return kBuckets - 1;
  }
  static constexpr Duration upper_bound(size_t bucket) {
    const auto steps = [](size_t n, int64_t us) {
      return Duration::us(static_cast<int64_t>(n) * us);
    };
    if (bucket < kFine) return steps(bucket + 1, 50);
    bucket -= kFine;
    if (bucket < kMiddle) return Duration::ms(1) + steps(bucket + 1, 500);
    bucket -= kMiddle;
    if (bucket < kCoarse) return Duration::ms(10) + steps(bucket + 1, 5000);
    bucket -= kCoarse;
    if (bucket < kBroad) return Duration::ms(100) + steps(bucket + 1, 50'000);
    return Duration::max();
  }

  uint64_t total_ = 0;
  Duration sum_;
  Duration longest_;
  std::array<uint32_t, kBuckets> counts_{};
};

}  // namespace hookflash::twilio::carrier
