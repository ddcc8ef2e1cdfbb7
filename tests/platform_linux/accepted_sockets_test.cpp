#include "platform/linux/accepted_sockets.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <vector>

#include "peer.h"
#include "script_core.h"

namespace hookflash {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + i * 7 % 90);
  return text;
}

// Aim: the life of a plain connection: who came, what came, what went out, that it has gone out,
// and the end. Method: a raw client against a core that answers once and closes.
TEST(AcceptedSockets, RequestAnswerClose) {
  RunningWorld running;
  running.core.react([&](const Seen& seen) {
    if (seen.what == "received") running.core.write(seen.socket, "HTTP/1.1 204 No Content\r\n\r\n");
    if (seen.what == "sent") running.core.close(seen.socket);
  });
  PeerSocket peer = PeerSocket::connect(running.port());
  peer.send(kRequest);
  EXPECT_EQ(peer.receive_all(), "HTTP/1.1 204 No Content\r\n\r\n");
  const Seen accepted = running.core.wait("accepted");
  EXPECT_EQ(accepted.text, "127.0.0.1");
  EXPECT_FALSE(accepted.flag);
  EXPECT_LT(accepted.socket.index, limits::kAcceptedMax);
  EXPECT_EQ(running.core.wait("received").text, kRequest);
  const Seen closed = running.core.wait("closed");
  EXPECT_TRUE(closed.flag);
  EXPECT_EQ(closed.socket, accepted.socket);
}

// Aim: an answer far longer than all buffers arrives whole, in order, with Sent only at its end,
// and Close waits for it. Method: a client with a small window reads slowly; every byte is
// compared.
TEST(AcceptedSockets, LongAnswerIsKeptUntilThePeerReads) {
  RunningWorld running;
  const std::string answer = pattern(300'000);
  running.core.react([&](const Seen& seen) {
    if (seen.what != "received") return;
    running.core.write(seen.socket, answer);
    running.core.write(seen.socket, answer);
    running.core.close(seen.socket);
  });
  PeerSocket peer = PeerSocket::connect(running.port(), 4096);
  peer.send(kRequest);
  running.core.wait("received");
  EXPECT_EQ(running.core.count("closed"), 0U);
  std::string got;
  for (std::string more = peer.receive(1000); !more.empty(); more = peer.receive(5000)) got += more;
  EXPECT_EQ(got.size(), 2 * answer.size());
  EXPECT_TRUE(got == answer + answer);
  EXPECT_TRUE(running.core.wait("closed").flag);
}

// Aim: Close with `now` drops what a peer does not take, and says so.
TEST(AcceptedSockets, CloseNowDropsWhatWaits) {
  RunningWorld running;
  running.core.react([&](const Seen& seen) {
    if (seen.what != "received") return;
    running.core.write(seen.socket, pattern(400'000));
    running.core.write(seen.socket, pattern(400'000));
    running.core.close(seen.socket, true);
  });
  PeerSocket peer = PeerSocket::connect(running.port(), 4096);
  peer.send(kRequest);
  EXPECT_FALSE(running.core.wait("closed").flag);
  EXPECT_LT(peer.receive_all().size(), 800'000U);
}

// Aim: both kinds of end by the peer are told, and values for a socket that is gone do nothing.
TEST(AcceptedSockets, PeerGoes) {
  RunningWorld running;
  PeerSocket orderly = PeerSocket::connect(running.port());
  const SocketId first = running.core.wait("accepted").socket;
  orderly.close();
  EXPECT_EQ(running.core.wait("closed").socket, first);
  PeerSocket rude = PeerSocket::connect(running.port());
  rude.send("GET");
  running.core.wait("received");
  rude.reset();
  running.core.wait("closed", 2);
  running.post([&] {
    running.core.write(first, "late");
    running.core.close(first);
    running.core.push(out::WsAccept{first, "dGhlIHNhbXBsZSBub25jZQ==", {}});
    running.core.send(first, "late");
    running.core.push(out::WsPing{first});
    running.core.push(out::WsClose{first, 1000, "late"});
    running.core.push(out::WsRead{first, false});
  });
  PeerSocket third = PeerSocket::connect(running.port());
  EXPECT_NE(running.core.wait("accepted", 3).socket, first);
}

// Aim: a connection beyond the table is closed at once, and the next one after an end is taken
// again.
TEST(AcceptedSockets, BeyondTheTableIsClosed) {
  RunningWorld running;
  // Our ends go out of the way of the platform's, which bounds the numbers of its own.
  const rlimit many{8192, 8192};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &many), 0);
  std::vector<PeerSocket> peers;
  for (size_t i = 0; i < limits::kAcceptedMax; ++i) {
    peers.push_back(PeerSocket::connect(running.port()));
    peers.back().renumber(4096);
  }
  running.core.wait("accepted", limits::kAcceptedMax);
  PeerSocket beyond = PeerSocket::connect(running.port());
  EXPECT_EQ(beyond.receive_all(), "");
  EXPECT_EQ(running.core.count("accepted"), limits::kAcceptedMax);
  peers.pop_back();
  running.core.wait("closed");
  PeerSocket again = PeerSocket::connect(running.port());
  running.core.wait("accepted", limits::kAcceptedMax + 1);
}

// Aim: bytes in any split reach the core in order. Method: a request byte by byte.
TEST(AcceptedSockets, AnySplit) {
  RunningWorld running;
  std::string all;
  running.core.react([&](const Seen& seen) {
    if (seen.what != "received") return;
    all += seen.text;
    if (all.size() == kRequest.size()) running.core.write(seen.socket, all);
  });
  PeerSocket peer = PeerSocket::connect(running.port());
  for (const char c : kRequest) peer.send(std::string(1, c));
  EXPECT_EQ(peer.receive_exactly(kRequest.size()), kRequest);
}

}  // namespace
}  // namespace hookflash
