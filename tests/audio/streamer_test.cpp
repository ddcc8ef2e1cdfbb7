#include "audio/streamer.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <vector>

#include "stream_rig.h"

namespace hookflash {
namespace {

std::vector<double> every_20_ms(size_t count, double first = 0) {
  std::vector<double> times;
  for (size_t i = 0; i < count; ++i) times.push_back(first + 20.0 * static_cast<double>(i));
  return times;
}

// Never touched by any test: it shows what an idle one costs.
constinit AudioStreamer idle_streamer;
// Used by one test only.
constinit AudioStreamer lone_streamer;

// --- Queue and burst buffer ----------------------------------------------------------------------

// Aim: B-AUD-1: the queue holds exactly 50 frames, never more, and its depth is told.
// Method: offer frames while nothing leaves; the 51st is refused; audio of an app that goes beyond
// counts as burst buffer.
TEST(AudioStreamer, QueueHoldsFiftyFrames) {
  Rig rig;
  rig->hold(true, rig.now());
  for (uint32_t i = 0; i < 50; ++i) {
    EXPECT_EQ(rig->offer(loud_frame(i), rig.now()), Status::kOk);
    EXPECT_EQ(rig->queue_depth(), i + 1);
  }
  EXPECT_EQ(rig->offer(loud_frame(50), rig.now()), Status::kFull);
  EXPECT_EQ(rig->queue_depth(), 50U);
  rig.app_frames(50, 7);
  EXPECT_EQ(rig->queue_depth(), 50U);
  EXPECT_EQ(rig->burst_depth(), 7U);
  EXPECT_EQ(rig->counters().depth_high, 57U);
  rig->hold(false, rig.now());
  rig.run(Duration::seconds(2));
  EXPECT_EQ(rig->queue_depth(), 0U);
  ASSERT_EQ(rig.frames().size(), 57U);
  for (uint32_t i = 0; i < 57; ++i) EXPECT_EQ(rig.frames()[i], loud_frame(i));
}

// Aim: B-AUD-1: the depth is offered for the log at most every 5 s, and not while nothing waits.
// Method: ask every 100 ms for 20 s of a burst of 18 s.
TEST(AudioStreamer, DepthIsLoggedAtMostEveryFiveSeconds) {
  Rig rig;
  EXPECT_FALSE(rig->depth_log_due(rig.now() + Duration::seconds(60)));
  rig.app_frames(0, 900);
  std::vector<double> logged;
  for (int i = 0; i < 200; ++i) {
    rig.run(Duration::ms(100));
    if (rig->depth_log_due(rig.now())) logged.push_back(rig.ms(rig.now()));
  }
  EXPECT_EQ(logged, (std::vector<double>{5000, 10000, 15000}));
}

// Aim: B-AUD-2: an enqueue that found the queue full waits for at most 1 s and fails then; its
// frame was not queued, and the time-out is counted once. Method: nothing leaves; one microsecond
// before the second and at it.
TEST(AudioStreamer, EnqueueTimesOutAfterASecond) {
  Rig rig;
  rig->hold(true, rig.now());
  for (uint32_t i = 0; i < 50; ++i) ASSERT_EQ(rig->offer(loud_frame(i), rig.now()), Status::kOk);
  EXPECT_EQ(rig->offer(loud_frame(99), rig.now()), Status::kFull);
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kWaiting);
  rig.run(Duration::us(999'999));
  EXPECT_EQ(rig->offer(loud_frame(99), rig.now()), Status::kFull) << "does not begin a new second";
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kWaiting);
  EXPECT_EQ(rig->deadline(), rig.now() + Duration::us(1));
  rig.run(Duration::us(1));
  EXPECT_EQ(rig->counters().enqueue_timeouts, 1U);
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kTimeout);
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kNone) << "told once";
  rig.run(Duration::seconds(5));
  EXPECT_EQ(rig->counters().enqueue_timeouts, 1U);
  rig->hold(false, rig.now());
  rig.run(Duration::seconds(2));
  EXPECT_EQ(rig.frames().size(), 50U);
  EXPECT_EQ(rig.frames().back(), loud_frame(49));
}

