// Starting and stopping a World, and what signals ask of it.

#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "platform/linux/certificate_clock.h"
#include "platform/linux/clocks.h"
#include "platform/linux/tls_files.h"
#include "platform/linux/world.h"
#include "report/time_text.h"

namespace hookflash {
namespace {

constexpr uint32_t kStopEnd = 1;
constexpr uint32_t kStopKeep = 2;
constexpr uint32_t kReload = 4;
constexpr uint32_t kStopOnce = 8;  // Joins one that is under way.

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  return set;
}

// A descriptor is an index into our tables, so there must be none beyond them.
Status bound_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return Status::kUnavailable;
  constexpr rlim_t kWanted = linux_limits::kDescriptorsMax;
  if (limit.rlim_cur == kWanted) return Status::kOk;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < kWanted) return Status::kDenied;
  limit.rlim_cur = kWanted;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? Status::kOk : Status::kDenied;
}

}  // namespace

bool World::fail(std::string_view problem) {
  problem_.clear();
  (void)problem_.append(problem.substr(0, problem_.capacity()));
  return false;
}

Status World::start(const WorldConfig& config, Core& core) {
  std::unique_lock turn(turn_);
  changed_.wait(turn, [this] { return !stopping_; });
  if (running_) return Status::kOk;
  core_ = &core;
  core_stopped_ = cut_short_ = stop_begun_ = false;
  requests_ = 0;
  problem_.clear();
  const Status status = start_parts(config);
  running_ = ok(status);
  if (!running_) release();
  return status;
}

Status World::start_parts(const WorldConfig& config) {
  CHECK(config.store != nullptr && config.listeners.size() <= Listeners::kMax);
  signal(SIGPIPE, SIG_IGN);  // A peer that is gone is an error of the write.
  if (!ok(install_library_memory(config.memory))) {
    fail("the memory of the libraries is set up differently already");
    return Status::kConflict;
  }
  install_certificate_clock();
  if (!ok(bound_descriptors())) {
    fail("the limit of open files (ulimit -n) is too low for this build");
    return Status::kDenied;
  }
  if (config.realtime_priority > 0) {
    sched_param parameters{};
    parameters.sched_priority = config.realtime_priority;
    if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0 ||
        mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
      fail(
          "real-time priority was asked for but is not allowed (needs CAP_SYS_NICE and "
          "CAP_IPC_LOCK)");
      return Status::kDenied;
    }
  }
  if (!ok(entropy_.start())) {
    fail("the kernel has no source of randomness");
    return Status::kUnavailable;
  }
  if (!ok(poller_.open())) {
    fail("the kernel refused an event loop");
    return Status::kUnavailable;
  }
  if (config.signals) TRY(open_signals());
  request_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (request_descriptor_ < 0 ||
      !ok(poller_.add(request_descriptor_, Poller::Kind::kRequest, EPOLLIN))) {
    fail("the kernel refused an event descriptor");
    return Status::kUnavailable;
  }
  if (!ok(storage_.start(*config.store)) ||
      !ok(poller_.add(storage_.signal(), Poller::Kind::kStorage, EPOLLIN))) {
    fail("the kernel refused a thread for storage");
    return Status::kUnavailable;
  }
  opening_ = config.opening;
  if (opening_ != nullptr) {
    store_opening_.kind = static_cast<uint16_t>(TimerKind::kStoreOpening);
    timers_.arm(store_opening_, read_clocks().mono + linux_limits::kStoreOpening);
  }
  if (const Status status = resolver_.start(config.names); !ok(status)) {
    fail("the resolver of names cannot be set up");
    return status;
  }
  TRY(load_ca_store(config.ca_file));
  rest_.allow_private_hosts(config.rest_to_private_hosts);
  rest_.allow_plain_anywhere(config.rest_plain_anywhere);
  config_file_ = config.config_file;
  reloading_ = config.reloading;
  listener_count_ = 0;
  for (const ListenerConfig& listener : config.listeners) {
    TRY(open_listener(listener));
    listener_configs_[listener_count_++] = listener;
  }
  return Status::kOk;
}

Status World::open_signals() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal_descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signal_descriptor_ >= 0 &&
      ok(poller_.add(signal_descriptor_, Poller::Kind::kSignal, EPOLLIN))) {
    return Status::kOk;
  }
  fail("the kernel refused a descriptor for signals");
  return Status::kUnavailable;
}

Status World::load_ca_store(std::string_view path) {
  const bool named = !path.empty();
  if (!named) path = system_ca_file();
  size_t size = 0;
  std::span<char> certificates;
  if (!path.empty()) {
    const Status status = read_file(path, file_, size);
    if (ok(status)) certificates = usable_certificates(std::span(file_).first(size + 1));
  }
  char text[400];
  TextWriter words(text, sizeof text);
  if (certificates.empty()) {
    words.put("no trusted certificates: ").put(path.empty() ? "none found on this machine" : path);
    if (named) {
      fail(words.view());
      return Status::kNotFound;
    }
    log(words.put("; no TLS connection can be made").view());
  }
  if (ok(streams_.start(certificates))) return Status::kOk;
  fail("the connections cannot be set up: no memory or no descriptors");
  return Status::kUnavailable;
}

