#include "appliance/calls.h"
#include "base/check.h"

// Streams, audio and targets of live calls (contract sections 20 to 23).
namespace hookflash {
namespace {

constexpr uint16_t kNormalClose = 1000;
constexpr uint16_t kInternalError = 1011;

}  // namespace

// --- Streams -------------------------------------------------------------------------------------

void Calls::stream_start(StreamHandle handle, const MediaMessage& start, Now now) {
  turn_ = now.mono;
  const auto refuse_start = [&](StreamRefusal why) {
    streams_.refuse(handle, why, *this, outbox_, now);
  };
  if (start.token_overlong || start.token.empty()) {
    refuse_start(StreamRefusal::kToken);
    return;
  }
  const Result<StreamToken> token = check_stream_token(crypto_, device_key_, start.token);
  if (!token.ok()) {
    refuse_start(StreamRefusal::kToken);
    return;
  }
  const CallHandle call = table_.find(token->call_id);
  CallRecord* record = table_.get(call);
  if (record == nullptr || record->reserved || !is_live(record->core.state)) {
    refuse_start(StreamRefusal::kBinding);
    return;
  }
  if (is_expired(*token, *record, now.mono)) {
    refuse_start(StreamRefusal::kExpired);
    return;
  }
  // B-STR-5: the start names this call's carrier id; while the dial is under way it is adopted.
  if (identity_of(record->core, start.provider_call_id) == Identity::kMismatch) {
    refuse_start(StreamRefusal::kBinding);
    return;
  }
  CallSession& live = session(call);
  if (live.starting.is_set()) {
    streams_.close(live.starting, kNormalClose, "newer start", *this, outbox_, now);
  }
  StreamConnection& connection = *streams_.get(handle);
  connection.call_id = record->core.call_id;
  connection.line = record->core.line;
  connection.slot = call.index;
  connection.slot_generation = call.generation;
  live.starting = handle;
  Event event;
  event.type = EventType::kStreamStarted;
  event.line = record->core.line;
  event.call_id = record->core.call_id;
  if (event.set(EventText::kProviderCallId, start.provider_call_id) != Status::kOk ||
      event.set(EventText::kStreamId, start.stream_id) != Status::kOk) {
    live.starting = {};
    refuse_start(StreamRefusal::kBinding);
    return;
  }
  submit(event, {}, now);
}

void Calls::stream_value(StreamHandle stream, const In& in, const StreamLimits& limits, Now now) {
  turn_ = now.mono;
  if (const auto* received = std::get_if<in::WsReceived>(&in)) {
    streams_.on_received(stream, *received, *this, outbox_, now);
  } else if (std::holds_alternative<in::WsOpened>(in)) {
    streams_.on_opened(stream, limits, *this, outbox_, now);
  } else if (const auto* blocked = std::get_if<in::WsBlocked>(&in)) {
    streams_.on_blocked(stream, blocked->unsent, *this, outbox_, now);
  } else if (std::holds_alternative<in::WsWritable>(in)) {
    streams_.on_writable(stream);
  } else if (const auto* closed = std::get_if<in::WsClosed>(&in)) {
    streams_.on_closed(stream, *closed, *this, now);
  }
}

// The start is durable: the order of B-STR-7.
void Calls::attach_stream(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  const StreamHandle fresh = live.starting;
  live.starting = {};
  if (streams_.get(fresh) == nullptr) {
    // It went away while its start was on the way to flash: that is a lost stream, unless another
    // one is there (of two starts at once the newer has taken both turns).
    submit_own(call, EventType::kStreamStopped, EndReason::kNone, now);
    return;
  }
  const StreamHandle old = live.stream;
  live.stream = fresh;
  disarm(call, Timer::kReattach);
  live.digits_playing = false;
  live.grace_reason = EndReason::kNone;
  if (StreamConnection* replaced = streams_.get(old)) note_stream_audio(*replaced);
  streams_.replace(old, *this, outbox_, now);
  // The replaced one may have been in the middle of a message.
  if (old.is_set()) live.caller.discard();
  streams_.attach(fresh, record.core.stream_generation, *this, now);
  if (record.timer(Timer::kGrace).armed()) {
    disarm(call, Timer::kGrace);
    if (record.core.stream_generation > 1) {
      observer_.stream_disconnect(record.core.line, "reconnected");
    }
  }
  if (live.streamer.running()) {
    live.streamer.hold(false, now.mono);
  } else {
    live.streamer.start(settings_->streamer(), now.mono);
    live.to_carrier_reported = {};  // Its counters begin anew.
  }
  if (StreamConnection* connection = streams_.get(fresh)) {
    note_stream_audio(*connection);
    connection->audio_before = connection->audio;
  }
  if (Target* target = live.target.get()) {
    target->caller_stream(true, now);
  } else {
    open_target(call, now);
  }
  pump_media(call.index, now);
  arm_target(call.index);
}

json::PayloadSink* Calls::stream_sink(const StreamConnection& connection) {
  caller_sink_.audio = &sessions_[connection.slot].caller;
  caller_sink_.now = turn_;
  return &caller_sink_;
}

void Calls::stream_media(const StreamConnection& connection, bool good, Now now) {
  CallSession& live = sessions_[connection.slot];
  const StreamConnection* current = streams_.get(live.stream);
  // While a valid start is on its way to flash, what the caller says waits for the app (B-STR-8).
  const bool coming = current == nullptr && streams_.get(live.starting) == &connection;
  if ((current != &connection && !coming) || !good) {
    live.caller.discard();
    return;
  }
  (void)live.caller.commit(now.mono);
  if (coming) return;
  if (Target* target = live.target.get()) {
    target->caller_audio(now);
    if (live.streamer.deadline() <= now.mono) pump_media(connection.slot, now);
  }
}

void Calls::stream_digit(const StreamConnection& connection, char digit, Now now) {
  const CallHandle call{connection.slot, connection.slot_generation};
  const CallRecord* record = table_.get(call);
  if (record == nullptr || streams_.get(session(call).stream) != &connection) return;
  hand_on_digit(call, digit, DigitTwins::Way::kStream, now);
}

void Calls::hand_on_digit(CallHandle call, char digit, DigitTwins::Way way, Now now) {
  if (session(call).digit_twins.is_twin(digit, way, now.mono)) {
    observer_.call_digit(table_.get(call)->core, DigitFate::kDuplicate, now);
    return;
  }
  // A full queue of the app drops its oldest: counted in place of this one, so that each counts
  // once.
  const uint64_t dropped = target_counters_.digits_dropped;
  Target* const target = session(call).target.get();
  if (target != nullptr) {
    target->caller_digit(digit, now);
    arm_target(call.index);
  }
  const bool delivered = target != nullptr && target_counters_.digits_dropped == dropped;
  observer_.call_digit(table_.get(call)->core,
                       delivered ? DigitFate::kDelivered : DigitFate::kDropped, now);
}

void Calls::stream_mark(const StreamConnection& connection, std::string_view name, Now now) {
  CallSession& live = sessions_[connection.slot];
  if (streams_.get(live.stream) != &connection) return;
  live.streamer.on_echo(name);
  pump_media(connection.slot, now);
}

void Calls::stream_lost(const StreamConnection& connection, Now now) {
  const CallHandle call{connection.slot, connection.slot_generation};
  const CallRecord* record = table_.get(call);
  if (record == nullptr || streams_.get(session(call).stream) != &connection) return;
  CallSession& live = session(call);
  if (StreamConnection* lost = streams_.get(live.stream)) note_stream_audio(*lost);
  live.stream = {};
  live.caller.discard();  // Of the message it broke off in.
  live.streamer.hold(true, now.mono);
  arm_media(connection.slot);
  if (Target* target = live.target.get()) target->caller_stream(false, now);
  arm_target(connection.slot);
  submit_own(call, EventType::kStreamStopped, EndReason::kNone, now);
}

void Calls::stream_silent(const StreamConnection& connection, Now now) {
  const CallHandle call{connection.slot, connection.slot_generation};
  if (table_.get(call) == nullptr || streams_.get(session(call).stream) != &connection) return;
  submit_own(call, EventType::kMediaSilent, EndReason::kTimeout, now);
}

void Calls::stream_refused(StreamRefusal refusal, std::string_view, Now now) {
  observer_.stream_refused(refusal, now);
}

void Calls::stream_state(const StreamConnection& connection, StreamState from,
                         std::string_view cause, Now now) {
  observer_.stream_moved(connection, from, cause, now);
}

void Calls::stream_gone(const StreamConnection& connection, const in::WsClosed& end, Now now) {
  const CallHandle call{connection.slot, connection.slot_generation};
  if (table_.get(call) != nullptr) {
    CallSession& live = session(call);
    if (streams_.get(live.starting) == &connection) live.starting = {};
  }
  observer_.stream_summary(connection, end, now);
}

// The call's counters so far; audio_before is what of them is older than this connection.
void Calls::note_stream_audio(StreamConnection& connection) {
  const StreamerCounters& audio = sessions_[connection.slot].streamer.counters();
  const CallerAudioCounters& caller = sessions_[connection.slot].caller.counters();
  connection.audio = {.underruns = audio.underruns,
                      .late = audio.late_frames,
                      .dropped = audio.cleared_frames + audio.late_dropped +
                                 audio.standing_dropped + caller.slow_app +
                                 caller.standing_dropped};
}

void Calls::report_audio(CallHandle call) {
  CallSession& live = session(call);
  observer_.audio_counted(table_.get(call)->core.line,
                          {.to_carrier = live.streamer.counters(),
                           .to_carrier_before = live.to_carrier_reported,
                           .from_caller = live.caller.counters(),
                           .from_caller_before = live.from_caller_reported});
  live.to_carrier_reported = live.streamer.counters();
  live.from_caller_reported = live.caller.counters();
}

void Calls::report_audio() {
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallHandle call = table_.at(i);
    const CallRecord* record = table_.get(call);
    if (record != nullptr && !record->reserved) report_audio(call);
  }
}

