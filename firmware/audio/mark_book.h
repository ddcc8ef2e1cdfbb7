#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fixed_text.h"
#include "base/status.h"
#include "base/time.h"
#include "limits.h"

namespace hookflash {

// How a mark ended (B-AUD-7).
enum class MarkOutcome : uint8_t {
  kPlayed,    // The carrier has echoed it.
  kTimedOut,  // No echo came in time; treated as played, a warning.
  kCleared,   // A clear, or the end of the stream, came first.
};

// The name the carrier gets for a mark: a number that never repeats on a stream, because apps use
// one name again and again and a late echo of a cleared mark must not pass for a new one (B-AUD-7).
// The first is 1.
using OwnMark = uint32_t;

inline constexpr size_t kOwnMarkBytesMax = 13;
// "hf-" and the number in decimal.
[[nodiscard]] FixedText<kOwnMarkBytesMax> own_mark_name(OwnMark mark);
// 0 for anything that own_mark_name() does not write.
[[nodiscard]] OwnMark own_mark_from(std::string_view name);

// One mark's end. `name` lives until the next call that is not const.
struct MarkReport {
  std::string_view name;
  uint16_t tag = 0;
  MarkOutcome outcome = MarkOutcome::kPlayed;
};

// The open marks of one stream, oldest first: queued behind audio, then sent and waiting for the
// carrier's echo, then ended and waiting to be reported. Each is reported once and in order; one
// that is echoed ahead of an older one waits for it. All bytes zero is empty.
class MarkBook {
 public:
  // Reading from the app pauses at limits::kOpenMarksMax; a few more can be in hand by then.
  static constexpr size_t kPlaces = limits::kOpenMarksMax + limits::kMarksInHandMax;

  // Marks put and not reported.
  [[nodiscard]] size_t open() const { return size_; }
  [[nodiscard]] size_t queued() const { return size_ - sent_; }

  // `position` is the number of the frame that may not leave before it; numbers rise and wrap.
  // kTooLarge: the name is longer than limits::kMarkNameBytesMax. kFull: no place.
  Status put(std::string_view name, uint16_t tag, uint32_t position, Instant now);

  // The oldest queued mark. They hold only while queued() > 0.
  [[nodiscard]] uint32_t queued_position() const;
  [[nodiscard]] Instant queued_since() const;
  // Counts it as sent; it times out at `deadline`. Deadlines never go back. Returns its own name.
  OwnMark send(Instant deadline);

  // False when no sent mark of that name waits for an echo: cleared, timed out or never sent.
  bool echo(OwnMark mark);
  // Returns how many ran into their deadline.
  size_t expire(Instant now);
  // Ends every mark that has not ended. Returns how many that were.
  size_t clear();
  // When the oldest sent mark times out; max() when none waits.
  [[nodiscard]] Instant deadline() const;

  // The oldest mark, once it has ended; false when there is nothing to report.
  bool take_report(MarkReport& report);

  // Forgets everything, names that were given out included: for a new stream.
  void reset();

 private:
  enum class State : uint8_t { kOpen = 0, kPlayed, kTimedOut, kCleared };
  struct Mark {
    Instant at;             // Queued: since when. Sent: its deadline.
    uint32_t position = 0;  // See put().
    uint16_t tag = 0;
    State state = State::kOpen;
    uint8_t name_bytes = 0;
    std::array<char, limits::kMarkNameBytesMax> name{};
  };
  static_assert(limits::kMarkNameBytesMax <= 255);

  void move_to_front();
  [[nodiscard]] Mark& at(size_t index);
  [[nodiscard]] const Mark& at(size_t index) const;

  uint32_t head_ = 0;  // Place of the oldest.
  uint32_t size_ = 0;
  uint32_t sent_ = 0;     // The first so many have been sent, or have ended.
  OwnMark reported_ = 0;  // Marks taken out so far; the oldest one's own name is one more.
  std::array<Mark, kPlaces> marks_{};
};

}  // namespace hookflash
