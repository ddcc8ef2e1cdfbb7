#include "audio/standing_delay.h"

#include <algorithm>

namespace hookflash {
namespace {

// Audio that comes within this time of the last belongs to it: one read of the socket, cut into
// messages.
constexpr Duration kTogether = Duration::ms(10);
// What is owed after a pause comes directly behind it, but not always in one piece: a connection
// that stalled begins slowly again.
constexpr Duration kBacklogTime = Duration::ms(500);
constexpr Duration kFrame = Duration::ms(20);
constexpr int64_t kSliceUs = StandingDelay::kWindow.us() / 10;

// Real-time rate is 5 % more or less.
constexpr int64_t with_drift(int64_t us) { return us + us / 20; }

}  // namespace

void StandingDelay::reset() { *this = StandingDelay(); }

void StandingDelay::begin(size_t depth, Instant now) {
  needed_ = kWindow;
  begin_window(depth, now);
}

void StandingDelay::begin_window(size_t depth, Instant now) {
  window_ = now;
  slice_ = 0;
  slice_end_ = now + Duration::us(kSliceUs);
  depth_ = static_cast<uint32_t>(depth);
  for (Slice& slice : slices_) slice = Slice();
  slices_[0].least = std::max(depth_, 1U);
  working_ = false;
}

void StandingDelay::advance(Instant now) {
  if (!window_.is_set() || now < slice_end_) return;
  const int64_t behind = (now - slice_end_).us() / kSliceUs + 1;
  const auto steps = static_cast<size_t>(std::min(behind, static_cast<int64_t>(kSlices)));
  for (size_t i = 0; i < steps; ++i) {
    slice_ = static_cast<uint8_t>(slice_ + 1U == kSlices ? 0 : slice_ + 1);
    slices_[slice_] = Slice();
  }
  slice_end_ = slice_end_ + Duration::us(behind * kSliceUs);
}

void StandingDelay::on_audio(Duration audio, size_t depth, Instant now) {
  const bool first = !last_audio_.is_set();
  const Duration gap = first ? Duration::max() : now - last_audio_;
  const bool together = gap < kTogether;

  if (together) {
    allowance_us_ += gap.us();
    cluster_us_ += audio.us();
  } else {
    const Duration cap = now < allowed_until_ ? kBacklogMax : kJitter;
    allowance_us_ = std::min(allowance_us_, cap.us()) + with_drift(std::min(gap, kBacklogMax).us());
    allowance_us_ = std::min(allowance_us_, with_drift(kBacklogMax.us()));
    // Who sends in pieces of 100 ms has not paused after 100 ms.
    const Duration expected = std::max(kFrame, Duration::us(cluster_us_));
    after_pause_ = gap > kJitter && gap - kJitter > expected;
    cluster_us_ = audio.us();
    if (after_pause_) {
      const bool lone = !first && gap <= kBacklogMax + kJitter && !deliberate_ &&
                        even_since_.is_set() && last_audio_ - even_since_ >= kWindow;
      needed_ = lone ? kEarlyWindow : kWindow;
      allowed_until_ = now + kBacklogTime;
      even_since_ = now;
    }
  }
  last_audio_ = now;

  allowance_us_ -= audio.us();
  if (allowance_us_ < 0) {
    allowance_us_ = 0;
    deliberate_ = true;
  }

  if (after_pause_) {
    // The window begins behind the last of what came together with the pause's end.
    begin_window(depth, now);
    return;
  }
  advance(now);
  // What the first frame of this audio waits for, itself included.
  uint32_t& least = slices_[slice_].least;
  least = least == kUnseen ? depth_ + 1 : std::min(least, depth_ + 1);
  slices_[slice_].audio_us += audio.us();
  depth_ = static_cast<uint32_t>(depth);
}

void StandingDelay::on_depth(size_t depth) {
  depth_ = static_cast<uint32_t>(depth);
  if (depth <= kTarget) deliberate_ = false;
}

size_t StandingDelay::surplus(Instant now) {
  if (deliberate_ || !window_.is_set() || now - window_ < needed_) return 0;
  advance(now);

  uint32_t least = depth_ + 1;
  int64_t audio_us = 0;
  for (const Slice& slice : slices_) {
    if (slice.least != kUnseen) least = std::min(least, slice.least);
    audio_us += slice.audio_us;
  }
  if (least <= (working_ ? kTarget : kTolerated)) {
    working_ = false;
    return 0;
  }

  const Duration slices = kWindow - (slice_end_ - now);
  const int64_t seen_us = std::min(now - window_, slices).us();
  const int64_t slack_us = seen_us / 20 + std::max(kJitter.us(), cluster_us_);
  if (audio_us > seen_us + slack_us || audio_us < seen_us - slack_us) return 0;

  working_ = true;
  return least - kTarget;
}

void StandingDelay::on_left_out(size_t frames, size_t depth) {
  const auto less = static_cast<uint32_t>(frames);
  for (Slice& slice : slices_) {
    if (slice.least != kUnseen) slice.least = slice.least > less ? slice.least - less : 1;
  }
  depth_ = static_cast<uint32_t>(depth);
}

}  // namespace hookflash
