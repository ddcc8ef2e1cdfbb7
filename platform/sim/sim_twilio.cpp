#include "platform/sim/sim_twilio.h"

#include <algorithm>

#include "base/base64.h"
#include "providers/twilio/carrier/url.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::Fetch;
using twilio::carrier::Fetched;
using twilio::carrier::FetchFailure;
using twilio::carrier::FetchId;
using twilio::carrier::FetchKind;
using twilio::carrier::Person;
using twilio::carrier::RestReply;
using twilio::carrier::StoryEvent;
using twilio::carrier::StreamId;

constexpr size_t kSentKept = 256;
constexpr Duration kConnectAgain = Duration::ms(500);
constexpr Duration kStreamConnectLimit = Duration::seconds(5);

template <typename T>
void keep_newest(std::vector<T>& items, size_t most) {
  if (items.size() > most) {
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2));
  }
}

std::string header_value(std::string_view headers, std::string_view name) {
  HttpAnswer lines;
  lines.head = headers;
  return std::string(lines.header(name));
}

}  // namespace

// One media stream connection of the carrier.
class SimTwilio::StreamPeer final : public Peer {
 public:
  StreamPeer(SimTwilio& twilio, StreamId id) : twilio_(twilio), id_(id) {}

  void begin(LinkId link) { link_ = link; }
  [[nodiscard]] LinkId link() const { return link_; }

  void bytes(std::string_view bytes) override {
    if (!reader_.feed(bytes, false)) return;
    twilio_.network_.close(link_, 0);
    refuse(reader_.answer().status);
  }
  void opened() override {
    open_ = true;
    twilio_.carrier_->stream_opened(id_, twilio_.timeline_.now());
  }
  void message(std::string_view text) override {
    twilio_.carrier_->stream_received(id_, text, twilio_.timeline_.now());
  }
  void closed(uint16_t code) override {
    if (!open_) {
      refuse(reader_.answer().status);
      return;
    }
    const auto self = twilio_.streams_.extract(key_of(id_));
    twilio_.carrier_->stream_closed(id_, code, twilio_.timeline_.now());
  }

 private:
  void refuse(int status) {
    const auto self = twilio_.streams_.extract(key_of(id_));
    twilio_.carrier_->stream_refused(id_, status, twilio_.timeline_.now());
  }

  SimTwilio& twilio_;
  StreamId id_;
  LinkId link_ = 0;
  bool open_ = false;
  HttpAnswerReader reader_;
};

SimTwilio::SimTwilio(Timeline& timeline, Network& network, CoreGate& gate, Crypto& crypto,
                     uint64_t seed, const twilio::carrier::Settings& settings,
                     const Doorway& doorway, size_t calls_max)
    : timeline_(timeline),
      network_(network),
      gate_(gate),
      entropy_(seed),
      doorway_(doorway),
      calls_(calls_max),
      carrier_(std::make_unique<twilio::carrier::Carrier>(settings, calls_, crypto, entropy_,
                                                          static_cast<Outlet&>(*this))) {}

Person SimTwilio::speaker() const {
  Person person;
  person.speech = carrier_->generated_speech();
  return person;
}

IpAddress SimTwilio::address_of_carrier() {
  const auto last = static_cast<uint8_t>(1 + entropy_.below(200));
  return IpAddress::from_v4({54, 172, 60, last});
}

void SimTwilio::add_forwarding(std::vector<std::string>& headers) {
  if (!doorway_.tunnel) return;
  char memory[64];
  TextWriter text(memory);
  address_of_carrier().write(text);
  headers.push_back("X-Forwarded-For: " + std::string(text.view()));
  headers.emplace_back("X-Forwarded-Proto: https");
  headers.push_back("X-Forwarded-Host: " + doorway_.public_host);
}

// --- Webhooks
// --------------------------------------------------------------------------------------

void SimTwilio::plan_failure(FetchId id, FetchFailure failure, Duration after) {
  timeline_.plan(after,
                 [this, id, failure] { carrier_->fetch_failed(id, failure, timeline_.now()); });
}

void SimTwilio::fetch(const Fetch& fetch) {
  const auto url = twilio::carrier::parse_url(fetch.url);
  if (!url.ok() || url->host != doorway_.public_host || !reachable_) {
    plan_failure(fetch.id, FetchFailure::kConnect,
                 reachable_ ? Duration::ms(40) : fetch.connect_timeout);
    return;
  }
  HttpRequest request;
  request.method = fetch.method;
  request.target = url->target;
  request.host = doorway_.public_host;
  request.body = fetch.body;
  request.pieces = fetch.pieces;
  request.headers.emplace_back("User-Agent: TwilioProxy/1.1");
  request.headers.emplace_back("Accept: */*");
  if (fetch.method == "POST") {
    request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded; charset=UTF-8");
  }
  request.headers.push_back("X-Twilio-Signature: " + std::string(fetch.signature));
  if (!fetch.idempotency_token.empty()) {
    request.headers.push_back("I-Twilio-Idempotency-Token: " +
                              std::string(fetch.idempotency_token));
  }
  add_forwarding(request.headers);
  sent_.push_back(request);
  if (sent_.size() > kSentKept) sent_.pop_front();
  send_fetch(request, fetch.id, timeline_.at() + fetch.connect_timeout);
}

