#include <algorithm>

#include "appliance/appliance.h"
#include "config/readiness.h"

// How the appliance is: alarms, health (contract section 24) and the gauges of /metrics.
namespace hookflash {
namespace {

// Fixed memories of the platform that are shown; there are fewer.
constexpr size_t kMemorySamplesMax = 16;

}  // namespace

// --- Alarms (B-LOG-5)
// ----------------------------------------------------------------------------------------

void Appliance::raise(Alarm alarm, size_t cause, std::initializer_list<std::string_view> detail,
                      Now now) {
  char memory[160];
  TextWriter text(memory, sizeof memory);
  for (const std::string_view piece : detail) text.put(piece.substr(0, text.room()));
  if (!memory_.reports.alarms.raise(alarm, cause, text.view(), now.wall)) return;
  log(LogLevel::kError, "alarm", nullptr, now, {name_of(alarm), ": ", text.view()});
}

void Appliance::clear(Alarm alarm, size_t cause, Now now) {
  if (!memory_.reports.alarms.clear(alarm, cause)) return;
  log(LogLevel::kInfo, "alarm", nullptr, now, {name_of(alarm), " is over"});
}

// After each configuration: what each line is counted under, and which of them cannot work
// (B-LIFE-6).
void Appliance::report_lines(Now now) {
  Metrics& metrics = memory_.reports.metrics;
  bool skipping = false;
  for (size_t i = 0; i < limits::kLinesMax; ++i) {
    const bool used = i < config_->lines.size();
    metrics.set_line(i, used ? config_->lines[i].id.view() : std::string_view());
    char memory[512];
    TextWriter text(memory, sizeof memory);
    if (used) {
      const LineConfig& line = config_->lines[i];
      // A line that was removed keeps its place, not enabled.
      if (line.enabled) write_readiness(line, readiness_of(line), text);
      skipping = skipping || (line.enabled && line.values.skip_signature_verification);
    }
    if (text.size() > 0) {
      raise(Alarm::kLineDown, i, {"line ", config_->lines[i].id.view(), ": ", text.view()}, now);
    } else {
      clear(Alarm::kLineDown, i, now);
    }
  }
  // Apps have other places now; what is unreachable still shows with the next call.
  for (size_t i = 0; i < limits::kAppsMax; ++i) clear(Alarm::kAppUnreachable, i, now);
  metrics.set(Metric::kSignatureCheckSkipped, skipping ? 1 : 0);
  if (skipping) {
    log(LogLevel::kWarn, "webhook", nullptr, now, {"signatures are not verified (B-SIG-7)"});
  }
}

// By the machine's own clock, not by the guarded one.
void Appliance::check_clock(Now real) {
  const bool set = ClockGuard::is_set(real.wall);
  if (set == clock_set_) return;
  clock_set_ = set;
  if (set) {
    clear(Alarm::kClock, 0, now_);
  } else {
    raise(Alarm::kClock, 0, {"the wall clock is not set"}, now_);
  }
}

// --- Health
// ----------------------------------------------------------------------------------------

void Appliance::answer_health(RequestRef request, Now now) {
  size_t ready = 0;
  size_t enabled = 0;
  for (size_t i = 0; i < config_->lines.size(); ++i) {
    if (!config_->lines[i].enabled) continue;
    ++enabled;
    if (settings_.line_ready(static_cast<uint8_t>(i))) ++ready;
  }
  const Alarms& alarms = memory_.reports.alarms;
  const bool failing = stopping_ || ready == 0 || journal_absent_;
  const bool degraded = ready < enabled || alarms.any() || calls_.storage_short();
  const std::string_view status = failing ? "failing" : degraded ? "degraded" : "ok";
  const std::span<char> memory = memory_.outbox.reserve(4096);
  TextWriter text(memory);
  json::Writer json(text);
  json.begin_object().text("status", status).text("version", links_.version);
  json.text("instance", instance_);
  json.begin_object("lines").number("enabled", enabled).number("ready", ready).end_object();
  json.begin_object("calls").number("active", calls_.table().in_use());
  json.number("limit", config_->max_concurrent_calls);
  json.number("ending", calls_.table().slots_ending());
  json.number("unconfirmed", calls_.unconfirmed()).end_object();
  json.begin_object("journal").number("pending", calls_.persists_pending());
  json.boolean("refusesNewCalls", calls_.storage_short()).end_object();
  json.number("logLinesLost", memory_.reports.log.lost());
  if (stopping_) json.boolean("stopping", true);
  json.begin_array("alarms");
  for (size_t i = 0; i < kAlarmKinds; ++i) {
    const auto alarm = static_cast<Alarm>(i);
    if (!alarms.raised(alarm)) continue;
    char since_memory[32];
    TextWriter since(since_memory, sizeof since_memory);
    write_time(since, alarms.since(alarm));
    json.begin_object().text("alarm", name_of(alarm)).text("since", since.view());
    json.number("causes", alarms.causes(alarm)).text("detail", alarms.detail(alarm)).end_object();
  }
  json.end_array().end_object();
  memory_.outbox.shrink(memory, text.size());
  const auto code = static_cast<uint16_t>(failing ? 503 : 200);
  api_answered(code);
  (void)memory_.http.respond(request,
                             {.status = code,
                              .content_type = "application/json",
                              .headers = "Cache-Control: no-store\r\n",
                              .body = text.view()},
                             now);
}

// --- Metrics
// ----------------------------------------------------------------------------------------

// What is not counted where it happens but has a value at any time.
void Appliance::gather() {
  Metrics& metrics = memory_.reports.metrics;
  calls_.report_audio();
  const CallTable& table = calls_.table();
  std::array<std::array<int64_t, 2>, limits::kLinesMax> active{};
  for (size_t i = 0; i < limits::kCallSlots; ++i) {
    const CallRecord* record = table.get(table.at(i));
    if (record == nullptr || record->reserved || !is_live(record->core.state)) continue;
    if (record->core.line >= limits::kLinesMax) continue;
    ++active[record->core.line][record->core.direction == Direction::kOutbound ? 1 : 0];
  }
  for (size_t line = 0; line < limits::kLinesMax; ++line) {
    for (size_t direction = 0; direction < 2; ++direction) {
      metrics.set(Metric::kCallsActive, {line, direction}, active[line][direction]);
    }
  }
  int64_t unconfirmed = 0;
  for (size_t i = 0; i < calls_.finished().size(); ++i) {
    if (!calls_.finished()[i].end_confirmed) ++unconfirmed;
  }
  metrics.set(Metric::kCallsLimit, config_->max_concurrent_calls);
  metrics.set(Metric::kSlotsEnding, static_cast<int64_t>(table.slots_ending()));
  metrics.set(Metric::kUnconfirmedCalls, unconfirmed);
  metrics.set(Metric::kWebhookInFlight,
              static_cast<int64_t>(memory_.http.in_flight(RequestGroup::kWebhook)));
  metrics.set(Metric::kJournalPendingEntries, static_cast<int64_t>(calls_.persists_pending()));
  metrics.raise_to(Metric::kDedupeEvictions, {"global"}, calls_.keys().evictions());
  metrics.raise_to(Metric::kDedupeEvictions, {"call"}, calls_.counters().call_keys_evicted);
  metrics.raise_to(Metric::kDedupeEvictions, {"request"}, webhooks_.replays().evictions());
  for (size_t i = 0; i < kStreamStates; ++i) {
    metrics.set(Metric::kStreamConnections, {i},
                static_cast<int64_t>(calls_.streams().count(static_cast<StreamState>(i))));
  }

  const StreamTotals& streams = calls_.streams().totals();
  const TargetCounters& apps = calls_.target_counters();
  const EngineCounters& engine = calls_.counters();
  metrics.raise_to(Metric::kAudioFramesDropped, {"inbound", "invalid"}, streams.bad_payloads);
  metrics.raise_to(Metric::kAudioFramesDropped, {"outbound", "invalid"}, apps.payloads_invalid);
  metrics.raise_to(Metric::kAudioFramesDropped, {"outbound", "slow_carrier"}, engine.frames_unsent);
  metrics.raise_to(Metric::kMarks, {Metrics::kNoLine, "refused"}, apps.marks_refused);
  metrics.raise_to(Metric::kAppLegs, {"twilio", "ok"}, apps.legs_ok);
  metrics.raise_to(Metric::kAppLegs, {"twilio", "failed"}, apps.legs_failed);
  metrics.raise_to(Metric::kAppReconnects, {"twilio", "ok"}, apps.redials_ok);
  metrics.raise_to(Metric::kAppReconnects, {"twilio", "failed"}, apps.redials_failed);
  const auto hits = [&](std::string_view limit, uint64_t total) {
    metrics.raise_to(Metric::kLimitHits, {limit}, total);
  };
  hits("transcript", engine.transcript_dropped);
  hits("history", engine.history_evicted);
  hits("finished_ids", calls_.finished().evictions());
  hits("hangup_list", engine.leftovers_dropped);
  hits("stream_frames", streams.malformed + streams.unknown);
  hits("stream_gaps", streams.gaps);
  hits("carrier_unsent", streams.blocked);
  hits("app_messages", apps.messages_malformed + apps.messages_unknown + apps.messages_binary +
                           apps.messages_wrong_stream + apps.messages_oversized);
  hits("app_reading_stopped", apps.reading_stopped);
  hits("end_not_told", apps.ends_not_told);
  hits("event_messages", memory_.events.lost);

  const auto fill = [&](std::string_view name, size_t used, size_t size) {
    metrics.set(Metric::kTableEntries, {name}, static_cast<int64_t>(used));
    metrics.set(Metric::kTableSize, {name}, static_cast<int64_t>(size));
  };
  fill("calls", table.slots(), limits::kCallSlots);
  fill("inbox", calls_.inboxes().entries(), limits::kInboxPool + Inboxes::kOwnPool);
  fill("long_texts", calls_.inboxes().long_texts(), limits::kLongTextsMax);
  fill("streams", calls_.stream_count(), limits::kStreamsMax);
  fill("app_sockets", calls_.app_leg_count(), limits::kAppLegsMax);
  fill("journal", calls_.persists_pending(), limits::kJournalQueueMax);
  fill("rest", calls_.rest_pending(),
       limits::kLinesMax * (limits::kRestConnectionsPerLine + limits::kRestWaitingMax));
  fill("deadlines", calls_.deadlines_armed(), CallMemory::kDeadlines);
  fill("tickets", memory_.tickets.size(), Tickets::capacity());
  fill("connections", memory_.http.connections(), limits::kHttpConnectionsMax);
  fill("history", calls_.history().size(), limits::kHistoryMax);
  fill("finished_ids", calls_.finished().size(), limits::kFinishedIdsMax);

  metrics.raise_to(Metric::kLogLinesLost, {}, memory_.reports.log.lost());
  metrics.set(memory_.reports.alarms);
  metrics.set(Metric::kClockSynchronised, clock_set_ ? 1 : 0);
}

void Appliance::answer_metrics(RequestRef request, Now now) {
  api_answered(200);
  gather();
  FixedVector<MemorySample, kMemorySamplesMax> samples;
  const json::Arena& scratch = memory_.scratch;
  (void)samples.push({.arena = "json",
                      .used = scratch.used(),
                      .high_water = scratch.high_water(),
                      .size = json::Arena::capacity(),
                      .refused = scratch.refusals()});
  if (links_.memory_figures != nullptr) {
    for (size_t i = 0; i < links_.memory_figures->count() && !samples.full(); ++i) {
      const MemoryFigure figure = links_.memory_figures->at(i);
      (void)samples.push({.arena = figure.name,
                          .used = figure.used,
                          .high_water = figure.high_water,
                          .size = figure.size,
                          .refused = figure.refused});
    }
  }
  TextWriter text(memory_.reports.text);
  memory_.reports.metrics.write({.version = links_.version,
                                 .board = links_.board,
                                 .memory = {samples.begin(), samples.size()}},
                                text);
  CHECK(!text.overflowed());
  (void)memory_.http.respond(
      request, {.status = 200, .content_type = Metrics::kContentType, .body = text.view()}, now);
}

}  // namespace hookflash
