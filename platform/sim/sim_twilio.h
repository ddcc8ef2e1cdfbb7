#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hal/crypto.h"
#include "hal/out.h"
#include "platform/sim/http_exchange.h"
#include "platform/sim/network.h"
#include "platform/sim/seeded_entropy.h"
#include "platform/sim/timeline.h"
#include "providers/twilio/carrier/carrier.h"

namespace hookflash::sim {

using twilio::carrier::CallRef;

// How the appliance is reached from outside.
struct Doorway {
  std::string public_host = "box.example.com";
  // A tunnel or proxy in front: requests come from loopback, without TLS, with forwarding headers.
  // Otherwise they come over TLS from the carrier's own addresses.
  bool tunnel = true;
  // Lead, the frame in hand, and what a sender that was late may catch up (B-AUD-4). Zero: pacing
  // is not checked.
  Duration lead_max = Duration::ms(60 + 20 + 60);
};

// The simulated Twilio on the simulated network: puts the Carrier's requests, streams and answers
// on it, and keeps what an onlooker wants to know.
class SimTwilio final : private twilio::carrier::Outlet {
 public:
  SimTwilio(Timeline& timeline, Network& network, CoreGate& gate, Crypto& crypto, uint64_t seed,
            const twilio::carrier::Settings& settings, const Doorway& doorway, size_t calls_max);

  twilio::carrier::Carrier& carrier() { return *carrier_; }
  [[nodiscard]] const twilio::carrier::Carrier& carrier() const { return *carrier_; }
  Doorway& doorway() { return doorway_; }

  // The whole network between the carrier and the box.
  void reachable(bool on) { reachable_ = on; }
  // REST requests fail before they are sent, so many in a thousand.
  void rest_unreachable(uint32_t permille) { rest_unreachable_permille_ = permille; }
  // The box is gone, and nobody waits for these answers any more.
  void power_cut() { rest_.clear(); }
  // Media streams do not connect, so many in a thousand: they time out instead.
  void streams_unreachable(uint32_t permille) { streams_unreachable_permille_ = permille; }
  // Somebody else who knows the account places a call over REST, with our webhook as its Url.
  void place_externally(std::string_view to, std::string_view from, bool with_status);
  // A signed request of the carrier, of which `back` newer ones are known, comes again, byte for
  // byte. False when so many are not known.
  bool replay(size_t back, HttpExchange::Done done);
  // Who answers when a number is dialled; by default a person who speaks.
  void set_callee(std::function<twilio::carrier::Person(std::string_view to)> callee) {
    callee_ = std::move(callee);
  }
  // A caller who speaks.
  [[nodiscard]] twilio::carrier::Person speaker() const;

  // `certificate_good`: the box takes the carrier's certificate.
  void perform(const out::RestSend& send, bool certificate_good);

  // --- What was seen
  // ----------------------------------------------------------------------------------
  struct Answer {
    CallRef call;
    twilio::carrier::FetchKind kind = twilio::carrier::FetchKind::kDocument;
    bool duplicate = false;
    int status = 0;
    std::string body;
  };
  struct Sentence {
    CallRef call;
    std::string words;
  };
  [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }
  [[nodiscard]] const std::vector<Sentence>& sentences() const { return sentences_; }
  // Answers to signed requests, by status.
  [[nodiscard]] const std::map<int, uint64_t>& webhook_statuses() const { return statuses_; }
  [[nodiscard]] uint64_t rest_requests() const { return rest_requests_; }
  [[nodiscard]] size_t rest_pending() const { return rest_.size(); }
  // Mu-law that the far end heard, when kept, without the silence between.
  void keep_audio(bool on) { keep_audio_ = on; }
  [[nodiscard]] const std::string& heard_audio(CallRef call) { return audio_[call.index]; }
  // Called for each call at its end, while everything about it can still be read.
  void when_ended(std::function<void(const twilio::carrier::Call&)> act) {
    when_ended_ = std::move(act);
  }
  // Long runs keep only the newest answers and sentences.
  void keep(size_t items) { keep_ = items; }

 private:
  class StreamPeer;
  // The carrier's number for a request; the core's own begin anew after a power cut.
  using Exchange = twilio::carrier::ExchangeId;

  void send_fetch(const HttpRequest& request, twilio::carrier::FetchId id, Instant give_up);

  void fetch(const twilio::carrier::Fetch& fetch) override;
  void abandon(twilio::carrier::FetchId id) override;
  void reply(const twilio::carrier::RestReply& reply) override;
  void stream_connect(twilio::carrier::StreamId id, std::string_view url,
                      std::string_view signature) override;
  void stream_send(twilio::carrier::StreamId id, std::span<char> text) override;
  void stream_close(twilio::carrier::StreamId id, uint16_t code) override;
  void stream_drop(twilio::carrier::StreamId id) override;
  twilio::carrier::Person callee(std::string_view to) override;
  void story(const twilio::carrier::StoryEvent& event) override;
  void heard(CallRef call, Instant at, Bytes mulaw) override;
  void said(CallRef call, std::string_view words) override;
  void answered(twilio::carrier::FetchId id, twilio::carrier::FetchKind kind, bool duplicate,
                const twilio::carrier::Fetched& fetched) override;
  void call_ended(CallRef call) override;

  void plan_failure(twilio::carrier::FetchId id, twilio::carrier::FetchFailure failure,
                    Duration after);
  void fetch_done(twilio::carrier::FetchId id, const HttpAnswer& answer);
  void fail_rest(Exchange exchange, in::RestFailure failure, bool sent);
  [[nodiscard]] IpAddress address_of_carrier();
  void add_forwarding(std::vector<std::string>& headers);

  static uint64_t key_of(twilio::carrier::FetchId id) {
    return static_cast<uint64_t>(id.call.generation) << 32 |
           static_cast<uint64_t>(id.call.index) << 16 | id.number;
  }
  static uint64_t key_of(twilio::carrier::StreamId id) {
    return key_of(twilio::carrier::FetchId{id.call, id.number});
  }

  Timeline& timeline_;
  Network& network_;
  CoreGate& gate_;
  SeededEntropy entropy_;
  Doorway doorway_;
  bool reachable_ = true;
  uint32_t rest_unreachable_permille_ = 0;
  uint32_t streams_unreachable_permille_ = 0;
  std::deque<HttpRequest> sent_;  // The newest webhooks.
  std::vector<twilio::carrier::Call> calls_;
  std::unique_ptr<twilio::carrier::Carrier> carrier_;
  std::function<twilio::carrier::Person(std::string_view)> callee_;
  std::function<void(const twilio::carrier::Call&)> when_ended_;
  std::map<uint64_t, std::shared_ptr<HttpExchange>> fetches_;
  std::map<uint64_t, std::shared_ptr<StreamPeer>> streams_;
  std::map<Exchange, RestId> rest_;  // Unanswered.
  Exchange last_rest_ = 0;
  std::map<int, uint64_t> statuses_;
  std::vector<Answer> answers_;
  std::vector<Sentence> sentences_;
  size_t keep_ = 100'000;
  bool keep_audio_ = false;
  std::map<uint16_t, std::string> audio_;
  uint64_t rest_requests_ = 0;
};

}  // namespace hookflash::sim