// A box without power does not answer; its neighbours try until it does.
void SimTwilio::send_fetch(const HttpRequest& request, FetchId id, Instant give_up) {
  if (!network_.powered()) {
    if (timeline_.at() >= give_up) {
      carrier_->fetch_failed(id, FetchFailure::kConnect, timeline_.now());
      return;
    }
    timeline_.plan(kConnectAgain,
                   [this, request, id, give_up] { send_fetch(request, id, give_up); });
    return;
  }
  const IpAddress address =
      doorway_.tunnel ? IpAddress::from_v4({127, 0, 0, 1}) : address_of_carrier();
  fetches_[key_of(id)] =
      HttpExchange::start(network_, timeline_, request, !doorway_.tunnel, address,
                          [this, id](const HttpAnswer& answer) { fetch_done(id, answer); });
}

void SimTwilio::fetch_done(FetchId id, const HttpAnswer& answer) {
  const auto self = fetches_.extract(key_of(id));
  if (answer.status == 0) {
    carrier_->fetch_failed(id, FetchFailure::kRead, timeline_.now());
    return;
  }
  Fetched fetched;
  fetched.status = answer.status;
  fetched.content_type = answer.header("content-type");
  fetched.location = answer.header("location");
  fetched.body = answer.body;
  carrier_->fetched(id, fetched, timeline_.now());
}

void SimTwilio::abandon(FetchId id) {
  const auto node = fetches_.extract(key_of(id));
  if (!node.empty()) node.mapped()->cancel();
}

void SimTwilio::answered(FetchId id, FetchKind kind, bool duplicate, const Fetched& fetched) {
  ++statuses_[fetched.status];
  answers_.push_back({id.call, kind, duplicate, fetched.status, std::string(fetched.body)});
  keep_newest(answers_, keep_);
}

bool SimTwilio::replay(size_t back, HttpExchange::Done done) {
  if (back >= sent_.size()) return false;
  HttpExchange::start(network_, timeline_, sent_[sent_.size() - 1 - back], !doorway_.tunnel,
                      IpAddress::from_v4({127, 0, 0, 1}), std::move(done));
  return true;
}

void SimTwilio::place_externally(std::string_view to, std::string_view from, bool with_status) {
  const std::string account(carrier_->settings().account_sid.view());
  const std::string secret = account + ":" + std::string(carrier_->settings().auth_token.view());
  std::string authorization(base64_encoded_size(secret.size()), ' ');
  base64_encode(bytes_of(secret), authorization.data());
  authorization.insert(0, "Basic ");
  const std::string webhook = "https://" + doorway_.public_host + "/voice/webhook";
  twilio::carrier::Form form;
  CHECK(form.push({"To", to}) == Status::kOk && form.push({"From", from}) == Status::kOk);
  CHECK(form.push({"Url", webhook}) == Status::kOk);
  if (with_status) CHECK(form.push({"StatusCallback", webhook}) == Status::kOk);
  char body[1024];
  TextWriter text(body);
  twilio::carrier::write_form(form, text);
  // Its answer goes to whoever placed it, not to the box.
  carrier_->handle_rest({0, "POST", "/2010-04-01/Accounts/" + account + "/Calls.json",
                         authorization, "application/x-www-form-urlencoded", text.view()},
                        timeline_.now());
}

// --- Media streams
// ---------------------------------------------------------------------------------

