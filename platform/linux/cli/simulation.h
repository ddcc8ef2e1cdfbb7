#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hal/core.h"
#include "hal/crypto.h"
#include "hal/entropy.h"
#include "hal/outbox.h"
#include "http/server.h"
#include "providers/twilio/carrier/carrier.h"

namespace hookflash::cli {

// What one `hookflash simulate` does.
struct SimulationPlan {
  uint32_t calls = 1;
  Duration stagger = Duration::ms(100);  // Between the beginnings of two calls.
  Duration talk = Duration::seconds(8);  // From the connection to the caller's hang-up.
  Duration rings = Duration::ms(2400);   // Until somebody who is called answers.
  std::string webhook;                   // Of the appliance; the fragment is Twilio's tuning.
  std::string wav;                       // Where the first call's audio goes; empty: nowhere.
  std::string from = "+15005550100";
  std::string to = "+15005550006";
  std::string speech;  // Mu-law; empty: the carrier's generated speech.
  bool drop_stream = false;
  bool duplicate_webhooks = false;
  Duration slow_answers;  // Of the REST API.
  uint16_t rest_errors_permille = 0;
  bool story = true;  // Each step of each call on standard output; else one progress line.
  bool stay = false;  // Goes on serving the REST API after the calls.
};

// A simulated Twilio as a core of its own world: the Carrier, its REST API on the listener, its
// webhooks as REST exchanges, its media streams as dialled WebSockets. Ends (Stopped) when every
// call has ended and nothing is owed any more, unless it is to stay.
class Simulation final : public Core, private RequestHandler, private twilio::carrier::Outlet {
 public:
  Simulation(const twilio::carrier::Settings& settings, const SimulationPlan& plan, Crypto& crypto,
             Entropy& entropy);

  void handle(const In& in, Now now) override;
  bool next(Out& out) override;
  [[nodiscard]] Instant deadline() const override;

  // After the end: calls that were connected, carried audio both ways and ended as planned.
  [[nodiscard]] uint32_t good_calls() const { return good_; }
  [[nodiscard]] uint32_t bad_calls() const { return bad_; }
  // Of the bad ones, those that ended as they should, but the caller heard nothing.
  [[nodiscard]] uint32_t silent_calls() const { return silent_; }
  // What the first caller heard, mu-law, from the connection on, pauses included.
  [[nodiscard]] const std::string& heard_audio() const { return audio_; }
  // One line over all calls.
  void print_summary() const;

 private:
  // Media streams, by place of the dialled sockets.
  struct StreamPlace {
    twilio::carrier::StreamId id;
    SocketId socket;
    bool taken = false;
    bool open = false;
    bool gone = false;  // The carrier knows nothing of it any more; waits for WsClosed.
    std::string text;   // The message that is being received.
  };
  struct FetchPlace {
    RestId rest = 0;
    twilio::carrier::FetchId id;
    twilio::carrier::FetchKind kind = twilio::carrier::FetchKind::kDocument;
  };
  struct Exchange {
    twilio::carrier::ExchangeId id = 0;
    RequestRef request;
  };

  // RequestHandler.
  Verdict on_head(const Peer& peer, const RequestHead& head, Now now) override;
  void on_request(RequestRef request, const Peer& peer, const RequestHead& head, Bytes body,
                  Now now) override;
  void on_upgrade(RequestRef request, const Peer& peer, const RequestHead& head, Now now) override;
  void on_answer_sent(RequestRef /*request*/, bool /*complete*/, Now /*now*/) override {}
  void on_gone(RequestRef request, Now now) override;
  void on_refused(HttpRefusal /*refusal*/, uint8_t /*tag*/) override {}
  std::string_view write_error(RequestGroup group, uint16_t status, TextWriter& body) override;

  // Outlet.
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
  void heard(twilio::carrier::CallRef call, Instant at, Bytes mulaw) override;
  void said(twilio::carrier::CallRef call, std::string_view words) override;
  void answered(twilio::carrier::FetchId id, twilio::carrier::FetchKind kind, bool duplicate,
                const twilio::carrier::Fetched& fetched) override;
  void call_ended(twilio::carrier::CallRef call) override;

  [[nodiscard]] twilio::carrier::Person caller() const;
  void place_due(Now now);
  void rest_done(const in::RestAnswered& answer, Now now);
  void rest_failed(const in::RestFailed& failed, Now now);
  void stream_value(const In& in, Now now);
  void report_later();
  void check_end(Now now);
  StreamPlace* place_of(SocketId socket);
  StreamPlace* place_of(twilio::carrier::StreamId id);
  void print_call(const twilio::carrier::Call& call) const;
  void print_progress() const;

  // A thing to do, with the texts it points to. Kept until the next handle().
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }
  void push(const Out& out) { outs_.push_back(out); }

  SimulationPlan plan_;
  std::vector<twilio::carrier::Call> calls_;
  std::vector<StreamPlace> streams_;
  std::vector<FetchPlace> fetches_;
  std::vector<Exchange> exchanges_;
  // Stream connections that could not even be dialled: the carrier is told in the next turn.
  std::vector<twilio::carrier::StreamId> undialled_;
  std::vector<twilio::carrier::FetchId> unfetched_;
  std::deque<std::string> texts_;
  std::deque<Out> outs_;
  Outbox outbox_;
  HttpServer http_;
  twilio::carrier::Carrier carrier_;
  Now now_;
  Instant next_call_;
  uint32_t begun_ = 0;
  uint32_t ended_ = 0;
  uint32_t good_ = 0;
  uint32_t bad_ = 0;
  uint32_t silent_ = 0;
  uint32_t generation_ = 0;
  RestId last_rest_ = 0;
  twilio::carrier::ExchangeId last_exchange_ = 0;
  twilio::carrier::CallRef first_;
  Instant first_answered_;
  std::string audio_;
  bool stopping_ = false;
  bool stopped_ = false;
  // Over all calls.
  uint64_t frames_ = 0;
  uint64_t echoes_ = 0;
  uint64_t loud_sent_ = 0;
  Duration delay_worst_;
  Duration jitter_worst_;
  uint32_t gaps_ = 0;
};

}  // namespace hookflash::cli
