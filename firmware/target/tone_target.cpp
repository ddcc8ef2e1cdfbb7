#include "target/tone_target.h"

#include <array>

#include "audio/caller_audio.h"
#include "audio/streamer.h"
#include "limits.h"

namespace hookflash {
namespace {

struct NamedTone {
  std::string_view name;
  ToneSpec spec;
};
// The frequencies of ITU-T E.180 supplement 2 as used in North America.
constexpr std::array<NamedTone, 4> kTones = {{
    {"ringback",
     {.hz = 440, .second_hz = 480, .on = Duration::seconds(2), .off = Duration::seconds(4)}},
    {"busy", {.hz = 480, .second_hz = 620, .on = Duration::ms(500), .off = Duration::ms(500)}},
    {"dial", {.hz = 350, .second_hz = 440}},
    {"plain", {.hz = 440}},
}};

constexpr int64_t kHzMax = 3999;
constexpr int64_t kMsMax = 60'000;

// -1 for anything but plain decimal digits up to `max`.
int64_t read_number(std::string_view text, int64_t max) {
  if (text.empty() || text.size() > 6) return -1;
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value <= max ? value : -1;
}

}  // namespace

Result<ToneSpec> tone_from(std::span<const TargetParameter> parameters) {
  ToneSpec spec = kTones[0].spec;
  for (const TargetParameter& parameter : parameters) {
    if (parameter.name != "tone") continue;
    bool found = false;
    for (const NamedTone& tone : kTones) {
      if (tone.name != parameter.value) continue;
      spec = tone.spec;
      found = true;
    }
    if (!found) return Status::kInvalid;
  }
  for (const TargetParameter& parameter : parameters) {
    const bool time = parameter.name == "onMs" || parameter.name == "offMs";
    const int64_t value = read_number(parameter.value, time ? kMsMax : kHzMax);
    if (parameter.name == "tone") continue;
    if (value < 0) return Status::kInvalid;
    if (parameter.name == "hz") {
      spec.hz = static_cast<uint16_t>(value);
    } else if (parameter.name == "secondHz") {
      spec.second_hz = static_cast<uint16_t>(value);
    } else if (parameter.name == "onMs") {
      spec.on = Duration::ms(value);
    } else if (parameter.name == "offMs") {
      spec.off = Duration::ms(value);
    } else {
      return Status::kInvalid;
    }
  }
  return spec;
}

void ToneTarget::open(const ToneSpec& tone, Now now) {
  generator_.start(tone);
  playing_ = true;
  audio_.from_caller.set_app_reads(true, now.mono);
  caller_audio(now);
  links_.owner.target_ready(slot_, now);
  fill(now);
}

void ToneTarget::caller_audio(Now now) {
  Bytes frame;
  while (audio_.from_caller.next(frame, now.mono)) {
  }
}

void ToneTarget::fill(Now now) {
  if (!playing_) return;
  AudioStreamer& streamer = audio_.to_carrier;
  std::array<uint8_t, limits::kFrameSamples> frame;
  bool any = false;
  while (streamer.queue_depth() + streamer.burst_depth() < kFramesAhead) {
    const ToneGenerator before = generator_;
    generator_.fill(frame);
    if (!ok(streamer.write(frame, now.mono))) {
      generator_ = before;
      break;
    }
    any = true;
  }
  if (any) links_.owner.target_audio(slot_, now);
}

bool ToneTarget::call_ending(std::string_view, Now now) {
  close(now);
  return true;
}

void ToneTarget::close(Now now) {
  if (!playing_) return;
  playing_ = false;
  audio_.from_caller.set_app_reads(false, now.mono);
}

}  // namespace hookflash
