#include "providers/twilio/carrier/playout.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "providers/twilio/carrier/echo_trace.h"
#include "providers/twilio/carrier/speech.h"
#include "providers/twilio/carrier/spread.h"

namespace hookflash::twilio::carrier {
namespace {

constexpr Instant kStart = Instant::from_us(1'000'000);

size_t played_by(Playout& playout, Instant now) {
  size_t bytes = 0;
  Instant at;
  Bytes piece;
  while (playout.take_played(now, at, piece)) bytes += piece.size();
  return bytes;
}

// Aim: audio plays in real time from its arrival and not faster. Method: look at several moments,
// over the wrap of the ring.
TEST(Playout, PlaysInRealTime) {
  auto playout = std::make_unique<Playout>();
  Instant now = kStart;
  size_t sent = 0;
  size_t played = 0;
  const std::vector<uint8_t> frame(160, 0x55);
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(playout->push(frame, now), 0U);
    sent += 160;
    now = now + Duration::ms(20);
    played += played_by(*playout, now);
    EXPECT_EQ(played, sent);
    EXPECT_TRUE(playout->empty());
  }
  EXPECT_EQ(playout->push(std::vector<uint8_t>(800, 1), now), 0U);
  EXPECT_EQ(playout->ahead(now), Duration::ms(100));
  EXPECT_EQ(played_by(*playout, now + Duration::ms(30)), 240U);
  EXPECT_EQ(playout->ahead(now + Duration::ms(30)), Duration::ms(70));
  EXPECT_EQ(played_by(*playout, now + Duration::seconds(1)), 560U);
}

// Aim: a mark comes back exactly when the audio before it has been played, at once when none is,
// and at once at a clear, in order. Method: all three.
TEST(Playout, EchoesMarksInTheirPlace) {
  auto playout = std::make_unique<Playout>();
  std::string_view name;
  ASSERT_TRUE(playout->mark("first"));
  EXPECT_TRUE(playout->take_mark(name));
  EXPECT_EQ(name, "first");
  playout->push(std::vector<uint8_t>(800, 1), kStart);
  ASSERT_TRUE(playout->mark("middle"));
  playout->push(std::vector<uint8_t>(800, 1), kStart);
  ASSERT_TRUE(playout->mark("end"));
  EXPECT_FALSE(playout->take_mark(name));
  EXPECT_EQ(playout->next_mark_at(), kStart + Duration::ms(100));
  played_by(*playout, kStart + Duration::us(99'999));
  EXPECT_FALSE(playout->take_mark(name));
  played_by(*playout, kStart + Duration::ms(100));
  ASSERT_TRUE(playout->take_mark(name));
  EXPECT_EQ(name, "middle");
  EXPECT_FALSE(playout->take_mark(name));
  ASSERT_TRUE(playout->mark("last"));
  EXPECT_EQ(playout->clear(kStart + Duration::ms(100)), 800U);
  ASSERT_TRUE(playout->take_mark(name));
  EXPECT_EQ(name, "end");
  ASSERT_TRUE(playout->take_mark(name));
  EXPECT_EQ(name, "last");
  EXPECT_EQ(playout->next_mark_at(), Instant::max());
}

// Aim: what does not fit is counted, never written past the end. Method: more than the buffer, too
// many and too long marks.
TEST(Playout, KeepsItsLimits) {
  auto playout = std::make_unique<Playout>();
  EXPECT_EQ(playout->push(std::vector<uint8_t>(Playout::kBytesMax + 7, 1), kStart), 7U);
  EXPECT_EQ(playout->push(std::vector<uint8_t>(1, 1), kStart), 1U);
  EXPECT_FALSE(playout->mark(std::string(Playout::kMarkBytesMax + 1, 'x')));
  for (size_t i = 0; i < Playout::kMarksMax; ++i) EXPECT_TRUE(playout->mark("x"));
  EXPECT_FALSE(playout->mark("x"));
}

// Aim: percentiles are never below the truth nor above the longest. Method: known values.
TEST(Spread, GivesPercentiles) {
  Spread spread;
  EXPECT_EQ(spread.percentile(500), Duration());
  for (int ms = 1; ms <= 100; ++ms) spread.add(Duration::ms(ms));
  EXPECT_EQ(spread.total(), 100U);
  EXPECT_GE(spread.percentile(500), Duration::ms(50));
  EXPECT_LE(spread.percentile(500), Duration::ms(55));
  EXPECT_EQ(spread.percentile(1000), Duration::ms(100));
  EXPECT_EQ(spread.longest(), Duration::ms(100));
  EXPECT_EQ(spread.mean(), Duration::us(50'500));
  spread.add(Duration::seconds(5));
  spread.add(Duration::us(-3));
  EXPECT_EQ(spread.percentile(1000), Duration::seconds(5));
}

// Aim: a frame of the generated speech is recognised when it comes back, others are not. Method:
// send all loud frames, get them back late, and once more.
TEST(EchoTrace, MeasuresTheWayOfEachFrame) {
  const auto speech = std::make_unique<GeneratedSpeech>();
  auto trace = std::make_unique<EchoTrace>();
  const Bytes all = speech->mulaw();
  size_t loud = 0;
  size_t found = 0;
  for (size_t at = 0; at + 160 <= all.size(); at += 160) {
    const Bytes frame = all.subspan(at, 160);
    if (!is_loud(frame)) continue;
    ++loud;
    trace->sent(frame, kStart);
    if (trace->received(frame, kStart + Duration::ms(42)) == Duration::ms(42)) ++found;
    EXPECT_LT(trace->received(frame, kStart), Duration()) << "counted twice";
  }
  EXPECT_EQ(found, loud);
  EXPECT_GT(loud, 200U);
  EXPECT_LT(loud, 400U) << "there are pauses";
}

}  // namespace
}  // namespace hookflash::twilio::carrier
