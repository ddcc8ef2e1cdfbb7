#include "target/announce_target.h"

#include <algorithm>

#include "audio/caller_audio.h"
#include "audio/streamer.h"
#include "limits.h"

namespace hookflash {

void AnnounceTarget::open(const AnnounceSetup& setup, Now now) {
  setup_ = setup;
  playing_ = true;
  audio_.from_caller.set_app_reads(true, now.mono);
  caller_audio(now);
  links_.owner.target_ready(slot_, now);
  fill(now);
}

void AnnounceTarget::caller_audio(Now now) {
  Bytes frame;
  while (audio_.from_caller.next(frame, now.mono)) {
  }
}

void AnnounceTarget::fill(Now now) {
  if (!playing_) return;
  AudioStreamer& streamer = audio_.to_carrier;
  bool any = false;
  while (playing_ && streamer.queue_depth() + streamer.burst_depth() < kFramesAhead) {
    const size_t size = std::min(limits::kFrameSamples, setup_.audio.size() - position_);
    if (!ok(streamer.write(setup_.audio.subspan(position_, size), now.mono))) break;
    any = true;
    position_ += size;
    if (position_ < setup_.audio.size()) continue;
    position_ = 0;
    playing_ = setup_.loop;
  }
  const bool done = !playing_;
  if (done) {
    streamer.end_burst(now.mono);
    audio_.from_caller.set_app_reads(false, now.mono);
  }
  // The owner may call room() in here, and so this function again.
  if (any) links_.owner.target_audio(slot_, now);
  if (done) links_.owner.target_left(slot_, now);
}

bool AnnounceTarget::call_ending(std::string_view, Now now) {
  close(now);
  return true;
}

void AnnounceTarget::close(Now now) {
  if (!playing_) return;
  playing_ = false;
  audio_.from_caller.set_app_reads(false, now.mono);
}

}  // namespace hookflash
