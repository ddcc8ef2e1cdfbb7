#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "audio/g711.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"
#include "limits.h"

namespace hookflash {

// Whole 20 ms frames in order, behind them a part frame that waits for its rest, and behind that
// audio that is staged: taken in but not yet known to be good. Bytes are copied once, on their way
// in.
//
// The frames are blocks of a pool of N, linked; freed blocks are used again first, so the memory
// touched is that of the fullest moment and not that of the longest call, which a ring would walk
// through from end to end. All bytes zero is empty.
template <size_t N>
class FrameList {
  static_assert(N > 1 && N < 0xFFFF, "places are 16 bits wide, 0 is none");

 public:
  static constexpr size_t kFrameBytes = limits::kFrameSamples;

  // Whole frames.
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Committed bytes of the part frame, below kFrameBytes.
  [[nodiscard]] size_t part() const { return part_; }
  [[nodiscard]] size_t staged() const { return staged_; }
  // Blocks in use, and the most that ever were.
  [[nodiscard]] size_t blocks() const { return used_; }
  [[nodiscard]] size_t blocks_high() const { return fresh_; }
  // How many more bytes stage() takes.
  [[nodiscard]] size_t room() const {
    return (N - used_) * kFrameBytes + (tail_ == 0 ? 0 : kFrameBytes - tail_fill_);
  }

  // Appends to what is staged. kFull takes nothing.
  Status stage(Bytes audio) {
    if (audio.size() > room()) return Status::kFull;
    while (!audio.empty()) {
      if (tail_ == 0 || tail_fill_ == kFrameBytes) append_block();
      const size_t n = std::min(audio.size(), kFrameBytes - tail_fill_);
      std::memcpy(block(tail_).bytes.data() + tail_fill_, audio.data(), n);
      tail_fill_ = static_cast<uint16_t>(tail_fill_ + n);
      staged_ += n;
      audio = audio.subspan(n);
    }
    return Status::kOk;
  }

  // What is staged becomes audio, stamped so. Returns how many frames became whole.
  size_t commit(uint32_t stamp) {
    size_t bytes = part_ + staged_;
    size_t whole = 0;
    for (; bytes >= kFrameBytes; bytes -= kFrameBytes, ++whole) {
      const uint16_t place = open_;
      Block& frame = block(place);
      frame.number = next_number_++;
      frame.stamp = stamp;
      if (size_ == 0) head_ = place;
      last_ = place;
      ++size_;
      open_ = frame.next;
    }
    part_ = static_cast<uint16_t>(bytes);
    staged_ = 0;
    return whole;
  }

  // Takes back what is staged.
  void discard() {
    if (staged_ == 0) return;
    const size_t blocks = (part_ + staged_ + kFrameBytes - 1) / kFrameBytes;
    staged_ = 0;
    const uint16_t keep = part_ > 0 ? open_ : last_;
    const uint16_t from = part_ > 0 ? block(open_).next : open_;
    if (from != 0) free_chain(from, tail_, blocks - (part_ > 0 ? 1 : 0));
    if (part_ == 0) open_ = 0;
    tail_ = keep;
    tail_fill_ = part_ > 0 ? part_ : kFrameBytes16;
    if (keep != 0) block(keep).next = 0;
  }

  // Completes the part frame with mu-law silence. Returns how many frames that made: 0 or 1.
  // Nothing may be staged.
  size_t pad(uint32_t stamp) {
    CHECK(staged_ == 0);
    if (part_ == 0) return 0;
    std::memset(block(open_).bytes.data() + part_, kMulawSilence, kFrameBytes - part_);
    part_ = kFrameBytes16;
    tail_fill_ = kFrameBytes16;
    return commit(stamp);
  }

  // The oldest whole frame; they hold only while there is one. Numbers count the frames that became
  // whole and wrap.
  [[nodiscard]] Bytes front() const { return block_at(head_).bytes; }
  [[nodiscard]] uint32_t front_stamp() const { return block_at(head_).stamp; }
  [[nodiscard]] uint32_t front_number() const { return block_at(head_).number; }
  // The number of the next frame that becomes whole.
  [[nodiscard]] uint32_t next_number() const { return next_number_; }
  // Numbers go on from here. For an empty list.
  void number_from(uint32_t number) {
    CHECK(empty());
    next_number_ = number;
  }

