#include "providers/twilio/carrier/carrier.h"

#include <algorithm>

#include "base/hex.h"

namespace hookflash::twilio::carrier {
namespace {

// A call that nobody ends (twilio.md 3.2: four hours).
constexpr Duration kTimeLimit = Duration::seconds(14'400);

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

Carrier::Carrier(const Settings& settings, std::span<Call> calls, Crypto& crypto, Entropy& entropy,
                 Outlet& outlet)
    : settings_(settings), calls_(calls), crypto_(crypto), entropy_(entropy), outlet_(outlet) {
  CHECK(!calls.empty() && calls.size() <= kCallsMax);
  for (size_t i = 0; i < calls_.size(); ++i) calls_[i].deadline.owner = static_cast<uint16_t>(i);
}

uint32_t Carrier::random_below(uint32_t bound) {
  uint8_t bytes[4];
  entropy_.fill(bytes);
  const uint32_t value = static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
                         static_cast<uint32_t>(bytes[2]) << 16 |
                         static_cast<uint32_t>(bytes[3]) << 24;
  return static_cast<uint32_t>(static_cast<uint64_t>(value) * bound >> 32);
}

// The first four digits name the place of the call, so that a sid is found without a search.
void Carrier::make_sid(std::string_view prefix, uint16_t index, FixedText<kSidBytes>& out) {
  uint8_t bytes[16];
  entropy_.fill(bytes);
  bytes[0] = static_cast<uint8_t>(index >> 8);
  bytes[1] = static_cast<uint8_t>(index);
  char text[kSidBytes];
  TextWriter writer(text);
  writer.put(prefix);
  write_hex(writer, bytes);
  out.set(writer.view());
}

Call* Carrier::get(CallRef ref) {
  if (!ref.is_set() || ref.index >= calls_.size() || calls_[ref.index].ref != ref) return nullptr;
  return &calls_[ref.index];
}

Call* Carrier::live(CallRef ref) {
  Call* const call = get(ref);
  return call != nullptr && is_live(call->state) ? call : nullptr;
}

const Call* Carrier::find(CallRef ref) const {
  if (!ref.is_set() || ref.index >= calls_.size() || calls_[ref.index].ref != ref) return nullptr;
  return &calls_[ref.index];
}

const Call* Carrier::find_sid(std::string_view sid) const {
  if (sid.size() != kSidBytes || !sid.starts_with("CA")) return nullptr;
  size_t index = 0;
  for (const char c : sid.substr(2, 4)) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return nullptr;
    index = index * 16 + static_cast<size_t>(hex_digit(c));
  }
  if (index >= calls_.size() || calls_[index].sid.view() != sid) return nullptr;
  return &calls_[index];
}

size_t Carrier::owed() const {
  size_t count = replies_.size();
  for (const Call& call : calls_) {
    count += call.reports.size();
    const auto stage = call.request.stage;
    const bool waiting =
        stage == DocumentRequest::Stage::kWaiting || stage == DocumentRequest::Stage::kInFlight;
    if (waiting || call.request.duplicate_due.is_set()) ++count;
  }
  return count;
}

// A free place, else the one whose call ended first and owes nothing.
Call* Carrier::acquire(Now now) {
  Call* best = nullptr;
  for (Call& call : calls_) {
    if (call.state == CallState::kFree) {
      best = &call;
      break;
    }
    if (is_live(call.state) || !call.reports.empty() || call.stream.stage != Stream::Stage::kNone ||
        call.request.duplicate_due.is_set()) {
      continue;
    }
    if (best == nullptr || call.ended < best->ended) best = &call;
  }
  if (best == nullptr) return nullptr;
  Call& call = *best;
  heap_.disarm(call.deadline);
  static_cast<CallData&>(call) = CallData{};
  call.document.clear();
  call.playout.reset();
  call.echo.reset();
  const auto index = static_cast<uint16_t>(best - calls_.data());
  const auto generation = static_cast<uint16_t>(call.ref.generation + 1);
  call.ref = {index, generation == 0 ? uint16_t{1} : generation};
  make_sid("CA", index, call.sid);
  call.began = now.mono;
  call.began_wall = now.wall;
  call.time_limit = kTimeLimit;
  ++live_;
  return best;
}

Result<CallRef> Carrier::place_call(const InboundCall& in, Now now) {
  const Number* number = nullptr;
  for (const Number& candidate : settings_.numbers) {
    if (candidate.phone == in.to) number = &candidate;
  }
  const std::string_view url =
      !in.voice_url.empty() ? in.voice_url : (number != nullptr ? number->voice_url.view() : "");
  if (!parse_url(url).ok() || url.size() > kUrlBytesMax || in.from.size() > kNumberBytesMax ||
      in.to.size() > kNumberBytesMax || in.status_callback.size() > kUrlBytesMax) {
    return Status::kInvalid;
  }
  Call* const call = acquire(now);
  if (call == nullptr) return Status::kFull;
  ++placed_;
  call->direction = CallDirection::kInbound;
  call->state = CallState::kRinging;
  call->person = in.person;
  call->speech_at = in.person.speech_offset;
  call->from.set(in.from);
  call->to.set(in.to);
  call->url.set(url);
  if (number != nullptr) {
    call->get = number->voice_method == "GET";
    call->fallback_url = number->fallback_url;
    call->status_callback = number->status_callback;
  }
  if (!in.status_callback.empty()) call->status_callback.set(in.status_callback);
  if (!call->status_callback.empty()) call->status_events = kOnCompleted;
  char text[192];
  TextWriter line(text);
  line.put("call from ").put(in.from).put(" to ").put(in.to);
  tell(*call, StoryEvent::Kind::kPlaced, line.view(), now);
  request_document(*call, url, call->get, now);
  arm(*call);
  return call->ref;
}

void Carrier::hang_up(CallRef ref, Now now) {
  Call* const call = live(ref);
  if (call == nullptr) return;
  const bool talking = call->state == CallState::kInProgress;
  end(*call, talking ? CallState::kCompleted : CallState::kCanceled, "the far end hung up", now);
  arm(*call);
}

void Carrier::press(CallRef ref, std::string_view digits, Now now) {
  Call* const call = live(ref);
  if (call == nullptr) return;
  for (const char digit : digits) send_digit(*call, digit, now);
  arm(*call);
}

void Carrier::say(CallRef ref, std::string_view words, Now now) {
  Call* const call = live(ref);
  if (call == nullptr || call->doing != Call::Doing::kGathering) return;
  if (call->document.attribute("input", "dtmf").find("speech") == std::string_view::npos) return;
  if (call->request.words.assign(words) != Status::kOk) return;
  end_gather(*call, true, now);
  arm(*call);
}

void Carrier::drop_stream(CallRef ref, Now now) {
  Call* const call = live(ref);
  if (call == nullptr || call->stream.stage == Stream::Stage::kNone) return;
  outlet_.stream_drop({call->ref, call->stream.number});
  stream_gone(*call, "stream dropped by the network", now);
  arm(*call);
}

void Carrier::tell(const Call& call, StoryEvent::Kind kind, std::string_view text, Now now) {
  outlet_.story({call.ref, call.sid.view(), now.mono - call.began, kind, text});
}

// An error of the debugger: noted, and what Twilio does with it is the caller's affair.
void Carrier::fail(Call& call, uint32_t code, std::string_view problem, Now now) {
  call.error = code;
  char text[256];
  TextWriter line(text);
  line.put("error ").number(code).put(": ").put(problem);
  tell(call, StoryEvent::Kind::kProblem, line.view(), now);
}

void Carrier::answer(Call& call, Now now) {
  if (call.state != CallState::kRinging && call.state != CallState::kQueued) return;
  call.state = CallState::kInProgress;
  call.answered = now.mono;
  call.answered_wall = now.wall;
  tell(call, StoryEvent::Kind::kState, "answered", now);
  report(call, kOnAnswered, now);
}

void Carrier::end(Call& call, CallState state, std::string_view why, Now now) {
  if (!is_live(call.state)) return;
  close_stream(call, now);
  if (call.request.stage == DocumentRequest::Stage::kInFlight) {
    outlet_.abandon({call.ref, call.request.number});
  }
  call.request.stage = DocumentRequest::Stage::kNone;
  call.request.duplicate_due = Instant();
  call.doing = Call::Doing::kNothing;
  call.document.clear();
  call.state = state;
  call.ended = now.mono;
  call.ended_wall = now.wall;
  --live_;
  char text[192];
  TextWriter line(text);
  line.put(word_of(state)).put(": ").put(why);
  tell(call, StoryEvent::Kind::kEnded, line.view(), now);
  report(call, kOnCompleted, now);
  outlet_.call_ended(call.ref);
}

// The way of an outbound call from the queue to its outcome (twilio.md 2.3).
void Carrier::progress(Call& call, Now now) {
  const Person& person = call.person;
  if (call.initiated == 0) {
    call.initiated = 1;
    tell(call, StoryEvent::Kind::kState, "initiated", now);
    report(call, kOnInitiated, now);
    if (person.answer == Person::Answer::kFails) {
      call.progress_at = Instant();
      end(call, CallState::kFailed, "the number cannot be reached", now);
      return;
    }
    call.progress_at = now.mono + person.ring_after;
    return;
  }
  if (call.state == CallState::kQueued) {
    call.state = CallState::kRinging;
    tell(call, StoryEvent::Kind::kState, "ringing", now);
    report(call, kOnRinging, now);
    const bool never = person.answer == Person::Answer::kNever;
    if (never && person.faults.rings_for_ever) {
      call.progress_at = Instant();
      return;
    }
    call.progress_at =
        now.mono +
        (never || person.answer_after > call.ring_limit ? call.ring_limit : person.answer_after);
    return;
  }
  call.progress_at = Instant();
  if (call.state != CallState::kRinging) return;
  if (person.answer == Person::Answer::kBusy) {
    end(call, CallState::kBusy, "the far end is busy", now);
  } else if (person.answer == Person::Answer::kNever || person.answer_after > call.ring_limit) {
    end(call, CallState::kNoAnswer, "nobody answered", now);
  } else {
    answer(call, now);
    if (!call.send_digits.empty()) static_cast<void>(call.digits_heard.append(call.send_digits));
    if (call.inline_twiml.empty()) {
      request_document(call, call.url, call.get, now);
    } else {
      char text[256];
      TextWriter line(text);
      line.put("inline document");
      take_document(call, call.inline_twiml, line, now);
    }
  }
}

// What the far end has planned for this moment.
void Carrier::act(Call& call, Now now) {
  const Act& act = call.person.acts[call.acts_done++];
  switch (act.what) {
    case Act::What::kPresses:
      for (const char digit : act.text.view()) send_digit(call, digit, now);
      break;
    case Act::What::kSays: say(call.ref, act.text, now); break;
    case Act::What::kHangsUp: end(call, CallState::kCompleted, "the far end hung up", now); break;
    case Act::What::kDropsStream: drop_stream(call.ref, now); break;
  }
}

namespace {

// Folds one more moment into the earliest; an unset one does not count.
void earliest(Instant& at, Instant other) {
  if (other.is_set() && other < at) at = other;
}

}  // namespace

void Carrier::arm(Call& call) {
  Instant at = Instant::max();
  for (const Report& report : call.reports) {
    earliest(at, report.due);
    earliest(at, report.duplicate_due);
  }
  earliest(at, call.request.duplicate_due);
  if (is_live(call.state)) {
    using Stage = DocumentRequest::Stage;
    if (call.request.stage == Stage::kWaiting || call.request.stage == Stage::kInFlight) {
      earliest(at, call.request.due);
    }
    earliest(at, call.progress_at);
    if (call.doing == Call::Doing::kWaiting || call.doing == Call::Doing::kGathering) {
      earliest(at, call.doing_until);
    }
    if (call.stream.stage != Stream::Stage::kNone) earliest(at, call.stream.next_frame);
    if (call.stream.stage == Stream::Stage::kOpen) earliest(at, call.playout.next_mark_at());
    if (call.state == CallState::kInProgress) {
      earliest(at, call.answered + call.time_limit);
      if (call.acts_done < call.person.acts.size()) {
        earliest(at, call.answered + call.person.acts[call.acts_done].after);
      }
    } else if (call.person.gives_up_after > Duration()) {
      earliest(at, call.began + call.person.gives_up_after);
    }
  }
  if (at == Instant::max()) {
    heap_.disarm(call.deadline);
  } else {
    heap_.arm(call.deadline, at);
  }
}

void Carrier::run_due(Call& call, Now now) {
  const Instant t = now.mono;
  run_request_timers(call, now);
  if (!is_live(call.state)) return;
  if (call.state != CallState::kInProgress && call.person.gives_up_after > Duration() &&
      call.began + call.person.gives_up_after <= t) {
    end(call, CallState::kCanceled, "the far end gave up", now);
    return;
  }
  if (call.progress_at.is_set() && call.progress_at <= t) progress(call, now);
  if (call.state == CallState::kInProgress && call.answered + call.time_limit <= t) {
    end(call, CallState::kCompleted, "the time limit of the call has passed", now);
  }
  while (call.state == CallState::kInProgress && call.acts_done < call.person.acts.size() &&
         call.answered + call.person.acts[call.acts_done].after <= t) {
    act(call, now);
  }
  if (!is_live(call.state)) return;
  if (call.stream.stage != Stream::Stage::kNone) run_stream(call, now);
  const bool waits = call.doing == Call::Doing::kWaiting || call.doing == Call::Doing::kGathering;
  if (waits && call.doing_until <= t) waited(call, now);
}

void Carrier::tick(Now now) {
  while (Deadline* const due = heap_.pop_due(now.mono)) {
    Call& call = calls_[due->owner];
    run_due(call, now);
    arm(call);
  }
  for (size_t i = 0; i < replies_.size();) {
    if (replies_[i].due > now.mono) {
      ++i;
      continue;
    }
    const PendingReply pending = replies_[i];
    replies_.erase(i);
    outlet_.reply({pending.id, pending.status, pending.body.view()});
  }
}

Instant Carrier::deadline() const {
  Instant at = heap_.next();
  for (const PendingReply& reply : replies_) at = std::min(at, reply.due);
  return at;
}

void write_rfc2822(WallTime time, TextWriter& out) {
  static constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int64_t seconds = time.seconds();
  const int64_t days = seconds / 86'400;
  const int64_t second = seconds % 86'400;
  // Civil date from days since 1970, counted in years that begin in March.
  const int64_t z = days + 719'468;
  const int64_t era = z / 146'097;
  const int64_t day_of_era = z % 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const auto two = [&](int64_t n) {
    out.put(static_cast<char>('0' + n / 10)).put(static_cast<char>('0' + n % 10));
  };
  out.put(kDays[days % 7]).put(", ");
  two(day);
  out.put(' ').put(kMonths[month - 1]).put(' ').number(year).put(' ');
  two(second / 3600);
  out.put(':');
  two(second / 60 % 60);
  out.put(':');
  two(second % 60);
  out.put(" +0000");
}

}  // namespace hookflash::twilio::carrier
