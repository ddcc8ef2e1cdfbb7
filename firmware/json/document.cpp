#include "json/document.h"

#include <cjson/cJSON.h>

#include <array>
#include <cmath>

#include "base/check.h"
#include "json/field_scanner.h"
#include "limits.h"

namespace hookflash::json {
namespace {

// The arena that cJSON's hooks serve at the moment. The hooks carry no context, so this is one of
// the few places with a static; it is set only while a call into cJSON runs.
Arena* serving = nullptr;

void* allocate_for_cjson(size_t size) { return serving->allocate(size); }

void release_for_cjson(void* piece) {
  if (piece != nullptr) serving->release(piece);
}

class Service {
 public:
  explicit Service(Arena& arena) {
    CHECK(serving == nullptr);
    serving = &arena;
    cJSON_Hooks hooks{};
    hooks.malloc_fn = allocate_for_cjson;
    hooks.free_fn = release_for_cjson;
    cJSON_InitHooks(&hooks);
  }
  ~Service() { serving = nullptr; }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
};

// A look at the syntax alone: nothing is wanted.
constexpr std::array<FieldNode, 1> kNothingWanted{};

size_t members_of(const cJSON* object) {
  size_t count = 0;
  for (const cJSON* item = object->child; item != nullptr; item = item->next) ++count;
  return count;
}

bool has_twins(const cJSON* object) {
  for (const cJSON* a = object->child; a != nullptr; a = a->next) {
    for (const cJSON* b = a->next; b != nullptr; b = b->next) {
      if (a->string[0] == b->string[0] && std::string_view(a->string) == b->string) return true;
    }
  }
  return false;
}

enum class Shape : uint8_t { kGood, kTwins, kTooMany };

// Depth is bounded by limits::kJsonDepthMax before this is called.
Shape shape_of(const cJSON* item) {
  if (cJSON_IsObject(item) != 0) {
    if (members_of(item) > limits::kJsonMembersMax) return Shape::kTooMany;
    if (has_twins(item)) return Shape::kTwins;
  }
  for (const cJSON* child = item->child; child != nullptr; child = child->next) {
    if (child->child == nullptr) continue;
    if (const Shape shape = shape_of(child); shape != Shape::kGood) return shape;
  }
  return Shape::kGood;
}

}  // namespace

Kind Value::kind() const {
  if (item_ == nullptr) return Kind::kAbsent;
  switch (item_->type & 0xFF) {
    case cJSON_String: return Kind::kString;
    case cJSON_Number: return Kind::kNumber;
    case cJSON_True: return Kind::kTrue;
    case cJSON_False: return Kind::kFalse;
    case cJSON_NULL: return Kind::kNull;
    case cJSON_Object: return Kind::kObject;
    case cJSON_Array: return Kind::kArray;
    default: return Kind::kAbsent;
  }
}

std::string_view Value::key() const {
  return item_ != nullptr && item_->string != nullptr ? std::string_view(item_->string)
                                                      : std::string_view();
}

std::string_view Value::text() const {
  return kind() == Kind::kString ? std::string_view(item_->valuestring) : std::string_view();
}

Result<bool> Value::boolean() const {
  const Kind found = kind();
  if (found == Kind::kTrue) return true;
  if (found == Kind::kFalse) return false;
  return Status::kInvalid;
}

Result<int64_t> Value::integer(int64_t min, int64_t max) const {
  constexpr double kExactBelow = 9007199254740992.0;  // 2^53.
  if (kind() != Kind::kNumber) return Status::kInvalid;
  const double number = item_->valuedouble;
  if (!(std::fabs(number) < kExactBelow) || std::trunc(number) != number) return Status::kInvalid;
  const auto whole = static_cast<int64_t>(number);
  if (whole < min || whole > max) return Status::kTooLarge;
  return whole;
}

Value Value::member(std::string_view name) const {
  if (kind() != Kind::kObject) return Value();
  for (const cJSON* item = item_->child; item != nullptr; item = item->next) {
    if (name == item->string) return Value(item);
  }
  return Value();
}

Values Value::values() const {
  const Kind found = kind();
  return Values(found == Kind::kObject || found == Kind::kArray ? item_->child : nullptr);
}

size_t Value::size() const {
  return kind() == Kind::kObject || kind() == Kind::kArray ? members_of(item_) : 0;
}

Values::Iterator& Values::Iterator::operator++() {
  item_ = item_->next;
  return *this;
}

Document::~Document() {
  if (root_ == nullptr) return;
  const Service service(arena_);
  cJSON_Delete(root_);
}

Status Document::fail(Status status, std::string_view what) {
  error_.what = what;
  return status;
}

Status Document::parse(std::string_view text) {
  CHECK(root_ == nullptr);
  // cJSON takes more than JSON (control characters, numbers like 01, broken UTF-8), so the strict
  // scanner goes first. That also bounds cJSON's recursion.
  FieldScannerCore scanner;
  const FieldTableView nothing{kNothingWanted, {}, {}};
  if (scanner.feed(nothing, {}, text, true, nullptr) != Progress::kComplete) {
    error_.line = 1;
    error_.column = 1;
    for (const char c : text.substr(0, scanner.scanned())) {
      ++error_.column;
      if (c == '\n') {
        ++error_.line;
        error_.column = 1;
      }
    }
    return fail(Status::kInvalid, scanner.scanned() < text.size()
                                      ? "not a valid JSON object from here on"
                                      : "the JSON object is not complete");
  }
  const Service service(arena_);
  root_ = cJSON_ParseWithLengthOpts(text.data(), text.size(), nullptr, 0);
  // What the scanner lets through is JSON for cJSON too, so only memory can be wanting.
  if (root_ == nullptr) return fail(Status::kFull, "too large for our memory");
  switch (shape_of(root_)) {
    case Shape::kGood: return Status::kOk;
    case Shape::kTwins: return fail(Status::kInvalid, "a name occurs twice in one object");
    case Shape::kTooMany: return fail(Status::kTooLarge, "an object has too many members");
  }
  return Status::kOk;
}

}  // namespace hookflash::json
