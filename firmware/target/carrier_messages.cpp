#include "target/carrier_messages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/base64.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/text_writer.h"
#include "json/text.h"
#include "limits.h"

namespace hookflash {
namespace {

constexpr size_t kNumberBytesMax = 20;  // A uint64_t.
constexpr size_t kEscapedMax = 6;       // A control character becomes \u001f.

bool is_sid(std::string_view text, std::string_view letters) {
  if (text.size() != CarrierMessages::kSidBytes || text.substr(0, 2) != letters) return false;
  return std::all_of(text.begin() + 2, text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// The letters and the hex digits of a UUID; other characters are left out, missing ones are zeros.
void sid_from(std::string_view letters, std::string_view uuid,
              FixedText<CarrierMessages::kSidBytes>& out) {
  std::array<char, CarrierMessages::kSidBytes> text{};
  std::memset(text.data(), '0', text.size());
  std::memcpy(text.data(), letters.data(), 2);
  size_t size = 2;
  for (const char c : uuid) {
    if (size == text.size()) break;
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) text[size++] = c;
  }
  out.set({text.data(), text.size()});
}

// One message under construction in the outbox.
class Message {
 public:
  Message(Outbox& outbox, size_t size_max)
      : outbox_(outbox), memory_(outbox.reserve(size_max)), text_(memory_) {}

  TextWriter& text() { return text_; }

  void send(SocketId socket) {
    CHECK(!text_.overflowed());
    outbox_.shrink(memory_, text_.size());
    outbox_.push(out::WsSend{
        socket, MutableBytes(reinterpret_cast<uint8_t*>(memory_.data()), text_.size())});
  }

 private:
  Outbox& outbox_;
  std::span<char> memory_;
  TextWriter text_;
};

// Copies without asking for room: the media path, whose size is known.
char* copy(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}
char* copy(char* to, uint64_t number) {
  return std::to_chars(to, to + kNumberBytesMax, number).ptr;
}

constexpr std::string_view kMedia1 = R"({"event":"media","sequenceNumber":")";
constexpr std::string_view kMedia2 = R"(","media":{"track":"inbound","chunk":")";
constexpr std::string_view kMedia3 = R"(","timestamp":")";
constexpr std::string_view kMedia4 = R"(","payload":")";
constexpr std::string_view kMedia5 = R"("},"streamSid":")";
constexpr std::string_view kMedia6 = R"("})";
constexpr size_t kMediaFixedBytes = kMedia1.size() + kMedia2.size() + kMedia3.size() +
                                    kMedia4.size() + kMedia5.size() + kMedia6.size() +
                                    CarrierMessages::kSidBytes;

}  // namespace

void CarrierMessages::begin(const TargetCall& call) {
  if (is_sid(call.account_id, "AC")) {
    account_sid_.set(call.account_id);
  } else {
    sid_from("AC", {}, account_sid_);
  }
  if (is_sid(call.provider_call_id, "CA")) {
    call_sid_.set(call.provider_call_id);
  } else {
    sid_from("CA", call.call_id, call_sid_);
  }
}

void CarrierMessages::begin_stream(Entropy& entropy) {
  std::array<uint8_t, 16> random{};
  entropy.fill(random);
  std::array<char, kSidBytes> text{};
  TextWriter writer(text);
  writer.put("MZ");
  write_hex(writer, random);
  stream_sid_.set(writer.view());
  sequence_ = 0;
  chunk_ = 0;
}

void CarrierMessages::connected(Outbox& outbox, SocketId socket) const {
  constexpr std::string_view kConnected =
      R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
  Message message(outbox, kConnected.size());
  message.text().put(kConnected);
  message.send(socket);
}

