#include "call/inbox.h"

#include <cstring>

#include "base/check.h"

namespace hookflash {

Status Inboxes::push(InboxQueue& queue, const Event& event, std::string_view speech) {
  if (speech.size() > limits::kLongTextBytesMax) return Status::kTooLarge;
  const bool own = !is_carrier_event(event.type) && event.ticket == 0;
  const bool room =
      own ? queue.size < limits::kInboxEntriesMax + kOwnEntriesMax && entries_.available() > 0
          : has_room(queue);
  if (!room) {
    ++refused_;
    return Status::kFull;
  }
  Event copy = event;
  copy.long_speech = {};
  if (!speech.empty() && copy.set(EventText::kSpeech, speech) != Status::kOk) {
    copy.long_speech = keep(speech);
    if (!copy.long_speech.is_set()) return Status::kFull;
  }
  const Handle<Entry> handle = entries_.acquire();
  Entry* const entry = entries_.get(handle);
  CHECK(entry != nullptr);
  entry->event = copy;
  entry->next = 0;
  const auto place_plus_one = static_cast<uint16_t>(handle.index + 1);
  if (queue.size == 0) {
    queue.head = place_plus_one;
  } else {
    entries_.get(handle_of(queue.tail))->next = place_plus_one;
  }
  queue.tail = place_plus_one;
  ++queue.size;
  return Status::kOk;
}

Event& Inboxes::front(const InboxQueue& queue) {
  CHECK(!queue.empty());
  return entries_.get(handle_of(queue.head))->event;
}

std::string_view Inboxes::speech_of(const Event& event) const {
  if (const LongText* const text = long_texts_.get(event.long_speech)) {
    return {text->bytes.data(), text->size};
  }
  return event.text(EventText::kSpeech);
}

void Inboxes::pop(InboxQueue& queue) {
  CHECK(!queue.empty());
  const Handle<Entry> handle = handle_of(queue.head);
  Entry* const entry = entries_.get(handle);
  CHECK(entry != nullptr);
  if (entry->event.long_speech.is_set()) long_texts_.release(entry->event.long_speech);
  queue.head = entry->next;
  --queue.size;
  if (queue.size == 0) queue = {};
  entries_.release(handle);
}

Handle<LongText> Inboxes::keep(std::string_view text) {
  if (text.size() > limits::kLongTextBytesMax) return {};
  const Handle<LongText> handle = long_texts_.acquire();
  LongText* const place = long_texts_.get(handle);
  if (place == nullptr) {
    ++refused_;
    return {};
  }
  place->size = static_cast<uint16_t>(text.size());
  std::memcpy(place->bytes.data(), text.data(), text.size());
  return handle;
}

std::string_view Inboxes::kept(Handle<LongText> text) const {
  const LongText* const place = long_texts_.get(text);
  CHECK(place != nullptr);
  return {place->bytes.data(), place->size};
}

void Inboxes::release(Handle<LongText> text) { long_texts_.release(text); }

void Inboxes::clear(InboxQueue& queue) {
  while (!queue.empty()) pop(queue);
}

}  // namespace hookflash
