#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "appliance/call_memory.h"
#include "appliance/rest_queue.h"
#include "appliance/settings.h"
#include "appliance/stream_endpoint.h"
#include "base/ring.h"
#include "call/call_table.h"
#include "call/event.h"
#include "call/inbox.h"
#include "call/outbound.h"
#include "call/plan.h"
#include "call/replay.h"
#include "call/stream_token.h"
#include "call/summary.h"
#include "call/timers.h"
#include "call/transitions.h"
#include "hal/crypto.h"
#include "hal/entropy.h"
#include "hal/outbox.h"
#include "store/finished_index.h"
#include "store/key_ring.h"

namespace hookflash {

// What became of an event, for whoever brought it (contract section 4).
enum class Outcome : uint8_t {
  kApplied,
  kDuplicate,    // The key is known (step 1).
  kLate,         // No effect any more; the key is consumed.
  kMismatch,     // Its callId belongs to another carrier call (B-EVT-1).
  kUnknownCall,  // B-PROC-6: the key stays free.
  kRetryable,    // Nothing is kept, the key stays free.
  kFailed,       // Not durable: nothing changed (B-PROC-1).
  kBusy,         // The call's inbox is full (B-PROC-2).
};

struct EventResult {
  Outcome outcome = Outcome::kApplied;
  Document document;  // What to answer an instruction fetch with; texts live during the turn.
};

// The end's detail of a dial without a definite answer.
inline constexpr std::string_view kNoAnswerDetail = "no answer";

// What became of a request of the API or the operator.
struct CommandResult {
  // The contract's word for the error (B-OUT-2, B-TURN-1, B-DTMF-4); empty: success.
  std::string_view error;
  uint16_t http_status = 200;
  std::string_view message;
  CallId call_id;
  CallState state = CallState::kNone;
  EndReason end_reason = EndReason::kNone;
  std::string_view detail;      // The carrier's code.
  std::string_view path;        // The member of the request that is wrong.
  WallTime ended_at;            // With error `ended` (B-TURN-1).
  std::string_view transcript;  // Of a turn: what the caller said.
  uint32_t turn = 0;            // Its number in the call; 0: not a turn.
};

// How a dial came out, once each: labels of hookflash_dials_total, in their order.
enum class DialResult : uint8_t {
  kAccepted,
  kRefused,
  kTimeout,      // No definite answer.
  kCompensated,  // The carrier took it when we no longer could, and was told to hang up.
};

// Audio of one call since the last time it was reported.
struct AudioFigures {
  const StreamerCounters& to_carrier;
  const StreamerCounters& to_carrier_before;
  const CallerAudioCounters& from_caller;
  const CallerAudioCounters& from_caller_before;
};

// Who learns what the engine does. Called during the turn in which it happens, after it is durable.
class CallObserver {
 public:
  virtual void event_done(uint32_t ticket, const EventResult& result, Now now) = 0;
  virtual void command_done(uint32_t ticket, const CommandResult& result, Now now) = 0;
  virtual void event_counted(const Event& event, Outcome outcome, Now now) = 0;
  virtual void call_started(const CallCore& core, Now now) = 0;
  virtual void call_moved(const CallCore& core, CallState from, EventType by, Now now) = 0;
  // `cause`: what made our hang-up of it run; kNone when none ran.
  virtual void call_ended(const CallCore& core, EventType cause, Now now) = 0;
  virtual void call_refused(uint8_t line, Direction direction, Rejection rejection, Now now) = 0;
  // A refusal that could not be recorded, and so was not sent (B-INB-4).
  virtual void refusal_failed(uint8_t line, Now now) = 0;
  virtual void dial_ended(uint8_t line, DialResult result) = 0;
  // A digit of the caller.
  virtual void call_digit(const CallCore& core, DigitFate fate, Now now) = 0;
  // Digits of ours, taken by the carrier or not.
  virtual void digits_sent(uint8_t line, size_t count, bool delivered) = 0;
  virtual void transcript_line(const CallCore& core, const TranscriptLine& line, Now now) = 0;
  virtual void rest_reported(const RestReport& report, const RestOutcome& outcome, Now now) = 0;
  // No place in the line's queue (B-PRV-6).
  virtual void rest_busy(uint8_t line, Operation operation) = 0;
  // One entry's fate; kFull also for one that found no place in the queue, with no time.
  virtual void entry_ended(Status status, Duration took, Now now) = 0;
  // Appends have been failing for 5 s, or the first one has succeeded again (B-JRN-8).
  virtual void storage_changed(bool failing, Now now) = 0;
  // Less than a tenth of the journal's space is free, or more again (B-JRN-8).
  virtual void space_changed(bool is_short, Now now) = 0;
  virtual void space_left(uint64_t bytes) = 0;
  // Finished calls whose transcript the journal has given up for lack of room, since the start.
  virtual void transcripts_dropped(uint64_t total) = 0;
  // A call from the journal, once it is known what became of it; and all of them.
  virtual void call_restored(const CallCore& core, RestoredOutcome outcome, Now now) = 0;
  virtual void restart_over(const RestartMemory& restart, Now now) = 0;
  // A call's end could not be made durable within 60 s (B-PROC-8).
  virtual void end_not_durable(const CallCore& core, Now now) = 0;
  // A line for the log about one call; `text` is a constant, `detail` may be empty.
  virtual void call_note(const CallCore& core, out::LogLevel level, std::string_view text,
                         std::string_view detail, Now now) = 0;
  virtual void stream_refused(StreamRefusal refusal, Now now) = 0;
  virtual void stream_moved(const StreamConnection& connection, StreamState from,
                            std::string_view cause, Now now) = 0;
  virtual void stream_summary(const StreamConnection& connection, const in::WsClosed& end,
                              Now now) = 0;
  // The hang-up of a live call was given up (B-HUP-4).
  virtual void hangup_gave_up(const CallCore& core) = 0;
  // A carrier call may go on, and cost money, though it is over here: `number` names it until its
  // end is confirmed after all. `call`: ours, else the carrier's id.
  virtual void call_unended(std::string_view line, std::string_view call, size_t number,
                            Now now) = 0;
  virtual void unended_settled(size_t number, Now now) = 0;
  virtual void hangup_retried(uint8_t line) = 0;
  virtual void stream_disconnect(uint8_t line, std::string_view outcome) = 0;
  virtual void frame_sent(Duration lateness, size_t queue_depth) = 0;
  virtual void mark_ended(const CallCore& core, MarkOutcome outcome, Now now) = 0;
  virtual void audio_counted(uint8_t line, const AudioFigures& audio) = 0;
  // An app of a call was opened, or could not be.
  virtual void app_opened(AppChoice::Kind kind, bool opened) = 0;
  // The certificate of a call's app is not valid at this time; it is redialled.
  virtual void app_certificate_refused(const CallCore& core, Now now) = 0;
  // An app over WebSocket can be reached, or every attempt has failed.
  virtual void app_reachable(std::string_view app, bool reachable, Now now) = 0;

