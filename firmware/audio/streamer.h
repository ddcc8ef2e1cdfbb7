#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "audio/frame_list.h"
#include "audio/mark_book.h"
#include "audio/standing_delay.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"
#include "limits.h"

namespace hookflash {

struct StreamerConfig {
  // B-AUD-4: 0 to limits::kLeadMsMax in steps of 20 ms; 0 for RTP.
  Duration lead = Duration::ms(60);
  // B-AUD-5: streaming.appBufferMs in frames, at most limits::kAppBufferFrames.
  size_t burst_frames = limits::kAppBufferFrames;
};

// What is to be done now.
struct Due {
  enum class Kind : uint8_t { kNothing, kFrame, kMark };
  Kind kind = Kind::kNothing;
  Bytes frame;        // kFrame: 160 bytes of mu-law; live until the next call that is not const.
  Duration lateness;  // kFrame: how long after it could have left at the earliest (B-AUD-3).
  OwnMark mark = 0;   // kMark: own_mark_name() is what the carrier gets.
};

// The fate of an offer() that found the queue full.
enum class OfferWait : uint8_t {
  kNone,     // Nobody waits.
  kWaiting,  // Still waiting.
  kRoom,     // Half of the queue is free.
  kTimeout,  // A second has passed (B-AUD-2); the frame was not queued.
  kCleared,  // A clear came (B-AUD-6).
  kStopped,  // stop() came (B-AUD-10).
};

// Who asks for a clear or a mark, because the app can go on sending what belongs to its old burst.
enum class By : uint8_t {
  kApp,   // The app: its socket's order says what comes before and after. Built-in apps likewise.
  kOurs,  // We, while a remote app feeds this call. After a clear of ours what the app still sends
          // of its old burst is dropped until its next mark, clear or gap of 200 ms (B-AUD-6).
};

// Since start().
struct StreamerCounters {
  uint64_t frames = 0;  // Handed out by next_due().
  uint64_t bytes = 0;
  uint64_t taken_bytes = 0;  // Accepted from producers.
  uint64_t underruns = 0;    // B-AUD-9.
  uint64_t late_frames = 0;  // Left over one frame time after they could have.
  uint64_t retimed = 0;      // New t0 for being over 60 ms late (B-AUD-4).
  uint64_t clears = 0;
  uint64_t cleared_frames = 0;    // Dropped by clear().
  uint64_t late_dropped = 0;      // Frames of an old burst that came after a clear of ours.
  uint64_t standing_dropped = 0;  // Silent frames left out (B-AUD-12).
  uint64_t refused = 0;           // Pieces that found no room at all.
  uint64_t interrupted = 0;       // Staged messages that a clear or audio of our own cut off.
  uint64_t burst_full = 0;  // Times wants_input() became false for the burst buffer (B-AUD-5).
  uint64_t marks_full = 0;  // Times it became false for open marks (B-AUD-7).
  uint64_t marks_played = 0;
  uint64_t marks_timed_out = 0;
  uint64_t marks_cleared = 0;
  uint64_t marks_refused = 0;
  uint64_t stray_echoes = 0;      // Echoes that name no open mark.
  uint64_t enqueue_timeouts = 0;  // B-AUD-2.
  uint32_t depth_high = 0;        // Most frames that waited, burst buffer included.
};

// One call's audio towards its carrier: a queue of 50 frames with the burst buffer ahead of it,
// paced at 20 ms on absolute deadlines, with marks in their places (contract section 21).
// Event-driven: nothing waits inside; the owner calls next_due() when deadline() has come or
// anything was put in.
//
//   start, then any of: stage/commit/discard, write, offer, put_mark, clear, on_echo, next_due,
//   take_report; then stop. Calls on a stopped one do nothing (kStopped).
//
// Frames leave when now >= t0 + k x 20 ms - lead, so a frame that finds the line free leaves at
// once. Instants passed in never go back.
class AudioStreamer {
 public:
  // Places for frames: queue, burst buffer, the one just handed out, and what can be in hand when
  // reading has been stopped.
  static constexpr size_t kPlaces =
      limits::kQueueFrames + limits::kAppBufferFrames + 1 + limits::kAudioInHandFrames;

  // Nothing when it runs already (B-AUD-10). Counters and own mark names begin anew.
  void start(const StreamerConfig& config, Instant now);
  // Nothing when it is stopped already. Drops all audio, ends every open mark as cleared (still to
  // be fetched with take_report()), wakes a waiting offer. Nothing leaves afterwards.
  void stop();
  [[nodiscard]] bool running() const { return running_; }

  // --- Audio of an app, message by message ------------------------------------------------------

