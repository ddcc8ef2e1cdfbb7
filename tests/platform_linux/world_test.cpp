#include "platform/linux/world.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "peer.h"
#include "platform/linux/clocks.h"
#include "platform/linux/tls_files.h"
#include "script_core.h"
#include "test_certificates.h"
#include "tls_peer.h"

namespace hookflash {
namespace {

// --- Starting and stopping ---

class StartTest : public testing::Test {
 protected:
  Status start(std::vector<ListenerConfig> listeners, WorldConfig config = on_the_heap()) {
    config.listeners = listeners;
    return start(config, core_);
  }
  Status start(WorldConfig config, Core& core) {
    config.store = &store_;
    config.signals = false;
    return world_->start(config, core);
  }
  static ListenerConfig on(uint16_t port, in::Listener name = in::Listener::kMain) {
    ListenerConfig config;
    config.listener = name;
    config.port = port;
    return config;
  }
  MemoryEntryStore store_;
  ScriptCore core_;
  std::unique_ptr<World> world_ = std::make_unique<World>();
};

// Aim: port 0 gives a real port; start while running succeeds with the same; stop is idempotent;
// start after stop works (B-LIFE-1, B-LIFE-2, B-LIFE-4 as far as they are the platform's).
TEST_F(StartTest, StartStopStart) {
  world_->stop();
  ASSERT_EQ(start({on(0), on(0, in::Listener::kApi)}), Status::kOk);
  const uint16_t port = world_->port(in::Listener::kMain);
  EXPECT_NE(port, 0);
  EXPECT_NE(world_->port(in::Listener::kApi), port);
  EXPECT_EQ(start({on(0)}), Status::kOk);
  EXPECT_EQ(world_->port(in::Listener::kMain), port);
  world_->stop();
  world_->stop();
  EXPECT_EQ(start({on(port)}), Status::kOk) << "the port is free again: " << world_->problem();
  EXPECT_EQ(world_->port(in::Listener::kMain), port);
}

// A core that takes a while to stop.
class SlowCore final : public Core {
 public:
  void handle(const In& in, Now now) override {
    if (std::holds_alternative<in::Stop>(in)) {
      ++stops;
      until_ = now.mono + Duration::ms(50);
    } else if (now.mono >= until_) {
      until_ = Instant::max();
      saying_ = true;
    }
  }
  bool next(Out& out) override {
    if (!saying_) return false;
    saying_ = false;
    has_stopped = true;
    out = out::Stopped{};
    return true;
  }
  [[nodiscard]] Instant deadline() const override { return until_; }
  std::atomic<int> stops{0};
  std::atomic<bool> has_stopped{false};

