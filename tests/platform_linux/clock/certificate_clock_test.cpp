// Aim: the "now" that a restart takes from the journal also judges certificates, and what an unset
// clock spoils is called so (B-TMR-3, B-LOG-4). Method: the real appliance in the real world on a
// machine whose wall clock says what each case wants; it dials a call over REST at a carrier of
// ours, over real TLS with a certificate made for the case.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "appliance/appliance.h"
#include "call/entry_items.h"
#include "machine_clock.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/linux/clocks.h"
#include "platform/linux/world.h"
#include "tls_peer.h"

namespace hookflash {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kReason = "initiate on main failed: ";

constexpr WallTime day(int64_t days_since_2026_11_01) {
  return WallTime::from_ms(1'793'491'200'000) + Duration::seconds(days_since_2026_11_01 * 86'400);
}
constexpr WallTime kToday = day(20);
constexpr WallTime kWokeIn1970 = WallTime::from_ms(30'000);
constexpr Validity kFromAutumn = {"20260901000000", "20270901000000"};
constexpr Validity kFromDecember = {"20261201000000", "20270901000000"};
constexpr Validity kUntilOctober = {"20250901000000", "20261001000000"};

// The appliance, and what it writes into its log.
class Listened final : public Core {
 public:
  explicit Listened(Appliance& appliance) : appliance_(appliance) {}
  void handle(const In& in, Now now) override { appliance_.handle(in, now); }
  bool next(Out& out) override {
    if (!appliance_.next(out)) return false;
    if (const auto* const line = std::get_if<out::LogLine>(&out)) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line->line);
    }
    return true;
  }
  [[nodiscard]] Instant deadline() const override { return appliance_.deadline(); }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  Appliance& appliance_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A box with one line, whose carrier listens here. Its journal's newest entry is from `journal`,
// when that is set.
class Machine {
 public:
  explicit Machine(WallTime clock, WallTime journal = {}) {
    set_machine_clock(clock);
    EXPECT_EQ(entropy_.start(), Status::kOk);
    const std::string config =
        R"({"serve":{"port":0},"lines":[{"id":"main","provider":"twilio","accountSid":)"
        R"("AC00000000000000000000000000000001","authToken":"12345678901234567890123456789012",)"
        R"("fromNumber":"+15550001000","apiBaseUrl":"https://localhost:)" +
        std::to_string(carrier_.port()) + R"("}]})";
    EXPECT_EQ(appliance_.configure(config, read_clocks()), Status::kOk);
    if (journal.is_set()) {
      EntryWriter entry;
      entry.begin(journal);
      write_keys(entry, {});
      appliance_.replay(entry.bytes(), read_clocks());
    }
    appliance_.restart();
    const ListenerConfig listener[] = {ListenerConfig{}};
    WorldConfig options;
    options.memory = LibraryMemory::kHeap;  // TlsPeer uses mbedTLS in another thread.
    options.listeners = listener;
    options.store = &store_;
    options.ca_file = trusted_.path();
    options.names.hosts_file = hosts_.path().c_str();
    options.rest_to_private_hosts = true;
    EXPECT_EQ(world_->start(options, core_), Status::kOk) << world_->problem();
    thread_ = std::thread([this] { (void)world_->run(); });
  }
  ~Machine() {
    world_->request_stop(in::StopMode::kEnd);
    world_->request_stop(in::StopMode::kKeep);  // At once, without hanging up.
    thread_.join();
    world_->stop();
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Places a call; the carrier shows this certificate. Whether the handshake came about.
  bool dial(const Validity& validity, TestAuthority* authority = nullptr) {
    TlsPeer::Options options;
    options.server = true;
    options.identity =
        (authority != nullptr ? *authority : authority_).issue({"localhost"}, false, validity);
    PeerSocket client = request("POST", "/call/outbound", R"({"to":"+15557654321"})");
    TlsPeer carrier(carrier_.accept(), options);
    const bool connected = carrier.handshake() == 0 && !carrier.receive_until("\r\n\r\n").empty();
    if (connected) {
      const std::string body = R"({"sid":"CA000000000000000000000000000000)" +
                               std::to_string(10 + ++dialled_) + R"(","status":"queued"})";
      carrier.send("HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    const std::string answer = client.receive_until("\r\n\r\n");
    EXPECT_EQ(answer.substr(0, 12) == "HTTP/1.1 201", connected) << answer;
    return connected;
  }
  std::string health() {
    PeerSocket client = request("GET", "/health", "");
    return client.receive_all();
  }
  std::vector<std::string> lines() {
    (void)health();  // Its answer comes behind the lines of what was before.
    return core_.lines();
  }

 private:
  PeerSocket request(const std::string& method, const std::string& target,
                     const std::string& body) {
    PeerSocket client = PeerSocket::connect(world_->port(in::Listener::kMain));
    client.send(method + " " + target +
                " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                "Content-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client;
  }

  TestAuthority authority_;
  TestFile trusted_{authority_.certificate()};
  TestFile hosts_{"127.0.0.1 localhost\n"};
  PeerListener carrier_;
  int dialled_ = 0;
  MbedCrypto crypto_;
  LinuxEntropy entropy_;
  MemoryEntryStore store_;
  std::unique_ptr<ApplianceMemory> memory_ = std::make_unique<ApplianceMemory>();
  Appliance appliance_{*memory_, {.crypto = crypto_, .entropy = entropy_}, DeviceKey{1, 2, 3}};
  Listened core_{appliance_};
  std::unique_ptr<World> world_ = std::make_unique<World>();
  std::thread thread_;
};