Result<Streams::Host> World::load_host(const ListenerConfig& config) {
  if (config.certificate.empty()) return Streams::Host{0};
  char text[400];
  TextWriter problem(text, sizeof text);
  TlsIdentity identity;
  Status status = read_identity(config.certificate, config.key, file_, identity, problem);
  Streams::Host host = 0;
  if (ok(status)) {
    const Result<Streams::Host> added = streams_.add_host(identity.chain, identity.key);
    status = added.status();
    if (added.ok()) host = added.value();
    if (!added.ok()) problem.put("certificate ").put(config.certificate).put(" cannot be used");
  }
  explicit_bzero(file_.data(), file_.size());
  if (ok(status)) return host;
  fail(problem.view());
  return status;
}

Status World::open_listener(const ListenerConfig& config) {
  const Result<Streams::Host> host = load_host(config);
  if (!host.ok()) return host.status();
  char text[400];
  TextWriter problem(text, sizeof text);
  const Status status = listeners_.open(config, host.value(), problem);
  if (!ok(status)) fail(problem.view());
  return status;
}

void World::stop() {
  std::unique_lock turn(turn_);
  if (stopping_) return changed_.wait(turn, [this] { return !stopping_; });
  stopping_ = true;
  if (looping_) request(kStopOnce);
  changed_.wait(turn, [this] { return !looping_; });
  release();
  stopping_ = false;
  changed_.notify_all();
}

void World::release() {
  listeners_.close();
  streams_.stop();
  rest_.reset();
  dials_.reset();
  accepted_.reset();
  resolver_.stop();
  storage_.stop();
  timers_.disarm(accept_pause_);
  timers_.disarm(store_opening_);
  for (int* const descriptor : {&signal_descriptor_, &request_descriptor_}) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
  }
  poller_.close();
  running_ = false;
}

void World::request(uint32_t what) {
  requests_.fetch_or(what);
  eventfd_write(request_descriptor_, 1);
}

void World::request_stop(in::StopMode mode) {
  const std::lock_guard turn(turn_);
  request(mode == in::StopMode::kKeep ? kStopKeep : kStopEnd);
}

void World::request_reload() {
  const std::lock_guard turn(turn_);
  request(kReload);
}

void World::serve_requests() {
  eventfd_t count = 0;
  eventfd_read(request_descriptor_, &count);
  const uint32_t wanted = requests_.exchange(0);
  if ((wanted & kReload) != 0) reload();
  if ((wanted & kStopOnce) != 0 && !stop_begun_) begin_stop(in::StopMode::kEnd);
  if ((wanted & kStopEnd) != 0) begin_stop(in::StopMode::kEnd);
  if ((wanted & kStopKeep) != 0) begin_stop(in::StopMode::kKeep);
}

void World::serve_signals() {
  signalfd_siginfo info{};
  while (read(signal_descriptor_, &info, sizeof info) == sizeof info) {
    switch (info.ssi_signo) {
      case SIGHUP: reload(); break;
      case SIGUSR1: begin_stop(in::StopMode::kKeep); break;
      default: begin_stop(in::StopMode::kEnd); break;
    }
  }
}

// The configuration first, because it says where the certificates are. What cannot be read leaves
// everything as it was.
void World::reload() {
  if (!config_file_.empty()) reload_config();
  reload_certificates();
}

void World::reload_config() {
  size_t size = 0;
  if (const Status status = read_file(config_file_, file_, size); !ok(status)) {
    report({"configuration kept as it was: its file cannot be read"});
    return;
  }
  char text[600];
  TextWriter problem(text, sizeof text);
  if (reloading_ == nullptr || reloading_->prepare({file_.data(), size}, problem)) {
    deliver(in::Reconfigure{{file_.data(), size}});
  } else {
    report({"configuration kept as it was: ", problem.view()});
  }
  explicit_bzero(file_.data(), size);
}

void World::reload_certificates() {
  std::span<const ListenerConfig> wanted(listener_configs_.data(), listener_count_);
  if (reloading_ != nullptr) wanted = reloading_->listeners();
  for (size_t i = 0; i < listener_count_ && i < wanted.size(); ++i) {
    ListenerConfig& config = listener_configs_[i];
    Listeners::Listener* const listener = listeners_.find(config.listener);
    const bool plain = config.certificate.empty() && wanted[i].certificate.empty();
    if (plain || listener == nullptr) continue;
    ListenerConfig fresh = config;
    fresh.certificate = wanted[i].certificate;
    fresh.key = wanted[i].key;
    const Result<Streams::Host> host = load_host(fresh);
    if (!host.ok()) {
      report({"certificate kept as it was: ", problem_.view()});
      continue;
    }
    if (listener->host != 0) streams_.retire_host(listener->host);
    listener->host = host.value();
    config = fresh;
  }
}

// A line for the log in the form that the core's lines have.
void World::report(std::initializer_list<std::string_view> pieces) {
  char memory[limits::kLogLineBytesMax];
  TextWriter line(memory, sizeof memory);
  write_rfc3339(line, read_clocks().wall);
  line.put(" warn config ");
  for (const std::string_view piece : pieces) {
    for (const char c : piece) line.put(static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? '?' : c);
  }
  log(line.view());
}

}  // namespace hookflash