// Aim: B-AUD-2: a caller of the loop is told when there is room. Method: half of the queue must be
// free; the instant is that of the frame that makes it so.
TEST(AudioStreamer, WaitingEnqueueIsToldOfRoom) {
  Rig rig(with_lead(0));
  for (uint32_t i = 0; i < 50; ++i) ASSERT_EQ(rig->offer(loud_frame(i), rig.now()), Status::kOk);
  ASSERT_EQ(rig->offer(loud_frame(50), rig.now()), Status::kFull);
  rig.run(Duration::us(479'999));
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kWaiting);
  rig.run(Duration::us(1));
  EXPECT_EQ(rig->queue_depth(), 25U);
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kRoom);
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kNone);
  EXPECT_EQ(rig->offer(loud_frame(50), rig.now()), Status::kOk);
  EXPECT_EQ(rig->counters().enqueue_timeouts, 0U);
  EXPECT_EQ(rig->offer(Frame(159), rig.now()), Status::kInvalid);
}

// Aim: B-AUD-5: when the burst buffer is full reading stops until half of it is free, and nothing
// is lost, message in hand included. Method: a buffer of 100 frames, an app that writes messages of
// 48 KiB whenever it is read.
TEST(AudioStreamer, FullBurstBufferStopsReadingUntilHalfIsFree) {
  StreamerConfig config;
  config.burst_frames = 100;
  Rig rig(config);
  Frame message;
  for (uint32_t i = 0; i < 307; ++i) {
    const Frame frame = loud_frame(i);
    message.insert(message.end(), frame.begin(), frame.end());
  }
  EXPECT_TRUE(rig->wants_input());
  rig.app(message);
  EXPECT_FALSE(rig->wants_input());
  EXPECT_EQ(rig->counters().burst_full, 1U);
  // What was in hand: 16 KiB more.
  rig.app(Bytes(message).first(16 * 1024 / 160 * 160));
  const size_t all = 307 + 102;
  while (rig->burst_depth() > 50) {
    EXPECT_FALSE(rig->wants_input());
    rig.run(Duration::ms(20));
  }
  EXPECT_TRUE(rig->wants_input());
  rig.run(Duration::seconds(10));
  EXPECT_EQ(rig.frames().size(), all);
  EXPECT_EQ(rig->counters().burst_full, 1U);
  EXPECT_EQ(rig->counters().refused, 0U);
}

// Aim: B-AUD-5: the largest burst buffer holds what it says, plus a whole message and what is in
// hand; what goes beyond all that is refused and counted, and nothing of it plays. Method: fill it
// to the brim with nothing leaving, then let all of it play.
TEST(AudioStreamer, LargestBurstBufferHoldsItsTime) {
  Rig rig;
  rig->hold(true, rig.now());
  const uint32_t full = limits::kAppBufferFrames + limits::kQueueFrames;
  for (uint32_t i = 0; i < full; ++i) {
    EXPECT_TRUE(rig->wants_input());
    rig.app(loud_frame(i));
  }
  EXPECT_FALSE(rig->wants_input());
  uint32_t count = full;
  while (ok(rig->stage(loud_frame(count)))) {
    rig->commit(rig.now());
    ++count;
  }
  EXPECT_GE(count - full, (48U + 16U) * 1024 / 160);
  EXPECT_EQ(rig->counters().refused, 1U);
  rig->discard();
  rig->hold(false, rig.now());
  rig.run(Duration::ms(20) * (count + 10));
  const std::vector<Frame> frames = rig.frames();
  ASSERT_EQ(frames.size(), count);
  for (uint32_t i = 0; i < count; ++i) ASSERT_EQ(frames[i], loud_frame(i));
}

// Whole pages inside the object that are in memory.
size_t resident_pages(AudioStreamer& streamer) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t in_page = reinterpret_cast<uintptr_t>(&streamer) % page;
  const size_t skipped = (page - in_page) % page;
  const size_t whole = (sizeof(streamer) - skipped) / page;
  std::vector<unsigned char> pages(whole);
  auto* const first = reinterpret_cast<unsigned char*>(&streamer) + skipped;
  EXPECT_EQ(mincore(first, whole * page, pages.data()), 0);
  size_t resident = 0;
  for (const unsigned char state : pages) resident += state & 1;
  return resident;
}

