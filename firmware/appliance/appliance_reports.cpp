#include "appliance/appliance.h"
#include "webhook/diagnostics.h"

// What the appliance says about what happens: log lines (contract section 27), counters (section
// 28), events for subscribers. Gauges, health and alarms are in appliance_health.cpp.
namespace hookflash {
namespace {

// Rows of the table begin with kInbound.
size_t label_of(Direction direction) { return direction == Direction::kOutbound ? 1 : 0; }

// The table's words leave out kNone.
template <typename Enum>
size_t label_after_none(Enum value) {
  return static_cast<size_t>(value) - 1;
}

std::string_view request_outcome(const RestReport& report, const RestOutcome& outcome) {
  if (!report.answered) {
    switch (report.failure) {
      case in::RestFailure::kTimeout: return "timeout";
      case in::RestFailure::kTooLarge: return "bad_answer";
      default: return "network";
    }
  }
  switch (outcome.kind) {
    case RestOutcome::Kind::kOk:
    case RestOutcome::Kind::kActive:
    case RestOutcome::Kind::kTerminal:
    case RestOutcome::Kind::kEnded: return "ok";
    case RestOutcome::Kind::kNotFound: return "not_found";
    case RestOutcome::Kind::kRefused:
    case RestOutcome::Kind::kNotInProgress: return "refused";
    case RestOutcome::Kind::kUnknown: break;
  }
  return "bad_answer";
}

std::string_view name_of(in::RestFailure failure) {
  switch (failure) {
    case in::RestFailure::kUnreachable: return "unreachable";
    case in::RestFailure::kTls:
    case in::RestFailure::kTlsTime: return "tls";
    case in::RestFailure::kRefusedHost: return "host not public";
    case in::RestFailure::kBroken: return "connection broken";
    case in::RestFailure::kTimeout: return "timeout";
    case in::RestFailure::kTooLarge: return "answer too large";
  }
  return "unreachable";
}

std::string_view name_of(in::WsEnd end) {
  switch (end) {
    case in::WsEnd::kPeerClosed: return "the carrier";
    case in::WsEnd::kWeClosed: return "us";
    case in::WsEnd::kBroken: return "a break";
    default: return "a failed handshake";
  }
}

std::string_view name_of(StreamRefusal refusal) {
  static constexpr std::string_view kNames[] = {"limit",   "pending", "per_ip", "prestart", "token",
                                                "expired", "binding", "format", "size"};
  return kNames[static_cast<size_t>(refusal)];
}

// The name of a connection: the carrier's call id once its start is taken, before that, and after a
// newer stream has taken over, a temporary one (B-CON-2).
void write_name(const StreamConnection& connection, TextWriter& out) {
  if (connection.registered) {
    out.put(connection.provider_call_id.view());
  } else {
    out.put("tmp-").number(connection.number);
  }
}

}  // namespace

void Appliance::log(LogLevel level, std::string_view subsystem, const CallId* call, Now now,
                    std::initializer_list<std::string_view> pieces) {
  memory_.reports.log.write(level, subsystem,
                            call != nullptr && call->is_set() ? call->text() : std::string_view(),
                            pieces, now);
}

NumberHash Appliance::hash_of(std::string_view number) {
  return NumberHash::from_mac(links_.crypto.hmac_sha256(device_key_, {bytes_of(number)}));
}

// --- Calls
// ----------------------------------------------------------------------------------------

void Appliance::event_done(uint32_t ticket, const EventResult& result, Now now) {
  webhooks_.event_done(ticket, result, now);
}

void Appliance::command_done(uint32_t ticket, const CommandResult& result, Now now) {
  api_.command_done(ticket, result, now);
}

void Appliance::event_counted(const Event& event, Outcome outcome, Now now) {
  if (!is_carrier_event(event.type)) return;
  // A full inbox is also a rejected webhook.
  const size_t result = static_cast<size_t>(outcome == Outcome::kBusy ? Outcome::kFailed : outcome);
  const size_t type = static_cast<size_t>(event.type) - static_cast<size_t>(EventType::kInitiated);
  memory_.reports.metrics.add(Metric::kEvents, {event.line, type, result});
  if (!event.text_cut) return;
  limit_hit("text_cut");
  log(LogLevel::kWarn, "call", &event.call_id, now,
      {"a text of the carrier was too long and is cut, line ", settings_.line_id(event.line)});
}

void Appliance::call_started(const CallCore& core, Now now) {
  log(LogLevel::kInfo, "call", &core.call_id, now,
      {"started ", name_of(core.direction), " on ", core.line_id.view(), ", from ",
       core.from.empty() ? "-" : hash_of(core.from).view(), " to ",
       core.to.empty() ? "-" : hash_of(core.to).view()});
  events_.call("call.started", core, {}, now);
  if (core.answered_at.is_set()) call_answered(core);
}

void Appliance::call_answered(const CallCore& core) {
  // Both are wall clock, which may be set in between.
  const int64_t setup = core.answered_at.ms() - core.started_at.ms();
  memory_.reports.metrics.observe(Metric::kCallSetup, Duration::ms(setup < 0 ? 0 : setup),
                                  {core.line});
}

void Appliance::call_moved(const CallCore& core, CallState from, EventType by, Now now) {
  log(LogLevel::kDebug, "call", &core.call_id, now,
      {name_of(from), " --", name_of(by), "--> ", name_of(core.state, core.end_reason)});
  if (rank_of(from) < rank_of(CallState::kAnswered) && core.answered_at.is_set() &&
      core.state != CallState::kEnded) {
    call_answered(core);
  }
  if (core.state != CallState::kEnded) events_.call("call.state", core, name_of(by), now);
}

void Appliance::call_ended(const CallCore& core, EventType cause, Now now) {
  log(LogLevel::kInfo, "call", &core.call_id, now,
      {"ended ", name_of(core.end_reason), core.end_detail.empty() ? "" : ", code ",
       core.end_detail.view()});
  events_.call("call.ended", core, {}, now);
  Metrics& metrics = memory_.reports.metrics;
  metrics.add(Metric::kCalls,
              {core.line, label_of(core.direction), label_after_none(core.end_reason)});
  if (core.answered_at.is_set()) {
    const int64_t lasted = core.ended_at.ms() - core.answered_at.ms();
    metrics.observe(Metric::kCallDuration, Duration::ms(lasted < 0 ? 0 : lasted), {core.line});
  }
  const std::string_view result = core.carrier_end_confirmed ? "ended" : "failed";
  if (cause == EventType::kReaped) metrics.add(Metric::kReapedCalls, {core.line, result});
  if (cause == EventType::kMaxDuration) {
    metrics.add(Metric::kMaxDurationHangups, {core.line, result});
  }
  if (cause == EventType::kGraceOver) stream_disconnect(core.line, result);
}

void Appliance::call_refused(uint8_t line, Direction direction, Rejection rejection, Now now) {
  log(LogLevel::kInfo, "call", nullptr, now,
      {"refused ", name_of(direction), " on ", settings_.line_id(line), ": ", name_of(rejection)});
  memory_.reports.metrics.add(Metric::kCallsRefused,
                              {line, label_of(direction), label_after_none(rejection)});
}

void Appliance::refusal_failed(uint8_t line, Now now) {
  log(LogLevel::kWarn, "call", nullptr, now,
      {"a refusal on ", settings_.line_id(line), " could not be recorded and was not sent"});
  memory_.reports.metrics.add(Metric::kRefusalFailures, {line});
}

void Appliance::dial_ended(uint8_t line, DialResult result) {
  memory_.reports.metrics.add(Metric::kDials, {line, result});
}

void Appliance::call_digit(const CallCore& core, DigitFate fate, Now now) {
  memory_.reports.metrics.add(Metric::kDtmfDigits, {core.line, "inbound", fate});
  if (fate != DigitFate::kDuplicate) events_.call("call.dtmf", core, {}, now);
}

void Appliance::digits_sent(uint8_t line, size_t count, bool delivered) {
  memory_.reports.metrics.add(Metric::kDtmfDigits,
                              {line, "outbound", delivered ? "delivered" : "dropped"}, count);
}

void Appliance::transcript_line(const CallCore& core, const TranscriptLine& line, Now now) {
  events_.transcript(core, line, now);
}

void Appliance::call_note(const CallCore& core, out::LogLevel level, std::string_view text,
                          std::string_view detail, Now now) {
  log(static_cast<LogLevel>(level), "call", &core.call_id, now,
      {text, detail.empty() ? "" : ": ", detail});
}

void Appliance::hangup_gave_up(const CallCore& core) {
  memory_.reports.metrics.add(Metric::kHangupGaveUp, {core.line});
}

void Appliance::call_unended(std::string_view line, std::string_view call, size_t number, Now now) {
  raise(Alarm::kHangupFailed, number, {"line ", line, ", call ", call}, now);
}

void Appliance::unended_settled(size_t number, Now now) {
  clear(Alarm::kHangupFailed, number, now);
}

void Appliance::hangup_retried(uint8_t line) {
  memory_.reports.metrics.add(Metric::kHangupRetries, {line});
}

// --- Carriers and storage
// ----------------------------------------------------------------------------------------

void Appliance::rest_reported(const RestReport& report, const RestOutcome& outcome, Now now) {
  if (report.unwanted) return;
  const RestJob& job = report.job;
  const std::string_view result = request_outcome(report, outcome);
  Metrics& metrics = memory_.reports.metrics;
  const size_t operation = label_after_none(job.operation);
  metrics.add(Metric::kProviderRequests, {job.line, operation, result});
  metrics.observe(Metric::kProviderRequestTime, now.mono - job.began,
                  {job.line, operation, result});
  if (result == "ok" || result == "not_found") return;
  const CallRecord* record = job.slot < limits::kCallSlots
                                 ? calls_.table().get(CallHandle{job.slot, job.generation})
                                 : nullptr;
  // A failed hang-up of a live call has its line from the procedure (B-LOG-3).
  if (job.operation == Operation::kHangup && record != nullptr) return;
  char memory[16];
  TextWriter status(memory, sizeof memory);
  if (report.answered) status.number(report.status);
  const bool odd = report.answered && report.status < 300;
  const bool coded = !odd && !outcome.code.empty() && outcome.code != status.view();
  const bool time = report.failure == in::RestFailure::kTlsTime;
  log(LogLevel::kWarn, "rest", record != nullptr ? &record->core.call_id : nullptr, now,
      {name_of(job.operation), " on ", settings_.line_id(job.line), " failed: ",
       report.answered ? "status "
       : time          ? certificate_fault()
                       : name_of(report.failure),
       status.view(),
       odd     ? ", answer not understood"
       : coded ? ", code "
               : "",
       coded ? std::string_view(outcome.code) : std::string_view()});
}

void Appliance::rest_busy(uint8_t line, Operation operation) {
  memory_.reports.metrics.add(Metric::kProviderRequests,
                              {line, label_after_none(operation), "busy"});
  log(LogLevel::kWarn, "rest", nullptr, now_,
      {name_of(operation), " on ", settings_.line_id(line), " failed: too many requests wait"});
}

void Appliance::entry_ended(Status status, Duration took, Now now) {
  Metrics& metrics = memory_.reports.metrics;
  if (status == Status::kOk) {
    metrics.observe(Metric::kJournalCommit, took);
    return;
  }
  const bool no_place = status == Status::kFull && took == Duration();
  const std::string_view reason = no_place ? "queue" : status == Status::kFull ? "full" : "write";
  metrics.add(Metric::kJournalFailures, {reason});
  log(LogLevel::kError, "journal", nullptr, now, {"append failed: ", hookflash::name_of(status)});
}

void Appliance::storage_changed(bool failing, Now now) {
  if (failing) {
    raise(Alarm::kJournal, kJournalFailing, {"appends fail; new calls are refused"}, now);
  } else {
    clear(Alarm::kJournal, kJournalFailing, now);
  }
}

void Appliance::space_changed(bool is_short, Now now) {
  if (is_short) {
    raise(Alarm::kJournal, kSpaceShort, {"little space is left; new calls are refused"}, now);
  } else {
    clear(Alarm::kJournal, kSpaceShort, now);
  }
}

void Appliance::space_left(uint64_t bytes) {
  memory_.reports.metrics.set(Metric::kJournalFreeBytes, static_cast<int64_t>(bytes));
}

void Appliance::transcripts_dropped(uint64_t total) {
  memory_.reports.metrics.raise_to(Metric::kLimitHits, {"kept_transcripts"}, total);
}

void Appliance::journal_damage(uint64_t damaged, uint64_t torn) {
  Metrics& metrics = memory_.reports.metrics;
  if (damaged > 0) metrics.add(Metric::kJournalDamagedEntries, {"crc"}, damaged);
  if (torn > 0) metrics.add(Metric::kJournalDamagedEntries, {"torn"}, torn);
}

void Appliance::journal_absent(std::string_view reason, Now now) {
  journal_absent_ = !reason.empty();
  calls_.set_storage_absent(journal_absent_);
  if (journal_absent_) {
    raise(Alarm::kJournal, kNoJournal, {reason}, now);
  } else {
    clear(Alarm::kJournal, kNoJournal, now);
  }
}

void Appliance::call_restored(const CallCore& core, RestoredOutcome outcome, Now now) {
  memory_.reports.metrics.add(Metric::kRestoredCalls, {core.line, outcome});
  if (outcome != RestoredOutcome::kExpired && outcome != RestoredOutcome::kNoId &&
      outcome != RestoredOutcome::kTerminal) {
    return;
  }
  log(LogLevel::kDebug, "restart", &core.call_id, now,
      {"dropped, ", name_of(core.state, core.end_reason)});
}

// Section 7, step 8.
void Appliance::restart_over(const RestartMemory& restart, Now now) {
  char text[200];
  TextWriter line(text, sizeof text);
  constexpr std::string_view kWords[kRestoredOutcomes] = {"active", "ended", "unknown", "too old",
                                                          "without an id"};
  line.put("calls restored:");
  for (size_t i = 0; i < kRestoredOutcomes; ++i) {
    line.put(i == 0 ? " " : ", ").number(restart.outcomes[i]).put(" ").put(kWords[i]);
  }
  if (restart.entries_refused > 0) {
    line.put("; entries unreadable: ").number(restart.entries_refused);
  }
  log(LogLevel::kInfo, "restart", nullptr, now, {line.view()});
}

void Appliance::journal_lost(std::string_view name, Now now) {
  raise(Alarm::kJournalLost, 0, {"the journal could not be read; set aside as ", name}, now);
}

void Appliance::end_not_durable(const CallCore& core, Now now) {
  // Not repaired before the next start, so it stays.
  raise(Alarm::kJournal, kEndNotDurable, {"the end of call ", core.call_id.text(), " is not kept"},
        now);
}

// --- Streams and audio
// ----------------------------------------------------------------------------------------

void Appliance::stream_refused(StreamRefusal refusal, Now now) {
  memory_.reports.metrics.add(Metric::kStreamRefused, {refusal});
  log(LogLevel::kWarn, "stream", nullptr, now, {"start refused: ", name_of(refusal)});
}

void Appliance::stream_moved(const StreamConnection& connection, StreamState from,
                             std::string_view cause, Now now) {
  char memory[limits::kProviderCallIdBytesMax + 8];
  TextWriter name(memory, sizeof memory);
  write_name(connection, name);
  log(LogLevel::kDebug, "stream", &connection.call_id, now,
      {name.view(), " ", hookflash::name_of(from), " -> ", hookflash::name_of(connection.state),
       " (", cause, ")"});
}

void Appliance::stream_summary(const StreamConnection& connection, const in::WsClosed& end,
                               Now now) {
  const StreamAudio& all = connection.audio;
  const StreamAudio& before = connection.audio_before;
  char memory[limits::kProviderCallIdBytesMax + 480];
  TextWriter text(memory, sizeof memory);
  write_name(connection, text);
  text.put(" closed, generation ").number(connection.generation).put(", ");
  text.number((now.mono - connection.accepted_at).ms()).put(" ms, frames in ");
  text.number(connection.frames_in).put(" out ").number(connection.frames_out);
  text.put(", bytes in ").number(connection.bytes_in).put(" out ").number(connection.bytes_out);
  text.put(", marks ").number(connection.marks).put(", clears ").number(connection.clears);
  text.put(", underruns ").number(all.underruns - before.underruns);
  text.put(", dropped ").number(all.dropped - before.dropped);
  text.put(", late ").number(all.late - before.late);
  text.put(", malformed ").number(connection.malformed + connection.bad_payloads);
  text.put(", code ").number(end.code).put(" by ").put(name_of(end.end));
  // Of the peer: control characters and broken UTF-8 are made harmless by the log (B-CON-4).
  const std::string_view reason = end.reason.substr(0, 120);
  log(LogLevel::kInfo, "stream", &connection.call_id, now,
      {text.view(), reason.empty() ? "" : ": ", reason});
}

void Appliance::stream_disconnect(uint8_t line, std::string_view outcome) {
  memory_.reports.metrics.add(Metric::kStreamDisconnects, {line, outcome});
}

void Appliance::frame_sent(Duration lateness, size_t queue_depth) {
  lateness_.observe(lateness);
  queue_depth_.observe(static_cast<int64_t>(queue_depth));
}

void Appliance::mark_ended(const CallCore& core, MarkOutcome outcome, Now now) {
  const std::string_view result = outcome == MarkOutcome::kPlayed     ? "played"
                                  : outcome == MarkOutcome::kTimedOut ? "timed_out"
                                                                      : "cleared";
  memory_.reports.metrics.add(Metric::kMarks, {core.line, result});
  if (outcome != MarkOutcome::kTimedOut) return;
  log(LogLevel::kWarn, "stream", &core.call_id, now, {"the carrier did not echo a mark in time"});
}

void Appliance::audio_counted(uint8_t line, const AudioFigures& audio) {
  const StreamerCounters& now = audio.to_carrier;
  const StreamerCounters& old = audio.to_carrier_before;
  const CallerAudioCounters& heard = audio.from_caller;
  const CallerAudioCounters& before = audio.from_caller_before;
  Metrics& metrics = memory_.reports.metrics;
  const auto dropped = [&](std::string_view direction, std::string_view reason, uint64_t count) {
    if (count > 0) metrics.add(Metric::kAudioFramesDropped, {direction, reason}, count);
  };
  metrics.add(Metric::kAudioFrames, {"outbound"}, now.frames - old.frames);
  metrics.add(
      Metric::kAudioFrames, {"inbound"},
      heard.taken_bytes / limits::kFrameSamples - before.taken_bytes / limits::kFrameSamples);
  dropped("outbound", "cleared", now.cleared_frames - old.cleared_frames);
  dropped("outbound", "late", now.late_dropped - old.late_dropped);
  dropped("outbound", "standing", now.standing_dropped - old.standing_dropped);
  dropped("inbound", "slow_app", heard.slow_app - before.slow_app);
  dropped("inbound", "standing", heard.standing_dropped - before.standing_dropped);
  metrics.add(Metric::kAudioUnderruns, {line}, now.underruns - old.underruns);
  metrics.add(Metric::kAudioEnqueueTimeouts, {line}, now.enqueue_timeouts - old.enqueue_timeouts);
  metrics.add(Metric::kAudioClears, {line}, now.clears - old.clears);
  metrics.add(Metric::kMarks, {line, "refused"}, now.marks_refused - old.marks_refused);
  limit_hit("mark_echoes", now.stray_echoes - old.stray_echoes);
  limit_hit("audio_refused", now.refused - old.refused + now.interrupted - old.interrupted);
}

void Appliance::app_opened(AppChoice::Kind kind, bool opened) {
  const std::string_view result = opened ? "ok" : "failed";
  switch (kind) {
    case AppChoice::Kind::kEcho:
      memory_.reports.metrics.add(Metric::kAppLegs, {"echo", result});
      return;
    case AppChoice::Kind::kTone:
      memory_.reports.metrics.add(Metric::kAppLegs, {"tone", result});
      return;
    case AppChoice::Kind::kAnnounce:
      memory_.reports.metrics.add(Metric::kAppLegs, {"announce", result});
      return;
    case AppChoice::Kind::kWebSocket:  // Counted by the leg itself, for each dial.
    case AppChoice::Kind::kNone: return;
  }
}

void Appliance::app_certificate_refused(const CallCore& core, Now now) {
  log(LogLevel::kWarn, "call", &core.call_id, now,
      {"the app cannot be dialled: ", certificate_fault()});
}

void Appliance::app_reachable(std::string_view app, bool reachable, Now now) {
  for (size_t i = 0; i < config_->apps.size(); ++i) {
    if (config_->apps[i].name != app) continue;
    if (reachable) {
      clear(Alarm::kAppUnreachable, i, now);
    } else {
      raise(Alarm::kAppUnreachable, i, {"app ", app}, now);
    }
    return;
  }
}

// --- Requests
// ----------------------------------------------------------------------------------------

void Appliance::webhook_answered(uint8_t line, uint16_t status, Duration took) {
  char memory[8];
  TextWriter code(memory, sizeof memory);
  code.number(status);
  memory_.reports.metrics.add(Metric::kWebhookRequests, {line, code.view()});
  memory_.reports.metrics.observe(Metric::kWebhookDuration, took, {line});
}

void Appliance::webhook_rejected(uint8_t line, WebhookRejection rejection, std::string_view detail,
                                 std::string_view url, Now now) {
  const bool none = line >= limits::kLinesMax;
  memory_.reports.metrics.add(Metric::kWebhookRejected,
                              {none ? Metrics::kNoLine : line, rejection});
  char memory[700];
  TextWriter masked(memory, sizeof memory);
  if (!url.empty()) write_masked_url(masked, url);
  // Scanners ask for paths all day; that is no warning.
  log(none ? LogLevel::kDebug : LogLevel::kWarn, "webhook", nullptr, now,
      {"rejected on ", none ? std::string_view("no line") : settings_.line_id(line), ": ",
       hookflash::name_of(rejection), detail.empty() ? "" : ", ", detail,
       masked.size() > 0 ? ", " : "", masked.view()});
}

void Appliance::webhook_replayed(uint8_t line, Now now) {
  memory_.reports.metrics.add(Metric::kWebhookReplays, {line});
  log(LogLevel::kInfo, "webhook", nullptr, now, {"replay on ", settings_.line_id(line)});
}

void Appliance::api_answered(uint16_t status) {
  char memory[8];
  TextWriter code(memory, sizeof memory);
  code.number(status);
  memory_.reports.metrics.add(Metric::kApiRequests, {code.view()});
}

void Appliance::on_refused(HttpRefusal refusal, uint8_t tag) {
  struct Row {
    WebhookRejection reason;
    uint16_t status;
    std::string_view text;
  };
  constexpr Row kTable[] = {
      {WebhookRejection::kTotalLimit, 503, "too many connections"},  // kConnections
      {WebhookRejection::kHeaders, 400, "malformed or too large"},   // kHead
      {WebhookRejection::kSlow, 408, "head not complete in time"},
      {WebhookRejection::kSourceLimit, 429, {}},
      {WebhookRejection::kTotalLimit, 503, {}},
      {WebhookRejection::kSize, 413, {}},
      {WebhookRejection::kParse, 400, "chunks"},
      {WebhookRejection::kSlow, 408, "body not complete in time"},
      {WebhookRejection::kSlow, 500, "no answer in time"},
      {WebhookRejection::kHeaders, 400, "not a WebSocket handshake"},
  };
  const Row& row = kTable[static_cast<size_t>(refusal)];
  const uint8_t line = Webhooks::line_of_tag(tag);
  webhook_rejected(line, row.reason, row.text, {}, now_);
  if (line < limits::kLinesMax) {
    webhook_answered(line, row.status, Duration());
  } else {
    api_answered(row.status);
  }
}

}  // namespace hookflash
