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
  write_mark("MZ1", "hf-12", mark);
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

// Takes a message in as the stream endpoint does, in two pieces.
struct Reader {
  MediaMessage read(std::string_view text, size_t cut = 0, json::PayloadSink* sink = nullptr) {
    scanner.begin();
    if (cut > 0) (void)scanner.feed(kMediaDialect.fields, text.substr(0, cut), false, sink);
    EXPECT_EQ(scanner.feed(kMediaDialect.fields, text.substr(cut), true, sink),
              json::Progress::kComplete)
        << text;
    MediaMessage message;
    kMediaDialect.read(found(), message);
    return message;
  }
  [[nodiscard]] json::FoundFields found() const { return scanner.found(kMediaDialect.fields); }
  MediaScanner scanner;
};

using Kind = MediaMessage::Kind;

TEST(TwilioWire, ReadsStart) {
  constexpr std::string_view kStart =
      R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",)"
      R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
      R"("customParameters":{"k":"v","token":"abc"}},"streamSid":"MZ1"})";
  for (size_t cut = 0; cut <= kStart.size(); ++cut) {
    Reader reader;
    const MediaMessage message = reader.read(kStart, cut);
    ASSERT_EQ(message.kind, Kind::kStart) << cut;
    EXPECT_EQ(message.provider_call_id, "CA1");
    EXPECT_EQ(message.stream_id, "MZ1");
    EXPECT_TRUE(message.format_ok);
    EXPECT_EQ(message.token, "abc");
    EXPECT_FALSE(message.token_overlong);
    EXPECT_FALSE(message.ids_overlong);
    EXPECT_EQ(message.sequence.value_or(0), 1U);
  }
}

// Everything a start can lack or overdo is told apart, so that the engine can refuse it.
TEST(TwilioWire, ReadsPoorStarts) {
  Reader reader;
  MediaMessage message = reader.read(R"({"event":"start","start":{}})");
  EXPECT_EQ(message.kind, Kind::kStart);
  EXPECT_TRUE(message.provider_call_id.empty());
  EXPECT_TRUE(message.stream_id.empty());
  EXPECT_TRUE(message.token.empty());
  EXPECT_FALSE(message.format_ok);
  EXPECT_FALSE(message.sequence.ok());
  for (const char* format : {R"("encoding":"audio/x-l16","sampleRate":8000,"channels":1)",
                             R"("encoding":"audio/x-mulaw","sampleRate":16000,"channels":1)",
                             R"("encoding":"audio/x-mulaw","sampleRate":8000,"channels":2)",
                             R"("encoding":"audio/x-mulaw","sampleRate":8000)"}) {
    message =
        reader.read(R"({"event":"start","start":{"mediaFormat":{)" + std::string(format) + "}}}");
    EXPECT_FALSE(message.format_ok) << format;
  }
  message = reader.read(R"({"event":"start","start":{"callSid":")" + std::string(129, 'C') +
                        R"(","customParameters":{"token":")" + std::string(105, 'a') + "\"}}}");
  EXPECT_TRUE(message.ids_overlong);
  EXPECT_TRUE(message.token_overlong);
}

TEST(TwilioWire, ReadsMedia) {
  Collect sink;
  Reader reader;
  const MediaMessage message =
      reader.read(R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",)"
                  R"("timestamp":"5","payload":"/38="},"streamSid":"MZ1"})",
                  0, &sink);
  EXPECT_EQ(message.kind, Kind::kAudio);
  EXPECT_TRUE(message.from_caller);
  EXPECT_EQ(reader.found().payload(), json::PayloadState::kGood);
  EXPECT_EQ(sink.bytes, (std::vector<uint8_t>{0xFF, 0x7F}));
  EXPECT_EQ(*message.sequence, 2U);
  EXPECT_FALSE(reader.read(R"({"event":"media","media":{"track":"outbound","payload":"/38="}})")
                   .from_caller);
  EXPECT_TRUE(reader.read(R"({"event":"media","media":{"payload":"/38="}})").from_caller);
}

TEST(TwilioWire, ReadsTheRest) {
  Reader reader;
  EXPECT_EQ(reader.read(R"({"event":"stop"})").kind, Kind::kStop);
  EXPECT_EQ(reader.read(R"({"event":"connected","protocol":"Call"})").kind, Kind::kNotice);
  const MediaMessage digit = reader.read(R"({"event":"dtmf","dtmf":{"digit":"#"}})");
  EXPECT_EQ(digit.kind, Kind::kDigit);
  EXPECT_EQ(digit.digit, '#');
  EXPECT_EQ(reader.read(R"({"event":"dtmf","dtmf":{"digit":"12"}})").digit, 0);
  EXPECT_EQ(reader.read(R"({"event":"dtmf","dtmf":{}})").digit, 0);
  const MediaMessage mark = reader.read(R"({"event":"mark","mark":{"name":"hf-7"}})");
  EXPECT_EQ(mark.kind, Kind::kMark);
  EXPECT_EQ(mark.mark, "hf-7");
  EXPECT_EQ(reader.read(R"({"event":"Media"})").kind, Kind::kUnknown);
  EXPECT_EQ(reader.read(R"({"event":["media"]})").kind, Kind::kUnknown);
  EXPECT_EQ(reader.read("{}").kind, Kind::kUnknown);
}

}  // namespace
}  // namespace hookflash::twilio