void CarrierMessages::start(Outbox& outbox, SocketId socket, const CustomParameters& parameters,
                            bool resumed) {
  constexpr size_t kFixed = 512;  // All but customParameters.
  constexpr size_t kPairFrame = 6;
  Message message(outbox, kFixed + CustomParameters::kBytesMax * kEscapedMax +
                              CustomParameters::kPairsMax * kPairFrame);
  TextWriter& text = message.text();
  text.put(R"({"event":"start","sequenceNumber":")").number(++sequence_);
  text.put(R"(","start":{"accountSid":")").put(account_sid_.view());
  text.put(R"(","streamSid":")").put(stream_sid_.view());
  text.put(R"(","callSid":")").put(call_sid_.view());
  text.put(R"(","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)");
  text.put(R"("sampleRate":8000,"channels":1},"customParameters":{)");
  std::string_view name;
  std::string_view value;
  bool first = true;
  for (size_t offset = 0; parameters.next(offset, name, value); first = false) {
    if (!first) text.put(',');
    json::write_string(text, name);
    text.put(':');
    json::write_string(text, value);
  }
  if (resumed) text.put(first ? R"("resumed":"true")" : R"(,"resumed":"true")");
  text.put(R"(}},"streamSid":")").put(stream_sid_.view()).put("\"}");
  message.send(socket);
}

void CarrierMessages::media(Outbox& outbox, SocketId socket, Bytes frame, uint64_t timestamp_ms) {
  const std::span<char> memory =
      outbox.reserve(kMediaFixedBytes + 3 * kNumberBytesMax + base64_encoded_size(frame.size()));
  char* to = memory.data();
  to = copy(copy(to, kMedia1), uint64_t{++sequence_});
  to = copy(copy(to, kMedia2), uint64_t{++chunk_});
  to = copy(copy(to, kMedia3), timestamp_ms);
  to = copy(to, kMedia4);
  to += base64_encode(frame, to);
  to = copy(copy(copy(to, kMedia5), stream_sid_.view()), kMedia6);
  const size_t size = static_cast<size_t>(to - memory.data());
  outbox.shrink(memory, size);
  outbox.push(out::WsSend{socket, MutableBytes(reinterpret_cast<uint8_t*>(memory.data()), size)});
}

void CarrierMessages::dtmf(Outbox& outbox, SocketId socket, char digit) {
  Message message(outbox, 192);
  TextWriter& text = message.text();
  text.put(R"({"event":"dtmf","streamSid":")").put(stream_sid_.view());
  text.put(R"(","sequenceNumber":")").number(++sequence_);
  text.put(R"(","dtmf":{"track":"inbound_track","digit":")").put(digit).put("\"}}");
  message.send(socket);
}

void CarrierMessages::mark(Outbox& outbox, SocketId socket, std::string_view name) {
  Message message(outbox, 192 + name.size() * kEscapedMax);
  TextWriter& text = message.text();
  text.put(R"({"event":"mark","sequenceNumber":")").number(++sequence_);
  text.put(R"(","streamSid":")").put(stream_sid_.view());
  text.put(R"(","mark":{"name":)");
  json::write_string(text, name);
  text.put("}}");
  message.send(socket);
}

void CarrierMessages::expiring(Outbox& outbox, SocketId socket, std::string_view call_id,
                               int64_t seconds_left) {
  Message message(outbox, 256 + call_id.size() * kEscapedMax);
  TextWriter& text = message.text();
  text.put(R"({"event":"call.expiring","sequenceNumber":")").number(++sequence_);
  text.put(R"(","streamSid":")").put(stream_sid_.view());
  text.put(R"(","call":{"callId":)");
  json::write_string(text, call_id);
  text.put(R"(,"secondsLeft":")").number(seconds_left).put("\"}}");
  message.send(socket);
}

void CarrierMessages::stop(Outbox& outbox, SocketId socket, std::string_view reason) {
  Message message(outbox, 256 + reason.size() * kEscapedMax);
  TextWriter& text = message.text();
  text.put(R"({"event":"stop","sequenceNumber":")").number(++sequence_);
  text.put(R"(","stop":{"accountSid":")").put(account_sid_.view());
  text.put(R"(","callSid":")").put(call_sid_.view()).put('"');
  if (!reason.empty()) {
    text.put(R"(,"reason":)");
    json::write_string(text, reason);
  }
  text.put(R"(},"streamSid":")").put(stream_sid_.view()).put("\"}");
  message.send(socket);
}

}  // namespace hookflash
