#include "providers/twilio/carrier/json_reader.h"

#include <charconv>

#include "base/utf8.h"

namespace hookflash::twilio::carrier {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr int kDepthMax = 16;

}  // namespace

void JsonReader::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
    ++at_;
  }
}

bool JsonReader::expect(char c) {
  skip_space();
  if (failed_ || at_ == text_.size() || text_[at_] != c) return fail();
  ++at_;
  return true;
}

bool JsonReader::finished() {
  skip_space();
  return !failed_ && at_ == text_.size();
}

bool JsonReader::enter_object() {
  if (!expect('{')) return false;
  first_ = true;
  return true;
}

bool JsonReader::next_member(std::string_view& key, std::span<char> memory) {
  if (failed_) return false;
  skip_space();
  if (at_ < text_.size() && text_[at_] == '}') {
    ++at_;
    first_ = false;
    return false;
  }
  if (!first_ && !expect(',')) return false;
  first_ = false;
  return read_text(key, memory) && expect(':');
}

bool JsonReader::enter_array() {
  if (!expect('[')) return false;
  first_ = true;
  return true;
}

bool JsonReader::next_element() {
  if (failed_) return false;
  skip_space();
  if (at_ < text_.size() && text_[at_] == ']') {
    ++at_;
    first_ = false;
    return false;
  }
  if (!first_ && !expect(',')) return false;
  first_ = false;
  return true;
}

bool JsonReader::read_escape(std::span<char> memory, size_t& used) {
  const auto put = [&](uint32_t byte) {
    if (used == memory.size()) return fail();
    memory[used++] = static_cast<char>(static_cast<uint8_t>(byte));
    return true;
  };
  const auto read_unit = [&](uint32_t& unit) {
    unit = 0;
    if (text_.size() - at_ < 4) return fail();
    for (int i = 0; i < 4; ++i) {
      const int digit = hex_value(text_[at_++]);
      if (digit < 0) return fail();
      unit = unit * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  };
  if (at_ == text_.size()) return fail();
  const char c = text_[at_++];
  switch (c) {
    case '"':
    case '\\':
    case '/': return put(static_cast<uint8_t>(c));
    case 'b': return put('\b');
    case 'f': return put('\f');
    case 'n': return put('\n');
    case 'r': return put('\r');
    case 't': return put('\t');
    case 'u': break;
    default: return fail();
  }
  uint32_t code = 0;
  if (!read_unit(code)) return false;
  if (code >= 0xDC00 && code <= 0xDFFF) return fail();
  if (code >= 0xD800 && code <= 0xDBFF) {
    uint32_t low = 0;
    if (!text_.substr(at_).starts_with("\\u")) return fail();
    at_ += 2;
    if (!read_unit(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail();
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0 | (code >> 6)) && put(0x80 | (code & 0x3F));
  if (code < 0x10000) {
    return put(0xE0 | (code >> 12)) && put(0x80 | ((code >> 6) & 0x3F)) &&
           put(0x80 | (code & 0x3F));
  }
  return put(0xF0 | (code >> 18)) && put(0x80 | ((code >> 12) & 0x3F)) &&
         put(0x80 | ((code >> 6) & 0x3F)) && put(0x80 | (code & 0x3F));
}

bool JsonReader::read_text(std::string_view& out, std::span<char> memory) {
  if (!expect('"')) return false;
  const size_t end = text_.find_first_of("\"\\", at_);
  if (end == std::string_view::npos) return fail();
  if (text_[end] == '"') {
    out = text_.substr(at_, end - at_);
    at_ = end + 1;
  } else {
    size_t used = 0;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        ++at_;
        if (!read_escape(memory, used)) return false;
        continue;
      }
      if (static_cast<uint8_t>(text_[at_]) < 0x20 || used == memory.size()) return fail();
      memory[used++] = text_[at_++];
    }
    if (at_ == text_.size()) return fail();
    ++at_;
    out = {memory.data(), used};
    return is_utf8(out) || fail();
  }
  for (const char c : out) {
    if (static_cast<uint8_t>(c) < 0x20) return fail();
  }
  return is_utf8(out) || fail();
}

bool JsonReader::skip_number() {
  const auto skip_digits = [&] {
    const size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  };
  if (at_ < text_.size() && text_[at_] == '-') ++at_;
  const bool zero = at_ < text_.size() && text_[at_] == '0';
  const size_t begin = at_;
  if (!skip_digits() || (zero && at_ - begin > 1)) return fail();
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (!skip_digits()) return fail();
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (!skip_digits()) return fail();
  }
  return true;
}

bool JsonReader::read_number(int64_t& out) {
  skip_space();
  const size_t begin = at_;
  if (failed_ || !skip_number()) return fail();
  const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + at_, out);
  return (error == std::errc() && end == text_.data() + at_) || fail();
}

bool JsonReader::skip_value() { return skip_value(0); }

bool JsonReader::skip_value(int depth) {
  skip_space();
  if (failed_ || at_ == text_.size() || depth == kDepthMax) return fail();
  const char c = text_[at_];
  char memory[256];
  std::string_view text;
  if (c == '{') {
    enter_object();
    while (next_member(text, memory)) {
      if (!skip_value(depth + 1)) return false;
    }
    return !failed_;
  }
  if (c == '[') {
    enter_array();
    while (next_element()) {
      if (!skip_value(depth + 1)) return false;
    }
    return !failed_;
  }
  if (c == '"') return read_text(text, memory);
  for (const std::string_view word : {"true", "false", "null"}) {
    if (text_.substr(at_).starts_with(word)) {
      at_ += word.size();
      return true;
    }
  }
  return skip_number();
}

}  // namespace hookflash::twilio::carrier
