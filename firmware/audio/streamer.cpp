#include "audio/streamer.h"

#include <algorithm>

namespace hookflash {
namespace {

constexpr Duration kFrameTime = limits::kFrameTime;
constexpr Duration kCatchUp = Duration::ms(60);        // B-AUD-4.
constexpr Duration kBurstGap = Duration::ms(100);      // B-AUD-8.
constexpr Duration kLateGap = Duration::ms(200);       // B-AUD-6.
constexpr Duration kOfferWait = Duration::seconds(1);  // B-AUD-2.
constexpr Duration kMarkGrace = Duration::seconds(2);  // B-AUD-7.
constexpr Duration kDepthLogEvery = Duration::seconds(5);
constexpr int64_t kSampleUs = 125;
constexpr size_t kFrameBytes = limits::kFrameSamples;

// Arrival times are kept in 32 bits of microseconds, so differences hold for 71 minutes.
uint32_t stamp_of(Instant now) { return static_cast<uint32_t>(now.us()); }
Duration since_stamp(uint32_t stamp, Instant now) { return Duration::us(stamp_of(now) - stamp); }

}  // namespace

void AudioStreamer::start(const StreamerConfig& config, Instant now) {
  if (running_) return;
  running_ = true;
  held_ = in_burst_ = input_stopped_ = stage_broken_ = drop_late_ = false;
  wait_ = OfferWait::kNone;
  lead_ = std::clamp(config.lead, Duration(), Duration::ms(limits::kLeadMsMax));
  burst_frames_ = std::min(config.burst_frames, limits::kAppBufferFrames);
  t0_ = line_free_ = played_until_ = ran_empty_ = depth_logged_ = now;
  last_app_ = wait_until_ = Instant();
  standing_.reset();
  counters_ = {};
  marks_.reset();
  frames_.clear();
  // The wrap comes after a second of every stream, and not for the first time after years.
  frames_.number_from(0U - static_cast<uint32_t>(limits::kQueueFrames));
}

void AudioStreamer::stop() {
  if (!running_) return;
  running_ = false;
  frames_.clear();
  counters_.marks_cleared += marks_.clear();
  if (wait_ == OfferWait::kWaiting) wait_ = OfferWait::kStopped;
  input_stopped_ = stage_broken_ = false;
}

// --- Audio of an app ----------------------------------------------------------------------------

Status AudioStreamer::stage(Bytes piece) {
  if (!running_) return Status::kStopped;
  if (stage_broken_) return Status::kOk;
  const Status status = frames_.stage(piece);
  if (!ok(status)) ++counters_.refused;
  return status;
}

size_t AudioStreamer::commit(Instant now) {
  if (!running_) return 0;
  if (stage_broken_) {
    stage_broken_ = false;
    return 0;
  }
  const size_t bytes = frames_.staged();
  if (bytes == 0) return 0;
  // A gap is one also when it began before our clear: what comes after it is no longer the old
  // burst.
  if (drop_late_ && last_app_.is_set() && now - last_app_ < kLateGap) {
    last_app_ = now;
    counters_.late_dropped += (bytes + kFrameBytes - 1) / kFrameBytes;
    frames_.discard();
    return 0;
  }
  drop_late_ = false;
  last_app_ = now;
  return take_in(now);
}

void AudioStreamer::discard() {
  stage_broken_ = false;
  frames_.discard();
}

// What is staged is taken back, and so is what still comes of the same message.
void AudioStreamer::break_stage() {
  if (frames_.staged() == 0) return;
  frames_.discard();
  stage_broken_ = true;
  ++counters_.interrupted;
}

// --- Audio of our own ---------------------------------------------------------------------------

Status AudioStreamer::write(Bytes audio, Instant now) {
  if (!running_) return Status::kStopped;
  break_stage();
  if (const Status status = frames_.stage(audio); !ok(status)) {
    ++counters_.refused;
    return status;
  }
  take_in(now);
  return Status::kOk;
}

Status AudioStreamer::offer(Bytes frame, Instant now) {
  if (!running_) return Status::kStopped;
  if (frame.size() != kFrameBytes) return Status::kInvalid;
  if (depth() >= limits::kQueueFrames) {
    if (wait_ != OfferWait::kWaiting) {
      wait_ = OfferWait::kWaiting;
      wait_until_ = now + kOfferWait;
    }
    return Status::kFull;
  }
  wait_ = OfferWait::kNone;
  return write(frame, now);
}

OfferWait AudioStreamer::offer_wait(Instant now) {
  run_time_outs(now);
  const OfferWait wait = wait_;
  if (wait != OfferWait::kWaiting) wait_ = OfferWait::kNone;
  return wait;
}

// --- What becomes of new audio ------------------------------------------------------------------

size_t AudioStreamer::take_in(Instant now) {
  const size_t bytes = frames_.staged();
  const bool was_empty = frames_.empty();
  const bool was_over = burst_over(now);
  const size_t whole = frames_.commit(stamp_of(now));
  counters_.taken_bytes += bytes;
  if (whole > 0) on_new_frames(was_empty, was_over, now);
  if (frames_.empty()) ran_empty_ = now;
  standing_.on_audio(Duration::us(static_cast<int64_t>(bytes) * kSampleUs), depth(), now);
  work_off(now);
  watch_input();
  return whole;
}

void AudioStreamer::on_new_frames(bool was_empty, bool was_over, Instant now) {
  counters_.depth_high = std::max(counters_.depth_high, static_cast<uint32_t>(depth()));
  if (was_empty) {
    if (!in_burst_ || was_over) {
      // A new burst. Where the carrier still plays the lead of the last one, the pace goes on, or
      // bursts in quick succession would add up their leads (B-AUD-4).
      if (line_free_ < now) line_free_at(now);
    } else if (!held_ && now - played_until_ > kFrameTime) {
      ++counters_.underruns;
    }
  }
  in_burst_ = true;
}

void AudioStreamer::line_free_at(Instant at) { t0_ = line_free_ = at; }

bool AudioStreamer::burst_over(Instant now) const {
  return frames_.empty() && now - ran_empty_ >= kBurstGap;
}

void AudioStreamer::pad_part(Instant now) {
  const bool was_empty = frames_.empty();
  const bool was_over = burst_over(now);
  if (frames_.pad(stamp_of(now)) == 0) return;
  on_new_frames(was_empty, was_over, now);
  standing_.on_depth(depth());
}

void AudioStreamer::end_burst(Instant now) {
  if (!running_) return;
  break_stage();
  pad_part(now);
  in_burst_ = false;
}

void AudioStreamer::work_off(Instant now) {
  const size_t surplus = standing_.surplus(now);
  if (surplus == 0) return;
  const size_t dropped = frames_.drop_if(surplus, is_silent);
  if (dropped == 0) return;
  counters_.standing_dropped += dropped;
  standing_.on_left_out(dropped, depth());
}

void AudioStreamer::watch_input() {
  const size_t ahead = burst_depth();
  const size_t marks = marks_.open();
  if (input_stopped_) {
    if (ahead <= burst_frames_ / 2 && marks <= limits::kOpenMarksMax / 2) input_stopped_ = false;
  } else if (ahead >= burst_frames_ && ahead > 0) {
    input_stopped_ = true;
    ++counters_.burst_full;
  } else if (marks >= limits::kOpenMarksMax) {
    input_stopped_ = true;
    ++counters_.marks_full;
  }
}

// --- Marks and clear ----------------------------------------------------------------------------

Status AudioStreamer::put_mark(std::string_view name, uint16_t tag, Instant now, By by) {
  if (!running_) return Status::kStopped;
  if (by == By::kApp) drop_late_ = false;
  end_burst(now);
  const Status status = marks_.put(name, tag, frames_.next_number(), now);
  if (!ok(status)) ++counters_.marks_refused;
  watch_input();
  return status;
}

void AudioStreamer::on_echo(OwnMark mark) {
  if (marks_.echo(mark)) {
    ++counters_.marks_played;
  } else {
    ++counters_.stray_echoes;
  }
}

bool AudioStreamer::take_report(MarkReport& report) {
  const bool taken = marks_.take_report(report);
  if (taken && running_) watch_input();
  return taken;
}

size_t AudioStreamer::clear(By by, Instant now) {
  if (!running_) return 0;
  break_stage();
  const size_t dropped = frames_.clear();
  ++counters_.clears;
  counters_.cleared_frames += dropped;
  counters_.marks_cleared += marks_.clear();
  if (wait_ == OfferWait::kWaiting) wait_ = OfferWait::kCleared;
  drop_late_ = by == By::kOurs;
  in_burst_ = false;
  ran_empty_ = now;
  // The carrier's clear takes back the lead as well: its line is free.
  if (line_free_ > now) line_free_at(now);
  played_until_ = now;
  standing_.on_depth(0);
  watch_input();
  return dropped;
}

// --- Towards the carrier ------------------------------------------------------------------------

void AudioStreamer::hold(bool held, Instant now) {
  if (!running_ || held == held_) return;
  held_ = held;
  // What was sent before went to a stream that is gone; the next one begins with nothing to play.
  if (held) return;
  line_free_at(now);
  played_until_ = now;
}

bool AudioStreamer::mark_first() const {
  if (marks_.queued() == 0) return false;
  if (frames_.empty()) return true;
  // Numbers wrap: which comes first is the sign of the difference.
  return static_cast<int32_t>(frames_.front_number() - marks_.queued_position()) >= 0;
}

Instant AudioStreamer::deadline() const {
  if (!running_) return Instant::max();
  Instant at = marks_.deadline();
  if (wait_ == OfferWait::kWaiting) at = std::min(at, wait_until_);
  if (frames_.empty() && frames_.part() > 0 && frames_.staged() == 0) {
    at = std::min(at, ran_empty_ + kBurstGap);
  }
  if (held_) return at;
  if (mark_first()) return std::min(at, marks_.queued_since());
  if (!frames_.empty()) at = std::min(at, line_free_ - lead_);
  return at;
}

void AudioStreamer::run_time_outs(Instant now) {
  if (!running_) return;
  counters_.marks_timed_out += marks_.expire(now);
  if (wait_ == OfferWait::kWaiting) {
    if (depth() <= limits::kQueueFrames / 2) {
      wait_ = OfferWait::kRoom;
    } else if (now >= wait_until_) {
      wait_ = OfferWait::kTimeout;
      ++counters_.enqueue_timeouts;
    }
  }
  if (frames_.part() > 0 && frames_.staged() == 0 && burst_over(now)) {
    pad_part(now);
    in_burst_ = false;
  }
}

Due AudioStreamer::next_due(Instant now) {
  if (!running_) return {};
  frames_.release();
  run_time_outs(now);
  if (held_) return {};
  work_off(now);
  if (mark_first()) {
    const Instant heard = std::max(now, played_until_);
    return {.kind = Due::Kind::kMark, .mark = marks_.send(heard + kMarkGrace)};
  }
  const Instant allowed = line_free_ - lead_;
  if (frames_.empty() || now < allowed) return {};

  const Duration in_queue = since_stamp(frames_.front_stamp(), now);
  const Duration lateness = std::max(Duration(), std::min(in_queue, now - std::max(allowed, t0_)));
  if (lateness > kFrameTime) ++counters_.late_frames;
  if (now - line_free_ > kCatchUp) {
    line_free_at(now);
    ++counters_.retimed;
  }
  line_free_ = line_free_ + kFrameTime;
  played_until_ = std::max(played_until_, now) + kFrameTime;
  ++counters_.frames;
  counters_.bytes += kFrameBytes;
  const Bytes frame = frames_.take();
  if (frames_.empty()) ran_empty_ = now;
  standing_.on_depth(depth());
  watch_input();
  return {.kind = Due::Kind::kFrame, .frame = frame, .lateness = lateness};
}

// --- Figures ------------------------------------------------------------------------------------

size_t AudioStreamer::queue_depth() const { return std::min(depth(), limits::kQueueFrames); }

size_t AudioStreamer::burst_depth() const { return depth() - queue_depth(); }

Duration AudioStreamer::audio_left(Instant now) const {
  const size_t frames = depth() + (frames_.part() > 0 ? 1 : 0);
  return std::max(Duration(), played_until_ - now) + kFrameTime * static_cast<int64_t>(frames);
}

bool AudioStreamer::drained() const {
  return frames_.empty() && frames_.part() == 0 && frames_.staged() == 0 && marks_.open() == 0;
}

bool AudioStreamer::depth_log_due(Instant now) {
  if (!running_ || frames_.empty() || now - depth_logged_ < kDepthLogEvery) return false;
  depth_logged_ = now;
  return true;
}

}  // namespace hookflash
