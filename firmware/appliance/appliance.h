#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "appliance/api.h"
#include "appliance/call_memory.h"
#include "appliance/calls.h"
#include "appliance/event_stream.h"
#include "appliance/report_memory.h"
#include "appliance/routes.h"
#include "appliance/settings.h"
#include "appliance/tickets.h"
#include "appliance/webhooks.h"
#include "base/fixed_vector.h"
#include "base/result.h"
#include "config/config.h"
#include "config/problems.h"
#include "hal/core.h"
#include "hal/crypto.h"
#include "hal/entropy.h"
#include "hal/memory_figures.h"
#include "hal/outbox.h"
#include "http/server.h"
#include "json/arena.h"
#include "report/number_hash.h"

namespace hookflash {

// Prompts of announce apps as the platform has loaded them: whole files, by the app's place in the
// configuration. One bank belongs to the running configuration; the platform fills the other one
// for the next, so calls that began before it go on hearing what they began with.
struct PromptBank {
  std::array<size_t, limits::kAppsMax> sizes{};
  std::array<std::array<uint8_t, limits::kPromptFileBytesMax>, limits::kAppsMax> files{};
};
struct PromptMemory {
  std::array<PromptBank, 2> banks{};
  size_t running = 0;

  PromptBank& next() { return banks[1 - running]; }
};

// All memory of one appliance: plain data, all bytes zero at start (one object is the whole
// program; a test can hold ten).
struct ApplianceMemory {
  Outbox outbox;
  HttpServer http;
  WebhookMemory webhooks;
  Tickets tickets;
  json::Arena scratch;
  EventStreamMemory events;
  std::array<Config, 2> configs{};
  FixedVector<LineConfig, limits::kLinesMax> lines;  // While a new configuration is fitted in.
  Problems problems;
  CallMemory calls;
  PromptMemory prompts;
  ReportMemory reports;
};

// What an appliance works with. All of it outlives it.
struct ApplianceLinks {
  Crypto& crypto;
  Entropy& entropy;
  const MemoryFigures* memory_figures = nullptr;  // May be null: no figures of the platform.
  std::string_view version = "0";
  std::string_view board = "host";
};

// The whole product behind its border: values in, values out, the clock as an argument.
class Appliance final : public Core,
                        private RequestHandler,
                        private CallObserver,
                        private ReplayContext,
                        private WebhookObserver,
                        private ApiObserver,
                        private PromptShelf {
 public:
  Appliance(ApplianceMemory& memory, const ApplianceLinks& links, const DeviceKey& device_key);

  // Reads a configuration and takes it into use, with the prompts loaded for it. kInvalid:
  // problems() says why; nothing has changed. Before the first handle(), and for a reload through
  // in::Reconfigure (B-CFG-3). Keys of sockets that are bound keep their values until a restart.
  Status configure(std::string_view json, Now now);
  [[nodiscard]] const Problems& problems() const { return memory_.problems; }
  [[nodiscard]] const Config& config() const { return *config_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }

  // Prompts of the configuration that comes next: first the old ones of that bank are forgotten,
  // then the platform reads the file of app `index` into its place and tells the size.
  void forget_prompts() { memory_.prompts.next().sizes = {}; }
  MutableBytes prompt_file(size_t index) { return memory_.prompts.next().files[index]; }
  // kInvalid: not a prompt; prompt_fault() of the file says why.
  Status take_prompt(size_t index, size_t size);

  // What the journal holds, oldest first: after configure(), before the first handle(). Then
  // restart() once; the calls that live on are taken up with the first handle() (B-LIFE-1).
  void replay(Bytes entry, Now now);
  void restart() { restart_due_ = true; }
  // The journal could not be read: it was set aside under that name and begun anew (B-JRN-9).
  void journal_lost(std::string_view name, Now now);
  // What reading it found broken: damage in its midst, and entries at its end that never became
  // durable (B-JRN-2).
  void journal_damage(uint64_t damaged, uint64_t torn);
  // There is no journal at all, for that reason: new calls are refused and health is failing until
  // it can be opened (B-JRN-9), then with an empty reason, before replay() and restart().
  void journal_absent(std::string_view reason, Now now);

  // The port that was really bound (B-LIFE-1: port 0 reports the real one).
  void set_port(uint16_t port) { port_ = port; }

  void handle(const In& in, Now now) override;
  bool next(Out& out) override;
  [[nodiscard]] Instant deadline() const override;

  [[nodiscard]] const Calls& calls() const { return calls_; }
  [[nodiscard]] Calls& calls() { return calls_; }
  [[nodiscard]] const HttpServer& http() const { return memory_.http; }
  [[nodiscard]] size_t tickets_open() const { return memory_.tickets.size(); }
  [[nodiscard]] bool stopped() const { return stopped_; }
  // Of the time of the last handle(); gauges are set only when /metrics is asked for.
  [[nodiscard]] const Metrics& metrics() const { return memory_.reports.metrics; }
  [[nodiscard]] const Alarms& alarms() const { return memory_.reports.alarms; }

 private:
  [[nodiscard]] Status keep_lines(Config& fresh);
  [[nodiscard]] Status keep_sockets(Config& fresh, Now now);
  // RequestHandler.
  Verdict on_head(const Peer& peer, const RequestHead& head, Now now) override;
  void on_request(RequestRef request, const Peer& peer, const RequestHead& head, Bytes body,
                  Now now) override;
  void on_upgrade(RequestRef request, const Peer& peer, const RequestHead& head, Now now) override;
  void on_answer_sent(RequestRef request, bool complete, Now now) override;
  void on_gone(RequestRef request, Now now) override;
  void on_refused(HttpRefusal refusal, uint8_t tag) override;
  std::string_view write_error(RequestGroup group, uint16_t status, TextWriter& body) override;

  // CallObserver.
  void event_done(uint32_t ticket, const EventResult& result, Now now) override;
  void command_done(uint32_t ticket, const CommandResult& result, Now now) override;
  void event_counted(const Event& event, Outcome outcome, Now now) override;
  void call_started(const CallCore& core, Now now) override;
  void call_moved(const CallCore& core, CallState from, EventType by, Now now) override;
  void call_ended(const CallCore& core, EventType cause, Now now) override;
  void call_refused(uint8_t line, Direction direction, Rejection rejection, Now now) override;
  void refusal_failed(uint8_t line, Now now) override;
  void dial_ended(uint8_t line, DialResult result) override;
  void call_digit(const CallCore& core, DigitFate fate, Now now) override;
  void digits_sent(uint8_t line, size_t count, bool delivered) override;
  void transcript_line(const CallCore& core, const TranscriptLine& line, Now now) override;
  void rest_reported(const RestReport& report, const RestOutcome& outcome, Now now) override;
  void rest_busy(uint8_t line, Operation operation) override;
  void entry_ended(Status status, Duration took, Now now) override;
  void storage_changed(bool failing, Now now) override;
  void space_changed(bool is_short, Now now) override;
  void space_left(uint64_t bytes) override;
  void transcripts_dropped(uint64_t total) override;
  void call_restored(const CallCore& core, RestoredOutcome outcome, Now now) override;
  void restart_over(const RestartMemory& restart, Now now) override;
  void end_not_durable(const CallCore& core, Now now) override;
  void call_note(const CallCore& core, out::LogLevel level, std::string_view text,
                 std::string_view detail, Now now) override;
  void stream_refused(StreamRefusal refusal, Now now) override;
  void stream_moved(const StreamConnection& connection, StreamState from, std::string_view cause,
                    Now now) override;
  void stream_summary(const StreamConnection& connection, const in::WsClosed& end,
                      Now now) override;
  void hangup_gave_up(const CallCore& core) override;
  void call_unended(std::string_view line, std::string_view call, size_t number, Now now) override;
  void unended_settled(size_t number, Now now) override;
  void hangup_retried(uint8_t line) override;
  void stream_disconnect(uint8_t line, std::string_view outcome) override;
  void frame_sent(Duration lateness, size_t queue_depth) override;
  void mark_ended(const CallCore& core, MarkOutcome outcome, Now now) override;
  void audio_counted(uint8_t line, const AudioFigures& audio) override;
  void app_opened(AppChoice::Kind kind, bool opened) override;
  void app_certificate_refused(const CallCore& core, Now now) override;
  void app_reachable(std::string_view app, bool reachable, Now now) override;

  // ReplayContext.
  void remember_request(const Key& key, WallTime at) override;
  void remember_device_key(const DeviceKey& key) override;
  void remember_keep_transcripts(bool keep) override;
  void remember_configuration(const ConfigurationPiece& piece, WallTime at) override;
  uint8_t line_index(std::string_view line_id) override;

  // WebhookObserver.
  void webhook_answered(uint8_t line, uint16_t status, Duration took) override;
  void webhook_rejected(uint8_t line, WebhookRejection rejection, std::string_view detail,
                        std::string_view url, Now now) override;
  void webhook_replayed(uint8_t line, Now now) override;

  // ApiObserver.
  void api_answered(uint16_t status) override;

  // PromptShelf.
  [[nodiscard]] Bytes prompt(size_t app_index) const override;

  // The route of a request; nullptr when there is none. `allowed` gathers the methods of its path.
  const Route* find_route(const RequestHead& head, std::string_view& id, bool& path_known,
                          TextWriter& allowed, uint8_t& line) const;
  // Step B-API-2: what a request that is not let in gets; 0 when it is.
  uint16_t refusal_of(const Route& route, const Peer& peer, const RequestHead& head) const;
  [[nodiscard]] bool only_local() const;
  void log(LogLevel level, std::string_view subsystem, const CallId* call, Now now,
           std::initializer_list<std::string_view> pieces);
  // Causes of Alarm::kJournal.
  static constexpr size_t kJournalFailing = 0;
  static constexpr size_t kEndNotDurable = 1;
  static constexpr size_t kSpaceShort = 2;
  static constexpr size_t kNoJournal = 3;

  void call_answered(const CallCore& core);
  [[nodiscard]] NumberHash hash_of(std::string_view number);
  void raise(Alarm alarm, size_t cause, std::initializer_list<std::string_view> detail, Now now);
  void clear(Alarm alarm, size_t cause, Now now);
  void use_configuration(Config& config, Now now);
  void report_lines(Now now);
  void check_clock(Now real);
  // Why a certificate that is not valid at this time was refused (B-TMR-3, B-LOG-4).
  [[nodiscard]] std::string_view certificate_fault() const {
    return clock_set_ ? "certificate not valid at this time" : "clock";
  }
  void gather();
  void limit_hit(std::string_view limit, uint64_t count = 1) {
    memory_.reports.metrics.add(Metric::kLimitHits, {limit}, count);
  }
  void answer_health(RequestRef request, Now now);
  void answer_metrics(RequestRef request, Now now);
  [[nodiscard]] uint8_t document_line(const RequestHead& head) const;
  [[nodiscard]] bool answers_by_document(uint8_t line) const;
  void answer_unsigned_document(uint8_t line, RequestRef request, Now now);
  void keep_box(Now now);
  bool keep_configuration(Now now);
  void ws_value(const In& in, SocketId socket, Now now);
  void begin_stop(in::StopMode mode, Now now);
  void check_stop(Now now);
  StreamLimits stream_limits() const;

  ApplianceMemory& memory_;
  ApplianceLinks links_;
  Config* config_ = nullptr;
  Settings settings_;
  EventStream events_;
  Calls calls_;
  Webhooks webhooks_;
  Api api_;
  // Random and shown by /health: whoever reads it under two addresses knows they lead to one box.
  static constexpr size_t kInstanceDigits = 16;
  FixedText<kInstanceDigits> instance_;
  uint16_t port_ = 0;
  bool restart_due_ = false;
  bool journal_absent_ = false;
  bool stopping_ = false;
  bool draining_ = false;
  bool keeping_ = false;  // Calls stay at the carrier (B-LIFE-5).
  bool stopped_ = false;
  Instant stop_by_;
  DeviceKey device_key_;
  // What of the box the journal has, and when the rest goes there (appliance_journal.cpp).
  bool key_kept_ = false;
  // What the journal says; unset when it may not have been written.
  std::optional<bool> transcripts_kept_{false};
  Key configuration_kept_{};
  Instant keep_box_at_ = Instant::max();
  Now now_;  // Of the value being handled.
  ClockGuard clock_;
  bool clock_set_ = true;
  uint32_t reloads_ = 0;
  FixedVector<std::string_view, 8> single_headers_;  // Of signatures: twice is an attack.
  Metrics::Observed lateness_;
  Metrics::Observed queue_depth_;
  Metrics::Observed loop_delay_;
};

}  // namespace hookflash
