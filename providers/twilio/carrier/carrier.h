#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/deadline_heap.h"
#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/result.h"
#include "base/time.h"
#include "hal/crypto.h"
#include "hal/entropy.h"
#include "providers/twilio/carrier/call.h"
#include "providers/twilio/carrier/form.h"
#include "providers/twilio/carrier/outlet.h"
#include "providers/twilio/carrier/settings.h"
#include "providers/twilio/carrier/speech.h"

namespace hookflash::twilio::carrier {

// Someone calls a number of the account.
struct InboundCall {
  std::string_view from;
  std::string_view to;
  std::string_view voice_url;        // Empty: that of the number in Settings.
  std::string_view status_callback;  // Likewise.
  Person person;
};

// Twilio as its customers see it (twilio.md): the REST server, webhooks, the TwiML interpreter and
// the media stream client, for many calls at once. It opens nothing and reads no clock: values in
// by the functions below, doings out by the Outlet, time as an argument. The same object stands
// behind the simulated world and behind `hookflash simulate`.
//
// Memory: the places for calls are the caller's (about 200 KB each, touched as used). Finished
// calls stay readable until their place is needed. Nothing is allocated.
class Carrier {
 public:
  static constexpr size_t kCallsMax = 1024;

  Carrier(const Settings& settings, std::span<Call> calls, Crypto& crypto, Entropy& entropy,
          Outlet& outlet);

  // May be changed at any time, for example to switch faults on and off.
  Settings& settings() { return settings_; }

  // --- What people do
  // ------------------------------------------------------------------------------- kFull when
  // every place holds a live call, kInvalid for a number without voice URL.
  Result<CallRef> place_call(const InboundCall& call, Now now);
  void hang_up(CallRef call, Now now);
  void press(CallRef call, std::string_view digits, Now now);
  void say(CallRef call, std::string_view words, Now now);  // Heard by a Gather for speech.
  void drop_stream(CallRef call, Now now);                  // The network breaks.

  // --- What the appliance does
  // ----------------------------------------------------------------------
  void handle_rest(const RestRequest& request, Now now);
  void fetched(FetchId id, const Fetched& fetched, Now now);
  void fetch_failed(FetchId id, FetchFailure failure, Now now);
  void stream_opened(StreamId id, Now now);
  void stream_refused(StreamId id, int http_status, Now now);         // 0: no connection at all.
  void stream_received(StreamId id, std::string_view text, Now now);  // A whole text message.
  void stream_received_binary(StreamId id, Now now);
  void stream_closed(StreamId id, uint16_t code, Now now);  // Also after stream_close().

  // --- Time
  // -----------------------------------------------------------------------------------------
  void tick(Now now);
  [[nodiscard]] Instant deadline() const;

  // --- For the onlooker
  // -----------------------------------------------------------------------------
  [[nodiscard]] const Call* find(CallRef ref) const;
  [[nodiscard]] const Call* find_sid(std::string_view sid) const;
  [[nodiscard]] size_t live_calls() const { return live_; }
  // Requests or callbacks of any call, finished ones included, that are still owed to the
  // appliance.
  [[nodiscard]] size_t owed() const;
  [[nodiscard]] std::span<const Call> calls() const { return calls_; }
  [[nodiscard]] uint64_t placed() const { return placed_; }    // Inbound.
  [[nodiscard]] uint64_t created() const { return created_; }  // By REST.
  // Names of parameters in REST requests that Twilio does not document (it ignores them).
  [[nodiscard]] uint32_t undocumented_parameters() const { return undocumented_; }
  [[nodiscard]] Bytes generated_speech() const { return speech_.mulaw(); }

 private:
  struct PendingReply {
    ExchangeId id = 0;
    uint16_t status = 0;
    Instant due;
    FixedText<3072> body;
  };
  enum class Operation : uint8_t { kCreate, kRead, kUpdate };

