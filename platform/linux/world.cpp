#include "platform/linux/world.h"

#include <unistd.h>

#include "platform/linux/certificate_clock.h"
#include "platform/linux/clocks.h"

namespace hookflash {

World::World() = default;
World::~World() { stop(); }

// --- The core
// -------------------------------------------------------------------------------------

void World::deliver(const In& in) { deliver_at(in, read_clocks()); }

void World::deliver_at(const In& in, Now now) {
  CHECK(!inside_);
  inside_ = true;
  now_ = now;
  core_->handle(in, now);
  drain();
  inside_ = false;
}

void World::drain() {
  Out out;
  while (core_->next(out)) perform(out);
}

Stream* World::find(SocketId socket) {
  return socket.index < limits::kAcceptedMax ? accepted_.find(socket) : dials_.find(socket);
}

void World::perform(const Out& out) {
  struct Visitor {
    World& world;
    void operator()(std::monostate /*none*/) const {}
    void operator()(const out::Write& write) const { world.accepted_.perform(write); }
    void operator()(const out::Close& close) const { world.accepted_.perform(close); }
    void operator()(const out::WsAccept& accept) const { world.accepted_.perform(accept); }
    void operator()(const out::WsDial& dial) const { world.dials_.perform(dial, world.now_); }
    void operator()(const out::WsSend& send) const {
      if (Stream* const stream = world.find(send.socket))
        world.streams_.send_text(*stream, send.text);
    }
    void operator()(const out::WsPing& ping) const {
      if (Stream* const stream = world.find(ping.socket)) world.streams_.ping(*stream);
    }
    void operator()(const out::WsClose& close) const {
      if (close.socket.index >= limits::kAcceptedMax)
        return world.dials_.perform(close, world.now_);
      world.accepted_.perform(close, world.now_);
    }
    void operator()(const out::WsRead& read) const {
      if (Stream* const stream = world.find(read.socket)) world.streams_.read(*stream, read.on);
    }
    void operator()(const out::RestSend& send) const { world.rest_.perform(send, world.now_); }
    void operator()(const out::Persist& persist) const {
      CHECK(ok(world.storage_.put(persist.id, persist.entry)));  // The core keeps to its limits.
    }
    void operator()(const out::Withdraw& withdraw) const { world.storage_.withdraw(withdraw.id); }
    void operator()(const out::KeepTime& time) const { guard_certificate_clock(time.guard); }
    void operator()(const out::LogLine& line) const { world.log_.write(line.line); }
    void operator()(const out::Stopped& /*stopped*/) const { world.core_stopped_ = true; }
  };
  std::visit(Visitor{*this}, out);
}

// --- The loop
// -------------------------------------------------------------------------------------

bool World::run() {
  {
    const std::lock_guard turn(turn_);
    if (!running_ || stopping_) return true;
    CHECK(!looping_);
    looping_ = true;
  }
  const bool stopped = loop();
  const std::lock_guard turn(turn_);
  looping_ = false;
  changed_.notify_all();
  return stopped;
}

bool World::loop() {
  while (!core_stopped_ && !cut_short_) {
    serve_due();
    serve_timers();
    settle();
    // When it has passed already the loop does not sleep, and the timer is not needed.
    if (core_->deadline() > now_.mono) poller_.wake_at(core_->deadline());
    poller_.wait(patience());
    // The core's due frames come before the next batch, and in the midst of a long one.
    Poller::Event event;
    size_t served = 0;
    while (!core_stopped_ && poller_.next(event)) {
      serve(event);
      settle();
      if (++served % linux_limits::kEventsPerTurn == 0) serve_due();
    }
  }
  settle();
  log_.flush();
  return core_stopped_;
}

// One Tick: what is left over stays due, and is served after other events had their turn.
void World::serve_due() {
  if (core_->deadline() == Instant::max()) return;
  const Now now = read_clocks();
  if (core_->deadline() <= now.mono) deliver_at(in::Tick{}, now);
}

void World::serve(const Poller::Event& event) {
  switch (event.kind) {
    case Poller::Kind::kStream: return streams_.service(event);
    case Poller::Kind::kListener: return serve_listener(event.descriptor);
    case Poller::Kind::kStorage: return serve_storage();
    case Poller::Kind::kLookup: return resolver_.service(event);
    case Poller::Kind::kSignal: return serve_signals();
    case Poller::Kind::kRequest: return serve_requests();
    case Poller::Kind::kTimer:
    case Poller::Kind::kNone: break;
  }
}

// What had to wait until libwebsockets or c-ares had returned. Each may make work for the others.
void World::settle() {
  streams_.settle();
  resolver_.settle();
  dials_.settle();
  rest_.settle();
  streams_.settle();
}

void World::serve_storage() {
  storage_.clear_signal();
  StorageThread::Fate fate;
  while (storage_.take_result(fate)) {
    deliver(in::Persisted{fate.id, fate.status, fate.space_short, fate.free_bytes,
                          fate.transcripts_dropped});
  }
}

// B-JRN-9. In the loop, because nothing else happens on a box without calls.
void World::open_store() {
  if (opening_->open_store(read_clocks())) return;
  store_opening_.kind = static_cast<uint16_t>(TimerKind::kStoreOpening);
  timers_.arm(store_opening_, read_clocks().mono + linux_limits::kStoreOpening);
}

void World::serve_listener(int descriptor) {
  Listeners::Listener* const listener = listeners_.find(descriptor);
  if (listener == nullptr) return;
  IpAddress peer;
  const int accepted = listeners_.accept(*listener, peer);
  if (listener->paused && !accept_pause_.armed()) {
    accept_pause_.kind = static_cast<uint16_t>(TimerKind::kAcceptPause);
    timers_.arm(accept_pause_, read_clocks().mono + linux_limits::kAcceptPause);
  }
  if (accepted < 0) return;
  if (accepted_.has_room()) {
    accepted_.accept(accepted, listener->name, listener->host, peer);
  } else {
    close(accepted);
  }
}

void World::serve_timers() {
  streams_patience_ = streams_.patience();
  if (streams_patience_ == Duration()) streams_.service_buffered();
  resolver_.service_timeouts();
  const Instant now = read_clocks().mono;
  while (const Deadline* const due = timers_.pop_due(now)) {
    switch (static_cast<TimerKind>(due->kind)) {
      case TimerKind::kAcceptedClose: accepted_.close_timed_out(due->owner); break;
      case TimerKind::kDial: dials_.timed_out(due->owner); break;
      case TimerKind::kDialAttempt: dials_.attempt_timed_out(due->owner); break;
      case TimerKind::kRestExchange: rest_.exchange_timed_out(due->owner); break;
      case TimerKind::kRestAttempt: rest_.attempt_timed_out(due->owner); break;
      case TimerKind::kRestIdle: rest_.idle_timed_out(due->owner); break;
      case TimerKind::kAcceptPause: listeners_.resume(); break;
      case TimerKind::kStoreOpening: open_store(); break;
    }
  }
  if (log_.patience() != Duration::max()) log_.flush();
}

// How long the loop may sleep, the core's own deadline apart (the timer is for that).
Duration World::patience() {
  if (core_->deadline() <= now_.mono) return Duration();  // Work was left over.
  Duration least = std::min(streams_patience_, log_.patience());
  least = std::min(least, resolver_.patience());
  if (timers_.next() != Instant::max())
    least = std::min(least, timers_.next() - read_clocks().mono);
  return least;
}

// --- The operator
// ---------------------------------------------------------------------------------

void World::begin_stop(in::StopMode mode) {
  if (stop_begun_) {
    cut_short_ = true;
    return;
  }
  stop_begun_ = true;
  deliver(in::Stop{mode});
}

void World::log(std::string_view line) { log_.write(line); }

uint16_t World::port(in::Listener name) {
  const Listeners::Listener* const listener = listeners_.find(name);
  return listener != nullptr ? listener->port : uint16_t{0};
}

}  // namespace hookflash