 protected:
  ~CallObserver() = default;
};

// Reads the announcements that the platform has loaded.
class PromptShelf {
 public:
  // Mu-law of the app with this index; empty when there is none.
  [[nodiscard]] virtual Bytes prompt(size_t app_index) const = 0;

 protected:
  ~PromptShelf() = default;
};

struct CallLinks {
  Outbox& outbox;
  Crypto& crypto;
  Entropy& entropy;
  CallObserver& observer;
  const PromptShelf& prompts;
};

// The call engine: takes events in, decides with the transition table, makes the outcome durable,
// applies it, and asks carriers and apps for what follows (contract sections 4 and 9 to 16).
// Everything about a live call goes through submit(); nothing else writes a call.
class Calls final : public RestOwner, public StreamOwner, public TargetOwner {
 public:
  Calls(CallMemory& memory, const CallLinks& links, const Settings& settings,
        const DeviceKey& device_key)
      : outbox_(links.outbox),
        crypto_(links.crypto),
        entropy_(links.entropy),
        observer_(links.observer),
        prompts_(links.prompts),
        settings_(&settings),
        device_key_(device_key),
        memory_(memory) {}
  // A new configuration: applies to new calls only (B-CFG-3); lines keep their places.
  void use(const Settings& settings) { settings_ = &settings; }
  // No new calls from now on (B-LIFE-5).
  void stop_admitting() { stopping_ = true; }
  // Space is short, or appends have been failing for 5 s: new calls are refused.
  [[nodiscard]] bool storage_short() const {
    return storage_short_ || storage_absent_ || memory_.storage_failing;
  }
  // There is no journal, so nobody knows which calls there are (B-JRN-9).
  void set_storage_absent(bool absent) { storage_absent_ = absent; }
  [[nodiscard]] bool storage_absent() const { return storage_absent_; }

