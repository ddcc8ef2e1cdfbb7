#include "audio/mark_book.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace hookflash {
namespace {

constexpr std::string_view kPrefix = "hf-";
constexpr uint32_t kFewMarks = 16;

}  // namespace

FixedText<kOwnMarkBytesMax> own_mark_name(OwnMark mark) {
  std::array<char, kOwnMarkBytesMax> text{};
  std::copy(kPrefix.begin(), kPrefix.end(), text.begin());
  const auto end = std::to_chars(text.data() + kPrefix.size(), text.data() + text.size(), mark).ptr;
  FixedText<kOwnMarkBytesMax> name;
  name.set({text.data(), static_cast<size_t>(end - text.data())});
  return name;
}

OwnMark own_mark_from(std::string_view name) {
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  if (name.empty() || name.front() == '0') return 0;
  OwnMark mark = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), mark);
  return error == std::errc() && end == name.data() + name.size() ? mark : 0;
}

MarkBook::Mark& MarkBook::at(size_t index) {
  CHECK(index < size_);
  return marks_[(head_ + index) % kPlaces];
}

const MarkBook::Mark& MarkBook::at(size_t index) const {
  CHECK(index < size_);
  return marks_[(head_ + index) % kPlaces];
}

Status MarkBook::put(std::string_view name, uint16_t tag, uint32_t position, Instant now) {
  if (name.size() > limits::kMarkNameBytesMax) return Status::kTooLarge;
  if (size_ == kPlaces) return Status::kFull;
  const bool in_one_piece = head_ + size_ <= kPlaces;
  if (head_ >= kFewMarks && size_ <= kFewMarks && in_one_piece) move_to_front();
  ++size_;
  Mark& mark = at(size_ - 1);
  mark.at = now;
  mark.position = position;
  mark.tag = tag;
  mark.state = State::kOpen;
  mark.name_bytes = static_cast<uint8_t>(name.size());
  std::copy(name.begin(), name.end(), mark.name.begin());
  return Status::kOk;
}

// Few marks touch little memory: they do not walk through all of it.
void MarkBook::move_to_front() {
  for (size_t i = 0; i < size_; ++i) marks_[i] = at(i);
  head_ = 0;
}

uint32_t MarkBook::queued_position() const { return at(sent_).position; }

Instant MarkBook::queued_since() const { return at(sent_).at; }

OwnMark MarkBook::send(Instant deadline) {
  at(sent_).at = deadline;
  return reported_ + ++sent_;
}

bool MarkBook::echo(OwnMark mark) {
  const OwnMark index = mark - reported_ - 1;
  if (index >= sent_ || at(index).state != State::kOpen) return false;
  at(index).state = State::kPlayed;
  return true;
}

size_t MarkBook::expire(Instant now) {
  size_t expired = 0;
  for (size_t i = 0; i < sent_; ++i) {
    Mark& mark = at(i);
    if (mark.state != State::kOpen) continue;
    if (mark.at > now) break;
    mark.state = State::kTimedOut;
    ++expired;
  }
  return expired;
}

size_t MarkBook::clear() {
  size_t cleared = 0;
  for (size_t i = 0; i < size_; ++i) {
    Mark& mark = at(i);
    if (mark.state != State::kOpen) continue;
    mark.state = State::kCleared;
    ++cleared;
  }
  sent_ = size_;
  return cleared;
}

Instant MarkBook::deadline() const {
  for (size_t i = 0; i < sent_; ++i) {
    if (at(i).state == State::kOpen) return at(i).at;
  }
  return Instant::max();
}

bool MarkBook::take_report(MarkReport& report) {
  if (size_ == 0) return false;
  const Mark& mark = at(0);
  switch (mark.state) {
    case State::kOpen: return false;
    case State::kPlayed: report.outcome = MarkOutcome::kPlayed; break;
    case State::kTimedOut: report.outcome = MarkOutcome::kTimedOut; break;
    case State::kCleared: report.outcome = MarkOutcome::kCleared; break;
  }
  report.name = {mark.name.data(), mark.name_bytes};
  report.tag = mark.tag;
  head_ = static_cast<uint32_t>((head_ + 1) % kPlaces);
  --size_;
  --sent_;
  ++reported_;
  return true;
}

void MarkBook::reset() { head_ = size_ = sent_ = reported_ = 0; }

}  // namespace hookflash
