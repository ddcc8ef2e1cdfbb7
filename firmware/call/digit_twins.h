#pragma once

#include <array>
#include <cstdint>

#include "base/fixed_vector.h"
#include "base/time.h"
#include "limits.h"

namespace hookflash {

// What became of a digit of the caller: labels of hookflash_dtmf_digits_total, in their order.
enum class DigitFate : uint8_t { kDelivered, kDuplicate, kDropped };

// One key press may be told twice, by the stream and by a webhook: it counts once (B-DTMF-2).
class DigitTwins {
 public:
  enum class Way : uint8_t { kStream, kWebhook };

  // True when the other way has brought this digit lately: each press has one twin at most.
  bool is_twin(char digit, Way way, Instant now) {
    auto& others = seen_[way == Way::kStream ? 1 : 0];
    while (!others.empty() && now - others[0].at > kTogether) others.erase(0);
    for (size_t i = 0; i < others.size(); ++i) {
      if (others[i].digit != digit) continue;
      others.erase(i);
      return true;
    }
    auto& own = seen_[way == Way::kStream ? 0 : 1];
    if (own.full()) own.erase(0);
    CHECK(own.push({.digit = digit, .at = now}) == Status::kOk);
    return false;
  }
  void clear() {
    for (auto& seen : seen_) seen.clear();
  }

 private:
  // A webhook brings digits when the carrier has waited for the last one: 5 s, and some typing.
  static constexpr Duration kTogether = Duration::seconds(10);
  struct Seen {
    char digit = 0;
    Instant at;
  };
  std::array<FixedVector<Seen, limits::kDtmfSequenceMax>, 2> seen_{};
};

}  // namespace hookflash