  // --- Restart (contract section 7)
  // ---------------------------------------------------------------

  // An entry of the journal, oldest first, before the first value from the world.
  void replay(Bytes entry, ReplayContext& context);
  // Before the first handle(), or while there is no journal and so no call.
  void use_device_key(const DeviceKey& key) { device_key_ = key; }
  // An entry that concerns no call (call/box_items.h). False: no room, nothing was taken.
  bool keep_of_box(const EntryWriter& entry, Now now);
  // One of them was not written, since the last time this was asked; asked when box_failed().
  [[nodiscard]] bool take_box_failure() { return std::exchange(box_failed_, false); }
  [[nodiscard]] bool box_failed() const { return box_failed_; }
  // All entries are in: takes up the calls that live on. Once, when the world can hear us. `began`
  // has the later of the wall clock and the newest entry: their ages count from it (B-TMR-3).
  void restart(Now began, Now now);
  // Of the newest entry so far.
  [[nodiscard]] WallTime journal_time() const { return memory_.restart.newest; }

  // --- Events and requests
  // ------------------------------------------------------------------------

  // A carrier's event, or one of ours. The outcome comes through event_done() when `event.ticket`
  // is not 0, maybe during this call.
  void submit(const Event& event, std::string_view speech, Now now);
  // An outbound call that passed check_outbound(). command_done() follows, maybe during this call.
  void place(const OutboundRequest& request, uint32_t ticket, Now now);
  // Who waits for a dial that is under way gets its outcome (B-OUT-10). False: it is not, or too
  // many wait.
  bool join_dial(CallHandle call, uint32_t ticket);
  void hang_up(const CallId& call, EndReason reason, uint32_t ticket, Now now);
  // Carrier speech (section 13): at most limits::kMessageBytesMax bytes. command_done() follows,
  // for a turn when the caller has spoken. An empty text of a turn only listens.
  void speak(const CallId& call, std::string_view text, uint32_t ticket, Now now);
  void turn(const CallId& call, std::string_view text, uint32_t ticket, Now now);
  void play(const CallId& call, std::string_view app, uint32_t ticket, Now now);
  void send_digits(const CallId& call, std::string_view digits, uint32_t ticket, Now now);
  // Nobody waits any more for what this ticket asked.
  void forget(uint32_t ticket, Now now);
  // Hang up every live call, or let the carrier keep it while we are away (B-LIFE-5: end, keep).
  void hang_up_all(Now now);
  void park_all(Now now);

  // --- The world
  // ----------------------------------------------------------------------------------

