#pragma once

#include <cstdint>
#include <string_view>

namespace hookflash::json {

// What a value is. kAbsent: there is none.
enum class Kind : uint8_t { kAbsent, kString, kNumber, kTrue, kFalse, kNull, kObject, kArray };

// With its article, for messages to people: "expected a number, found a string".
constexpr std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kAbsent: return "nothing";
    case Kind::kString: return "a string";
    case Kind::kNumber: return "a number";
    case Kind::kTrue: return "true";
    case Kind::kFalse: return "false";
    case Kind::kNull: return "null";
    case Kind::kObject: return "an object";
    case Kind::kArray: return "an array";
  }
  return "nothing";
}

}  // namespace hookflash::json