  // Takes the oldest frame out. Its bytes live until the next take(), release() or clear().
  Bytes take() {
    release();
    out_ = unlink_front();
    return block(out_).bytes;
  }
  // Lets go of the frame that was taken.
  void release() {
    if (out_ == 0) return;
    free_chain(out_, out_, 1);
    out_ = 0;
  }
  void drop_front() {
    const uint16_t place = unlink_front();
    free_chain(place, place, 1);
  }

  // Leaves out the oldest whole frames for which `wanted(Bytes)` holds, at most `limit`. Returns
  // how many.
  template <typename Wanted>
  size_t drop_if(size_t limit, Wanted wanted) {
    size_t dropped = 0;
    uint16_t before = 0;
    uint16_t place = head_;
    for (size_t left = size_; left > 0 && dropped < limit; --left) {
      const uint16_t after = block(place).next;
      if (wanted(Bytes(block(place).bytes))) {
        unlink(before, place);
        free_chain(place, place, 1);
        ++dropped;
      } else {
        before = place;
      }
      place = after;
    }
    return dropped;
  }

  // Empties everything, staged audio included, in one step. Returns the frames lost, a part frame
  // counted as one.
  size_t clear() {
    release();
    const size_t lost = size_ + (part_ > 0 ? 1 : 0);
    const uint16_t first = size_ > 0 ? head_ : open_;
    if (first != 0) free_chain(first, tail_, used_);
    head_ = last_ = open_ = tail_ = 0;
    size_ = staged_ = 0;
    part_ = tail_fill_ = 0;
    return lost;
  }

 private:
  static constexpr uint16_t kFrameBytes16 = static_cast<uint16_t>(kFrameBytes);

  struct Block {
    uint16_t next = 0;  // Place of the one behind it; in the free list, of the next free one.
    uint32_t stamp = 0;
    uint32_t number = 0;
    std::array<uint8_t, kFrameBytes> bytes{};
  };

  Block& block(uint16_t place) { return blocks_[place - 1U]; }
  const Block& block_at(uint16_t place) const {
    CHECK(place != 0);
    return blocks_[place - 1U];
  }

  void append_block() {
    uint16_t place = free_;
    if (place != 0) {
      free_ = block(place).next;
    } else {
      CHECK(fresh_ < N);
      place = ++fresh_;
    }
    ++used_;
    block(place).next = 0;
    if (tail_ != 0) block(tail_).next = place;
    if (open_ == 0) open_ = place;
    tail_ = place;
    tail_fill_ = 0;
  }

  // One step, however long the chain is.
  void free_chain(uint16_t first, uint16_t last, size_t blocks) {
    used_ = static_cast<uint16_t>(used_ - blocks);
    block(last).next = free_;
    free_ = first;
  }

  void unlink(uint16_t before, uint16_t place) {
    const uint16_t after = block(place).next;
    if (before != 0) block(before).next = after;
    if (place == head_) head_ = after;
    if (place == last_) last_ = before;
    if (place == tail_) {
      tail_ = before;
      tail_fill_ = before == 0 ? uint16_t{0} : kFrameBytes16;
    }
    --size_;
    if (size_ == 0) head_ = last_ = 0;
  }
  uint16_t unlink_front() {
    CHECK(size_ > 0);
    const uint16_t place = head_;
    unlink(0, place);
    return place;
  }

  uint16_t head_ = 0;       // Oldest whole frame.
  uint16_t last_ = 0;       // Newest whole frame.
  uint16_t open_ = 0;       // The part frame, or the first staged block.
  uint16_t tail_ = 0;       // The last block of all.
  uint16_t tail_fill_ = 0;  // Bytes in it.
  uint16_t part_ = 0;
  uint16_t out_ = 0;    // Taken, still read by the taker.
  uint16_t free_ = 0;   // Freed blocks.
  uint16_t fresh_ = 0;  // Blocks that were ever used: the first so many.
  uint16_t used_ = 0;
  size_t size_ = 0;
  size_t staged_ = 0;
  uint32_t next_number_ = 0;
  std::array<Block, N> blocks_{};
};

}  // namespace hookflash
