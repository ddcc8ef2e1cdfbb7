#include "config/read.h"

#include <algorithm>
#include <array>
#include <new>
#include <type_traits>

#include "base/ascii.h"
#include "config/checks.h"
#include "config/field.h"
#include "config/formats.h"
#include "config/nearest.h"
#include "http/url.h"
#include "json/document.h"
#include "json/path.h"

namespace hookflash {
namespace {

static_assert(std::is_trivially_destructible_v<Config>);

using json::Kind;
using json::Path;
using json::Value;

// Reads one document. Recursion is bounded by the depth of the field table.
class Reader {
 public:
  Reader(Config& config, Problems& problems) : config_(config), problems_(problems) {}

  void read(const Value& root);

 private:
  // Where fields of a scope are written to, and which of them stood in the text.
  struct Target {
    Scope scope = Scope::kGeneral;
    void* object = nullptr;
    void* values = nullptr;  // LineValues; null where Scope::kEither does not apply.
    GivenFields* given = nullptr;
    std::span<const std::string_view> more;  // Keys that are read elsewhere.
  };

  void read_object(const Value& object, const Target& target, std::string_view prefix);
  void read_member(const Value& value, const Target& target, std::string_view key);
  void read_field(const Value& value, const Field& field, void* scope);
  void read_item(const Value& value, const Field& field, void* scope, bool in_array = false);
  void read_list(const Value& value, const Field& field, void* scope);
  void read_lines(const Value& value);
  void read_apps(const Value& value);
  void read_params(const Value& value, AppConfig& app);
  void read_numbers(const Value& value);
  void require(const Target& target);
  [[nodiscard]] bool check_map(const Value& value, size_t entries_max);

  void error(std::string_view message) { problems_.add(Severity::kError, path_.view(), message); }
  // "expected <what>, found <kind>".
  void wrong_kind(std::string_view what, const Value& value) {
    std::array<char, 400> memory{};
    TextWriter out(memory);
    out.put("expected ").put(what).put(", found ").put(json::name_of(value.kind()));
    error(out.view());
  }
  void expected(std::string_view what) {
    std::array<char, 400> memory{};
    TextWriter out(memory);
    out.put("expected ").put(what);
    error(out.view());
  }
  void at_most(size_t count, std::string_view of_what) {
    std::array<char, 80> memory{};
    TextWriter out(memory);
    out.put("expected at most ").number(count).put(" ").put(of_what);
    error(out.view());
  }
  void unknown_key(const Target& target, std::string_view key);