void Calls::close_stream(CallHandle call, uint16_t code, std::string_view cause, Now now) {
  streams_.close(session(call).stream, code, cause, *this, outbox_, now);
}

// --- Targets -------------------------------------------------------------------------------------

TargetLinks Calls::target_links() {
  return {.outbox = outbox_,
          .crypto = crypto_,
          .entropy = entropy_,
          .sockets = app_sockets_,
          .owner = *this,
          .counters = target_counters_};
}

bool Calls::open_app(CallHandle call, std::string_view name, Now now) {
  const CallCore& core = table_.get(call)->core;
  CallSession& live = session(call);
  const TargetLinks links = target_links();
  const TargetAudio audio{.to_carrier = live.streamer, .from_caller = live.caller};
  const TargetCall about{.slot = call.index,
                         .call_id = outbox_.keep(core.call_id.text()),
                         .provider_call_id = core.provider_call_id,
                         .account_id = settings_->rest(core.line).account.id,
                         .line = core.line_id,
                         .from = core.from,
                         .to = core.to,
                         .session_key = core.session_key,
                         .outbound = core.direction == Direction::kOutbound,
                         .resumed = live.target_opened || live.resumed};
  TargetParameter memory[limits::kAppParamsMax];
  const AppChoice choice = settings_->app(name, memory);
  bool opened = false;
  switch (choice.kind) {
    case AppChoice::Kind::kNone: break;
    case AppChoice::Kind::kEcho:
      live.target.open_echo(links, audio, about, now);
      opened = true;
      break;
    case AppChoice::Kind::kTone:
      live.target.open_tone(links, audio, about, choice.tone, now);
      opened = true;
      break;
    case AppChoice::Kind::kAnnounce:
      opened =
          live.target.open_announce(links, audio, about,
                                    {.audio = prompts_.prompt(choice.index), .loop = choice.loop},
                                    now) == Status::kOk;
      break;
    case AppChoice::Kind::kWebSocket:
      opened = live.target.open_app(links, audio, about,
                                    {.url = choice.url,
                                     .parameters = choice.parameters,
                                     .signing_key = settings_->signing_key(core.line)},
                                    now) == Status::kOk;
      break;
  }
  observer_.app_opened(choice.kind, opened);
  live.target_opened = live.target_opened || opened;
  return opened;
}

