#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/status.h"
#include "json/field_table.h"
#include "json/kind.h"

namespace hookflash::json {

// Takes decoded payload. The bytes are provisional: they belong to a message that may still prove
// invalid, so whoever takes them keeps them apart until feed() has returned kComplete and payload()
// is kGood. Key order is free, so they can come before the field that names the kind of the
// message.
class PayloadSink {
 public:
  // A piece in order, never empty, at most 768 bytes. False: no room or not wanted; no more comes
  // for this message, payload() is kRefused, and the message is scanned on.
  virtual bool on_payload(Bytes piece) = 0;

 protected:
  ~PayloadSink() = default;
};

enum class Progress : uint8_t {
  kMore,      // Valid so far.
  kComplete,  // `last` was given and the text is one whole, valid JSON object.
  kInvalid,   // Not JSON, not an object, nested too deep, or a wanted field twice. Stays so until
              // begin().
};

enum class PayloadState : uint8_t {
  kAbsent,
  kGood,     // A string of canonical base64 (base/base64.h); all of it went to the sink.
  kBad,      // Not a string, or not canonical base64. The message is valid all the same (B-STR-9).
  kRefused,  // The sink said no.
};

// The part of the scanner that does not depend on the table; use FieldScanner.
//
// One pass over the text in any split, without keeping it: strict RFC 8259 in strict UTF-8, and on
// top of that no NUL in any spelling, no number over limits::kJsonNumberBytesMax characters, at
// most limits::kJsonDepthMax levels, no wanted field twice.
class FieldScannerCore {
 public:
  void begin();
  Progress feed(const FieldTableView& table, std::span<char> texts, std::string_view piece,
                bool last, PayloadSink* sink);

  struct Slot {
    uint16_t size = 0;
    Kind kind = Kind::kAbsent;
    bool overlong = false;
  };
  [[nodiscard]] const Slot& slot(size_t field) const { return slots_[field]; }
  [[nodiscard]] PayloadState payload() const { return payload_; }
  [[nodiscard]] size_t payload_bytes() const { return payload_bytes_; }
  // Bytes of the message scanned so far; after kInvalid, the place of the first byte that was
  // wrong.
  [[nodiscard]] size_t scanned() const { return scanned_; }

 private:
  enum class State : uint8_t {
    kRoot = 0,  // Before the outermost '{'.
    kKeyOrEnd,
    kKey,
    kKeyString,
    kColon,
    kValue,
    kValueOrEnd,
    kString,
    kPayload,
    kEscape,
    kHex,
    kLowBackslash,  // Between the halves of a surrogate pair.
    kLowU,
    kTail,  // Inside a character of several bytes.
    kMinus,
    kZero,
    kInteger,
    kPoint,
    kFraction,
    kExponent,
    kExponentSign,
    kExponentDigits,
    kLiteral,
    kAfter,
    kDone,
    kInvalid,
  };
  // One call of feed(): what is not worth keeping between pieces.
  struct Feed;

  void scan(Feed& feed);
  void skip_space(Feed& feed) const;
  void fail(Feed& feed);
  bool begin_value(Feed& feed, Kind kind);
  void start_value(Feed& feed, char c);
  void open(Feed& feed, bool array);
  void close(Feed& feed);
  void end_value(Feed& feed);
  void begin_key();
  void end_key(Feed& feed, std::string_view name);
  [[nodiscard]] uint8_t child_named(const Feed& feed, std::string_view name) const;
  [[nodiscard]] bool in_array() const { return (arrays_ >> depth_ & 1U) != 0; }
  void key_string(Feed& feed);
  void value_string(Feed& feed);
  void payload_string(Feed& feed);
  void special_character(Feed& feed, char c, State in);
  void escape(Feed& feed, char c);
  void hex(Feed& feed, char c);
  void tail(Feed& feed, char c);
  void number(Feed& feed, char c);
  void literal(Feed& feed, char c);
  void put_run(Feed& feed, std::string_view run);
  void put_character(Feed& feed, std::string_view character);
  void put_code_point(Feed& feed, uint32_t code);
  void put_payload(Feed& feed, char c);
  void flush(Feed& feed);

