#include "report/log.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/utf8.h"
#include "report/time_text.h"

namespace hookflash {
namespace {

// Before each line in the ring: its level and its length. A length of kSkip: the rest of the ring
// is unused.
struct Header {
  uint16_t size = 0;
  LogLevel level = LogLevel::kInfo;
};
constexpr uint16_t kSkip = 0xFFFF;
static_assert(limits::kLogLineBytesMax < kSkip);
static_assert(limits::kLogRingBytes > 8 * limits::kLogLineBytesMax);

constexpr std::string_view kCut = "...";

// FNV-1a, 64 bits.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      value_ ^= static_cast<uint8_t>(c);
      value_ *= 0x100000001b3U;
    }
  }
  [[nodiscard]] uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325U;
};

void escape(TextWriter& out, std::string_view prefix, uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char digits[2] = {kDigits[byte >> 4], kDigits[byte & 15]};
  out.put(prefix).put({digits, 2});
}

// The bytes of the character at the start, or 0 when it is not well-formed UTF-8.
size_t character_size(std::string_view text) {
  if (static_cast<uint8_t>(text[0]) < 0x80) return 1;
  for (size_t size = 2; size <= 4 && size <= text.size(); ++size) {
    if (is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

// Control characters, those above 127 included, and broken bytes never reach a terminal.
void put_visible(TextWriter& out, std::string_view text) {
  while (!text.empty() && !out.overflowed()) {
    const auto first = static_cast<uint8_t>(text[0]);
    const size_t size = character_size(text);
    if (size == 1 && first >= 0x20 && first != 0x7F) {
      size_t run = 1;
      while (run < text.size() && text[run] >= 0x20 && text[run] < 0x7F) ++run;
      // A run that does not fit goes in as far as it does, so that the cut comes late.
      const size_t fits = std::min(run, out.room());
      out.put(text.substr(0, fits));
      if (fits < run) out.put(text.substr(fits, run - fits));
      text.remove_prefix(run);
      continue;
    }
    if (first == '\n') {
      out.put("\\n");
    } else if (first == '\r') {
      out.put("\\r");
    } else if (first == '\t') {
      out.put("\\t");
    } else if (size == 2 && first == 0xC2 && static_cast<uint8_t>(text[1]) < 0xA0) {
      escape(out, "\\u00", static_cast<uint8_t>(text[1]));
    } else if (size <= 1) {
      escape(out, "\\x", first);
    } else {
      out.put(text.substr(0, size));
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
}

}  // namespace

void Log::write(LogLevel level, std::string_view subsystem, std::string_view call_id,
                std::initializer_list<std::string_view> pieces, Now now) {
  if (!takes(level)) return;
  Hash hash;
  const auto level_byte = static_cast<char>(level);
  hash.add({&level_byte, 1});
  hash.add(subsystem);
  hash.add(call_id);
  for (const std::string_view piece : pieces) hash.add(piece);

  for (Repeat& repeat : repeats_) {
    if (!repeat.written_at.is_set() || repeat.hash != hash.value()) continue;
    if (now.mono - repeat.written_at < kRepeatWindow) {
      ++repeat.held_back;
      return;
    }
    end_repeat(repeat, now);
    break;
  }

  std::array<char, limits::kLogLineBytesMax> memory;
  TextWriter body(memory.data(), memory.size());
  body.put(subsystem).put(' ');
  if (!call_id.empty()) body.put(call_id).put(' ');
  for (const std::string_view piece : pieces) put_visible(body, piece);
  put_line(level, body.view(), 0, now);

  Repeat& repeat = place_for_repeat(now);
  repeat.hash = hash.value();
  repeat.written_at = now.mono;
  repeat.held_back = 0;
  repeat.level = level;
  repeat.text.set(utf8_prefix(body.view(), repeat.text.capacity()));
}

void Log::put_line(LogLevel level, std::string_view body, uint32_t repeats, Now now) {
  std::array<char, limits::kLogLineBytesMax> memory;
  TextWriter line(memory.data(), memory.size());
  write_rfc3339(line, now.wall);
  line.put(' ').put(name_of(level)).put(' ');
  std::array<char, 40> tail_memory;
  TextWriter tail(tail_memory.data(), tail_memory.size());
  if (repeats > 0) tail.put(" (").number(repeats).put(" more in 10 s)");
  const size_t room = line.room() - tail.size();
  if (body.size() <= room) {
    line.put(body);
  } else {
    line.put(utf8_prefix(body, room - kCut.size())).put(kCut);
  }
  line.put(tail.view());
  CHECK(!line.overflowed());
  put(level, line.view());
}

void Log::end_repeat(Repeat& repeat, Now now) {
  if (repeat.held_back > 0) put_line(repeat.level, repeat.text, repeat.held_back, now);
  repeat.held_back = 0;
  repeat.written_at = Instant();
}

// A free place, or the one that is the least loss: the oldest.
Log::Repeat& Log::place_for_repeat(Now now) {
  Repeat* oldest = &repeats_[0];
  for (Repeat& repeat : repeats_) {
    if (!repeat.written_at.is_set()) return repeat;
    if (repeat.written_at < oldest->written_at) oldest = &repeat;
  }
  end_repeat(*oldest, now);
  return *oldest;
}

Instant Log::deadline() const {
  Instant first = Instant::max();
  for (const Repeat& repeat : repeats_) {
    if (repeat.held_back > 0) first = std::min(first, repeat.written_at + kRepeatWindow);
  }
  return first;
}

void Log::tick(Now now) {
  for (Repeat& repeat : repeats_) {
    if (repeat.written_at.is_set() && now.mono - repeat.written_at >= kRepeatWindow) {
      end_repeat(repeat, now);
    }
  }
}

void Log::put(LogLevel level, std::string_view line) {
  const size_t needed = sizeof(Header) + line.size();
  size_t at = (head_ + used_) % ring_.size();
  // Lines never wrap: what is left at the end of the ring is skipped.
  const size_t left = ring_.size() - at;
  const size_t skipped = left < needed ? left : 0;
  while (ring_.size() - used_ < needed + skipped) drop_oldest();
  if (used_ == 0) {
    head_ = at = 0;
  } else if (skipped > 0) {
    if (left >= sizeof(Header)) {
      const Header skip{.size = kSkip};
      std::memcpy(ring_.data() + at, &skip, sizeof skip);
    }
    used_ += skipped;
    at = 0;
  }
  const Header header{.size = static_cast<uint16_t>(line.size()), .level = level};
  std::memcpy(ring_.data() + at, &header, sizeof header);
  std::memcpy(ring_.data() + at + sizeof header, line.data(), line.size());
  used_ += needed;
}

bool Log::next(Line& line) {
  while (used_ > 0) {
    const size_t left = ring_.size() - head_;
    Header header{.size = kSkip};
    if (left >= sizeof(Header)) std::memcpy(&header, ring_.data() + head_, sizeof header);
    if (header.size == kSkip) {
      head_ = 0;
      used_ -= left;
      continue;
    }
    line.level = header.level;
    line.text = {ring_.data() + head_ + sizeof header, header.size};
    head_ = (head_ + sizeof header + header.size) % ring_.size();
    used_ -= sizeof header + header.size;
    return true;
  }
  return false;
}

void Log::drop_oldest() {
  Line line;
  CHECK(next(line));
  ++lost_;
}

}  // namespace hookflash
