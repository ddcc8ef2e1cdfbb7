// Aim: which REST exchanges of a line run, wait, and are refused. Method: an owner that notes what
// it is told, and exchanges answered in any order.
#include "appliance/rest_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace hookflash {
namespace {

class Owner final : public RestOwner {
 public:
  bool build_request(const RestJob& job, out::RestSend&) override {
    built.push_back(job.slot);
    return job.slot != unwanted;
  }
  void on_report(const RestReport& report, Now) override {
    reported.push_back(report.job.slot);
    last = report;
  }
  std::vector<uint16_t> built;
  std::vector<uint16_t> reported;
  RestReport last;
  uint16_t unwanted = 9999;
};

class RestQueueTest : public testing::Test {
 protected:
  Status submit(uint16_t slot, bool hangup = false, uint8_t line = 0) {
    outbox_->begin();
    RestId id = 0;
    const Status status = queue_->submit({.operation = Operation::kUpdate,
                                          .line = line,
                                          .hangup = hangup,
                                          .slot = slot,
                                          .deadline = now_.mono + Duration::seconds(5)},
                                         owner_, *outbox_, now_, id);
    Out out;
    while (outbox_->next(out)) {
      if (const auto* send = std::get_if<out::RestSend>(&out)) sent_.push_back(send->id);
    }
    return status;
  }
  void answer(size_t which) {
    outbox_->begin();
    EXPECT_TRUE(queue_->answered({.id = sent_[which], .status = 200}, owner_, *outbox_, now_));
    EXPECT_FALSE(queue_->answered({.id = sent_[which], .status = 200}, owner_, *outbox_, now_));
    Out out;
    while (outbox_->next(out)) {
      if (const auto* send = std::get_if<out::RestSend>(&out)) sent_.push_back(send->id);
    }
  }

  Now now_{.mono = Instant::from_us(1'000'000), .wall = WallTime::from_ms(1'800'000'000'000)};
  std::unique_ptr<RestQueue> queue_ = std::make_unique<RestQueue>();
  std::unique_ptr<Outbox> outbox_ = std::make_unique<Outbox>();
  Owner owner_;
  std::vector<RestId> sent_;
};

// Aim: B-PRV-6: four connections a line, one of them for hang-ups only; 32 wait, the next is
// refused; another line is not affected. B-HUP-6: hang-ups go at once, and are taken when nothing
// else is.
TEST_F(RestQueueTest, KeepsAConnectionForHangups) {
  for (uint16_t slot = 0; slot < 3 + limits::kRestWaitingMax; ++slot) {
    EXPECT_EQ(submit(slot), Status::kOk) << slot;
  }
  EXPECT_EQ(sent_.size(), 3U);
  EXPECT_EQ(submit(900), Status::kFull);
  EXPECT_EQ(submit(901, false, 1), Status::kOk) << "another line";
  EXPECT_EQ(sent_.size(), 4U);
  EXPECT_EQ(submit(902, true), Status::kOk);
  EXPECT_EQ(owner_.built.back(), 902) << "at once";
  EXPECT_EQ(submit(903, true), Status::kOk);
  EXPECT_EQ(submit(904), Status::kFull);
  EXPECT_NE(owner_.built.back(), 903) << "every connection is taken";
  answer(0);
  EXPECT_EQ(owner_.built.back(), 903) << "before all that waited longer";
  answer(1);
  answer(2);
  EXPECT_EQ(owner_.built[owner_.built.size() - 2], 3) << "then in order";
  EXPECT_EQ(owner_.built[owner_.built.size() - 1], 4);
}

// Aim: B-PRV-2: each job that was taken is reported exactly once, also one whose time is over while
// it waits, and one that nobody wants any more.
TEST_F(RestQueueTest, ReportsEachJobOnce) {
  owner_.unwanted = 4;
  for (uint16_t slot = 0; slot < 10; ++slot) ASSERT_EQ(submit(slot), Status::kOk);
  EXPECT_EQ(queue_->deadline(), now_.mono + Duration::seconds(5));
  answer(0);
  answer(1);  // Number 4 is unwanted, so 5 takes its place.
  now_.mono = now_.mono + Duration::seconds(6);
  outbox_->begin();
  queue_->expire(owner_, *outbox_, now_);
  for (size_t i = 2; i < sent_.size(); ++i) answer(i);
  std::sort(owner_.reported.begin(), owner_.reported.end());
  EXPECT_EQ(owner_.reported, (std::vector<uint16_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(queue_->idle());
  EXPECT_EQ(queue_->deadline(), Instant::max());
}

}  // namespace
}  // namespace hookflash
