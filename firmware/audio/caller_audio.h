#pragma once

#include <cstddef>
#include <cstdint>

#include "audio/frame_list.h"
#include "audio/standing_delay.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"
#include "limits.h"

namespace hookflash {

// Since reset().
struct CallerAudioCounters {
  uint64_t frames = 0;  // Handed out by next().
  uint64_t taken_bytes = 0;
  uint64_t slow_app = 0;          // Frames dropped because 50 newer ones waited (B-STR-8).
  uint64_t standing_dropped = 0;  // Silent frames left out (B-AUD-12).
  uint32_t depth_high = 0;
};

// One call's audio from its carrier on the way to the app. There is no pace in this direction:
// while the app reads, each frame leaves at once. Before it is ready, and while it is slow, the
// newest limits::kCallerFrames frames wait; older ones are dropped and counted (B-STR-8). Payloads
// of any length are cut into frames (B-STR-10). All bytes zero is empty, with an app that does not
// read.
//
// After each stage() and commit(), and when the app becomes writable: while the app's socket takes
// more, send what next() gives.
class CallerAudio {
 public:
  // Staged frames that can be taken back: as much again as is kept.
  static constexpr size_t kStageFrames = limits::kCallerFrames;
  // The frame handed out and the part frame have places of their own.
  static constexpr size_t kPlaces = limits::kCallerFrames + kStageFrames + 2;
  // The longest piece for stage().
  static constexpr size_t kPieceBytesMax = kStageFrames * limits::kFrameSamples;

  void reset();

  // Takes in a piece of the present message's payload, provisionally. A payload of over 1 s, which
  // no carrier sends, is let through as it comes: what lies more than that behind can no more be
  // taken back. kTooLarge: the piece is over kPieceBytesMax; nothing is taken.
  Status stage(Bytes piece, Instant now);
  // The message was good. Returns how many frames became whole.
  size_t commit(Instant now);
  // The message was bad; nothing of it stays, apart from the above.
  void discard();
  // Both in one, for audio that is known to be good. Takes the first kPieceBytesMax bytes at most
  // and returns how many; send what next() gives before the rest, or the oldest frames make room
  // for it.
  size_t write(Bytes audio, Instant now);

  // Whether the app takes audio now: ready, and its socket writable.
  void set_app_reads(bool reads, Instant now);
  [[nodiscard]] bool app_reads() const { return app_reads_; }

  // The next frame for the app. False: none, or it does not read. The bytes live until the next
  // call that is not const.
  bool next(Bytes& frame, Instant now);

  [[nodiscard]] size_t depth() const { return frames_.size(); }
  [[nodiscard]] const CallerAudioCounters& counters() const { return counters_; }

 private:
  size_t take_in(Instant now);
  void work_off(Instant now);

  bool app_reads_ = false;
  StandingDelay standing_;
  CallerAudioCounters counters_;
  FrameList<kPlaces> frames_;
};

}  // namespace hookflash
