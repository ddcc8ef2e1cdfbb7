// Aim: one app or carrier that sends without end, or never reads, disturbs nobody. Method: such
// apps and streams beside a well-behaved call of the real appliance in virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"

namespace hookflash::sim {
namespace {

using ::testing::IsEmpty;

// Two apps, chosen by the number that is dialled; `more` into the outer object.
std::string two_apps(const std::string& more = "") {
  return R"({"publicUrl":"https://box.example.com","inboundPolicy":"open","apps":{)"
         R"("bad":{"protocol":"twilio","url":"wss://bad.example.com/"},)"
         R"("good":{"protocol":"twilio","url":"wss://good.example.com/"}},"app":"good",)"
         R"("numbers":{"+15550001001":{"app":"bad"}})" +
         more + R"(,"lines":[{"id":"main","provider":"twilio","accountSid":")" +
         std::string(kAccountSid) + R"(","authToken":")" + std::string(kAuthToken) +
         R"(","fromNumber":")" + std::string(kOurNumber) + "\"}]}";
}

WorldOptions two_numbers() {
  WorldOptions options;
  options.twilio = example_account();
  twilio::carrier::Number second = options.twilio.numbers[0];
  second.phone.set("+15550001001");
  CHECK(options.twilio.numbers.push(second) == Status::kOk);
  return options;
}

// B-AUD-11, B-AUD-5: an app that floods is no longer read from once its burst buffer is full, while
// its own caller's audio still goes to it and the other call hears every frame in time.
TEST(Floods, AnAppThatSendsWithoutEnd) {
  Box box(two_apps(R"(,"streaming":{"appBufferMs":1000})"), two_numbers());
  ASSERT_EQ(box.configured, Status::kOk);
  SimApp& bad = box.world.add_app("bad.example.com", {.kind = AppBehaviour::Kind::kFlooder});
  SimApp& good = box.world.add_app("good.example.com", {.kind = AppBehaviour::Kind::kEcho});
  const CallRef flooded =
      box.world.inbound_call("+15551234567", box.world.speaker(), "+15550001001");
  const CallRef calm = box.world.inbound_call("+15551234568");
  box.world.run(Duration::seconds(5));
  ASSERT_EQ(bad.open_sessions(), 1U);
  ASSERT_EQ(good.open_sessions(), 1U);
  EXPECT_EQ(lines_with(box, "burst buffer full"), 1U);
  const uint64_t told = bad.sessions()[0]->media;
  const auto before = box.world.call(calm).measures;
  const auto flooded_before = box.world.call(flooded).measures;
  box.world.run(Duration::seconds(10));
  const auto after = box.world.call(calm).measures;
  EXPECT_GE(after.frames - before.frames, 495U);
  EXPECT_EQ(after.gaps, before.gaps);
  EXPECT_GE(bad.sessions()[0]->media - told, 495U) << "its caller's audio, all the while";
  const auto flooded_after = box.world.call(flooded).measures;
  EXPECT_GE(flooded_after.frames - flooded_before.frames, 495U) << "its own audio, at the pace";
  EXPECT_LE(flooded_after.frames - flooded_before.frames, 505U);
  EXPECT_EQ(bad.open_sessions(), 1U);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-AUD-11, B-STR-8: an app that never reads loses old caller audio, counted; it holds up neither
// its own call's digits and end nor the other call.
TEST(Floods, AnAppThatNeverReads) {
  Box box(two_apps(), two_numbers());
  ASSERT_EQ(box.configured, Status::kOk);
  box.world.add_app("bad.example.com", {.kind = AppBehaviour::Kind::kNeverReads});
  box.world.add_app("good.example.com", {.kind = AppBehaviour::Kind::kEcho});
  const CallRef stuck = box.world.inbound_call("+15551234567", box.world.speaker(), "+15550001001");
  const CallRef calm = box.world.inbound_call("+15551234568");
  box.world.run(Duration::seconds(4));
  const auto before = box.world.call(calm).measures;
  box.world.run(Duration::seconds(30));
  box.world.press(stuck, "1234567");
  const auto after = box.world.call(calm).measures;
  EXPECT_GE(after.frames - before.frames, 1490U);
  EXPECT_EQ(after.gaps, before.gaps);
  box.world.hang_up(stuck);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().call_slots, 1U) << "only the calm one";
  EXPECT_EQ(box.counts().app_legs, 1U);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-STR-8: what the caller says while slow storage makes the start durable is not lost: it waits,
// and reaches the app first. Over a second of it, the newest second does. Method: the carrier's
// count of what it sent against the app's of what it got.
TEST(Floods, ASlowStartLosesNoWord) {
  for (const int storage_ms : {0, 600, 1500}) {
    Box box(two_apps(), two_numbers());
    ASSERT_EQ(box.configured, Status::kOk);
    SimApp& good = box.world.add_app("good.example.com", {.kind = AppBehaviour::Kind::kEcho});
    box.world.storage().delays(Duration::ms(storage_ms), Duration::ms(storage_ms));
    const CallRef call = box.world.inbound_call("+15551234568");
    box.world.run(Duration::seconds(12));
    ASSERT_EQ(good.sessions().size(), 1U) << storage_ms;
    const uint64_t sent = box.world.call(call).measures.frames_sent;
    const uint64_t told = good.sessions()[0]->media;
    const uint64_t lost = storage_ms > 1000 ? static_cast<uint64_t>(storage_ms - 1000) / 20 : 0;
    EXPECT_GE(told + lost + 12, sent) << storage_ms;  // The way to the app is not instant.
    EXPECT_GT(sent, 300U);
  }
}

}  // namespace
}  // namespace hookflash::sim
