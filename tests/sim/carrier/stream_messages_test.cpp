#include "providers/twilio/carrier/stream_messages.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "providers/twilio/carrier/json_reader.h"

namespace hookflash::twilio::carrier {
namespace {

using Kind = StreamMessage::Kind;

Kind kind_of(std::string_view text) {
  std::array<uint8_t, 4096> memory{};
  return read_stream_message(text, "MZ1", memory).kind;
}

// Aim: what Twilio sends is byte for byte as documented (twilio.md 5.3). Method: compare with its
// text.
TEST(StreamMessages, AreWrittenAsDocumented) {
  char memory[1024];
  const auto text = [&](auto write) {
    TextWriter out(memory);
    write(out);
    return std::string(out.view());
  };
  EXPECT_EQ(text([](TextWriter& out) { write_connected(out); }),
            R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  const Field parameters[] = {{"k", "v\"\\\n"}};
  EXPECT_EQ(
      text([&](TextWriter& out) {
        write_start({"AC1", "MZ1", "CA1", parameters}, 1, out);
      }),
      R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1",)"
      R"("callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)"
      R"("sampleRate":8000,"channels":1},"customParameters":{"k":"v\"\\\u000a"}},)"
      R"("streamSid":"MZ1"})");
  const uint8_t audio[] = {0xFF, 0x7F, 0x00};
  EXPECT_EQ(text([&](TextWriter& out) { write_media("MZ1", 2, 1, 5, audio, out); }),
            R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",)"
            R"("timestamp":"5","payload":"/38A"},"streamSid":"MZ1"})");
  EXPECT_EQ(text([](TextWriter& out) { write_dtmf("MZ1", 5, '#', out); }),
            R"({"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5",)"
            R"("dtmf":{"track":"inbound_track","digit":"#"}})");
  EXPECT_EQ(
      text([](TextWriter& out) { write_mark("MZ1", 4, "my label", out); }),
      R"({"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"my label"}})");
  EXPECT_EQ(text([](TextWriter& out) { write_stop("AC1", "CA1", "MZ1", 5, out); }),
            R"({"event":"stop","sequenceNumber":"5","stop":{"accountSid":"AC1","callSid":"CA1"},)"
            R"("streamSid":"MZ1"})");
}

// Aim: the three messages are understood in any order of members and any legal spelling. Method:
// list.
TEST(StreamMessages, AreRead) {
  std::array<uint8_t, 4096> memory{};
  const auto media = read_stream_message(
      R"( { "media" : {"payload":"\/38A"}, "streamSid":"MZ1","event":"media" } )", "MZ1", memory);
  ASSERT_EQ(media.kind, Kind::kMedia);
  EXPECT_EQ(std::vector<uint8_t>(media.audio.begin(), media.audio.end()),
            (std::vector<uint8_t>{0xFF, 0x7F, 0x00}));
  const auto mark = read_stream_message(
      R"({"event":"mark","streamSid":"MZ1","mark":{"name":"\u00e4\ud83d\ude00"}})", "MZ1", memory);
  ASSERT_EQ(mark.kind, Kind::kMark);
  EXPECT_EQ(mark.name, "\xC3\xA4\xF0\x9F\x98\x80");
  EXPECT_EQ(kind_of(R"({"event":"clear","streamSid":"MZ1"})"), Kind::kClear);
}

// Aim: what Twilio drops with warning 31951 is dropped. Method: a list, every prefix, every byte
// changed.
TEST(StreamMessages, AreRefusedWhenNotExact) {
  for (const char* text :
       {"",
        "[]",
        "null",
        "{}",
        R"({"event":"media","streamSid":"MZ1"})",
        R"({"event":"media","streamSid":"MZ2","media":{"payload":""}})",
        R"({"event":"media","media":{"payload":""}})",
        R"({"event":"media","streamSid":"MZ1","media":{"payload":"x"}})",
        R"({"event":"media","streamSid":"MZ1","media":{"payload":"/w="}})",
        R"({"event":"media","streamSid":"MZ1","media":{"payload":"","track":"outbound"}})",
        R"({"event":"media","streamSid":"MZ1","media":{"payload":1}})",
        R"({"event":"mark","streamSid":"MZ1"})",
        R"({"event":"mark","streamSid":"MZ1","mark":{}})",
        R"({"event":"mark","streamSid":"MZ1","mark":{"name":"a","name":"b"}})",
        R"({"event":"clear","streamSid":"MZ1","mark":{"name":"a"}})",
        R"({"event":"clear","streamSid":"MZ1","sequenceNumber":"1"})",
        R"({"event":"hello","streamSid":"MZ1"})",
        R"({"event":"clear","streamSid":"MZ1"} x)",
        "{\"event\":\"clear\",\"streamSid\":\"MZ1\x01\"}",
        R"({"event":"mark","streamSid":"MZ1","mark":{"name":"\ud800"}})"}) {
    EXPECT_EQ(kind_of(text), Kind::kInvalid) << text;
  }
  const std::string good = R"({"event":"media","streamSid":"MZ1","media":{"payload":"/38A"}})";
  ASSERT_EQ(kind_of(good), Kind::kMedia);
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(kind_of(std::string_view(good).substr(0, n)), Kind::kInvalid) << n;
    std::string changed = good;
    changed[n] = '\0';
    EXPECT_EQ(kind_of(changed), Kind::kInvalid) << n;
  }
}

// Aim: the reader takes any JSON value and stops at nonsense and at nesting bombs. Method: lists.
TEST(JsonReader, SkipsValues) {
  for (const char* text :
       {"0", "-1.5e+3", "true", "null", "\"\\u0041\"", "[1,[2,{}],\"x\"]", "{\"a\":{\"b\":[]}}"}) {
    JsonReader in(text);
    EXPECT_TRUE(in.skip_value() && in.finished()) << text;
  }
  for (const char* text : {"", "01", "1.", "1e", "-", "tru", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}",
                           "{a:1}", "\"\\x\"", "\"\\u12\"", "\"", "nan"}) {
    JsonReader in(text);
    EXPECT_FALSE(in.skip_value() && in.finished()) << text;
  }
  const std::string nested(100'000, '[');
  JsonReader bomb(nested);
  EXPECT_FALSE(bomb.skip_value());
}

}  // namespace
}  // namespace hookflash::twilio::carrier