// Aim: B-AUD-5: the pages of the burst buffer are reserved but touched only when used, also in a
// long call. Method: count resident pages of streamers in .bss: one that nobody used, and one after
// ten minutes of an app that keeps five frames waiting, with a mark every 100 ms.
TEST(AudioStreamer, PagesAreTouchedOnlyWhenUsed) {
  EXPECT_EQ(resident_pages(idle_streamer), 0U);

  Instant now = Instant::from_us(1'000'000);
  lone_streamer.start({}, now);
  for (uint32_t i = 0; i < 8; ++i) {
    ASSERT_EQ(lone_streamer.write(loud_frame(i), now), Status::kOk);
  }
  for (uint32_t i = 8; i < 30'000; ++i) {
    ASSERT_EQ(lone_streamer.write(loud_frame(i), now), Status::kOk);
    if (i % 5 == 0) {
      ASSERT_EQ(lone_streamer.put_mark("mark", 0, now), Status::kOk);
    }
    MarkReport report;
    for (;;) {
      const Due due = lone_streamer.next_due(now);
      if (due.kind == Due::Kind::kNothing) break;
      if (due.kind == Due::Kind::kMark) lone_streamer.on_echo(due.mark);
      while (lone_streamer.take_report(report)) continue;
    }
    now = now + limits::kFrameTime;
  }
  EXPECT_EQ(lone_streamer.counters().underruns, 0U);
  EXPECT_LE(resident_pages(lone_streamer), 5U);
}

// Aim: an unused streamer is all zero bytes, so that the appliance lives in .bss.
// Method: compare every byte.
TEST(AudioStreamer, UnusedIsAllZero) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&idle_streamer);
  for (size_t i = 0; i < sizeof(idle_streamer); ++i) ASSERT_EQ(bytes[i], 0) << i;
}

// --- Pace ----------------------------------------------------------------------------------------

// Aim: B-AUD-3: frame k leaves at t0 + k x 20 ms, without drift from late wake-ups.
// Method: a burst of 900 frames, each wake-up late by up to 0.5 ms; every frame is held against
// the first one's clock, and its lateness is told as it was.
TEST(AudioStreamer, PaceIsAbsolute) {
  Rig rig(with_lead(0));
  std::mt19937 random(3);
  rig.app_frames(0, 900);
  const Instant t0 = rig.now();
  rig.drain();
  while (rig->deadline() != Instant::max()) {
    const auto late = Duration::us(static_cast<int64_t>(random() % 500));
    rig.stop_box(rig->deadline() + late - rig.now());
    rig.drain();
  }
  ASSERT_EQ(rig.sent().size(), 900U);
  for (size_t k = 0; k < 900; ++k) {
    const Duration error = rig.sent()[k].at - (t0 + limits::kFrameTime * static_cast<int64_t>(k));
    ASSERT_GE(error, Duration()) << k;
    ASSERT_LT(error, Duration::us(500)) << k;
    ASSERT_EQ(rig.sent()[k].lateness, error) << k;
  }
  EXPECT_EQ(rig->counters().late_frames, 0U);
  EXPECT_EQ(rig->counters().retimed, 0U);
}

// Aim: B-AUD-4: at most the lead is sent ahead of real time, for each lead that can be configured.
// Method: a burst; the frames of the lead and one leave at once, then one every 20 ms.
TEST(AudioStreamer, LeadIsSentAtOnce) {
  for (int64_t lead = 0; lead <= 160; lead += 20) {
    SCOPED_TRACE(lead);
    Rig rig(with_lead(lead));
    rig.app_frames(0, 50);
    rig.run(Duration::seconds(2));
    std::vector<double> expected(static_cast<size_t>(lead / 20), 0.0);
    const std::vector<double> rest = every_20_ms(50 - expected.size());
    expected.insert(expected.end(), rest.begin(), rest.end());
    EXPECT_EQ(rig.frame_times(), expected);
  }
}

