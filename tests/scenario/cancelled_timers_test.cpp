// Aim: a timer that was cancelled does nothing, even when its expiry already waits in the call's
// inbox, and one of a finished call does nothing (B-TMR-4). Method: the storage stalls while the
// event that cancels it is on its way to flash, and the timer is due meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::Person;

// An outbound call that rings, of which the carrier reports nothing by itself.
struct Ringing {
  Ringing() : box(api_config(R"(,"ringTimeoutMs":5000)")) {
    box.world.twilio().set_callee([](std::string_view) {
      Person person;
      person.answer = Person::Answer::kNever;
      person.faults.rings_for_ever = true;
      person.faults.callbacks_lost_permille = 1000;
      return person;
    });
    const HttpAnswer placed =
        post(box, "/call/outbound", R"({"to":"+15557654321","mode":"conversation"})");
    EXPECT_EQ(placed.status, 201);
    sid = std::string(box.world.twilio().carrier().calls().front().sid.view());
    // The ring timer: 5 s and 15 s after the dial was accepted.
    box.world.run(Duration::ms(19'500));
    EXPECT_EQ(box.counts().live_calls, 1U);
    requests = box.world.twilio().rest_requests();
    box.world.storage().stall(Duration::seconds(2));
  }

  Box box;
  std::string sid;
  uint64_t requests = 0;
};

// B-TMR-4: the answer cancels the ring timer, whose expiry waits behind it.
TEST(CancelledTimers, AnExpiryBehindTheAnswerIsNothing) {
  Ringing r;
  const auto answered = send_later(r.box, hook(r.sid, "in-progress", "outbound-api").as_status());
  r.box.world.run(Duration::seconds(4));
  EXPECT_EQ(answered->status, 200);
  EXPECT_EQ(r.box.counts().live_calls, 1U);
  EXPECT_EQ(r.box.world.twilio().rest_requests(), r.requests) << "neither asked nor hung up";
}

// B-TMR-4: the same behind the call's end.
TEST(CancelledTimers, AnExpiryBehindTheEndIsNothing) {
  Ringing r;
  const auto ended = send_later(r.box, hook(r.sid, "busy", "outbound-api").as_status());
  r.box.world.run(Duration::seconds(4));
  EXPECT_EQ(ended->status, 200);
  EXPECT_EQ(r.box.counts().call_slots, 0U);
  EXPECT_EQ(r.box.last().end_reason, EndReason::kBusy);
  EXPECT_EQ(r.box.world.twilio().rest_requests(), r.requests);
}

// Without either the timer does something.
TEST(CancelledTimers, AnExpiryAloneAsksTheCarrier) {
  Ringing r;
  r.box.world.run(Duration::seconds(4));
  EXPECT_GT(r.box.world.twilio().rest_requests(), r.requests);
}

}  // namespace
}  // namespace hookflash::sim
