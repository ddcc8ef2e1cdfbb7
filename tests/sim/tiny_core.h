#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hal/core.h"
#include "platform/sim/core_probe.h"

namespace hookflash::sim {

// The least core that lives in the world: it answers webhooks, after a Persist, with a document
// that connects a stream, and either echoes the stream or relays it to an app. It checks no
// signatures and keeps no rules; it is there so that the world can be tested before and without the
// appliance.
class TinyCore final : public Core, public CoreProbe {
 public:
  struct Mode {
    std::string app_host;      // Empty: echo. Else streams are relayed to this host.
    bool leaks_calls = false;  // Forgets to end calls: for tests of the checkers.
    bool sends_early = false;  // Sends media far ahead of real time.
    std::string document;      // Instead of the stream document.
  };
  explicit TinyCore(const Mode& mode) : mode_(mode) {}

  void handle(const In& in, Now now) override;
  bool next(Out& out) override;
  [[nodiscard]] Instant deadline() const override { return deadline_; }

  [[nodiscard]] CoreCounts counts() const override;
  [[nodiscard]] bool knows_live(std::string_view sid) const override {
    return live_.count(std::string(sid)) > 0;
  }

  // Seen.
  int ticks = 0;
  int tick_too_early = 0;
  std::map<int, int> rest_statuses;
  std::vector<in::RestFailure> rest_failures;
  std::vector<uint32_t> blocked;
  int writable = 0;
  std::vector<in::WsEnd> ends;

  // Asks for a call over REST; for tests.
  void dial(std::string_view to, std::string_view extra = {});
  void wake_at(Instant at) { deadline_ = at; }
  void send_to_app(std::string_view text, int times);
  void stop_reading_apps(bool stop);

 private:
  struct Socket {
    SocketId id;
    bool websocket = false;
    bool app = false;
    uint16_t partner = 0;  // Index of the other leg plus one.
    std::string text;      // Request or message in hand.
    std::string stream_sid;
  };
  struct Waiting {
    PersistId id;
    SocketId socket;
    std::string answer;
  };

  void received(Socket& socket);
  void answer(const Socket& socket, std::string_view status, std::string_view body,
              std::string_view type);
  void message(Socket& socket, const std::string& text);
  void send(const Socket& socket, std::string text);
  std::string& keep(std::string text);

  Mode mode_;
  Instant deadline_ = Instant::max();
  std::map<uint16_t, Socket> sockets_;
  std::deque<Waiting> waiting_;
  std::map<std::string, bool> live_;
  std::deque<std::string> kept_;  // What outs point to.
  std::deque<std::string> requested_;
  std::deque<Out> outs_;
  PersistId last_persist_ = 0;
  RestId last_rest_ = 0;
  size_t rest_ = 0;
  uint16_t next_place_ = 60'000;
};

}  // namespace hookflash::sim
