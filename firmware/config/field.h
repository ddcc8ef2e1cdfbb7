#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/status.h"
#include "config/config.h"
#include "json/writer.h"

namespace hookflash {

// The object of the document that a field stands in. kEither: at the top for all lines, or in one
// line.
enum class Scope : uint8_t { kGeneral, kEither, kLine, kApp, kNumber };

enum class FieldType : uint8_t {
  kText,
  kInteger,
  kBoolean,
  kChoice,       // One of Field::words; the number is the index in it.
  kTextList,     // An array of texts.
  kAddressList,  // An array of IP addresses.
  kSecret,       // A text that is never shown again.
  kSecretList,   // One such text or an array of them.
};

// What a text has to look like, beyond fitting its limit.
enum class Format : uint8_t {
  kAny,          // Any UTF-8 without control characters.
  kSpeech,       // Likewise, but line breaks are allowed.
  kPrintable,    // Visible ASCII: tokens and keys.
  kName,         // Letters, digits, - and _.
  kE164,         // Plus, a digit 1 to 9, then 1 to 14 digits (B-CFG-1).
  kAddress,      // An IP address.
  kHost,         // A host name or address without port (B-URL-4), lower-cased.
  kPath,         // An absolute path of unreserved characters, without empty or dot segments.
  kFilePath,     // Any text without control characters.
  kPublicUrl,    // https, or http to a loopback host; no user, query or fragment.
  kLoopbackUrl,  // http or https to a loopback host; no user, query or fragment.
  kAppUrl,       // ws or wss; no user or fragment.
  kAccountSid,   // AC and 32 hex digits.
  kKeySid,       // SK and 32 hex digits.
  kPem,          // Printable ASCII and line breaks.
};

// Which providers honour a field of a line; 0: all of them.
using ProviderSet = uint8_t;
constexpr ProviderSet only(ProviderKind provider) {
  return static_cast<ProviderSet>(1U << static_cast<uint8_t>(provider));
}

// How a field reaches its member. `scope` points to the struct of the field's scope: Config,
// LineValues (kEither), LineConfig, AppConfig or NumberRoute. Only what the type needs is set.
struct FieldAccess {
  FieldType type = FieldType::kText;
  uint16_t bytes_max = 0;  // Of one text.
  uint16_t items_max = 1;
  void (*set_number)(void* scope, int64_t value) = nullptr;
  int64_t (*number)(const void* scope) = nullptr;
  void (*clear)(void* scope) = nullptr;
  Status (*add)(void* scope, std::string_view item) = nullptr;
  size_t (*count)(const void* scope) = nullptr;
  // The item as a JSON value; never set for secrets.
  void (*write)(const void* scope, size_t item, json::Writer& out) = nullptr;
};

// One key of the configuration.
struct Field {
  std::string_view key;  // Names from the scope's object inwards, joined by dots.
  Scope scope = Scope::kGeneral;
  FieldAccess access;
  Format format = Format::kAny;
  std::string_view label;  // For a form.
  std::string_view help;   // One or two sentences.
  std::string_view unit;
  int64_t min = 0;
  int64_t max = 0;
  int64_t step = 1;
  int64_t default_number = 0;       // Also index of a choice; 0 or 1 of a boolean.
  std::string_view default_text;    // Empty: unset.
  std::string_view document_range;  // For a range that depends on the build; else from min and max.
  std::string_view document_default;  // Likewise; also for what "unset" means.
  std::span<const std::string_view> words;
  ProviderSet providers = 0;
  bool required = false;
  bool restart = false;  // Takes effect at the next start only.

