#include "target/carrier_messages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/base64.h"
#include "json/field_scanner.h"
#include "target_world.h"

namespace hookflash {
namespace {

using testing::member;

// Draws the stream name of the sample: zeros and a one.
class SampleEntropy final : public Entropy {
 public:
  void fill(MutableBytes out) override {
    std::fill(out.begin(), out.end(), uint8_t{0});
    out.back() = 1;
  }
};

class CarrierMessagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    messages_.begin(call_);
    messages_.begin_stream(entropy_);
  }

  std::string last() {
    Out out;
    std::string text;
    while (outbox_->next(out)) {
      const auto* send = std::get_if<out::WsSend>(&out);
      CHECK(send != nullptr && send->socket == kSocket);
      text = text_of(send->text);
    }
    outbox_->begin();
    return text;
  }

  static constexpr SocketId kSocket{300, 1};
  std::unique_ptr<Outbox> outbox_ = std::make_unique<Outbox>();
  SampleEntropy entropy_;
  TargetCall call_{.call_id = "0f8fad5b-d9cb-469f-a165-70867728950e",
                   .provider_call_id = "CA00000000000000000000000000000001",
                   .account_id = "AC00000000000000000000000000000001"};
  CarrierMessages messages_;
};

// Aim: an app cannot tell us from Twilio: each message has its bytes (B-APP-1, B-APP-2).
// Method: the carrier's side of a whole sample conversation is said again and compared as text.
TEST_F(CarrierMessagesTest, SaysWhatTwilioSaysByteForByte) {
  std::ifstream file(HOOKFLASH_SOURCE_DIR "/tests/data/media-samples/twilio.jsonl");
  ASSERT_TRUE(file.is_open());
  CustomParameters parameters;
  ASSERT_EQ(parameters.add("token", "one-time-4711"), Status::kOk);
  ASSERT_EQ(parameters.add("tenant", "7"), Status::kOk);
  size_t compared = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string opening = R"("kind":"message","message":)";
    const size_t at = line.find(opening);
    if (line.find(R"({"dir":"in")") != 0 || at == std::string::npos) continue;
    const std::string expected =
        line.substr(at + opening.size(), line.size() - at - opening.size() - 1);
    const std::string event = member(expected, "event");
    if (event == "connected") {
      messages_.connected(*outbox_, kSocket);
    } else if (event == "start") {
      messages_.start(*outbox_, kSocket, parameters, false);
    } else if (event == "media") {
      const std::string payload = member(expected, "payload");
      std::vector<uint8_t> audio(base64_decoded_size_max(payload.size()));
      const Result<size_t> size = base64_decode(payload, audio);
      ASSERT_TRUE(size.ok());
      messages_.media(*outbox_, kSocket, Bytes(audio).first(*size),
                      std::stoull(member(expected, "timestamp")));
    } else if (event == "dtmf") {
      messages_.dtmf(*outbox_, kSocket, member(expected, "digit").at(0));
    } else if (event == "mark") {
      messages_.mark(*outbox_, kSocket, member(expected, "name"));
    } else if (event == "stop") {
      messages_.stop(*outbox_, kSocket, {});
    } else {
      FAIL() << "an event the sample did not have: " << event;
    }
    ASSERT_EQ(last(), expected);
    ++compared;
  }
  EXPECT_EQ(compared, 239U);
}

// Aim: the two additions are where they are documented, and nothing else changes.
// Method: fixed texts.
TEST_F(CarrierMessagesTest, SaysTheEndReasonAndTheComingEnd) {
  messages_.expiring(*outbox_, kSocket, call_.call_id, 30);
  EXPECT_EQ(last(),
            R"({"event":"call.expiring","sequenceNumber":"1",)"
            R"("streamSid":"MZ00000000000000000000000000000001",)"
            R"("call":{"callId":"0f8fad5b-d9cb-469f-a165-70867728950e","secondsLeft":"30"}})");
  messages_.stop(*outbox_, kSocket, "hangup-user");
  EXPECT_EQ(last(), R"({"event":"stop","sequenceNumber":"2",)"
                    R"("stop":{"accountSid":"AC00000000000000000000000000000001",)"
                    R"("callSid":"CA00000000000000000000000000000001","reason":"hangup-user"},)"
                    R"("streamSid":"MZ00000000000000000000000000000001"})");
}