  Config& config_;
  Problems& problems_;
  Path path_;
};

bool applies(const Field& field, Scope scope, bool with_values) {
  return field.scope == scope || (with_values && field.scope == Scope::kEither);
}

// "expected ..." for a field of numbers or words.
void describe_number(const Field& field, TextWriter& out) {
  if (field.access.type == FieldType::kBoolean) {
    out.put("true or false");
    return;
  }
  if (field.access.type == FieldType::kChoice) {
    out.put("one of ");
    bool first = true;
    for (const std::string_view word : field.words) {
      if (word.empty()) continue;
      if (!first) out.put(", ");
      first = false;
      out.put(word);
    }
    return;
  }
  out.put("a whole number from ").number(field.min).put(" to ").number(field.max);
  if (!field.unit.empty()) out.put(" ").put(field.unit);
  if (field.step > 1) out.put(" in steps of ").number(field.step);
}

// The text as it is kept: hosts in lower case with canonical IPv6, URLs without a slash that means
// nothing.
std::string_view kept_form(std::string_view text, Format format, std::span<char> memory) {
  TextWriter out(memory);
  if (format == Format::kHost) {
    if (text.front() == '[') {
      out.put('[');
      IpAddress::parse(text.substr(1, text.size() - 2))->write(out);
      out.put(']');
    } else {
      for (const char c : text) out.put(to_lower(c));
    }
    return out.view();
  }
  if (format == Format::kLoopbackUrl || format == Format::kPublicUrl) {
    const bool bare = split_url(text)->path == "/";
    if (bare || (format == Format::kLoopbackUrl && text.back() == '/')) text.remove_suffix(1);
  }
  return text;
}

void Reader::unknown_key(const Target& target, std::string_view key) {
  if (problems_.full()) return error("unknown key");
  NearestKey nearest(key);
  for (const Field& field : config_fields()) {
    if (applies(field, target.scope, target.values != nullptr)) nearest.consider(field.key);
  }
  for (const std::string_view other : target.more) nearest.consider(other);
  std::array<char, 200> memory{};
  TextWriter out(memory);
  out.put("unknown key; the nearest known one is ").put(nearest.key());
  error(out.view());
}

void Reader::read_object(const Value& object, const Target& target, std::string_view prefix) {
  for (const Value value : object.values()) {
    const Path::Step step(path_, value.key());
    std::array<char, 160> memory{};
    TextWriter key(memory);
    key.put(prefix).put(value.key());
    // A name too long for the buffer is none of ours; the part in the buffer serves to find the
    // nearest.
    if (key.overflowed()) {
      unknown_key(target, value.key());
      continue;
    }
    read_member(value, target, key.view());
  }
}

void Reader::read_member(const Value& value, const Target& target, std::string_view key) {
  const std::span<const Field> fields = config_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (!applies(field, target.scope, target.values != nullptr)) continue;
    if (field.key == key) {
      target.given->add(i);
      return read_field(value, field,
                        field.scope == Scope::kEither ? target.values : target.object);
    }
    if (field.key.size() > key.size() && field.key.starts_with(key) &&
        field.key[key.size()] == '.') {
      if (!value.is_object()) return wrong_kind("an object", value);
      std::array<char, 160> memory{};
      TextWriter prefix(memory);
      prefix.put(key).put('.');
      return read_object(value, target, prefix.view());
    }
  }
  if (std::find(target.more.begin(), target.more.end(), key) != target.more.end()) return;
  unknown_key(target, key);
}

void Reader::read_field(const Value& value, const Field& field, void* scope) {
  std::array<char, 300> memory{};
  TextWriter what(memory);
  switch (field.access.type) {
    case FieldType::kBoolean: {
      const auto flag = value.boolean();
      if (!flag.ok()) return wrong_kind("true or false", value);
      field.access.set_number(scope, *flag ? 1 : 0);
      return;
    }
    case FieldType::kInteger: {
      describe_number(field, what);
      const auto number = value.integer(field.min, field.max);
      if (number.ok() && *number % field.step == 0) {
        field.access.set_number(scope, *number);
        return;
      }
      if (value.kind() != Kind::kNumber) return wrong_kind(what.view(), value);
      return expected(what.view());
    }
    case FieldType::kChoice: {
      describe_number(field, what);
      if (!value.is_string()) return wrong_kind(what.view(), value);
      const auto word = std::find(field.words.begin(), field.words.end(), value.text());
      if (word == field.words.end() || word->empty()) return expected(what.view());
      field.access.set_number(scope, word - field.words.begin());
      return;
    }
    case FieldType::kText:
    case FieldType::kSecret: return read_item(value, field, scope);
    case FieldType::kSecretList:
      if (value.is_string()) return read_item(value, field, scope);
      [[fallthrough]];
    case FieldType::kTextList:
    case FieldType::kAddressList: return read_list(value, field, scope);
  }
}

void Reader::read_list(const Value& value, const Field& field, void* scope) {
  if (!value.is_array()) {
    return wrong_kind(field.access.type == FieldType::kSecretList
                          ? "a string or an array of strings"
                          : "an array of strings",
                      value);
  }
  field.access.clear(scope);
  size_t index = 0;
  for (const Value item : value.values()) {
    if (index == field.access.items_max) return at_most(field.access.items_max, "entries");
    const Path::Step step(path_, index++);
    read_item(item, field, scope, true);
  }
}

void Reader::read_item(const Value& value, const Field& field, void* scope, bool in_array) {
  if (!value.is_string()) return wrong_kind("a string", value);
  const std::string_view text = value.text();
  if (text.size() > field.access.bytes_max) return at_most(field.access.bytes_max, "bytes");
  if (!has_format(text, field.format)) return expected(description_of(field.format));
  std::array<char, limits::kUrlBytesMax + 8> memory{};
  // A wrong text leaves the default in place, so that it makes no second error elsewhere.
  if (!in_array) field.access.clear(scope);
  if (field.access.add(scope, kept_form(text, field.format, memory)) != Status::kOk) {
    at_most(field.access.bytes_max, "bytes");
  }
}

void Reader::require(const Target& target) {
  const std::span<const Field> fields = config_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].scope != target.scope || !fields[i].required || target.given->has(i)) continue;
    const Path::Step step(path_, fields[i].key);
    error("is required");
  }
}

bool Reader::check_map(const Value& value, size_t entries_max) {
  if (!value.is_object()) {
    wrong_kind("an object", value);
    return false;
  }
  if (value.size() > entries_max) at_most(entries_max, "entries");
  return true;
}

void Reader::read_lines(const Value& value) {
  const Path::Step step(path_, "lines");
  if (!value.is_array()) return wrong_kind("an array of objects", value);
  size_t index = 0;
  for (const Value item : value.values()) {
    LineConfig* const line = config_.lines.emplace();
    if (line == nullptr) return at_most(config_.lines.capacity(), "lines");
    const Path::Step place(path_, index++);
    set_defaults(Scope::kLine, line);
    line->values = config_.values;
    if (!item.is_object()) {
      wrong_kind("an object", item);
      continue;
    }
    const Target target{
        .scope = Scope::kLine, .object = line, .values = &line->values, .given = &line->given};
    read_object(item, target, "");
    require(target);
  }
}

