#include "webhook/replay_window.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace hookflash {
namespace {

using Claim = ReplayWindow::Claim;
using ::testing::ElementsAre;

Key16 key_of(uint32_t n) {
  Key16 key{};
  std::memcpy(key.data(), &n, sizeof n);
  return key;
}
RequestRef request_of(uint32_t n) { return {.place = 1, .generation = 1, .number = n}; }

class ReplayWindowTest : public ::testing::Test {
 protected:
  Now now() const { return {instant, WallTime::from_ms(1'700'000'000'000)}; }
  Claim claim(uint32_t key, uint32_t request) {
    return window->claim(key_of(key), request_of(request), now());
  }
  bool answer(uint32_t key, uint32_t request) {
    return window->answer(key_of(key), request_of(request), waiters);
  }
  bool fail(uint32_t key, uint32_t request) {
    return window->fail(key_of(key), request_of(request), waiters);
  }
  bool written(uint32_t key, uint32_t request, bool complete = true) {
    return window->written(key_of(key), request_of(request), complete);
  }
  [[nodiscard]] std::vector<RequestRef> waiting() const { return {waiters.begin(), waiters.end()}; }
  void keep(uint32_t key) {
    EXPECT_EQ(claim(key, 1), Claim::kOwner);
    EXPECT_TRUE(answer(key, 1));
    EXPECT_TRUE(written(key, 1));
  }