// Aim: a lead out of range is clamped and not obeyed. Method: -20 ms and 1 s.
TEST(AudioStreamer, LeadIsClamped) {
  for (const auto& [lead, at_once] : {std::pair{-20, 1U}, std::pair{1000, 9U}}) {
    Rig rig(with_lead(lead));
    rig.app_frames(0, 50);
    rig.drain();
    EXPECT_EQ(rig.sent().size(), at_once);
  }
}

// Aim: a frame that finds the line free leaves at once, off any common grid.
// Method: an app at real-time rate with odd arrival times.
TEST(AudioStreamer, FrameThatFindsTheLineFreeLeavesAtOnce) {
  Rig rig;
  std::mt19937 random(11);
  Instant due = rig.now();
  for (uint32_t i = 0; i < 500; ++i) {
    due = due + Duration::ms(20);
    const Instant arrival = due + Duration::us(static_cast<int64_t>(random() % 19'000));
    rig.run(arrival - rig.now());
    rig.app(loud_frame(i));
    rig.drain();
    ASSERT_EQ(rig.sent().back().at, arrival);
    ASSERT_EQ(rig.sent().size(), i + 1);
    ASSERT_EQ(rig.sent().back().lateness, Duration());
  }
}

// Aim: B-AUD-4: a sender late by up to 60 ms catches up with its old clock; later than that it sets
// a new one and loses what it was behind. Method: the box stops for 60 ms and for 61 ms after a
// frame's due time, without lead.
TEST(AudioStreamer, CatchesUpSixtyMillisecondsAndNoMore) {
  Rig kept(with_lead(0));
  kept.app_frames(0, 20);
  kept.run(Duration::ms(100));  // Frames 0 to 5.
  kept.stop_box(Duration::ms(20 + 60));
  kept.run(Duration::seconds(1));
  std::vector<double> expected = every_20_ms(6);
  for (int i = 0; i < 4; ++i) expected.push_back(180);  // Due at 120, 140, 160, 180.
  for (int i = 10; i < 20; ++i) expected.push_back(20.0 * i);
  EXPECT_EQ(kept.frame_times(), expected);
  EXPECT_EQ(kept->counters().retimed, 0U);
  EXPECT_EQ(kept->counters().late_frames, 2U);  // By 60 and 40 ms; 20 ms is not over a frame time.

  Rig fresh(with_lead(0));
  fresh.app_frames(0, 20);
  fresh.run(Duration::ms(100));
  fresh.stop_box(Duration::ms(20 + 61));
  fresh.run(Duration::seconds(1));
  expected = every_20_ms(6);
  for (int i = 0; i < 14; ++i) expected.push_back(181 + 20.0 * i);
  EXPECT_EQ(fresh.frame_times(), expected);
  EXPECT_EQ(fresh->counters().retimed, 1U);
}

// Aim: lateness is what we are late, for the figures of B-AUD-3: not what the app was late, and not
// counted twice for the frames behind a stop of the box.
// Method: an app late by 50 ms; then a stop of 300 ms in a burst with lead 60.
TEST(AudioStreamer, LatenessIsOurs) {
  Rig app;
  app.app_frames(0, 1);
  app.run(Duration::ms(70));
  app.app_frames(1, 1);
  app.drain();
  EXPECT_EQ(app.sent()[1].lateness, Duration());

  Rig box;
  box.app_frames(0, 50);
  box.run(Duration::ms(100));
  box.stop_box(Duration::ms(300));
  const size_t before = box.sent().size();
  box.run(Duration::ms(100));
  ASSERT_GT(box.sent().size(), before + 5);
  EXPECT_EQ(box.sent()[before].lateness, Duration::ms(280));
  for (size_t i = before + 1; i < box.sent().size(); ++i) {
    EXPECT_EQ(box.sent()[i].lateness, Duration()) << i;
  }
  EXPECT_EQ(box->counters().late_frames, 1U);
}

// Aim: B-AUD-4: bursts in quick succession do not add up their leads.
// Method: 100 ms of audio and a mark, every 100 ms for 10 s, at lead 160; the carrier's buffer is
// worked out frame by frame.
TEST(AudioStreamer, BurstsDoNotAddUpTheirLeads) {
  Rig rig(with_lead(160));
  for (uint32_t burst = 0; burst < 100; ++burst) {
    rig.app_frames(burst * 6, burst < 10 ? 6 : 5);
    ASSERT_EQ(rig->put_mark("m", 0, rig.now()), Status::kOk);
    rig.run(Duration::ms(100));
  }
  rig.run(Duration::seconds(3));
  Instant played;  // When the carrier will have played all it got.
  for (const Sent& sent : rig.sent()) {
    if (sent.is_mark) continue;
    played = std::max(played, sent.at) + limits::kFrameTime;
    ASSERT_LE(played - sent.at, Duration::ms(160 + 20));
  }
}

// --- Ends of bursts, underruns -------------------------------------------------------------------

// Aim: B-AUD-8: a part frame waits for its rest. Method: 100 bytes, the other 60 after 99 ms.
TEST(AudioStreamer, PartFrameWaitsForItsRest) {
  Rig rig;
  const Frame frame = loud_frame(1);
  rig.app(Bytes(frame).first(100));
  rig.run(Duration::ms(99));
  EXPECT_TRUE(rig.sent().empty());
  rig.app(Bytes(frame).subspan(100));
  rig.drain();
  ASSERT_EQ(rig.sent().size(), 1U);
  EXPECT_EQ(rig.sent()[0].frame, frame);
}

// Aim: B-AUD-8: 100 ms after it ran empty a burst ends, and its part frame is padded with mu-law
// silence. Method: one and a half frames, then nothing.
TEST(AudioStreamer, BurstEndsAHundredMillisecondsAfterItRanEmpty) {
  Rig rig;
  Frame audio = loud_frame(1);
  const Frame half(80, 0x33);
  audio.insert(audio.end(), half.begin(), half.end());
  rig.app(audio);
  rig.run(Duration::seconds(1));
  EXPECT_EQ(rig.frame_times(), (std::vector<double>{0, 100}));
  Frame padded = half;
  padded.resize(160, 0xFF);
  EXPECT_EQ(rig.frames()[1], padded);
  EXPECT_EQ(rig->counters().underruns, 0U);
  EXPECT_TRUE(rig->drained());
}

// Aim: B-AUD-8: a mark ends the burst: the part frame before it is padded and leaves before it.
// Method: half a frame and a mark; then a farewell without one, ended by its owner.
TEST(AudioStreamer, MarkPadsThePartFrame) {
  Rig rig;
  rig.app(Frame(80, 0x33));
  ASSERT_EQ(rig->put_mark("end", 0, rig.now()), Status::kOk);
  rig.drain();
  ASSERT_EQ(rig.sent().size(), 2U);
  EXPECT_EQ(rig.sent()[0].frame[79], 0x33);
  EXPECT_EQ(rig.sent()[0].frame[80], 0xFF);
  EXPECT_TRUE(rig.sent()[1].is_mark);

  rig.app(Frame(10, 0x44));
  rig->end_burst(rig.now());
  rig.run(Duration::ms(20));
  ASSERT_EQ(rig.sent().size(), 3U);
  EXPECT_EQ(rig.sent()[2].frame[10], 0xFF);
}

// Aim: B-AUD-9: a burst that runs empty for more than one frame time counts one underrun; the next
// frame leaves at once and t0 stays, unless that frame is over 60 ms late.
// Method: gaps of 20, 21, 60 and 61 ms after the due time of the next frame, lead 0 and 60.
TEST(AudioStreamer, UnderrunsAreCountedAndTheClockStays) {
  struct Case {
    int64_t late_ms;
    uint64_t underruns;
    bool keeps_clock;
  };
  for (const Case& each :
       {Case{20, 0, true}, Case{21, 1, true}, Case{60, 1, true}, Case{61, 1, false}}) {
    SCOPED_TRACE(each.late_ms);
    Rig rig(with_lead(0));
    for (uint32_t i = 0; i < 3; ++i) {
      rig.app(loud_frame(i));
      rig.run(Duration::ms(20));
    }
    rig.run(Duration::ms(each.late_ms));
    rig.app_frames(3, 10);
    rig.run(Duration::seconds(1));
    const double next = 60 + static_cast<double>(each.late_ms);
    const std::vector<double> times = rig.frame_times();
    ASSERT_EQ(times.size(), 13U);
    EXPECT_EQ(times[3], next);
    // Frame 8 is far enough behind for the clock to show.
    EXPECT_EQ(times[8], each.keeps_clock ? 160 : next + 100);
    EXPECT_EQ(rig->counters().underruns, each.underruns);
  }
  // A pause of 100 ms and more ends the burst: the app has finished, nothing was missing.
  Rig rig;
  rig.app_frames(0, 3);
  rig.run(Duration::ms(100));
  rig.app_frames(3, 3);
  rig.run(Duration::ms(100));
  EXPECT_EQ(rig->counters().underruns, 0U);
  // Likewise behind a mark.
  ASSERT_EQ(rig->put_mark("m", 0, rig.now()), Status::kOk);
  rig.app_frames(6, 1);
  ASSERT_EQ(rig->put_mark("m", 0, rig.now()), Status::kOk);
  rig.run(Duration::ms(90));
  rig.app_frames(7, 1);
  rig.run(Duration::ms(100));
  EXPECT_EQ(rig->counters().underruns, 0U);
}

// --- Start, stop, hold ---------------------------------------------------------------------------

// Aim: B-AUD-10: start and stop are idempotent; stop wakes a waiter with `stopped`, and nothing
// leaves afterwards. Method: both twice, with audio, a part frame, marks and a waiting offer
// inside.
TEST(AudioStreamer, StartAndStopAreIdempotent) {
  Rig rig(with_lead(0));
  rig.app_frames(0, 50);
  rig->start(with_lead(160), rig.now());
  rig.drain();
  EXPECT_EQ(rig.sent().size(), 1U) << "the second start changed nothing";
  rig.app_frames(50, 1);
  rig.app(Frame(3, 0x20));
  ASSERT_EQ(rig->offer(loud_frame(60), rig.now()), Status::kFull);
  ASSERT_EQ(rig->put_mark("open", 5, rig.now()), Status::kOk);

  rig->stop();
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kStopped);
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kNone);
  rig->stop();
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kNone);
  EXPECT_EQ(rig->deadline(), Instant::max());
  rig.run(Duration::seconds(5));
  EXPECT_EQ(rig.sent().size(), 1U);
  ASSERT_EQ(rig.reported().size(), 1U);
  EXPECT_EQ(rig.reported()[0].outcome, MarkOutcome::kCleared);

  EXPECT_EQ(rig->stage(loud_frame(1)), Status::kStopped);
  EXPECT_EQ(rig->commit(rig.now()), 0U);
  EXPECT_EQ(rig->write(loud_frame(1), rig.now()), Status::kStopped);
  EXPECT_EQ(rig->offer(loud_frame(1), rig.now()), Status::kStopped);
  EXPECT_EQ(rig->put_mark("m", 0, rig.now()), Status::kStopped);
  EXPECT_EQ(rig->clear(By::kApp, rig.now()), 0U);
  rig->end_burst(rig.now());
  rig->hold(true, rig.now());
  rig->hold(false, rig.now());
  rig.run(Duration::seconds(1));
  EXPECT_EQ(rig.sent().size(), 1U);

  rig->start({}, rig.now());
  EXPECT_TRUE(rig->running());
  EXPECT_EQ(rig->counters().frames, 0U);
  rig.app_frames(70, 2);
  rig.drain();
  ASSERT_EQ(rig.sent().size(), 3U);
  EXPECT_EQ(rig.sent()[1].frame, loud_frame(70));
}

