#include "platform/linux/poller.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>

#include "platform/linux/clocks.h"

namespace hookflash {
namespace {

class PollerTest : public testing::Test {
 protected:
  PollerTest() { EXPECT_EQ(poller_->open(), Status::kOk); }
  ~PollerTest() override {
    for (const int descriptor : descriptors_) ::close(descriptor);
  }
  int event(bool raised) {
    descriptors_.push_back(eventfd(raised ? 1 : 0, EFD_NONBLOCK | EFD_CLOEXEC));
    return descriptors_.back();
  }
  size_t served() {
    size_t count = 0;
    while (poller_->next(event_)) ++count;
    return count;
  }
  std::unique_ptr<Poller> poller_ = std::make_unique<Poller>();
  std::vector<int> descriptors_;
  Poller::Event event_;
};

// Aim: a wake-up never comes before its instant. Method: many instants at odd offsets; after each
// wake by the timer the clock is read. How late it comes is the machine's business and not judged
// here.
TEST_F(PollerTest, NeverEarly) {
  for (int i = 0; i < 40; ++i) {
    const Instant wanted = read_clocks().mono + Duration::us(700 + 137 * i);
    poller_->wake_at(wanted);
    poller_->wait(Duration::max());
    served();
    ASSERT_GE(read_clocks().mono, wanted);
  }
}

// Aim: B-TMR-2, an instant at the end of the clock's range is clamped and never wraps into one that
// is due now. Method: instants around the end; nothing is due within what a short wait sees.
TEST_F(PollerTest, FarInstantsAreNotDue) {
  for (const int64_t before_end : {0, 1, 499, 500, 501, 1'000'000}) {
    poller_->wake_at(Instant::from_us(INT64_MAX - before_end));
    poller_->wait(Duration::ms(1));
    EXPECT_EQ(served(), 0U);
  }
  const Instant wanted = read_clocks().mono + Duration::ms(2);
  poller_->wake_at(wanted);
  poller_->wait(Duration::max());
  served();
  EXPECT_GE(read_clocks().mono, wanted);
}

// Aim: instants within one grid step cost one setting of the timer, a later one none while an
// earlier is armed, and an earlier one is set again.
TEST_F(PollerTest, TimerIsSetOnlyWhenItMustBe) {
  const int64_t grid = linux_limits::kWakeGrid.us();
  const Instant base = Instant::from_us((read_clocks().mono.us() / grid + 20'000) * grid);
  poller_->wake_at(base + Duration::us(1));
  EXPECT_EQ(poller_->timer_settings(), 1U);
  poller_->wake_at(base + Duration::us(grid));
  poller_->wake_at(base + Duration::us(2 * grid));
  poller_->wake_at(Instant::max());
  EXPECT_EQ(poller_->timer_settings(), 1U);
  poller_->wake_at(base);
  EXPECT_EQ(poller_->timer_settings(), 2U);
}

// Aim: a passed instant wakes at once; Instant::max() never does.
TEST_F(PollerTest, PassedAndNever) {
  poller_->wake_at(Instant::from_us(1));
  poller_->wait(Duration::max());
  EXPECT_EQ(served(), 0U);
  poller_->wake_at(Instant::max());
  poller_->wait(Duration());
  EXPECT_EQ(served(), 0U);
}

// Aim: interest can be taken back and given again, and only a change reaches the kernel.
TEST_F(PollerTest, Interest) {
  const int ready = event(true);
  ASSERT_EQ(poller_->add(ready, Poller::Kind::kStorage, EPOLLIN), Status::kOk);
  poller_->wait(Duration::max());
  EXPECT_EQ(served(), 1U);
  EXPECT_EQ(event_.descriptor, ready);
  EXPECT_EQ(event_.kind, Poller::Kind::kStorage);
  poller_->set_interest(ready, 0);
  poller_->wait(Duration());
  EXPECT_EQ(served(), 0U);
  poller_->set_interest(ready, EPOLLIN);
  poller_->set_interest(ready, 0);
  poller_->set_interest(ready, EPOLLIN);
  poller_->wait(Duration::max());
  EXPECT_EQ(served(), 1U);
  EXPECT_EQ(poller_->interest(ready), static_cast<uint32_t>(EPOLLIN));
}

// Aim: events already fetched for a descriptor that was removed, and even given to somebody else
// since, are dropped.
TEST_F(PollerTest, StaleEventsAreDropped) {
  const int first = event(true);
  const int second = event(true);
  ASSERT_EQ(poller_->add(first, Poller::Kind::kStorage, EPOLLIN), Status::kOk);
  ASSERT_EQ(poller_->add(second, Poller::Kind::kStorage, EPOLLIN), Status::kOk);
  poller_->wait(Duration::max());
  ASSERT_TRUE(poller_->next(event_));
  const int other = event_.descriptor == first ? second : first;
  poller_->remove(other);
  ASSERT_EQ(poller_->add(other, Poller::Kind::kStorage, EPOLLIN), Status::kOk);
  EXPECT_FALSE(poller_->next(event_));
  poller_->wait(Duration::max());
  EXPECT_EQ(served(), 2U);
}

// Aim: descriptors beyond the table and ones that are none are refused.
TEST_F(PollerTest, Refusals) {
  EXPECT_EQ(poller_->add(-1, Poller::Kind::kStream, EPOLLIN), Status::kFull);
  EXPECT_EQ(poller_->add(int{linux_limits::kDescriptorsMax}, Poller::Kind::kStream, EPOLLIN),
            Status::kFull);
  const int gone = event(false);
  ::close(gone);
  descriptors_.pop_back();
  EXPECT_EQ(poller_->add(gone, Poller::Kind::kStream, EPOLLIN), Status::kUnavailable);
  poller_->set_interest(gone, EPOLLIN);
  poller_->remove(gone);
  EXPECT_EQ(poller_->interest(gone), 0U);
}

}  // namespace
}  // namespace hookflash
