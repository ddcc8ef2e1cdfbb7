#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hal/core.h"
#include "hal/crypto.h"
#include "platform/sim/core_probe.h"
#include "platform/sim/http_exchange.h"
#include "platform/sim/journal_storage.h"
#include "platform/sim/network.h"
#include "platform/sim/sim_app.h"
#include "platform/sim/sim_storage.h"
#include "platform/sim/sim_twilio.h"
#include "platform/sim/timeline.h"

namespace hookflash::sim {

struct WorldOptions {
  uint64_t seed = 1;
  NetworkTraits network;
  Duration tick_late_max = Duration::us(500);  // How late a wake-up may be (never early).
  twilio::carrier::Settings twilio;            // Without account: the one of example_account().
  Doorway doorway;
  size_t carrier_calls = 64;
  bool journal = false;  // Entries go to the real journal on flash in memory.
};

// The account that examples and tests use: its numbers ring at
// https://box.example.com/voice/webhook.
inline constexpr std::string_view kAccountSid = "AC00000000000000000000000000000001";
inline constexpr std::string_view kAuthToken = "12345678901234567890123456789012";
inline constexpr std::string_view kOurNumber = "+15550001000";
twilio::carrier::Settings example_account();

// A whole world in virtual time around one core: clock, network, carrier, apps, storage. The core
// is the object that runs in production too.
//
//   World w({.seed = 7}, crypto);
//   Appliance box(..., w.core_entropy(), crypto);
//   w.attach(box);
//   w.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kEcho});
//   const auto call = w.inbound_call("+15551234567");
//   w.run(Duration::seconds(2));
//   EXPECT_EQ(w.call(call).state, CallState::kInProgress);
class World final : private CoreGate, private Dialling {
 public:
  World(const WorldOptions& options, Crypto& crypto);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- Before it begins
  // ---------------------------------------------------------------------------------
  Entropy& core_entropy() { return core_entropy_; }
  [[nodiscard]] Now now() const { return timeline_.now(); }
  void attach(Core& core, const CoreProbe* probe = nullptr);
  // The box loses power: connections break, entries that are not durable are lost, nothing answers
  // until another core is attached.
  void power_cut();
  // Called after each value the core has handled; for invariants.
  void after_each(std::function<void(const In&)> check) { after_each_ = std::move(check); }

  // --- Time
  // -------------------------------------------------------------------------------------------
  void run(Duration time);
  // True as soon as the condition holds; false when it did not within the limit.
  bool run_until(const std::function<bool()>& condition, Duration limit);
  void plan(Duration after, std::function<void()> act) { timeline_.plan(after, std::move(act)); }
  void jump_wall(Duration by) { timeline_.jump_wall(by); }
  // How late wake-ups of the core may come from now on.
  void tick_late(Duration most) { tick_late_max_ = most; }

  // --- People and machines
  // ---------------------------------------------------------------------------- Somebody who
  // speaks calls our number. CHECKs that the carrier has a place for the call.
  CallRef inbound_call(std::string_view from);
  CallRef inbound_call(std::string_view from, const twilio::carrier::Person& person,
                       std::string_view to = kOurNumber);
  [[nodiscard]] twilio::carrier::Person speaker() const { return twilio_->speaker(); }
  [[nodiscard]] const twilio::carrier::Call& call(CallRef ref) const;
  void hang_up(CallRef call) { twilio_->carrier().hang_up(call, now()); }
  void press(CallRef call, std::string_view digits) {
    twilio_->carrier().press(call, digits, now());
  }
  void drop_stream(CallRef call) { twilio_->carrier().drop_stream(call, now()); }
  SimApp& add_app(std::string host, const AppBehaviour& behaviour);
  SimApp* app(std::string_view host);
  // Everybody's certificate is valid in this time only; at first for ever.
  void certificates(WallTime from, WallTime until) {
    certificates_from_ = from;
    certificates_until_ = until;
  }

  // A request from this machine (peer address 127.0.0.1 unless given), answered within `limit` or
  // with status 0. request_later() does not wait.
  HttpAnswer request(const HttpRequest& request, Duration limit = Duration::seconds(30));
  HttpAnswer get(std::string target);
  HttpAnswer post_json(std::string target, std::string body, std::vector<std::string> headers = {});
  void request_later(const HttpRequest& request, HttpExchange::Done done);

  // Values of the operator.
  void reconfigure(std::string_view json) { deliver(in::Reconfigure{json}); }
  void stop(in::StopMode mode) { deliver(in::Stop{mode}); }
  [[nodiscard]] bool stopped() const { return stopped_; }

  // --- The parts
  // --------------------------------------------------------------------------------------
  Timeline& timeline() { return timeline_; }
  Network& network() { return network_; }
  SimTwilio& twilio() { return *twilio_; }
  SimStorage& storage() { return storage_; }  // Without a journal.
  Storage& kept() { return journal_ ? static_cast<Storage&>(*journal_) : storage_; }
  JournalStorage* journal() { return journal_.get(); }
  Core& core() { return *core_; }
  [[nodiscard]] const CoreProbe* probe() const { return probe_; }

  // --- What was seen
  // ----------------------------------------------------------------------------------
  [[nodiscard]] const SimLog& log() const { return timeline_.log; }
  [[nodiscard]] uint64_t handled() const { return handled_; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  void violation(std::string_view what) override;
  // Log lines of the core (text behind the stamp), newest last.
  [[nodiscard]] const std::vector<std::string>& core_lines() const { return core_lines_; }

 private:
  void deliver(const In& in) override;
  [[nodiscard]] bool certificates_good() const {
    const WallTime time = guard_.judge(now()).wall;
    return certificates_from_ <= time && time <= certificates_until_;
  }
  DialAnswer answer(const DialRequest& request, LinkId link) override;
  void drain();
  void perform(const Out& out);
  void note_in(const In& in);
  void note_out(const Out& out);
  bool step(Instant limit);
  Instant tick_at();

  Timeline timeline_;
  SeededEntropy core_entropy_;
  Duration tick_late_max_;
  Core* core_ = nullptr;
  const CoreProbe* probe_ = nullptr;
  // Stands where the core was while there is none.
  class NoCore final : public Core {
   public:
    void handle(const In& in, Now now) override { (void)in, (void)now; }
    bool next(Out& out) override { return (void)out, false; }
    [[nodiscard]] Instant deadline() const override { return Instant::max(); }
  };
  NoCore no_core_;
  bool handling_ = false;
  bool stopped_ = false;
  Network network_;
  SimStorage storage_;
  std::unique_ptr<JournalStorage> journal_;
  std::unique_ptr<SimTwilio> twilio_;
  std::vector<std::unique_ptr<SimApp>> apps_;
  std::function<void(const In&)> after_each_;
  Instant tick_wanted_ = Instant::max();
  Instant tick_planned_ = Instant::max();
  Instant still_since_;
  uint64_t still_ = 0;
  uint64_t handled_ = 0;
  std::vector<std::string> violations_;
  std::vector<std::string> core_lines_;
  ClockGuard guard_;  // The box judges certificates by it.
  WallTime certificates_from_;
  WallTime certificates_until_ = WallTime::from_ms(std::numeric_limits<int64_t>::max());
};

}  // namespace hookflash::sim
