#include "report/metric_table.h"

#include "report/alarms.h"

namespace hookflash {
namespace {

using Words = std::string_view;

constexpr Words kDirectionWords[] = {"inbound", "outbound"};
constexpr Words kEndReasonWords[] = {"completed", "hangup-user", "hangup-bot", "timeout",  "error",
                                     "failed",    "no-answer",   "busy",       "voicemail"};
constexpr Words kRefusalWords[] = {"policy", "capacity", "storage", "stopping"};
constexpr Words kDialWords[] = {"accepted", "refused", "timeout", "compensated"};
constexpr Words kEventTypeWords[] = {
    "initiated",        "ringing",     "answered",     "active", "speaking",
    "assistant-speech", "speak-ended", "speak-failed", "speech", "partial-speech",
    "silence",          "dtmf",        "ended",        "error",  "retryable-error",
    "fetched"};
constexpr Words kEventResultWords[] = {"applied",      "duplicate", "late",  "mismatch",
                                       "unknown_call", "retryable", "failed"};
constexpr Words kCodeWords[] = {"200", "204", "400", "401", "404", "405", "408", "413",  "414",
                                "415", "429", "431", "500", "502", "503", "504", "other"};
constexpr Words kRejectionWords[] = {"path", "method", "headers",   "source_limit", "total_limit",
                                     "size", "slow",   "signature", "timestamp",    "clock",
                                     "host", "key",    "parse",     "inbox"};
constexpr Words kDedupeWords[] = {"global", "call", "request"};
constexpr Words kJournalFailureWords[] = {"write", "sync", "full", "queue"};
constexpr Words kJournalDamageWords[] = {"crc", "torn", "type"};
constexpr Words kOperationWords[] = {"initiate", "hangup", "status", "update"};
constexpr Words kRequestOutcomeWords[] = {"ok",      "refused",    "not_found", "timeout",
                                          "network", "bad_answer", "busy"};
constexpr Words kRestoredWords[] = {"active", "terminal", "unknown", "expired", "no_id"};
constexpr Words kEndedWords[] = {"ended", "failed"};
constexpr Words kStreamStateWords[] = {"idle", "connecting", "active", "stopping", "error"};
constexpr Words kStreamRefusalWords[] = {"limit",   "pending", "per_ip", "prestart", "token",
                                         "expired", "binding", "format", "size"};
constexpr Words kDisconnectWords[] = {"reconnected", "ended", "failed"};
constexpr Words kDropWords[] = {"cleared", "slow_app", "slow_carrier",
                                "invalid", "late",     "standing"};
constexpr Words kMarkWords[] = {"played", "cleared", "timed_out", "refused"};
constexpr Words kDigitWords[] = {"delivered", "duplicate", "dropped"};
constexpr Words kProtocolWords[] = {"twilio", "openai-realtime", "echo", "announce", "tone"};
constexpr Words kOkWords[] = {"ok", "failed"};
constexpr Words kTurnWords[] = {"ok", "timeout", "ended", "refused"};
constexpr Words kAlarmWords[kAlarmKinds] = {"hangup-failed", "journal",         "journal-lost",
                                            "line-down",     "app-unreachable", "clock"};

// Limits that no other metric counts (B-GEN-5), and the tables of fixed size (B-GEN-3).
constexpr Words kLimitWords[] = {
    "text_cut",       "transcript",          "history",       "finished_ids",
    "hangup_list",    "stream_frames",       "stream_gaps",   "app_messages",
    "carrier_unsent", "app_reading_stopped", "end_not_told",  "subscribers",
    "event_messages", "mark_echoes",         "audio_refused", "kept_transcripts"};
constexpr Words kTableWords[] = {"calls",       "inbox",       "long_texts", "streams",
                                 "app_sockets", "journal",     "rest",       "deadlines",
                                 "tickets",     "connections", "history",    "finished_ids"};

constexpr LabelSet kLine{"line", {}, false};
constexpr LabelSet kDirection{"direction", kDirectionWords, false};
constexpr LabelSet kEndReason{"end_reason", kEndReasonWords, false};
constexpr LabelSet kRefusal{"reason", kRefusalWords, false};
constexpr LabelSet kDial{"result", kDialWords, false};
constexpr LabelSet kEventType{"type", kEventTypeWords, false};
constexpr LabelSet kEventResult{"result", kEventResultWords, false};
constexpr LabelSet kCode{"code", kCodeWords, true};
constexpr LabelSet kRejection{"reason", kRejectionWords, false};
constexpr LabelSet kDedupeTable{"table", kDedupeWords, false};
constexpr LabelSet kJournalFailure{"reason", kJournalFailureWords, false};
constexpr LabelSet kJournalDamage{"reason", kJournalDamageWords, false};
constexpr LabelSet kOperation{"operation", kOperationWords, false};
constexpr LabelSet kRequestOutcome{"outcome", kRequestOutcomeWords, false};
constexpr LabelSet kRestored{"outcome", kRestoredWords, false};
constexpr LabelSet kEnded{"result", kEndedWords, false};
constexpr LabelSet kStreamState{"state", kStreamStateWords, false};
constexpr LabelSet kStreamRefusal{"reason", kStreamRefusalWords, false};
constexpr LabelSet kDisconnect{"outcome", kDisconnectWords, false};
constexpr LabelSet kDrop{"reason", kDropWords, false};
constexpr LabelSet kMark{"result", kMarkWords, false};
constexpr LabelSet kDigit{"result", kDigitWords, false};
constexpr LabelSet kProtocol{"protocol", kProtocolWords, false};
constexpr LabelSet kOk{"result", kOkWords, false};
constexpr LabelSet kTurn{"result", kTurnWords, false};
constexpr LabelSet kAlarm{"alarm", kAlarmWords, false};
constexpr LabelSet kLimit{"limit", kLimitWords, false};
constexpr LabelSet kTable{"table", kTableWords, false};

// In microseconds.
constexpr int64_t kCallBounds[] = {1'000'000,     5'000'000,    15'000'000,  30'000'000,
                                   60'000'000,    120'000'000,  300'000'000, 600'000'000,
                                   1'800'000'000, 3'600'000'000};
constexpr int64_t kSetupBounds[] = {100'000,   250'000,    500'000,    1'000'000, 2'000'000,
                                    5'000'000, 10'000'000, 30'000'000, 60'000'000};
constexpr int64_t kTurnBounds[] = {100'000,   250'000,   500'000,    1'000'000,
                                   2'000'000, 5'000'000, 10'000'000, 30'000'000};
constexpr int64_t kWebhookBounds[] = {1'000,     5'000,     10'000,    25'000,
                                      50'000,    100'000,   250'000,   500'000,
                                      1'000'000, 2'500'000, 5'000'000, 10'000'000};
constexpr int64_t kCommitBounds[] = {500,    1'000,   2'500,   5'000,   10'000,    25'000,
                                     50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000};
// Few, because this one has the most series.
constexpr int64_t kRequestBounds[] = {100'000, 250'000, 1'000'000, 2'500'000, 10'000'000};
constexpr int64_t kLatenessBounds[] = {250,   500,    1'000,  2'000,  3'000,
                                       5'000, 10'000, 20'000, 50'000, 100'000};
// In frames.
constexpr int64_t kQueueBounds[] = {0, 1, 2, 3, 5, 10, 20, 30, 40, 50};

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;
constexpr auto kHistogram = MetricType::kHistogram;

constexpr MetricRow kRows[] = {
    {Metric::kCallsActive,
     "hookflash_calls_active",
     kGauge,
     "Live calls.",
     {&kLine, &kDirection},
     {},
     false},
    {Metric::kCallsLimit,
     "hookflash_calls_limit",
     kGauge,
     "Live calls allowed at a time.",
     {},
     {},
     false},
    {Metric::kSlotsEnding,
     "hookflash_slots_ending",
     kGauge,
     "Slots of calls that are over but whose end is still being written.",
     {},
     {},
     false},
    {Metric::kUnconfirmedCalls,
     "hookflash_unconfirmed_calls",
     kGauge,
     "Finished calls whose end the carrier has not confirmed.",
     {},
     {},
     false},
    {Metric::kCalls,
     "hookflash_calls_total",
     kCounter,
     "Finished calls.",
     {&kLine, &kDirection, &kEndReason},
     {},
     false},
    {Metric::kCallsRefused,
     "hookflash_calls_refused_total",
     kCounter,
     "Refused calls.",
     {&kLine, &kDirection, &kRefusal},
     {},
     false},
    {Metric::kCallDuration,
     "hookflash_call_duration_seconds",
     kHistogram,
     "From answer to end.",
     {&kLine},
     kCallBounds,
     true},
    {Metric::kCallSetup,
     "hookflash_call_setup_seconds",
     kHistogram,
     "From start to answer.",
     {&kLine},
     kSetupBounds,
     true},
    {Metric::kTurnLatency,
     "hookflash_turn_latency_seconds",
     kHistogram,
     "From the end of our speech to the caller's final transcript.",
     {&kLine},
     kTurnBounds,
     true},
    {Metric::kDials,
     "hookflash_dials_total",
     kCounter,
     "Outbound dials by outcome.",
     {&kLine, &kDial},
     {},
     false},
    {Metric::kEvents,
     "hookflash_events_total",
     kCounter,
     "Carrier events by outcome.",
     {&kLine, &kEventType, &kEventResult},
     {},
     false},
    {Metric::kWebhookRequests,
     "hookflash_webhook_requests_total",
     kCounter,
     "Webhook answers by code.",
     {&kLine, &kCode},
     {},
     false},
    {Metric::kWebhookRejected,
     "hookflash_webhook_rejected_total",
     kCounter,
     "Webhook requests that were not processed, by reason.",
     {&kLine, &kRejection},
     {},
     false},
    {Metric::kWebhookReplays,
     "hookflash_webhook_replays_total",
     kCounter,
     "Webhook requests that were seen before.",
     {&kLine},
     {},
     false},
    {Metric::kRefusalFailures,
     "hookflash_refusal_failures_total",
     kCounter,
     "Refusals the carrier did not take.",
     {&kLine},
     {},
     false},
    {Metric::kWebhookInFlight,
     "hookflash_webhook_in_flight",
     kGauge,
     "Webhook requests being processed.",
     {},
     {},
     false},
    {Metric::kWebhookDuration,
     "hookflash_webhook_duration_seconds",
     kHistogram,
     "From a webhook's head to its answer.",
     {&kLine},
     kWebhookBounds,
     true},
    {Metric::kDedupeEvictions,
     "hookflash_dedupe_evictions_total",
     kCounter,
     "Keys that left a table before their time.",
     {&kDedupeTable},
     {},
     false},
    {Metric::kJournalCommit,
     "hookflash_journal_commit_seconds",
     kHistogram,
     "From handing an entry over to its being durable.",
     {},
     kCommitBounds,
     true},
    {Metric::kJournalPendingEntries,
     "hookflash_journal_pending_entries",
     kGauge,
     "Entries not yet durable.",
     {},
     {},
     false},
    {Metric::kJournalFreeBytes,
     "hookflash_journal_free_bytes",
     kGauge,
     "Room left in the journal.",
     {},
     {},
     false},
    {Metric::kJournalFailures,
     "hookflash_journal_failures_total",
     kCounter,
     "Failed appends.",
     {&kJournalFailure},
     {},
     false},
    {Metric::kJournalDamagedEntries,
     "hookflash_journal_damaged_entries_total",
     kCounter,
     "Entries that could not be read back.",
     {&kJournalDamage},
     {},
     false},
    {Metric::kProviderRequests,
     "hookflash_provider_requests_total",
     kCounter,
     "REST requests to carriers by outcome.",
     {&kLine, &kOperation, &kRequestOutcome},
     {},
     false},
    {Metric::kProviderRequestTime,
     "hookflash_provider_request_seconds",
     kHistogram,
     "Time of REST requests to carriers.",
     {&kLine, &kOperation, &kRequestOutcome},
     kRequestBounds,
     true},
    {Metric::kHangupRetries,
     "hookflash_hangup_retries_total",
     kCounter,
     "Hang-ups tried again.",
     {&kLine},
     {},
     false},
    {Metric::kHangupGaveUp,
     "hookflash_hangup_gave_up_total",
     kCounter,
     "Hang-ups given up after five minutes.",
     {&kLine},
     {},
     false},
    {Metric::kRestoredCalls,
     "hookflash_restored_calls_total",
     kCounter,
     "Calls found in the journal at start.",
     {&kLine, &kRestored},
     {},
     false},
    {Metric::kReapedCalls,
     "hookflash_reaped_calls_total",
     kCounter,
     "Stale calls ended.",
     {&kLine, &kEnded},
     {},
     false},
    {Metric::kMaxDurationHangups,
     "hookflash_max_duration_hangups_total",
     kCounter,
     "Calls ended at maxDurationSeconds.",
     {&kLine, &kEnded},
     {},
     false},
    {Metric::kStreamConnections,
     "hookflash_stream_connections",
     kGauge,
     "Media sockets by state.",
     {&kStreamState},
     {},
     false},
    {Metric::kStreamRefused,
     "hookflash_stream_refused_total",
     kCounter,
     "Refused media streams.",
     {&kStreamRefusal},
     {},
     false},
    {Metric::kStreamDisconnects,
     "hookflash_stream_disconnects_total",
     kCounter,
     "Lost streams of live calls, by what followed.",
     {&kLine, &kDisconnect},
     {},
     false},
    {Metric::kAudioFrames,
     "hookflash_audio_frames_total",
     kCounter,
     "20 ms frames from and to callers.",
     {&kDirection},
     {},
     false},
    {Metric::kAudioFramesDropped,
     "hookflash_audio_frames_dropped_total",
     kCounter,
     "Frames left out.",
     {&kDirection, &kDrop},
     {},
     false},
    {Metric::kAudioQueueFrames,
     "hookflash_audio_queue_frames",
     kHistogram,
     "Depth of the queue when a frame leaves.",
     {},
     kQueueBounds,
     false},
    {Metric::kAudioLateness,
     "hookflash_audio_lateness_seconds",
     kHistogram,
     "How long after its due time a frame left.",
     {},
     kLatenessBounds,
     true},
    {Metric::kAudioUnderruns,
     "hookflash_audio_underruns_total",
     kCounter,
     "Queues that ran empty inside a burst.",
     {&kLine},
     {},
     false},
    {Metric::kAudioEnqueueTimeouts,
     "hookflash_audio_enqueue_timeouts_total",
     kCounter,
     "Frames that found no room in time.",
     {&kLine},
     {},
     false},
    {Metric::kAudioClears,
     "hookflash_audio_clears_total",
     kCounter,
     "Cleared queues.",
     {&kLine},
     {},
     false},
    {Metric::kMarks,
     "hookflash_marks_total",
     kCounter,
     "Marks by outcome.",
     {&kLine, &kMark},
     {},
     false},
    {Metric::kDtmfDigits,
     "hookflash_dtmf_digits_total",
     kCounter,
     "Digits.",
     {&kLine, &kDirection, &kDigit},
     {},
     false},
    {Metric::kAppLegs,
     "hookflash_app_legs_total",
     kCounter,
     "App legs opened.",
     {&kProtocol, &kOk},
     {},
     false},
    {Metric::kAppReconnects,
     "hookflash_app_reconnects_total",
     kCounter,
     "Lost apps dialled again.",
     {&kProtocol, &kOk},
     {},
     false},
    {Metric::kTurns, "hookflash_turns_total", kCounter, "Turns by outcome.", {&kTurn}, {}, false},
    {Metric::kLogLinesLost,
     "hookflash_log_lines_lost_total",
     kCounter,
     "Log lines that were overwritten unread.",
     {},
     {},
     false},
    {Metric::kAlarms, "hookflash_alarms", kGauge, "Causes of raised alarms.", {&kAlarm}, {}, false},
    {Metric::kSignatureCheckSkipped,
     "hookflash_signature_check_skipped",
     kGauge,
     "1 while a line takes webhooks without a valid signature.",
     {},
     {},
     false},
    {Metric::kClockSynchronised,
     "hookflash_clock_synchronised",
     kGauge,
     "1 while the wall clock is set.",
     {},
     {},
     false},
    {Metric::kApiRequests,
     "hookflash_api_requests_total",
     kCounter,
     "Answers of all routes but the webhooks', by code.",
     {&kCode},
     {},
     false},
    {Metric::kLimitHits,
     "hookflash_limit_hits_total",
     kCounter,
     "What was refused, dropped, cut or evicted and has no metric of its own.",
     {&kLimit},
     {},
     false},
    {Metric::kLoopDelay,
     "hookflash_loop_delay_seconds",
     kHistogram,
     "How long after its time the oldest deadline was served.",
     {},
     kLatenessBounds,
     true},
    {Metric::kTableEntries,
     "hookflash_table_entries",
     kGauge,
     "Places in use of tables of fixed size.",
     {&kTable},
     {},
     false},
    {Metric::kTableSize,
     "hookflash_table_size",
     kGauge,
     "Places of tables of fixed size.",
     {&kTable},
     {},
     false},
};
static_assert(sizeof kRows / sizeof kRows[0] == kMetrics);

struct Places {
  std::array<size_t, kMetrics> first{};
  size_t total = 0;
};
constexpr Places kPlaces = [] {
  Places places;
  for (size_t i = 0; i < kMetrics; ++i) {
    places.first[i] = places.total;
    places.total += kRows[i].series() * kRows[i].cells();
  }
  return places;
}();
static_assert(kPlaces.total <= kMetricCells && kPlaces.total > kMetricCells * 8 / 10);

consteval bool rows_are_in_order() {
  for (size_t i = 0; i < kMetrics; ++i) {
    const MetricRow& row = kRows[i];
    if (static_cast<size_t>(row.metric) != i) return false;
    if ((row.type == MetricType::kCounter) != row.name.ends_with("_total")) return false;
    if ((row.type == MetricType::kHistogram) == row.bounds.empty()) return false;
    if (row.seconds != row.name.ends_with("_seconds")) return false;
    for (size_t k = 1; k < row.bounds.size(); ++k) {
      if (row.bounds[k] <= row.bounds[k - 1]) return false;
    }
  }
  return true;
}
static_assert(rows_are_in_order());

}  // namespace

const MetricRow& row_of(Metric metric) { return kRows[static_cast<size_t>(metric)]; }
size_t first_cell_of(Metric metric) { return kPlaces.first[static_cast<size_t>(metric)]; }

}  // namespace hookflash