// Aim: calls of other carriers get names of the shape apps expect, the same for each stream of a
// call. Method: account and call names of other shapes, two streams.
TEST_F(CarrierMessagesTest, MakesNamesForCallsThatHaveNone) {
  CarrierMessages messages;
  messages.begin({.call_id = "0f8fad5b-d9cb-469f-a165-70867728950e",
                  .provider_call_id = "v3:KrQXabcdefghijklmnopqrstuvwxyz012",
                  .account_id = "MAXXXXXXXXXXXXXXXXXX"});
  for (int stream = 0; stream < 2; ++stream) {
    messages.begin_stream(entropy_);
    messages.stop(*outbox_, kSocket, {});
    const std::string text = last();
    EXPECT_EQ(member(text, "callSid"), "CA0f8fad5bd9cb469fa16570867728950e");
    EXPECT_EQ(member(text, "accountSid"), "AC00000000000000000000000000000000");
    EXPECT_EQ(member(text, "sequenceNumber"), "1");
  }
}

// Aim: whatever stands in numbers, parameters and mark names, the message stays one JSON object.
// Method: quotes, control characters, broken UTF-8 and the longest texts, read back by the scanner.
inline constexpr json::FieldTable kBack({{.path = "start.customParameters.from", .capacity = 600},
                                         {.path = "mark.name", .capacity = 600}});
TEST_F(CarrierMessagesTest, EscapesWhatOthersWrote) {
  json::FieldScanner<kBack> scanner;
  for (const std::string& text :
       {std::string("\"},\"x\":{\"a\\\n\x01"), std::string("a\0b", 3), std::string("\xff\xc3"),
        std::string(128, '"'), std::string("gr\xc3\xbc\xc3\x9f")}) {
    CustomParameters parameters;
    ASSERT_EQ(parameters.add("from", text), Status::kOk);
    messages_.start(*outbox_, kSocket, parameters, true);
    scanner.begin();
    // A NUL is escaped, and what we read ourselves may have none.
    const bool nul = text.find('\0') != std::string::npos;
    EXPECT_EQ(scanner.feed(last(), true, nullptr),
              nul ? json::Progress::kInvalid : json::Progress::kComplete);
    if (!nul && text[0] != '\xff') {
      EXPECT_EQ(scanner.text(0), text);
    }
    messages_.mark(*outbox_, kSocket, text.substr(0, 64));
    scanner.begin();
    EXPECT_EQ(scanner.feed(last(), true, nullptr),
              nul ? json::Progress::kInvalid : json::Progress::kComplete);
  }
}

// Aim: parameters up to the limit fit, beyond it they are refused and not cut.
// Method: as many of the longest pairs as a configuration may have, each character one that is
// escaped.
TEST_F(CarrierMessagesTest, HoldsTheLongestParameters) {
  CustomParameters parameters;
  const std::string value(CustomParameters::kPairBytesMax - 5, '\x01');
  EXPECT_EQ(parameters.add("name12", value), Status::kTooLarge);
  for (size_t i = 0; i < limits::kAppParamsMax; ++i) {
    ASSERT_EQ(parameters.add("name" + std::to_string(i), value), Status::kOk);
  }
  ASSERT_EQ(parameters.add("callId", std::string(limits::kCallIdBytes, '\x01')), Status::kOk);
  ASSERT_EQ(parameters.add("from", std::string(limits::kAddressBytesMax, '\x01')), Status::kOk);
  ASSERT_EQ(parameters.add("to", std::string(limits::kAddressBytesMax, '\x01')), Status::kOk);
  ASSERT_EQ(parameters.add("direction", "outbound"), Status::kOk);
  ASSERT_EQ(parameters.add("line", std::string(limits::kLineIdBytesMax, '\x01')), Status::kOk);
  ASSERT_EQ(parameters.add("sessionKey", std::string(limits::kSessionKeyBytesMax, '\x01')),
            Status::kOk);
  messages_.start(*outbox_, kSocket, parameters, true);
  EXPECT_GT(last().size(), limits::kAppParamsMax * value.size() * 6);
}

}  // namespace
}  // namespace hookflash