  void on_persisted(const in::Persisted& in, Now now);
  void on_rest(const in::RestAnswered& in, Now now);
  void on_rest(const in::RestFailed& in, Now now);
  [[nodiscard]] StreamEndpoint& streams() { return streams_; }
  [[nodiscard]] AppSockets& app_sockets() { return app_sockets_; }
  // Before a carrier's upgrade is accepted; kFull: no place.
  Status accept_stream(SocketId socket, const MediaDialect& dialect, IpAddress source,
                       bool source_known, const StreamLimits& limits, Now now) {
    turn_ = now.mono;
    return streams_.accept(socket, dialect, source, source_known, limits, *this, now);
  }
  // A WebSocket value of a carrier's stream.
  void stream_value(StreamHandle stream, const In& in, const StreamLimits& limits, Now now);
  // A WebSocket value of a socket we dialled.
  template <typename Value>
  void app_socket(const Value& value, Now now) {
    turn_ = now.mono;
    const AppSocketUser* user = app_sockets_.user(value.socket);
    const size_t slot = user == nullptr ? limits::kCallSlots : user->slot();
    app_sockets_.handle(value, now);
    if (slot < limits::kCallSlots) {
      arm_target(static_cast<uint16_t>(slot));
      arm_media(static_cast<uint16_t>(slot));
    }
  }

  // Runs at most `most` due deadlines; true when some are left.
  bool run_due(size_t most, Now now);
  [[nodiscard]] Instant deadline() const;

  // --- Views
  // --------------------------------------------------------------------------------------

  [[nodiscard]] const CallTable& table() const { return table_; }
  CallRecord* find(const CallId& call) { return table_.get(table_.find(call)); }
  [[nodiscard]] const CallHistory& history() const { return history_; }
  [[nodiscard]] const FinishedIndex& finished() const { return finished_; }
  [[nodiscard]] const EventKeys& keys() const { return keys_; }
  [[nodiscard]] const Inboxes& inboxes() const { return inboxes_; }
  [[nodiscard]] const TargetCounters& target_counters() const { return target_counters_; }
  [[nodiscard]] size_t persists_pending() const { return memory_.persisting.size(); }
  [[nodiscard]] size_t stream_count() const { return streams_.size(); }
  [[nodiscard]] size_t app_leg_count() const { return app_sockets_.size(); }
  [[nodiscard]] size_t rest_pending() const { return rest_.pending(); }
  [[nodiscard]] size_t deadlines_armed() const { return memory_.deadlines.size(); }
  [[nodiscard]] size_t unconfirmed() const { return memory_.leftovers.size(); }
  [[nodiscard]] const EngineCounters& counters() const { return memory_.counters; }
  // Reports the audio of every live call since the last time.
  void report_audio();
  // When the oldest deadline was due; max() when none is armed.
  [[nodiscard]] Instant first_due() const { return memory_.deadlines.next(); }
  // The carrier call is on the list of those that are hung up though their record is closed
  // (B-HUP-4, B-OUT-8).
  [[nodiscard]] bool pursues(uint8_t line, std::string_view provider_call_id) const {
    for (const Leftover& leftover : memory_.leftovers) {
      if (leftover.line == line && leftover.provider_call_id == provider_call_id) return true;
    }
    return false;
  }
  // Calls of this line are under way, or carrier calls of it are still hung up.
  [[nodiscard]] bool uses(uint8_t line) const;
  // The call is over, but its end is not durable yet: it does not count any more (B-PROC-8).
  [[nodiscard]] bool end_waits(CallHandle call) const {
    return table_.get(call) != nullptr && sessions_[call.index].end_waits;
  }
  [[nodiscard]] const AudioStreamer& streamer(CallHandle call) const {
    return sessions_[call.index].streamer;
  }
  [[nodiscard]] const CallerAudio& caller_audio(CallHandle call) const {
    return sessions_[call.index].caller;
  }
  // Nothing is under way: for tear-down checks and for stop.
  [[nodiscard]] bool quiet() const;

