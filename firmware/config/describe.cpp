#include "config/describe.h"

#include <algorithm>

#include "config/field.h"

namespace hookflash {
namespace {

// Writes members with dotted keys as nested objects. Keys of one group come one after another.
class Grouped {
 public:
  explicit Grouped(json::Writer& out) : out_(out) {}
  ~Grouped() { leave_to(""); }
  Grouped(const Grouped&) = delete;
  Grouped& operator=(const Grouped&) = delete;

  json::Writer& member(std::string_view key) {
    const size_t dot = key.rfind('.');
    const std::string_view group = dot == std::string_view::npos ? "" : key.substr(0, dot);
    leave_to(group);
    while (group_.size() < group.size()) {
      const size_t start = group_.empty() ? 0 : group_.size() + 1;
      const size_t end = std::min(group.find('.', start), group.size());
      out_.begin_object(group.substr(start, end - start));
      group_ = group.substr(0, end);
    }
    return out_.key(dot == std::string_view::npos ? key : key.substr(dot + 1));
  }

 private:
  // Ends objects until the present one is `group` or holds it.
  void leave_to(std::string_view group) {
    const auto holds = [&] {
      return group_.empty() || (group.starts_with(group_) &&
                                (group.size() == group_.size() || group[group_.size()] == '.'));
    };
    while (!holds()) {
      out_.end_object();
      const size_t dot = group_.rfind('.');
      group_ = dot == std::string_view::npos ? "" : group_.substr(0, dot);
    }
  }

  json::Writer& out_;
  std::string_view group_;
};

bool is_list(const Field& field) {
  return field.access.type == FieldType::kTextList ||
         field.access.type == FieldType::kAddressList ||
         field.access.type == FieldType::kSecretList;
}

void write_item(const Field& field, const void* scope, size_t item, json::Writer& out) {
  if (field.secret()) {
    out.text(kHiddenSecret);
  } else {
    field.access.write(scope, item, out);
  }
}

// Nothing for a value that is unset.
void write_field(const Field& field, const void* scope, Grouped& members) {
  switch (field.access.type) {
    case FieldType::kBoolean:
      members.member(field.key).boolean(field.access.number(scope) != 0);
      return;
    case FieldType::kInteger:
      if (field.access.number(scope) >= field.min) {
        members.member(field.key).number(field.access.number(scope));
      }
      return;
    case FieldType::kChoice: {
      const auto word = field.words[static_cast<size_t>(field.access.number(scope))];
      if (!word.empty()) members.member(field.key).text(word);
      return;
    }
    case FieldType::kText:
    case FieldType::kSecret:
      if (field.access.count(scope) > 0) {
        write_item(field, scope, 0, members.member(field.key));
      }
      return;
    case FieldType::kTextList:
    case FieldType::kAddressList:
    case FieldType::kSecretList: {
      const size_t count = field.access.count(scope);
      if (count == 0 && field.secret()) return;
      json::Writer& out = members.member(field.key).begin_array();
      for (size_t i = 0; i < count; ++i) write_item(field, scope, i, out);
      out.end_array();
    }
  }
}

void write_line(const LineConfig& line, json::Writer& out) {
  out.begin_object();
  {
    Grouped members(out);
    const std::span<const Field> fields = config_fields();
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].scope == Scope::kLine) write_field(fields[i], &line, members);
      if (fields[i].scope == Scope::kEither && line.given.has(i)) {
        write_field(fields[i], &line.values, members);
      }
    }
  }
  out.end_object();
}

void write_app(const AppConfig& app, json::Writer& out) {
  out.begin_object(app.name.view());
  {
    Grouped members(out);
    for (const Field& field : config_fields()) {
      if (field.scope == Scope::kApp) write_field(field, &app, members);
    }
  }
  out.begin_object("params");
  for (const AppParam& param : app.params) out.text(param.name.view(), param.value.view());
  out.end_object().end_object();
}

