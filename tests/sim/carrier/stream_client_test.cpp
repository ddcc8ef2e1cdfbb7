#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "carrier/carrier_bench.h"

namespace hookflash::twilio::carrier {
namespace {

using ::testing::HasSubstr;

class CarrierStream : public ::testing::Test {
 protected:
  // A call whose stream is open.
  void open() { open(Person()); }
  void open(const Person& who) {
    ref = b.inbound(who);
    b.answer(*b.requests.back(), kStreamDocument);
    b.carrier->stream_opened(b.stream, b.now());
  }
  void receive(const std::string& body) {
    b.carrier->stream_received(
        b.stream,
        "{\"streamSid\":\"" + std::string(b.call(ref).stream.sid.view()) + "\"," + body + "}",
        b.now());
  }
  void receive_media(size_t bytes, uint8_t value = 0x20) {
    const std::vector<uint8_t> audio(bytes, value);
    std::string text(base64_encoded_size(bytes), ' ');
    base64_encode(audio, text.data());
    receive("\"event\":\"media\",\"media\":{\"payload\":\"" + text + "\"}");
  }
  size_t count(std::string_view what) const {
    size_t n = 0;
    for (const std::string& text : b.sent) n += text.find(what) != std::string::npos ? 1U : 0U;
    return n;
  }

