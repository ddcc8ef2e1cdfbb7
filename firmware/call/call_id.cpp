#include "call/call_id.h"

#include <algorithm>

#include "base/hex.h"
#include "base/text_writer.h"

namespace hookflash {
namespace {

constexpr std::array<size_t, 4> kDashes = {8, 13, 18, 23};

bool is_v4(const std::array<uint8_t, 16>& bytes) {
  return (bytes[6] & 0xF0U) == 0x40U && (bytes[8] & 0xC0U) == 0x80U;
}

}  // namespace

CallId CallId::make(Entropy& entropy) {
  CallId id;
  entropy.fill(id.bytes_);
  id.bytes_[6] = static_cast<uint8_t>((id.bytes_[6] & 0x0FU) | 0x40U);
  id.bytes_[8] = static_cast<uint8_t>((id.bytes_[8] & 0x3FU) | 0x80U);
  return id;
}

std::optional<CallId> CallId::parse(std::string_view text) {
  if (text.size() != limits::kCallIdBytes) return std::nullopt;
  std::array<char, 32> digits{};
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (std::find(kDashes.begin(), kDashes.end(), i) != kDashes.end()) {
      if (text[i] != '-') return std::nullopt;
    } else {
      digits[count++] = text[i];
    }
  }
  CallId id;
  if (!read_hex({digits.data(), count}, id.bytes_) || !is_v4(id.bytes_)) return std::nullopt;
  return id;
}

std::optional<CallId> CallId::from_bytes(Bytes bytes) {
  CallId id;
  if (bytes.size() != id.bytes_.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), id.bytes_.begin());
  if (!is_v4(id.bytes_)) return std::nullopt;
  return id;
}

CallId::Text CallId::text() const {
  std::array<char, limits::kCallIdBytes> memory{};
  TextWriter out(memory);
  const Bytes all(bytes_);
  size_t at = 0;
  for (const size_t group : {4U, 2U, 2U, 2U, 6U}) {
    if (at != 0) out.put('-');
    write_hex(out, all.subspan(at, group));
    at += group;
  }
  Text text;
  text.set(out.view());
  return text;
}

}  // namespace hookflash
