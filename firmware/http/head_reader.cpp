#include <cstdint>

#include "http/request_head.h"

namespace hookflash {

void HeadReader::clear() {
  state_ = State::kReading;
  fault_ = HeadFault::kNone;
  after_cr_ = false;
  skipped_ = 0;
  line_begin_ = headers_begin_ = size_ = 0;
}

void HeadReader::fail(HeadFault fault) {
  state_ = State::kFaulty;
  fault_ = fault;
}

size_t HeadReader::feed(Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (state_ != State::kReading) return state_ == State::kFaulty ? bytes.size() : i;
    take(static_cast<char>(bytes[i]));
  }
  return bytes.size();
}

void HeadReader::take(char c) {
  // One empty line before the request line is forgiven (RFC 9112 section 2.2).
  if (size_ == 0 && ((skipped_ == 0 && c == '\r') || (skipped_ == 1 && c == '\n'))) {
    ++skipped_;
    return;
  }
  if (size_ == 0 && skipped_ == 1) return fail(HeadFault::kMalformed);
  // A line ends in CR LF and neither stands alone: what one party takes for a line end and another
  // does not is how requests are smuggled.
  if ((c == '\n') != after_cr_) return fail(HeadFault::kMalformed);

  const bool in_request_line = headers_begin_ == 0;
  const size_t line_size = size_ - line_begin_;
  if (in_request_line && c != '\n' && c != '\r' && line_size == limits::kRequestLineBytesMax) {
    return fail(HeadFault::kLineTooLong);
  }
  // The empty line that ends the head is not counted.
  if (!in_request_line && size_ - headers_begin_ >= limits::kHeaderBytesMax &&
      !(line_size == 0 && c == '\r') && !(line_size == 1 && c == '\n')) {
    return fail(HeadFault::kHeadersTooLarge);
  }
  bytes_[size_++] = c;
  after_cr_ = c == '\r';
  if (c != '\n') return;
  if (in_request_line) {
    headers_begin_ = size_;
  } else if (line_size == 1) {
    state_ = State::kComplete;
  }
  line_begin_ = size_;
}

}  // namespace hookflash