void Reader::read_params(const Value& value, AppConfig& app) {
  const Path::Step step(path_, "params");
  if (!check_map(value, app.params.capacity())) return;
  for (const Value item : value.values()) {
    AppParam* const param = app.params.emplace();
    if (param == nullptr) return;
    const Path::Step place(path_, item.key());
    if (!has_format(item.key(), Format::kPrintable) ||
        param->name.assign(item.key()) != Status::kOk) {
      expected("a name of 1 to 64 visible ASCII characters");
    }
    if (!item.is_string()) {
      wrong_kind("a string", item);
    } else if (!has_format(item.text(), Format::kSpeech)) {
      expected(description_of(Format::kSpeech));
    } else if (param->value.assign(item.text()) != Status::kOk) {
      at_most(param->value.capacity(), "bytes");
    }
  }
}

void Reader::read_apps(const Value& value) {
  constexpr std::array<std::string_view, 1> kMore = {"params"};
  const Path::Step step(path_, "apps");
  if (!check_map(value, config_.apps.capacity())) return;
  for (const Value item : value.values()) {
    AppConfig* const app = config_.apps.emplace();
    if (app == nullptr) return;
    const Path::Step place(path_, item.key());
    set_defaults(Scope::kApp, app);
    if (!has_format(item.key(), Format::kName) || item.key() == kHangupFallback ||
        app->name.assign(item.key()) != Status::kOk) {
      expected("a name of 1 to 32 letters, digits, - and _, other than hangup");
    }
    if (!item.is_object()) {
      wrong_kind("an object", item);
      continue;
    }
    GivenFields given;
    const Target target{.scope = Scope::kApp, .object = app, .given = &given, .more = kMore};
    read_object(item, target, "");
    require(target);
    if (const Value params = item.member("params"); params.is_set()) read_params(params, *app);
  }
}

void Reader::read_numbers(const Value& value) {
  const Path::Step step(path_, "numbers");
  if (!check_map(value, config_.numbers.capacity())) return;
  for (const Value item : value.values()) {
    NumberRoute* const route = config_.numbers.emplace();
    if (route == nullptr) return;
    const Path::Step place(path_, item.key());
    set_defaults(Scope::kNumber, route);
    if (!has_format(item.key(), Format::kE164) || route->number.assign(item.key()) != Status::kOk) {
      expected(description_of(Format::kE164));
    }
    if (!item.is_object()) {
      wrong_kind("an object", item);
      continue;
    }
    GivenFields given;
    const Target target{.scope = Scope::kNumber, .object = route, .given = &given};
    read_object(item, target, "");
    route->has_greeting = item.member("greeting").is_set();
    route->has_policy = item.member("inboundPolicy").is_set();
  }
}

void Reader::read(const Value& root) {
  constexpr std::array<std::string_view, 3> kMore = {"lines", "apps", "numbers"};
  set_defaults(Scope::kGeneral, &config_);
  set_defaults(Scope::kEither, &config_.values);
  read_object(root,
              {.scope = Scope::kGeneral,
               .object = &config_,
               .values = &config_.values,
               .given = &config_.given,
               .more = kMore},
              "");
  // Lines begin with the general values, wherever these stand in the document.
  if (const Value lines = root.member("lines"); lines.is_set()) read_lines(lines);
  if (const Value apps = root.member("apps"); apps.is_set()) read_apps(apps);
  if (const Value numbers = root.member("numbers"); numbers.is_set()) read_numbers(numbers);
}

void report_syntax(const json::Document& document, Problems& problems) {
  const json::Document::Error& fault = document.error();
  std::array<char, 200> memory{};
  TextWriter out(memory);
  out.put(fault.what);
  if (fault.line != 0) {
    out.put(" (line ").number(fault.line).put(", column ").number(fault.column).put(")");
  }
  problems.add(Severity::kError, "", out.view());
}

}  // namespace

Status read_config(std::string_view json, json::Arena& scratch, Config& out, Problems& problems) {
  new (&out) Config();  // In place: it is too large for a copy on the stack.
  problems.clear();
  if (json.size() > limits::kConfigBytesMax) {
    problems.add(Severity::kError, "", "the document is larger than 256 KiB");
    return Status::kInvalid;
  }
  json::Document document(scratch);
  if (document.parse(json) != Status::kOk) {
    report_syntax(document, problems);
    return Status::kInvalid;
  }
  Reader(out, problems).read(document.root());
  check_config(out, problems);
  return problems.errors() == 0 ? Status::kOk : Status::kInvalid;
}

}  // namespace hookflash
