#pragma once

#include <string_view>

#include "base/text_writer.h"

namespace hookflash::twilio {

// Writes an application/x-www-form-urlencoded body pair by pair. Everything but unreserved
// characters (RFC 3986 section 2.3) is escaped, a space as %20, so `+` of a number arrives as `+`.
class FormWriter {
 public:
  explicit FormWriter(TextWriter& out) : out_(out) {}

  FormWriter& pair(std::string_view name, std::string_view value);
  FormWriter& pair(std::string_view name, int64_t value);

 private:
  void escape(std::string_view text);

  TextWriter& out_;
  bool any_ = false;
};

}  // namespace hookflash::twilio
