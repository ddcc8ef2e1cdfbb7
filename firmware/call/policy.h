#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fixed_text.h"
#include "limits.h"

namespace hookflash {

// Decisions about inbound calls, over plain values (contract section 10).

// Number of the configuration's inboundPolicy. kPairing is refused by the configuration check
// (B-INB-5); until it exists it decides as allowlist does.
enum class InboundPolicy : uint8_t { kDisabled = 0, kAllowlist, kOpen, kPairing };
inline constexpr size_t kInboundPolicies = 4;

constexpr std::string_view name_of(InboundPolicy policy) {
  switch (policy) {
    case InboundPolicy::kDisabled: return "disabled";
    case InboundPolicy::kAllowlist: return "allowlist";
    case InboundPolicy::kOpen: return "open";
    case InboundPolicy::kPairing: return "pairing";
  }
  return "disabled";
}

// The digits of a number. Empty when the text has anything besides digits, space and + - . ( ), or
// no digit at all: missing, blank, anonymous and SIP names (B-INB-2).
using NumberDigits = FixedText<limits::kAddressBytesMax>;
NumberDigits digits_of_number(std::string_view number);

// Whole numbers, digits only; endings never match (B-INB-2). False when either is no number.
bool same_number(std::string_view a, std::string_view b);

// B-INB-1, B-INB-2. `allow_from` is any range of values that convert to std::string_view.
template <typename Numbers>
bool is_call_allowed(InboundPolicy policy, const Numbers& allow_from, std::string_view from) {
  switch (policy) {
    case InboundPolicy::kDisabled: return false;
    case InboundPolicy::kOpen: return true;
    case InboundPolicy::kAllowlist:
    case InboundPolicy::kPairing:
      for (const auto& allowed : allow_from) {
        if (same_number(std::string_view(allowed), from)) return true;
      }
      return false;
  }
  return false;
}

// Index of the route for the dialled number: exact key first, then digits only (B-INB-6); SIZE_MAX
// when there is none. key_of(i) gives the i-th key.
template <typename KeyOf>
size_t find_route(size_t count, KeyOf key_of, std::string_view to) {
  for (size_t i = 0; i < count; ++i) {
    if (std::string_view(key_of(i)) == to) return i;
  }
  for (size_t i = 0; i < count; ++i) {
    if (same_number(std::string_view(key_of(i)), to)) return i;
  }
  return SIZE_MAX;
}

}  // namespace hookflash
