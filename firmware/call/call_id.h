#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "hal/entropy.h"
#include "limits.h"

namespace hookflash {

// Our name for a call: a random UUID v4 (RFC 9562 section 5.4), made here, never reused (B-REC).
// All zero is "none".
class CallId {
 public:
  using Text = FixedText<limits::kCallIdBytes>;

  constexpr CallId() = default;
  static CallId make(Entropy& entropy);
  // Exactly the canonical form: 36 characters, lower-case hex, version 4, variant 10.
  static std::optional<CallId> parse(std::string_view text);
  // From 16 bytes of our own (journal, token). nullopt when they are no UUID v4.
  static std::optional<CallId> from_bytes(Bytes bytes);

  [[nodiscard]] bool is_set() const { return bytes_ != std::array<uint8_t, 16>{}; }
  [[nodiscard]] const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] Text text() const;

  bool operator==(const CallId&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace hookflash