  CarrierBench b;
  CallRef ref;
};

// Aim: the stream begins as documented, with the signature of its URL and the parameters. Method:
// read the first messages.
TEST_F(CarrierStream, BeginsWithConnectedAndStart) {
  open();
  EXPECT_EQ(b.stream_url, "wss://box.example.com/voice/stream");
  char memory[kSignatureBytes];
  TextWriter expected(memory);
  write_signature(b.crypto, "token", b.stream_url, Form{}, expected);
  EXPECT_EQ(b.stream_signature, expected.view());
  ASSERT_EQ(b.sent.size(), 2U);
  EXPECT_THAT(b.sent[0], HasSubstr("\"event\":\"connected\""));
  EXPECT_THAT(b.sent[1], HasSubstr("\"customParameters\":{\"token\":\"secret\"}"));
  EXPECT_THAT(b.sent[1], HasSubstr("\"sequenceNumber\":\"1\""));
  b.run(Duration::seconds(1));
  EXPECT_EQ(count("\"event\":\"media\""), 50U);
  EXPECT_THAT(b.sent.back(), HasSubstr("\"chunk\":\"50\""));
  EXPECT_THAT(b.sent.back(), HasSubstr("\"sequenceNumber\":\"51\""));
}

// Aim: marks come back when their audio was played, a clear brings them at once. Method: 200 ms of
// audio.
TEST_F(CarrierStream, EchoesMarks) {
  open();
  receive_media(1600);
  receive(R"("event":"mark","mark":{"name":"one"})");
  b.run(Duration::ms(199));
  EXPECT_EQ(count("\"event\":\"mark\""), 0U);
  b.run(Duration::ms(1));
  EXPECT_EQ(count("\"mark\":{\"name\":\"one\"}"), 1U);
  EXPECT_EQ(b.heard_bytes, 1600U);
  receive(R"("event":"mark","mark":{"name":"idle"})");
  EXPECT_EQ(count("\"mark\":{\"name\":\"idle\"}"), 1U) << "nothing waits: at once";
  receive_media(8000);
  receive(R"("event":"mark","mark":{"name":"two"})");
  b.run(Duration::ms(100));
  receive(R"("event":"clear")");
  EXPECT_EQ(count("\"mark\":{\"name\":\"two\"}"), 1U);
  b.run(Duration::seconds(1));
  EXPECT_EQ(b.heard_bytes, 1600U + 800U) << "the rest was cleared";
  EXPECT_EQ(b.call(ref).measures.marks_echoed, 3U);
}

// Aim: gaps, lead, jitter and echoes are measured. Method: send known patterns.
TEST_F(CarrierStream, Measures) {
  Person person;
  person.speech = b.carrier->generated_speech();
  open(person);
  for (int i = 0; i < 100; ++i) {
    receive_media(160);
    b.run(Duration::ms(20));
  }
  const Measures& m = b.call(ref).measures;
  EXPECT_EQ(m.frames, 100U);
  EXPECT_EQ(m.gaps, 0U);
  EXPECT_EQ(m.ahead_max, Duration::ms(20));
  EXPECT_EQ(m.jitter, Duration());
  b.run(Duration::ms(70));
  receive_media(160);
  EXPECT_EQ(m.gaps, 1U);
  EXPECT_EQ(m.gap_longest, Duration::ms(70));
  EXPECT_GT(m.jitter, Duration());
  // Every loud frame comes back 30 ms later.
  size_t from = b.sent.size();
  for (int i = 0; i < 100; ++i) {
    b.run(Duration::ms(20));
    const std::string text = b.sent[from++];
    const size_t begin = text.find("payload\":\"") + 10;
    b.run(Duration::ms(10));
    receive("\"event\":\"media\",\"media\":{\"payload\":\"" + text.substr(begin, 216) + "\"}");
    b.run(Duration::ms(0));
    from = b.sent.size();
  }
  EXPECT_GT(m.echoes, 20U);
  EXPECT_LE(m.delay.longest(), Duration::ms(20));
  EXPECT_TRUE(m.first_loud_heard.is_set());
}

// Aim: digits go to the stream in order. Method: press some.
TEST_F(CarrierStream, SendsDigits) {
  open();
  b.carrier->press(ref, "1#", b.now());
  EXPECT_EQ(count("\"digit\":\"1\""), 1U);
  EXPECT_THAT(b.sent.back(), HasSubstr("\"digit\":\"#\""));
}

// Aim: whoever ends the stream, the right thing follows. Method: the appliance closes (next verb,
// no stop); the caller hangs up (stop, close); the network breaks; the upgrade is refused; it never
// opens.
TEST_F(CarrierStream, Ends) {
  open();
  b.carrier->stream_closed(b.stream, 1000, b.now());
  EXPECT_EQ(count("\"event\":\"stop\""), 0U);
  EXPECT_EQ(b.requests.back()->url, "https://box.example.com/voice/webhook?documentNumber=2");
  b.answer(*b.requests.back(), kStreamDocument);
  b.carrier->stream_opened(b.stream, b.now());
  b.carrier->drop_stream(ref, b.now());
  EXPECT_EQ(b.drops, 1);
  EXPECT_EQ(b.requests.size(), 3U);
  b.answer(*b.requests.back(), kStreamDocument);
  b.carrier->stream_refused(b.stream, 403, b.now());
  EXPECT_EQ(b.call(ref).error, 31920U);
  EXPECT_EQ(b.requests.size(), 4U);
  b.answer(*b.requests.back(), kStreamDocument);
  b.run(Duration::seconds(10));
  EXPECT_EQ(b.call(ref).error, 31901U);
  EXPECT_EQ(b.requests.size(), 5U);
  b.answer(*b.requests.back(), kStreamDocument);
  b.carrier->stream_opened(b.stream, b.now());
  b.carrier->hang_up(ref, b.now());
  EXPECT_EQ(count("\"event\":\"stop\""), 1U);
  EXPECT_THAT(b.sent.back(), HasSubstr("\"stop\":{\"accountSid\""));
  ASSERT_EQ(b.closes.size(), 1U);
  EXPECT_EQ(b.closes[0], 1000);
  EXPECT_EQ(b.call(ref).streams, 5U);
  // Late news of a stream that is gone changes nothing.
  b.carrier->stream_closed(b.stream, 1000, b.now());
  b.carrier->stream_received(b.stream, "{}", b.now());
  EXPECT_EQ(b.call(ref).state, CallState::kCompleted);
}

// Aim: a live update ends the stream with stop and runs the new document. Method: redirect inside a
// stream.
TEST_F(CarrierStream, IsReplacedByALiveUpdate) {
  open();
  b.rest("POST", "/Calls/" + std::string(b.call(ref).sid.view()) + ".json",
         "Url=https%3A%2F%2Fbox.example.com%2Fnew");
  EXPECT_EQ(count("\"event\":\"stop\""), 1U);
  EXPECT_EQ(b.requests.back()->url, "https://box.example.com/new");
  EXPECT_EQ(b.call(ref).state, CallState::kInProgress);
}

// Aim: invalid messages are counted and dropped. Method: nonsense, binary, another stream's sid.
TEST_F(CarrierStream, DropsInvalidMessages) {
  open();
  b.carrier->stream_received(b.stream, "{", b.now());
  b.carrier->stream_received(b.stream, R"({"event":"clear","streamSid":"MZ"})", b.now());
  b.carrier->stream_received_binary(b.stream, b.now());
  EXPECT_EQ(b.call(ref).measures.warnings, 3U);
  EXPECT_EQ(b.call(ref).measures.clears, 0U);
  EXPECT_EQ(b.call(ref).error, 31950U);
}

// Aim: frames lost on the way show in the numbers, and silence may send nothing. Method: two calls.
TEST_F(CarrierStream, LosesFrames) {
  Person person;
  person.faults.frames_lost_permille = 300;
  open(person);
  b.run(Duration::seconds(10));
  const Measures& m = b.call(ref).measures;
  EXPECT_EQ(m.frames_sent + m.frames_withheld, 500U);
  EXPECT_GT(m.frames_withheld, 80U);
  EXPECT_EQ(count("\"event\":\"media\""), m.frames_sent);
  EXPECT_EQ(b.call(ref).stream.sequence, 501U);
  b.carrier->hang_up(ref, b.now());
  b.sent.clear();
  Person quiet;
  quiet.frames_stop_in_silence = true;
  open(quiet);
  b.run(Duration::seconds(10));
  EXPECT_EQ(count("\"event\":\"media\""), 0U);
}

// Aim: a stop of the process does not become a flood. Method: tick a second late.
TEST_F(CarrierStream, SkipsWhatWasMissed) {
  open();
  b.run(Duration::seconds(1));
  const size_t before = b.sent.size();
  b.at = b.at + Duration::seconds(1);
  b.carrier->tick(b.now());
  EXPECT_LE(b.sent.size() - before, 2U);
  EXPECT_THAT(b.sent.back(), HasSubstr("\"chunk\":\"100\""));
}

}  // namespace
}  // namespace hookflash::twilio::carrier
