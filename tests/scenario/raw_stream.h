#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "box.h"
#include "call/stream_token.h"
#include "signed_webhook.h"

namespace hookflash::sim {

// A media-stream socket of nobody's, for whatever no decent carrier does.
class RawStream final : public Peer {
 public:
  // Connects and sends the upgrade request, which `more` may add header lines to.
  static std::shared_ptr<RawStream> open(World& world, std::string_view target = "/voice/stream",
                                         std::string_view more = {}) {
    auto stream = std::make_shared<RawStream>(world.network());
    stream->link_ = world.network().connect(stream, in::Listener::kMain, false,
                                            IpAddress::from_v4({127, 0, 0, 1}));
    std::string head = "GET " + std::string(target);
    head += " HTTP/1.1\r\nHost: box.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    world.network().send_bytes(stream->link_, head + std::string(more) + "\r\n");
    return stream;
  }
  explicit RawStream(Network& network) : network_(network) {}

  void send(std::string_view text, bool binary = false) { network_.send_text(link_, text, binary); }
  void connected() { send(R"({"event":"connected","protocol":"Call","version":"1.0.0"})"); }
  void start(
      std::string_view call_sid, std::string_view token, std::string_view stream_sid = "MZraw",
      std::string_view format = R"("encoding":"audio/x-mulaw","sampleRate":8000,"channels":1)") {
    std::string text = R"({"event":"start","sequenceNumber":"1","start":{"streamSid":")";
    text.append(stream_sid).append(R"(","callSid":")").append(call_sid);
    text.append(R"(","tracks":["inbound"],"mediaFormat":{)").append(format);
    text.append(R"(},"customParameters":{"token":")").append(token).append(R"("}},"streamSid":")");
    send(text.append(stream_sid).append("\"}"));
  }
  // `bytes` of one value, as the caller's audio.
  static std::string media(size_t bytes = 160, uint8_t value = 0x20) {
    const std::vector<uint8_t> audio(bytes, value);
    std::string payload(base64_encoded_size(bytes), '\0');
    payload.resize(base64_encode(audio, payload.data()));
    return R"({"event":"media","media":{"track":"inbound","payload":")" + payload + "\"}}";
  }
  void close(uint16_t code) { network_.close(link_, code); }
  void drop() { network_.drop(link_); }
  void read(bool on) { network_.read(link_, on); }
  [[nodiscard]] LinkId link() const { return link_; }

  void bytes(std::string_view bytes) override { (void)reader_.feed(bytes, false); }
  void opened() override { is_open = true; }
  void message(std::string_view text) override { messages.emplace_back(text); }
  void closed(uint16_t code) override {
    is_open = false;
    is_closed = true;
    close_code = code;
  }

  // The HTTP status of a refused upgrade.
  [[nodiscard]] int status() const { return reader_.answer().status; }
  [[nodiscard]] size_t count(std::string_view event) const {
    const std::string wanted = R"({"event":")" + std::string(event) + "\"";
    return static_cast<size_t>(
        std::count_if(messages.begin(), messages.end(),
                      [&](const std::string& text) { return text.rfind(wanted, 0) == 0; }));
  }

  bool is_open = false;
  bool is_closed = false;
  uint16_t close_code = 0;
  std::vector<std::string> messages;

 private:
  Network& network_;
  LinkId link_ = 0;
  HttpAnswerReader reader_;
};

// A call of a carrier who sends webhooks and no stream: its id there.
inline constexpr std::string_view kRawCallSid = "CA0000000000000000000000000000beef";
inline int ring(Box& box, std::string_view call_sid = kRawCallSid,
                std::string_view from = "+15551234567") {
  HttpAnswer answer;
  const HttpRequest request = signed_webhook(box.crypto, {{"CallSid", call_sid},
                                                          {"From", from},
                                                          {"To", kOurNumber},
                                                          {"Direction", "inbound"},
                                                          {"CallStatus", "ringing"}});
  answer = box.world.request(request);
  return answer.status;
}

inline const CallRecord* record_of(Box& box, std::string_view call_sid = kRawCallSid) {
  const CallTable& table = box.appliance.calls().table();
  return table.get(table.find(0, call_sid));
}

// The token that the document of this call carries.
inline std::string token_of(Box& box, const CallRecord& record) {
  const StreamTokenText token = make_stream_token(
      box.crypto, DeviceKey{1, 2, 3},
      {.call_id = record.core.call_id, .expires = stream_token_expiry(record.core)});
  return std::string(token.view());
}
inline std::string token_of(Box& box, std::string_view call_sid = kRawCallSid) {
  const CallRecord* record = record_of(box, call_sid);
  CHECK(record != nullptr);
  return token_of(box, *record);
}

// Log lines of the core that contain a text.
inline size_t lines_with(const Box& box, std::string_view text) {
  const auto& lines = box.world.core_lines();
  return static_cast<size_t>(
      std::count_if(lines.begin(), lines.end(),
                    [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace hookflash::sim
