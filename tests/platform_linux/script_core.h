#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hal/core.h"
#include "platform/linux/world.h"

namespace hookflash {

// What the core was told, kept for the test: the kind of value and its fields, as far as tests ask.
struct Seen {
  std::string what;
  SocketId socket;
  std::string text;     // Bytes, message, body, reason.
  uint64_t number = 0;  // Code, status, id, unsent.
  uint64_t other = 0;   // frame_left, WsEnd, RestFailure, Status.
  bool flag = false;    // tls, flushed, binary, sent.
};

// A core that does what the test says. Reactions and posted jobs run in the world's thread and push
// what they want done; the test's thread waits for what was seen.
class ScriptCore final : public Core {
 public:
  using Reaction = std::function<void(const Seen&)>;

  // --- From the test's thread ---

  void react(Reaction reaction) {
    const std::lock_guard lock(mutex_);
    reaction_ = std::move(reaction);
  }
  // The nth value of that kind, counted from 1. Waits for it; fails the test after 20 s.
  Seen wait(const std::string& what, size_t n = 1);
  // The nth value of any of these kinds.
  Seen wait_any(const std::vector<std::string>& kinds, size_t n);
  size_t count(const std::string& what);
  // Runs the job in the world's thread.
  void post(World& world, std::function<void()> job);

  // --- From reactions and jobs ---

  void push(const Out& out) { outs_.push_back(out); }
  void write(SocketId socket, std::string bytes) {
    push(out::Write{socket, bytes_of(keep(std::move(bytes)))});
  }
  void close(SocketId socket, bool now = false) { push(out::Close{socket, now}); }
  void send(SocketId socket, const std::string& text);
  void accept_websocket(const Seen& head, const std::string& early = {});
  void dial(out::WsDial dial);
  void rest(out::RestSend send);
  void persist(PersistId id, std::string entry) {
    push(out::Persist{id, bytes_of(keep(std::move(entry)))});
  }
  std::string_view keep(std::string text) {
    kept_.push_back(std::move(text));
    return kept_.back();
  }
  // A Tick is wanted then; tests of the clock set it.
  Instant tick_at = Instant::max();
  std::function<void(Now)> on_tick;

  // --- The core ---

  void handle(const In& in, Now now) override;
  bool next(Out& out) override;
  [[nodiscard]] Instant deadline() const override;

 private:
  void note(Seen seen);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Seen> seen_;
  Reaction reaction_;
  std::deque<std::function<void()>> jobs_;
  std::atomic<bool> jobs_wait_{false};
  std::deque<Out> outs_;
  std::deque<std::string> kept_;
  std::string message_;
};

// The name of a request head for `target`, enough for our own reactions.
bool is_request(const Seen& seen, std::string_view method, std::string_view target);
// The value of a header in a request or answer; empty when it is absent.
std::string header(std::string_view text, std::string_view name);

// Arenas are for one thread, and the opposites in our tests use mbedTLS in theirs.
WorldConfig on_the_heap();

// A world in a thread of its own, from start to stop.
class RunningWorld {
 public:
  explicit RunningWorld(WorldConfig config = on_the_heap(),
                        std::vector<ListenerConfig> listeners = {ListenerConfig{}});
  ~RunningWorld();

  ScriptCore core;
  World& world() { return *world_; }
  [[nodiscard]] uint16_t port(in::Listener listener = in::Listener::kMain) {
    return world_->port(listener);
  }
  void post(std::function<void()> job) { core.post(*world_, std::move(job)); }
  pthread_t thread() { return thread_.native_handle(); }
  // Ends run() and waits for it; its result.
  bool finish();

  MemoryEntryStore store;

 private:
  std::unique_ptr<World> world_;
  std::thread thread_;
  bool result_ = false;
};

}  // namespace hookflash