void Calls::open_target(CallHandle call, Now now) {
  const CallCore& core = table_.get(call)->core;
  session(call).app = core.app;
  if (open_app(call, core.app, now)) return;
  observer_.call_note(core, out::LogLevel::kError, "the app cannot be opened", core.app, now);
  target_failed(call.index, now);
}

void Calls::target_ready(uint16_t slot, Now now) {
  sessions_[slot].caller.set_app_reads(true, now.mono);
  observer_.app_reachable(sessions_[slot].app, true, now);
  arm_target(slot);
}

void Calls::target_audio(uint16_t slot, Now now) { pump_media(slot, now); }

void Calls::target_clear(uint16_t slot, Now now) {
  CallSession& live = sessions_[slot];
  (void)live.streamer.clear(By::kApp, now.mono);
  (void)streams_.send_clear(live.stream, outbox_);
  pump_media(slot, now);
}

void Calls::target_left(uint16_t slot, Now now) {
  // A farewell is not cut off: at most the audio left and 2 s (B-APP-6).
  CallSession& live = sessions_[slot];
  live.app_said_goodbye = true;
  live.streamer.end_burst(now.mono);
  live.farewell.kind = kFarewellDeadline;
  live.farewell.owner = slot;
  const Duration left = live.streamer.audio_left(now.mono);
  arm(live.farewell, now.mono + (live.streamer.drained() ? left : left + Duration::seconds(2)));
  pump_media(slot, now);
}

