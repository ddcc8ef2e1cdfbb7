#include "audio/caller_audio.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "stream_rig.h"

namespace hookflash {
namespace {

constexpr Duration kFrameTime = limits::kFrameTime;

struct Caller : testing::Test {
  std::unique_ptr<CallerAudio> audio = std::make_unique<CallerAudio>();
  Instant now = Instant::from_us((int64_t{3} << 32) - 50'000);
  std::vector<Frame> got;

  void carrier(Bytes payload) {
    ASSERT_EQ(audio->stage(payload, now), Status::kOk);
    audio->commit(now);
  }
  void send(uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) carrier(loud_frame(first + i));
  }
  // The app takes at most so many frames.
  void take(size_t most = 1000) {
    Bytes frame;
    while (most-- > 0 && audio->next(frame, now)) got.emplace_back(frame.begin(), frame.end());
  }
};

// Aim: while the app reads each frame leaves at once. Method: frame in, frame out, at the same
// instant.
TEST_F(Caller, FrameLeavesAtOnceWhileTheAppReads) {
  audio->set_app_reads(true, now);
  for (uint32_t i = 0; i < 100; ++i) {
    send(i, 1);
    take();
    ASSERT_EQ(got.size(), i + 1);
    EXPECT_EQ(got.back(), loud_frame(i));
    now = now + kFrameTime;
  }
  EXPECT_EQ(audio->counters().frames, 100U);
  EXPECT_EQ(audio->counters().slow_app, 0U);
  EXPECT_EQ(audio->depth(), 0U);
}

// Aim: B-STR-8: before the app is ready, and while it is slow, the newest 50 frames are kept; older
// ones are dropped and counted. Method: 120 frames before it reads, then 49, 50 and 51 while it
// does not.
TEST_F(Caller, NewestFiftyFramesAreKept) {
  send(0, 120);
  take();
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(audio->depth(), 50U);
  EXPECT_EQ(audio->counters().slow_app, 70U);
  audio->set_app_reads(true, now);
  take();
  ASSERT_EQ(got.size(), 50U);
  for (uint32_t i = 0; i < 50; ++i) EXPECT_EQ(got[i], loud_frame(70 + i));

  audio->set_app_reads(false, now);
  send(200, 50);
  EXPECT_EQ(audio->counters().slow_app, 70U);
  send(250, 1);
  EXPECT_EQ(audio->counters().slow_app, 71U);
  audio->set_app_reads(true, now);
  take();
  ASSERT_EQ(got.size(), 100U);
  EXPECT_EQ(got[50], loud_frame(201));
  EXPECT_EQ(got[99], loud_frame(250));
  EXPECT_EQ(audio->counters().depth_high, 51U);
}

// Aim: B-STR-10: payloads of any length are cut into 20 ms frames and lose nothing.
// Method: random lengths from 1 byte to 64 KiB in random pieces, while the app reads after each
// piece.
TEST_F(Caller, PayloadsOfAnyLengthAreCutIntoFrames) {
  std::mt19937 random(8);
  audio->set_app_reads(true, now);
  std::vector<uint8_t> all;
  for (int i = 0; i < 300; ++i) {
    const size_t longest = i % 30 == 0 ? 64 * 1024 : i % 2 == 0 ? 400 : 170;
    std::vector<uint8_t> payload(1 + random() % longest);
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
    all.insert(all.end(), payload.begin(), payload.end());
    for (Bytes left = payload; !left.empty();) {
      const size_t most = std::min<size_t>(left.size(), 768);
      const Bytes piece = left.first(1 + random() % most);
      ASSERT_EQ(audio->stage(piece, now), Status::kOk);
      take();
      left = left.subspan(piece.size());
    }
    audio->commit(now);
    take();
    now = now + Duration::ms(20);
  }
  ASSERT_EQ(got.size(), all.size() / 160);
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_TRUE(std::equal(got[i].begin(), got[i].end(),
                           all.begin() + static_cast<std::ptrdiff_t>(160 * i)));
  }
  EXPECT_EQ(audio->counters().slow_app, 0U);
  EXPECT_EQ(audio->counters().taken_bytes, all.size());
}

// Aim: the same for audio known to be good, in one call of any length. Method: write() in its loop.
TEST_F(Caller, WriteTakesAnyLength) {
  audio->set_app_reads(true, now);
  const std::vector<uint8_t> payload(100'000, 0x12);
  for (Bytes left = payload; !left.empty();) {
    left = left.subspan(audio->write(left, now));
    take();
  }
  EXPECT_EQ(got.size(), 625U);
  EXPECT_EQ(audio->write(Bytes(), now), 0U);

  audio->set_app_reads(false, now);
  for (Bytes left = payload; !left.empty();) left = left.subspan(audio->write(left, now));
  EXPECT_EQ(audio->depth(), 50U);
  EXPECT_EQ(audio->counters().slow_app, 575U);
}

// Aim: a bad message leaves nothing, also a long one. Method: discard behind a part frame; payloads
// up to a second; the next message joins the part.
TEST_F(Caller, BadMessagesLeaveNothing) {
  audio->set_app_reads(true, now);
  carrier(Bytes(loud_frame(1)).first(100));
  for (const size_t bytes : {size_t{1}, size_t{160}, size_t{8000}}) {
    ASSERT_EQ(audio->stage(std::vector<uint8_t>(bytes, 0x77), now), Status::kOk);
    audio->discard();
  }
  const Frame rest = loud_frame(1);
  carrier(Bytes(rest).subspan(100));
  take();
  EXPECT_EQ(got, (std::vector<Frame>{loud_frame(1)}));
  EXPECT_EQ(audio->counters().taken_bytes, 160U);
}

// Aim: no payload and no app can bring it out of step: an app that says it reads but takes nothing
// loses the oldest frames, counted; too long a piece is refused.
// Method: pieces of the largest size without taking anything.
TEST_F(Caller, OldestFramesMakeRoom) {
  audio->set_app_reads(true, now);
  const std::vector<uint8_t> piece(CallerAudio::kPieceBytesMax, 0x21);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(audio->stage(piece, now), Status::kOk);
  audio->commit(now);
  EXPECT_EQ(audio->depth() + audio->counters().slow_app, 500U);
  EXPECT_GE(audio->depth(), limits::kCallerFrames);
  EXPECT_EQ(audio->stage(std::vector<uint8_t>(CallerAudio::kPieceBytesMax + 1), now),
            Status::kTooLarge);
  audio->reset();
  EXPECT_EQ(audio->depth(), 0U);
  EXPECT_FALSE(audio->app_reads());
  EXPECT_EQ(audio->counters().taken_bytes, 0U);
}

// Aim: B-AUD-12 for caller audio: what an app that reads again takes at once is no standing delay,
// and nothing is left out of it. Method: silence for 2 s while the app does not read, then it
// reads.
TEST_F(Caller, CatchingUpLosesNothing) {
  audio->set_app_reads(true, now);
  for (uint32_t i = 0; i < 100; ++i, now = now + kFrameTime) {
    carrier(silent_frame(i));
    take();
  }
  audio->set_app_reads(false, now);
  for (uint32_t i = 100; i < 140; ++i, now = now + kFrameTime) carrier(silent_frame(i));
  audio->set_app_reads(true, now);
  take();
  for (uint32_t i = 140; i < 300; ++i, now = now + kFrameTime) {
    carrier(silent_frame(i));
    take();
  }
  EXPECT_EQ(got.size(), 300U);
  EXPECT_EQ(audio->counters().standing_dropped, 0U);
}

// Aim: B-AUD-12 for caller audio: an app that reads again but only at real-time rate is brought
// back to 20 ms, by silent frames only. Method: a stall of 600 ms, then one frame taken for each
// that comes, in speech with pauses; order and content of the rest are compared.
TEST_F(Caller, StandingDelayIsWorkedOffAfterTheAppReadsAgain) {
  const auto silent = [](uint32_t i) { return i % 60 >= 40; };
  const auto frame = [&](uint32_t i) { return silent(i) ? silent_frame(i) : loud_frame(i); };
  audio->set_app_reads(true, now);
  uint32_t next = 0;
  const auto run = [&](int frames, size_t takes) {
    for (int i = 0; i < frames; ++i, now = now + kFrameTime) {
      carrier(frame(next++));
      take(takes);
    }
  };
  run(100, 1);
  audio->set_app_reads(false, now);
  run(30, 0);
  EXPECT_EQ(audio->depth(), 30U);
  audio->set_app_reads(true, now);
  run(50, 1);
  EXPECT_EQ(audio->counters().standing_dropped, 0U) << "a second is needed to see that it stays";
  run(100, 1);
  EXPECT_EQ(audio->depth(), 0U);  // Each frame is taken as it comes: the one that waited is gone.
  EXPECT_EQ(audio->counters().standing_dropped, 30U);
  EXPECT_EQ(audio->counters().slow_app, 0U);
  uint32_t expected = 0;
  for (const Frame& each : got) {
    while (each != frame(expected)) {
      ASSERT_TRUE(silent(expected));
      ++expected;
    }
    ++expected;
  }
  EXPECT_EQ(expected, next);
}

constinit CallerAudio idle_caller;

// Aim: unused it is all zero bytes, and small: it is reserved for every call.
// Method: compare every byte; bound the size.
TEST(CallerAudioObject, IsZeroAndSmall) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&idle_caller);
  for (size_t i = 0; i < sizeof(idle_caller); ++i) ASSERT_EQ(bytes[i], 0) << i;
  static_assert(sizeof(CallerAudio) <= 20 * 1024);
}

}  // namespace
}  // namespace hookflash
