#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/text_writer.h"
#include "call/entry_items.h"
#include "json/writer.h"
#include "store/entry.h"

namespace hookflash::cli {

// Name of an item type in output for people and scripts; "item" for one that has none here.
std::string_view name_of(ItemType type);

// Entries of a journal as lines on standard output: text for people, or one JSON object a line.
// Phone numbers and what was said appear as character counts only (as B-LOG-1 has it for logs),
// unless `with_private`. Of item types without a case here only the size is printed, so a secret
// that is journaled one day does not get onto a terminal by itself.
class JournalLines {
 public:
  JournalLines(bool json, bool with_private) : json_(json), private_(with_private) {}

  // `sequence` 0: a piece of the snapshot. The entry need not be readable.
  void print(Bytes entry, uint64_t sequence);

 private:
  void item(const Item& item);
  bool fields(const Item& item);
  void core(const CallCore& core);
  void summary(const CallSummary& summary);
  void names(const FinishedCall& names);

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, uint64_t value);
  void flag(std::string_view name, bool value);
  void time(std::string_view name, WallTime at);
  void hidden(std::string_view name, std::string_view value);
  void keys(std::string_view name, std::span<const Key> values);
  void intents(uint32_t intents);

  const bool json_;
  const bool private_;
  std::array<char, 256 * 1024> memory_{};
  TextWriter out_{memory_};
  json::Writer* object_ = nullptr;  // Of the line being made, where JSON is wanted.
};

}  // namespace hookflash::cli
