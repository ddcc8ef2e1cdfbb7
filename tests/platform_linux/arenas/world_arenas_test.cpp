// The platform with its arenas, and what happens when they are full.

#include <gtest/gtest.h>
#include <libwebsockets.h>
#include <mbedtls/platform.h>

#include <future>

#include "peer.h"
#include "platform/linux/arena.h"
#include "script_core.h"
#include "test_certificates.h"

namespace hookflash {
namespace {

constexpr size_t kLws = 0;
constexpr size_t kTls = 1;

// How much the use of an arena may differ when the same blocks are held: each may be some bytes
// longer than asked when the rest is too short for a block of its own, and each gap between them
// has a header. One block lost in each of kRounds connections is more than that.
constexpr uint64_t kRounding = 512;
constexpr size_t kRounds = 40;
static_assert(kRounds * (Arena::kAlignment + 16) > 2 * kRounding);

// A world with a TLS listener (main) and a plain one (api) whose core dials itself: both ends of
// each TLS connection live in the one thread that may use the arenas.
class ArenasTest : public testing::Test {
 protected:
  ArenasTest() {
    EXPECT_EQ(install_library_memory(LibraryMemory::kArenas), Status::kOk);
    TestAuthority authority;
    const TestCertificate certificate = authority.issue({"self.test"});
    chain_ = std::make_unique<TestFile>(certificate.chain);
    key_ = std::make_unique<TestFile>(certificate.key);
    trust_ = std::make_unique<TestFile>(authority.certificate());
    hosts_ = std::make_unique<TestFile>("127.0.0.1 self.test\n");
    ListenerConfig secure;
    secure.certificate = chain_->path();
    secure.key = key_->path();
    ListenerConfig plain;
    plain.listener = in::Listener::kApi;
    WorldConfig config;
    config.memory = LibraryMemory::kArenas;
    config.ca_file = trust_->path();
    config.names.hosts_file = hosts_->path().c_str();
    running_ = std::make_unique<RunningWorld>(config, std::vector{secure, plain});
    running_->core.react([this](const Seen& seen) {
      if (is_request(seen, "GET", "/ws")) running_->core.accept_websocket(seen);
    });
  }

  // In the world's thread, with its result.
  template <typename Job>
  auto within(Job job) {
    std::promise<decltype(job())> promise;
    running_->post([&] { promise.set_value(job()); });
    return promise.get_future().get();
  }
  std::vector<MemoryFigure> figures() {
    return within([this] {
      std::vector<MemoryFigure> all;
      for (size_t i = 0; i < running_->world().memory().count(); ++i) {
        all.push_back(running_->world().memory().at(i));
      }
      return all;
    });
  }
  // Dials ourselves; true when the WebSocket opened. It is closed again, at both ends.
  bool round_trip() {
    const auto n = static_cast<uint16_t>(++dials_);
    const SocketId socket{static_cast<uint16_t>(limits::kAcceptedMax), n};
    const uint16_t port = running_->port();
    running_->post([this, socket, port] {
      out::WsDial dial;
      dial.socket = socket;
      dial.tls = true;
      dial.host = "self.test";
      dial.port = port;
      dial.target = "/ws";
      dial.timeout = Duration::ms(1500);
      running_->core.dial(dial);
    });
    bool opened = false;
    bool dialled = true;    // Our end is not closed yet.
    bool accepted = false;  // Nor is the other.
    SocketId other;
    while (dialled || (opened && accepted)) {
      const Seen one = running_->core.wait_any({"ws-opened", "ws-closed"}, ++events_);
      if (testing::Test::HasFailure()) return false;
      if (one.socket == socket && one.what == "ws-opened") {
        opened = true;
        running_->post([this, socket] { running_->core.push(out::WsClose{socket, 1000, {}}); });
      } else if (one.socket == socket) {
        dialled = false;
      } else if (one.what == "ws-opened") {
        accepted = true;
        other = one.socket;
      } else if (one.socket == other) {
        accepted = false;
      }
    }
    return opened;
  }
  // What is freed some turns of the loop after a closing is waited for; each figures() is a turn.
  bool settles(size_t arena, uint64_t wanted) {
    for (int turn = 0; turn < 10'000; ++turn) {
      const uint64_t used = figures()[arena].used;
      if (used + kRounding > wanted && used < wanted + kRounding) return true;
    }
    return false;
  }
  // Takes memory until no more than `left` bytes of the arena are free.
  void hog(size_t arena, size_t left) {
    within([this, arena, left] {
      for (;;) {
        const MemoryFigure figure = running_->world().memory().at(arena);
        const size_t free = figure.size - figure.used;
        if (free <= left + 64) return 0;
        size_t size = free - left - 64;
        void* block = nullptr;
        // Memory in pieces: the largest half first.
        for (; size >= 16 && block == nullptr; size = block == nullptr ? size / 2 : size) {
          block = arena == kTls ? mbedtls_calloc(1, size) : lws_realloc(nullptr, size, "hog");
        }
        if (block == nullptr) return 0;
        hogs_.emplace_back(arena, block);
      }
    });
  }
  void let_go() {
    within([this] {
      for (const auto& [arena, block] : hogs_) {
        if (arena == kTls) {
          mbedtls_free(block);
        } else {
          lws_realloc(block, 0, "hog");
        }
      }
      hogs_.clear();
      return 0;
    });
  }

