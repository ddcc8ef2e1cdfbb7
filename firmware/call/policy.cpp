#include "call/policy.h"

#include "base/check.h"

namespace hookflash {

NumberDigits digits_of_number(std::string_view number) {
  NumberDigits digits;
  if (number.size() > NumberDigits::capacity()) return digits;
  for (const char c : number) {
    if (c >= '0' && c <= '9') {
      CHECK(digits.append({&c, 1}) == Status::kOk);
    } else if (std::string_view(" +-.()").find(c) == std::string_view::npos) {
      return {};
    }
  }
  return digits;
}

bool same_number(std::string_view a, std::string_view b) {
  const NumberDigits digits = digits_of_number(a);
  return !digits.empty() && digits == digits_of_number(b);
}

}  // namespace hookflash
