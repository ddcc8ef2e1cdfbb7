#pragma once

#include <array>
#include <cstdint>

#include "base/status.h"
#include "base/time.h"
#include "limits.h"
#include "store/byte_codec.h"

namespace hookflash {

// What an entry can hold. Journaled: numbers are never given another meaning. Numbers from 0x80 on
// may be skipped by a reader that does not know them; any other unknown number makes the entry
// unreadable.
enum class ItemType : uint8_t {
  kNone = 0,
  kCore = 1,  // A live call as it is now (call/entry_items.h).
  kTranscriptLine = 2,
  kCallEventKeys = 3,  // Event keys consumed by a call.
  kEventKeys = 4,      // Event keys without a call.
  kRequestKey = 5,     // A verified request.
  kMessage = 6,        // messageState alone.
  kIntents = 7,        // Intents alone.
  kFinished = 8,       // Summary and names of a finished call; ends the live record.
  kEndConfirmed = 9,   // An unconfirmed end was confirmed.
  // In snapshots only (call/archive.h).
  kFinishedNames = 10,    // Names of a finished call.
  kSummary = 11,          // Summary of a finished call.
  kForgetEventKeys = 12,  // The event keys that follow are all there are.
  // Of the box itself (call/box_items.h).
  kDeviceKey = 13,
  kConfiguration = 14,  // A piece of the redacted configuration.
  // Where it is skipped, transcripts go with their calls.
  kKeepTranscripts = 0x80,
};

// One atomic journal entry (B-PROC-4): version (1 byte), time (8 bytes, ms since 1970), then items
// of type (1), length (2) and payload. All numbers little-endian. Length, sequence number and CRC
// of the whole are the journal's (B-JRN-2). Credentials and tokens have no item type (B-JRN-10).
inline constexpr uint8_t kEntryVersion = 1;
inline constexpr size_t kEntryHeadBytes = 1 + 8;
inline constexpr size_t kItemHeadBytes = 1 + 2;

// Builds an entry in memory of its own; it stays valid until the next begin().
class EntryWriter {
 public:
  EntryWriter() : out_(memory_) {}
  EntryWriter(const EntryWriter&) = delete;
  EntryWriter& operator=(const EntryWriter&) = delete;

  void begin(WallTime now);
  // Starts an item; write its payload to what comes back, then close it.
  ByteWriter& open(ItemType type);
  void close();

  // The bytes for out::Persist. kTooLarge: over limits::kJournalEntryBytesMax (B-JRN-7).
  [[nodiscard]] Status status() const { return out_.failed() ? Status::kTooLarge : Status::kOk; }
  [[nodiscard]] Bytes bytes() const { return out_.written(); }
  // No item so far.
  [[nodiscard]] bool empty() const { return out_.size() <= kEntryHeadBytes; }

 private:
  std::array<uint8_t, limits::kJournalEntryBytesMax> memory_{};
  ByteWriter out_;
  size_t item_ = 0;  // Where the open item's length stands.
};

struct Item {
  ItemType type = ItemType::kNone;
  Bytes payload;
};

// Walks an entry of unknown origin. Never reads outside it.
class EntryReader {
 public:
  // A first look at the whole: kUnsupported for another version or an item that must be understood
  // and is not, kInvalid for broken framing.
  static Status check(Bytes entry);

  // The entry has passed check().
  explicit EntryReader(Bytes entry);
  [[nodiscard]] WallTime time() const { return time_; }
  // The next known item; false at the end.
  bool next(Item& item);

 private:
  ByteReader in_;
  WallTime time_;
};

}  // namespace hookflash