  std::unique_ptr<TestFile> chain_, key_, trust_, hosts_;
  std::unique_ptr<RunningWorld> running_;
  std::vector<std::pair<size_t, void*>> hogs_;
  size_t dials_ = 0;
  size_t events_ = 0;
};

// Aim: TLS both ways from the arenas, and every byte comes back when the connections close, but for
// the session that is kept for the next.
TEST_F(ArenasTest, EverythingComesBack) {
  ASSERT_TRUE(round_trip());
  ASSERT_TRUE(round_trip());
  const std::vector<MemoryFigure> before = figures();
  for (size_t i = 0; i < kRounds; ++i) ASSERT_TRUE(round_trip());
  for (const size_t arena : {kLws, kTls}) {
    EXPECT_TRUE(settles(arena, before[arena].used)) << before[arena].name;
    const MemoryFigure after = figures()[arena];
    EXPECT_LE(after.high_water, after.size);
    EXPECT_EQ(after.refused, 0U);
  }
}

// Aim: memory running out at any point of a TLS set-up, on either side, costs that connection
// alone: nothing is lost, others are served. Method: the arena is filled but for a rest that grows
// in small steps, so that each request for memory is the first to fail in turn.
TEST_F(ArenasTest, TlsMemoryRunsOutAnywhere) {
  ASSERT_TRUE(round_trip());
  ASSERT_TRUE(round_trip());
  const uint64_t before = figures()[kTls].used;
  bool failed = false;
  bool opened = false;
  for (size_t left = 0; left < 96 * 1024 && !opened; left += 512) {
    hog(kTls, left);
    opened = round_trip();
    failed = failed || !opened;
    // A plain connection does not need it.
    PeerSocket plain = PeerSocket::connect(running_->port(in::Listener::kApi));
    plain.send(websocket_request());
    EXPECT_EQ(plain.receive_until("\r\n\r\n").substr(0, 12), "HTTP/1.1 101") << left;
    running_->core.wait_any({"ws-opened", "ws-closed"}, ++events_);
    plain.close();
    running_->core.wait_any({"ws-opened", "ws-closed"}, ++events_);
    let_go();
    ASSERT_TRUE(round_trip()) << "afterwards all is as before; left " << left;
    ASSERT_TRUE(settles(kTls, before)) << figures()[kTls].used << " of " << before << ", " << left;
  }
  EXPECT_TRUE(failed);
  EXPECT_TRUE(opened);
}

// Aim: the same for the memory of connections themselves, plain ones.
TEST_F(ArenasTest, ConnectionMemoryRunsOutAnywhere) {
  const auto connect = [this] {
    PeerSocket peer = PeerSocket::connect(running_->port(in::Listener::kApi));
    peer.send(websocket_request());
    const bool open = peer.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101");
    if (open) {
      peer.send(websocket_frame(1, "hello", true));
      peer.send(websocket_frame(8, close_payload(1000), true));
    }
    peer.receive_all();
    return open;
  };
  ASSERT_TRUE(connect());
  const uint64_t before = figures()[kLws].used;
  size_t failures = 0;
  static_assert(12 * 1024 / 256 > kRounds);
  for (size_t left = 0; left < 12 * 1024; left += 256) {
    hog(kLws, left);
    failures += connect() ? 0U : 1U;
    let_go();
    ASSERT_TRUE(connect()) << left;
    EXPECT_TRUE(settles(kLws, before)) << left;
  }
  EXPECT_GT(failures, 0U);
  EXPECT_LT(failures, 40U);
}

}  // namespace
}  // namespace hookflash