  // The document that a replayed instruction fetch gets, without changing anything (B-DED-4):
  // `number` and `retries` are those of its URL. Each retry has a mark of its own, since with the
  // same one the next fetch would be a replay again, and the next, for ever.
  Document replay_document(uint8_t line, std::string_view provider_call_id, uint32_t number,
                           uint8_t retries);

  // --- RestOwner, StreamOwner, TargetOwner
  // -----------------------------------------------------------

  bool build_request(const RestJob& job, out::RestSend& send) override;
  void on_report(const RestReport& report, Now now) override;

  void stream_start(StreamHandle handle, const MediaMessage& start, Now now) override;
  json::PayloadSink* stream_sink(const StreamConnection& connection) override;
  void stream_media(const StreamConnection& connection, bool good, Now now) override;
  void stream_digit(const StreamConnection& connection, char digit, Now now) override;
  void stream_mark(const StreamConnection& connection, std::string_view name, Now now) override;
  void stream_lost(const StreamConnection& connection, Now now) override;
  void stream_silent(const StreamConnection& connection, Now now) override;
  void stream_refused(StreamRefusal refusal, std::string_view detail, Now now) override;
  void stream_state(const StreamConnection& connection, StreamState from, std::string_view cause,
                    Now now) override;
  void stream_gone(const StreamConnection& connection, const in::WsClosed& end, Now now) override;
  void arm(Deadline& deadline, Instant at) override;
  void disarm(Deadline& deadline) override;

  void target_ready(uint16_t slot, Now now) override;
  void target_audio(uint16_t slot, Now now) override;
  void target_clear(uint16_t slot, Now now) override;
  void target_left(uint16_t slot, Now now) override;
  void target_failed(uint16_t slot, Now now) override;
  void target_told(uint16_t slot, Now now) override;
  void target_note(uint16_t slot, TargetNote note, Now now) override;

 private:
  // calls_events.cpp: from event to plan.
  static Outcome outcome_of(Step step);
  void process(CallHandle call, const Event& event, std::string_view speech, Now now);
  bool plan_step(CallHandle call, CallPlan& plan, const Event& event, Step step,
                 std::string_view speech, Now now);
  void finish_message(CallHandle call, CallPlan& plan, Now now);
  void persist(CallHandle call, const CallPlan& plan, const Event& event, Step step, Now now);
  void pump_inbox(CallHandle call, Now now);
  [[nodiscard]] bool may_overtake(CallHandle call, const Event& event);
  void overdue(CallHandle call, Now now);
  CallHandle resolve(const Event& event, bool& mismatch);
  [[nodiscard]] bool is_known(const Event& event, CallHandle call) const;
  void done(const Event& event, Outcome outcome, CallHandle call, Now now);

  // calls_create.cpp: events of calls that are not live.
  void without_call(const Event& event, Now now);
  CallCore new_core(const Event& event, Direction direction, Now now);
  void create(const Event& event, Now now);
  void refuse(const Event& event, CallCore core, Rejection rejection, Now now);
  [[nodiscard]] uint16_t free_refusal() const;
  PendingRefusal* refusal_of(uint8_t line, std::string_view provider_call_id);
  PendingRefusal& wait_for_refusal(uint16_t index, const Event& event, Now now);
  void refused(uint16_t index, Status status, Now now);
  void push_entry(JournalTicket ticket, const EntryWriter& entry, Now now);
  void confirm(const Key& name, const Event* event, Now now);
  [[nodiscard]] CallId finished_call(const FinishedCall& finished);
  void confirmed(const JournalTicket& ticket, Status status, Now now);

  // calls_apply.cpp: from durable to visible.
  void applied(CallHandle call, Now now);
  void failed(CallHandle call, Status status, Now now);
  void after_step(CallHandle call, const Event& event, Step step, bool given_up, Now now);
  void finish(CallHandle call, Now now);
  void try_release(CallHandle call, Now now);
  Document document_of(CallHandle call, const Event& event, Now now);
  void add_stream(CallHandle call, Document& document);
  Document notify_document(const CallCore& core);
  Document finished_document(const Event& event);
  void arm_answer_timers(CallHandle call, Now now);

