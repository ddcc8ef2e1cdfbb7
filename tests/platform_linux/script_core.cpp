#include "script_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace hookflash {

void ScriptCore::note(Seen seen) {
  Reaction reaction;
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back(seen);
    reaction = reaction_;
  }
  if (reaction) reaction(seen);
  changed_.notify_all();
}

Seen ScriptCore::wait(const std::string& what, size_t n) { return wait_any({what}, n); }

Seen ScriptCore::wait_any(const std::vector<std::string>& kinds, size_t n) {
  std::unique_lock lock(mutex_);
  Seen found;
  const bool came = changed_.wait_for(lock, std::chrono::seconds(20), [&] {
    size_t count = 0;
    for (const Seen& one : seen_) {
      if (std::find(kinds.begin(), kinds.end(), one.what) == kinds.end() || ++count < n) continue;
      found = one;
      return true;
    }
    return false;
  });
  if (came) return found;
  std::string last;
  for (size_t i = seen_.size() - std::min<size_t>(seen_.size(), 20); i < seen_.size(); ++i) {
    last += seen_[i].what + " " + std::to_string(seen_[i].number) + "; ";
  }
  ADD_FAILURE() << "no " << kinds.front() << " number " << n << "; seen last: " << last;
  return found;
}

size_t ScriptCore::count(const std::string& what) {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(
      std::count_if(seen_.begin(), seen_.end(), [&](const Seen& one) { return one.what == what; }));
}

void ScriptCore::post(World& world, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    jobs_wait_ = true;
  }
  world.request_reload();  // Without a configuration file this only wakes the loop.
}

Instant ScriptCore::deadline() const { return jobs_wait_ ? Instant::from_us(1) : tick_at; }

void ScriptCore::send(SocketId socket, const std::string& text) {
  std::string& room = kept_.emplace_back(limits::kWsHeadroom, '\0');
  room += text;
  push(out::WsSend{socket,
                   {reinterpret_cast<uint8_t*>(room.data()) + limits::kWsHeadroom, text.size()}});
}

void ScriptCore::accept_websocket(const Seen& head, const std::string& early) {
  push(out::WsAccept{head.socket, keep(header(head.text, "Sec-WebSocket-Key")),
                     bytes_of(keep(early))});
}

void ScriptCore::dial(out::WsDial dial) {
  dial.host = keep(std::string(dial.host));
  dial.target = keep(std::string(dial.target));
  dial.headers = keep(std::string(dial.headers));
  push(dial);
}

void ScriptCore::rest(out::RestSend send) {
  for (std::string_view* text :
       {&send.method, &send.host, &send.target, &send.headers, &send.body}) {
    *text = keep(std::string(*text));
  }
  push(send);
}

bool ScriptCore::next(Out& out) {
  if (outs_.empty()) return false;
  out = outs_.front();
  outs_.pop_front();
  return true;
}

void ScriptCore::handle(const In& in, Now now) {
  kept_.clear();
  if (std::holds_alternative<in::Tick>(in)) {
    std::deque<std::function<void()>> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(jobs_);
      jobs_wait_ = false;
    }
    const bool asked = tick_at <= now.mono;
    for (const auto& job : jobs) job();
    if (asked && on_tick) on_tick(now);
  } else if (const auto* accepted = std::get_if<in::Accepted>(&in)) {
    char text[64];
    TextWriter peer(text, sizeof text);
    accepted->peer.write(peer);
    note({"accepted", accepted->socket, std::string(peer.view()),
          accepted->listener == in::Listener::kApi ? 1U : 0U, 0, accepted->tls});
  } else if (const auto* received = std::get_if<in::Received>(&in)) {
    note({"received", received->socket, std::string(text_of(received->bytes))});
  } else if (const auto* sent = std::get_if<in::Sent>(&in)) {
    note({"sent", sent->socket});
  } else if (const auto* closed = std::get_if<in::Closed>(&in)) {
    note({"closed", closed->socket, {}, 0, 0, closed->flushed});
  } else if (const auto* opened = std::get_if<in::WsOpened>(&in)) {
    note({"ws-opened", opened->socket});
  } else if (const auto* piece = std::get_if<in::WsReceived>(&in)) {
    if (piece->first) message_.clear();
    message_ += text_of(piece->piece);
    note({"ws-piece", piece->socket, std::string(text_of(piece->piece)), piece->first ? 1U : 0U,
          piece->frame_left, piece->binary});
    if (piece->last) note({"ws-message", piece->socket, message_, 0, 0, piece->binary});
  } else if (const auto* pong = std::get_if<in::WsPong>(&in)) {
    note({"ws-pong", pong->socket});
  } else if (const auto* blocked = std::get_if<in::WsBlocked>(&in)) {
    note({"ws-blocked", blocked->socket, {}, blocked->unsent});
  } else if (const auto* writable = std::get_if<in::WsWritable>(&in)) {
    note({"ws-writable", writable->socket});
  } else if (const auto* end = std::get_if<in::WsClosed>(&in)) {
    note({"ws-closed", end->socket, std::string(end->reason), end->code,
          static_cast<uint64_t>(end->end)});
  } else if (const auto* answer = std::get_if<in::RestAnswered>(&in)) {
    note({"rest-answered",
          {},
          std::string(answer->body),
          answer->id,
          uint64_t{answer->status} | static_cast<uint64_t>(answer->retry_after_seconds + 1) << 16});
  } else if (const auto* failed = std::get_if<in::RestFailed>(&in)) {
    note({"rest-failed", {}, {}, failed->id, static_cast<uint64_t>(failed->failure), failed->sent});
  } else if (const auto* persisted = std::get_if<in::Persisted>(&in)) {
    note({"persisted", {}, {}, persisted->id, static_cast<uint64_t>(persisted->status)});
  } else if (const auto* configuration = std::get_if<in::Reconfigure>(&in)) {
    note({"reconfigure", {}, std::string(configuration->json)});
  } else if (const auto* stop = std::get_if<in::Stop>(&in)) {
    note({"stop", {}, {}, static_cast<uint64_t>(stop->mode)});
    push(out::Stopped{});
  }
}

bool is_request(const Seen& seen, std::string_view method, std::string_view target) {
  const std::string start = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  return seen.what == "received" && seen.text.compare(0, start.size(), start) == 0;
}

std::string header(std::string_view text, std::string_view name) {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const size_t at = text.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + wanted.size());
  return std::string(rest.substr(0, rest.find("\r\n")));
}

WorldConfig on_the_heap() {
  WorldConfig config;
  config.memory = LibraryMemory::kHeap;
  return config;
}

RunningWorld::RunningWorld(WorldConfig config, std::vector<ListenerConfig> listeners)
    : world_(std::make_unique<World>()) {
  if (config.store == nullptr) config.store = &store;
  config.listeners = listeners;
  const Status started = world_->start(config, core);
  EXPECT_EQ(started, Status::kOk) << world_->problem();
  if (ok(started)) thread_ = std::thread([this] { result_ = world_->run(); });
}

bool RunningWorld::finish() {
  if (!thread_.joinable()) return result_;
  world_->request_stop(in::StopMode::kEnd);
  thread_.join();
  world_->stop();
  return result_;
}

RunningWorld::~RunningWorld() { finish(); }

}  // namespace hookflash