void Calls::target_failed(uint16_t slot, Now now) {
  const CallHandle call = table_.at(slot);
  CallRecord* record = table_.get(call);
  if (record == nullptr) return;
  CallSession& live = session(call);
  if (record->core.state == CallState::kEnded) {
    live.target_told = true;
    try_release(call, now);
    return;
  }
  observer_.app_reachable(live.app, false, now);
  // The fallback's turn, once (B-APP-5).
  TargetParameter memory[limits::kAppParamsMax];
  const FixedText<limits::kAppNameBytesMax> fallback = [&] {
    FixedText<limits::kAppNameBytesMax> name;
    (void)name.assign(settings_->app(live.app, memory).fallback);
    return name;
  }();
  live.target.close(now);
  if (!fallback.empty() && !live.fell_back) {
    live.fell_back = true;
    live.app = fallback;
    observer_.call_note(record->core, out::LogLevel::kWarn,
                        "the app is gone; its fallback takes over", fallback, now);
    if (open_app(call, fallback, now)) {
      pump_media(slot, now);
      arm_target(slot);
      return;
    }
  }
  if (!live.fell_back) close_stream(call, kInternalError, "the app is unreachable", now);
  submit_own(call, EventType::kAppClosed, EndReason::kError, now);
}

void Calls::target_told(uint16_t slot, Now now) {
  sessions_[slot].target_told = true;
  try_release(table_.at(slot), now);
}

void Calls::target_note(uint16_t slot, TargetNote note, Now now) {
  const CallRecord* record = table_.get(table_.at(slot));
  if (record == nullptr) return;
  std::string_view text;
  switch (note) {
    case TargetNote::kCertificateTime: observer_.app_certificate_refused(record->core, now); return;
    case TargetNote::kLost: text = "the app's connection is lost; redialling"; break;
    case TargetNote::kReadingStopped: text = "burst buffer full: reading from the app stops"; break;
    case TargetNote::kReadingResumed: text = "reading from the app goes on"; break;
    case TargetNote::kDigitsDropped: text = "digits dropped: the app is too slow"; break;
    case TargetNote::kEndNotTold: text = "the app could not be told the end of the call"; break;
  }
  const bool good = note == TargetNote::kReadingResumed;
  observer_.call_note(record->core, good ? out::LogLevel::kInfo : out::LogLevel::kWarn, text, {},
                      now);
}

