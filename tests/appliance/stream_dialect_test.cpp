// Aim: the media-stream endpoint fits carriers whose messages have other shapes than Twilio's.
// Method: the real endpoint with a dialect made here, in the shapes of Plivo's audio streams: no
// greeting, the token inside a text of headers, names beside the event, audio without a stream id.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "appliance/provider_set.h"
#include "appliance/stream_endpoint.h"
#include "audio/mark_book.h"
#include "base/base64.h"

namespace hookflash {
namespace {

enum Field : size_t {
  kEvent,
  kSequence,
  kCallId,
  kStreamId,
  kEncoding,
  kHeaders,
  kPayload,
  kDigit,
  kName
};
constexpr json::FieldTable kFields({
    {.path = "event", .capacity = 16},
    {.path = "sequenceNumber", .capacity = 20},
    {.path = "start.callId", .capacity = 128},
    {.path = "start.streamId", .capacity = 64},
    {.path = "start.mediaFormat.encoding", .capacity = 32},
    {.path = "extra_headers", .capacity = 512},
    {.path = "media.payload", .payload = true},
    {.path = "dtmf.digit", .capacity = 4},
    {.path = "name", .capacity = 64},
});
static_assert(kFields.text_bytes() <= kMediaFieldTextMax);

void read(const json::FoundFields& fields, MediaMessage& message) {
  using Kind = MediaMessage::Kind;
  const std::string_view event = fields.text(kEvent);
  message.sequence = fields.digits(kSequence);
  if (event == "start") {
    message.kind = Kind::kStart;
    message.provider_call_id = fields.text(kCallId);
    message.stream_id = fields.text(kStreamId);
    message.format_ok = fields.text(kEncoding) == "audio/x-mulaw";
    const std::string_view headers = fields.text(kHeaders);
    const size_t at = headers.find("token=");
    if (at != std::string_view::npos) {
      message.token = headers.substr(at + 6, headers.find(';', at) - at - 6);
    }
  } else if (event == "media") {
    message.kind = Kind::kAudio;
  } else if (event == "dtmf") {
    message.kind = Kind::kDigit;
    message.digit = fields.text(kDigit).front();
  } else if (event == "playedStream") {
    message.kind = Kind::kMark;
    message.mark = fields.text(kName);
  } else if (event == "clearedAudio") {
    message.kind = Kind::kNotice;
  }
}

constexpr MediaDialect kDialect = {
    .name = "other",
    .handshake_header = "x-other-signature",
    .fields = kFields.view(),
    .read = read,
    .write_audio =
        [](std::string_view, Bytes mulaw, TextWriter& out) {
          out.put(
              R"({"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,)"
              R"("payload":")");
          out.advance(base64_encode(mulaw, out.cursor()));
          out.put("\"}}");
        },
    .write_mark =
        [](std::string_view stream_id, std::string_view name, TextWriter& out) {
          out.put(R"({"event":"checkpoint","streamId":")").put(stream_id);
          out.put(R"(","name":")").put(name).put("\"}");
        },
    .write_clear =
        [](std::string_view stream_id, TextWriter& out) {
          out.put(R"({"event":"clearAudio","streamId":")").put(stream_id).put("\"}");
        },
};

struct Owner final : StreamOwner, json::PayloadSink {
  void stream_start(StreamHandle, const MediaMessage& start, Now) override {
    started = std::string(start.provider_call_id) + "/" + std::string(start.stream_id) + "/" +
              std::string(start.token);
  }
  json::PayloadSink* stream_sink(const StreamConnection&) override { return this; }
  void stream_media(const StreamConnection&, bool good, Now) override {
    if (good) audio += staged;
    staged.clear();
  }
  void stream_digit(const StreamConnection&, char digit, Now) override { digits += digit; }
  void stream_mark(const StreamConnection&, std::string_view name, Now) override { mark = name; }
  void stream_lost(const StreamConnection&, Now) override { ++lost; }
  void stream_silent(const StreamConnection&, Now) override {}
  void stream_refused(StreamRefusal, std::string_view, Now) override { ++refused; }
  void stream_state(const StreamConnection&, StreamState, std::string_view, Now) override {}
  void stream_gone(const StreamConnection&, const in::WsClosed&, Now) override { ++gone; }
  void arm(Deadline& deadline, Instant at) override {
    deadline.at = at;
    deadline.position = 1;
  }
  void disarm(Deadline& deadline) override { deadline.position = 0; }
  bool on_payload(Bytes piece) override {
    staged += text_of(piece);
    return true;
  }

  std::string started, staged, audio, digits, mark;
  int lost = 0, refused = 0, gone = 0;
};