  std::array<Slot, kFieldsMax> slots_{};
  size_t scanned_ = 0;
  size_t payload_bytes_ = 0;
  PayloadState payload_ = PayloadState::kAbsent;
  State state_ = State::kRoot;
  State string_ = State::kRoot;  // kKeyString, kString or kPayload: where an escape returns to.
  uint8_t depth_ = 0;
  uint8_t skip_depth_ = 0;  // The level from which on nothing is wanted; 0: none.
  uint8_t node_ = 0;        // The present object in the table, while skip_depth_ is 0.
  uint8_t value_node_ = 0;  // What the present key names; 0: nothing wanted.
  uint8_t field_ = 0;       // Index plus one of the field whose text is kept; 0: none.
  uint32_t arrays_ = 0;     // Bit n: level n is an array.
  uint8_t literal_ = 0;
  uint8_t literal_size_ = 0;
  uint8_t number_size_ = 0;
  uint8_t hex_left_ = 0;
  uint8_t character_size_ = 0;
  uint8_t character_left_ = 0;
  uint8_t tail_low_ = 0;
  uint8_t tail_high_ = 0;
  uint8_t sextets_ = 0;  // Base64 characters in group_.
  uint8_t padding_ = 0;  // '=' seen.
  bool padded_ = false;  // The last group is complete: nothing may follow.
  uint8_t key_size_ = 0;
  bool key_overlong_ = false;
  uint16_t hex_ = 0;
  uint16_t high_surrogate_ = 0;
  uint32_t group_ = 0;
  std::array<char, 4> character_{};
  std::array<char, kFieldNameBytesMax> key_{};
};

// What a scanner found in a message: a view of it, to be read after kComplete, good until the next
// begin().
class FoundFields {
 public:
  FoundFields(const FieldScannerCore& core, std::span<const uint16_t> offsets, const char* texts)
      : core_(core), offsets_(offsets), texts_(texts) {}

  [[nodiscard]] bool has(size_t field) const { return kind(field) != Kind::kAbsent; }
  [[nodiscard]] Kind kind(size_t field) const { return core_.slot(field).kind; }
  // A string unescaped; a number, true, false or null as written; empty for objects and arrays.
  // Cut at a character boundary when overlong().
  [[nodiscard]] std::string_view text(size_t field) const {
    return {texts_ + offsets_[field], core_.slot(field).size};
  }
  // The value was longer than the field's capacity (B-GEN-4: an identifier that is cut is refused).
  [[nodiscard]] bool overlong(size_t field) const { return core_.slot(field).overlong; }
  // A string or number that is plain decimal digits, at most 18 of them. kNotFound when absent,
  // kInvalid when it is anything else.
  [[nodiscard]] Result<uint64_t> digits(size_t field) const {
    const Kind found = kind(field);
    if (found == Kind::kAbsent) return Status::kNotFound;
    const std::string_view value = text(field);
    if ((found != Kind::kString && found != Kind::kNumber) || value.empty() || value.size() > 18 ||
        overlong(field)) {
      return Status::kInvalid;
    }
    uint64_t sum = 0;
    for (const char c : value) {
      if (c < '0' || c > '9') return Status::kInvalid;
      sum = sum * 10 + static_cast<uint64_t>(c - '0');
    }
    return sum;
  }
  [[nodiscard]] PayloadState payload() const { return core_.payload(); }
  [[nodiscard]] size_t payload_bytes() const { return core_.payload_bytes(); }

 private:
  const FieldScannerCore& core_;
  std::span<const uint16_t> offsets_;
  const char* texts_;
};

// Picks the fields of one table out of a JSON message while it arrives:
//
//   json::FieldScanner<kFields> scanner;            // All bytes zero is a scanner before begin().
//   scanner.begin();                                // With the first piece of each message.
//   Progress p = scanner.feed(piece, last, &sink);  // For each piece; spans are not kept.
//   if (p == Progress::kComplete && scanner.text(kEvent) == "media") ...
//
// Results are read after kComplete and hold until the next begin().
template <const auto& kTable>
class FieldScanner {
 public:
  void begin() { core_.begin(); }
  // sink may be null: payload is then checked and thrown away.
  Progress feed(std::string_view piece, bool last, PayloadSink* sink) {
    return core_.feed(kTable.view(), texts_, piece, last, sink);
  }

  [[nodiscard]] FoundFields found() const { return {core_, kTable.view().offsets, texts_.data()}; }
  [[nodiscard]] bool has(size_t field) const { return found().has(field); }
  [[nodiscard]] Kind kind(size_t field) const { return found().kind(field); }
  [[nodiscard]] std::string_view text(size_t field) const { return found().text(field); }
  [[nodiscard]] bool overlong(size_t field) const { return found().overlong(field); }
  [[nodiscard]] Result<uint64_t> digits(size_t field) const { return found().digits(field); }
  [[nodiscard]] PayloadState payload() const { return core_.payload(); }
  [[nodiscard]] size_t payload_bytes() const { return core_.payload_bytes(); }
  [[nodiscard]] size_t scanned() const { return core_.scanned(); }

 private:
  FieldScannerCore core_;
  std::array<char, std::max<size_t>(kTable.text_bytes(), 1)> texts_{};
};

// The same for a table that is chosen at run time; its texts fit kTextMax bytes. The table is given
// with each call and is the same from begin() to the last result.
template <size_t kTextMax>
class OpenFieldScanner {
 public:
  void begin() { core_.begin(); }
  Progress feed(const FieldTableView& table, std::string_view piece, bool last, PayloadSink* sink) {
    return core_.feed(table, texts_, piece, last, sink);
  }
  [[nodiscard]] FoundFields found(const FieldTableView& table) const {
    return {core_, table.offsets, texts_.data()};
  }

 private:
  FieldScannerCore core_;
  std::array<char, kTextMax> texts_{};
};

}  // namespace hookflash::json
