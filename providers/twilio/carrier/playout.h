#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "base/ring.h"
#include "base/time.h"

namespace hookflash::twilio::carrier {

// The far end's side of an outgoing stream: what was received waits here and is played at 8,000
// bytes a second, beginning at once when nothing is waiting. Marks keep their place between the
// bytes.
//
// push() and mark() expect that everything due has been taken before: first take_played() until it
// is empty, then take_mark() until it is empty.
class Playout {
 public:
  // Ten seconds: an appliance that paces sends at most a fraction of a second ahead. What does not
  // fit is dropped and counted, as Twilio's warning 31930 says.
  static constexpr size_t kBytesMax = 80'000;
  static constexpr size_t kMarksMax = 600;
  static constexpr size_t kMarkBytesMax = 96;

  void reset() {
    head_ = size_ = 0;
    taken_ = accepted_ = 0;
    head_at_ = Instant();
    marks_.clear();
  }

  // Takes audio that arrived at `now`; returns how many bytes were dropped for want of room.
  size_t push(Bytes audio, Instant now);
  // False when too many are open or the name is too long; it will never be echoed then.
  bool mark(std::string_view name);
  // Empties the buffer; all open marks become due at once. Returns the bytes dropped.
  size_t clear(Instant now);

  // The next piece that has been heard by `now`, and when its first sample was. False when none is.
  // The piece stays valid until push() or clear().
  bool take_played(Instant now, Instant& at, Bytes& piece);
  // The next mark whose audio has been heard. The name stays valid until mark().
  bool take_mark(std::string_view& name);

  // When the next mark becomes due, if nothing changes.
  [[nodiscard]] Instant next_mark_at() const;
  // How long the waiting audio lasts beyond `now`.
  [[nodiscard]] Duration ahead(Instant now) const { return end() - now; }
  // When the last byte has been, or had been, played.
  [[nodiscard]] Instant end() const { return head_at_ + time_of(size_); }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  struct Mark {
    uint64_t position = 0;
    FixedText<kMarkBytesMax> name;
  };

  static constexpr Duration time_of(size_t bytes) {
    return Duration::us(static_cast<int64_t>(bytes) * 125);
  }

  size_t head_ = 0;
  size_t size_ = 0;
  uint64_t taken_ = 0;     // Bytes played or cleared since reset().
  uint64_t accepted_ = 0;  // Bytes taken in; accepted_ - taken_ == size_.
  Instant head_at_;        // When the first waiting byte is played.
  Ring<Mark, kMarksMax> marks_;
  Mark due_;  // The mark handed out last.
  std::array<uint8_t, kBytesMax> bytes_{};
};

}  // namespace hookflash::twilio::carrier