// --- Audio towards the carrier
// ---------------------------------------------------------------------

bool Calls::hand_on_marks(uint16_t slot, Now now) {
  CallSession& live = sessions_[slot];
  MarkReport report;
  size_t handed = 0;
  live.reports_left = false;
  while (live.streamer.take_report(report)) {
    ++handed;
    live.reports_left = handed == kMarkReportsPerTurn;
    const CallRecord* record = table_.get(table_.at(slot));
    if (record != nullptr) observer_.mark_ended(record->core, report.outcome, now);
    if (Target* target = live.target.get(); target != nullptr && report.tag != 0) {
      target->mark_reported(report, now);
    }
    if (live.reports_left) break;
  }
  return handed > 0;
}

void Calls::pump_media(uint16_t slot, Now now) {
  CallSession& live = sessions_[slot];
  bool sent = false;
  size_t marks = 0;
  // An app may have hundreds of marks behind its audio: they leave over several turns.
  while (marks < kMarkReportsPerTurn) {
    const Due due = live.streamer.next_due(now.mono);
    if (due.kind == Due::Kind::kNothing) break;
    if (due.kind == Due::Kind::kMark) {
      ++marks;
      (void)streams_.send_mark(live.stream, own_mark_name(due.mark), outbox_);
      continue;
    }
    sent = true;
    if (!streams_.send_media(live.stream, due.frame, outbox_)) ++memory_.counters.frames_unsent;
    observer_.frame_sent(due.lateness, live.streamer.queue_depth());
  }
  const bool reported = hand_on_marks(slot, now);
  if ((sent || reported) && !live.pumping) {
    if (Target* target = live.target.get()) {
      live.pumping = true;  // room() may put audio in, which comes back here.
      target->room(now);
      live.pumping = false;
    }
  }
  if (sent && live.streamer.depth_log_due(now.mono)) log_depth(slot, now);
  if (live.app_said_goodbye && live.farewell.armed() && live.streamer.drained()) {
    // Everything has been sent; the carrier still plays the lead.
    arm(live.farewell, now.mono + live.streamer.audio_left(now.mono));
  }
  arm_media(slot);
}

void Calls::log_depth(uint16_t slot, Now now) {
  const CallRecord* record = table_.get(table_.at(slot));
  if (record == nullptr) return;
  char memory[48];
  TextWriter text(memory, sizeof memory);
  text.number(sessions_[slot].streamer.queue_depth()).put(" frames, burst buffer ");
  text.number(sessions_[slot].streamer.burst_depth());
  observer_.call_note(record->core, out::LogLevel::kDebug, "audio waiting", text.view(), now);
}

void Calls::arm_media(uint16_t slot) {
  CallSession& live = sessions_[slot];
  // Reports that were too many for one turn wait for nothing but the next.
  const Instant due = live.reports_left ? turn_ : live.streamer.deadline();
  if (due == Instant::max()) {
    disarm(live.media);
    return;
  }
  if (live.media.armed() && live.media.at == due) return;
  live.media.kind = kMediaDeadline;
  live.media.owner = slot;
  arm(live.media, due);
}

void Calls::arm_target(uint16_t slot) {
  CallSession& live = sessions_[slot];
  const Target* target = live.target.get();
  const Instant due = target == nullptr ? Instant::max() : target->deadline();
  if (due == Instant::max()) {
    disarm(live.target_timer);
    return;
  }
  if (live.target_timer.armed() && live.target_timer.at == due) return;
  live.target_timer.kind = kTargetDeadline;
  live.target_timer.owner = slot;
  arm(live.target_timer, due);
}

}  // namespace hookflash
