#include "target/echo_target.h"

#include "audio/caller_audio.h"
#include "audio/streamer.h"

namespace hookflash {

void EchoTarget::open(Now now) {
  ready_ = true;
  audio_.from_caller.set_app_reads(true, now.mono);
  links_.owner.target_ready(slot_, now);
  caller_audio(now);
}

void EchoTarget::caller_audio(Now now) {
  if (!ready_) return;
  Bytes frame;
  bool any = false;
  while (audio_.from_caller.next(frame, now.mono)) {
    if (!ok(audio_.to_carrier.write(frame, now.mono))) ++links_.counters.audio_refused;
    any = true;
  }
  if (any) links_.owner.target_audio(slot_, now);
}

bool EchoTarget::call_ending(std::string_view, Now now) {
  close(now);
  return true;
}

void EchoTarget::close(Now now) {
  if (!ready_) return;
  ready_ = false;
  audio_.from_caller.set_app_reads(false, now.mono);
}

}  // namespace hookflash
