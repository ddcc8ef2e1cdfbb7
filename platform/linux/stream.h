#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "platform/linux/byte_queue.h"

struct lws;

namespace hookflash {

class Stream;

// A piece of a WebSocket message; see in::WsReceived.
struct StreamPiece {
  Bytes bytes;
  bool binary = false;
  bool first = false;
  bool last = false;
  uint64_t frame_left = 0;
};

enum class StreamEnd : uint8_t {
  kPeer,         // The peer ended it: end of bytes, or a close frame on a WebSocket.
  kOurs,         // We asked for the end, and it was reached.
  kBroken,       // Reset, protocol error, or no memory left for it.
  kUnreachable,  // Dialling: no TCP connection.
  kTls,          // Dialling: no TLS on it.
  kTlsTime,      // Dialling: the certificate is not valid at this time; else it would be good.
};

// Who owns a Stream hears of it through these. All are called while libwebsockets is at work or
// right after it, never from within a call that the owner makes on Streams. The owner may call
// anything on Streams.
class StreamUser {
 public:
  virtual void on_connected(Stream& stream) = 0;  // Dialled, and TLS is up.
  virtual void on_bytes(Stream& stream, Bytes bytes) = 0;
  virtual void on_sent(Stream& stream) = 0;       // All that was written is with the kernel.
  virtual void on_websocket(Stream& stream) = 0;  // become_websocket() is done.
  virtual void on_piece(Stream& stream, const StreamPiece& piece) = 0;
  virtual void on_pong(Stream& stream) = 0;
  virtual void on_blocked(Stream& stream) = 0;   // See in::WsBlocked.
  virtual void on_writable(Stream& stream) = 0;  // See in::WsWritable.
  // The last one. The stream can be used again from here on, but not before this has returned.
  virtual void on_closed(Stream& stream, StreamEnd end) = 0;

 protected:
  ~StreamUser() = default;
};

// One connection inside libwebsockets: bytes at first, a WebSocket when become_websocket() was
// called. A passive record, worked on by Streams. All zero is closed.
class Stream {
 public:
  enum class State : uint8_t { kClosed, kConnecting, kBytes, kWebSocket };

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool closed() const { return state_ == State::kClosed; }
  // Dialling: TCP is up, and TLS under way if there is any.
  [[nodiscard]] bool reached() const { return connected_; }
  // Bytes given to us wait for the kernel.
  [[nodiscard]] bool blocked() const { return blocked_; }
  // The close frame of the peer: 1005 when it had no code, 0 when none came.
  [[nodiscard]] uint16_t close_code() const { return peer_code_; }
  [[nodiscard]] std::string_view close_reason() const { return reason_; }

 private:
  friend class Streams;
  friend struct LwsGlue;

  // What settle() has to do, as bits.
  static constexpr uint8_t kTellSent = 1;
  static constexpr uint8_t kTellBlocked = 2;
  static constexpr uint8_t kUpgrade = 4;
  static constexpr uint8_t kSayClose = 8;
  static constexpr uint8_t kKill = 16;
  static constexpr uint8_t kTellConnected = 32;

  lws* socket_ = nullptr;
  StreamUser* user_ = nullptr;
  Stream* next_to_settle_ = nullptr;
  ByteQueue waiting_;  // Bytes, or messages each behind four bytes of length.
  uint32_t held_ = 0;  // At most so many of ours wait inside libwebsockets.
  State state_ = State::kClosed;
  uint8_t to_settle_ = 0;
  uint8_t host_ = 0;  // Which TLS host adopted it; 0 is none.
  bool in_settle_list_ = false;
  bool client_ = false;
  bool tls_ = false;
  bool connected_ = false;   // Dialled: TCP is up. Accepted: a first byte came.
  bool in_dial_ = false;     // Within dial() or adopt(): its result reports a failure.
  bool end_wanted_ = false;  // shut_down() waits for the last byte.
  bool upgrade_wanted_ = false;
  bool blocked_ = false;
  bool closing_ = false;  // Our close frame is wanted or under way: nothing more is sent.
  bool broken_ = false;   // A write failed.
  uint16_t our_code_ = 0;
  uint16_t peer_code_ = 0;
  uint32_t life_ = 0;      // Counts openings: what was remembered for an earlier life is void.
  FixedText<123> reason_;  // Ours until it is sent, then the peer's.
  ByteQueue early_;        // Came behind the opening handshake.
};

}  // namespace hookflash