// Aim: while the carrier has no stream nothing leaves and nothing is lost or counted as late; after
// it the pace begins anew. Method: hold for 500 ms in the middle of a burst.
TEST(AudioStreamer, HoldKeepsEverything) {
  Rig rig(with_lead(0));
  rig.app_frames(0, 10);
  ASSERT_EQ(rig->put_mark("m", 0, rig.now()), Status::kOk);
  rig.run(Duration::ms(90));
  rig->hold(true, rig.now());
  EXPECT_EQ(rig->deadline(), Instant::max());
  rig.run(Duration::ms(500));
  rig->hold(false, rig.now());
  rig.run(Duration::seconds(1));
  std::vector<double> expected = every_20_ms(5);
  for (int i = 0; i < 5; ++i) expected.push_back(590 + 20.0 * i);
  EXPECT_EQ(rig.frame_times(), expected);
  EXPECT_TRUE(rig.sent().back().is_mark);
  EXPECT_EQ(rig->counters().late_frames, 0U);
  EXPECT_EQ(rig->counters().retimed, 0U);
  for (const Sent& sent : rig.sent()) EXPECT_EQ(sent.lateness, Duration());
}

// Aim: audio_left() is the time until all has been heard, so that a farewell is not cut off.
// Method: a burst with a part frame; the carrier holds the lead.
TEST(AudioStreamer, AudioLeftCountsTheCarriersLead) {
  Rig rig;
  EXPECT_EQ(rig->audio_left(rig.now()), Duration());
  rig.app_frames(0, 10);
  EXPECT_EQ(rig->audio_left(rig.now()), Duration::ms(200));
  rig.drain();
  EXPECT_EQ(rig->audio_left(rig.now()), Duration::ms(200));
  rig.app(Frame(10, 0x20));
  EXPECT_EQ(rig->audio_left(rig.now()), Duration::ms(220));
  rig->end_burst(rig.now());
  rig.run(Duration::ms(130));
  EXPECT_FALSE(rig->drained());
  rig.run(Duration::ms(20));
  EXPECT_TRUE(rig->drained()) << "the carrier has the rest";
  EXPECT_EQ(rig->audio_left(rig.now()), Duration::ms(70));
  rig.run(Duration::ms(70));
  EXPECT_EQ(rig->audio_left(rig.now()), Duration());
}

