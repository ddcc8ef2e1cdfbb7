#include "providers/twilio/carrier/playout.h"

#include <algorithm>
#include <cstring>

namespace hookflash::twilio::carrier {

size_t Playout::push(Bytes audio, Instant now) {
  if (size_ == 0 && head_at_ < now) head_at_ = now;
  const size_t room = kBytesMax - size_;
  const size_t dropped = audio.size() > room ? audio.size() - room : 0;
  audio = audio.first(audio.size() - dropped);
  accepted_ += audio.size();
  while (!audio.empty()) {
    const size_t tail = (head_ + size_) % kBytesMax;
    const size_t n = std::min(audio.size(), kBytesMax - tail);
    std::memcpy(bytes_.data() + tail, audio.data(), n);
    size_ += n;
    audio = audio.subspan(n);
  }
  return dropped;
}

bool Playout::mark(std::string_view name) {
  Mark mark;
  if (mark.name.assign(name) != Status::kOk) return false;
  mark.position = accepted_;
  return marks_.push(mark) == Status::kOk;
}

size_t Playout::clear(Instant now) {
  const size_t dropped = size_;
  taken_ = accepted_;
  head_ = size_ = 0;
  if (head_at_ > now) head_at_ = now;
  for (size_t i = 0; i < marks_.size(); ++i) marks_[i].position = taken_;
  return dropped;
}

bool Playout::take_played(Instant now, Instant& at, Bytes& piece) {
  if (size_ == 0 || head_at_ >= now) return false;
  const auto due = static_cast<size_t>((now - head_at_).us() / 125);
  const size_t n = std::min({due, size_, kBytesMax - head_});
  if (n == 0) return false;
  at = head_at_;
  piece = Bytes(bytes_.data() + head_, n);
  head_ = (head_ + n) % kBytesMax;
  size_ -= n;
  taken_ += n;
  head_at_ = head_at_ + time_of(n);
  return true;
}

bool Playout::take_mark(std::string_view& name) {
  if (marks_.empty() || marks_.front().position > taken_) return false;
  due_ = marks_.front();
  marks_.pop();
  name = due_.name.view();
  return true;
}

Instant Playout::next_mark_at() const {
  if (marks_.empty()) return Instant::max();
  return head_at_ + time_of(static_cast<size_t>(marks_.front().position - taken_));
}

}  // namespace hookflash::twilio::carrier
