#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/deadline_heap.h"
#include "base/fixed_text.h"
#include "base/ip_address.h"
#include "base/pool.h"
#include "base/time.h"
#include "call/call_id.h"
#include "hal/in.h"
#include "hal/outbox.h"
#include "json/field_scanner.h"
#include "limits.h"
#include "providers/media_dialect.h"

namespace hookflash {

// Contract section 22. Zero is idle: the object is free.
enum class StreamState : uint8_t { kIdle, kConnecting, kActive, kStopping, kError };
inline constexpr size_t kStreamStates = 5;
constexpr std::string_view name_of(StreamState state) {
  switch (state) {
    case StreamState::kIdle: return "idle";
    case StreamState::kConnecting: return "connecting";
    case StreamState::kActive: return "active";
    case StreamState::kStopping: return "stopping";
    case StreamState::kError: return "error";
  }
  return "idle";
}

// Why a connection or start was refused: the labels of hookflash_stream_refused_total.
enum class StreamRefusal : uint8_t {
  kLimit,
  kPending,
  kPerIp,
  kPrestart,
  kToken,
  kExpired,
  kBinding,
  kFormat,
  kSize,
};

// Deadline::kind of StreamConnection::timer; its owner is the connection's place. The call's own
// timers come first (call/timers.h).
inline constexpr uint16_t kStreamDeadline = 100;

// Audio towards the carrier during one connection, for its last log line (B-CON-4).
struct StreamAudio {
  uint64_t underruns = 0;
  uint64_t late = 0;
  uint64_t dropped = 0;
};

// Of all connections since the start (B-STR-9, B-STR-10, B-GEN-5).
struct StreamTotals {
  uint64_t malformed = 0, unknown = 0, gaps = 0, bad_payloads = 0, blocked = 0;
};

// One media-stream socket of a carrier, from its upgrade to its clean-up.
struct StreamConnection {
  SocketId socket;
  const MediaDialect* dialect = nullptr;  // Set while the connection is not idle.
  StreamState state = StreamState::kIdle;
  bool opened = false;       // The handshake is complete.
  bool start_given = false;  // A start frame has been handed to the owner.
  bool attached = false;     // The owner took the start: frames count.
  bool owner_told_lost = false;
  bool registered = false;    // It bears the call's id (B-CON-2).
  bool blocked = false;       // The socket did not take all bytes.
  bool source_known = false;  // `source` counts for the limit per address (B-WEB-3).
  uint8_t malformed_in_row = 0;
  uint8_t line = 0;  // Of the call; set with the start.
  IpAddress source;
  uint64_t number = 0;           // The temporary id is tmp-<number> until the start (B-CON-2).
  uint16_t slot = 0;             // Of the call this stream belongs to.
  uint16_t slot_generation = 0;  // 0: none.
  uint32_t generation = 0;       // Of the call's streams (B-DISC-3).
  FixedText<limits::kStreamIdBytesMax> stream_id;
  FixedText<limits::kProviderCallIdBytesMax> provider_call_id;
  Deadline timer;  // Pre-start, then inactivity (B-STR-11).
  Instant accepted_at;
  Instant last_frame;
  uint64_t message_bytes = 0;   // Of the message that is arriving.
  bool message_counts = false;  // It began after the owner had taken the start.
  bool audio_counts = false;    // It began behind a start that nobody has refused (B-STR-8).
  uint64_t sequence = 0;        // Last sequenceNumber seen.
  MediaScanner scanner;
  // B-CON-4.
  uint64_t frames_in = 0, bytes_in = 0, frames_out = 0, bytes_out = 0, marks = 0, clears = 0;
  uint64_t malformed = 0, unknown = 0, gaps = 0, bad_payloads = 0;
  CallId call_id;            // Set with the start.
  StreamAudio audio_before;  // Of the call's earlier streams.
  StreamAudio audio;         // Together with this one, once it has ended.
};
using StreamHandle = Handle<StreamConnection>;

// What the endpoint tells the calls. The owner may close the connection from inside any of these.
class StreamOwner {
 public:
  // A first start frame. The owner answers with attach() (at once or later) or refuse().
  virtual void stream_start(StreamHandle handle, const MediaMessage& start, Now now) = 0;
  // Where decoded caller audio of this connection goes while a message arrives; null: nowhere.
  virtual json::PayloadSink* stream_sink(const StreamConnection& connection) = 0;
  // The message in progress was good (commit) or not (take back).
  virtual void stream_media(const StreamConnection& connection, bool good, Now now) = 0;
  virtual void stream_digit(const StreamConnection& connection, char digit, Now now) = 0;
  virtual void stream_mark(const StreamConnection& connection, std::string_view name, Now now) = 0;
  // An attached stream stopped, closed or broke. Once.
  virtual void stream_lost(const StreamConnection& connection, Now now) = 0;
  // No frame for 30 s on an attached stream (B-STR-11). Again every 30 s.
  virtual void stream_silent(const StreamConnection& connection, Now now) = 0;
  virtual void stream_refused(StreamRefusal refusal, std::string_view detail, Now now) = 0;
  virtual void stream_state(const StreamConnection& connection, StreamState from,
                            std::string_view cause, Now now) = 0;
  // Clean-up (B-CON-3): the last word about this connection.
  virtual void stream_gone(const StreamConnection& connection, const in::WsClosed& end,
                           Now now) = 0;
  virtual void arm(Deadline& deadline, Instant at) = 0;
  virtual void disarm(Deadline& deadline) = 0;

