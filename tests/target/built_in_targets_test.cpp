#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "target/targets.h"
#include "target_world.h"

namespace hookflash {
namespace {

using testing::World;

Duration ms(int64_t n) { return Duration::ms(n); }
Duration s(int64_t n) { return Duration::seconds(n); }

// --- Echo (B-APP-1)
// ---------------------------------------------------------------------------------

// Aim: one frame in is one frame out, in the same turn, unchanged. Method: 50 frames at their pace.
TEST(EchoTarget, SendsEachFrameBackAtOnce) {
  World world;
  world.open_echo();
  EXPECT_EQ(world.count("ready"), 1U);
  std::string sent;
  for (int i = 0; i < 50; ++i) {
    const std::string frame(160, static_cast<char>('a' + i % 26));
    world.caller_says(frame);
    sent += frame;
    EXPECT_EQ(world.played, sent);
    EXPECT_EQ(world.played_at.back(), world.now().mono);
    world.run(ms(20));
  }
  EXPECT_EQ(world.streamer.counters().underruns, 0U);
  EXPECT_TRUE(world.dials.empty());
  EXPECT_EQ(world.place.get()->deadline(), Instant::max());
}

// Aim: frames that waited before the target was there are echoed first. Method: two of them.
TEST(EchoTarget, EchoesWhatWaited) {
  World world;
  const std::string two(320, 'w');
  world.caller.write(testing::bytes_of(two), world.now().mono);
  world.open_echo();
  world.run(s(1));
  EXPECT_EQ(world.played, two);
}

// Aim: nothing is kept back or lost without a count when the streamer takes nothing.
// Method: a stopped streamer.
TEST(EchoTarget, CountsWhatFindsNoRoom) {
  World world;
  world.open_echo();
  world.streamer.stop();
  world.caller_talks(3);
  EXPECT_EQ(world.counters.audio_refused, 3U);
  EXPECT_EQ(world.caller.depth(), 0U);
}

// Aim: after the end the caller is not heard. Method: frames after call_ending().
TEST(EchoTarget, EndsAtOnce) {
  World world;
  world.open_echo();
  EXPECT_TRUE(world.end("hangup-user"));
  EXPECT_TRUE(world.end("hangup-user"));
  world.caller_talks(2);
  EXPECT_TRUE(world.played.empty());
  EXPECT_FALSE(world.place.get()->ready());
}

// --- Announcement (B-APP-1, B-APP-6)
// ----------------------------------------------------------------

// Aim: the prompt is played once, to its last byte, and the session is told once that it may hang
// up after that. Method: prompts of awkward lengths, shorter and longer than the queue.
TEST(AnnounceTarget, PlaysOnceAndLeaves) {
  for (const size_t length : std::vector<size_t>{1, 160, 161, 480, 799, 8000, 40'001}) {
    World world;
    std::string prompt;
    for (size_t i = 0; i < length; ++i) prompt += static_cast<char>(i * 7 % 251);
    ASSERT_EQ(world.open_announce(prompt, false), Status::kOk);
    world.run(s(10));
    EXPECT_EQ(world.count("ready"), 1U);
    EXPECT_EQ(world.count("left"), 1U) << length;
    ASSERT_GE(world.played.size(), length);
    EXPECT_EQ(world.played.substr(0, length), prompt) << length;
    EXPECT_EQ(world.played.substr(length), std::string((160 - length % 160) % 160, '\xff'));
    EXPECT_EQ(world.streamer.counters().underruns, 0U);
    EXPECT_LE(world.since(world.played_at.back()), ms(20) * static_cast<int64_t>(length / 160));
    EXPECT_TRUE(world.streamer.drained());
    EXPECT_FALSE(world.place.get()->ready());
  }
}

// Aim: silence inside a prompt is played, not taken for a delay to work off (B-AUD-12).
// Method: 5 s of it.
TEST(AnnounceTarget, PlaysSilence) {
  World world;
  const std::string prompt(40'000, '\xff');
  ASSERT_EQ(world.open_announce(prompt, false), Status::kOk);
  world.run(s(10));
  EXPECT_EQ(world.played, prompt);
  EXPECT_EQ(world.streamer.counters().standing_dropped, 0U);
}

// Aim: a loop goes on without a gap or padding until the call ends, and waits while the carrier has
// no stream. Method: a prompt that is no whole number of frames.
TEST(AnnounceTarget, Loops) {
  World world;
  std::string prompt;
  for (int i = 0; i < 250; ++i) prompt += static_cast<char>(i);
  ASSERT_EQ(world.open_announce(prompt, true), Status::kOk);
  world.run(s(2));
  world.streamer.hold(true, world.now().mono);
  const size_t before = world.played.size();
  world.run(s(5));
  EXPECT_EQ(world.played.size(), before);
  world.streamer.hold(false, world.now().mono);
  world.run(s(2));
  EXPECT_GE(world.played.size(), 31'000U);
  for (size_t i = 0; i < world.played.size(); ++i) {
    ASSERT_EQ(world.played[i], prompt[i % prompt.size()]) << i;
  }
  EXPECT_EQ(world.count("left"), 0U);
  world.caller_talks(2);
  EXPECT_EQ(world.caller.depth(), 0U);
  EXPECT_TRUE(world.end("timeout"));
  const size_t after = world.played.size() + 4 * 160;
  world.run(s(5));
  EXPECT_LE(world.played.size(), after);
}

// Aim: a prompt without audio is refused. Method: an empty one.
TEST(AnnounceTarget, RefusesNothing) {
  World world;
  EXPECT_EQ(world.open_announce("", false), Status::kInvalid);
  EXPECT_EQ(world.place.get(), nullptr);
}

// --- Tone (B-APP-1)
// ---------------------------------------------------------------------------------

// Aim: the tone of the parameters is played at pace, cadence included, and nothing of it is left
// out. Method: 12 s against the generator's own output.
TEST(ToneTarget, PlaysTheToneInItsCadence) {
  World world;
  const Result<ToneSpec> spec = tone_from({});
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->hz, 440);
  EXPECT_EQ(spec->second_hz, 480);
  EXPECT_EQ(spec->on, s(2));
  EXPECT_EQ(spec->off, s(4));
  world.open_tone(*spec);
  world.run(s(12));
  EXPECT_GE(world.played.size(), 12U * 8000);
  EXPECT_LE(world.played.size(), 12U * 8000 + 4 * 160);
  ToneGenerator generator;
  generator.start(*spec);
  std::vector<uint8_t> expected(world.played.size());
  generator.fill(expected);
  EXPECT_EQ(world.played, std::string(expected.begin(), expected.end()));
  EXPECT_TRUE(world.end("hangup-user"));
}

// Aim: named tones, single numbers, and refusal of everything else. Method: a table.
TEST(ToneTarget, ReadsItsParameters) {
  const auto read = [](std::vector<TargetParameter> parameters) { return tone_from(parameters); };
  EXPECT_EQ(read({{"tone", "busy"}})->second_hz, 620);
  EXPECT_EQ(read({{"tone", "busy"}})->off, ms(500));
  EXPECT_EQ(read({{"tone", "dial"}})->hz, 350);
  EXPECT_EQ(read({{"hz", "1000"}, {"tone", "plain"}, {"onMs", "200"}, {"offMs", "300"}})->hz, 1000);
  EXPECT_EQ(read({{"tone", "plain"}, {"offMs", "300"}})->off, ms(300));
  EXPECT_EQ(read({{"secondHz", "0"}})->second_hz, 0);
  const std::vector<TargetParameter> bad = {
      {"tone", "siren"}, {"tone", ""},      {"hz", "4000"},       {"hz", "-1"},    {"hz", ""},
      {"hz", "1e3"},     {"onMs", "60001"}, {"offMs", "9999999"}, {"volume", "1"}, {"", "1"}};
  for (const TargetParameter& parameter : bad) {
    EXPECT_EQ(read({parameter}).status(), Status::kInvalid) << parameter.name << parameter.value;
  }
}

// --- The place
// --------------------------------------------------------------------------------------

// Aim: a place is all zero bytes until a target lives in it, so that slots cost nothing in the
// binary. Method: it can be made at compile time, and its bytes are looked at.
constinit TargetPlace zero_place;
TEST(TargetPlace, IsZeroWhenEmpty) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&zero_place);
  for (size_t i = 0; i < sizeof zero_place; ++i) ASSERT_EQ(bytes[i], 0) << i;
  EXPECT_LE(sizeof(TargetPlace), 8U * 1024);
}

// Aim: opening another target closes the one before, and the caller's audio goes on to the new one.
// Method: an app, then its fallback, then the echo.
TEST(TargetPlace, HoldsOneTargetAtATime) {
  World world;
  ASSERT_EQ(world.open_app(), Status::kOk);
  world.caller_talks(1);
  ASSERT_EQ(world.open_announce(std::string(160, 'p'), false), Status::kOk);
  EXPECT_EQ(world.heard("stop").size(), 1U);
  EXPECT_EQ(world.closings.size(), 1U);
  world.open_echo();
  world.caller_says(std::string(160, 'e'));
  world.run(s(1));
  EXPECT_EQ(world.played, std::string(160, 'p') + std::string(160, 'e'));
  world.close();
  world.close();
  EXPECT_EQ(world.place.get(), nullptr);
  EXPECT_FALSE(world.caller.app_reads());
}

}  // namespace
}  // namespace hookflash