auto failed_for(const std::string& reason) {
  return Contains(HasSubstr(std::string(kReason) + reason));
}
auto clock_alarm() { return HasSubstr(R"("alarm":"clock")"); }

// The whole program sees the clock that was set.
TEST(CertificateClock, TheMachineIsWrong) {
  set_machine_clock(kWokeIn1970);
  EXPECT_LT(time(nullptr), 60);
  EXPECT_LT(read_clocks().wall, WallTime::from_ms(60'000));
}

TEST(CertificateClock, TheJournalKnowsTheTime) {
  Machine machine(kWokeIn1970, day(0));
  EXPECT_TRUE(machine.dial(kFromAutumn));
  EXPECT_THAT(machine.health(), clock_alarm());
}

// Renewed while the power was off: behind the newest entry, so nothing here knows that it is valid.
// When the clock is set, it is the clock that counts.
TEST(CertificateClock, TheClockIsSetLater) {
  Machine machine(kWokeIn1970, day(0));
  EXPECT_FALSE(machine.dial(kFromDecember));
  EXPECT_THAT(machine.lines(), failed_for("clock"));
  EXPECT_THAT(machine.health(), clock_alarm());
  set_machine_clock(day(60));
  EXPECT_TRUE(machine.dial(kFromDecember));
  EXPECT_THAT(machine.health(), Not(clock_alarm()));
  EXPECT_FALSE(machine.dial(kUntilOctober));
  EXPECT_THAT(machine.lines(), failed_for("certificate not valid at this time"));
}

TEST(CertificateClock, NothingKnowsTheTime) {
  Machine machine(kWokeIn1970);
  EXPECT_FALSE(machine.dial(kFromAutumn));
  EXPECT_THAT(machine.lines(), failed_for("clock"));
  EXPECT_THAT(machine.health(), clock_alarm());
}

// An entry from a time when the clock was ahead judges nothing while the clock is set.
TEST(CertificateClock, ASetClockIsBelieved) {
  Machine machine(kToday, day(4000));
  EXPECT_TRUE(machine.dial(kFromAutumn));
  for (const Validity& validity : {kUntilOctober, kFromDecember}) {
    EXPECT_FALSE(machine.dial(validity));
  }
  EXPECT_THAT(machine.lines(), failed_for("certificate not valid at this time"));
  EXPECT_THAT(machine.lines(), Not(failed_for("clock")));
  EXPECT_THAT(machine.health(), Not(clock_alarm()));
}

// What is wrong with a certificate at any time is not the clock's fault.
TEST(CertificateClock, AStrangersCertificate) {
  Machine machine(kWokeIn1970, day(0));
  TestAuthority stranger;
  EXPECT_FALSE(machine.dial(kFromAutumn, &stranger));
  EXPECT_FALSE(machine.dial(kFromDecember, &stranger));
  EXPECT_THAT(machine.lines(), failed_for("tls"));
  EXPECT_THAT(machine.lines(), Not(failed_for("clock")));
}

}  // namespace
}  // namespace hookflash
