#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace hookflash {

// Little-endian numbers and length-prefixed texts in memory of the caller. Writing past the end
// sets failed() and writes nothing more.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes out) : out_(out) {}

  ByteWriter& bytes(Bytes piece) {
    if (failed_ || piece.size() > out_.size() - size_) {
      failed_ = true;
      return *this;
    }
    if (!piece.empty()) std::memcpy(out_.data() + size_, piece.data(), piece.size());
    size_ += piece.size();
    return *this;
  }
  ByteWriter& u8(uint8_t value) { return bytes({&value, 1}); }
  ByteWriter& u16(uint16_t value) { return number(value); }
  ByteWriter& u32(uint32_t value) { return number(value); }
  ByteWriter& u64(uint64_t value) { return number(value); }
  // Two bytes of length, then the bytes. At most 65,535.
  ByteWriter& text(std::string_view value) {
    if (value.size() > UINT16_MAX) {
      failed_ = true;
      return *this;
    }
    u16(static_cast<uint16_t>(value.size()));
    return bytes(bytes_of(value));
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] Bytes written() const { return {out_.data(), size_}; }
  // Overwrites two bytes written earlier (a length known only now).
  void patch_u16(size_t at, uint16_t value) {
    out_[at] = static_cast<uint8_t>(value);
    out_[at + 1] = static_cast<uint8_t>(value >> 8U);
  }
  // Back to an earlier size(), for a piece that is taken back whole.
  void truncate(size_t size) {
    size_ = size;
    failed_ = false;
  }

 private:
  template <typename T>
  ByteWriter& number(T value) {
    uint8_t le[sizeof(T)];
    for (size_t i = 0; i < sizeof(T); ++i) le[i] = static_cast<uint8_t>(value >> (8 * i));
    return bytes({le, sizeof(T)});
  }

  MutableBytes out_;
  size_t size_ = 0;
  bool failed_ = false;
};

// The way back. Reading past the end sets failed() and yields zero or empty from then on.
class ByteReader {
 public:
  explicit ByteReader(Bytes in) : in_(in) {}

  Bytes bytes(size_t size) {
    if (failed_ || size > in_.size() - at_) {
      failed_ = true;
      return {};
    }
    const Bytes piece = in_.subspan(at_, size);
    at_ += size;
    return piece;
  }
  uint8_t u8() { return number<uint8_t>(); }
  uint16_t u16() { return number<uint16_t>(); }
  uint32_t u32() { return number<uint32_t>(); }
  uint64_t u64() { return number<uint64_t>(); }
  std::string_view text() { return text_of(bytes(u16())); }

  void fail() { failed_ = true; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] size_t left() const { return failed_ ? 0 : in_.size() - at_; }
  [[nodiscard]] bool at_end() const { return left() == 0; }

 private:
  template <typename T>
  T number() {
    const Bytes le = bytes(sizeof(T));
    uint64_t value = 0;
    for (size_t i = 0; i < le.size(); ++i) value |= uint64_t{le[i]} << (8 * i);
    return static_cast<T>(value);
  }

  Bytes in_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace hookflash