  Instant instant = Instant::from_us(5'000'000);
  std::unique_ptr<ReplayWindow> window = std::make_unique<ReplayWindow>();
  ReplayWindow::Waiters waiters;
};

// Aim: B-DED-6: after 2xx the identical request is a replay, after 500 it is processed afresh.
// Method: one of each.
TEST_F(ReplayWindowTest, SuccessIsKeptAndFailureForgotten) {
  EXPECT_EQ(claim(1, 1), Claim::kOwner);
  EXPECT_TRUE(answer(1, 1));
  EXPECT_EQ(claim(1, 2), Claim::kReplay) << "the answer is on its way";
  EXPECT_TRUE(written(1, 1));
  EXPECT_EQ(claim(1, 3), Claim::kReplay);

  EXPECT_EQ(claim(2, 4), Claim::kOwner);
  EXPECT_TRUE(fail(2, 4));
  EXPECT_EQ(claim(2, 5), Claim::kOwner);
}

// Aim: B-DED-6: a reservation is freed when the owner's answer could not be written completely.
// Method: an incomplete write, then the retry.
TEST_F(ReplayWindowTest, AnUnwrittenAnswerFrees) {
  EXPECT_EQ(claim(1, 1), Claim::kOwner);
  EXPECT_TRUE(answer(1, 1));
  EXPECT_TRUE(written(1, 1, false));
  EXPECT_EQ(claim(1, 2), Claim::kOwner);
}

// Aim: B-DED-6: only its own owner can free a reservation, and not once it is kept. Method: others
// try, and the owner out of turn.
TEST_F(ReplayWindowTest, OnlyTheOwnerSettles) {
  EXPECT_EQ(claim(1, 1), Claim::kOwner);
  EXPECT_EQ(claim(1, 2), Claim::kWait);
  EXPECT_FALSE(fail(1, 2));
  EXPECT_FALSE(answer(1, 2));
  EXPECT_FALSE(written(1, 1, false)) << "not answered yet";
  EXPECT_TRUE(answer(1, 1));
  EXPECT_FALSE(fail(1, 1)) << "answered";
  EXPECT_FALSE(written(1, 2, false));
  EXPECT_TRUE(written(1, 1));
  EXPECT_FALSE(written(1, 1, false)) << "kept";
  EXPECT_EQ(claim(1, 3), Claim::kReplay);
  EXPECT_FALSE(fail(9, 1)) << "unknown";
}

// Aim: B-DED-5: of identical requests at the same time one is processed, the others wait for its
// outcome, good or bad. Method: three and a stranger, once each way.
TEST_F(ReplayWindowTest, IdenticalRequestsWaitForTheOwner) {
  for (const bool success : {true, false}) {
    EXPECT_EQ(claim(1, 1), Claim::kOwner);
    EXPECT_EQ(claim(1, 2), Claim::kWait);
    EXPECT_EQ(claim(2, 3), Claim::kOwner);
    EXPECT_EQ(claim(2, 4), Claim::kWait);
    EXPECT_EQ(claim(1, 5), Claim::kWait);
    EXPECT_TRUE(success ? answer(1, 1) : fail(1, 1));
    EXPECT_THAT(waiting(), ElementsAre(request_of(2), request_of(5)));
    EXPECT_EQ(window->waiting(), 1U);
    EXPECT_TRUE(fail(2, 3));
    EXPECT_THAT(waiting(), ElementsAre(request_of(4)));
    EXPECT_TRUE(success ? written(1, 1, false) : true);
    EXPECT_EQ(window->size(), 0U);
  }
}

// Aim: a waiter whose connection went is not answered. Method: forget one of two.
TEST_F(ReplayWindowTest, ForgetsWaitersThatWent) {
  EXPECT_EQ(claim(1, 1), Claim::kOwner);
  EXPECT_EQ(claim(1, 2), Claim::kWait);
  EXPECT_EQ(claim(1, 3), Claim::kWait);
  window->forget_waiter(request_of(2));
  window->forget_waiter(request_of(2));
  EXPECT_TRUE(answer(1, 1));
  EXPECT_THAT(waiting(), ElementsAre(request_of(3)));
}

// Aim: every request in flight but one can wait. Method: as many as both groups hold.
TEST_F(ReplayWindowTest, EveryRequestInFlightCanWait) {
  EXPECT_EQ(claim(1, 1), Claim::kOwner);
  for (uint32_t n = 2; n <= limits::kRequestsInFlightMax + limits::kApiRequestsInFlightMax; ++n) {
    EXPECT_EQ(claim(1, n), Claim::kWait);
  }
  EXPECT_TRUE(fail(1, 1));
  EXPECT_EQ(waiters.size(), limits::kRequestsInFlightMax + limits::kApiRequestsInFlightMax - 1);
}

// Aim: keys live 10 minutes (section 5). Method: just before and at the end.
TEST_F(ReplayWindowTest, KeysLiveTenMinutes) {
  keep(1);
  instant = instant + Duration::seconds(600) - Duration::us(1);
  EXPECT_EQ(claim(1, 2), Claim::kReplay);
  instant = instant + Duration::us(1);
  EXPECT_EQ(claim(1, 3), Claim::kOwner);
  EXPECT_EQ(window->evictions(), 0U);
}

// Aim: 10,000 keys, oldest out, counted; what is in flight is not pushed out (section 5). Method:
// fill, then more.
TEST_F(ReplayWindowTest, HoldsTenThousand) {
  EXPECT_EQ(claim(0, 7), Claim::kOwner);
  for (uint32_t n = 1; n < limits::kRequestKeysMax; ++n) keep(n);
  EXPECT_EQ(window->size(), 10'000U);
  EXPECT_EQ(window->evictions(), 0U);
  keep(10'000);
  keep(10'001);
  EXPECT_EQ(window->size(), 10'000U);
  EXPECT_EQ(window->evictions(), 2U);
  EXPECT_EQ(claim(0, 8), Claim::kWait) << "in flight";
  EXPECT_EQ(claim(3, 9), Claim::kReplay);
  EXPECT_EQ(claim(1, 9), Claim::kOwner) << "pushed out";
  EXPECT_EQ(claim(2, 10), Claim::kOwner) << "pushed out";
}

// Aim: keys taken over from before a restart are replays for the rest of their life. Method:
// restore with several ages.
TEST_F(ReplayWindowTest, TakesKeysOverARestart) {
  window->restore(key_of(1), Duration::seconds(600), now());
  window->restore(key_of(2), Duration::seconds(599), now());
  window->restore(key_of(3), Duration::seconds(1), now());
  window->restore(key_of(3), Duration::seconds(1), now());
  EXPECT_EQ(window->size(), 2U);
  EXPECT_EQ(claim(2, 1), Claim::kReplay);
  instant = instant + Duration::seconds(1);
  EXPECT_EQ(claim(2, 2), Claim::kOwner);
  EXPECT_EQ(claim(3, 3), Claim::kReplay);
  EXPECT_EQ(claim(1, 4), Claim::kOwner);
}

// Aim: an untouched window is all zero bytes. Method: look at a constant-initialised one.
TEST(ReplayWindowMemory, IsZeroBeforeUse) {
  static constinit ReplayWindow untouched;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&untouched);
  EXPECT_TRUE(std::all_of(bytes, bytes + sizeof untouched, [](unsigned char b) { return b == 0; }));
}

}  // namespace
}  // namespace hookflash
