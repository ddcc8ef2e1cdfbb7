// Aim: a reload changes what it may and nothing else. Method: new configurations for the real
// appliance in virtual time, with calls that began before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "box.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

size_t lines_with(const Box& box, std::string_view words) {
  size_t count = 0;
  for (const std::string& line : box.world.core_lines()) {
    if (line.find(words) != std::string::npos) ++count;
  }
  return count;
}

// B-CFG-3: a rejected configuration leaves the running one untouched and every reason is logged.
TEST(Reload, RejectedConfigurationChangesNothing) {
  Box box;
  for (const char* wrong : {R"({"inboundPolicy":"maybe","colour":1})", "{", "", "[]", "\xff"}) {
    box.world.reconfigure(wrong);
    box.world.run(Duration::seconds(120));  // The same words within a minute are one line.
  }
  EXPECT_EQ(lines_with(box, "configuration rejected"), 5U);
  EXPECT_THAT(box.world.core_lines(), Contains(HasSubstr("inboundPolicy: ")));
  EXPECT_THAT(box.world.core_lines(), Contains(HasSubstr("colour: ")));
  const CallRef call = box.world.inbound_call("+15557654321");
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(box.world.call(call).state, twilio::carrier::CallState::kInProgress);
}

// B-CFG-3: an accepted one applies to new calls only: a call lives on under its old policy and time
// limit.
TEST(Reload, LiveCallsKeepWhatTheyBeganWith) {
  Box box(box_config(R"(,"maxDurationSeconds":20)"));
  const CallRef before = box.world.inbound_call("+15557654321");
  box.world.run(Duration::seconds(3));
  ASSERT_EQ(box.counts().live_calls, 1U);
  box.world.reconfigure(R"({"publicUrl":"https://box.example.com","inboundPolicy":"disabled",)"
                        R"("maxDurationSeconds":5,"lines":[{"id":"main","provider":"twilio",)"
                        R"("accountSid":"AC00000000000000000000000000000001",)"
                        R"("authToken":"12345678901234567890123456789012",)"
                        R"("fromNumber":"+15550001000"}]})");
  ASSERT_EQ(lines_with(box, "configuration reloaded"), 1U);
  const CallRef after = box.world.inbound_call("+15557654322");
  box.world.run(Duration::seconds(10));
  EXPECT_EQ(box.world.call(before).state, twilio::carrier::CallState::kInProgress);
  EXPECT_NE(box.world.call(after).state, twilio::carrier::CallState::kInProgress);
  box.world.run(Duration::seconds(20));
  EXPECT_EQ(box.counts().live_calls, 0U);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-SIG-7: what counts is what the box is bound to, not what a new text says it would like.
TEST(Reload, SignaturesAreNotSkippedOnASocketThatIsOpenToAll) {
  Box box(box_config(R"(,"serve":{"bind":"0.0.0.0"})"));
  ASSERT_EQ(box.configured, Status::kOk);
  box.world.reconfigure(R"({"serve":{"bind":"127.0.0.1"},"skipSignatureVerification":true,)"
                        R"("lines":[{"id":"main","provider":"twilio",)"
                        R"("accountSid":"AC00000000000000000000000000000001",)"
                        R"("authToken":"12345678901234567890123456789012",)"
                        R"("fromNumber":"+15550001000"}]})");
  EXPECT_EQ(lines_with(box, "configuration rejected"), 1U);
  EXPECT_THAT(box.world.core_lines(), Contains(HasSubstr("skipSignatureVerification")));
}

// B-API-2: likewise for the API without a token.
TEST(Reload, TheApiStaysClosedOnASocketThatIsOpenToAll) {
  Box box(box_config(R"(,"serve":{"bind":"0.0.0.0"})"));
  EXPECT_EQ(box.world.get("/api/v1/calls").status, 404);
  box.world.reconfigure(R"({"serve":{"bind":"127.0.0.1"},"lines":[]})");
  EXPECT_EQ(lines_with(box, "configuration reloaded"), 1U);
  EXPECT_EQ(lines_with(box, "change at the next start"), 1U);
  EXPECT_EQ(box.world.get("/api/v1/calls").status, 404);
}

// Aim: prompts belong to the configuration they were loaded for. Method: two of them in two orders,
// one text that is rejected between.
TEST(Reload, PromptsFollowTheirApps) {
  const auto apps = [](const std::string& first, const std::string& second) {
    return box_config(R"(,"apps":{")" + first + R"(":{"protocol":"announce","file":"/)" + first +
                      R"("},")" + second + R"(":{"protocol":"announce","file":"/)" + second +
                      R"("}},"app":"one")");
  };
  const auto load = [](Box& box, size_t index, uint8_t byte) {
    const MutableBytes file = box.appliance.prompt_file(index);
    std::fill_n(file.begin(), 8000, byte);
    ASSERT_EQ(box.appliance.take_prompt(index, 8000), Status::kOk);
  };
  Box box;
  // Whether a caller hears the prompt of app "one".
  const auto plays = [&] {
    const CallRef call = box.world.inbound_call("+15557654321");
    box.world.run(Duration::seconds(6));
    const bool right = box.world.call(call).measures.frames > 10;
    box.world.hang_up(call);
    box.world.run(Duration::seconds(5));
    return right;
  };
  box.appliance.forget_prompts();
  load(box, 0, 1);
  load(box, 1, 2);
  box.world.reconfigure(apps("one", "two"));
  EXPECT_TRUE(plays());
  // Loaded for a text that is then rejected: the running ones stay.
  box.appliance.forget_prompts();
  box.world.reconfigure("{");
  EXPECT_TRUE(plays());
  // None loaded: nothing to play, whatever was there before.
  box.appliance.forget_prompts();
  box.world.reconfigure(apps("two", "one"));
  EXPECT_FALSE(plays());
}

}  // namespace
}  // namespace hookflash::sim
