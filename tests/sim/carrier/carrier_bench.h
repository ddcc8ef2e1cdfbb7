#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/base64.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/seeded_entropy.h"
#include "providers/twilio/carrier/carrier.h"

namespace hookflash::twilio::carrier {

// A Carrier whose doings are written down and whose appliance is the test.
class CarrierBench : public Outlet {
 public:
  struct Request {
    FetchId id;
    FetchKind kind;
    std::string method, url, body, signature, token;
    Form form;
    std::string memory;

    [[nodiscard]] std::string field(std::string_view name) const {
      const auto* value = find_field(form, name);
      return value == nullptr ? "(none)" : std::string(*value);
    }
  };
  struct Reply {
    ExchangeId id;
    int status;
    std::string body;
  };

  explicit CarrierBench(size_t calls_max = 8) : calls(calls_max) {
    Settings settings;
    settings.account_sid.set("AC00000000000000000000000000000001");
    settings.auth_token.set("token");
    Number number;
    number.phone.set("+15550001000");
    number.voice_url.set("https://box.example.com/voice/webhook#rc=2&rp=5xx,ct");
    number.status_callback.set("https://box.example.com/voice/webhook?type=status#rc=2&rp=5xx,ct");
    static_cast<void>(settings.numbers.push(number));
    carrier = std::make_unique<Carrier>(settings, calls, crypto, entropy, *this);
  }
  virtual ~CarrierBench() = default;

  [[nodiscard]] Now now() const {
    return {at, WallTime::from_ms(1'283'286'988'000) + (at - kStart)};
  }
  void run(Duration time) {
    const Instant end = at + time;
    while (carrier->deadline() <= end) {
      if (carrier->deadline() > at) at = carrier->deadline();
      carrier->tick(now());
    }
    at = end;
  }
  CallRef inbound() { return inbound(Person()); }
  CallRef inbound(const Person& who) {
    InboundCall call;
    call.from = "+15557654321";
    call.to = "+15550001000";
    call.person = who;
    return carrier->place_call(call, now()).value();
  }
  const Call& call(CallRef ref) const { return *carrier->find(ref); }

  void answer(const Request& request, std::string_view body, int status = 200,
              std::string_view type = "text/xml") {
    carrier->fetched(request.id, {status, type, "", body}, now());
  }
  // The next request that has not been looked at.
  const Request& next_request() { return *requests.at(looked++); }

  ExchangeId rest(std::string_view method, std::string_view path, std::string_view body = "",
                  std::string_view credentials = "AC00000000000000000000000000000001:token") {
    std::string authorization(base64_encoded_size(credentials.size()), ' ');
    base64_encode(bytes_of(credentials), authorization.data());
    authorization = "Basic " + authorization;
    const std::string target =
        "/2010-04-01/Accounts/AC00000000000000000000000000000001" + std::string(path);
    carrier->handle_rest(
        {++exchange, method, target, authorization, "application/x-www-form-urlencoded", body},
        now());
    return exchange;
  }
  const Reply& create(std::string_view more = "&Url=https%3A%2F%2Fbox.example.com%2Fout") {
    rest("POST", "/Calls.json", "To=%2B15557654321&From=%2B15550001000" + std::string(more));
    return replies.back();
  }
  // The call that was created last.
  CallRef created() const {
    const std::string& body = replies.back().body;
    return carrier->find_sid(std::string_view(body).substr(body.find("CA"), kSidBytes))->ref;
  }

  void fetch(const Fetch& fetch) override {
    auto request = std::make_unique<Request>();
    request->id = fetch.id;
    request->kind = fetch.kind;
    request->method = fetch.method;
    request->url = fetch.url;
    request->body = fetch.body;
    request->signature = fetch.signature;
    request->token = fetch.idempotency_token;
    request->memory.resize(8192);
    static_cast<void>(read_form(request->body, request->memory, request->form));
    requests.push_back(std::move(request));
  }
  void abandon(FetchId id) override { abandoned.push_back(id); }
  void reply(const RestReply& reply) override {
    replies.push_back({reply.id, reply.status, std::string(reply.body)});
  }
  void stream_connect(StreamId id, std::string_view url, std::string_view signature) override {
    stream = id;
    stream_url = url;
    stream_signature = signature;
    ++connects;
  }
  void stream_send(StreamId, std::span<char> text) override {
    sent.emplace_back(text.begin(), text.end());
  }
  void stream_close(StreamId, uint16_t code) override { closes.push_back(code); }
  void stream_drop(StreamId) override { ++drops; }
  Person callee(std::string_view) override { return person; }
  void story(const StoryEvent& event) override { lines.emplace_back(event.text); }
  void heard(CallRef, Instant, Bytes mulaw) override { heard_bytes += mulaw.size(); }
  void said(CallRef, std::string_view words) override { sentences.emplace_back(words); }
  void answered(FetchId, FetchKind, bool, const Fetched&) override {}
  void call_ended(CallRef) override { ++ended; }

  static constexpr Instant kStart = Instant::from_us(5'000'000);
  Instant at = kStart;
  MbedCrypto crypto;
  sim::SeededEntropy entropy{1};
  std::vector<Call> calls;
  Person person;
  std::vector<std::unique_ptr<Request>> requests;
  size_t looked = 0;
  std::vector<FetchId> abandoned;
  std::vector<Reply> replies;
  std::vector<std::string> sent;
  std::vector<uint16_t> closes;
  std::vector<std::string> lines;
  std::vector<std::string> sentences;
  StreamId stream;
  std::string stream_url;
  std::string stream_signature;
  int connects = 0;
  int drops = 0;
  int ended = 0;
  size_t heard_bytes = 0;
  ExchangeId exchange = 0;
  std::unique_ptr<Carrier> carrier;
};

inline constexpr std::string_view kStreamDocument =
    "<Response><Connect><Stream url='wss://box.example.com/voice/stream'>"
    "<Parameter name='token' value='secret'/></Stream></Connect>"
    "<Redirect>/voice/webhook?documentNumber=2</Redirect></Response>";

}  // namespace hookflash::twilio::carrier