 private:
  Instant until_ = Instant::max();
  bool saying_ = false;
};

// Aim: starts at the same time share one attempt, with one address; stops at the same time wait for
// the same completion, the core hears of one; a start during it waits for it and works (B-LIFE-2,
// B-LIFE-4). Method: eight threads each.
TEST_F(StartTest, ManyAtOnce) {
  SlowCore core;
  const ListenerConfig listener = on(0);
  WorldConfig config = on_the_heap();
  config.listeners = {&listener, 1};
  std::vector<std::future<uint16_t>> starts;
  for (int i = 0; i < 8; ++i) {
    starts.push_back(std::async(std::launch::async, [&] {
      EXPECT_EQ(start(config, core), Status::kOk);
      return world_->port(in::Listener::kMain);
    }));
  }
  const uint16_t port = starts[0].get();
  EXPECT_NE(port, 0);
  for (size_t i = 1; i < starts.size(); ++i) EXPECT_EQ(starts[i].get(), port);

  auto running = std::async(std::launch::async, [&] { return world_->run(); });
  std::vector<std::future<void>> stops;
  for (int i = 0; i < 8; ++i) {
    stops.push_back(std::async(std::launch::async, [&] {
      // The loop may not have begun: then it never does.
      world_->stop();
      EXPECT_EQ(core.has_stopped, core.stops == 1);
    }));
  }
  for (auto& stop : stops) stop.get();
  EXPECT_TRUE(running.get());
  EXPECT_LE(core.stops, 1);
  EXPECT_EQ(start({on(port)}), Status::kOk) << "the port is free: " << world_->problem();
}

// Aim: a start that comes while the box stops waits until it has stopped, and then works
// (B-LIFE-2). Method: the stop takes 50 ms; whoever does not wait is back before.
TEST_F(StartTest, StartDuringStop) {
  SlowCore core;
  const ListenerConfig listener = on(0);
  WorldConfig config = on_the_heap();
  config.listeners = {&listener, 1};
  ASSERT_EQ(start(config, core), Status::kOk);
  auto running = std::async(std::launch::async, [&] { return world_->run(); });
  auto stop = std::async(std::launch::async, [&] { world_->stop(); });
  while (core.stops == 0 &&
         running.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    std::this_thread::yield();
  }
  EXPECT_EQ(start(config, core), Status::kOk);
  EXPECT_EQ(core.has_stopped, core.stops == 1);
  EXPECT_NE(world_->port(in::Listener::kMain), 0);
  stop.get();
  EXPECT_TRUE(running.get());
}

// Aim: a start that fails undoes everything it began: no thread, no descriptor is left (B-LIFE-3).
// Method: what the kernel lists before and after; the last step fails.
TEST_F(StartTest, AFailedStartLeavesNothing) {
  const auto count = [](const char* folder) {
    size_t entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      (void)entry;
      ++entries;
    }
    return entries;
  };
  const PeerListener other;
  (void)start({on(other.port())});  // What libraries keep for good is there now.
  const size_t threads = count("/proc/self/task");
  const size_t descriptors = count("/proc/self/fd");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(start({on(0), on(other.port(), in::Listener::kApi)}), Status::kConflict);
    EXPECT_EQ(count("/proc/self/task"), threads);
    EXPECT_EQ(count("/proc/self/fd"), descriptors);
  }
}

// Aim: a port in use gives one clear line, nothing stays bound, and the next start tries afresh
// (B-LIFE-3).
TEST_F(StartTest, PortInUse) {
  const PeerListener other;
  uint16_t free_port = 0;
  {
    const PeerListener gone;
    free_port = gone.port();
  }
  EXPECT_EQ(start({on(free_port), on(other.port(), in::Listener::kApi)}), Status::kConflict);
  EXPECT_EQ(world_->problem(), "cannot listen on 127.0.0.1 port " + std::to_string(other.port()) +
                                   ": the port is in use by another program");
  EXPECT_EQ(start({on(free_port)}), Status::kOk) << world_->problem();
}

// Aim: addresses that are none, or not this machine's, in words.
TEST_F(StartTest, BadAddress) {
  ListenerConfig config = on(0);
  config.bind = "localhost";
  EXPECT_EQ(start({config}), Status::kInvalid);
  EXPECT_EQ(world_->problem(), "cannot listen on \"localhost\": it is not a numeric address");
  config.bind = "198.51.100.7";
  EXPECT_EQ(start({config}), Status::kUnavailable);
  EXPECT_EQ(world_->problem(),
            "cannot listen on 198.51.100.7 port 0: this machine does not have that address");
}

