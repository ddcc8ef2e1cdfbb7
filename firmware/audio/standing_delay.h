#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace hookflash {

// Judges whether audio that waits in a queue waits there for good, and how much of it (B-AUD-12).
//
// After a hiccup (the sender paused and sent what it owed at once, or the box was stopped) the
// queue stays longer by the length of the hiccup for the rest of the call, because both ends then
// run at the same rate. That standing delay is the smallest depth over the last second while the
// sender sends at real-time rate, within 5 %. Above kTolerated it may be shortened to kTarget, by
// leaving out silent frames only.
//
// What comes faster than real time is a backlog when it is no more than the pause before it and at
// most 1 s (within 5 % too, so that the frame that fell due meanwhile makes a stop of 1 s no
// burst). Anything beyond is a deliberate burst (an answer sent ahead of time), and while any of it
// waits nothing is left out.
//
// The second begins anew behind each hiccup, since before it the sender was not at real-time rate.
// One hiccup in a stream that ran evenly for a second before it is judged after kEarlyWindow of
// even audio already: a box that waits a whole second cannot be done within two. Hiccups in quick
// succession need the whole second.
//
// The owner tells of every change, in the order of time. All bytes zero is the state after reset().
class StandingDelay {
 public:
  static constexpr size_t kTolerated = 3;  // Frames: 60 ms, ordinary network jitter.
  static constexpr size_t kTarget = 1;     // 20 ms.
  static constexpr Duration kWindow = Duration::seconds(1);
  static constexpr Duration kEarlyWindow = Duration::ms(200);
  static constexpr Duration kBacklogMax = Duration::seconds(1);
  static constexpr Duration kJitter = Duration::ms(60);

  void reset();
  // Judges anew from here, over a whole window: the queue was not allowed to move before.
  void begin(size_t depth, Instant now);

  // The sender's audio, whole or part frames, has come; `depth` frames wait now.
  void on_audio(Duration audio, size_t depth, Instant now);
  // Frames have left, or were dropped for another reason; `depth` wait now.
  void on_depth(size_t depth);

  // How many of the waiting frames are one too many now: 0, or what brings the standing delay down
  // to kTarget. Only silent ones may be left out.
  [[nodiscard]] size_t surplus(Instant now);
  // So many were left out; `depth` wait now.
  void on_left_out(size_t frames, size_t depth);

  [[nodiscard]] bool deliberate() const { return deliberate_; }

 private:
  static constexpr size_t kSlices = 10;  // Of the window, so that its oldest part can fall away.
  static constexpr uint32_t kUnseen = 0;
  struct Slice {
    uint32_t least = kUnseen;  // Smallest depth that audio found in it, at least 1.
    int64_t audio_us = 0;
  };

  void advance(Instant now);
  void begin_window(size_t depth, Instant now);

  Instant last_audio_;        // When audio came last; not set before the first.
  Instant even_since_;        // The end of the last pause.
  Instant window_;            // Judged since; not set before the first audio.
  Instant slice_end_;         // Of the present slice of the window.
  Duration needed_;           // How much of the window must have been seen.
  Instant allowed_until_;     // The pause's allowance is for what follows it directly.
  int64_t allowance_us_ = 0;  // How much more may come before it is a deliberate burst.
  int64_t cluster_us_ = 0;    // Audio that came together last.
  bool after_pause_ = false;  // That audio ended a pause.
  bool deliberate_ = false;
  bool working_ = false;  // Above kTolerated once, and kTarget not reached since.
  uint8_t slice_ = 0;
  uint32_t depth_ = 0;
  std::array<Slice, kSlices> slices_{};
};

}  // namespace hookflash
