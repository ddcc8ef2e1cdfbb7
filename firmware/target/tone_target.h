#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "audio/tone.h"
#include "base/result.h"
#include "target/target.h"

namespace hookflash {

// The tone an app of protocol `tone` describes with its parameters:
//   tone    "ringback" (440 + 480 Hz, 2 s on, 4 s off; the default), "busy" (480 + 620 Hz, 0.5 s
//   on, 0.5 s
//           off), "dial" (350 + 440 Hz) or "plain" (440 Hz)
//   hz, secondHz, onMs, offMs   decimal numbers that replace those of `tone`; hz below 4000, times
//   up
//           to 60,000
// kInvalid: another name, another tone, or a number out of its range.
Result<ToneSpec> tone_from(std::span<const TargetParameter> parameters);

// Plays a tone until the call ends. The caller is not heard. The tone is made as it is needed, a
// few frames ahead of the pace.
class ToneTarget final : public Target {
 public:
  // Frames put in ahead of the pace: a late wake-up of up to 60 ms finds them (B-AUD-4), and so few
  // are no standing delay (B-AUD-12).
  static constexpr size_t kFramesAhead = 3;

  ToneTarget(const TargetLinks& links, const TargetAudio& audio, uint16_t slot)
      : links_(links), audio_(audio), slot_(slot) {}

  void open(const ToneSpec& tone, Now now);

  void caller_audio(Now now) override;
  void caller_digit(char, Now) override {}
  void caller_stream(bool, Now) override {}
  void mark_reported(const MarkReport&, Now) override {}
  void room(Now now) override { fill(now); }
  void call_expiring(Duration, Now) override {}
  bool call_ending(std::string_view, Now now) override;
  void close(Now now) override;
  [[nodiscard]] bool ready() const override { return playing_; }
  [[nodiscard]] Instant deadline() const override { return Instant::max(); }
  void on_tick(Now) override {}

 private:
  void fill(Now now);

  TargetLinks links_;
  TargetAudio audio_;
  uint16_t slot_;
  bool playing_ = false;
  ToneGenerator generator_;
};

}  // namespace hookflash
