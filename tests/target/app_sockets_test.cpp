#include "target/app_sockets.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

namespace hookflash {
namespace {

class Counter final : public AppSocketUser {
 public:
  [[nodiscard]] uint16_t slot() const override { return 0; }
  void on_opened(Now) override { ++opened; }
  void on_received(const in::WsReceived&, Now) override { ++received; }
  void on_pong(Now) override { ++pongs; }
  void on_blocked(uint32_t unsent, Now) override { last_unsent = unsent; }
  void on_writable(Now) override { ++writable; }
  void on_closed(const in::WsClosed&, Now) override { ++closed; }
  int opened = 0;
  int received = 0;
  int pongs = 0;
  uint32_t last_unsent = 0;
  int writable = 0;
  int closed = 0;
};

// Aim: values reach the user of their socket and nobody else; late ones find nobody (B-APP-5).
// Method: two users, one detached, one closed.
TEST(AppSockets, RoutesByPlaceAndGeneration) {
  const auto sockets = std::make_unique<AppSockets>();
  Counter a;
  Counter b;
  const SocketId first = sockets->open(a);
  const SocketId second = sockets->open(b);
  ASSERT_TRUE(AppSockets::owns(first));
  EXPECT_FALSE(AppSockets::owns({0, 1}));
  EXPECT_FALSE(AppSockets::owns({static_cast<uint16_t>(AppSockets::kFirst - 1), 1}));
  EXPECT_FALSE(
      AppSockets::owns({static_cast<uint16_t>(AppSockets::kFirst + AppSockets::kPlaces), 1}));
  sockets->handle(in::WsOpened{first}, {});
  sockets->handle(in::WsReceived{first}, {});
  sockets->handle(in::WsPong{first}, {});
  sockets->handle(in::WsBlocked{first, 9}, {});
  sockets->handle(in::WsWritable{first}, {});
  EXPECT_EQ(a.opened + a.received + a.pongs + a.writable, 4);
  EXPECT_EQ(a.last_unsent, 9U);
  sockets->detach(first);
  sockets->handle(in::WsOpened{first}, {});
  sockets->handle(in::WsClosed{first}, {});
  sockets->handle(in::WsClosed{first}, {});
  EXPECT_EQ(a.opened, 1);
  EXPECT_EQ(a.closed, 0);
  EXPECT_EQ(sockets->size(), 1U);
  sockets->handle(in::WsClosed{second}, {});
  sockets->handle(in::WsClosed{second}, {});
  EXPECT_EQ(b.closed, 1);
  EXPECT_EQ(b.opened, 0);
  EXPECT_EQ(sockets->size(), 0U);
}

// Aim: a place is taken until its socket is gone, all of them can be, and none is lost
// (exhaustion). Method: fill, refuse, give back, over more rounds than a generation has values.
TEST(AppSockets, LendsEachPlaceOnceATime) {
  const auto sockets = std::make_unique<AppSockets>();
  Counter user;
  std::vector<SocketId> taken;
  for (size_t i = 0; i < AppSockets::kPlaces; ++i) taken.push_back(sockets->open(user));
  std::set<uint16_t> places;
  for (const SocketId id : taken) places.insert(id.index);
  EXPECT_EQ(places.size(), AppSockets::kPlaces);
  EXPECT_FALSE(sockets->open(user).is_set());
  sockets->detach(taken[0]);
  EXPECT_FALSE(sockets->open(user).is_set()) << "its closing handshake is still under way";
  sockets->handle(in::WsClosed{taken[0]}, {});
  SocketId last = taken[0];
  for (int round = 0; round < 70'000; ++round) {
    const SocketId again = sockets->open(user);
    ASSERT_TRUE(again.is_set());
    ASSERT_EQ(again.index, last.index);
    ASSERT_NE(again.generation, last.generation);
    sockets->handle(in::WsOpened{last}, {});
    sockets->handle(in::WsClosed{last}, {});
    sockets->handle(in::WsClosed{again}, {});
    last = again;
  }
  EXPECT_EQ(user.opened, 0);
  EXPECT_EQ(user.closed, 70'000);
  EXPECT_EQ(sockets->size(), AppSockets::kPlaces - 1);
}

// Aim: tags of streams are never 0, the session's own. Method: once around.
TEST(AppSockets, StreamTagsAreNeverZero) {
  const auto sockets = std::make_unique<AppSockets>();
  for (int i = 0; i < 70'000; ++i) ASSERT_NE(sockets->next_stream_tag(), 0);
}

}  // namespace
}  // namespace hookflash
