#include "vectors/json_value.h"

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/ascii.h"

namespace hookflash::vectors {
namespace {

constexpr int kDepthMax = 64;

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<JsonValue> document() {
    JsonValue value;
    if (!read_value(value, 0)) return std::nullopt;
    skip_blanks();
    if (!rest_.empty()) return std::nullopt;
    return value;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos) {
      rest_.remove_prefix(1);
    }
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool read_value(JsonValue& value, int depth) {
    skip_blanks();
    if (rest_.empty() || depth > kDepthMax) return false;
    using Kind = JsonValue::Kind;
    switch (rest_[0]) {
      case '{': value.kind = Kind::kObject; return read_object(value, depth);
      case '[': value.kind = Kind::kArray; return read_array(value, depth);
      case '"': value.kind = Kind::kText; return read_text(value.text);
      case 't':
        value.kind = Kind::kBool;
        value.truth = true;
        return take("true");
      case 'f': value.kind = Kind::kBool; return take("false");
      case 'n': return take("null");
      default: value.kind = Kind::kNumber; return read_number(value.number);
    }
  }

  bool read_object(JsonValue& value, int depth) {
    rest_.remove_prefix(1);
    skip_blanks();
    if (take("}")) return true;
    for (;;) {
      skip_blanks();
      std::string name;
      if (rest_.empty() || rest_[0] != '"' || !read_text(name)) return false;
      skip_blanks();
      if (!take(":")) return false;
      JsonValue member;
      if (!read_value(member, depth + 1)) return false;
      value.members.push_back({std::move(name), std::move(member)});
      skip_blanks();
      if (take("}")) return true;
      if (!take(",")) return false;
    }
  }

  bool read_array(JsonValue& value, int depth) {
    rest_.remove_prefix(1);
    skip_blanks();
    if (take("]")) return true;
    for (;;) {
      if (!read_value(value.items.emplace_back(), depth + 1)) return false;
      skip_blanks();
      if (take("]")) return true;
      if (!take(",")) return false;
    }
  }

  bool read_number(double& number) {
    const size_t size = rest_.find_first_not_of("0123456789+-.eE");
    const std::string digits(rest_.substr(0, size));
    char* end = nullptr;
    number = std::strtod(digits.c_str(), &end);
    if (digits.empty() || end != digits.c_str() + digits.size()) return false;
    rest_.remove_prefix(digits.size());
    return true;
  }

  bool read_unit(uint32_t& unit) {
    if (rest_.size() < 4) return false;
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = hex_value(rest_[static_cast<size_t>(i)]);
      if (digit < 0) return false;
      unit = unit * 16 + static_cast<uint32_t>(digit);
    }
    rest_.remove_prefix(4);
    return true;
  }

  static void put_code_point(uint32_t c, std::string& out) {
    const auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | c >> 6);
      put(0x80 | (c & 63));
    } else if (c < 0x10000) {
      put(0xE0 | c >> 12);
      put(0x80 | ((c >> 6) & 63));
      put(0x80 | (c & 63));
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | ((c >> 12) & 63));
      put(0x80 | ((c >> 6) & 63));
      put(0x80 | (c & 63));
    }
  }

  bool read_escape(std::string& out) {
    if (rest_.empty()) return false;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (const size_t known = kNames.find(c); known != std::string_view::npos) {
      out.push_back(kValues[known]);
      return true;
    }
    uint32_t unit = 0;
    if (c != 'u' || !read_unit(unit)) return false;
    if (unit >= 0xD800 && unit < 0xDC00 && rest_.starts_with("\\u")) {
      const std::string_view before = rest_;
      uint32_t low = 0;
      rest_.remove_prefix(2);
      if (!read_unit(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      } else {
        rest_ = before;
      }
    }
    // Half a pair is no character.
    put_code_point(unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit, out);
    return true;
  }

  bool read_text(std::string& out) {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        out.push_back(c);
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string JsonValue::text_of(std::string_view name, std::string_view otherwise) const {
  const JsonValue* member = find(name);
  return std::string(member != nullptr && member->kind == Kind::kText ? member->text : otherwise);
}

std::optional<JsonValue> parse_json(std::string_view text) { return Parser(text).document(); }

}  // namespace hookflash::vectors
