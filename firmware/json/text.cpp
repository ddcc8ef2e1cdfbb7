#include "json/text.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "json/plain_text.h"

namespace hookflash::json {
namespace {

void write_escape(TextWriter& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"': out.put("\\\""); return;
    case '\\': out.put("\\\\"); return;
    case '\b': out.put("\\b"); return;
    case '\f': out.put("\\f"); return;
    case '\n': out.put("\\n"); return;
    case '\r': out.put("\\r"); return;
    case '\t': out.put("\\t"); return;
    default: break;
  }
  const auto byte = static_cast<uint8_t>(c);
  const char escape[6] = {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
  out.put({escape, sizeof escape});
}

// Bytes of the well-formed character at the start, or 0.
size_t character_size(std::string_view text) {
  for (size_t size = 2; size <= 4 && size <= text.size(); ++size) {
    if (is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

void write_string(TextWriter& out, std::string_view text) {
  out.put('"');
  while (!text.empty()) {
    const char* const stop = plain_end(text.data(), text.data() + text.size());
    const auto run = static_cast<size_t>(stop - text.data());
    out.put(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    size_t size = 1;
    if (static_cast<uint8_t>(text[0]) < 0x80) {
      write_escape(out, text[0]);
    } else if (const size_t whole = character_size(text); whole != 0) {
      size = whole;
      out.put(text.substr(0, whole));
    } else {
      out.put("\xEF\xBF\xBD");
    }
    text.remove_prefix(size);
  }
  out.put('"');
}

void write_base64_string(TextWriter& out, Bytes bytes) {
  char text[base64_encoded_size(240)];
  out.put('"');
  while (!bytes.empty()) {
    const Bytes piece = bytes.first(bytes.size() < 240 ? bytes.size() : 240);
    bytes = bytes.subspan(piece.size());
    out.put({text, base64_encode(piece, text)});
  }
  out.put('"');
}

}  // namespace hookflash::json
