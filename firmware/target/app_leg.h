#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/fixed_text.h"
#include "base/ring.h"
#include "base/status.h"
#include "base/time.h"
#include "hal/in.h"
#include "hal/socket_id.h"
#include "json/field_scanner.h"
#include "limits.h"
#include "target/app_sockets.h"
#include "target/carrier_messages.h"
#include "target/custom_parameters.h"
#include "target/target.h"

namespace hookflash {

// An app of protocol `twilio` as the configuration describes it (B-APP-1). Texts are copied.
struct AppSetup {
  std::string_view url;
  std::span<const TargetParameter> parameters;
  // The auth token that signs the upgrade request as Twilio does; empty: no signature.
  std::string_view signing_key;
};

// What is read of a message from an app. The order of its members is free.
inline constexpr json::FieldTable kAppFields({
    {.path = "event", .capacity = 16},
    {.path = "streamSid", .capacity = CarrierMessages::kSidBytes},
    {.path = "media.payload", .payload = true},
    {.path = "mark.name", .capacity = limits::kMarkNameBytesMax},
});

// A voice application over WebSocket, towards which we are the carrier of Twilio Media Streams
// (B-APP-2). It dials, redials a lost app (B-APP-5), says what a carrier says, and takes media,
// mark and clear: payload goes from where it was received straight into the call's AudioStreamer.
//
// A stream lives as long as its socket: each dial gets a new streamSid, and sequence numbers,
// chunks and timestamps begin anew. customParameters are those of the configuration, then callId,
// from, to, direction
// ("inbound" or "outbound"), line, sessionKey where there is one, and resumed ("true") where the
// app has met the call before: after a restart of ours, or on an earlier stream. A configured
// parameter with one of these names is left out.
//
// The upgrade request is signed over the URL without a port for wss, and with a port that is not 80
// for ws: what Twilio itself signs for a secure URL, and what its library accepts whatever port the
// app sees.
class AppLeg final : public Target, public AppSocketUser, private json::PayloadSink {
 public:
  static constexpr Duration kConnectTimeout = Duration::seconds(5);  // B-APP-4.
  static constexpr Duration kPingEvery = Duration::seconds(20);
  static constexpr Duration kPongTimeout = Duration::seconds(10);
  static constexpr Duration kProgressTimeout = Duration::seconds(5);
  static constexpr uint32_t kBadMessagesMax = 100;  // In a row (B-STR-9).
  // A leg that breaks sooner than this after it opened continues the row of redials it came from,
  // so that an app that accepts and closes at once does not keep a call for ever.
  static constexpr Duration kStableAfter = Duration::seconds(10);

  AppLeg(const TargetLinks& links, const TargetAudio& audio, uint16_t slot)
      : links_(links), audio_(audio), slot_(slot) {}

  // Dials. kInvalid: not a ws or wss URL; kTooLarge: a text is over its limit. Nothing has happened
  // then.
  Status open(const TargetCall& call, const AppSetup& setup, Now now);

  void caller_audio(Now now) override;
  void caller_digit(char digit, Now now) override;
  void caller_stream(bool up, Now now) override;
  void mark_reported(const MarkReport& report, Now now) override;
  void room(Now now) override;
  void call_expiring(Duration left, Now now) override;
  bool call_ending(std::string_view reason, Now now) override;
  void close(Now now) override;
  [[nodiscard]] bool ready() const override { return state_ == State::kReady; }
  [[nodiscard]] Instant deadline() const override;
  void on_tick(Now now) override;

  [[nodiscard]] uint16_t slot() const override { return slot_; }
  void on_opened(Now now) override;
  void on_received(const in::WsReceived& piece, Now now) override;
  void on_pong(Now now) override;
  void on_blocked(uint32_t unsent, Now now) override;
  void on_writable(Now now) override;
  void on_closed(const in::WsClosed& closed, Now now) override;

 private:
  enum class State : uint8_t {
    kClosed = 0,
    kDialing,
    kReady,
    kWaiting,  // Between two dials.
    kLeft,     // The app said goodbye.
    kFailed,   // Every redial failed.
    kTold,     // The app knows the end, or all attempts to tell it failed.
  };

  bool on_payload(Bytes piece) override;

  // The dial and what follows when it fails.
  void dial(Now now);
  [[nodiscard]] bool may_dial() const { return caller_stream_up_ || ending_; }
  void lost(Now now);
  void break_off(uint16_t code, std::string_view reason, Now now);
  // Says goodbye on an open stream and lets go of the socket.
  void finish(std::string_view reason);

  // Messages of the app.
  bool take_message(bool valid, Now now);
  bool take_media(Now now);
  bool take_mark(Now now);
  bool names_this_stream();
  void watch_reading(Now now);

  // Messages to the app.
  void begin_caller_audio(Now now);
  void flush(Now now);
  void send_frame(Bytes frame, Now now);
  void send_expiring(Now now);

  TargetLinks links_;
  TargetAudio audio_;
  uint16_t slot_;

  State state_ = State::kClosed;
  bool redialling_ = false;  // The dial under way is not the first.
  bool dialled_ = false;     // The first dial was made; the next is a redial.
  bool resumed_ = false;
  bool caller_stream_up_ = true;
  bool ending_ = false;  // The end is to be told, and the app cannot be reached yet.
  bool expiring_owed_ = false;
  bool reading_ = true;
  bool blocked_ = false;
  bool binary_ = false;          // The present message.
  uint16_t tag_ = 0;             // Of this stream's marks.
  uint32_t blocked_echoes_ = 0;  // Marks echoed into a full socket.
  uint32_t bad_in_a_row_ = 0;
  uint32_t redials_ = 0;  // Done in this row.
  size_t message_bytes_ = 0;
  SocketId socket_;

  Instant row_began_;  // When the app was lost.
  Instant redial_at_;
  Instant ready_at_;
  Instant ping_at_;
  Instant pong_until_;  // Not set: no pong is awaited.
  Instant blocked_until_;
  Instant flush_at_;  // Not set: nothing waits that could leave.
  Instant expires_at_;

  Instant stream_began_;
  int64_t timestamp_ms_ = 0;  // Of the last frame.
  uint64_t dropped_seen_ = 0;

  Ring<char, limits::kAppDigitsMax> digits_;
  CarrierMessages messages_;
  json::FieldScanner<kAppFields> scanner_;
  FixedText<limits::kCallIdBytes> call_id_;
  FixedText<32> end_reason_;
  FixedText<limits::kUrlBytesMax> url_;
  FixedText<28> signature_;
  CustomParameters parameters_;
};

}  // namespace hookflash
