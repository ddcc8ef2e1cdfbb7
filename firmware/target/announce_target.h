#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "target/target.h"

namespace hookflash {

struct AnnounceSetup {
  // Mu-law as read_prompt() found it. It outlives the target.
  Bytes audio;
  bool loop = false;  // False: once, then goodbye, which hangs up. True: until the call ends.
};

// Plays a prompt. The caller is not heard. Audio goes in a few frames ahead of the pace, so a long
// prompt or a loop takes no burst buffer. open() wants a prompt that is not empty.
class AnnounceTarget final : public Target {
 public:
  // Frames put in ahead of the pace: a late wake-up of up to 60 ms finds them (B-AUD-4), and so few
  // are no standing delay (B-AUD-12).
  static constexpr size_t kFramesAhead = 3;

  AnnounceTarget(const TargetLinks& links, const TargetAudio& audio, uint16_t slot)
      : links_(links), audio_(audio), slot_(slot) {}

  void open(const AnnounceSetup& setup, Now now);

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
  AnnounceSetup setup_;
  size_t position_ = 0;  // Bytes of the prompt put in so far.
};

}  // namespace hookflash
