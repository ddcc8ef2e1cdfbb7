#include "target/targets.h"

#include <new>

namespace hookflash {

template <typename T>
T& TargetPlace::make(const TargetLinks& links, const TargetAudio& audio, uint16_t slot, Now now) {
  close(now);
  T* const made = new (memory_.data()) T(links, audio, slot);
  target_ = made;
  return *made;
}

Status TargetPlace::open_app(const TargetLinks& links, const TargetAudio& audio,
                             const TargetCall& call, const AppSetup& setup, Now now) {
  const Status status = make<AppLeg>(links, audio, call.slot, now).open(call, setup, now);
  if (!ok(status)) target_ = nullptr;
  return status;
}

Status TargetPlace::open_announce(const TargetLinks& links, const TargetAudio& audio,
                                  const TargetCall& call, const AnnounceSetup& setup, Now now) {
  if (setup.audio.empty()) {
    close(now);
    return Status::kInvalid;
  }
  make<AnnounceTarget>(links, audio, call.slot, now).open(setup, now);
  return Status::kOk;
}

void TargetPlace::open_echo(const TargetLinks& links, const TargetAudio& audio,
                            const TargetCall& call, Now now) {
  make<EchoTarget>(links, audio, call.slot, now).open(now);
}

void TargetPlace::open_tone(const TargetLinks& links, const TargetAudio& audio,
                            const TargetCall& call, const ToneSpec& tone, Now now) {
  make<ToneTarget>(links, audio, call.slot, now).open(tone, now);
}

void TargetPlace::close(Now now) {
  if (target_ == nullptr) return;
  target_->close(now);
  target_ = nullptr;
}

}  // namespace hookflash
