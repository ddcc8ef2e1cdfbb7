#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/clock_guard.h"
#include "base/time.h"
#include "hal/socket_id.h"

// What the core asks of the world. Spans and texts point into memory of the core and live until the
// next handle(). Obligations on the implementer: carry them out in order; a value that names a
// socket or exchange that is gone does nothing.
namespace hookflash::out {

// --- Accepted connections
// ---------------------------------------------------------------------------

// Answered by Sent once the kernel has taken everything over (one Sent may cover several writes).
struct Write {
  SocketId socket;
  Bytes bytes;
};
// Close after what was written has been flushed; answered by Closed.
struct Close {
  SocketId socket;
  bool now = false;  // Drop what has not been flushed: the peer does not take it.
};
// The request head received on this socket is a valid WebSocket handshake and is accepted: answer
// 101 and speak RFC 6455 from here on, without extension or subprotocol. Answered by WsOpened or
// Closed.
struct WsAccept {
  SocketId socket;
  std::string_view key;  // The value of Sec-WebSocket-Key: 24 characters (RFC 6455 section 4.2.1).
  Bytes early;  // What was received behind the head; it belongs to the WebSocket. Seldom any.
};

// --- WebSockets
// -------------------------------------------------------------------------------------

// Opens a WebSocket. Answered by WsOpened or WsClosed.
struct WsDial {
  SocketId socket;  // A place given by the core.
  bool tls = false;
  std::string_view host;  // For the name look-up, SNI, certificate check and Host header.
  uint16_t port = 0;
  std::string_view target;   // Path and query.
  std::string_view headers;  // Further header lines, each ended by CRLF.
  Duration timeout;          // Name, connect, TLS and handshake together.
};
// A whole text message. limits::kWsHeadroom bytes before `text` belong to the message and may be
// overwritten by the platform; the text itself too (masking in place).
struct WsSend {
  SocketId socket;
  MutableBytes text;
};
struct WsPing {
  SocketId socket;
};
// Close handshake with this code; answered by WsClosed. Nothing is sent afterwards.
struct WsClose {
  SocketId socket;
  uint16_t code = 1000;
  std::string_view reason;  // At most 123 bytes.
  bool cut = false;         // Ends the connection without a close handshake. Dialled ones only.
};
// Stops (false) or resumes reading from the socket. Pieces already in hand still come.
struct WsRead {
  SocketId socket;
  bool on = true;
};

// --- REST
// -------------------------------------------------------------------------------------------

struct RestSend {
  RestId id = 0;
  uint8_t line = 0;     // Index of the line: connections are kept per line (B-PRV-6).
  bool hangup = false;  // Uses the connection that is kept for hang-ups (B-HUP-6).
  bool tls = true;      // False only for a loopback apiBaseUrl.
  std::string_view method;
  std::string_view host;
  uint16_t port = 443;
  std::string_view target;
  std::string_view headers;  // Further header lines (Authorization, Content-Type), each with CRLF.
  std::string_view body;
  Duration timeout;  // Name, connect, TLS and body together; measured from here.
};

// --- Storage
// ----------------------------------------------------------------------------------------

// Append one entry. Answered by Persisted, in order. At most limits::kJournalQueueMax are
// unanswered.
struct Persist {
  PersistId id = 0;
  Bytes entry;  // At most limits::kJournalEntryBytesMax.
};
// Takes an entry back that is not yet with the writer (B-PROC-5). Answered by Persisted all the
// same: kStopped when it was taken back.
struct Withdraw {
  PersistId id = 0;
};

// --- Time
// -------------------------------------------------------------------------------------------

// From here on the world judges certificates by this guard: what the core takes for the time
// (B-TMR-3). Before the first one, by its own clock.
struct KeepTime {
  ClockGuard guard;
};

// --- The operator
// -----------------------------------------------------------------------------------

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string_view line;  // Complete, without a newline.
};
// stop has finished: every call is ended or left, nothing of ours is open.
struct Stopped {};

}  // namespace hookflash::out

namespace hookflash {

using Out = std::variant<std::monostate, out::Write, out::Close, out::WsAccept, out::WsDial,
                         out::WsSend, out::WsPing, out::WsClose, out::WsRead, out::RestSend,
                         out::Persist, out::Withdraw, out::KeepTime, out::LogLine, out::Stopped>;

}  // namespace hookflash
