#include "appliance/appliance.h"

// What the appliance says about itself: log lines, events for subscribers, metrics.
namespace hookflash {
namespace {

std::string_view name_of(out::LogLevel level) {
  switch (level) {
    case out::LogLevel::kDebug: return "debug";
    case out::LogLevel::kInfo: return "info";
    case out::LogLevel::kWarn: return "warn";
    case out::LogLevel::kError: return "error";
  }
  return "info";
}

}  // namespace

void Appliance::log(out::LogLevel level, std::string_view subsystem, const CallId* call, Now now,
                    std::initializer_list<std::string_view> pieces) {
  if (config_ != nullptr && static_cast<uint8_t>(level) < static_cast<uint8_t>(config_->log_level))
    return;
  const std::span<char> memory = memory_.outbox.reserve(limits::kLogLineBytesMax);
  TextWriter text(memory);
  write_time(text, now.wall);
  text.put(' ').put(name_of(level)).put(' ').put(subsystem).put(' ');
  if (call != nullptr) text.put(call->text()).put(' ');
  for (const std::string_view piece : pieces) {
    for (const char c : piece) text.put(static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? '?' : c);
  }
  memory_.outbox.shrink(memory, text.size());
  memory_.outbox.push(out::LogLine{.level = level, .line = text.view()});
}

void Appliance::event_done(uint32_t ticket, const EventResult& result, Now now) {
  webhooks_.event_done(ticket, result, now);
}
void Appliance::command_done(uint32_t ticket, const CommandResult& result, Now now) {
  api_.command_done(ticket, result, now);
}
void Appliance::event_counted(const Event& event, Outcome outcome) {
  (void)event;
  (void)outcome;
}
void Appliance::call_started(const CallCore& core, Now now) {
  log(out::LogLevel::kInfo, "call", &core.call_id, now,
      {"started ", name_of(core.direction), " on ", core.line_id.view()});
  events_.call("call.started", core, {}, now);
}
void Appliance::call_moved(const CallCore& core, CallState from, EventType by, Now now) {
  log(out::LogLevel::kDebug, "call", &core.call_id, now,
      {hookflash::name_of(from), " --", hookflash::name_of(by), "--> ",
       hookflash::name_of(core.state, core.end_reason)});
  if (core.state != CallState::kEnded)
    events_.call("call.state", core, hookflash::name_of(by), now);
}
void Appliance::call_ended(const CallCore& core, Now now) {
  log(out::LogLevel::kInfo, "call", &core.call_id, now,
      {"ended ", hookflash::name_of(core.end_reason)});
  events_.call("call.ended", core, {}, now);
}
void Appliance::call_refused(uint8_t line, Direction direction, Rejection rejection, Now now) {
  log(out::LogLevel::kInfo, "call", nullptr, now,
      {"refused ", hookflash::name_of(direction), " on ", settings_.line_id(line), ": ",
       hookflash::name_of(rejection)});
}
void Appliance::call_digit(const CallCore& core, Now now) {
  events_.call("call.dtmf", core, {}, now);
}
void Appliance::transcript_line(const CallCore& core, const TranscriptLine& line, Now now) {
  events_.transcript(core, line, now);
}
void Appliance::rest_reported(const RestReport& report, const RestOutcome& outcome, Now now) {
  (void)report;
  (void)outcome;
  (void)now;
}
void Appliance::call_note(const CallCore& core, out::LogLevel level, std::string_view text,
                          std::string_view detail, Now now) {
  log(level, "call", &core.call_id, now, {text, detail.empty() ? "" : ": ", detail});
}
void Appliance::stream_refused(StreamRefusal refusal, Now now) {
  static constexpr std::string_view kNames[] = {"limit",   "pending", "per_ip", "prestart", "token",
                                                "expired", "binding", "format", "size"};
  log(out::LogLevel::kWarn, "stream", nullptr, now,
      {"start refused: ", kNames[static_cast<size_t>(refusal)]});
}
void Appliance::stream_moved(const StreamConnection& connection, StreamState from,
                             std::string_view cause, Now now) {
  (void)connection;
  log(out::LogLevel::kDebug, "stream", nullptr, now,
      {hookflash::name_of(from), " -> ", hookflash::name_of(connection.state), " (", cause, ")"});
}
void Appliance::stream_summary(const StreamConnection& connection, const in::WsClosed& end,
                               const StreamerCounters& audio, Now now) {
  char memory[256];
  TextWriter text(memory, sizeof memory);
  text.put("closed ").number(end.code).put(", ");
  text.number((now.mono - connection.accepted_at).ms()).put(" ms, frames in ");
  text.number(connection.frames_in).put(" out ").number(connection.frames_out).put(", marks ");
  text.number(connection.marks).put(", clears ").number(connection.clears).put(", underruns ");
  text.number(audio.underruns).put(", late ").number(audio.late_frames);
  log(out::LogLevel::kInfo, "stream", nullptr, now, {text.view()});
}
void Appliance::hangup_alarm(const CallCore& core, Now now) {
  log(out::LogLevel::kError, "call", &core.call_id, now,
      {"alarm hangup-failed: the carrier did not take the hang-up on ", core.line_id.view()});
}
void Appliance::hangup_retried(uint8_t line) { (void)line; }
void Appliance::stream_disconnect(uint8_t line, std::string_view outcome) {
  (void)line;
  (void)outcome;
}
void Appliance::frame_sent(Duration lateness, size_t queue_depth) {
  (void)lateness;
  (void)queue_depth;
}
void Appliance::mark_ended(uint8_t line, MarkOutcome outcome) {
  (void)line;
  (void)outcome;
}
void Appliance::webhook_answered(uint8_t line, uint16_t status) {
  (void)line;
  (void)status;
}
void Appliance::webhook_rejected(uint8_t line, WebhookRejection rejection, std::string_view detail,
                                 std::string_view url, Now now) {
  (void)url;
  log(out::LogLevel::kWarn, "webhook", nullptr, now,
      {"rejected on ", settings_.line_id(line), ": ", hookflash::name_of(rejection), " (", detail,
       ")"});
}
void Appliance::webhook_replayed(uint8_t line, Now now) {
  log(out::LogLevel::kInfo, "webhook", nullptr, now, {"replay on ", settings_.line_id(line)});
}

void Appliance::answer_metrics(RequestRef request, Now now) {
  const std::span<char> memory = memory_.outbox.reserve(4096);
  TextWriter text(memory);
  text.put("# TYPE hookflash_calls_limit gauge\nhookflash_calls_limit ");
  text.number(config_->max_concurrent_calls).put('\n');
  memory_.outbox.shrink(memory, text.size());
  (void)memory_.http.respond(request,
                             {.status = 200,
                              .content_type = "text/plain; version=0.0.4; charset=utf-8",
                              .body = text.view()},
                             now);
}

}  // namespace hookflash
