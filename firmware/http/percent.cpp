#include "http/percent.h"

#include "base/ascii.h"

namespace hookflash {

Decoded percent_decode(std::string_view text, Plus plus, char* out) {
  Decoded result;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::kIsSpace) {
      c = ' ';
    } else if (c == '%') {
      const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      } else {
        result.bad_escape = true;
      }
    }
    if (c == '\0') result.has_nul = true;
    out[result.size++] = c;
  }
  return result;
}

void percent_encode(TextWriter& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.put(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.put('%').put(kDigits[byte >> 4]).put(kDigits[byte & 15]);
    }
  }
}

}  // namespace hookflash
