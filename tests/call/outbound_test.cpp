#include "call/outbound.h"

#include "config/formats.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hookflash {
namespace {

class Directory final : public OutboundDirectory {
 public:
  [[nodiscard]] std::optional<Line> line(std::string_view name) const override {
    if (none) return std::nullopt;
    if (name.empty() || name == "main") {
      return Line{.index = 0,
                  .to_number = to_number,
                  .from_number = "+15550001000",
                  .app = "echo",
                  .default_mode = mode};
    }
    if (name == "bare") return Line{.index = 1};
    if (name == "mock") return Line{.index = 2, .needs_from_number = false};
    return std::nullopt;
  }
  [[nodiscard]] bool has_app(std::string_view name) const override {
    return name == "echo" || name == "bot";
  }

  bool none = false;
  std::string_view to_number = "+15550009999";
  Mode mode = Mode::kNotify;
};

class OutboundTest : public ::testing::Test {
 protected:
  // Paths of everything found wrong.
  std::multiset<std::string> wrong(const OutboundInput& input) {
    errors_ = check_outbound(input, directory_, request_);
    std::multiset<std::string> paths;
    for (const InputError& error : errors_) {
      EXPECT_FALSE(error.message.empty());
      paths.insert(std::string(error.path));
    }
    return paths;
  }
  using Paths = std::multiset<std::string>;

