#include "load.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "base/base64.h"
#include "platform/linux/cli/speech.h"

namespace hookflash::bench {
namespace {

constexpr int64_t kFrameUs = 20'000;
constexpr size_t kFrameBytes = 160;
constexpr uint64_t kTimer = 1ULL << 62;
constexpr uint64_t kAppListener = 1ULL << 61;
constexpr uint64_t kAppLeg = 1ULL << 60;

// Loud noise, different in each frame of a second: the standing delay is not worked off by it.
std::string noise() {
  std::string audio(50 * kFrameBytes, '\0');
  uint32_t state = 1;
  for (char& byte : audio) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24 & 0xBFU);  // Never near silence.
  }
  return audio;
}

std::string encoded(std::string_view bytes) {
  std::string text(base64_encoded_size(bytes.size()), '\0');
  text.resize(base64_encode(bytes_of(bytes), text.data()));
  return text;
}

// Opens TLS connections at a rate, one after the other, each for one request.
void knock(const LoadOptions& options, const bool& going_on, uint64_t& done) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const int64_t each = 1'000'000'000 / options.setups;
  const timespec period{each / 1'000'000'000, each % 1'000'000'000};
  const itimerspec ticks{.it_interval = period, .it_value = period};
  timerfd_settime(timer, 0, &ticks, nullptr);
  uint64_t due = 1;
  while (__atomic_load_n(&going_on, __ATOMIC_RELAXED)) {
    Link link;
    if (link.connect(options.port, true) &&
        link.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n") &&
        link.receive_head().rfind("HTTP/1.1 200", 0) == 0) {
      ++done;
    }
    if (--due == 0 && read(timer, &due, sizeof due) != sizeof due) break;
  }
  ::close(timer);
}

}  // namespace

Load::Load(const LoadOptions& options)
    : options_(options), audio_(noise()), run_name_(std::to_string(now_us())) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  watch(timer_, kTimer);
  if (options_.speech) {
    audio_ = cli::spoken_sample();
    audio_.resize(audio_.size() / kFrameBytes * kFrameBytes);
  }
}

Load::~Load() {
  ::close(epoll_);
  ::close(timer_);
  if (app_listener_ >= 0) ::close(app_listener_);
}

void Load::watch(int descriptor, uint64_t tag) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = tag}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

