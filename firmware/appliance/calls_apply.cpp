#include "appliance/calls.h"
#include "call/dtmf.h"

// From durable to visible: steps 5 and 6 of contract section 4.
namespace hookflash {
namespace {

constexpr Duration kStreamLease = Duration::seconds(10);   // B-DISC-2: fetch, handshake, journal.
constexpr int64_t kPauseSeconds = 30;                      // B-TWI-2.
constexpr Duration kExpiringLead = Duration::seconds(30);  // B-DUR-2.
constexpr Duration kEndRetry = Duration::seconds(5);

}  // namespace

void Calls::on_persisted(const in::Persisted& in, Now now) {
  turn_ = now.mono;
  if (memory_.persisting.empty() || memory_.persisting.front().id != in.id) return;
  const JournalTicket ticket = memory_.persisting.front();
  memory_.persisting.pop();
  observer_.entry_ended(in.status, now.mono - ticket.since, now);
  note_storage(in.status, now);
  observer_.space_left(in.free_bytes);
  observer_.transcripts_dropped(in.transcripts_dropped);
  if (in.space_short != storage_short_) {
    storage_short_ = in.space_short;
    if (storage_short_) memory_.next_probe = now.mono;
    observer_.space_changed(storage_short_, now);
  }
  if (ticket.kind == JournalTicket::Kind::kProbe) return;
  if (ticket.kind == JournalTicket::Kind::kBox) {
    if (!ok(in.status)) box_failed_ = true;
    return;
  }
  if (ticket.kind == JournalTicket::Kind::kConfirm) {
    confirmed(ticket, in.status, now);
    return;
  }
  if (ticket.kind == JournalTicket::Kind::kRefusal) {
    refused(ticket.index, in.status, now);
    return;
  }
  const CallHandle call = table_.at(ticket.index);
  CHECK(call.is_set());
  CallSession& live = session(call);
  CHECK(live.persist == in.id);
  live.persist = 0;
  disarm(live.durable);
  if (in.status == Status::kOk) {
    applied(call, now);
  } else {
    failed(call, in.status, now);
  }
}

void Calls::applied(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  const CallState before = record.core.state;
  const Event event = live.event;
  const Step step = live.step;
  const bool given_up = live.given_up;
  const uint64_t keys_evicted = record.keys.evictions();
  const uint32_t lines_dropped = record.transcript.dropped();
  apply_plan(table_, call, live.plan);
  memory_.counters.call_keys_evicted += record.keys.evictions() - keys_evicted;
  memory_.counters.transcript_dropped += record.transcript.dropped() - lines_dropped;
  for (const Key& key : live.plan.keys) keys_.add(key);
  record.busy = false;
  if (live.creating) {
    live.creating = false;
    observer_.call_started(record.core, now);
  } else if (record.core.state != before) {
    observer_.call_moved(record.core, before, event.type, now);
  }
  for (const TranscriptLine& line : live.plan.lines) {
    observer_.transcript_line(record.core, line, now);
  }
  if (record.core.state == CallState::kEnded) {
    // Once: what comes to a finished call before its slot is free only consumes its key
    // (B-STATE-5).
    if (before != CallState::kEnded) finish(call, now);
  } else {
    after_step(call, event, step, given_up, now);
  }
  hangup_withdrawn(call, now);
  if (!given_up) done(event, Outcome::kApplied, call, now);
  pump_inbox(call, now);
  try_release(call, now);
}

void Calls::failed(CallHandle call, Status status, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  const Event event = live.event;
  const Step step = live.step;
  const bool given_up = live.given_up;
  live.persist = 0;
  record.busy = false;
  if (live.creating) {
    live.creating = false;
    // Everything that waited for this call fails with it; its retries come afresh (B-PROC-1).
    while (!record.inbox.empty()) {
      const Event waiting = inboxes_.front(record.inbox);
      inboxes_.pop(record.inbox);
      done(waiting, Outcome::kFailed, {}, now);
    }
    table_.drop(call);
    answer_not_recorded(live, now);
    if (!given_up) done(event, Outcome::kFailed, {}, now);
    return;
  }
  observer_.call_note(record.core, out::LogLevel::kError, "journal append failed", name_of(status),
                      now);
  if (step != Step::kHangUp) {  // Which is planned elsewhere.
    live.say_in_document = live.before.say_in_document;
    live.digits_in_document = live.before.digits_in_document;
    live.reconnects = live.before.reconnects;
    live.reconnects_since = live.before.reconnects_since;
    live.turn.heard = live.playback.ended = false;
  }
  switch (step) {
    case Step::kHangUp:
      if (live.hangup.cause == HangupCause::kSafety) {
        decide_hangup(call, now);  // Sent even while the journal fails (B-PROC-8).
      } else {
        answer_hangups(call, "storage-failed", 503, now);
        live.hangup = HangupRun{};
        // Of one before it, whose withdrawal is not durable yet.
        live.hangup.withdrawn = has(record.core.intents, Intent::kHangup);
      }
      break;
    case Step::kHangupFailed: withdrawal_unrecorded(call, now); break;
    case Step::kBindDial: {
      // The carrier has a call that we cannot record: hang it up (B-OUT-6).
      answer_dial(live,
                  {.error = name_of(OutboundError::kStorageFailed),
                   .http_status = http_status_of(OutboundError::kStorageFailed),
                   .message = "the call could not be recorded and is hung up",
                   .call_id = record.core.call_id},
                  now);
      observer_.dial_ended(record.core.line, DialResult::kCompensated);
      compensate(record.core.line, live.plan.core.provider_call_id, record.core.call_id, now);
      submit_own(call, EventType::kDialUnknown, EndReason::kFailed, now);
      break;
    }
    case Step::kFinish:
    case Step::kFinishUnconfirmed:
      // The call is over, by the carrier's word or because we give it up: it frees its place in the
      // cap at once; its slot when the end is durable (B-PROC-8, B-OUT-7, B-HUP-4).
      if (!live.end_waits) {
        live.end_waits = true;
        live.end_confirmed = step == Step::kFinish;
        live.end_since = now.mono;
        live.end_event = event;
        live.end_event.ticket = 0;
        live.end_event.end_reason = live.plan.core.end_reason;
        table_.stop_counting(call);
      } else if (step == Step::kFinish) {
        live.end_confirmed = true;  // Given up before, and now the carrier says so, too.
      }
      arm(call, Timer::kSlot, now.mono + kEndRetry);
      break;
    case Step::kStreamUp:
      if (live.starting.is_set()) {
        streams_.close(live.starting, 1011, "not durable", *this, outbox_, now);
        live.starting = {};
      }
      break;
    case Step::kAskCarrier:
      if (live.unverified) unverified_still(call, now);
      break;
    default: break;
  }
  if (!given_up) done(event, Outcome::kFailed, call, now);
  pump_inbox(call, now);
}

void Calls::arm_answer_timers(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  disarm(call, Timer::kRing);
  if (record.timer(Timer::kMaxDuration).armed()) return;  // Later events never move it (B-DUR-1).
  const Duration limit = Duration::seconds(record.core.limits.max_duration_seconds);
  arm(call, Timer::kMaxDuration, now.mono + limit);
  if (limit > kExpiringLead) arm(call, Timer::kExpiring, now.mono + limit - kExpiringLead);
  if (record.core.mode != Mode::kNotify) return;
  // The delegated document hangs up by itself; this is for when it does not (B-NTF-3).
  arm(call, Timer::kNotify,
      now.mono + speech_time_max(record.core.message.size()) +
          Duration::seconds(record.core.limits.notify_hangup_delay_seconds));
}

void Calls::after_step(CallHandle call, const Event& event, Step step, bool given_up, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  // An event that bound the provider id while the dial was under way is its acceptance (B-OUT-7).
  if (live.dial_ticket != 0 && !record.core.provider_call_id.empty() && step != Step::kPlace) {
    answer_dial(live,
                {.http_status = 201, .call_id = record.core.call_id, .state = record.core.state},
                now);
    observer_.dial_ended(record.core.line, DialResult::kAccepted);
  }
  const auto lease = [&] {
    if (record.core.mode == Mode::kNotify) return;  // Timer::kNotify bounds it.
    if (record.core.limits.streaming) {
      Duration speech;
      if (live.say_in_document) speech = speech_time_max(record.core.message.size());
      if (live.digits_in_document) speech += dtmf_playing_time(record.core.dtmf_sequence);
      const Instant until = now.mono + kStreamLease + speech;
      arm(call, Timer::kGrace, until);
      // A re-attached stream comes after what is said first, which is once; documents without it,
      // however many, win no time (B-RST-5).
      const bool later = speech > Duration() && record.timer(Timer::kReattach).armed();
      if (later) arm(call, Timer::kReattach, until);
    }
    advance_speech(call, now);
  };
  switch (step) {
    case Step::kPlace:
      if (!given_up) {
        begin_dial(call, now);
      } else {  // Whoever asked for it has heard that nothing was dialled.
        submit_own(call, EventType::kDialUnknown, EndReason::kFailed, now);
      }
      break;
    case Step::kCreate:
      if (event.instruction_fetch) lease();
      break;
    case Step::kAdopt:
      if (record.core.answered_at.is_set()) arm_answer_timers(call, now);
      if (event.instruction_fetch) lease();
      break;
    case Step::kBindDial:
    case Step::kRing:
    case Step::kSame:  // Any event of a dial in progress is its acceptance, too.
      if (record.core.direction == Direction::kOutbound && !record.core.answered_at.is_set() &&
          !record.core.provider_call_id.empty() && !record.timer(Timer::kRing).armed()) {
        arm(call, Timer::kRing,
            now.mono + Duration::ms(record.core.limits.ring_timeout_ms) + Duration::seconds(15));
      }
      break;
    case Step::kAnswer:
    case Step::kActivate:
      arm_answer_timers(call, now);
      if (event.instruction_fetch) lease();
      // The carrier was asked why no stream came; that it talks is no reason to keep the line open
      // (B-DISC-1).
      if (event.type == EventType::kStatusAnswered) {
        live.status_purposes.remove(StatusPurpose::kRing);  // Which has its answer.
        still_live(call, true, now);
      }
      break;
    case Step::kDocument:
      if (event.instruction_fetch) lease();
      break;
    case Step::kStreamUp:
      arm_answer_timers(call, now);
      attach_stream(call, now);
      break;
    case Step::kDigits:
      for (const char digit : event.text(EventText::kDigits)) {
        if (is_dtmf_digit(digit)) hand_on_digit(call, digit, DigitTwins::Way::kWebhook, now);
      }
      break;
    case Step::kHangUp: decide_hangup(call, now); break;
    case Step::kHear:
      if (live.turn.active && live.turn.heard) {
        end_turn(call,
                 {.state = record.core.state,
                  .transcript = outbox_.keep(live.speech),
                  .turn = record.core.turn_count},
                 now);
      }
      if (event.instruction_fetch) lease();
      break;
    case Step::kSpeak:
    case Step::kTurn: begin_speech(call, event, step, given_up, now); break;
    case Step::kSendDigits:
      live.update.digits.set(event.text(EventText::kDigits));
      live.digits_playing = record.core.limits.streaming;
      begin_update(call, LiveUpdate::Kind::kDigits, given_up ? 0 : event.ticket, now);
      break;
    case Step::kAskCarrier: verify(call, now); break;  // Of a restored call that was put right.
    case Step::kPark:
      live.parked = true;
      begin_update(call, LiveUpdate::Kind::kPark, 0, now);
      break;
    case Step::kTurnTimeout:
      end_turn(call, refusal(call, 504, "transcript-timeout", "transcriptTimeoutMs without speech"),
               now);
      if (live.update.kind == LiveUpdate::Kind::kNone && !live.playback.active) {
        begin_update(call, LiveUpdate::Kind::kQuiet, 0, now);  // Stop listening.
      }
      break;
    default: break;
  }
  if (live.unverified && live.status_purposes.has(StatusPurpose::kRestart) && live.status == 0) {
    live.status_purposes.remove(StatusPurpose::kRestart);
    kept(call, now);  // The carrier's answer moved the call, too.
  }
  // A dial that was hung up before the carrier had named its call (B-HUP-1).
  if (live.hangup.decided && live.hangup.in_flight == 0 && !record.timer(Timer::kHangup).armed()) {
    send_hangup(call, now);
  }
}

void Calls::finish(CallHandle call, Now now) {
  CallRecord& record = *table_.get(call);
  CallSession& live = session(call);
  for (size_t i = 0; i < kTimers; ++i) disarm(call, static_cast<Timer>(i));
  disarm(live.farewell);
  table_.stop_counting(call);
  finished_.add(finished_of(crypto_, record.core));
  if (history_.size() == limits::kHistoryMax) ++memory_.counters.history_evicted;
  history_.add(summary_of(record.core, record.transcript));
  observer_.call_ended(record.core, live.hangup.origin, now);
  if (live.unverified) {
    live.unverified = false;
    const EventType by = live.event.type;
    count_restored(call,
                   by == EventType::kRestoredTooOld       ? RestoredOutcome::kExpired
                   : by != EventType::kRestoredLost       ? RestoredOutcome::kTerminal
                   : record.core.provider_call_id.empty() ? RestoredOutcome::kNoId
                                                          : RestoredOutcome::kUnknown,
                   now);
    if (by == EventType::kRestoredTooOld) {  // Its one hang-up, or more.
      pursue(record.core.line, record.core.provider_call_id, record.core.call_id, now);
    }
    if (by == EventType::kRestoredLost && !record.core.provider_call_id.empty()) {
      raise_unended(record.core.line_id, record.core.call_id, record.core.provider_call_id, now);
    }
  }

  answer_hangups(call, {}, 200, now);
  const CommandResult ended{.error = "ended",
                            .http_status = 409,
                            .message = "the call is over",
                            .call_id = record.core.call_id,
                            .state = record.core.state,
                            .end_reason = record.core.end_reason,
                            .detail = record.core.end_detail,
                            .ended_at = record.core.ended_at};
  if (live.update.ticket != 0) observer_.command_done(live.update.ticket, ended, now);
  live.update = {};
  end_turn(call, ended, now);
  for (const Handle<LongText> text : live.playback.waiting) inboxes_.release(text);
  live.playback = {};
  answer_dial(live, ended, now);
  live.dial = live.status = 0;

  // Audio first, then the stream, then the app's last word (B-STATE-5, B-CON-3).
  const StreamHandle stream = live.stream;
  live.stream = {};
  live.streamer.stop();
  if (StreamConnection* connection = streams_.get(stream)) note_stream_audio(*connection);
  // All of them: nothing comes after the end.
  do {
    (void)hand_on_marks(call.index, now);
  } while (live.reports_left);
  disarm(live.media);
  if (StreamConnection* connection = streams_.get(stream)) {
    connection->owner_told_lost = true;  // The end is known; no grace (B-DISC-3).
    streams_.close(stream, 1000, "call ended", *this, outbox_, now);
  }
  if (live.starting.is_set()) {
    streams_.close(live.starting, 1008, "call ended", *this, outbox_, now);
    live.starting = {};
  }
  live.target_told = true;
  if (!live.app_said_goodbye) {
    // The app learns every end, also of a call that never had a stream (B-APP-7).
    if (live.target.get() == nullptr && !live.target_opened &&
        record.core.mode == Mode::kConversation) {
      TargetParameter memory[limits::kAppParamsMax];
      if (settings_->app(record.core.app, memory).kind == AppChoice::Kind::kWebSocket) {
        (void)open_app(call, record.core.app, now);
      }
    }
    if (Target* target = live.target.get()) {
      live.target_told =
          target->call_ending(name_of(record.core.state, record.core.end_reason), now);
    }
  }
  arm_target(call.index);
}

void Calls::try_release(CallHandle call, Now now) {
  CallRecord* record = table_.get(call);
  if (record == nullptr || record->core.state != CallState::kEnded) return;
  CallSession& live = session(call);
  if (record->busy || !record->inbox.empty() || !live.target_told) return;
  report_audio(call);
  live.target.close(now);
  disarm(live.target_timer);
  disarm(live.media);
  disarm(live.farewell);
  disarm(live.durable);
  table_.release(call);
}

Document Calls::document_of(CallHandle call, const Event& event, Now now) {
  const CallRecord& record = *table_.get(call);
  const CallCore& core = record.core;
  CallSession& live = session(call);
  Document document;
  if (!event.instruction_fetch || record.reserved) return document;
  const bool owed = has(core.intents, Intent::kHangup) && !live.hangup.withdrawn;
  if (core.state == CallState::kEnded || live.end_waits || owed || live.hangup.decided) {
    document.kind = Document::Kind::kHangup;
    return document;
  }
  if (live.reconnects > kReconnectsMax) {
    document.kind = Document::Kind::kHangup;
    submit_own(call, EventType::kGraceOver, EndReason::kHangupBot, now);
    return document;
  }
  if (core.mode == Mode::kNotify && !live.digits_in_document) return notify_document(core);
  if (live.digits_in_document) {
    document.digits = outbox_.keep(core.dtmf_sequence);
    observer_.digits_sent(core.line, core.dtmf_sequence.size(), true);
  }
  if (live.say_in_document) document.say = outbox_.keep(core.message);
  document.redirect_url =
      keep_url(core.line, core.call_id, {.document_number = core.document_number});
  if (core.limits.streaming) {
    add_stream(call, document);
  } else if (live.say_in_document) {
    document.kind = Document::Kind::kSpeech;
  } else if (live.playback.active || live.turn.listening != Instant{}) {
    add_speech(call, document);
  } else {
    document.kind = Document::Kind::kPause;
    document.pause_seconds = kPauseSeconds;
  }
  return document;
}

// A message too long for the dial request is fetched: once, then the call is over (B-NTF-2).
Document Calls::notify_document(const CallCore& core) {
  if (core.document_number > 1) return {.kind = Document::Kind::kHangup};
  return {.kind = Document::Kind::kNotify,
          .say = outbox_.keep(core.message),
          .pause_seconds = core.limits.notify_hangup_delay_seconds};
}

void Calls::add_stream(CallHandle call, Document& document) {
  const CallCore& core = table_.get(call)->core;
  document.kind = Document::Kind::kStream;
  const StreamTokenText token = make_stream_token(
      crypto_, device_key_, {.call_id = core.call_id, .expires = stream_token_expiry(core)});
  document.token = outbox_.keep(token);
  const std::span<char> url = outbox_.reserve(limits::kUrlBytesMax + limits::kPathBytesMax);
  TextWriter writer(url);
  settings_->write_stream_url(core.line, writer);
  outbox_.shrink(url, writer.size());
  document.stream_url = writer.view();
}

// What a fetch gets that belongs to no live call: a refused one its refusal again, a finished one a
// hang-up, an unknown one nothing (B-TWI-2, B-PROC-6).
Document Calls::finished_document(const Event& event) {
  Document document;
  if (!event.instruction_fetch) return document;
  const std::string_view id = event.text(EventText::kProviderCallId);
  const CallSummary* summary = id.empty() ? nullptr : history_.find_provider_id(id);
  if (summary == nullptr && event.call_id.is_set()) summary = history_.find(event.call_id);
  // Reject is for calls that are not answered yet.
  if (summary != nullptr && summary->rejection != Rejection::kNone &&
      summary->direction == Direction::kInbound && event.type != EventType::kAnswered) {
    document.kind = summary->rejection == Rejection::kPolicy ? Document::Kind::kRejectPolicy
                                                             : Document::Kind::kRejectBusy;
    return document;
  }
  const FinishedCall* finished =
      id.empty() ? nullptr
                 : finished_.find(provider_id_key(crypto_, settings_->line_id(event.line), id));
  if (finished == nullptr && event.call_id.is_set()) {
    finished = finished_.find(call_id_key(crypto_, event.call_id));
  }
  if (finished != nullptr) document.kind = Document::Kind::kHangup;
  return document;
}

Document Calls::replay_document(uint8_t line, std::string_view provider_call_id, uint32_t number,
                                uint8_t retries) {
  Document document;
  const CallHandle call = table_.find(line, provider_call_id);
  const CallRecord* record = table_.get(call);
  if (record == nullptr || record->reserved || !is_live(record->core.state)) return document;
  if (retries == UINT8_MAX) return document;
  document.kind = Document::Kind::kRedirect;
  document.redirect_url =
      keep_url(line, record->core.call_id,
               {.document_number = number, .retry = static_cast<uint8_t>(retries + 1)});
  return document;
}

std::string_view Calls::keep_url(uint8_t line, const CallId& call, const CallUrl& query) {
  const std::span<char> text = outbox_.reserve(limits::kUrlBytesMax + 256);
  TextWriter writer(text);
  settings_->write_call_url(line, call, query, writer);
  CHECK(!writer.overflowed());
  outbox_.shrink(text, writer.size());
  return writer.view();
}

}  // namespace hookflash
