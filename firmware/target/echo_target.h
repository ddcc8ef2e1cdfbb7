#pragma once

#include <cstdint>

#include "target/target.h"

namespace hookflash {

// The caller hears himself: each frame goes straight into the streamer; nothing is kept here.
class EchoTarget final : public Target {
 public:
  EchoTarget(const TargetLinks& links, const TargetAudio& audio, uint16_t slot)
      : links_(links), audio_(audio), slot_(slot) {}

  void open(Now now);

  void caller_audio(Now now) override;
  void caller_digit(char, Now) override {}
  void caller_stream(bool, Now) override {}
  void mark_reported(const MarkReport&, Now) override {}
  void room(Now) override {}
  void call_expiring(Duration, Now) override {}
  bool call_ending(std::string_view, Now now) override;
  void close(Now now) override;
  [[nodiscard]] bool ready() const override { return ready_; }
  [[nodiscard]] Instant deadline() const override { return Instant::max(); }
  void on_tick(Now) override {}

 private:
  TargetLinks links_;
  TargetAudio audio_;
  uint16_t slot_;
  bool ready_ = false;
};

}  // namespace hookflash