bool Load::listen_for_app() {
  app_listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(app_listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.app_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(app_listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(app_listener_, 1024) != 0) {
    perror("bench: the application cannot listen");
    return false;
  }
  watch(app_listener_, kAppListener);
  return true;
}

int Load::run() {
  if (audio_.empty()) {
    fprintf(stderr, "bench: no speech; is espeak-ng installed?\n");
    return 1;
  }
  if (options_.app_port != 0 && !listen_for_app()) return 1;
  // Each stream has a phase of its own; calls are not in step with each other.
  const int64_t begin = now_us();
  for (size_t i = 0; i < options_.streams; ++i) {
    callers_.push_back(std::make_unique<Caller>());
    const std::string problem = place(*callers_[i], i);
    if (!problem.empty()) {
      fprintf(stderr, "bench: call %zu: %s\n", i, problem.c_str());
      return 1;
    }
    watch(callers_[i]->talker.link.descriptor(), i);
    const int64_t phase = static_cast<int64_t>(i) * kFrameUs / options_.streams;
    const int64_t turns = (now_us() - begin) / kFrameUs + 1;
    due_.push({begin + turns * kFrameUs + phase, Act::kFrame, i});
    // The other side has to reach the application before the next call comes.
    const int64_t patience = now_us() + 5'000'000;
    serve(now_us() + 3000);
    while (options_.app_port != 0 && now_us() < patience &&
           (apps_.size() <= i || apps_[i]->stream_sid.empty())) {
      serve(now_us() + 1000);
    }
  }
  serve(now_us() + 1'500'000);
  bool going_on = true;
  uint64_t knocks = 0;
  std::thread knocker;
  if (options_.setups > 0)
    knocker = std::thread(knock, std::cref(options_), std::cref(going_on), std::ref(knocks));
  begin_window();
  const int64_t end = window_begin_ + int64_t{options_.seconds} * 1'000'000;
  if (options_.stop_ms > 0 || options_.play == Play::kPause) {
    serve(window_begin_ + int64_t{options_.seconds} * 1'000'000 / 3);
    stop_and_go();
  }
  serve(end);
  window_seconds_ = static_cast<double>(now_us() - window_begin_) / 1e6;
  cpu_ns_ = static_cast<double>(cpu_ns_of(options_.process) - cpu_begin_);
  measuring_ = false;
  if (!options_.bare) metrics_end_ = metrics_of(options_.port, options_.tls);
  __atomic_store_n(&going_on, false, __ATOMIC_RELAXED);
  if (knocker.joinable()) knocker.join();
  if (options_.setups > 0) tell("tls_setups_per_s", static_cast<double>(knocks) / window_seconds_);
  tell_all();
  for (const auto& caller : callers_) hang_up(*caller);
  if (!options_.bare) tell_spread("webhook", webhook_);
  return failed_ || streams_lost_ > 0 ? 1 : 0;
}

void Load::begin_window() {
  if (!options_.bare) metrics_begin_ = metrics_of(options_.port, options_.tls);
  measuring_ = true;
  window_begin_ = now_us();
  cpu_begin_ = cpu_ns_of(options_.process);
}

void Load::stop_and_go() {
  if (options_.stop_ms > 0) {
    kill(options_.process, SIGSTOP);
    serve(now_us() + int64_t{options_.stop_ms} * 1000);
    kill(options_.process, SIGCONT);
  } else {
    keeping_ = true;
    serve(now_us() + 400'000);
    keeping_ = false;
    for (const auto& app : apps_) {
      for (const std::string& payload : app->kept) app_says(*app, payload);
      app->kept.clear();
    }
  }
  hiccup_end_ = now_us();
  for (const auto& caller : callers_) caller->arrivals.clear();
}

void Load::serve(int64_t until) {
  std::array<epoll_event, 256> events;
  for (;;) {
    const int64_t now = now_us();
    do_due(now);
    if (now >= until) return;
    const int64_t next = due_.empty() ? until : std::min(until, due_.top().at);
    if (next != armed_) {
      armed_ = next;
      itimerspec setting{};
      setting.it_value.tv_sec = next / 1'000'000;
      setting.it_value.tv_nsec = next % 1'000'000 * 1000;
      timerfd_settime(timer_, TFD_TIMER_ABSTIME, &setting, nullptr);
    }
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < count; ++i) {
      const uint64_t tag = events[static_cast<size_t>(i)].data.u64;
      if (tag == kTimer) {
        uint64_t expiries = 0;
        (void)!read(timer_, &expiries, sizeof expiries);
      } else if (tag == kAppListener) {
        accept_app();
      } else if ((tag & kAppLeg) != 0) {
        serve_app(tag & ~kAppLeg);
      } else {
        serve_caller(tag);
      }
    }
  }
}

void Load::serve_caller(size_t index) {
  Caller& caller = *callers_[index];
  if (!caller.talker.link.open()) return;
  if (caller.talker.serve([&](std::string_view message) { hear(caller, message); })) return;
  caller.talker.link.close();
  ++streams_lost_;
  fprintf(stderr, "bench: stream %zu was closed by the other side\n", index);
}

void Load::accept_app() {
  const int descriptor = accept4(app_listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return;
  apps_.push_back(std::make_unique<App>());
  App& app = *apps_.back();
  app.talker.link.adopt(descriptor);
  app.talker.link.go_on();
  app.caller = apps_.size() - 1;  // Calls are set up one after the other.
  watch(descriptor, kAppLeg | (apps_.size() - 1));
}

void Load::serve_app(size_t index) {
  App& app = *apps_[index];
  if (!app.talker.link.open()) return;
  if (!app.talker.serve([&](std::string_view message) { app_hears(app, message); })) {
    app.talker.link.close();
  }
}

void Load::do_due(int64_t now) {
  while (!due_.empty() && due_.top().at <= now) {
    const Due due = due_.top();
    due_.pop();
    switch (due.act) {
      case Act::kFrame:
        say(due.index, due.at);
        due_.push({due.at + kFrameUs, Act::kFrame, due.index});
        break;
      case Act::kBurst: {
        App& app = *apps_[due.index];
        const bool clears = options_.play == Play::kClear;
        send_burst(app, clears ? 150 : 250);
        due_.push({due.at + (clears ? 2'000'000 : 6'000'000), Act::kBurst, due.index});
        if (clears) due_.push({due.at + 500'000, Act::kClear, due.index});
        break;
      }
      case Act::kClear: {
        App& app = *apps_[due.index];
        callers_[app.caller]->cleared_at = now_us();
        app.talker.send(R"({"event":"clear","streamSid":")" + app.stream_sid + "\"}");
        break;
      }
      case Act::kRelease: break;
    }
  }
}

void Load::send_burst(App& app, size_t frames) {
  for (size_t i = 0; i < frames; ++i) {
    const size_t at = i * kFrameBytes % audio_.size();
    app_says(app, encoded(std::string_view(audio_).substr(at, kFrameBytes)));
    if (measuring_) ++burst_frames_;
  }
}

}  // namespace hookflash::bench
