#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/fixed_text.h"
#include "base/text_writer.h"
#include "base/time.h"
#include "limits.h"

namespace hookflash {

enum class LogLevel : uint8_t { kDebug = 0, kInfo, kWarn, kError };

constexpr std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
  }
  return "error";
}

// The log of the box, in memory (B-LOG-2). A line is
//
//   2026-11-21T10:17:42.123Z warn call 0d3c1f6e-... hang-up failed: 503
//
// time, level, subsystem, call id if any, message; at most limits::kLogLineBytesMax bytes of UTF-8
// without control characters. Writing never waits and never fails: lines wait in a ring of
// limits::kLogRingBytes until next() takes them; when it is full the oldest go and are counted.
//
// A message that comes again within 10 s (same level, subsystem, call and text) is not written;
// after the 10 s one line with the count is (B-LOG-3). The owner calls tick() at deadline() for
// that.
//
// Never given to write(): numbers (NumberHash instead), credentials, tokens, signatures, digits,
// transcripts (B-LOG-1). All bytes zero is an empty log that takes every level.
class Log {
 public:
  static constexpr Duration kRepeatWindow = Duration::seconds(10);
  static constexpr size_t kRepeatsMax = 64;

  // Lines below this level are not written.
  void set_threshold(LogLevel threshold) { threshold_ = threshold; }
  [[nodiscard]] bool takes(LogLevel level) const { return level >= threshold_; }

  // `subsystem` is one short constant word. `call_id` may be empty. The message is the pieces
  // joined; bytes that are no printable UTF-8 are escaped, and what is over the line's limit is cut
  // and marked.
  void write(LogLevel level, std::string_view subsystem, std::string_view call_id,
             std::initializer_list<std::string_view> pieces, Now now);

  // When tick() has something to write; max() when it has not.
  [[nodiscard]] Instant deadline() const;
  void tick(Now now);

  struct Line {
    LogLevel level = LogLevel::kInfo;
    std::string_view
        text;  // Without a newline; in the ring, holds until the next write() or tick().
  };
  // The oldest line not yet taken; false when there is none.
  bool next(Line& line);

  // Lines that were overwritten before they were taken; for hookflash_log_lines_lost_total.
  [[nodiscard]] uint64_t lost() const { return lost_; }

 private:
  // A message that was written lately.
  struct Repeat {
    uint64_t hash = 0;
    Instant written_at;  // Not set: the place is free.
    uint32_t held_back = 0;
    LogLevel level = LogLevel::kDebug;  // Zero bytes until used.
    FixedText<256> text;                // From the subsystem on, cut.
  };

  void put_line(LogLevel level, std::string_view body, uint32_t repeats, Now now);
  void end_repeat(Repeat& repeat, Now now);
  Repeat& place_for_repeat(Now now);
  void put(LogLevel level, std::string_view line);
  void drop_oldest();

  LogLevel threshold_ = LogLevel::kDebug;
  uint64_t lost_ = 0;
  size_t head_ = 0;  // Where the oldest line begins.
  size_t used_ = 0;  // Bytes from there on, ends of the ring that were skipped included.
  std::array<Repeat, kRepeatsMax> repeats_{};
  std::array<char, limits::kLogRingBytes> ring_{};
};

}  // namespace hookflash
