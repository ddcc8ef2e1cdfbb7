#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/pool.h"
#include "base/status.h"
#include "call/event.h"
#include "call/inbox_queue.h"
#include "limits.h"

namespace hookflash {

// The inboxes of all calls: one pool of entries, one pool of long texts (B-PROC-2). Each call's
// queue is first in, first out, with at most 32 entries. How our own requests came out, and what
// became of a stream, nobody can send again: beyond the 32 such events have places of their own.
// All bytes zero is empty.
class Inboxes {
 public:
  static constexpr size_t kOwnEntriesMax = 8;  // Per call.
  static constexpr size_t kOwnPool = limits::kCallSlots * 4;

  // Adds an event at the end of the queue. `speech` is its text of kind kSpeech; one that does not
  // fit beside the event's other texts waits in the pool of long texts. kFull: the queue has 32
  // entries, or a pool is empty. kTooLarge: speech over 1,200 bytes. Nothing changes then.
  Status push(InboxQueue& queue, const Event& event, std::string_view speech = {});

  // An event with texts of its own would be taken now.
  [[nodiscard]] bool has_room(const InboxQueue& queue) const {
    return queue.size < limits::kInboxEntriesMax && entries_.available() > kOwnPool;
  }
  // The oldest event; stays in place until pop(). The queue must not be empty.
  [[nodiscard]] Event& front(const InboxQueue& queue);
  // Its speech, wherever it waits. Lives until pop().
  [[nodiscard]] std::string_view speech_of(const Event& event) const;
  // Forgets the oldest event and its long text.
  void pop(InboxQueue& queue);
  void clear(InboxQueue& queue);
  // Calls see(event) for what waits at this moment, oldest first; it may put in more.
  template <typename See>
  void visit(const InboxQueue& queue, See see) const {
    uint16_t place_plus_one = queue.head;
    for (size_t left = queue.size; left > 0; --left) {
      const Entry& entry = *entries_.get(handle_of(place_plus_one));
      see(entry.event);
      place_plus_one = entry.next;
    }
  }

  // A text that waits elsewhere, from the same pool. Not set: the pool is empty, or the text too
  // long.
  Handle<LongText> keep(std::string_view text);
  [[nodiscard]] std::string_view kept(Handle<LongText> text) const;
  void release(Handle<LongText> text);

  [[nodiscard]] size_t entries() const { return entries_.size(); }
  [[nodiscard]] size_t entries_high_water() const { return entries_.high_water(); }
  [[nodiscard]] size_t long_texts() const { return long_texts_.size(); }
  [[nodiscard]] size_t long_texts_high_water() const { return long_texts_.high_water(); }
  // Events refused because there was no room (B-GEN-5).
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  struct Entry {
    Event event;
    uint16_t next = 0;  // Place plus one.
  };

  [[nodiscard]] Handle<Entry> handle_of(uint16_t place_plus_one) const {
    return entries_.at(place_plus_one - 1U);
  }

  uint64_t refused_ = 0;
  Pool<Entry, limits::kInboxPool + kOwnPool> entries_;
  Pool<LongText, limits::kLongTextsMax> long_texts_;
};

}  // namespace hookflash
