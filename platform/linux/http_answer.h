#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "platform/linux/linux_limits.h"

namespace hookflash {

// Reads one HTTP/1.1 answer from bytes in any split (RFC 9112): the head, then the body by
// Content-Length, by chunks or up to the end of the connection. Interim answers (1xx but 101) are
// skipped. Pure: no socket, no clock. All zero is ready for an answer.
class HttpAnswer {
 public:
  enum class Result : uint8_t {
    kMore,       // Everything was taken; the answer goes on.
    kComplete,   // The answer is complete; bytes behind it were not taken.
    kMalformed,  // Not an answer we accept; the connection is of no further use.
    kTooLarge,   // The head is over its limit, or the body is longer than the room given.
  };

  // What the head said. Holds from the end of the head on.
  struct Head {
    uint16_t status = 0;
    bool keep_alive = false;           // The connection may be used again after this answer.
    int32_t retry_after_seconds = -1;  // -1 when absent or not a number.
    bool upgrade_websocket = false;    // Upgrade: websocket, and Connection has "upgrade".
    bool extensions = false;           // Sec-WebSocket-Extensions or -Protocol is there.
    FixedText<64> content_type;        // Empty when absent or longer.
    FixedText<28> accept;              // Sec-WebSocket-Accept, when it has the right length.
  };

  // Ready for the next answer.
  void begin() { *this = HttpAnswer(); }

  // Takes bytes; `taken` says how many. The body is appended to `body` from `body_size` on, which
  // grows.
  Result take(Bytes bytes, MutableBytes body, size_t& taken);
  // The connection has ended: kComplete when that ends this answer, else kMalformed.
  [[nodiscard]] Result end() const;

  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] bool head_complete() const { return part_ > Part::kHeader; }
  [[nodiscard]] size_t body_size() const { return body_size_; }
  // At least one byte of the answer has come.
  [[nodiscard]] bool begun() const { return head_bytes_ != 0; }

 private:
  enum class Part : uint8_t {
    kStatus,
    kHeader,
    kSized,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailer,
    kToEnd,
    kDone
  };

  // One line of the head may not be longer than the whole head; only what we read is kept.
  static constexpr size_t kLineBytesMax = 512;

  Result take_line(std::string_view line);
  Result take_status(std::string_view line);
  Result take_header(std::string_view line);
  Result head_ended();
  Result take_chunk_size(std::string_view line);
  Result take_body(Bytes& bytes, MutableBytes body);

  Head head_;
  Part part_ = Part::kStatus;
  bool chunked_ = false;
  bool sized_ = false;
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
  bool connection_upgrade_ = false;
  bool upgrade_ = false;
  bool minor_zero_ = false;
  bool line_cut_ = false;
  size_t head_bytes_ = 0;
  uint64_t remaining_ = 0;
  size_t body_size_ = 0;
  FixedText<kLineBytesMax> line_;
};

}  // namespace hookflash