 protected:
  ~StreamOwner() = default;
};

struct StreamLimits {
  size_t connections = 128;
  size_t pending = 32;
  size_t pending_per_ip = 16;
  Duration prestart = Duration::ms(5000);
};

// The media-stream endpoint (contract section 20): every WebSocket that carriers open to us, each
// in its carrier's dialect.
class StreamEndpoint {
 public:
  static constexpr Duration kInactivity = Duration::seconds(30);  // B-STR-11.
  static constexpr uint8_t kMalformedInRowMax = 100;              // B-STR-9.
  // A start waits for its journal entry, which has 4 s (B-PROC-5), behind others of its call.
  static constexpr Duration kDecisionTime = Duration::seconds(10);

  // Before the upgrade is accepted. kFull: answer 503 (over maxConnections).
  Status accept(SocketId socket, const MediaDialect& dialect, IpAddress source, bool source_known,
                const StreamLimits& limits, StreamOwner& owner, Now now);
  // Whether the socket is one of ours.
  [[nodiscard]] StreamHandle find(SocketId socket) const;
  StreamConnection* get(StreamHandle handle) { return connections_.get(handle); }

  void on_opened(StreamHandle handle, const StreamLimits& limits, StreamOwner& owner,
                 Outbox& outbox, Now now);
  void on_received(StreamHandle handle, const in::WsReceived& in, StreamOwner& owner,
                   Outbox& outbox, Now now);
  void on_blocked(StreamHandle handle, uint32_t unsent, StreamOwner& owner, Outbox& outbox,
                  Now now);
  void on_writable(StreamHandle handle);
  void on_closed(StreamHandle handle, const in::WsClosed& in, StreamOwner& owner, Now now);
  void on_timer(StreamHandle handle, StreamOwner& owner, Outbox& outbox, Now now);

  // Whether an attached stream has brought no frame for 30 s (B-STR-11).
  [[nodiscard]] bool is_silent(StreamHandle handle, Now now) const;

  // The start is valid and durable: from here on frames count.
  void attach(StreamHandle handle, uint32_t generation, StreamOwner& owner, Now now);
  // A start that is not valid: the same close for every reason (1008).
  void refuse(StreamHandle handle, StreamRefusal refusal, StreamOwner& owner, Outbox& outbox,
              Now now);
  // Closes from our side; `cause` goes to the log.
  void close(StreamHandle handle, uint16_t code, std::string_view cause, StreamOwner& owner,
             Outbox& outbox, Now now);

  // A newer stream of the same call has taken this one's place: its end means nothing (B-DISC-3),
  // and it gives the call's id back first, so that no two connections share one (B-CON-2).
  void replace(StreamHandle handle, StreamOwner& owner, Outbox& outbox, Now now);

  // Messages to the carrier; false when the connection takes nothing any more.
  bool send_media(StreamHandle handle, Bytes mulaw, Outbox& outbox);
  bool send_mark(StreamHandle handle, std::string_view name, Outbox& outbox);
  bool send_clear(StreamHandle handle, Outbox& outbox);

  [[nodiscard]] size_t count(StreamState state) const;
  [[nodiscard]] const StreamTotals& totals() const { return totals_; }
  [[nodiscard]] size_t size() const { return connections_.size(); }
  [[nodiscard]] StreamHandle at(size_t index) const { return connections_.at(index); }

 private:
  void set_state(StreamConnection& connection, StreamState next, std::string_view cause,
                 StreamOwner& owner, Now now);
  void message(StreamHandle handle, StreamConnection& connection, StreamOwner& owner,
               Outbox& outbox, Now now);
  void start(StreamHandle handle, StreamConnection& connection, const MediaMessage& start,
             StreamOwner& owner, Outbox& outbox, Now now);
  StreamConnection* open_for_sending(StreamHandle handle);
  template <typename Write>
  static void send(const StreamConnection& connection, size_t payload, Write write, Outbox& outbox);
  void malformed(StreamHandle handle, StreamConnection& connection, StreamOwner& owner,
                 Outbox& outbox, Now now);
  void lost(StreamConnection& connection, StreamOwner& owner, Now now);

  uint64_t last_number_ = 0;
  StreamTotals totals_;
  Pool<StreamConnection, limits::kStreamsMax> connections_;
  // Socket place to pool place plus one; 0 when the socket is none of ours.
  std::array<uint16_t, limits::kAcceptedMax> by_socket_{};
};

}  // namespace hookflash
