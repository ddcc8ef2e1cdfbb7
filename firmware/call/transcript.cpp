#include "call/transcript.h"

#include <cstring>

#include "base/check.h"

namespace hookflash {

TranscriptLine Transcript::operator[](size_t index) const {
  CHECK(index < size_);
  size_t at = 0;
  for (size_t i = 0; i < index; ++i) at += lines_[i].size;
  const Line& line = lines_[index];
  return {.speaker = line.speaker, .at = line.at, .text = {text_.data() + at, line.size}};
}

void Transcript::drop_oldest() {
  const size_t size = lines_[0].size;
  std::memmove(text_.data(), text_.data() + size, used_ - size);
  used_ -= size;
  for (size_t i = 1; i < size_; ++i) lines_[i - 1] = lines_[i];
  --size_;
  ++dropped_;
}

void Transcript::add(const TranscriptLine& line) {
  CHECK(line.text.size() <= limits::kTranscriptLineBytesMax);
  while (size_ == lines_.size() || used_ + line.text.size() > text_.size()) drop_oldest();
  lines_[size_++] = {
      .at = line.at, .size = static_cast<uint16_t>(line.text.size()), .speaker = line.speaker};
  if (!line.text.empty()) std::memcpy(text_.data() + used_, line.text.data(), line.text.size());
  used_ += line.text.size();
}

uint32_t Transcript::dropped_after(std::span<const TranscriptLine> lines) const {
  size_t oldest = 0;
  size_t size = size_;
  size_t used = used_;
  for (const TranscriptLine& line : lines) {
    // A line of the plan is never the oldest: all of them fit together.
    while (oldest < size_ && (size == lines_.size() || used + line.text.size() > text_.size())) {
      used -= lines_[oldest++].size;
      --size;
    }
    used += line.text.size();
    ++size;
  }
  return dropped_ + static_cast<uint32_t>(oldest);
}

void Transcript::clear() {
  size_ = 0;
  used_ = 0;
  dropped_ = 0;
}

bool operator==(const Transcript& a, const Transcript& b) {
  if (a.size_ != b.size_ || a.dropped_ != b.dropped_) return false;
  for (size_t i = 0; i < a.size_; ++i) {
    if (!(a[i] == b[i])) return false;
  }
  return true;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace hookflash
