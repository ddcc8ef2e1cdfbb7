#include "json/field_scanner.h"

#include <cstring>

#include "json/base64_groups.h"
#include "json/plain_text.h"
#include "limits.h"

namespace hookflash::json {
namespace {

static_assert(limits::kJsonDepthMax < 32, "levels are bits of a word");

constexpr std::array<std::string_view, 3> kLiterals = {"true", "false", "null"};
constexpr std::array<Kind, 3> kLiteralKinds = {Kind::kTrue, Kind::kFalse, Kind::kNull};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

struct FieldScannerCore::Feed {
  Feed(const FieldTableView& wanted, std::span<char> text_memory, PayloadSink* taker,
       std::string_view piece)
      : table(wanted),
        texts(text_memory),
        sink(taker),
        p(piece.data()),
        end(piece.data() + piece.size()) {}

  const FieldTableView& table;
  std::span<char> texts;
  PayloadSink* sink;
  const char* p;
  const char* end;
  size_t staged = 0;
  std::array<uint8_t, 768> stage;  // Left as it is: only `staged` bytes are ever read.
};

void FieldScannerCore::begin() { *this = FieldScannerCore(); }

Progress FieldScannerCore::feed(const FieldTableView& table, std::span<char> texts,
                                std::string_view piece, bool last, PayloadSink* sink) {
  if (state_ == State::kInvalid) return Progress::kInvalid;
  Feed feed(table, texts, sink, piece);
  while (feed.p != feed.end && state_ != State::kInvalid) scan(feed);
  flush(feed);
  if (state_ == State::kInvalid) {
    scanned_ += static_cast<size_t>(feed.p - piece.data());
    return Progress::kInvalid;
  }
  scanned_ += piece.size();
  if (!last) return Progress::kMore;
  if (state_ != State::kDone) {
    state_ = State::kInvalid;
    return Progress::kInvalid;
  }
  return Progress::kComplete;
}

void FieldScannerCore::fail(Feed& feed) {
  --feed.p;  // Back to the byte that was wrong.
  state_ = State::kInvalid;
}

void FieldScannerCore::skip_space(Feed& feed) const {
  while (feed.p != feed.end && is_space(*feed.p)) ++feed.p;
}

// Consumes at least one byte, or moves on to a state that does.
void FieldScannerCore::scan(Feed& feed) {
  switch (state_) {
    case State::kKeyString: return key_string(feed);
    case State::kString: return value_string(feed);
    case State::kPayload: return payload_string(feed);
    case State::kEscape: return escape(feed, *feed.p++);
    case State::kHex: return hex(feed, *feed.p++);
    case State::kLowBackslash:
      state_ = State::kLowU;
      if (*feed.p++ != '\\') fail(feed);
      return;
    case State::kLowU:
      state_ = State::kHex;
      hex_left_ = 4;
      if (*feed.p++ != 'u') fail(feed);
      return;
    case State::kTail: return tail(feed, *feed.p++);
    case State::kMinus:
    case State::kZero:
    case State::kInteger:
    case State::kPoint:
    case State::kFraction:
    case State::kExponent:
    case State::kExponentSign:
    case State::kExponentDigits: return number(feed, *feed.p++);
    case State::kLiteral: return literal(feed, *feed.p++);
    case State::kRoot:
    case State::kKeyOrEnd:
    case State::kKey:
    case State::kColon:
    case State::kValue:
    case State::kValueOrEnd:
    case State::kAfter:
    case State::kDone:
    case State::kInvalid: break;
  }
  skip_space(feed);
  if (feed.p == feed.end) return;
  const char c = *feed.p++;
  switch (state_) {
    case State::kRoot:
      if (c != '{') return fail(feed);
      depth_ = 1;
      state_ = State::kKeyOrEnd;
      return;
    case State::kKeyOrEnd:
      if (c == '}') return close(feed);
      [[fallthrough]];
    case State::kKey:
      if (c != '"') return fail(feed);
      return begin_key();
    case State::kColon:
      if (c != ':') return fail(feed);
      state_ = State::kValue;
      return;
    case State::kValueOrEnd:
      if (c == ']') return close(feed);
      [[fallthrough]];
    case State::kValue: return start_value(feed, c);
    case State::kAfter: {
      const bool array = in_array();
      if (c == ',') {
        state_ = array ? State::kValue : State::kKey;
        return;
      }
      if (c != (array ? ']' : '}')) return fail(feed);
      return close(feed);
    }
    default: return fail(feed);  // kDone: something follows the message.
  }
}

// --- Structure
// ----------------------------------------------------------------------------------------

void FieldScannerCore::begin_key() {
  key_size_ = 0;
  key_overlong_ = false;
  state_ = State::kKeyString;
}

// Takes the colon and the first byte of the value in the same step where they follow at once.
void FieldScannerCore::end_key(Feed& feed, std::string_view name) {
  value_node_ = skip_depth_ == 0 ? child_named(feed, name) : uint8_t{0};
  state_ = State::kColon;
  if (feed.end - feed.p < 2 || feed.p[0] != ':' || is_space(feed.p[1])) return;
  const char c = feed.p[1];
  feed.p += 2;
  start_value(feed, c);
}

uint8_t FieldScannerCore::child_named(const Feed& feed, std::string_view name) const {
  const FieldNode* const nodes = feed.table.nodes.data();
  uint8_t i = nodes[node_].first_child;
  for (; i != 0; i = nodes[i].next_sibling) {
    const std::string_view other = nodes[i].name;
    if (other.size() == name.size() && other[0] == name[0] && other == name) break;
  }
  return i;
}

// False when the field has been there before.
bool FieldScannerCore::begin_value(Feed& feed, Kind kind) {
  field_ = 0;
  if (value_node_ == 0) return true;
  const uint8_t index = feed.table.nodes[value_node_].field;
  if (index == 0xFF) return true;
  Slot& slot = slots_[index];
  if (slot.kind != Kind::kAbsent) return false;
  slot.kind = kind;
  const Field& field = feed.table.fields[index];
  if (field.payload) payload_ = kind == Kind::kString ? PayloadState::kGood : PayloadState::kBad;
  if (field.capacity > 0 || field.payload) field_ = static_cast<uint8_t>(index + 1);
  return true;
}

void FieldScannerCore::start_value(Feed& feed, char c) {
  const auto begins = [&](Kind kind, State state) {
    if (!begin_value(feed, kind)) return fail(feed);
    state_ = state;
  };
  switch (c) {
    case '"':
      begins(Kind::kString, State::kString);
      if (field_ != 0 && feed.table.fields[field_ - 1U].payload && state_ == State::kString) {
        state_ = State::kPayload;
      }
      return;
    case '{': return open(feed, false);
    case '[': return open(feed, true);
    case '-': begins(Kind::kNumber, State::kMinus); break;
    case '0': begins(Kind::kNumber, State::kZero); break;
    case 't':
    case 'f':
    case 'n':
      literal_ = c == 't' ? 0 : c == 'f' ? 1 : 2;
      literal_size_ = 1;
      begins(kLiteralKinds[literal_], State::kLiteral);
      return;
    default:
      if (!is_digit(c)) return fail(feed);
      begins(Kind::kNumber, State::kInteger);
  }
  if (state_ == State::kInvalid) return;
  number_size_ = 1;
  put_character(feed, {&c, 1});
}

void FieldScannerCore::open(Feed& feed, bool array) {
  if (depth_ == limits::kJsonDepthMax) return fail(feed);
  if (!begin_value(feed, array ? Kind::kArray : Kind::kObject)) return fail(feed);
  field_ = 0;
  ++depth_;
  if (skip_depth_ == 0) {
    if (array || value_node_ == 0) {
      skip_depth_ = depth_;
    } else {
      node_ = value_node_;
    }
  }
  value_node_ = 0;
  arrays_ = (arrays_ & ~(1U << depth_)) | (array ? 1U << depth_ : 0U);
  state_ = array ? State::kValueOrEnd : State::kKeyOrEnd;
}

void FieldScannerCore::close(Feed& feed) {
  if (skip_depth_ == 0) {
    node_ = feed.table.nodes[node_].parent;
  } else if (skip_depth_ == depth_) {
    skip_depth_ = 0;
  }
  if (--depth_ == 0) {
    state_ = State::kDone;
  } else {
    end_value(feed);
  }
}

// Takes the comma and the beginning of the next key in the same step where they follow at once.
void FieldScannerCore::end_value(Feed& feed) {
  field_ = 0;
  value_node_ = 0;
  state_ = State::kAfter;
  if (feed.end - feed.p < 2 || feed.p[0] != ',' || feed.p[1] != '"' || in_array()) return;
  feed.p += 2;
  begin_key();
}

// --- Strings
// ------------------------------------------------------------------------------------------

void FieldScannerCore::key_string(Feed& feed) {
  const char* const stop = plain_end(feed.p, feed.end);
  const std::string_view run(feed.p, static_cast<size_t>(stop - feed.p));
  feed.p = stop;
  if (stop == feed.end) return put_run(feed, run);
  const char c = *feed.p++;
  if (c == '"' && key_size_ == 0 && !key_overlong_) return end_key(feed, run);
  put_run(feed, run);
  if (c != '"') return special_character(feed, c, State::kKeyString);
  // A name that was too long for the buffer is none of the wanted ones.
  end_key(feed,
          key_overlong_ ? std::string_view("\xFF") : std::string_view(key_.data(), key_size_));
}

void FieldScannerCore::value_string(Feed& feed) {
  const char* const stop = plain_end(feed.p, feed.end);
  if (field_ != 0) put_run(feed, {feed.p, static_cast<size_t>(stop - feed.p)});
  feed.p = stop;
  if (stop == feed.end) return;
  const char c = *feed.p++;
  if (c == '"') return end_value(feed);
  special_character(feed, c, State::kString);
}

void FieldScannerCore::payload_string(Feed& feed) {
  if (payload_ == PayloadState::kGood && sextets_ == 0 && !padded_) {
    if (feed.stage.size() - feed.staged < 3) flush(feed);
    uint8_t* to = feed.stage.data() + feed.staged;
    feed.p = decode_groups(feed.p, feed.end, to, feed.stage.size() - feed.staged);
    feed.staged = static_cast<size_t>(to - feed.stage.data());
    if (feed.p == feed.end || feed.stage.size() - feed.staged < 3) return;
  }
  const char c = *feed.p++;
  if (c == '"') {
    if (sextets_ != 0 && payload_ == PayloadState::kGood) payload_ = PayloadState::kBad;
    return end_value(feed);
  }
  if (is_plain(c)) return put_payload(feed, c);
  special_character(feed, c, State::kPayload);
}

// An escape or the first byte of a longer character inside a string; anything else is an error.
void FieldScannerCore::special_character(Feed& feed, char c, State in) {
  string_ = in;
  if (c == '\\') {
    state_ = State::kEscape;
    return;
  }
  const auto byte = static_cast<uint8_t>(c);
  tail_low_ = 0x80;
  tail_high_ = 0xBF;
  if (byte >= 0xC2 && byte <= 0xDF) {
    character_left_ = 1;
  } else if (byte >= 0xE0 && byte <= 0xEF) {
    character_left_ = 2;
    if (byte == 0xE0) tail_low_ = 0xA0;   // Shorter forms exist below.
    if (byte == 0xED) tail_high_ = 0x9F;  // Surrogates are above.
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    character_left_ = 3;
    if (byte == 0xF0) tail_low_ = 0x90;
    if (byte == 0xF4) tail_high_ = 0x8F;
  } else {
    return fail(feed);
  }
  character_[0] = c;
  character_size_ = 1;
  state_ = State::kTail;
}

void FieldScannerCore::tail(Feed& feed, char c) {
  const auto byte = static_cast<uint8_t>(c);
  if (byte < tail_low_ || byte > tail_high_) return fail(feed);
  tail_low_ = 0x80;
  tail_high_ = 0xBF;
  character_[character_size_++] = c;
  if (--character_left_ != 0) return;
  state_ = string_;
  put_character(feed, {character_.data(), character_size_});
}

void FieldScannerCore::escape(Feed& feed, char c) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (c == 'u') {
    hex_left_ = 4;
    hex_ = 0;
    state_ = State::kHex;
    return;
  }
  const size_t at = kLetters.find(c);
  if (at == std::string_view::npos) return fail(feed);
  state_ = string_;
  put_character(feed, kMeant.substr(at, 1));
}

void FieldScannerCore::hex(Feed& feed, char c) {
  uint32_t digit = 0;
  if (is_digit(c)) {
    digit = static_cast<uint32_t>(c - '0');
  } else if (c >= 'a' && c <= 'f') {
    digit = static_cast<uint32_t>(c - 'a') + 10;
  } else if (c >= 'A' && c <= 'F') {
    digit = static_cast<uint32_t>(c - 'A') + 10;
  } else {
    return fail(feed);
  }
  hex_ = static_cast<uint16_t>(uint32_t{hex_} << 4 | digit);
  if (--hex_left_ != 0) return;
  const uint32_t unit = hex_;
  hex_ = 0;
  const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
  if (high_surrogate_ != 0) {
    if (!low) return fail(feed);
    const uint32_t high = high_surrogate_;
    high_surrogate_ = 0;
    state_ = string_;
    return put_code_point(feed, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
  }
  if (low || unit == 0) return fail(feed);  // A lone half; NUL.
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    high_surrogate_ = static_cast<uint16_t>(unit);
    state_ = State::kLowBackslash;
    return;
  }
  state_ = string_;
  put_code_point(feed, unit);
}

void FieldScannerCore::put_code_point(Feed& feed, uint32_t code) {
  std::array<char, 4> utf8{};
  size_t size = 0;
  const auto byte = [&](uint32_t value) { utf8[size++] = static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 63));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 63));
    byte(0x80 | (code & 63));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 63));
    byte(0x80 | (code >> 6 & 63));
    byte(0x80 | (code & 63));
  }
  put_character(feed, {utf8.data(), size});
}

