#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/status.h"
#include "limits.h"

namespace hookflash {

struct FormEntry {
  std::string_view name;
  std::string_view value;  // Decoded, never trimmed: spaces are part of a signature.
};

// What a form or query holds. Views into the memory of the Form it came from.
struct FormView {
  std::span<const FormEntry> arrived;  // In order of arrival.
  std::span<const FormEntry> sorted;   // By name, then value, in byte order.
  // No broken escape, no zero byte, valid UTF-8. A form that is not so can still be checked against
  // its signature; once verified it is "not parseable" (step 14).
  bool well_formed = false;  // So until it has been parsed.

  // The first value of a name; empty when there is none. Names compare exactly.
  [[nodiscard]] std::string_view value_of(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
};

// Decodes application/x-www-form-urlencoded: "+" is a space, broken escapes stay as they stand,
// empty pieces between "&" are nothing, a piece without "=" is a name with an empty value.
// kTooLarge when the text is longer than `bytes`; kFull when it has more entries than `arrived`.
// The three spans are memory for the result.
Status parse_form(std::string_view text, std::span<char> bytes, std::span<FormEntry> arrived,
                  std::span<FormEntry> sorted, FormView& out);

// A form with its memory. Reused for one request after the other: requests are verified one at a
// time.
template <size_t kBytes, size_t kEntries>
class FormOf {
 public:
  Status parse(std::string_view text) {
    view_ = {};
    return parse_form(text, bytes_, arrived_, sorted_, view_);
  }
  [[nodiscard]] const FormView& view() const { return view_; }

 private:
  FormView view_;
  std::array<char, kBytes> bytes_{};
  std::array<FormEntry, kEntries> arrived_{};
  std::array<FormEntry, kEntries> sorted_{};
};

using Form = FormOf<limits::kBodyBytesMax, limits::kFormEntriesMax>;
// The pairs behind the "?" of a URL.
using Query = FormOf<limits::kRequestLineBytesMax, limits::kQueryEntriesMax>;

// True for the media type of forms, with or without parameters, in any case.
bool is_form_content_type(std::string_view content_type);

}  // namespace hookflash
