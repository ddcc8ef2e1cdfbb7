// Aim: the caller's digits reach the app in order, each press once (contract section 16). Method: a
// stream and webhooks that tell of the same presses and of others, towards the real appliance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Digits : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(box.configured, Status::kOk);
    app = &box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kSilent});
    ASSERT_EQ(ring(box), 200);
    stream = RawStream::open(box.world);
    box.world.run(Duration::ms(100));
    stream->start(kRawCallSid, token_of(box));
    box.world.run(Duration::ms(300));
    ASSERT_EQ(app->open_sessions(), 1U);
  }
  void by_stream(char digit) {
    stream->send(std::string(R"({"event":"dtmf","dtmf":{"track":"inbound_track","digit":")") +
                 digit + "\"}}");
    box.world.run(Duration::ms(50));
  }
  void by_webhook(const std::string& digits) {
    EXPECT_EQ(send(box, hook(std::string(kRawCallSid), "in-progress", "inbound",
                             "n=" + std::to_string(++number))
                            .with("Digits", digits))
                  .status,
              200);
    box.world.run(Duration::ms(50));
  }
  [[nodiscard]] std::string heard() const { return app->sessions()[0]->digits; }
  std::string metric(const std::string& result) {
    const std::string body =
        box.world
            .request(
                {.target = "/metrics", .headers = {std::string("Authorization: Bearer ") + kToken}})
            .body;
    const std::string name =
        R"(hookflash_dtmf_digits_total{line="main",direction="inbound",result=")" + result + "\"} ";
    const size_t at = body.find(name);
    if (at == std::string::npos) return "missing";
    return body.substr(at + name.size(), body.find('\n', at) - at - name.size());
  }

  Box box{api_config(
      R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})")};
  SimApp* app = nullptr;
  std::shared_ptr<RawStream> stream;
  int number = 0;
};

// B-DTMF-2: a press seen in stream and webhook counts once, whichever comes first; presses of the
// same key are told apart; B-DTMF-3: no log line has a digit of them.
TEST_F(Digits, StreamAndWebhookAreOne) {
  by_stream('1');
  by_stream('1');
  by_stream('2');
  by_webhook("112");
  EXPECT_EQ(heard(), "112");
  by_webhook("57");
  by_stream('5');
  by_stream('7');
  by_stream('7');
  EXPECT_EQ(heard(), "112577");
  EXPECT_EQ(metric("delivered"), "6");
  EXPECT_EQ(metric("duplicate"), "5");
  EXPECT_EQ(metric("dropped"), "0");
  for (const std::string& line : box.world.core_lines()) EXPECT_THAT(line, Not(HasSubstr("112")));
}

// B-DTMF-2: what only one of them tells counts too, and a press long ago is no twin.
TEST_F(Digits, EachWayAloneCounts) {
  by_webhook("3");
  EXPECT_EQ(heard(), "3");
  box.world.run(Duration::seconds(12));
  by_stream('3');
  by_stream('#');
  EXPECT_EQ(heard(), "33#");
  // Not a digit, and a replay of the same request: nothing.
  by_stream('x');
  const Hook once = hook(std::string(kRawCallSid), "in-progress").with("Digits", "8");
  EXPECT_EQ(send(box, once).status, 200);
  EXPECT_EQ(send(box, once).status, 200);
  box.world.run(Duration::ms(50));
  EXPECT_EQ(heard(), "33#8");
}

// B-GEN-4, B-GEN-5: more digits than a record holds are cut, and that shows in a metric.
TEST_F(Digits, TooManyAreCutAndCounted) {
  by_webhook(std::string(40, '4'));
  EXPECT_EQ(heard(), std::string(32, '4'));
  const std::string body =
      box.world
          .request(
              {.target = "/metrics", .headers = {std::string("Authorization: Bearer ") + kToken}})
          .body;
  EXPECT_THAT(body, HasSubstr("hookflash_limit_hits_total{limit=\"text_cut\"} 1"));
}

}  // namespace
}  // namespace hookflash::sim
