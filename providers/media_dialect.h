#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/text_writer.h"
#include "json/field_scanner.h"

// The border between the media-stream endpoint and one carrier's stream messages (contract section
// 20). A dialect is a constant: a table of the JSON fields it wants, and functions over values.
// Audio never passes through it on the way in (the scanner decodes it straight into the call) and
// is written in place on the way out, so a frame costs one call through a pointer.
namespace hookflash {

// What a carrier said in one message. Texts live until the next message of the same stream.
struct MediaMessage {
  enum class Kind : uint8_t {
    kUnknown,  // Counted and ignored (B-STR-9).
    kNotice,   // Known, and nothing follows from it: a greeting, a confirmation.
    kStart,
    kAudio,  // Its payload went to the scanner's sink.
    kDigit,
    kMark,  // Everything before the mark of this name has been played.
    kStop,
  };
  Kind kind = Kind::kUnknown;
  // kAudio: of the far end; false for a track we did not ask for.
  bool from_caller = true;
  // kDigit: what was pressed, not yet judged; 0: not one character.
  char digit = 0;
  std::string_view mark;
  // The number of this message on the stream; kNotFound or kInvalid where it has none.
  Result<uint64_t> sequence = Status::kNotFound;

  // kStart.
  std::string_view provider_call_id;
  std::string_view stream_id;
  std::string_view token;
  bool token_overlong = false;
  bool ids_overlong = false;  // Of the call or the stream: refused, never cut (B-GEN-4).
  bool format_ok = false;     // Mono, 8 kHz, mu-law.
};

// The longest text of all fields of a dialect together: Plivo's 512 bytes of headers and the rest.
inline constexpr size_t kMediaFieldTextMax = 1024;
using MediaScanner = json::OpenFieldScanner<kMediaFieldTextMax>;

// What any message to a carrier needs besides stream id, mark name and payload in base64.
inline constexpr size_t kMediaEnvelopeMax = 128;

struct MediaDialect {
  std::string_view name;
  // A header that only this carrier's upgrade requests have, lower-case; empty: none. It chooses
  // the dialect where several carriers share the path, and proves nothing.
  std::string_view handshake_header;
  json::FieldTableView fields;

  // Reads a message that is one whole, valid JSON object.
  void (*read)(const json::FoundFields& fields, MediaMessage& message);

  // Messages to the carrier. `stream_id` and `name` consist of letters, digits, '-' and '_'.
  void (*write_audio)(std::string_view stream_id, Bytes mulaw, TextWriter& out);
  void (*write_mark)(std::string_view stream_id, std::string_view name, TextWriter& out);
  void (*write_clear)(std::string_view stream_id, TextWriter& out);
};

constexpr size_t media_message_size_max(size_t stream_id, size_t payload) {
  return kMediaEnvelopeMax + stream_id + (payload + 2) / 3 * 4;
}

}  // namespace hookflash
