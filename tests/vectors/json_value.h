#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookflash::vectors {

// A JSON value as it stands in the file: texts may hold zero bytes, members keep their order and
// may repeat. Written for vector files, which any C string reader would cut at "\u0000".
struct JsonMember;
struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kText, kArray, kObject };
  Kind kind = Kind::kNull;
  bool truth = false;
  double number = 0;
  std::string text;
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;

  // The first member of that name; nullptr when there is none or this is no object.
  [[nodiscard]] const JsonValue* find(std::string_view name) const;
  // The text of a member; `otherwise` when it is missing or no text.
  [[nodiscard]] std::string text_of(std::string_view name, std::string_view otherwise = "") const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Nothing for a text that is not JSON.
std::optional<JsonValue> parse_json(std::string_view text);

}  // namespace hookflash::vectors
