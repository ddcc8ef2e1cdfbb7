#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/ip_address.h"
#include "base/status.h"
#include "hal/socket_id.h"

// What the world tells the core: values, each handed to Appliance::handle() with the time read for
// it. Obligations on the implementer:
// - Spans and texts need to live only until handle() returns.
// - handle() is never entered again while it runs, and next() is drained after each handle().
// - For one socket the order of values is the order in which things happened; after its last value
//   (Closed, WsClosed) nothing names that SocketId again.
namespace hookflash::in {

// The instant asked for by deadline() has come, or work was left over. May come early or often.
struct Tick {};

// --- Accepted connections, until they become WebSockets
// --------------------------------------------

// The socket that listens. kMain is serve.bind/port; kApi is api.bind/port when configured.
enum class Listener : uint8_t { kMain, kApi };

struct Accepted {
  SocketId socket;
  Listener listener = Listener::kMain;
  bool tls = false;  // The bytes that follow came out of TLS.
  IpAddress peer;    // Not set when the platform does not know it.
};
// Bytes as they came; any split. The platform reads on only after handle() has returned.
struct Received {
  SocketId socket;
  Bytes bytes;
};
// Everything written so far has been taken over by the kernel.
struct Sent {
  SocketId socket;
};
// The connection is gone: closed by the peer, broken, or closed as asked. `flushed` is false when
// bytes of ours had not all been taken over by the kernel.
struct Closed {
  SocketId socket;
  bool flushed = true;
};

// --- WebSockets, accepted or dialled
// ---------------------------------------------------------------

// The handshake is complete.
struct WsOpened {
  SocketId socket;
};
// A piece of a message, any split.
struct WsReceived {
  SocketId socket;
  Bytes piece;
  bool binary = false;
  bool first = false;       // The piece begins a message.
  bool last = false;        // The piece ends the message.
  uint64_t frame_left = 0;  // Bytes of the present frame that are still to come (from its header).
};
struct WsPong {
  SocketId socket;
};
// The socket did not take all bytes at once: part of what was sent waits in the platform.
// Until WsWritable the core sends only what may not be lost. Comes once per blocked period.
// `unsent` counts the platform's and the kernel's unsent bytes. Also comes, with the new count, for
// each send while more than limits::kUnsentBytesMax are unsent.
struct WsBlocked {
  SocketId socket;
  uint32_t unsent = 0;
};
struct WsWritable {
  SocketId socket;
};
enum class WsEnd : uint8_t {
  kPeerClosed,   // A close frame came; `code` is the peer's (1005 when it had none).
  kWeClosed,     // WsClose was carried out.
  kBroken,       // Reset, protocol error, or end of stream without a close frame.
  kRefused,      // Dial: answered with something else than 101; `code` is the HTTP status.
  kUnreachable,  // Dial: name, route or connect failed.
  kTls,          // Dial: certificate or handshake failed.
  kTlsTime,      // Dial: the certificate is not valid at this time, and nothing else is wrong.
  kTimeout,      // Dial: the deadline passed.
};
struct WsClosed {
  SocketId socket;
  WsEnd end = WsEnd::kBroken;
  uint16_t code = 1006;
  std::string_view reason;  // Bytes of the peer, at most 123; not trusted.
};

// --- REST
// -------------------------------------------------------------------------------------------

struct RestAnswered {
  RestId id = 0;
  uint16_t status = 0;
  std::string_view body;             // At most limits::kRestAnswerBytesMax.
  int32_t retry_after_seconds = -1;  // -1 when the header is absent.
  std::string_view content_type;     // Empty when the header is absent or very long.
};
enum class RestFailure : uint8_t {
  kUnreachable,  // Name, route or connect failed: the request was not sent.
  kTls,          // Certificate or handshake failed: not sent.
  kTlsTime,      // The certificate is not valid at this time, and nothing else is wrong: not sent.
  kRefusedHost,  // The resolved address is not public (B-PRV-3): not sent.
  kBroken,       // The connection ended before the whole answer came: maybe executed.
  kTimeout,      // The deadline passed: maybe executed when `sent`.
  kTooLarge,     // The answer is over its limit; reading was aborted.
};
struct RestFailed {
  RestId id = 0;
  RestFailure failure = RestFailure::kUnreachable;
  bool sent = false;  // At least one byte of the request may have reached the carrier.
};

// --- Storage
// ----------------------------------------------------------------------------------------

// The fate of one entry, in the order in which they were handed over. kOk: durable (B-JRN-1).
struct Persisted {
  PersistId id = 0;
  Status status = Status::kOk;
  // Less than a tenth of the space is left: there should be no new calls (B-JRN-8).
  bool space_short = false;
  uint64_t free_bytes = 0;  // For new entries.
  // Finished calls whose transcript found no room any more, since the start (B-JRN-10).
  uint64_t transcripts_dropped = 0;
};

// --- The operator
// -----------------------------------------------------------------------------------

// New configuration text (SIGHUP). A rejected one changes nothing (B-CFG-3).
struct Reconfigure {
  std::string_view json;
};
enum class StopMode : uint8_t { kEnd, kKeep };  // B-LIFE-5.
struct Stop {
  StopMode mode = StopMode::kEnd;
};

}  // namespace hookflash::in

namespace hookflash {

using In = std::variant<in::Tick, in::Accepted, in::Received, in::Sent, in::Closed, in::WsOpened,
                        in::WsReceived, in::WsPong, in::WsBlocked, in::WsWritable, in::WsClosed,
                        in::RestAnswered, in::RestFailed, in::Persisted, in::Reconfigure, in::Stop>;

}  // namespace hookflash
