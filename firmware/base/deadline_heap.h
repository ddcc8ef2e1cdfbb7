#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/time.h"

namespace hookflash {

// A deadline owned by whoever embeds it. `position` is its place in the heap plus one, so zero
// bytes are a timer that is not armed.
struct Deadline {
  Instant at;
  uint32_t position = 0;
  uint16_t kind = 0;   // Meaning given by the owner of the heap.
  uint16_t owner = 0;  // Likewise, for example a slot index.

  [[nodiscard]] bool armed() const { return position != 0; }
};

// A binary heap of pointers to embedded deadlines. arm() and disarm() cost O(log n); disarming is
// final even when the expiry is due already (B-TMR-4). N bounds how many can be armed at a time, so
// size it as the sum of all embedded deadlines.
template <size_t N>
class DeadlineHeap {
 public:
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] Instant next() const { return size_ == 0 ? Instant::max() : items_[0]->at; }

  // Arms, or moves an armed one.
  void arm(Deadline& deadline, Instant at) {
    deadline.at = at;
    if (!deadline.armed()) {
      CHECK(size_ < N);
      items_[size_] = &deadline;
      deadline.position = static_cast<uint32_t>(++size_);
    }
    sift_up(deadline.position - 1);
    sift_down(deadline.position - 1);
  }

  void disarm(Deadline& deadline) {
    if (!deadline.armed()) return;
    const size_t hole = deadline.position - 1;
    deadline.position = 0;
    --size_;
    if (hole == size_) return;
    place(hole, items_[size_]);
    sift_up(hole);
    sift_down(items_[hole]->position - 1);
  }

  // Takes the earliest deadline that is due, disarmed; nullptr when none is.
  Deadline* pop_due(Instant now) {
    if (size_ == 0 || items_[0]->at > now) return nullptr;
    Deadline* due = items_[0];
    disarm(*due);
    return due;
  }

 private:
  void place(size_t index, Deadline* deadline) {
    items_[index] = deadline;
    deadline->position = static_cast<uint32_t>(index + 1);
  }
  void sift_up(size_t index) {
    while (index > 0) {
      const size_t parent = (index - 1) / 2;
      if (items_[parent]->at <= items_[index]->at) return;
      swap(parent, index);
      index = parent;
    }
  }
  void sift_down(size_t index) {
    for (;;) {
      size_t least = index;
      for (size_t child = 2 * index + 1; child <= 2 * index + 2 && child < size_; ++child) {
        if (items_[child]->at < items_[least]->at) least = child;
      }
      if (least == index) return;
      swap(least, index);
      index = least;
    }
  }
  void swap(size_t a, size_t b) {
    Deadline* const held = items_[a];
    place(a, items_[b]);
    place(b, held);
  }

  size_t size_ = 0;
  std::array<Deadline*, N> items_{};
};

}  // namespace hookflash
