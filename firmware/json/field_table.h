#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/check.h"

namespace hookflash::json {

// One wanted field of a message, found by its path: the names of the members from the outermost
// object inwards, joined by dots ("media.payload"). Members of arrays cannot be wanted.
struct Field {
  std::string_view path;
  // Bytes of unescaped text that are kept; 0 for a field of which only has() and kind() are asked.
  uint16_t capacity = 0;
  // The one base64 field that is decoded on the way and handed to the sink; keeps no text.
  bool payload = false;
};

// The wanted names as a tree, made by the compiler. Node 0 is the outermost object.
struct FieldNode {
  std::string_view name;
  uint8_t parent = 0;
  uint8_t first_child = 0;   // 0: none.
  uint8_t next_sibling = 0;  // 0: none.
  uint8_t field = 0xFF;      // Index of the field with this path, or 0xFF.
};

inline constexpr size_t kFieldNameBytesMax = 31;
inline constexpr size_t kFieldsMax = 32;
inline constexpr size_t kFieldNodesMax = 48;

// What a scanner of any table works with.
struct FieldTableView {
  std::span<const FieldNode> nodes;
  std::span<const Field> fields;
  std::span<const uint16_t>
      offsets;  // Where the text of each field begins in the scanner's memory.
};

// A table of wanted fields. Declare it `inline constexpr` beside an enum of the indexes:
//   inline constexpr json::FieldTable kFields({{.path = "event", .capacity = 16},
//                                              {.path = "media.payload", .payload = true}});
// A mistake in a table (a path twice, a name too long, two payloads) does not compile.
template <size_t N>
class FieldTable {
  static_assert(N > 0 && N <= kFieldsMax);

 public:
  consteval explicit FieldTable(const Field (&fields)[N]) {
    bool payload = false;
    size_t offset = 0;
    for (size_t i = 0; i < N; ++i) {
      fields_[i] = fields[i];
      offsets_[i] = static_cast<uint16_t>(offset);
      offset += fields[i].capacity;
      CHECK(!fields[i].payload || (!payload && fields[i].capacity == 0));
      payload = payload || fields[i].payload;
      add(fields[i].path, static_cast<uint8_t>(i));
    }
    CHECK(offset <= 0xFFFF);
    text_bytes_ = offset;
  }

  static constexpr size_t size() { return N; }
  [[nodiscard]] constexpr size_t text_bytes() const { return text_bytes_; }
  [[nodiscard]] constexpr FieldTableView view() const {
    return {{nodes_.data(), node_count_}, fields_, offsets_};
  }

 private:
  consteval void add(std::string_view path, uint8_t field) {
    size_t at = 0;
    while (true) {
      const size_t dot = path.find('.');
      at = child(at, path.substr(0, dot));
      if (dot == std::string_view::npos) break;
      path = path.substr(dot + 1);
    }
    CHECK(nodes_[at].field == 0xFF);
    nodes_[at].field = field;
  }
  consteval size_t child(size_t parent, std::string_view name) {
    CHECK(!name.empty() && name.size() <= kFieldNameBytesMax);
    size_t last = 0;
    for (size_t i = nodes_[parent].first_child; i != 0; i = nodes_[i].next_sibling) {
      if (nodes_[i].name == name) return i;
      last = i;
    }
    CHECK(node_count_ < kFieldNodesMax);
    const size_t fresh = node_count_++;
    nodes_[fresh].name = name;
    nodes_[fresh].parent = static_cast<uint8_t>(parent);
    (last == 0 ? nodes_[parent].first_child : nodes_[last].next_sibling) =
        static_cast<uint8_t>(fresh);
    return fresh;
  }

  size_t node_count_ = 1;
  size_t text_bytes_ = 0;
  std::array<FieldNode, kFieldNodesMax> nodes_{};
  std::array<Field, N> fields_{};
  std::array<uint16_t, N> offsets_{};
};

}  // namespace hookflash::json