// One whole character of the present string or number.
void FieldScannerCore::put_character(Feed& feed, std::string_view character) {
  if (state_ == State::kPayload) {
    if (character.size() == 1) return put_payload(feed, character[0]);
    if (payload_ == PayloadState::kGood) payload_ = PayloadState::kBad;
    return;
  }
  if (state_ == State::kKeyString) {
    if (character.size() > key_.size() - key_size_) key_overlong_ = true;
    if (key_overlong_) return;
    std::memcpy(key_.data() + key_size_, character.data(), character.size());
    key_size_ = static_cast<uint8_t>(key_size_ + character.size());
    return;
  }
  if (field_ == 0) return;
  Slot& slot = slots_[field_ - 1U];
  const size_t capacity = feed.table.fields[field_ - 1U].capacity;
  if (character.size() > capacity - slot.size) slot.overlong = true;
  if (slot.overlong) return;
  std::memcpy(feed.texts.data() + feed.table.offsets[field_ - 1U] + slot.size, character.data(),
              character.size());
  slot.size = static_cast<uint16_t>(slot.size + character.size());
}

// A run of one-byte characters of a key or a kept text.
void FieldScannerCore::put_run(Feed& feed, std::string_view run) {
  if (state_ == State::kKeyString) {
    if (run.size() > key_.size() - key_size_) key_overlong_ = true;
    if (key_overlong_ || run.empty()) return;
    std::memcpy(key_.data() + key_size_, run.data(), run.size());
    key_size_ = static_cast<uint8_t>(key_size_ + run.size());
    return;
  }
  Slot& slot = slots_[field_ - 1U];
  if (slot.overlong || run.empty()) return;
  const size_t room = feed.table.fields[field_ - 1U].capacity - slot.size;
  if (run.size() > room) {
    slot.overlong = true;
    run = run.substr(0, room);
  }
  std::memcpy(feed.texts.data() + feed.table.offsets[field_ - 1U] + slot.size, run.data(),
              run.size());
  slot.size = static_cast<uint16_t>(slot.size + run.size());
}

