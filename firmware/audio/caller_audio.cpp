#include "audio/caller_audio.h"

#include <algorithm>

namespace hookflash {
namespace {

constexpr int64_t kSampleUs = 125;

}  // namespace

void CallerAudio::reset() {
  app_reads_ = false;
  standing_.reset();
  counters_ = {};
  frames_.clear();
}

Status CallerAudio::stage(Bytes piece, Instant now) {
  if (piece.size() > kPieceBytesMax) return Status::kTooLarge;
  // A very long payload: what is staged is let through, so that the app can take it.
  if (frames_.staged() + piece.size() > kPieceBytesMax) take_in(now);
  frames_.release();
  while (frames_.room() < piece.size()) {
    frames_.drop_front();
    ++counters_.slow_app;
  }
  return frames_.stage(piece);
}

size_t CallerAudio::commit(Instant now) { return take_in(now); }

void CallerAudio::discard() { frames_.discard(); }

size_t CallerAudio::write(Bytes audio, Instant now) {
  const Bytes piece = audio.first(std::min(audio.size(), kPieceBytesMax));
  CHECK(stage(piece, now) == Status::kOk);
  take_in(now);
  return piece.size();
}

size_t CallerAudio::take_in(Instant now) {
  const size_t bytes = frames_.staged();
  if (bytes == 0) return 0;
  const size_t whole = frames_.commit(0);
  counters_.taken_bytes += bytes;
  counters_.depth_high = std::max(counters_.depth_high, static_cast<uint32_t>(depth()));
  if (!app_reads_) {
    while (depth() > limits::kCallerFrames) {
      frames_.drop_front();
      ++counters_.slow_app;
    }
  }
  standing_.on_audio(Duration::us(static_cast<int64_t>(bytes) * kSampleUs), depth(), now);
  return whole;
}

void CallerAudio::set_app_reads(bool reads, Instant now) {
  if (reads == app_reads_) return;
  app_reads_ = reads;
  // What waited while nothing could move says nothing about what stays (B-AUD-12).
  if (reads) standing_.begin(depth(), now);
}

void CallerAudio::work_off(Instant now) {
  const size_t surplus = standing_.surplus(now);
  if (surplus == 0) return;
  const size_t dropped = frames_.drop_if(surplus, is_silent);
  if (dropped == 0) return;
  counters_.standing_dropped += dropped;
  standing_.on_left_out(dropped, depth());
}

bool CallerAudio::next(Bytes& frame, Instant now) {
  frames_.release();
  if (!app_reads_) return false;
  work_off(now);
  if (frames_.empty()) return false;
  frame = frames_.take();
  ++counters_.frames;
  standing_.on_depth(depth());
  return true;
}

}  // namespace hookflash