void write_number(const NumberRoute& route, json::Writer& out) {
  out.begin_object(route.number.view());
  {
    Grouped members(out);
    for (const Field& field : config_fields()) {
      if (field.scope != Scope::kNumber) continue;
      if (field.key == "inboundPolicy" && !route.has_policy) continue;
      if (field.key == "greeting" && route.has_greeting && route.greeting.empty()) {
        members.member(field.key).text("");
        continue;
      }
      write_field(field, &route, members);
    }
  }
  out.end_object();
}

std::string_view word_of(FieldType type) {
  switch (type) {
    case FieldType::kText: return "text";
    case FieldType::kInteger: return "integer";
    case FieldType::kBoolean: return "boolean";
    case FieldType::kChoice: return "choice";
    case FieldType::kTextList: return "texts";
    case FieldType::kAddressList: return "addresses";
    case FieldType::kSecret: return "secret";
    case FieldType::kSecretList: return "secrets";
  }
  return "text";
}

std::string_view word_of(Scope scope) {
  switch (scope) {
    case Scope::kGeneral: return "general";
    case Scope::kEither: return "either";
    case Scope::kLine: return "line";
    case Scope::kApp: return "app";
    case Scope::kNumber: return "number";
  }
  return "general";
}

void write_schema_default(const Field& field, json::Writer& out) {
  switch (field.access.type) {
    case FieldType::kBoolean: out.boolean("default", field.default_number != 0); return;
    case FieldType::kInteger:
      if (field.default_number >= field.min) out.number("default", field.default_number);
      return;
    case FieldType::kChoice:
      if (!field.required && field.document_default.empty()) {
        out.text("default", field.words[static_cast<size_t>(field.default_number)]);
      }
      return;
    case FieldType::kText:
    case FieldType::kTextList:
    case FieldType::kAddressList:
    case FieldType::kSecret:
    case FieldType::kSecretList:
      if (!field.default_text.empty()) out.text("default", field.default_text);
      return;
  }
}

void write_schema_field(const Field& field, json::Writer& out) {
  out.begin_object()
      .text("key", field.key)
      .text("scope", word_of(field.scope))
      .text("type", word_of(field.access.type))
      .text("label", field.label)
      .text("help", field.help)
      .boolean("required", field.required)
      .boolean("restart", field.restart);
  write_schema_default(field, out);
  if (!field.unit.empty()) out.text("unit", field.unit);
  if (field.access.type == FieldType::kInteger) {
    out.number("min", field.min).number("max", field.max).number("step", field.step);
  } else if (field.access.type == FieldType::kChoice) {
    out.begin_array("words");
    for (const std::string_view word : field.words) {
      if (!word.empty()) out.text(word);
    }
    out.end_array();
  } else if (field.access.type != FieldType::kBoolean) {
    out.number("bytesMax", field.access.bytes_max);
    if (is_list(field)) out.number("itemsMax", field.access.items_max);
  }
  if (field.providers != 0) {
    out.begin_array("providers");
    for (const ProviderKind provider : {ProviderKind::kTwilio, ProviderKind::kPlivo,
                                        ProviderKind::kTelnyx, ProviderKind::kMock}) {
      if ((field.providers & only(provider)) != 0) out.text(name_of(provider));
    }
    out.end_array();
  }
  out.end_object();
}

}  // namespace

void write_redacted(const Config& config, json::Writer& out) {
  out.begin_object();
  {
    Grouped members(out);
    for (const Field& field : config_fields()) {
      if (field.scope == Scope::kGeneral) write_field(field, &config, members);
      if (field.scope == Scope::kEither) write_field(field, &config.values, members);
    }
  }
  out.begin_array("lines");
  for (const LineConfig& line : config.lines) write_line(line, out);
  out.end_array().begin_object("apps");
  for (const AppConfig& app : config.apps) write_app(app, out);
  out.end_object().begin_object("numbers");
  for (const NumberRoute& route : config.numbers) write_number(route, out);
  out.end_object().end_object();
}

void write_schema(json::Writer& out) {
  out.begin_object().begin_array("fields");
  for (const Field& field : config_fields()) write_schema_field(field, out);
  out.end_array().end_object();
}

}  // namespace hookflash