  // Calls.
  Call* live(CallRef ref);
  Call* get(CallRef ref);
  Call* acquire(Now now);
  void make_sid(std::string_view prefix, uint16_t index, FixedText<kSidBytes>& out);
  uint32_t random_below(uint32_t bound);
  bool strikes(uint16_t permille) { return permille > 0 && random_below(1000) < permille; }
  void arm(Call& call);
  void run_due(Call& call, Now now);
  void progress(Call& call, Now now);
  void act(Call& call, Now now);
  void answer(Call& call, Now now);
  void end(Call& call, CallState state, std::string_view why, Now now);
  void tell(const Call& call, StoryEvent::Kind kind, std::string_view text, Now now);
  void fail(Call& call, uint32_t code, std::string_view problem, Now now);

  // Requests (requests.cpp).
  void request_document(Call& call, std::string_view url, bool get, Now now);
  void send_document_request(Call& call, bool duplicate, Now now);
  // `line` is the beginning of the story line about it.
  void document_answered(Call& call, const Fetched& fetched, TextWriter& line, Now now);
  void document_failed(Call& call, bool retry, std::string_view problem, Now now);
  void run_request_timers(Call& call, Now now);
  void report(Call& call, uint8_t event, Now now);
  void send_report(Call& call, Report& report, bool duplicate, Now now);
  void report_finished(Call& call, size_t index, bool retry, Now now);
  void forget_report_if_done(Call& call, size_t index);
  void send(Call& call, FetchId id, FetchKind kind, std::string_view url_text, bool get,
            const Form& form, std::string_view token);
  void add_call_fields(const Call& call, std::string_view state, Form& form) const;

  // TwiML (interpreter.cpp).
  void take_document(Call& call, std::string_view text, TextWriter& line, Now now);
  void run_document(Call& call, Now now);
  bool begin_verb(Call& call, Now now);
  void wait(Call& call, Call::Doing doing, Duration length, Now now);
  void begin_gather(Call& call, Now now);
  void end_gather(Call& call, bool got_words, Now now);
  void waited(Call& call, Now now);
  void interrupt(Call& call, Now now);
  void speak(Call& call, size_t element, Now now);

  // Media stream (stream_client.cpp).
  bool connect_stream(Call& call, size_t element, bool bidirectional, Now now);
  void close_stream(Call& call, Now now);
  void stream_gone(Call& call, std::string_view why, Now now);
  void run_stream(Call& call, Now now);
  void send_frame(Call& call, Now now);
  void send_digit(Call& call, char digit, Now now);
  void play(Call& call, Now now);
  void take_audio(Call& call, Bytes audio, Now now);
  Call* stream_of(StreamId id);
  TextWriter message();
  void push_message(Call& call, const TextWriter& text);

  // REST (rest_server.cpp).
  void serve(const RestRequest& request, Now now);
  bool signed_in(std::string_view authorization) const;
  void create_call(const RestRequest& request, const Form& form, Now now);
  void update_call(const RestRequest& request, Call& call, const Form& form, Now now);
  void list_numbers(const RestRequest& request, std::string_view query, Now now);
  void reply_call(const RestRequest& request, uint16_t status, const Call& call, Now now);
  void reply_error(const RestRequest& request, uint16_t status, uint32_t code,
                   std::string_view message, Now now);
  void reply(const RestRequest& request, uint16_t status, std::string_view body, Now now);
  bool check_names(const Form& form, std::string_view known);
  const RestFault* strike(Operation operation);

  Settings settings_;
  std::span<Call> calls_;
  Crypto& crypto_;
  Entropy& entropy_;
  Outlet& outlet_;
  GeneratedSpeech speech_;
  DeadlineHeap<kCallsMax> heap_;
  size_t live_ = 0;
  uint64_t placed_ = 0;
  uint64_t created_ = 0;
  uint32_t undocumented_ = 0;
  FixedVector<PendingReply, 64> replies_;
  const RestFault* fault_ = nullptr;  // Of the REST request in hand.

  // Scratch of one turn.
  std::array<char, 4096> url_{};
  std::array<char, 4096> signed_url_{};
  std::array<char, 16 * 1024> body_{};
  std::array<char, 32 * 1024> decoded_{};
  std::array<char, kStreamHeadroom + 16 * 1024> message_{};
  std::array<uint8_t, 96 * 1024> audio_{};
};

// "Tue, 31 Aug 2010 20:36:28 +0000".
void write_rfc2822(WallTime time, TextWriter& out);

}  // namespace hookflash::twilio::carrier
