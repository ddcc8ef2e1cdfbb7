#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "audio/prompt.h"
#include "audio/tone.h"
#include "base/status.h"
#include "base/time.h"
#include "target/announce_target.h"
#include "target/app_leg.h"
#include "target/echo_target.h"
#include "target/target.h"
#include "target/tone_target.h"

namespace hookflash {

// The place for the one target a call has at a time, whichever it is. A target is made in it when
// it is opened and gone when it is closed; nothing is allocated. All bytes zero is empty, which an
// object with virtual functions in its place would not be. It stays where it is while a target
// lives in it.
class TargetPlace {
 public:
  TargetPlace() = default;
  TargetPlace(const TargetPlace&) = delete;
  TargetPlace& operator=(const TargetPlace&) = delete;

  // Each closes the present target first. After kOk get() is the new one; target_ready() may have
  // come already (built-in targets) or comes later (an app). See AppLeg::open() for its failures;
  // the place is empty then.
  Status open_app(const TargetLinks& links, const TargetAudio& audio, const TargetCall& call,
                  const AppSetup& setup, Now now);
  // kInvalid: a prompt without audio.
  Status open_announce(const TargetLinks& links, const TargetAudio& audio, const TargetCall& call,
                       const AnnounceSetup& setup, Now now);
  void open_echo(const TargetLinks& links, const TargetAudio& audio, const TargetCall& call,
                 Now now);
  void open_tone(const TargetLinks& links, const TargetAudio& audio, const TargetCall& call,
                 const ToneSpec& tone, Now now);

  // nullptr when there is none.
  [[nodiscard]] Target* get() { return target_; }
  [[nodiscard]] const Target* get() const { return target_; }
  // Target::close(), and the place is empty. Nothing when it is.
  void close(Now now);

 private:
  template <typename T>
  T& make(const TargetLinks& links, const TargetAudio& audio, uint16_t slot, Now now);

  static constexpr size_t kBytes =
      std::max({sizeof(AppLeg), sizeof(AnnounceTarget), sizeof(EchoTarget), sizeof(ToneTarget)});
  static constexpr size_t kAlign = std::max(
      {alignof(AppLeg), alignof(AnnounceTarget), alignof(EchoTarget), alignof(ToneTarget)});

  Target* target_ = nullptr;
  alignas(kAlign) std::array<unsigned char, kBytes> memory_{};
};

}  // namespace hookflash