class StreamDialect : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(endpoint->accept(socket, kDialect, {}, false, limits, owner, now), Status::kOk);
    handle = endpoint->find(socket);
    endpoint->on_opened(handle, limits, owner, *outbox, now);
  }
  void hear(std::string_view text) {
    outbox->begin();
    endpoint->on_received(handle,
                          {.socket = socket, .piece = bytes_of(text), .first = true, .last = true},
                          owner, *outbox, now);
  }
  // What went out since, as text.
  std::string said() {
    std::string text;
    Out out;
    while (outbox->next(out)) {
      if (const auto* send = std::get_if<out::WsSend>(&out)) text += text_of(send->text);
    }
    outbox->begin();
    return text;
  }
  void start() {
    hear(R"({"event":"start","sequenceNumber":1,"start":{"callId":"call-1","streamId":"stream-1",)"
         R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}},)"
         R"("extra_headers":"tenant=7;token=abc"})");
    endpoint->attach(handle, 1, owner, now);
  }

  const StreamLimits limits{};
  const SocketId socket{.index = 3, .generation = 1};
  const Now now{.mono = Instant() + Duration::seconds(1)};
  Owner owner;
  std::unique_ptr<Outbox> outbox = std::make_unique<Outbox>();
  std::unique_ptr<StreamEndpoint> endpoint = std::make_unique<StreamEndpoint>();
  StreamHandle handle;
};

TEST_F(StreamDialect, ReadsAnotherCarriersMessages) {
  start();
  EXPECT_EQ(owner.started, "call-1/stream-1/abc");
  EXPECT_EQ(endpoint->get(handle)->state, StreamState::kActive);
  hear(R"({"event":"media","sequenceNumber":2,"media":{"track":"inbound","payload":"QUJD"}})");
  hear(R"({"event":"media","sequenceNumber":5,"media":{"track":"inbound","payload":"!!!!"}})");
  hear(R"({"event":"dtmf","sequenceNumber":6,"dtmf":{"digit":"5"}})");
  hear(R"({"event":"playedStream","sequenceNumber":7,"name":"hf-9"})");
  hear(R"({"event":"clearedAudio","sequenceNumber":8})");
  EXPECT_EQ(owner.audio, "ABC");
  EXPECT_EQ(owner.digits, "5");
  EXPECT_EQ(owner.mark, "hf-9");
  EXPECT_EQ(endpoint->get(handle)->gaps, 2U);
  EXPECT_EQ(endpoint->get(handle)->bad_payloads, 1U);
  EXPECT_EQ(endpoint->get(handle)->unknown, 0U);
}

TEST_F(StreamDialect, SpeaksAnotherCarriersWords) {
  start();
  (void)said();
  ASSERT_TRUE(endpoint->send_media(handle, bytes_of("ABC"), *outbox));
  EXPECT_EQ(said(),
            R"({"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,)"
            R"("payload":"QUJD"}})");
  ASSERT_TRUE(endpoint->send_mark(handle, "hf-1", *outbox));
  EXPECT_EQ(said(), R"({"event":"checkpoint","streamId":"stream-1","name":"hf-1"})");
  ASSERT_TRUE(endpoint->send_clear(handle, *outbox));
  EXPECT_EQ(said(), R"({"event":"clearAudio","streamId":"stream-1"})");
  const std::vector<uint8_t> frame(limits::kFrameSamples, 0x55);
  EXPECT_TRUE(endpoint->send_media(handle, frame, *outbox));
}

// Every dialect of the build keeps within the endpoint's memory, and names itself once.
TEST(StreamDialects, FitTheEndpoint) {
  for (const BuiltInProvider& built_in : kProviders) {
    const MediaDialect* dialect = &built_in.provider->media();
    char memory[media_message_size_max(limits::kStreamIdBytesMax, limits::kFrameSamples)];
    const std::string stream_id(limits::kStreamIdBytesMax, 's');
    const std::vector<uint8_t> frame(limits::kFrameSamples, 0xFF);
    TextWriter audio(memory, sizeof memory);
    dialect->write_audio(stream_id, frame, audio);
    EXPECT_FALSE(audio.overflowed()) << dialect->name;
    TextWriter mark(memory, media_message_size_max(stream_id.size(), kOwnMarkBytesMax));
    dialect->write_mark(stream_id, std::string(kOwnMarkBytesMax, 'm'), mark);
    EXPECT_FALSE(mark.overflowed()) << dialect->name;
    TextWriter clear(memory, media_message_size_max(stream_id.size(), 0));
    dialect->write_clear(stream_id, clear);
    EXPECT_FALSE(clear.overflowed()) << dialect->name;
  }
}

}  // namespace
}  // namespace hookflash