// --- Payload
// ------------------------------------------------------------------------------------------

// One character of base64, however it was spelt. Takes the ends of the text and what is not
// canonical; whole groups are decoded in payload_string().
void FieldScannerCore::put_payload(Feed& feed, char c) {
  if (payload_ != PayloadState::kGood) return;
  const auto bad = [this] { payload_ = PayloadState::kBad; };
  if (feed.stage.size() - feed.staged < 3) flush(feed);
  const auto stage = [&](uint32_t byte) { feed.stage[feed.staged++] = static_cast<uint8_t>(byte); };
  if (padded_) return bad();
  if (c == '=') {
    if (sextets_ < 2) return bad();
    ++padding_;
    if (sextets_ + padding_ < 4) return;
    const uint32_t unused = padding_ == 2 ? group_ & 15 : group_ & 3;
    if (unused != 0) return bad();
    if (padding_ == 2) {
      stage(group_ >> 4);
    } else {
      stage(group_ >> 10);
      stage(group_ >> 2);
    }
    sextets_ = 0;
    padded_ = true;
    return;
  }
  const uint32_t value = sextet(3, c);
  if (value == kBadSextet || padding_ != 0) return bad();
  group_ = group_ << 6 | value;
  if (++sextets_ < 4) return;
  stage(group_ >> 16);
  stage(group_ >> 8);
  stage(group_);
  sextets_ = 0;
  group_ = 0;
}