void SimTwilio::stream_connect(StreamId id, std::string_view url_text, std::string_view signature) {
  const auto url = twilio::carrier::parse_url(url_text);
  if (!url.ok() || url->host != doorway_.public_host || !reachable_) {
    timeline_.plan(Duration::ms(40),
                   [this, id] { carrier_->stream_refused(id, 0, timeline_.now()); });
    return;
  }
  if (timeline_.random.strikes(streams_unreachable_permille_)) {
    timeline_.plan(kStreamConnectLimit,
                   [this, id] { carrier_->stream_refused(id, 0, timeline_.now()); });
    return;
  }
  auto peer = std::make_shared<StreamPeer>(*this, id);
  const IpAddress address =
      doorway_.tunnel ? IpAddress::from_v4({127, 0, 0, 1}) : address_of_carrier();
  const LinkId link = network_.connect(peer, in::Listener::kMain, !doorway_.tunnel, address);
  peer->begin(link);
  streams_[key_of(id)] = peer;
  std::string head =
      "GET " + std::string(url->target) + " HTTP/1.1\r\nHost: " + doorway_.public_host;
  head += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUser-Agent: Twilio.TmeWs/1.0\r\n";
  head += "x-twilio-signature: " + std::string(signature) + "\r\n";
  std::vector<std::string> forwarding;
  add_forwarding(forwarding);
  for (const std::string& header : forwarding) head += header + "\r\n";
  head += "\r\n";
  network_.send_bytes(link, head);
  network_.check_pacing(link, doorway_.lead_max);
}

void SimTwilio::stream_send(StreamId id, std::span<char> text) {
  const auto it = streams_.find(key_of(id));
  if (it != streams_.end()) {
    network_.send_text(it->second->link(), std::string(text.begin(), text.end()));
  }
}

void SimTwilio::stream_close(StreamId id, uint16_t code) {
  const auto node = streams_.extract(key_of(id));
  if (!node.empty()) network_.close(node.mapped()->link(), code);
}

void SimTwilio::stream_drop(StreamId id) {
  const auto node = streams_.extract(key_of(id));
  if (!node.empty()) network_.drop(node.mapped()->link());
}

// --- REST
// ------------------------------------------------------------------------------------------

void SimTwilio::fail_rest(Exchange exchange, in::RestFailure failure, bool sent) {
  const auto node = rest_.extract(exchange);
  if (!node.empty()) gate_.deliver(in::RestFailed{node.mapped(), failure, sent});
}

void SimTwilio::perform(const out::RestSend& send, bool certificate_good) {
  ++rest_requests_;
  const bool used = std::any_of(rest_.begin(), rest_.end(),
                                [&](const auto& pending) { return pending.second == send.id; });
  if (used || send.id == 0) {
    gate_.violation("a REST id is used twice");
    return;
  }
  const Exchange id = ++last_rest_;
  rest_[id] = send.id;
  timeline_.plan(send.timeout, [this, id] { fail_rest(id, in::RestFailure::kTimeout, true); });
  if (!reachable_ || timeline_.random.strikes(rest_unreachable_permille_) ||
      send.host.find("twilio.com") == std::string_view::npos) {
    timeline_.plan(Duration::ms(30),
                   [this, id] { fail_rest(id, in::RestFailure::kUnreachable, false); });
    return;
  }
  if (!certificate_good) {
    timeline_.plan(Duration::ms(30),
                   [this, id] { fail_rest(id, in::RestFailure::kTlsTime, false); });
    return;
  }
  struct Kept {
    std::string method, target, authorization, type, body;
  };
  auto kept = std::make_shared<Kept>();
  kept->method = send.method;
  kept->target = send.target;
  kept->authorization = header_value(send.headers, "authorization");
  kept->type = header_value(send.headers, "content-type");
  kept->body = send.body;
  timeline_.plan(network_.latency() + Duration::ms(20), [this, id, kept] {
    carrier_->handle_rest(
        {id, kept->method, kept->target, kept->authorization, kept->type, kept->body},
        timeline_.now());
  });
}

void SimTwilio::reply(const RestReply& reply) {
  timeline_.plan(network_.latency(),
                 [this, id = reply.id, status = reply.status, body = std::string(reply.body)] {
                   if (status == 0) {
                     fail_rest(id, in::RestFailure::kBroken, true);
                     return;
                   }
                   const auto node = rest_.extract(id);
                   if (node.empty()) return;
                   gate_.deliver(in::RestAnswered{node.mapped(), status, body, -1});
                 });
}

// --- The onlooker
// ----------------------------------------------------------------------------------

Person SimTwilio::callee(std::string_view to) { return callee_ ? callee_(to) : speaker(); }

void SimTwilio::story(const StoryEvent& event) {
  std::string text = std::to_string(event.call.index) + ":" + std::to_string(event.call.generation);
  text.append(" ").append(event.text);
  timeline_.log.line(timeline_.at(), "twilio", text);
}

void SimTwilio::heard(CallRef call, Instant, Bytes mulaw) {
  if (keep_audio_) audio_[call.index].append(text_of(mulaw));
}

void SimTwilio::said(CallRef call, std::string_view words) {
  sentences_.push_back({call, std::string(words)});
  keep_newest(sentences_, keep_);
}

void SimTwilio::call_ended(CallRef call) {
  if (when_ended_) when_ended_(*carrier_->find(call));
}

}  // namespace hookflash::sim
