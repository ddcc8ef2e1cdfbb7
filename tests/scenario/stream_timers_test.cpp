// Aim: the two timers of a media stream connection end what does not go on. Method: a socket that
// never sends its start, a caller whose network sends no frames; virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"

namespace hookflash::sim {
namespace {

using ::testing::IsEmpty;

const CallSummary& last(const BoxWorld& box) {
  const CallHistory& history = box.box.appliance().calls().history();
  return history[history.size() - 1];
}

// Opens a stream socket and says nothing.
class MuteStream final : public Peer {
 public:
  void opened() override { is_open = true; }
  void closed(uint16_t code) override { close_code = code; }
  bool is_open = false;
  uint16_t close_code = 0;
};

// The table of B-STR: no start within preStartTimeoutMs closes the socket with 1008.
TEST(StreamTimers, NoStartInTime) {
  MbedCrypto crypto;
  BoxWorld box(crypto);
  auto peer = std::make_shared<MuteStream>();
  const LinkId link = box.world.network().connect(peer, in::Listener::kMain, false,
                                                  IpAddress::from_v4({127, 0, 0, 1}));
  box.world.network().send_bytes(
      link,
      "GET /voice/stream HTTP/1.1\r\nHost: box.example.com\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  box.world.run(Duration::ms(4900));
  EXPECT_TRUE(peer->is_open);
  EXPECT_EQ(box.box.counts().streams, 1U);
  EXPECT_EQ(peer->close_code, 0U);
  box.world.run(Duration::ms(300));
  EXPECT_EQ(peer->close_code, 1008U);
  EXPECT_EQ(box.box.counts().streams, 0U);
  EXPECT_EQ(box.box.counts().deadlines, 0U);
}

// B-STR-11: 30 s without a frame; the carrier says that the call lives, so the stream is closed and
// the grace of B-DISC-1 runs. Nobody comes back in time: the call ends with reason timeout, and no
// earlier.
TEST(StreamTimers, SilentNetwork) {
  MbedCrypto crypto;
  BoxWorld box(crypto);
  twilio::carrier::Person person;
  person.frames_stop_in_silence = true;  // And this one says nothing.
  person.faults.body_pieces = 130;       // Webhooks take 4 s, longer than the grace.
  const CallRef ref = box.world.inbound_call("+15551234567", person);
  box.world.run(Duration::seconds(33));
  EXPECT_EQ(box.world.call(ref).state, twilio::carrier::CallState::kInProgress);
  EXPECT_EQ(box.box.counts().streams, 1U);
  box.world.run(Duration::seconds(2));
  EXPECT_EQ(box.box.counts().streams, 0U);
  EXPECT_EQ(box.box.counts().live_calls, 1U);
  box.world.run(Duration::seconds(5));
  ASSERT_EQ(box.box.counts().call_slots, 0U);
  EXPECT_EQ(box.world.call(ref).state, twilio::carrier::CallState::kCompleted);
  EXPECT_EQ(last(box).end_reason, EndReason::kTimeout);
  EXPECT_THAT(box.world.violations(), IsEmpty());
}

// B-STR-11, B-DISC-2: where only the stream was dead, the carrier's next one heals the call.
TEST(StreamTimers, SilentStreamIsReplaced) {
  MbedCrypto crypto;
  BoxWorld box(crypto);
  twilio::carrier::Person person;
  person.frames_stop_in_silence = true;
  const CallRef ref = box.world.inbound_call("+15551234567", person);
  box.world.run(Duration::seconds(29));
  EXPECT_EQ(box.world.call(ref).streams, 1U);
  box.world.run(Duration::seconds(8));
  EXPECT_EQ(box.world.call(ref).streams, 2U);
  EXPECT_EQ(box.world.call(ref).state, twilio::carrier::CallState::kInProgress);
  EXPECT_EQ(box.box.counts().live_calls, 1U);
}

}  // namespace
}  // namespace hookflash::sim