  // Takes in a piece of the present message's payload, provisionally. kFull: no room at all, which
  // cannot happen while reading obeys wants_input() and messages are no longer than
  // limits::kAppMessageBytesMax; nothing of the piece is taken: discard() the message.
  Status stage(Bytes piece);
  // The message was good. Returns how many frames became whole; 0 also when the message is dropped
  // as late audio of an old burst (B-AUD-6) or was cut off by a clear.
  size_t commit(Instant now);
  // The message was bad; nothing of it stays.
  void discard();
  // Whether to go on reading from the app. False once the burst buffer is full or
  // limits::kOpenMarksMax marks are open, until half is free of both (B-AUD-5, B-AUD-7).
  [[nodiscard]] bool wants_input() const { return !input_stopped_; }

  // --- Audio of our own -------------------------------------------------------------------------

  // Audio of any length, never dropped as late. kFull takes nothing. A message of an app that is
  // being staged meanwhile is lost and counted.
  Status write(Bytes audio, Instant now);
  // One frame for the 50-frame queue, for producers that make audio on demand. kFull when 50 wait:
  // the frame is not queued, the producer waits, and offer_wait() tells how that ends. kInvalid
  // unless it is 160 bytes.
  Status offer(Bytes frame, Instant now);
  // What became of the wait. Each end is told once; kNone afterwards.
  OfferWait offer_wait(Instant now);

  // --- Marks, clear, ends of bursts -------------------------------------------------------------

  // Puts a mark behind the audio so far, which ends the burst (B-AUD-8). `tag` comes back with the
  // report. kTooLarge: over 64 bytes; kFull: too many open; both counted as refused.
  Status put_mark(std::string_view name, uint16_t tag, Instant now, By by = By::kApp);
  // The carrier echoed one of our names.
  void on_echo(OwnMark mark);
  void on_echo(std::string_view own_name) { on_echo(own_mark_from(own_name)); }
  // Ended marks, each once and in order. Fetch until false after next_due(), on_echo(), clear() and
  // stop().
  bool take_report(MarkReport& report);

  // Empties queue, burst buffer and part frame in one step, ends open marks as cleared. The owner
  // sends the carrier's clear next. Returns the number of frames dropped.
  size_t clear(By by, Instant now);
  // No more audio comes for now: pads a part frame with silence.
  void end_burst(Instant now);

  // --- Towards the carrier ----------------------------------------------------------------------

  // While the carrier has no stream (disconnect grace, live update) nothing leaves and nothing is
  // late. Frames and queued marks stay.
  void hold(bool held, Instant now);
  // When next_due() has something to do; in the past when at once, max() when nothing is to come.
  [[nodiscard]] Instant deadline() const;
  // The next thing that is due, in order; also runs the time-outs. Call it until kNothing.
  Due next_due(Instant now);

  // --- Figures ----------------------------------------------------------------------------------

  // Frames in the queue of 50 (B-AUD-1), and in the burst buffer ahead of it.
  [[nodiscard]] size_t queue_depth() const;
  [[nodiscard]] size_t burst_depth() const;
  [[nodiscard]] size_t open_marks() const { return marks_.open(); }
  // Until everything taken so far will have been heard, the carrier's lead included.
  [[nodiscard]] Duration audio_left(Instant now) const;
  // Nothing waits here any more, and every mark has ended.
  [[nodiscard]] bool drained() const;
  // True at most every 5 s while audio waits: time to log the depth at debug (B-AUD-1).
  bool depth_log_due(Instant now);
  [[nodiscard]] const StreamerCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] size_t depth() const { return frames_.size(); }
  [[nodiscard]] bool mark_first() const;
  [[nodiscard]] bool burst_over(Instant now) const;
  void run_time_outs(Instant now);
  size_t take_in(Instant now);
  void on_new_frames(bool was_empty, bool was_over, Instant now);
  void line_free_at(Instant at);
  void break_stage();
  void work_off(Instant now);
  void watch_input();
  void pad_part(Instant now);

  bool running_ = false;
  bool held_ = false;
  bool in_burst_ = false;       // Frames came, and no end of the burst since.
  bool input_stopped_ = false;  // See wants_input().
  bool stage_broken_ = false;   // The rest of the message being staged is not wanted.
  bool drop_late_ = false;      // After a clear of ours.
  OfferWait wait_ = OfferWait::kNone;
  Duration lead_;
  size_t burst_frames_ = 0;
  Instant t0_;            // Of the present run of frames; lateness never counts from before it.
  Instant line_free_;     // t0 + k x 20 ms of the next frame.
  Instant played_until_;  // When the carrier will have played what it has.
  Instant ran_empty_;     // The last frame left, or the last bytes of a part frame came.
  Instant last_app_;      // The app's last audio.
  Instant wait_until_;
  Instant depth_logged_;
  StandingDelay standing_;
  StreamerCounters counters_;
  MarkBook marks_;
  FrameList<kPlaces> frames_;
};

}  // namespace hookflash
