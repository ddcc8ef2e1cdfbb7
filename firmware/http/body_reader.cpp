#include "http/body_reader.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "limits.h"

namespace hookflash {
namespace {

// A chunk line is a few hex digits; nobody sends long extensions but to keep a parser busy.
constexpr uint32_t kChunkLineMax = 256;
constexpr uint32_t kChunkDigitsMax = 8;

}  // namespace

void BodyReader::begin(MutableBytes memory) {
  *this = BodyReader();
  memory_ = memory;
}

void BodyReader::begin_length(uint64_t length, MutableBytes memory) {
  begin(memory);
  left_ = length;
  if (length > memory.size()) {
    state_ = State::kTooLarge;
  } else if (length == 0) {
    state_ = State::kComplete;
  }
}

void BodyReader::begin_chunked(MutableBytes memory) {
  begin(memory);
  chunked_ = true;
  part_ = Part::kSize;
}

size_t BodyReader::feed(Bytes bytes) {
  size_t used = 0;
  while (used < bytes.size() && state_ == State::kReading) {
    touched_ = true;
    if (part_ != Part::kData) {
      take_framing(static_cast<char>(bytes[used++]));
      continue;
    }
    const size_t n = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - used));
    std::memcpy(memory_.data() + size_, bytes.data() + used, n);
    size_ += n;
    used += n;
    left_ -= n;
    if (left_ != 0) continue;
    if (chunked_) {
      part_ = Part::kDataCr;
    } else {
      state_ = State::kComplete;
    }
  }
  return state_ == State::kReading || state_ == State::kComplete ? used : bytes.size();
}

void BodyReader::take_framing(char c) {
  const auto malformed = [this] { state_ = State::kMalformed; };
  switch (part_) {
    case Part::kData: return;
    case Part::kSize: {
      if (const int digit = hex_value(c); digit >= 0) {
        if (++line_size_ > kChunkDigitsMax) return malformed();
        left_ = left_ * 16 + static_cast<uint64_t>(digit);
        return;
      }
      if (line_size_ == 0) return malformed();
      if (c == '\r') {
        part_ = Part::kSizeEnd;
      } else if (c == ';' || c == ' ' || c == '\t') {
        part_ = Part::kExtension;
      } else {
        malformed();
      }
      return;
    }
    case Part::kExtension:
      if (c == '\r') {
        part_ = Part::kSizeEnd;
      } else if (c == '\n' || ++line_size_ > kChunkLineMax) {
        malformed();
      }
      return;
    case Part::kSizeEnd:
      if (c != '\n') return malformed();
      line_size_ = 0;
      if (left_ == 0) {
        part_ = Part::kTrailer;
      } else if (left_ > memory_.size() - size_) {
        state_ = State::kTooLarge;
      } else {
        part_ = Part::kData;
      }
      return;
    case Part::kDataCr:
      if (c != '\r') return malformed();
      part_ = Part::kDataLf;
      return;
    case Part::kDataLf:
      if (c != '\n') return malformed();
      part_ = Part::kSize;
      return;
    case Part::kTrailer:
      if ((c == '\n') != after_cr_) return malformed();
      if (++trailer_size_ > limits::kHeaderBytesMax) return malformed();
      after_cr_ = c == '\r';
      if (c == '\n') {
        if (line_size_ == 0) state_ = State::kComplete;
        line_size_ = 0;
      } else if (c != '\r') {
        ++line_size_;
      }
      return;
  }
}

}  // namespace hookflash