  // calls_dial.cpp, calls_hangup.cpp: what the carrier is asked to do.
  void answer_dial(CallSession& live, const CommandResult& result, Now now);
  void begin_dial(CallHandle call, Now now);
  void dial_mismatched(CallHandle call, const ProviderCallId& dialled, Now now);
  void dial_reported(CallHandle call, const RestReport& report, const RestOutcome& outcome,
                     Now now);
  void demanded_by(CallHandle call, EventType origin);
  void begin_hangup(CallHandle call, EndReason reason, HangupCause cause, uint32_t ticket, Now now);
  void send_hangup(CallHandle call, Now now);
  void hangup_reported(CallHandle call, const RestReport& report, const RestOutcome& outcome,
                       Now now);
  void hangup_failed(CallHandle call, std::string_view code, bool answered, Now now);
  void answer_hangups(CallHandle call, std::string_view error, uint16_t status, Now now);
  void hangup_withdrawn(CallHandle call, Now now);
  void withdrawal_unrecorded(CallHandle call, Now now);
  void answer_not_recorded(CallSession& live, Now now);
  void decide_hangup(CallHandle call, Now now);
  void ask_carrier(CallHandle call, StatusPurpose purpose, Duration timeout, Now now);
  void status_reported(CallHandle call, const RestOutcome& outcome, Now now);
  void still_live(CallHandle call, bool answered, Now now);
  void status_unknown(CallHandle call, Now now);
  void compensate(uint8_t line, std::string_view provider_call_id, const CallId& call, Now now);
  void pursue(uint8_t line, std::string_view provider_call_id, const CallId& call, Now now);
  void pursue(uint8_t line, std::string_view provider_call_id, const CallId& call, bool compensates,
              Now now);
  void leftover_failed(Leftover& leftover, Now now);
  Leftover* add_leftover(uint8_t line, const ProviderCallId& id, const CallId& call, Now now);
  void drop_leftover(size_t index, Now now);
  [[nodiscard]] Key unended_key(std::string_view line, const CallId& call,
                                std::string_view provider_call_id);
  void raise_unended(std::string_view line, const CallId& call, std::string_view provider_call_id,
                     Now now);
  void clear_unended(const Key& key, Now now);
  void run_leftovers(Now now);
  void send_about(Leftover& leftover, Operation operation, Duration timeout, Now now);
  void restore_leftovers(Now now);
  void leftover_reported(const RestReport& report, const RestOutcome& outcome, Now now);
  void submit_own(CallHandle call, EventType type, EndReason reason, Now now);
  Status submit_rest(const RestJob& job, RestId& id, Now now);
  Status send(CallHandle call, Operation operation, Duration timeout, bool hangup, RestId& id,
              Now now);

  // calls_update.cpp: new instructions for live calls.
  void request(const CallId& id, EventType type, std::string_view digits, std::string_view text,
               uint32_t ticket, Now now);
  [[nodiscard]] CommandResult absent(const CallId& id) const;
  [[nodiscard]] CommandResult refusal(CallHandle call, uint16_t status, std::string_view error,
                                      std::string_view message) const;
  [[nodiscard]] CommandResult refusal_of(CallHandle call, Step step) const;
  bool settle_request(CallHandle call, const Event& event, Step step, std::string_view text,
                      Now now);
  void begin_update(CallHandle call, LiveUpdate::Kind kind, uint32_t ticket, Now now);
  void send_update(CallHandle call, Now now);
  std::string_view update_document(CallHandle call);
  void update_reported(CallHandle call, const RestReport& report, const RestOutcome& outcome,
                       Now now);
  void update_ended(CallHandle call, const CommandResult& result, Now now);

