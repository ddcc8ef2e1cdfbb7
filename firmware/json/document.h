#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/status.h"
#include "json/arena.h"
#include "json/kind.h"

struct cJSON;  // Known to document.cpp only.

namespace hookflash::json {

class Values;

// A look at one value of a Document, or at nothing. Cheap to copy; valid as long as the document.
class Value {
 public:
  Value() = default;

  [[nodiscard]] bool is_set() const { return item_ != nullptr; }
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_object() const { return kind() == Kind::kObject; }
  [[nodiscard]] bool is_array() const { return kind() == Kind::kArray; }
  [[nodiscard]] bool is_string() const { return kind() == Kind::kString; }
  [[nodiscard]] bool is_bool() const { return kind() == Kind::kTrue || kind() == Kind::kFalse; }

  // The name of this member of an object; empty elsewhere.
  [[nodiscard]] std::string_view key() const;
  // The text of a string; empty for any other kind.
  [[nodiscard]] std::string_view text() const;
  // kInvalid unless true or false.
  [[nodiscard]] Result<bool> boolean() const;
  // A number without a fraction from min to max. kInvalid for any other kind, a fraction, or a
  // magnitude of 2^53 and more, where a JSON number is not exact any more; kTooLarge for a whole
  // number out of range.
  [[nodiscard]] Result<int64_t> integer(int64_t min, int64_t max) const;

  // The member with exactly this name; nothing when there is none or this is no object.
  [[nodiscard]] Value member(std::string_view name) const;
  // The members or elements in order; none for any other kind.
  [[nodiscard]] Values values() const;
  [[nodiscard]] size_t size() const;

 private:
  friend class Document;
  friend class Values;
  explicit Value(const cJSON* item) : item_(item) {}

  const cJSON* item_ = nullptr;
};

// For range-for.
class Values {
 public:
  class Iterator {
   public:
    explicit Iterator(const cJSON* item) : item_(item) {}
    Value operator*() const { return Value(item_); }
    Iterator& operator++();
    bool operator==(const Iterator&) const = default;

   private:
    const cJSON* item_;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(first_); }
  [[nodiscard]] static Iterator end() { return Iterator(nullptr); }

 private:
  friend class Value;
  explicit Values(const cJSON* first) : first_(first) {}

  const cJSON* first_;
};

// A parsed JSON object, for configuration, API requests and carrier answers; media messages go
// through FieldScanner instead. Stricter than the parser underneath: RFC 8259 in strict UTF-8, an
// object at the top, no NUL in any spelling, nothing behind it, no name twice in one object, and
// the limits kJsonDepthMax, kJsonMembersMax (of one object) and kJsonNumberBytesMax.
//
// Lives on the stack within one turn and gives its memory back in the end. cJSON's allocator hooks
// are process-wide: only one thread of a process uses documents.
class Document {
 public:
  explicit Document(Arena& arena) : arena_(arena) {}
  ~Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // Once per document; the text is not needed afterwards. kInvalid: see error(). kTooLarge: an
  // object has too many members. kFull: the arena is too small for it.
  Status parse(std::string_view text);
  [[nodiscard]] Value root() const { return Value(root_); }

  // What was wrong, in words for the author of the text. Line and column (in bytes) count from 1
  // and are 0 where the fault has no single place.
  struct Error {
    std::string_view what;
    uint32_t line = 0;
    uint32_t column = 0;
  };
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Status fail(Status status, std::string_view what);

  Arena& arena_;
  cJSON* root_ = nullptr;
  Error error_;
};

}  // namespace hookflash::json