  Directory directory_;
  InputErrors errors_;
  OutboundRequest request_;
};

// Aim: B-OUT-1: what is not given comes from line and configuration. Method: an empty request, then
// one with every member.
TEST_F(OutboundTest, FillsInDefaults) {
  EXPECT_EQ(wrong({}), Paths{});
  EXPECT_EQ(outcome_of(errors_), OutboundError::kNone);
  EXPECT_EQ(request_.line, 0);
  EXPECT_EQ(request_.to, "+15550009999");
  EXPECT_EQ(request_.from, "+15550001000");
  EXPECT_EQ(request_.mode, Mode::kNotify);
  EXPECT_EQ(request_.app, "echo");

  EXPECT_EQ(wrong({.to = "+442079460000",
                   .line = "mock",
                   .from = "+15557770000",
                   .mode = "conversation",
                   .message = "Guten Tag",
                   .dtmf_sequence = "1w2",
                   .app = "bot",
                   .session_key = "order 7",
                   .idempotency_key = "abc"}),
            Paths{});
  EXPECT_EQ(request_.line, 2);
  EXPECT_EQ(request_.to, "+442079460000");
  EXPECT_EQ(request_.from, "+15557770000");
  EXPECT_EQ(request_.mode, Mode::kConversation);
  EXPECT_EQ(request_.message, "Guten Tag");
  EXPECT_EQ(request_.dtmf_sequence, "1w2");
  EXPECT_EQ(request_.app, "bot");
  EXPECT_EQ(request_.session_key, "order 7");
  EXPECT_EQ(request_.idempotency_key, "abc");
}

// Aim: B-OUT-1: all input errors are reported together, each with the path of its member. Method: a
// request with every member wrong at once.
TEST_F(OutboundTest, ReportsEverythingAtOnce) {
  const std::string long_text(2000, 'x');
  EXPECT_EQ(wrong({.to = "555",
                   .line = "nowhere",
                   .from = "anonymous",
                   .mode = "shout",
                   .message = long_text,
                   .dtmf_sequence = "12x",
                   .app = "nothing",
                   .session_key = long_text,
                   .idempotency_key = long_text}),
            (Paths{"app", "dtmfSequence", "from", "idempotencyKey", "line", "message", "mode",
                   "sessionKey", "to"}));
  EXPECT_EQ(outcome_of(errors_), OutboundError::kInvalid);
}

// Aim: limits are exact, over-long text is refused and never cut, and text must be text.
// Method: each member at its limit, one beyond, not UTF-8, with a NUL.
TEST_F(OutboundTest, HoldsEachLimit) {
  const auto text = [](size_t size) { return std::string(size, 'x'); };
  const std::string m1024 = text(1024), m1025 = text(1025);
  EXPECT_EQ(wrong({.message = m1024}), Paths{});
  EXPECT_EQ(request_.message.size(), 1024U);
  EXPECT_EQ(wrong({.message = m1025}), Paths{"message"});
  EXPECT_EQ(wrong({.message = "\xFF"}), Paths{"message"});
  EXPECT_EQ(wrong({.message = std::string_view("a\0b", 3)}), Paths{"message"});
  const std::string s64 = text(64), s65 = text(65);
  EXPECT_EQ(wrong({.session_key = s64}), Paths{});
  EXPECT_EQ(wrong({.session_key = s65}), Paths{"sessionKey"});
  const std::string k128 = text(128), k129 = text(129);
  EXPECT_EQ(wrong({.idempotency_key = k128}), Paths{});
  EXPECT_EQ(wrong({.idempotency_key = k129}), Paths{"idempotencyKey"});
  EXPECT_EQ(wrong({.idempotency_key = ""}), Paths{"idempotencyKey"});
  EXPECT_EQ(wrong({.line = ""}), Paths{"line"});
  EXPECT_EQ(wrong({.app = ""}), Paths{"app"});
  EXPECT_EQ(wrong({.app = k129}), Paths{"app"});
  EXPECT_EQ(wrong({.mode = "none"}), Paths{"mode"});
  EXPECT_EQ(wrong({.mode = "Notify"}), Paths{"mode"});
}

// Aim: numbers are E.164. Method: lengths and characters around the rule.
TEST_F(OutboundTest, NumbersAreE164) {
  for (const char* good : {"+12", "+123456789012345", "+442079460000"}) EXPECT_TRUE(is_e164(good));
  for (const char* bad : {"", "+", "+1", "12", "+02", "+1234567890123456", "+1 2", "+12a", "++12",
                          "+12\n", "sip:12"}) {
    EXPECT_FALSE(is_e164(bad)) << bad;
  }
}

// Aim: a missing number to call is invalid, a missing caller number has its own word, and mock
// needs none (B-OUT-2). Method: lines with and without numbers.
TEST_F(OutboundTest, MissingNumbers) {
  EXPECT_EQ(wrong({.to = "+15550002222", .line = "bare"}), Paths{"from"});
  EXPECT_EQ(outcome_of(errors_), OutboundError::kNoCallerNumber);
  EXPECT_EQ(wrong({.line = "bare"}), (Paths{"from", "to"}));
  EXPECT_EQ(outcome_of(errors_), OutboundError::kInvalid);
  EXPECT_EQ(wrong({.to = "+15550002222", .line = "mock"}), Paths{});
  EXPECT_EQ(request_.from, "");
  EXPECT_EQ(wrong({.to = "", .line = "main"}), Paths{"to"});
  directory_.to_number = {};
  EXPECT_EQ(wrong({}), Paths{"to"});
  directory_.none = true;
  EXPECT_EQ(wrong({.to = "+15550002222"}), Paths{"line"});
}

// Aim: B-DTMF-1: a sequence in notify mode is invalid, whether asked for or by default. Method:
// both, and conversation as the counter-example.
TEST_F(OutboundTest, NotifySendsNoDigits) {
  EXPECT_EQ(wrong({.dtmf_sequence = "1"}), Paths{"dtmfSequence"});
  EXPECT_EQ(wrong({.mode = "notify", .dtmf_sequence = "1"}), Paths{"dtmfSequence"});
  EXPECT_EQ(wrong({.mode = "conversation", .dtmf_sequence = "1"}), Paths{});
  directory_.mode = Mode::kConversation;
  EXPECT_EQ(wrong({.dtmf_sequence = "1"}), Paths{});
}

// Aim: B-OUT-2: the errors are distinct and stable, with their status codes. Method: the
// table.
TEST_F(OutboundTest, ErrorsHaveTheContractsWords) {
  const std::pair<std::string_view, uint16_t> expected[] = {{"none", 201},
                                                            {"invalid", 400},
                                                            {"limit-reached", 429},
                                                            {"line-unavailable", 503},
                                                            {"no-webhook-url", 503},
                                                            {"no-caller-number", 400},
                                                            {"storage-failed", 503},
                                                            {"stopping", 503},
                                                            {"carrier-refused", 502},
                                                            {"dial-timeout", 504},
                                                            {"line-busy", 503}};
  for (size_t i = 0; i < kOutboundErrors; ++i) {
    EXPECT_EQ(name_of(static_cast<OutboundError>(i)), expected[i].first);
    EXPECT_EQ(http_status_of(static_cast<OutboundError>(i)), expected[i].second);
  }
}

}  // namespace
}  // namespace hookflash