  [[nodiscard]] bool secret() const {
    return access.type == FieldType::kSecret || access.type == FieldType::kSecretList;
  }
};

namespace field_detail {

template <typename T>
struct MemberOf;
template <typename S, typename T>
struct MemberOf<T S::*> {
  using Scope = S;
  using Type = T;
};

template <typename T>
struct TextTraits {
  static constexpr bool kIsText = false;
};
template <size_t N>
struct TextTraits<FixedText<N>> {
  static constexpr bool kIsText = true;
  static constexpr bool kIsSecret = false;
  static constexpr uint16_t kBytes = N;
};
template <size_t N>
struct TextTraits<Secret<N>> {
  static constexpr bool kIsText = true;
  static constexpr bool kIsSecret = true;
  static constexpr uint16_t kBytes = N;
};

template <auto M>
auto& member(void* scope) {
  return static_cast<typename MemberOf<decltype(M)>::Scope*>(scope)->*M;
}
template <auto M>
const auto& member(const void* scope) {
  return static_cast<const typename MemberOf<decltype(M)>::Scope*>(scope)->*M;
}

template <auto M, typename T>
constexpr FieldAccess number_access(FieldType type) {
  FieldAccess access;
  access.type = type;
  access.set_number = [](void* scope, int64_t value) { member<M>(scope) = static_cast<T>(value); };
  access.number = [](const void* scope) { return static_cast<int64_t>(member<M>(scope)); };
  return access;
}

template <auto M, typename Text>
constexpr FieldAccess text_access() {
  using Traits = TextTraits<Text>;
  FieldAccess access;
  access.type = Traits::kIsSecret ? FieldType::kSecret : FieldType::kText;
  access.bytes_max = Traits::kBytes;
  access.clear = [](void* scope) { member<M>(scope) = Text(); };
  access.add = [](void* scope, std::string_view item) { return member<M>(scope).assign(item); };
  if constexpr (Traits::kIsSecret) {
    access.count = [](const void* scope) -> size_t { return member<M>(scope).is_set() ? 1 : 0; };
  } else {
    access.count = [](const void* scope) -> size_t { return member<M>(scope).empty() ? 0 : 1; };
    access.write = [](const void* scope, size_t, json::Writer& out) {
      out.text(member<M>(scope).view());
    };
  }
  return access;
}

template <auto M, typename Item, size_t N>
constexpr FieldAccess list_access() {
  FieldAccess access;
  access.items_max = N;
  access.clear = [](void* scope) { member<M>(scope).clear(); };
  access.count = [](const void* scope) { return member<M>(scope).size(); };
  if constexpr (std::is_same_v<Item, IpAddress>) {
    access.type = FieldType::kAddressList;
    access.bytes_max = limits::kAddressTextBytesMax;
    access.add = [](void* scope, std::string_view item) {
      const auto address = IpAddress::parse(item);
      return address ? member<M>(scope).push(*address) : Status::kInvalid;
    };
    access.write = [](const void* scope, size_t item, json::Writer& out) {
      char text[limits::kAddressTextBytesMax];
      TextWriter writer(text);
      member<M>(scope)[item].write(writer);
      out.text(writer.view());
    };
  } else {
    using Traits = TextTraits<Item>;
    access.type = Traits::kIsSecret ? FieldType::kSecretList : FieldType::kTextList;
    access.bytes_max = Traits::kBytes;
    access.add = [](void* scope, std::string_view item) {
      Item value;
      TRY(value.assign(item));
      return member<M>(scope).push(value);
    };
    if constexpr (!Traits::kIsSecret) {
      access.write = [](const void* scope, size_t item, json::Writer& out) {
        out.text(member<M>(scope)[item].view());
      };
    }
  }
  return access;
}

template <typename T>
struct ListTraits {
  static constexpr bool kIsList = false;
};
template <typename T, size_t N>
struct ListTraits<FixedVector<T, N>> {
  static constexpr bool kIsList = true;
  using Item = T;
  static constexpr size_t kItems = N;
};

}  // namespace field_detail

// The access to one member: access_to<&Config::serve_port>().
template <auto M>
constexpr FieldAccess access_to() {
  using Type = typename field_detail::MemberOf<decltype(M)>::Type;
  if constexpr (std::is_same_v<Type, bool>) {
    return field_detail::number_access<M, Type>(FieldType::kBoolean);
  } else if constexpr (std::is_enum_v<Type>) {
    return field_detail::number_access<M, Type>(FieldType::kChoice);
  } else if constexpr (std::is_integral_v<Type>) {
    return field_detail::number_access<M, Type>(FieldType::kInteger);
  } else if constexpr (field_detail::ListTraits<Type>::kIsList) {
    using Traits = field_detail::ListTraits<Type>;
    return field_detail::list_access<M, typename Traits::Item, Traits::kItems>();
  } else {
    return field_detail::text_access<M, Type>();
  }
}

// The one table of all keys, in the order of the document. An index into it names a field.
std::span<const Field> config_fields();

// Set every field of a scope to its default. `scope` as for FieldAccess.
void set_defaults(Scope of, void* scope);

}  // namespace hookflash