// Aim: a message that proves bad leaves nothing, whatever it was cut into, and the pace does not
// notice. Method: good and bad messages in turn, in pieces of random length.
TEST(AudioStreamer, BadMessagesLeaveNothing) {
  Rig rig;
  std::mt19937 random(5);
  uint32_t good = 0;
  for (uint32_t i = 0; i < 400; ++i) {
    const bool bad = i % 2 == 1;
    const Frame frame = loud_frame(bad ? 1'000'000 + i : good++);
    for (Bytes left = frame; !left.empty();) {
      const size_t n = 1 + random() % left.size();
      ASSERT_EQ(rig->stage(left.first(n)), Status::kOk);
      left = left.subspan(n);
    }
    if (bad) {
      rig->discard();
    } else {
      EXPECT_EQ(rig->commit(rig.now()), 1U);
    }
    rig.run(Duration::ms(10));
  }
  rig.run(Duration::seconds(1));
  ASSERT_EQ(rig.frames().size(), 200U);
  for (uint32_t i = 0; i < 200; ++i) EXPECT_EQ(rig.frames()[i], loud_frame(i));
}

// Aim: audio of our own goes between messages of an app and never into one; the message it cuts off
// is lost whole and counted. Method: write while a message is half staged.
TEST(AudioStreamer, OurAudioCutsOffAMessageInHand) {
  Rig rig;
  const Frame message = loud_frame(1);
  ASSERT_EQ(rig->stage(Bytes(message).first(50)), Status::kOk);
  ASSERT_EQ(rig->write(loud_frame(2), rig.now()), Status::kOk);
  ASSERT_EQ(rig->stage(Bytes(message).subspan(50)), Status::kOk);
  EXPECT_EQ(rig->commit(rig.now()), 0U);
  EXPECT_EQ(rig->counters().interrupted, 1U);
  rig.app(loud_frame(3));
  rig.run(Duration::seconds(1));
  EXPECT_EQ(rig.frames(), (std::vector<Frame>{loud_frame(2), loud_frame(3)}));
}

}  // namespace
}  // namespace hookflash
