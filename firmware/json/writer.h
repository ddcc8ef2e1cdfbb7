#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "base/text_writer.h"
#include "json/text.h"
#include "limits.h"

namespace hookflash::json {

// Writes one JSON value piece by piece, without white space; commas, quotes and escapes come by
// themselves. Memory that runs out shows in the TextWriter's overflowed(). A sequence of calls that
// would not give JSON is our own mistake and is CHECKed.
//
//   json::Writer json(out);
//   json.begin_object().text("state", "active").number("port", 3334).end_object();
class Writer {
 public:
  explicit Writer(TextWriter& out) : out_(out) {}

  Writer& begin_object() { return open('{', false); }
  Writer& end_object() { return close('}', false); }
  Writer& begin_array() { return open('[', true); }
  Writer& end_array() { return close(']', true); }

  // The name of the next member.
  Writer& key(std::string_view name) {
    CHECK(depth_ > 0 && !in_array() && !named_);
    separate();
    write_string(out_, name);
    out_.put(':');
    named_ = true;
    return *this;
  }

  Writer& text(std::string_view value) {
    begin_value();
    write_string(out_, value);
    return *this;
  }
  template <typename Int>
  requires(std::integral<Int> && !std::is_same_v<Int, bool> &&
           !std::is_same_v<Int, char>) Writer& number(Int value) {
    begin_value();
    out_.number(value);
    return *this;
  }
  // value / 10^decimals.
  Writer& fixed_point(int64_t value, int decimals) {
    begin_value();
    out_.fixed_point(value, decimals);
    return *this;
  }
  Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  Writer& base64(Bytes bytes) {
    begin_value();
    write_base64_string(out_, bytes);
    return *this;
  }
  // A value that is JSON already.
  Writer& raw(std::string_view json) {
    begin_value();
    out_.put(json);
    return *this;
  }

  // Whole members.
  Writer& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  template <typename Int>
  Writer& number(std::string_view name, Int value) {
    return key(name).number(value);
  }
  Writer& boolean(std::string_view name, bool value) { return key(name).boolean(value); }
  Writer& begin_object(std::string_view name) { return key(name).begin_object(); }
  Writer& begin_array(std::string_view name) { return key(name).begin_array(); }

  // Every object and array that was begun is ended.
  [[nodiscard]] bool complete() const { return depth_ == 0 && started_; }

 private:
  static_assert(limits::kJsonDepthMax < 32, "levels are bits of a word");

  [[nodiscard]] bool in_array() const { return (arrays_ >> depth_ & 1U) != 0; }
  void separate() {
    if ((filled_ >> depth_ & 1U) != 0) out_.put(',');
    filled_ |= 1U << depth_;
  }
  void begin_value() {
    if (depth_ == 0) {
      CHECK(!started_);
      started_ = true;
    } else if (in_array()) {
      separate();
    } else {
      CHECK(named_);
      named_ = false;
    }
  }
  Writer& open(char bracket, bool array) {
    begin_value();
    CHECK(depth_ < limits::kJsonDepthMax);
    ++depth_;
    arrays_ = (arrays_ & ~(1U << depth_)) | (array ? 1U << depth_ : 0U);
    filled_ &= ~(1U << depth_);
    out_.put(bracket);
    return *this;
  }
  Writer& close(char bracket, bool array) {
    CHECK(depth_ > 0 && in_array() == array && !named_);
    --depth_;
    out_.put(bracket);
    return *this;
  }

  TextWriter& out_;
  uint8_t depth_ = 0;
  bool started_ = false;
  bool named_ = false;
  uint32_t arrays_ = 0;  // Bit n: level n is an array.
  uint32_t filled_ = 0;  // Bit n: level n has a member or element.
};

}  // namespace hookflash::json