// Aim: each way in which certificate files can be wrong has its own sentence.
TEST_F(StartTest, BadCertificates) {
  TestAuthority authority;
  const TestCertificate one = authority.issue({"one.test"});
  const TestCertificate two = authority.issue({"two.test"});
  const TestFile chain(one.chain);
  const TestFile key(one.key);
  const TestFile other_key(two.key);
  const TestFile garbage("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const TestFile empty("");
  const auto problem = [&](std::string_view chain_path, std::string_view key_path) {
    ListenerConfig config = on(0);
    config.certificate = chain_path;
    config.key = key_path;
    EXPECT_FALSE(ok(start({config})));
    return std::string(world_->problem());
  };
  EXPECT_EQ(problem("/no/such/file.pem", key.path()),
            "certificate /no/such/file.pem does not exist");
  EXPECT_EQ(problem(chain.path(), "/no/such/key.pem"),
            "private key /no/such/key.pem does not exist");
  EXPECT_EQ(problem(garbage.path(), key.path()),
            "certificate " + garbage.path() + " holds no usable certificate in PEM form");
  EXPECT_EQ(problem(chain.path(), empty.path()),
            "private key " + empty.path() + " holds no usable key in PEM form without passphrase");
  EXPECT_EQ(problem(chain.path(), other_key.path()),
            "private key " + other_key.path() + " does not belong to certificate " + chain.path());
  ListenerConfig config = on(0);
  config.certificate = chain.path();
  config.key = key.path();
  EXPECT_EQ(start({config}), Status::kOk) << world_->problem();
}

// Aim: a file of trusted certificates that was named must be usable.
TEST_F(StartTest, BadTrustStore) {
  WorldConfig config = on_the_heap();
  config.ca_file = "/no/such/ca.pem";
  EXPECT_EQ(start({on(0)}, config), Status::kNotFound);
  EXPECT_EQ(world_->problem(), "no trusted certificates: /no/such/ca.pem");
}

// Aim: one certificate in a bundle that cannot be used does not spoil the others.
TEST(UsableCertificates, KeepsTheGoodOnes) {
  TestAuthority one;
  TestAuthority two;
  const std::string text = "# comment\n" + one.certificate() +
                           "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" +
                           two.certificate() + "-----BEGIN CERTIFICATE-----\ncut off";
  std::vector<char> bundle(text.c_str(), text.c_str() + text.size() + 1);
  const std::span<char> usable = usable_certificates(bundle);
  EXPECT_EQ(std::string(usable.data()), one.certificate() + two.certificate());
  EXPECT_EQ(usable.back(), '\0');
  std::vector<char> nothing = {'x', '\0'};
  EXPECT_TRUE(usable_certificates(nothing).empty());
}

// --- The operator ---

// Aim: the signals of the operator reach the core: reload, stop, and a second stop that ends at
// once.
TEST(WorldSignals, ReloadAndStop) {
  const TestFile configuration(R"({"serve":{}})");
  WorldConfig config = on_the_heap();
  config.config_file = configuration.path();
  RunningWorld running(config);
  pthread_kill(running.thread(), SIGHUP);
  EXPECT_EQ(running.core.wait("reconfigure", 1).text, R"({"serve":{}})");
  pthread_kill(running.thread(), SIGTERM);
  EXPECT_EQ(running.core.wait("stop").number, static_cast<uint64_t>(in::StopMode::kEnd));
  EXPECT_TRUE(running.finish());
}

TEST(WorldSignals, Keep) {
  RunningWorld running;
  pthread_kill(running.thread(), SIGUSR1);
  EXPECT_EQ(running.core.wait("stop").number, static_cast<uint64_t>(in::StopMode::kKeep));
}

// A core that never finishes stopping.
class StuckCore final : public Core {
 public:
  void handle(const In& in, Now /*now*/) override {
    if (std::holds_alternative<in::Stop>(in)) ++stops;
  }
  bool next(Out& /*out*/) override { return false; }
  [[nodiscard]] Instant deadline() const override { return Instant::max(); }
  int stops = 0;
};

// Aim: a second stop ends the loop although the core has not finished; the core hears of one stop.
TEST(WorldSignals, SecondStopCutsShort) {
  const auto world = std::make_unique<World>();
  StuckCore core;
  MemoryEntryStore store;
  WorldConfig config = on_the_heap();
  config.store = &store;
  config.signals = false;
  ASSERT_EQ(world->start(config, core), Status::kOk);
  world->request_stop(in::StopMode::kEnd);
  world->request_stop(in::StopMode::kKeep);
  EXPECT_FALSE(world->run());
  EXPECT_EQ(core.stops, 1);
}

// --- TLS listeners ---

class TlsListenerTest : public testing::Test {
 protected:
  TlsListenerTest()
      : main_(authority_.issue({"main.test"}, true)), api_(authority_.issue({"api.test"})) {
    chain_ = std::make_unique<TestFile>(main_.chain);
    key_ = std::make_unique<TestFile>(main_.key);
    api_chain_ = std::make_unique<TestFile>(api_.chain);
    api_key_ = std::make_unique<TestFile>(api_.key);
    ListenerConfig main_listener;
    main_listener.certificate = chain_->path();
    main_listener.key = key_->path();
    ListenerConfig api_listener;
    api_listener.listener = in::Listener::kApi;
    api_listener.certificate = api_chain_->path();
    api_listener.key = api_key_->path();
    running_ =
        std::make_unique<RunningWorld>(on_the_heap(), std::vector{main_listener, api_listener});
    running_->core.react([this](const Seen& seen) {
      if (is_request(seen, "GET", "/ws")) return running_->core.accept_websocket(seen);
      if (seen.what == "received")
        running_->core.write(seen.socket, "HTTP/1.1 204 x\r\n\r\n" + longer_);
      if (seen.what == "ws-message") running_->core.send(seen.socket, seen.text);
    });
  }
  std::unique_ptr<TlsPeer> connect(const std::string& host, in::Listener listener,
                                   int version = 0) {
    TlsPeer::Options options;
    options.authority = authority_.certificate();
    options.host = host;
    options.version = version;
    auto peer = std::make_unique<TlsPeer>(PeerSocket::connect(running_->port(listener)), options);
    result_ = peer->handshake();
    return peer;
  }
  TestAuthority authority_;
  TestCertificate main_;
  TestCertificate api_;
  std::unique_ptr<TestFile> chain_, key_, api_chain_, api_key_;
  std::unique_ptr<RunningWorld> running_;
  std::string longer_ = std::string(100'000, '.');
  int result_ = 0;
};

// Aim: both versions; each listener shows its own certificate with its chain; requests, long
// answers and WebSockets work inside TLS, and the core is told that it was TLS.
TEST_F(TlsListenerTest, BothVersionsBothListeners) {
  for (const int version : {12, 13}) {
    const auto peer = connect("main.test", in::Listener::kMain, version);
    ASSERT_EQ(result_, 0) << version;
    EXPECT_EQ(peer->version(), version == 12 ? "TLSv1.2" : "TLSv1.3");
    peer->send("GET / HTTP/1.1\r\nHost: main.test\r\n\r\n");
    EXPECT_EQ(peer->receive_until("\r\n\r\n"), "HTTP/1.1 204 x\r\n\r\n");
    size_t got = 0;
    while (got < longer_.size()) {
      const std::string more = peer->receive();
      ASSERT_FALSE(more.empty());
      got += more.size();
    }
    peer->send(websocket_request());
    peer->receive_until("\r\n\r\n");
    const std::string text(300, 'w');
    for (int i = 0; i < 20; ++i) peer->send(websocket_frame(1, text, true));
    std::string back;
    while (back.size() < 20 * 304) {
      const std::string more = peer->receive();
      ASSERT_FALSE(more.empty());
      back += more;
    }
    EXPECT_EQ(back.substr(4, 300), text);
  }
  EXPECT_TRUE(running_->core.wait("accepted").flag);
  const auto api = connect("api.test", in::Listener::kApi);
  EXPECT_EQ(result_, 0);
  EXPECT_EQ(api->peer_name(), "CN=api.test");
  EXPECT_EQ(running_->core.wait("accepted", 3).number, 1U);
}

// Aim: a message longer than a TLS record, and many in one write of the peer, arrive whole: what
// TLS has decrypted already is read although the socket has nothing more.
TEST_F(TlsListenerTest, ManyInOneRecord) {
  const auto peer = connect("main.test", in::Listener::kMain);
  peer->send(websocket_request());
  peer->receive_until("\r\n\r\n");
  std::string burst;
  for (int i = 0; i < 100; ++i) burst += websocket_frame(1, std::string(150, 'b'), true);
  peer->send(burst);
  running_->core.wait("ws-message", 100);
  peer->send(websocket_frame(1, std::string(60'000, 'l'), true));
  EXPECT_EQ(running_->core.wait("ws-message", 101).text.size(), 60'000U);
}

// Aim: something else than TLS, or a client that goes in the midst of the handshake, ends politely;
// others are served.
TEST_F(TlsListenerTest, NotTls) {
  PeerSocket plain = PeerSocket::connect(running_->port());
  running_->core.wait("accepted", 1);
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  plain.receive_all();
  running_->core.wait("closed", 1);
  PeerSocket gone = PeerSocket::connect(running_->port());
  running_->core.wait("accepted", 2);
  gone.send("\x16\x03\x01");
  gone.reset();
  running_->core.wait("closed", 2);
  connect("main.test", in::Listener::kMain);
  EXPECT_EQ(result_, 0);
}

// Aim: a renewed certificate is shown to the next connection after a reload, open connections live
// on; one that is wrong changes nothing (B-CFG-3 for serve.tls).
TEST_F(TlsListenerTest, RenewedCertificate) {
  const auto before = connect("main.test", in::Listener::kMain);
  before->send(websocket_request());
  before->receive_until("\r\n\r\n");
  for (int round = 0; round < 12; ++round) {  // More often than there are places for certificates.
    const std::string name = "renewed" + std::to_string(round) + ".test";
    const TestCertificate renewed = authority_.issue({name});
    chain_->replace(renewed.chain);
    key_->replace(renewed.key);
    running_->post([] {});
    connect(name, in::Listener::kMain);
    EXPECT_EQ(result_, 0) << round;
  }
  chain_->replace("broken");
  running_->post([] {});
  connect("renewed11.test", in::Listener::kMain);
  EXPECT_EQ(result_, 0);
  before->send(websocket_frame(1, "still here", true));
  EXPECT_EQ(before->receive_until("still here").substr(2), "still here");
}

// --- Storage and time ---

// Aim: entries go through the storage thread and come back as Persisted, in order.
TEST(WorldStorage, PersistedInOrder) {
  RunningWorld running;
  running.post([&] {
    for (PersistId id = 1; id <= 20; ++id) running.core.persist(id, "entry");
    running.core.push(out::Withdraw{77});
  });
  for (PersistId id = 1; id <= 20; ++id) {
    const Seen persisted = running.core.wait("persisted", id);
    EXPECT_EQ(persisted.number, id);
    EXPECT_EQ(persisted.other, static_cast<uint64_t>(Status::kOk));
  }
}

// Aim: a Tick comes for each deadline, never before it, also while connections keep the loop busy;
// and the timer is not set anew for deadlines that share a wake-up. Method: 400 deadlines 50 us
// apart beside a connection that floods; early Ticks and missed ones are counted, lateness is the
// machine's.
TEST(WorldTime, TicksNeverEarly) {
  RunningWorld running;
  std::atomic<int> ticks{0};
  std::atomic<int> early{0};
  running.core.react([&](const Seen& seen) {
    if (seen.what == "received") running.core.write(seen.socket, "x");
  });
  std::atomic<bool> done{false};
  running.post([&] {
    running.core.tick_at = read_clocks().mono + Duration::us(300);
    running.core.on_tick = [&](Now now) {
      if (running.core.tick_at == Instant::max()) return;
      if (now.mono < running.core.tick_at) ++early;  // The clock was read for this Tick.
      if (++ticks == 400) {
        running.core.tick_at = Instant::max();
        done = true;
        return;
      }
      running.core.tick_at = running.core.tick_at + Duration::us(50);
    };
  });
  PeerSocket peer = PeerSocket::connect(running.port());
  while (!done) {
    peer.send("ping");
    peer.receive(1);
  }
  EXPECT_EQ(early, 0);
  EXPECT_EQ(ticks, 400);
  running.finish();
  EXPECT_LT(running.world().timer_settings(), 120U)
      << "20 ms on a grid of 0.5 ms, and some for the start";
}

// Aim: figures of the memory of the libraries are there, and go back to where they were when
// connections close.
TEST(WorldMemory, Figures) {
  RunningWorld running;
  PeerSocket first = PeerSocket::connect(running.port());
  running.core.wait("accepted", 1);
  first.close();
  running.core.wait("closed", 1);
  const auto used = [&] {
    std::promise<std::vector<MemoryFigure>> promise;
    running.post([&] {
      std::vector<MemoryFigure> figures;
      for (size_t i = 0; i < running.world().memory().count(); ++i) {
        figures.push_back(running.world().memory().at(i));
      }
      promise.set_value(figures);
    });
    return promise.get_future().get();
  };
  const std::vector<MemoryFigure> before = used();
  ASSERT_EQ(before.size(), 4U);
  for (size_t i = 0; i < 20; ++i) {
    PeerSocket peer = PeerSocket::connect(running.port());
    running.core.wait("accepted", i + 2);
    peer.close();
    running.core.wait("closed", i + 2);
  }
  const std::vector<MemoryFigure> after = used();
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].used, before[i].used) << after[i].name;
    EXPECT_EQ(after[i].refused, 0U) << after[i].name;
  }
}

}  // namespace
}  // namespace hookflash
