#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"

namespace hookflash::twilio::carrier {

// Reads one complete JSON text from front to back, strictly (RFC 8259): the reader of what an
// appliance sends. It is on purpose not the reader that the appliance itself uses, so that one
// misreading of the format cannot hide another.
//
//   JsonReader in(text);
//   in.enter_object();
//   while (in.next_member(key, memory)) { if (key == "event") in.read_text(memory, event); ... }
//   in.finished()
//
// After the first mistake every call does nothing and failed() stays true.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool failed() const { return failed_; }
  // Everything was read and nothing follows.
  [[nodiscard]] bool finished();

  bool enter_object();
  // The key of the next member; false at the end of the object. Keys with escapes are decoded into
  // `memory`.
  bool next_member(std::string_view& key, std::span<char> memory);
  bool enter_array();
  // True when an element follows; false at the end of the array.
  bool next_element();

  // A view into the input when the text has no escapes, else into `memory`.
  bool read_text(std::string_view& out, std::span<char> memory);
  bool read_number(int64_t& out);  // Whole numbers only.
  bool skip_value();               // Any value, nested at most 16 deep.
  [[nodiscard]] bool at_text() {
    skip_space();
    return !failed_ && at_ < text_.size() && text_[at_] == '"';
  }

 private:
  bool fail() {
    failed_ = true;
    return false;
  }
  void skip_space();
  bool expect(char c);
  bool skip_number();
  bool read_escape(std::span<char> memory, size_t& used);
  bool skip_value(int depth);

  std::string_view text_;
  size_t at_ = 0;
  bool failed_ = false;
  bool first_ = false;  // The next member or element is the first of its container.
};

}  // namespace hookflash::twilio::carrier
