#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "base/status.h"
#include "base/time.h"
#include "platform/linux/byte_queue.h"
#include "platform/linux/poller.h"
#include "platform/linux/stream.h"

struct lws_context;
struct lws_vhost;

namespace hookflash {

// All connections, carried by libwebsockets, which lives inside our event loop: sockets, TLS and
// RFC 6455 are its business, HTTP is not. Nothing else calls libwebsockets.
class Streams {
 public:
  // Which certificate an accepted connection shows. 0 is none: no TLS.
  using Host = uint8_t;

  struct Dial {
    IpAddress address;
    uint16_t port = 0;
    bool tls = false;
    const char* host = "";  // For server name indication and the certificate; ends in NUL.
  };

  Streams(Poller& poller, BlockPool& blocks) : poller_(poller), blocks_(blocks) {}
  ~Streams() { stop(); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // ca_store: trusted certificates as PEM text, NUL-terminated; empty trusts nobody. kUnavailable
  // when memory or descriptors are out.
  Status start(std::span<const char> ca_store);
  // Closes everything that is open, without a word to the users.
  void stop();

  // A certificate chain and its key, both PEM text and NUL-terminated, checked by the caller.
  Result<Host> add_host(std::span<const char> chain, std::span<const char> key);
  // Connections of the host live on; it goes when the last one has closed.
  void retire_host(Host host);

  // Takes over a connected socket, also when it fails: then the socket is closed and on_closed() is
  // not called.
  Status adopt(Stream& stream, StreamUser& user, int descriptor, Host host);
  // Ends in on_connected() or on_closed(); a failure here is reported by the return value alone.
  Status dial(Stream& stream, StreamUser& user, const Dial& dial);

  // Bytes. What the kernel does not take now is kept; on_sent() follows when all is gone.
  void write(Stream& stream, Bytes bytes);
  // Says "no more from us" once nothing waits: the peer sees the end, and may still send.
  void shut_down(Stream& stream);
  // From here on RFC 6455, as the server or as the client; ends in on_websocket() or on_closed().
  // kFull when there is no room for the early bytes.
  Status become_websocket(Stream& stream, Bytes early);

  // A text message; limits::kWsHeadroom bytes before it are overwritten, and the text when we
  // dialled.
  void send_text(Stream& stream, MutableBytes text);
  void ping(Stream& stream);
  // The close handshake, once nothing waits. Nothing is sent afterwards.
  void close_websocket(Stream& stream, uint16_t code, std::string_view reason);
  void read(Stream& stream, bool on);

  // Closes at once, or as soon as libwebsockets allows it; on_closed() follows.
  void kill(Stream& stream);

  // Ours plus the kernel's.
  [[nodiscard]] uint32_t unsent(const Stream& stream) const;

  // --- For the event loop ---

  void service(const Poller::Event& event);
  // Work that needs no event: bytes already read, timers of libwebsockets.
  void service_buffered();
  // How long service_buffered() can wait; zero when there is such work now.
  [[nodiscard]] Duration patience();
  // Does what had to wait until libwebsockets had returned. Call after everything else.
  void settle();

 private:
  friend struct LwsGlue;

  struct TlsHost {
    lws_vhost* vhost = nullptr;
    uint32_t streams = 0;
    bool retired = false;
  };
  static constexpr size_t kHostsMax = 8;

  void remember(Stream& stream, uint8_t what);
  void settle_one(Stream& stream);
  bool send_piece(Stream& stream, MutableBytes bytes);
  bool send_waiting(Stream& stream);
  void queue_message(Stream& stream, Bytes text);
  void flushed(Stream& stream);
  void say_close(Stream& stream);
  void forget(Stream& stream);
  void closed(Stream& stream, StreamEnd end);
  TlsHost* host_of(Host host);

  Poller& poller_;
  BlockPool& blocks_;
  lws_context* context_ = nullptr;
  int event_pipe_ = -1;  // Made with the context; the library does not close it in a foreign loop.
  lws_vhost* plain_ = nullptr;
  bool stopping_ = false;
  bool in_settle_ = false;
  Stream* first_to_settle_ = nullptr;
  Stream* last_to_settle_ = nullptr;
  std::span<const char> new_chain_;  // While a host is made.
  std::span<const char> new_key_;
  bool host_failed_ = false;
  std::array<TlsHost, kHostsMax> hosts_{};
  // One message or piece on its way out of a queue, with room for the frame header before it.
  std::array<uint8_t, limits::kWsHeadroom + linux_limits::kWebSocketMessageBytesMax> scratch_{};
};

}  // namespace hookflash
