#include "callers.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "bare_loop.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/linux/cli/simulation.h"
#include "platform/linux/world.h"

namespace hookflash {
namespace {

using std::string;

constexpr std::chrono::seconds kNextEnd{1};
constexpr std::chrono::seconds kLastEnd{60};
constexpr int kLooksMax = 5000;

// The application: an echo understands the carrier's messages as well as any.
class App final : public bench::BareLoop {
  void on_message(Peer& peer, std::span<uint8_t> payload) override { send(peer, payload); }
};

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

string answer_to(uint16_t port, const string& method, const string& target, const string& body) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  string answer;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    string request =
        method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
    if (!body.empty()) {
      request +=
          "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n";
    }
    request += "\r\n" + body;
    char piece[4096];
    ssize_t got = 0;
    (void)!write(descriptor, request.data(), request.size());
    while ((got = read(descriptor, piece, sizeof piece)) > 0)
      answer.append(piece, static_cast<size_t>(got));
  }
  close(descriptor);
  return answer;
}

// The simulated Twilio, whose finished calls another thread may wait for.
class Watched final : public Core {
 public:
  explicit Watched(cli::Simulation& simulation) : simulation_(simulation) {}

  void handle(const In& in, Now now) override {
    simulation_.handle(in, now);
    const uint32_t ended = simulation_.good_calls() + simulation_.bad_calls();
    const std::lock_guard lock(mutex_);
    if (ended == ended_) return;
    ended_ = ended;
    changed_.notify_all();
  }
  bool next(Out& out) override { return simulation_.next(out); }
  [[nodiscard]] Instant deadline() const override { return simulation_.deadline(); }

  [[nodiscard]] uint32_t ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  // Until so many calls have ended, so long at most.
  bool await(uint32_t ended, std::chrono::seconds most) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, std::chrono::steady_clock::now() + most,
                               [&] { return ended_ >= ended; });
  }

 private:
  cli::Simulation& simulation_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint32_t ended_ = 0;
};

World& the_world() {
  static World world;
  return world;
}

// One round of the simulated Twilio. False when a call did not end as it should, or the round could
// not begin. That a caller hears nothing in its 150 ms is no fault where the machine is busy, but
// most do.
template <typename During>
bool simulate(const CallersPlan& plan, uint32_t calls, const char* number, During during) {
  twilio::carrier::Settings settings;
  settings.account_sid.set(kAccount);
  settings.auth_token.set(kAuthToken);
  cli::SimulationPlan simulated;
  simulated.calls = calls;
  simulated.stagger = Duration::ms(16);
  simulated.talk = Duration::ms(150);
  simulated.rings = Duration::ms(50);
  // As the box says it at its start: what a busy one answers 503 comes again.
  simulated.webhook =
      "http://127.0.0.1:" + std::to_string(plan.box_port) + "/voice/webhook#rc=2&rp=5xx,ct";
  simulated.to = number;
  simulated.story = false;
  simulated.stay = calls == 0;
  twilio::carrier::Number of_account;
  of_account.phone.set(number);
  of_account.voice_url.set(simulated.webhook);
  of_account.status_callback.set(simulated.webhook);
  (void)settings.numbers.push(of_account);
  LinuxEntropy entropy;
  if (!ok(entropy.start())) return false;
  MbedCrypto crypto;
  cli::Simulation simulation(settings, simulated, crypto, entropy);
  MemoryEntryStore store;
  const ListenerConfig listeners[] = {{.port = plan.rest_port}};
  WorldConfig config;
  config.listeners = listeners;
  config.store = &store;
  config.rest_to_private_hosts = true;
  config.signals = false;
  Watched watched(simulation);
  if (!ok(the_world().start(config, watched))) return false;
  std::thread thread([&] { during(watched); });
  the_world().run();
  the_world().stop();
  thread.join();
  simulation.print_summary();
  const uint32_t good = simulation.good_calls();
  const uint32_t silent = simulation.silent_calls();
  return simulation.bad_calls() == silent && good + silent >= calls && silent <= good;
}

// Places calls through the API, one after the other, while the simulated Twilio serves the box.
bool place_calls(const CallersPlan& plan, Watched& twilio) {
  uint32_t placed = 0;
  for (uint32_t tries = 0; placed < plan.outbound_calls && tries < 20'000; ++tries) {
    const uint32_t ended = twilio.ended();
    const string answer = answer_to(plan.box_port, "POST", "/call/outbound",
                                    R"({"to":"+15557654321","mode":"conversation","app":"echo"})");
    if (answer.rfind("HTTP/1.1 201", 0) == 0) ++placed;
    // All lines are busy until one of the calls has ended; the box may know of the last a little
    // later.
    if (answer.rfind("HTTP/1.1 429", 0) == 0) twilio.await(ended + 1, kNextEnd);
    if (tries % 16 == 0) {
      answer_to(plan.box_port, "GET", "/metrics", "");
      answer_to(plan.box_port, "GET", "/api/v1/calls", "");
      answer_to(plan.box_port, "GET", "/api/v1/calls?state=finished", "");
      answer_to(plan.box_port, "POST", "/call/outbound", R"({"to":"nobody","mode":[]})");
    }
  }
  // The last ones come to their end, here and then in the box.
  const bool ended = twilio.await(placed, kLastEnd);
  const string none = "hookflash_calls_active{line=\"main\",direction=\"outbound\"} 0";
  for (int looks = 0; ended && looks < kLooksMax; ++looks) {
    if (answer_to(plan.box_port, "GET", "/metrics", "").find(none) != string::npos) break;
  }
  the_world().request_stop(in::StopMode::kEnd);
  return ended && placed == plan.outbound_calls;
}

bool play(const CallersPlan& plan) {
  std::thread([port = plan.app_port] { App().run(port); }).detach();
  const auto nothing = [](Watched&) {};
  bool good = simulate(plan, plan.echo_calls, kEchoNumber, nothing);
  kill(getppid(), SIGHUP);  // The configuration is read again with calls behind and before it.
  good = simulate(plan, plan.app_calls, kAppNumber, nothing) && good;
  bool placed = true;
  if (plan.outbound_calls > 0) {
    good = simulate(plan, 0, kEchoNumber,
                    [&](Watched& twilio) { placed = place_calls(plan, twilio); }) &&
           good;
  }
  return good && placed;
}

}  // namespace

uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  uint16_t port = 0;
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  close(descriptor);
  return port;
}

pid_t fork_callers(const CallersPlan& plan, int ready) {
  fflush(stdout);
  const pid_t child = fork();
  if (child != 0) return child;
  char byte = 0;
  const bool good = read(ready, &byte, 1) == 1 && play(plan);
  kill(getppid(), SIGTERM);
  fflush(stdout);
  _exit(good ? 0 : 1);
}

}  // namespace hookflash