void FieldScannerCore::flush(Feed& feed) {
  if (feed.staged == 0) return;
  if (payload_ == PayloadState::kGood && state_ != State::kInvalid) {
    payload_bytes_ += feed.staged;
    if (feed.sink != nullptr && !feed.sink->on_payload({feed.stage.data(), feed.staged})) {
      payload_ = PayloadState::kRefused;
    }
  }
  feed.staged = 0;
}

// --- Numbers and words
// --------------------------------------------------------------------------------

void FieldScannerCore::number(Feed& feed, char c) {
  const bool digit = is_digit(c);
  const bool exponent = c == 'e' || c == 'E';
  State next = State::kInvalid;
  switch (state_) {
    case State::kMinus:
      if (digit) next = c == '0' ? State::kZero : State::kInteger;
      break;
    case State::kInteger:
      if (digit) next = State::kInteger;
      [[fallthrough]];
    case State::kZero:
      if (c == '.') next = State::kPoint;
      if (exponent) next = State::kExponent;
      break;
    case State::kPoint:
      if (digit) next = State::kFraction;
      break;
    case State::kFraction:
      if (digit) next = State::kFraction;
      if (exponent) next = State::kExponent;
      break;
    case State::kExponent:
      if (c == '+' || c == '-') next = State::kExponentSign;
      [[fallthrough]];
    case State::kExponentSign:
    case State::kExponentDigits:
      if (digit) next = State::kExponentDigits;
      break;
    default: break;
  }
  if (next != State::kInvalid) {
    if (number_size_++ == limits::kJsonNumberBytesMax) return fail(feed);
    state_ = next;
    return put_character(feed, {&c, 1});
  }
  const bool whole = state_ == State::kZero || state_ == State::kInteger ||
                     state_ == State::kFraction || state_ == State::kExponentDigits;
  if (!whole) return fail(feed);
  --feed.p;  // The byte belongs to what follows the number.
  end_value(feed);
}

void FieldScannerCore::literal(Feed& feed, char c) {
  const std::string_view word = kLiterals[literal_];
  if (c != word[literal_size_]) return fail(feed);
  if (++literal_size_ < word.size()) return;
  if (field_ != 0) put_run(feed, word);
  end_value(feed);
}

}  // namespace hookflash::json
