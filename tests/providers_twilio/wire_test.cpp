// Aim: the stream messages are those of Twilio's documents. Method: byte comparison, and the whole
// sample conversation through the scanner.
#include "providers/twilio/wire.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookflash::twilio {
namespace {

struct Collect final : json::PayloadSink {
  bool on_payload(Bytes piece) override {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return true;
  }
  std::vector<uint8_t> bytes;
};

TEST(TwilioWire, Writes) {
  char memory[256];
  TextWriter media(memory, sizeof memory);
  write_media("MZ1", bytes_of("\xFF\x7F"), media);
  EXPECT_EQ(media.view(), R"({"event":"media","streamSid":"MZ1","media":{"payload":"/38="}})");
  TextWriter mark(memory, sizeof memory);
  write_mark("MZ1", 12, mark);
  EXPECT_EQ(mark.view(), R"({"event":"mark","streamSid":"MZ1","mark":{"name":"hf-12"}})");
  TextWriter clear(memory, sizeof memory);
  write_clear("MZ1", clear);
  EXPECT_EQ(clear.view(), R"({"event":"clear","streamSid":"MZ1"})");
  const std::vector<uint8_t> frame(160, 0x55);
  std::string room(media_message_size_max(34, frame.size()), '\0');
  TextWriter full(room.data(), room.size());
  write_media(std::string(34, 'Z'), frame, full);
  EXPECT_FALSE(full.overflowed());
}

TEST(TwilioWire, ReadsStart) {
  constexpr std::string_view kStart =
      R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",)"
      R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
      R"("customParameters":{"k":"v","token":"abc"}},"streamSid":"MZ1"})";
  for (size_t cut = 0; cut <= kStart.size(); ++cut) {
    StreamScanner scanner;
    scanner.begin();
    if (cut > 0) (void)scanner.feed(kStart.substr(0, cut), false, nullptr);
    ASSERT_EQ(scanner.feed(kStart.substr(cut), true, nullptr), json::Progress::kComplete) << cut;
    EXPECT_EQ(read_stream_event(scanner.text(kEvent)), StreamEvent::kStart);
    EXPECT_EQ(scanner.text(kStartCallSid), "CA1");
    EXPECT_EQ(scanner.text(kStartStreamSid), "MZ1");
    EXPECT_EQ(scanner.text(kStartEncoding), "audio/x-mulaw");
    EXPECT_EQ(scanner.text(kStartSampleRate), "8000");
    EXPECT_EQ(scanner.text(kStartChannels), "1");
    EXPECT_EQ(scanner.text(kStartToken), "abc");
  }
}

TEST(TwilioWire, ReadsMedia) {
  Collect sink;
  StreamScanner scanner;
  scanner.begin();
  ASSERT_EQ(scanner.feed(
                R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",)"
                R"("timestamp":"5","payload":"/38="},"streamSid":"MZ1"})",
                true, &sink),
            json::Progress::kComplete);
  EXPECT_EQ(read_stream_event(scanner.text(kEvent)), StreamEvent::kMedia);
  EXPECT_EQ(scanner.payload(), json::PayloadState::kGood);
  EXPECT_EQ(sink.bytes, (std::vector<uint8_t>{0xFF, 0x7F}));
  EXPECT_EQ(*scanner.digits(kSequenceNumber), 2U);
}

TEST(TwilioWire, EventWords) {
  EXPECT_EQ(read_stream_event("stop"), StreamEvent::kStop);
  EXPECT_EQ(read_stream_event("dtmf"), StreamEvent::kDtmf);
  EXPECT_EQ(read_stream_event("Media"), StreamEvent::kUnknown);
  EXPECT_EQ(read_stream_event(""), StreamEvent::kUnknown);
}

}  // namespace
}  // namespace hookflash::twilio
