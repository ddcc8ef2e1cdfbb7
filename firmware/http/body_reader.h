#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace hookflash {

// Gathers one request body, announced by length or chunked (RFC 9112 sections 6 and 7), from bytes
// in any split into memory of the caller. Chunk extensions and trailers are read and thrown away.
class BodyReader {
 public:
  enum class State : uint8_t {
    kReading,
    kComplete,
    kMalformed,  // 400: the chunk framing is broken.
    kTooLarge,   // 413: more than `memory` holds. For an announced length this is known at once.
  };

  void begin_length(uint64_t length, MutableBytes memory);
  void begin_chunked(MutableBytes memory);

  // Takes bytes up to the end of the body and returns how many; all of them when it fails.
  size_t feed(Bytes bytes);

  [[nodiscard]] State state() const { return state_; }
  // Nothing has come yet.
  [[nodiscard]] bool untouched() const { return !touched_; }
  [[nodiscard]] Bytes body() const { return memory_.first(size_); }

 private:
  enum class Part : uint8_t { kData, kSize, kExtension, kSizeEnd, kDataCr, kDataLf, kTrailer };

  void take_framing(char c);
  void begin(MutableBytes memory);

  MutableBytes memory_;
  size_t size_ = 0;
  uint64_t left_ = 0;       // Of the body or of the present chunk.
  uint32_t line_size_ = 0;  // Of the present line of framing.
  uint32_t trailer_size_ = 0;
  State state_ = State::kReading;
  Part part_ = Part::kData;
  bool chunked_ = false;
  bool after_cr_ = false;
  bool touched_ = false;
};

}  // namespace hookflash