  // calls_speech.cpp: playbacks and turns on calls without a stream.
  void plan_speech(CallHandle call, CallPlan& plan, const Event& event, Now now);
  void advance_speech(CallHandle call, Now now);
  void take_next_text(CallHandle call);
  void begin_listening(CallHandle call, Now now);
  void begin_speech(CallHandle call, const Event& event, Step step, bool given_up, Now now);
  void speak_next(CallHandle call, Now now);
  void add_speech(CallHandle call, Document& document);
  [[nodiscard]] bool is_stale_speech(CallHandle call, const Event& event) const;
  void end_turn(CallHandle call, CommandResult result, Now now);

  // calls_media.cpp: streams, audio and targets.
  void attach_stream(CallHandle call, Now now);
  void open_target(CallHandle call, Now now);
  bool open_app(CallHandle call, std::string_view name, Now now);
  void pump_media(uint16_t slot, Now now);
  bool hand_on_marks(uint16_t slot, Now now);
  void log_depth(uint16_t slot, Now now);
  void arm_media(uint16_t slot);
  void arm_target(uint16_t slot);
  void report_audio(CallHandle call);
  void note_stream_audio(StreamConnection& connection);
  void hand_on_digit(CallHandle call, char digit, DigitTwins::Way way, Now now);
  void close_stream(CallHandle call, uint16_t code, std::string_view cause, Now now);

  // calls_restart.cpp.
  void restore(CallHandle call, Now now);
  bool put_right(CallHandle call, Now now);
  void give_up_restored(CallHandle call, std::string_view detail, Now now);
  void verify(CallHandle call, Now now);
  void kept(CallHandle call, Now now);
  void unverified_still(CallHandle call, Now now);
  void reattach(CallHandle call, Now now);
  void count_restored(CallHandle call, RestoredOutcome outcome, Now now);
  [[nodiscard]] Duration age_of(WallTime since, Now now) const;

  // calls_timers.cpp.
  void on_timer(CallHandle call, Timer timer, Now now);
  void reap(Now now);
  // What an append came to, for B-JRN-8; and one that finds out whether storage works again.
  void note_storage(Status status, Now now);
  void probe_storage(Now now);
  static bool finish_unjournaled(CallCore& core, const Event& event, bool confirmed, Now now);

  CallSession& session(CallHandle call) { return sessions_[call.index]; }
  void arm(CallHandle call, Timer timer, Instant at);
  void disarm(CallHandle call, Timer timer);
  TargetLinks target_links();
  std::string_view keep_url(uint8_t line, const CallId& call, const CallUrl& query);

  // Caller audio of the message being scanned, on its way into its call.
  struct CallerSink final : json::PayloadSink {
    CallerAudio* audio = nullptr;
    Instant now;
    bool on_payload(Bytes piece) override {
      return audio != nullptr && audio->stage(piece, now) == Status::kOk;
    }
  };

  Outbox& outbox_;
  Crypto& crypto_;
  Entropy& entropy_;
  CallObserver& observer_;
  const PromptShelf& prompts_;
  const Settings* settings_;
  DeviceKey device_key_;
  CallerSink caller_sink_;
  Instant turn_;  // When the value being handled came in.
  bool stopping_ = false;
  bool box_failed_ = false;
  bool storage_short_ = false;
  bool storage_absent_ = false;

  CallMemory& memory_;
  CallTable& table_ = memory_.table;
  Inboxes& inboxes_ = memory_.inboxes;
  EventKeys& keys_ = memory_.keys;
  FinishedIndex& finished_ = memory_.finished;
  CallHistory& history_ = memory_.history;
  RestQueue& rest_ = memory_.rest;
  StreamEndpoint& streams_ = memory_.streams;
  AppSockets& app_sockets_ = memory_.app_sockets;
  TargetCounters& target_counters_ = memory_.target_counters;
  std::array<CallSession, limits::kCallSlots>& sessions_ = memory_.sessions;
};

}  // namespace hookflash
