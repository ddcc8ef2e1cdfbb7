#include "appliance/call_session.h"

#include "base/check.h"

namespace hookflash {

void CallSession::reset() {
  CHECK(!media.armed() && !target_timer.armed() && !durable.armed() && !farewell.armed());
  CHECK(target.get() == nullptr);
  plan = {};
  event = {};
  step = Step::kNone;
  speech.clear();
  persist = 0;
  creating = given_up = false;
  dial = status = 0;
  dial_ticket = 0;
  dial_joined.clear();
  status_purposes = {};
  update = {};
  CHECK(playback.waiting.empty());
  playback = {};
  turn = {};
  hangup = {};
  end_waits = end_confirmed = false;
  end_since = {};
  end_event = {};
  unverified = counted = resumed = false;
  say_in_document = digits_in_document = digits_playing = parked = false;
  digit_twins.clear();
  before = {};
  reconnects = 0;
  reconnects_since = {};
  stream = starting = {};
  grace_reason = EndReason::kNone;
  app_said_goodbye = target_told = target_opened = fell_back = pumping = reports_left = false;
  app.clear();
  caller.reset();
  streamer.stop();
  to_carrier_reported = streamer.counters();
  from_caller_reported = caller.counters();
}

}  // namespace hookflash
