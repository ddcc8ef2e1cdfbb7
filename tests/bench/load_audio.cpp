// What callers and the application say and hear.
#include <algorithm>
#include <cstring>
#include <functional>

#include "audio/g711.h"
#include "base/base64.h"
#include "load.h"
#include "providers/twilio/carrier/stream_messages.h"

namespace hookflash::bench {
namespace {

constexpr size_t kFrameBytes = 160;
constexpr int64_t kFrameUs = 20'000;
constexpr size_t kNumberBytes = 6;  // The number of a frame, in front of its audio: 8 of base64.

bool is_loud(std::string_view frame) {
  return std::any_of(frame.begin(), frame.end(), [](char byte) {
    const int16_t sample = linear_from_mulaw(static_cast<uint8_t>(byte));
    return sample > 400 || sample < -400;
  });
}

}  // namespace

void Load::say(size_t index, int64_t /*due*/) {
  Caller& caller = *callers_[index];
  if (!caller.talker.link.open()) return;
  // Speech begins at another place with each caller.
  const size_t offset = options_.speech ? index * 97 * kFrameBytes : 0;
  const size_t at = (offset + size_t{caller.sent} * kFrameBytes) % audio_.size();
  char frame[kFrameBytes];
  std::memcpy(frame, audio_.data() + at, kFrameBytes);
  if (!options_.speech) {
    uint64_t number = caller.sent;
    for (size_t i = 0; i < kNumberBytes; ++i) {
      frame[i] = static_cast<char>(number % 64);
      number /= 64;
    }
  }
  char text[640];
  TextWriter out(text);
  twilio::carrier::write_media(caller.stream_sid, ++caller.sequence, caller.sent + 1,
                               int64_t{caller.sent} * 20, bytes_of({frame, kFrameBytes}), out);
  const int64_t now = now_us();
  if (options_.speech && is_loud({frame, kFrameBytes})) {
    const std::string_view payload = member(out.view(), "payload");
    caller.loud.push_back({std::hash<std::string_view>()(payload), now});
    if (caller.loud.size() > 500) caller.loud.pop_front();
  }
  caller.sent_at[caller.sent % caller.sent_at.size()] = now;
  ++caller.sent;
  if (measuring_) ++frames_sent_;
  caller.talker.send(out.view());
}

void Load::hear(Caller& caller, std::string_view message) {
  const int64_t now = now_us();
  const std::string_view event = member(message, "event");
  if (event == "clear") {
    if (measuring_ && caller.cleared_at != 0) clear_.add(now - caller.cleared_at);
    caller.last_heard = 0;
    return;
  }
  if (event != "media") return;
  const std::string_view payload = member(message, "payload");
  ++caller.heard_all;
  if (!measuring_) return;
  ++frames_heard_;
  if (caller.cleared_at != 0 && now - caller.cleared_at < 1'400'000 && caller.last_heard == 0)
    ++after_clear_;
  if (caller.last_heard != 0) gap_.add(now - caller.last_heard);
  caller.last_heard = now;
  if (options_.play == Play::kTone || options_.play == Play::kBurst) {
    if (hiccup_end_ == 0 || now > hiccup_end_ + 500'000) caller.arrivals.push_back(now);
    return;
  }
  if (options_.speech) return hear_loud(caller, payload, now);
  uint8_t bytes[kFrameBytes];
  const auto size = base64_decode(payload.substr(0, 8), bytes);
  if (!size.ok() || *size != kNumberBytes) return;
  uint64_t number = 0;
  for (size_t i = kNumberBytes; i-- > 0;) number = number * 64 + bytes[i];
  if (number >= caller.sent || caller.sent - number > caller.sent_at.size()) return;
  delay_.add(now - caller.sent_at[number % caller.sent_at.size()]);
}

// In order, so everything before the frame that is found was left out or silent.
void Load::hear_loud(Caller& caller, std::string_view payload, int64_t now) {
  const uint64_t hash = std::hash<std::string_view>()(payload);
  const auto it = std::find_if(caller.loud.begin(), caller.loud.end(),
                               [&](const Caller::Loud& loud) { return loud.hash == hash; });
  if (it == caller.loud.end()) return;
  const int64_t delay = now - it->at;
  caller.loud.erase(caller.loud.begin(), it + 1);
  const auto second = static_cast<size_t>((now - window_begin_) / 1'000'000);
  if (by_second_.size() <= second) by_second_.resize(second + 1);
  by_second_[second].add(delay);
  delay_.add(delay);
}

void Load::app_hears(App& app, std::string_view message) {
  const std::string_view event = member(message, "event");
  if (event == "start") {
    app.stream_sid = member(message, "streamSid");
    // Not all at the same time.
    const int64_t first = now_us() + 2'500'000 + static_cast<int64_t>(app.caller % 97) * 17'000;
    if (options_.play == Play::kBurst || options_.play == Play::kClear)
      due_.push({first, Act::kBurst, app.caller});
    return;
  }
  if (event != "media") return;
  if (options_.play != Play::kRelay && options_.play != Play::kPause) return;
  const std::string_view payload = member(message, "payload");
  if (keeping_) {
    app.kept.emplace_back(payload);
  } else {
    app_says(app, payload);
  }
}

void Load::app_says(App& app, std::string_view payload) {
  std::string message = R"({"event":"media","streamSid":")";
  message += app.stream_sid;
  message += R"(","media":{"payload":")";
  message += payload;
  message += "\"}}";
  app.talker.send(message);
}

// Frame k of a stream belongs at the stream's base + k x 20 ms. The base is where the earliest
// frame lies, so the error counts lateness only.
void Load::tell_pace() {
  for (const auto& caller : callers_) {
    const auto& arrivals = caller->arrivals;
    if (arrivals.size() < 2) continue;
    int64_t base = INT64_MAX;
    for (size_t k = 0; k < arrivals.size(); ++k)
      base = std::min(base, arrivals[k] - static_cast<int64_t>(k) * kFrameUs);
    for (size_t k = 0; k < arrivals.size(); ++k)
      pace_.add(arrivals[k] - static_cast<int64_t>(k) * kFrameUs - base);
  }
}

void Load::tell_all() {
  tell("streams", options_.streams);
  tell("seconds", window_seconds_);
  tell("cpu_us_per_call_s", cpu_ns_ / 1000 / options_.streams / window_seconds_);
  tell("core_percent", cpu_ns_ / 1e7 / window_seconds_);
  tell("rss_kb", static_cast<double>(status_kb_of(options_.process, "VmRSS")));
  tell("frames_sent", static_cast<double>(frames_sent_));
  tell("frames_heard", static_cast<double>(frames_heard_));
  if (delay_.count() > 0) tell_spread("delay", delay_);
  if (gap_.count() > 0) tell("gap_max_ms", static_cast<double>(gap_.most()) / 1000);
  if (options_.play == Play::kTone) {
    tell_pace();
    tell_spread("pace", pace_);
  }
  if (clear_.count() > 0) {
    tell_spread("clear", clear_);
    tell("clears", static_cast<double>(clear_.count()));
    tell("media_after_clear", static_cast<double>(after_clear_));
  }
  if (options_.play == Play::kBurst) tell("burst_frames", static_cast<double>(burst_frames_));
  for (size_t second = 0; second < by_second_.size(); ++second) {
    if (by_second_[second].count() == 0) continue;
    const std::string name = "delay_in_second_" + std::to_string(second) + "_ms";
    tell(name.c_str(), static_cast<double>(by_second_[second].at(500)) / 1000);
  }
  if (options_.bare) return;
  for (const auto& [name, permille] :
       {std::pair("lateness_p50_ms", 500), std::pair("lateness_p99_ms", 990)}) {
    const double bound =
        quantile_of(metrics_begin_, metrics_end_, "hookflash_audio_lateness_seconds", permille);
    if (bound >= 0) tell(name, bound * 1000);
  }
}

}  // namespace hookflash::bench
