#include <gtest/gtest.h>

#include <string>

#include "audio/streamer.h"
#include "stream_rig.h"

namespace hookflash {
namespace {

// --- Marks ---------------------------------------------------------------------------------------

// Aim: B-AUD-7: a mark keeps its place behind the audio before it and is reported as played when
// the carrier echoes it, once. Method: mark, frame, mark, frames, mark; echoes twice.
TEST(StreamerMarks, KeepTheirPlace) {
  Rig rig(with_lead(0));
  ASSERT_EQ(rig->put_mark("first", 1, rig.now()), Status::kOk);
  rig.app_frames(0, 2);
  ASSERT_EQ(rig->put_mark("middle", 2, rig.now()), Status::kOk);
  rig.app_frames(2, 1);
  ASSERT_EQ(rig->put_mark("last", 3, rig.now()), Status::kOk);
  rig.run(Duration::seconds(1));
  std::string order;
  for (const Sent& sent : rig.sent()) order += sent.is_mark ? 'm' : 'f';
  EXPECT_EQ(order, "mffmfm");
  EXPECT_EQ(rig.ms(rig.sent()[3].at), 20) << "at once behind its frame";
  EXPECT_TRUE(rig.reported().empty());
  for (int twice = 0; twice < 2; ++twice) {
    for (const Sent& sent : rig.sent()) {
      if (sent.is_mark) rig->on_echo(own_mark_name(sent.mark).view());
    }
  }
  rig.fetch_reports();
  ASSERT_EQ(rig.reported().size(), 3U);
  EXPECT_EQ(rig.reported()[0].name, "first");
  EXPECT_EQ(rig.reported()[1].name, "middle");
  EXPECT_EQ(rig.reported()[2].name, "last");
  EXPECT_EQ(rig.reported()[2].tag, 3);
  EXPECT_EQ(rig.reported()[2].outcome, MarkOutcome::kPlayed);
  EXPECT_EQ(rig->counters().marks_played, 3U);
  EXPECT_EQ(rig->counters().stray_echoes, 3U);
}

// Aim: B-AUD-7: the place holds in a long burst, where the numbers of frames wrap.
// Method: a mark behind each of 120 frames that wait together.
TEST(StreamerMarks, KeepTheirPlaceAcrossTheWrap) {
  Rig rig(with_lead(0));
  for (uint32_t i = 0; i < 120; ++i) {
    rig.app_frames(i, 1);
    ASSERT_EQ(rig->put_mark("m", 0, rig.now()), Status::kOk);
  }
  rig.run(Duration::seconds(3));
  ASSERT_EQ(rig.sent().size(), 240U);
  for (size_t i = 0; i < 240; ++i) EXPECT_EQ(rig.sent()[i].is_mark, i % 2 == 1) << i;
}

// Aim: B-AUD-7: without an echo a mark is timed out 2 s after the audio that was left when it was
// sent. Method: a burst with lead 60, so that the carrier still has 80 ms to play behind its last
// frame.
TEST(StreamerMarks, TimeOutAfterTheAudioLeftAndTwoSeconds) {
  Rig rig;
  rig.app_frames(0, 10);
  ASSERT_EQ(rig->put_mark("lost", 9, rig.now()), Status::kOk);
  rig.run(Duration::ms(120));
  ASSERT_TRUE(rig.sent().back().is_mark);
  EXPECT_EQ(rig.ms(rig.sent().back().at), 120) << "with the last frame, 60 ms ahead of its time";
  rig.run(Duration::ms(200 + 2000 - 120) - Duration::us(1));
  EXPECT_TRUE(rig.reported().empty());
  rig.run(Duration::us(1));
  ASSERT_EQ(rig.reported().size(), 1U);
  EXPECT_EQ(rig.reported()[0].outcome, MarkOutcome::kTimedOut);
  EXPECT_EQ(rig.reported()[0].tag, 9);
  EXPECT_EQ(rig->counters().marks_timed_out, 1U);
  rig->on_echo(rig.sent().back().mark);
  rig.fetch_reports();
  EXPECT_EQ(rig.reported().size(), 1U) << "a late echo does nothing";
  EXPECT_EQ(rig->counters().marks_played, 0U);
}

// Aim: B-AUD-7: own names never repeat on a stream although the app uses one name; a late echo of a
// cleared mark does not pass for the new one. Method: mark, clear, mark of the same name, old echo.
TEST(StreamerMarks, OwnNamesNeverRepeat) {
  Rig rig;
  ASSERT_EQ(rig->put_mark("same", 0, rig.now()), Status::kOk);
  rig.drain();
  rig->clear(By::kApp, rig.now());
  ASSERT_EQ(rig->put_mark("same", 0, rig.now()), Status::kOk);
  rig.drain();
  ASSERT_EQ(rig.sent().size(), 2U);
  EXPECT_NE(rig.sent()[0].mark, rig.sent()[1].mark);
  rig->on_echo(rig.sent()[0].mark);
  rig.fetch_reports();
  ASSERT_EQ(rig.reported().size(), 1U);
  EXPECT_EQ(rig.reported()[0].outcome, MarkOutcome::kCleared);
  rig->on_echo(rig.sent()[1].mark);
  rig.fetch_reports();
  ASSERT_EQ(rig.reported().size(), 2U);
  EXPECT_EQ(rig.reported()[1].outcome, MarkOutcome::kPlayed);
}

// Aim: B-AUD-7: with 512 marks open reading pauses, until half of them have ended; none is lost.
// Names over 64 bytes are refused and counted. Method: 512 marks behind a frame, echoes one by one.
TEST(StreamerMarks, FiveHundredAndTwelveOpenMarksPauseReading) {
  Rig rig;
  rig->hold(true, rig.now());
  rig.app_frames(0, 1);
  EXPECT_EQ(rig->put_mark(std::string(65, 'x'), 0, rig.now()), Status::kTooLarge);
  EXPECT_EQ(rig->counters().marks_refused, 1U);
  for (int i = 0; i < 512; ++i) {
    EXPECT_TRUE(rig->wants_input());
    ASSERT_EQ(rig->put_mark(std::string(64, 'x'), 0, rig.now()), Status::kOk);
  }
  EXPECT_EQ(rig->open_marks(), 512U);
  EXPECT_FALSE(rig->wants_input());
  EXPECT_EQ(rig->counters().marks_full, 1U);
  ASSERT_EQ(rig->put_mark("in hand", 0, rig.now()), Status::kOk);
  rig->hold(false, rig.now());
  rig.drain();
  ASSERT_EQ(rig.sent().size(), 514U);
  for (size_t i = 1; i < rig.sent().size(); ++i) {
    EXPECT_EQ(rig->wants_input(), rig->open_marks() <= 256);
    rig->on_echo(rig.sent()[i].mark);
    rig.fetch_reports();
  }
  EXPECT_EQ(rig.reported().size(), 513U);
  EXPECT_EQ(rig.reported().back().name, "in hand");
  EXPECT_TRUE(rig->wants_input());
}

// --- Clear ---------------------------------------------------------------------------------------

// Aim: B-AUD-6: clear empties queue and burst buffer in one step and says how many frames went;
// nothing of them leaves; a waiting enqueue fails with `cleared`; open marks end at once, in order
// (B-AUD-7). Method: queue, burst buffer, part frame, sent and queued marks and a waiter all at
// once.
TEST(StreamerClear, EmptiesEverythingAtOnce) {
  Rig rig;
  ASSERT_EQ(rig->put_mark("sent", 0, rig.now()), Status::kOk);
  rig.app_frames(0, 200);
  ASSERT_EQ(rig->put_mark("queued", 0, rig.now()), Status::kOk);
  rig.app_frames(200, 100);
  rig.app(Frame(10, 0x20));
  rig.drain();
  const size_t before = rig.frames().size();
  EXPECT_EQ(before, 4U);
  ASSERT_EQ(rig->offer(loud_frame(1), rig.now()), Status::kFull);

  EXPECT_EQ(rig->clear(By::kApp, rig.now()), 297U);  // 296 and the part frame.
  rig.fetch_reports();
  ASSERT_EQ(rig.reported().size(), 2U);
  EXPECT_EQ(rig.reported()[0].name, "sent");
  EXPECT_EQ(rig.reported()[0].outcome, MarkOutcome::kCleared);
  EXPECT_EQ(rig.reported()[1].name, "queued");
  EXPECT_EQ(rig->offer_wait(rig.now()), OfferWait::kCleared);
  EXPECT_EQ(rig->queue_depth() + rig->burst_depth(), 0U);
  EXPECT_TRUE(rig->drained());
  EXPECT_EQ(rig->deadline(), Instant::max());
  rig.run(Duration::seconds(3));
  EXPECT_EQ(rig.frames().size(), before);
  EXPECT_EQ(rig->counters().clears, 1U);
  EXPECT_EQ(rig->counters().cleared_frames, 297U);
  EXPECT_EQ(rig->clear(By::kApp, rig.now()), 0U);
}

// Aim: the carrier's clear takes back the lead, so the next audio leaves at once and may lead
// again. Method: clear with the lead full, then a new burst at the same instant.
TEST(StreamerClear, FreesTheLine) {
  Rig rig;
  rig.app_frames(0, 100);
  rig.drain();
  rig->clear(By::kApp, rig.now());
  EXPECT_EQ(rig->audio_left(rig.now()), Duration());
  rig.app_frames(500, 100);
  rig.run(Duration::ms(20));
  ASSERT_EQ(rig.frames().size(), 4U + 5U);
  EXPECT_EQ(rig.frames()[4], loud_frame(500));
}

// Aim: B-AUD-6: after the app's own clear nothing is discarded: the order on its socket decides.
// Method: the next frame comes at once.
TEST(StreamerClear, OfTheAppDropsNothingAfterwards) {
  Rig rig;
  rig.app_frames(0, 10);
  rig.drain();
  rig->clear(By::kApp, rig.now());
  rig.app_frames(10, 1);
  rig.run(Duration::ms(20));
  EXPECT_EQ(rig.frames().back(), loud_frame(10));
  EXPECT_EQ(rig->counters().late_dropped, 0U);
}

// Aim: B-AUD-6: after a clear of ours late frames of the old burst are discarded and counted, until
// the app's next mark, its next clear, or a gap of 200 ms; what we say ourselves plays meanwhile.
// Method: each of the three ends, and a gap of one microsecond less.
TEST(StreamerClear, OfOursDropsLateFramesOfTheOldBurst) {
  enum class End { kMark, kClear, kGap };
  for (const End end : {End::kMark, End::kClear, End::kGap}) {
    Rig rig;
    rig.app_frames(0, 10);
    rig.drain();
    rig->clear(By::kOurs, rig.now());
    const size_t before = rig.frames().size();
    for (uint32_t i = 0; i < 5; ++i) {
      rig.app_frames(100 + i, 1);
      rig.run(Duration::ms(20));
    }
    rig.run(Duration::ms(180) - Duration::us(1));
    rig.app_frames(105, 1);
    rig.run(Duration::ms(1));
    EXPECT_EQ(rig.frames().size(), before);
    EXPECT_EQ(rig->counters().late_dropped, 6U);

    ASSERT_EQ(rig->write(loud_frame(900), rig.now()), Status::kOk);
    ASSERT_EQ(rig->put_mark("ours", 0, rig.now(), By::kOurs), Status::kOk);
    rig.app_frames(106, 1);
    rig.drain();
    EXPECT_EQ(rig.frames().size(), before + 1);
    EXPECT_EQ(rig.frames().back(), loud_frame(900));
    EXPECT_EQ(rig->counters().late_dropped, 7U);

    switch (end) {
      case End::kMark: ASSERT_EQ(rig->put_mark("next", 0, rig.now()), Status::kOk); break;
      case End::kClear: rig->clear(By::kApp, rig.now()); break;
      case End::kGap: rig.run(Duration::ms(200)); break;
    }
    rig.app_frames(200, 2);
    rig.run(Duration::ms(100));
    EXPECT_EQ(rig.frames().size(), before + 3);
    EXPECT_EQ(rig.frames().back(), loud_frame(201));
    EXPECT_EQ(rig->counters().late_dropped, 7U);
  }
}

// Aim: a clear in the middle of a message drops that message too, and the next one is whole again.
// Method: stage half, clear, stage the rest, commit.
TEST(StreamerClear, CutsOffAMessageInHand) {
  Rig rig;
  const Frame message = loud_frame(1);
  ASSERT_EQ(rig->stage(Bytes(message).first(100)), Status::kOk);
  rig->clear(By::kApp, rig.now());
  ASSERT_EQ(rig->stage(Bytes(message).subspan(100)), Status::kOk);
  EXPECT_EQ(rig->commit(rig.now()), 0U);
  EXPECT_EQ(rig->counters().interrupted, 1U);
  rig.app(loud_frame(2));
  rig.run(Duration::ms(500));
  EXPECT_EQ(rig.frames(), (std::vector<Frame>{loud_frame(2)}));
}

}  // namespace
}  // namespace hookflash
