#include "providers/twilio/form_writer.h"

namespace hookflash::twilio {

void FormWriter::escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out_.put(c);
      continue;
    }
    const auto byte = static_cast<uint8_t>(c);
    out_.put('%').put(kDigits[byte >> 4]).put(kDigits[byte & 15]);
  }
}

FormWriter& FormWriter::pair(std::string_view name, std::string_view value) {
  if (any_) out_.put('&');
  any_ = true;
  escape(name);
  out_.put('=');
  escape(value);
  return *this;
}

FormWriter& FormWriter::pair(std::string_view name, int64_t value) {
  char digits[24];
  TextWriter text(digits, sizeof digits);
  text.number(value);
  return pair(name, text.view());
}

}  // namespace hookflash::twilio
