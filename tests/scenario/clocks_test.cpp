// Aim: intervals run on the monotonic clock (contract section 8). Method: each timer of a call runs
// out three times in the same world, with a wall clock that stands still, one that is set years
// ahead and one that is set years back while the timer runs; everything must happen at the same
// moments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::Person;
using twilio::carrier::RestFault;

// What can be seen from outside, written down whenever it changes.
class Diary {
 public:
  explicit Diary(Duration jump, const std::string& config, const WorldOptions& options = {})
      : jump_(jump), box_(config, options), began_(box_.world.now().mono) {
    EXPECT_EQ(box_.configured, Status::kOk);
  }
  Box& box() { return box_; }
  void watch(SimApp& app) { app_ = &app; }
  // Time passes; the wall clock is set again and again.
  void run(Duration time) {
    for (Duration done; done < time; done += kStep) {
      if (done.us() % Duration::seconds(2).us() == 0) box_.world.jump_wall(jump_);
      box_.world.run(kStep);
      note();
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] size_t lines() const { return lines_; }

 private:
  static constexpr Duration kStep = Duration::ms(50);

  void note() {
    const CoreCounts counts = box_.counts();
    std::string seen = " slots " + std::to_string(counts.call_slots);
    seen += " live " + std::to_string(counts.live_calls);
    seen += " streams " + std::to_string(counts.streams);
    seen += " legs " + std::to_string(counts.app_legs);
    seen += " armed " + std::to_string(counts.deadlines);
    seen += " rest " + std::to_string(box_.world.twilio().rest_requests());
    seen += " finished " + std::to_string(box_.appliance.calls().history().size());
    if (app_ != nullptr) {
      seen += " dials " + std::to_string(app_->dials());
      for (const auto& session : app_->sessions()) seen += " m" + std::to_string(session->marks);
    }
    if (seen == last_) return;
    last_ = seen;
    ++lines_;
    text_ += std::to_string((box_.world.now().mono - began_).ms()) + seen + "\n";
  }

  Duration jump_;
  Box box_;
  SimApp* app_ = nullptr;
  Instant began_;
  std::string last_;
  std::string text_;
  size_t lines_ = 0;
};

// `play` returns what it wrote down.
void expect_the_same(const std::function<std::string(Duration jump)>& play) {
  const std::string still = play(Duration());
  EXPECT_EQ(play(Duration::seconds(400 * 86'400)), still) << "set ahead";
  EXPECT_EQ(play(-Duration::seconds(400 * 86'400)), still) << "set back";
}

std::string place_body(const std::string& more = R"("mode":"conversation")") {
  return R"({"to":"+15557654321",)" + more + "}";
}

// B-TMR-1: the dial's deadline, and the ring timer of a call whose reports are all lost.
TEST(Clocks, DialAndRing) {
  expect_the_same([](Duration jump) {
    WorldOptions options;
    options.twilio = example_account();
    options.twilio.create = {.what = RestFault::What::kSilent, .permille = 1000};
    Diary diary(jump, api_config(), options);
    const auto answer = post_later(diary.box(), "/call/outbound", place_body());
    diary.run(Duration::seconds(12));
    EXPECT_EQ(answer->status, 504);
    EXPECT_EQ(diary.box().counts().call_slots, 0U);
    return diary.text();
  });
  expect_the_same([](Duration jump) {
    Diary diary(jump, api_config(R"(,"ringTimeoutMs":5000)"));
    diary.box().world.twilio().set_callee([](std::string_view) {
      Person person;
      person.answer = Person::Answer::kNever;
      person.faults.callbacks_lost_permille = 1000;
      return person;
    });
    const auto answer = post_later(diary.box(), "/call/outbound", place_body());
    diary.run(Duration::seconds(10));
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(diary.box().counts().live_calls, 1U);
    diary.run(Duration::seconds(20));
    EXPECT_EQ(diary.box().counts().call_slots, 0U) << "5 s and 15 s";
    return diary.text();
  });
}

// B-TMR-1: max duration with its warning, then the back-off of a hang-up that the carrier does not
// take.
TEST(Clocks, MaxDurationAndHangupRetry) {
  expect_the_same([](Duration jump) {
    Diary diary(jump, box_config(R"(,"maxDurationSeconds":40)"));
    diary.box().world.inbound_call("+15551234567");
    diary.run(Duration::seconds(5));
    auto& settings = diary.box().world.twilio().carrier().settings();
    settings.update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 500};
    settings.read = settings.update;
    diary.run(Duration::seconds(25));
    EXPECT_EQ(lines_with(diary.box(), "call ends in 30 s"), 1U);
    diary.run(Duration::seconds(50));
    EXPECT_EQ(diary.box().counts().live_calls, 1U);
    EXPECT_GE(diary.box().world.twilio().rest_requests(), 10U);
    settings.update = settings.read = {};
    diary.run(Duration::seconds(40));
    EXPECT_EQ(diary.box().last().end_reason, EndReason::kTimeout);
    return diary.text();
  });
}

// B-TMR-1: the reaper.
TEST(Clocks, Reaper) {
  expect_the_same([](Duration jump) {
    Diary diary(jump, box_config(R"(,"maxDurationSeconds":3600,"staleCallReaperSeconds":60)"));
    diary.box().world.inbound_call("+15551234567");
    diary.run(Duration::seconds(58));
    EXPECT_EQ(diary.box().counts().live_calls, 1U);
    diary.run(Duration::seconds(40));
    EXPECT_EQ(diary.box().counts().call_slots, 0U);
    return diary.text();
  });
}

// B-TMR-1: what a stream has: its time to start, the time without a frame, the grace after a loss;
// and a mark that the carrier never echoes.
TEST(Clocks, Streams) {
  expect_the_same([](Duration jump) {
    Diary diary(
        jump,
        box_config(
            R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})"));
    Box& box = diary.box();
    diary.watch(box.world.add_app("bot.example.com",
                                  {.kind = AppBehaviour::Kind::kTalker, .utterances = 2}));
    EXPECT_EQ(ring(box), 200);
    const auto mute = RawStream::open(box.world);
    diary.run(Duration::seconds(6));
    EXPECT_EQ(mute->close_code, 1008U) << "no start";
    const auto stream = RawStream::open(box.world);
    diary.run(Duration::ms(200));
    stream->start(kRawCallSid, token_of(box));  // Echoes no mark and sends no frame.
    diary.run(Duration::seconds(29));
    EXPECT_FALSE(stream->is_closed);
    diary.run(Duration::seconds(8));
    EXPECT_TRUE(stream->is_closed);
    diary.run(Duration::seconds(10));
    EXPECT_EQ(box.counts().call_slots, 0U);
    EXPECT_GE(diary.lines(), 10U);
    return diary.text();
  });
}

// B-TMR-1: a lost app is dialled again at its moments, and one that says nothing is lost by its
// missing pongs.
TEST(Clocks, AppLegs) {
  expect_the_same([](Duration jump) {
    Diary diary(
        jump,
        box_config(
            R"(,"app":"bot","apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/"}})"));
    SimApp& app = diary.box().world.add_app(
        "bot.example.com",
        {.freezes_after = Duration::seconds(5), .freezes_for = Duration::seconds(60)});
    diary.watch(app);
    diary.box().world.inbound_call("+15551234567");
    diary.run(Duration::seconds(10));
    app.behaviour() = {.unreachable = true};
    diary.run(Duration::seconds(60));
    EXPECT_GE(app.dials(), 4U);
    EXPECT_EQ(diary.box().counts().call_slots, 0U);
    return diary.text();
  });
}

// B-TMR-1: a turn that hears nothing, and a notify call whose end is lost.
TEST(Clocks, TurnsAndNotify) {
  expect_the_same([](Duration jump) {
    Diary diary(jump, api_config(R"(,"streaming":{"enabled":false},"transcriptTimeoutMs":10000)"));
    const auto placed = post_later(diary.box(), "/api/v1/calls", place_body());
    diary.run(Duration::seconds(6));
    EXPECT_EQ(placed->status, 201);
    const auto turn = post_later(diary.box(), "/api/v1/calls/" + call_id_of(*placed) + "/turn",
                                 R"({"text":"Hello?"})");
    diary.run(Duration::seconds(20));
    EXPECT_EQ(turn->status, 504) << turn->body;
    return diary.text();
  });
  expect_the_same([](Duration jump) {
    Diary diary(jump, api_config());
    const auto placed = post_later(diary.box(), "/call/outbound",
                                   place_body(R"("mode":"notify","message":"Short")"));
    diary.run(Duration::seconds(4));
    EXPECT_EQ(placed->status, 201);
    diary.box().world.twilio().reachable(false);
    diary.run(Duration::seconds(30));
    EXPECT_EQ(lines_with(diary.box(), "notify message did not end in time"), 1U);
    return diary.text();
  });
}

// B-TMR-1: a stream's token is good for as long as it was meant to be, whatever the wall says.
TEST(Clocks, Tokens) {
  for (const Duration jump : {Duration::seconds(400 * 86'400), -Duration::seconds(400 * 86'400)}) {
    Box box;
    ASSERT_EQ(ring(box), 200);
    const std::string token = token_of(box);
    box.world.jump_wall(jump);
    const auto stream = RawStream::open(box.world);
    box.world.run(Duration::ms(200));
    stream->start(kRawCallSid, token);
    box.world.run(Duration::ms(200));
    EXPECT_TRUE(stream->is_open);
  }
}

}  // namespace
}  // namespace hookflash::sim
