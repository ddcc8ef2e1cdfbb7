#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "audio/g711.h"
#include "audio/streamer.h"

namespace hookflash {

// An AudioStreamer with a virtual clock and a carrier that writes down what it gets and when.

using Frame = std::vector<uint8_t>;

struct Sent {
  Instant at;
  bool is_mark = false;
  OwnMark mark = 0;
  Frame frame;
  Duration lateness;
};

struct Reported {
  Instant at;
  std::string name;
  uint16_t tag = 0;
  MarkOutcome outcome = MarkOutcome::kPlayed;
};

// Loud audio that says which frame it is: four bytes of its number, spread over eight, and the rest
// far from silence. 160 bytes.
inline Frame loud_frame(uint32_t number) {
  Frame frame(limits::kFrameSamples, 0x20);
  for (size_t i = 0; i < 8; ++i) {
    frame[i] = static_cast<uint8_t>(0x10 | ((number >> (4 * i)) & 0x0F));
  }
  return frame;
}
// Not quite digital silence: at its very edge.
inline Frame silent_frame(uint32_t number = 0) {
  Frame frame(limits::kFrameSamples, kMulawSilence);
  for (size_t i = 0; i < 8; ++i) {
    frame[i] = static_cast<uint8_t>(0xFF - ((number >> (3 * i)) & 7));
  }
  return frame;
}

class Rig {
 public:
  // The clock starts just before the low 32 bits of its microseconds wrap.
  static constexpr int64_t kStartUs = (int64_t{7} << 32) - 150'000;

  explicit Rig(StreamerConfig config = {}) : streamer_(std::make_unique<AudioStreamer>()) {
    streamer_->start(config, now_);
  }

  AudioStreamer& operator*() { return *streamer_; }
  AudioStreamer* operator->() { return streamer_.get(); }
  [[nodiscard]] Instant now() const { return now_; }
  // Milliseconds since the rig was made.
  [[nodiscard]] double ms(Instant at) const {
    return static_cast<double>((at - Instant::from_us(kStartUs)).us()) / 1000;
  }

  // Does what is due at this instant.
  void drain() {
    for (;;) {
      const Due due = streamer_->next_due(now_);
      if (due.kind == Due::Kind::kNothing) break;
      Sent sent{.at = now_, .lateness = due.lateness};
      if (due.kind == Due::Kind::kMark) {
        sent.is_mark = true;
        sent.mark = due.mark;
      } else {
        ASSERT_EQ(due.frame.size(), limits::kFrameSamples);
        sent.frame.assign(due.frame.begin(), due.frame.end());
      }
      sent_.push_back(std::move(sent));
    }
    fetch_reports();
    // Or the owner's loop would spin.
    ASSERT_GT(streamer_->deadline(), now_);
  }
  void fetch_reports() {
    MarkReport report;
    while (streamer_->take_report(report)) {
      reported_.push_back({now_, std::string(report.name), report.tag, report.outcome});
    }
  }

  // Lets time pass, waking exactly at each deadline.
  void run(Duration time) {
    const Instant end = now_ + time;
    drain();
    while (streamer_->deadline() <= end) {
      now_ = std::max(now_, streamer_->deadline());
      drain();
      if (testing::Test::HasFatalFailure()) return;
    }
    now_ = end;
    drain();
  }
  // The process does not run for a while.
  void stop_box(Duration time) { now_ = now_ + time; }

  // A message of the app.
  void app(Bytes audio) {
    ASSERT_EQ(streamer_->stage(audio), Status::kOk);
    streamer_->commit(now_);
  }
  void app_frames(uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) app(loud_frame(first + i));
  }

  std::vector<Sent>& sent() { return sent_; }
  std::vector<Reported>& reported() { return reported_; }
  // Instants at which frames left, in ms since the first of them.
  [[nodiscard]] std::vector<double> frame_times() const {
    std::vector<double> times;
    Instant first;
    for (const Sent& sent : sent_) {
      if (sent.is_mark) continue;
      if (times.empty()) first = sent.at;
      times.push_back(static_cast<double>((sent.at - first).us()) / 1000);
    }
    return times;
  }
  [[nodiscard]] std::vector<Frame> frames() const {
    std::vector<Frame> frames;
    for (const Sent& sent : sent_) {
      if (!sent.is_mark) frames.push_back(sent.frame);
    }
    return frames;
  }

 private:
  Instant now_ = Instant::from_us(kStartUs);
  std::unique_ptr<AudioStreamer> streamer_;
  std::vector<Sent> sent_;
  std::vector<Reported> reported_;
};

inline StreamerConfig with_lead(int64_t ms) { return {.lead = Duration::ms(ms)}; }

}  // namespace hookflash
