// What an app leg hears and says while its stream is up; app_leg.cpp has the stream's life.

#include <algorithm>

#include "audio/caller_audio.h"
#include "audio/streamer.h"
#include "hal/outbox.h"
#include "target/app_leg.h"

namespace hookflash {
namespace {

enum Field : size_t { kEvent, kStreamSid, kPayload, kMarkName };
static_assert(kAppFields.size() == kMarkName + 1);

constexpr uint16_t kPolicyViolation = 1008;
constexpr uint16_t kTooBig = 1009;

// Frames that waited leave so many at a time: the socket says in between when it has enough.
constexpr size_t kFramesPerTurn = 10;
// Echoes may not be lost, so a full socket takes them; beyond these the app, which makes us send
// them, is not read until it reads again.
constexpr uint32_t kBlockedEchoesMax = 64;
// Timestamps follow the frames. Only a pause of the caller's stream longer than ordinary jitter
// moves them on to the clock.
constexpr int64_t kJitterMs = 100;

}  // namespace

// --- From the app
// -----------------------------------------------------------------------------------

void AppLeg::on_received(const in::WsReceived& piece, Now now) {
  if (state_ != State::kReady) return;
  if (piece.first) {
    message_bytes_ = 0;
    binary_ = piece.binary;
    scanner_.begin();
  }
  message_bytes_ += piece.piece.size();
  if (message_bytes_ + piece.frame_left > limits::kAppMessageBytesMax) {
    ++links_.counters.messages_oversized;
    break_off(kTooBig, "message over 64 KiB", now);
    return;
  }
  json::Progress progress = json::Progress::kInvalid;
  if (!binary_) progress = scanner_.feed(text_of(piece.piece), piece.last, this);
  if (!piece.last) return;
  if (take_message(progress == json::Progress::kComplete, now)) {
    bad_in_a_row_ = 0;
    if (state_ == State::kReady) watch_reading(now);
  } else if (++bad_in_a_row_ >= kBadMessagesMax) {
    // Nothing may follow: the owner may put another target into this place in there.
    break_off(kPolicyViolation, "100 messages without meaning", now);
  }
}

bool AppLeg::on_payload(Bytes piece) { return ok(audio_.to_carrier.stage(piece)); }

// False for a message without meaning.
bool AppLeg::take_message(bool valid, Now now) {
  TargetCounters& counters = links_.counters;
  const std::string_view event = scanner_.text(kEvent);
  if (valid && event == "media") return take_media(now);

  audio_.to_carrier.discard();
  if (binary_) {
    ++counters.messages_binary;
    return false;
  }
  if (!valid || scanner_.kind(kEvent) != json::Kind::kString ||
      message_bytes_ > limits::kControlMessageBytesMax) {
    ++counters.messages_malformed;
    return false;
  }
  if (event == "mark") return take_mark(now);
  if (event != "clear") {
    ++counters.messages_unknown;
    return false;
  }
  if (names_this_stream()) links_.owner.target_clear(slot_, now);
  return true;
}

bool AppLeg::names_this_stream() {
  if (!scanner_.overlong(kStreamSid) && scanner_.text(kStreamSid) == messages_.stream_sid()) {
    return true;
  }
  ++links_.counters.messages_wrong_stream;
  return false;
}

bool AppLeg::take_media(Now now) {
  AudioStreamer& streamer = audio_.to_carrier;
  if (scanner_.payload() == json::PayloadState::kAbsent ||
      scanner_.kind(kEvent) != json::Kind::kString) {
    streamer.discard();
    ++links_.counters.messages_malformed;
    return false;
  }
  if (!names_this_stream()) {
    streamer.discard();
    return true;
  }
  // A bad payload costs that frame only, as in B-STR-9.
  if (scanner_.payload() != json::PayloadState::kGood) {
    streamer.discard();
    ++links_.counters.payloads_invalid;
    return true;
  }
  ++links_.counters.media_from_app;
  streamer.commit(now.mono);
  links_.owner.target_audio(slot_, now);
  return true;
}

bool AppLeg::take_mark(Now now) {
  if (scanner_.kind(kMarkName) != json::Kind::kString) {
    ++links_.counters.messages_malformed;
    return false;
  }
  if (!names_this_stream()) return true;
  if (scanner_.overlong(kMarkName)) {
    ++links_.counters.marks_refused;
    return true;
  }
  // Refused when too many are open, which the streamer counts; reading has stopped long before.
  if (ok(audio_.to_carrier.put_mark(scanner_.text(kMarkName), tag_, now.mono))) {
    links_.owner.target_audio(slot_, now);
  }
  return true;
}

void AppLeg::watch_reading(Now now) {
  const bool room = audio_.to_carrier.wants_input();
  const bool read = room && blocked_echoes_ < kBlockedEchoesMax;
  if (read == reading_) return;
  reading_ = read;
  links_.outbox.push(out::WsRead{socket_, read});
  if (read) {
    if (pong_until_.is_set()) pong_until_ = now.mono + kPongTimeout;
    links_.owner.target_note(slot_, TargetNote::kReadingResumed, now);
    return;
  }
  if (!room) ++links_.counters.reading_stopped;
  links_.owner.target_note(slot_, TargetNote::kReadingStopped, now);
}

void AppLeg::room(Now now) {
  if (!reading_ && state_ == State::kReady) watch_reading(now);
}

// --- To the app
// -------------------------------------------------------------------------------------

// The stream begins where the audio that waited for it begins.
void AppLeg::begin_caller_audio(Now now) {
  CallerAudio& caller = audio_.from_caller;
  const CallerAudioCounters& counters = caller.counters();
  dropped_seen_ = counters.slow_app + counters.standing_dropped;
  timestamp_ms_ = -1;
  // A frame comes at the end of its 20 ms; the oldest one's timestamp is 0.
  const int64_t newer = std::max<int64_t>(1, static_cast<int64_t>(caller.depth())) - 1;
  stream_began_ = now.mono - limits::kFrameTime * newer;
  caller.set_app_reads(true, now.mono);
}

void AppLeg::caller_audio(Now now) {
  if (state_ == State::kReady && !blocked_) flush(now);
}

void AppLeg::caller_digit(char digit, Now now) {
  if (state_ == State::kLeft || state_ == State::kTold || state_ == State::kFailed) return;
  if (digits_.full()) {
    digits_.pop();
    ++links_.counters.digits_dropped;
    links_.owner.target_note(slot_, TargetNote::kDigitsDropped, now);
  }
  CHECK(ok(digits_.push(digit)));
  if (state_ == State::kReady && !blocked_) flush(now);
}

void AppLeg::flush(Now now) {
  for (; !digits_.empty(); digits_.pop()) {
    messages_.dtmf(links_.outbox, socket_, digits_.front());
    ++links_.counters.digits_delivered;
  }
  CallerAudio& caller = audio_.from_caller;
  Bytes frame;
  size_t sent = 0;
  while (sent < kFramesPerTurn && caller.next(frame, now.mono)) {
    send_frame(frame, now);
    ++sent;
  }
  flush_at_ = caller.depth() > 0 ? now.mono : Instant();
}

void AppLeg::send_frame(Bytes frame, Now now) {
  const CallerAudio& caller = audio_.from_caller;
  const uint64_t dropped = caller.counters().slow_app + caller.counters().standing_dropped;
  const int64_t gap = static_cast<int64_t>(dropped - dropped_seen_);
  dropped_seen_ = dropped;
  messages_.skip_chunks(static_cast<uint32_t>(gap));

  const int64_t clock =
      (now.mono - stream_began_ - limits::kFrameTime * static_cast<int64_t>(caller.depth())).ms();
  const int64_t media = timestamp_ms_ + (gap + 1) * limits::kFrameTime.ms();
  if (timestamp_ms_ < 0 || clock > media + kJitterMs) {
    timestamp_ms_ = std::max<int64_t>(clock, timestamp_ms_ < 0 ? 0 : media);
  } else {
    timestamp_ms_ = media;
  }
  messages_.media(links_.outbox, socket_, frame, static_cast<uint64_t>(timestamp_ms_));
  ++links_.counters.frames_to_app;
}

void AppLeg::mark_reported(const MarkReport& report, Now now) {
  if (state_ != State::kReady || report.tag != tag_) return;
  messages_.mark(links_.outbox, socket_, report.name);
  if (blocked_) {
    ++blocked_echoes_;
    watch_reading(now);
  }
}

void AppLeg::on_blocked(uint32_t unsent, Now now) {
  if (!blocked_) {
    blocked_ = true;
    blocked_until_ = now.mono + kProgressTimeout;
    flush_at_ = {};
    audio_.from_caller.set_app_reads(false, now.mono);
  }
  if (unsent > limits::kUnsentBytesMax) blocked_echoes_ = kBlockedEchoesMax;
  watch_reading(now);
}

void AppLeg::on_writable(Now now) {
  if (!blocked_) return;
  blocked_ = false;
  blocked_echoes_ = 0;
  audio_.from_caller.set_app_reads(true, now.mono);
  watch_reading(now);
  flush(now);
}

}  // namespace hookflash
