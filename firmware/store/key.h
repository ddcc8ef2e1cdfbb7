#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "hal/crypto.h"

namespace hookflash {

// The first 16 bytes of a SHA-256: what duplicates, replays and finished calls are recognised by
// (B-DED, B-REC-4). All zero is "none".
using Key = std::array<uint8_t, 16>;

inline bool is_set(const Key& key) { return key != Key{}; }

// Where a hash table starts to look. The bytes of a digest are evenly spread already.
inline uint32_t hash_of(const Key& key) {
  uint32_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  return hash;
}

// What a key stands for; hashed with it, so that equal texts of different kinds differ.
enum class KeyKind : uint8_t {
  kEvent = 1,        // Event key of a line (B-DED-3).
  kRequest = 2,      // Verified request key of a line (B-DED-2).
  kProviderId = 3,   // Provider call id or alias on a line.
  kCallId = 4,       // Our call id; the line is left empty.
  kIdempotency = 5,  // Idempotency key of a requester.
};

// SHA-256 over kind, line, NUL and text, cut to 16 bytes. A line's name has no NUL.
Key make_key(Crypto& crypto, KeyKind kind, std::string_view line, std::string_view text);

// Key of an event: the request key it came with and its index there (Twilio, Plivo).
Key make_event_key(Crypto& crypto, std::string_view line, const Key& request, uint32_t index);
// Key of a synthetic event of ours: the call and its journaled sequence number.
Key make_synthetic_key(Crypto& crypto, Bytes call_id, uint32_t sequence);

}  // namespace hookflash
