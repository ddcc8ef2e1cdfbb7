#include "platform/linux/streams.h"

#include <libwebsockets.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/text_writer.h"

namespace hookflash {

static_assert(LWS_PRE <= limits::kWsHeadroom, "room for a frame header and a mask");

namespace {

// The send buffer is fixed, or a peer that never reads would be given minutes of audio by the
// kernel.
void set_buffers(int descriptor) {
  const int on = 1;
  const int buffer = static_cast<int>(limits::kMediaSendBufferBytes);
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
}

}  // namespace

// --- Opening
// --------------------------------------------------------------------------------------

Status Streams::adopt(Stream& stream, StreamUser& user, int descriptor, Host host) {
  CHECK(stream.closed());
  TlsHost* const tls = host_of(host);
  stream.user_ = &user;
  stream.state_ = Stream::State::kBytes;
  stream.tls_ = tls != nullptr;
  stream.client_ = false;
  stream.host_ = host;
  stream.in_dial_ = true;
  ++stream.life_;
  if (tls != nullptr) ++tls->streams;

  lws_adopt_desc_t adoption{};
  adoption.vh = tls != nullptr ? tls->vhost : plain_;
  adoption.type = static_cast<lws_adoption_type>(
      tls != nullptr ? LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL : LWS_ADOPT_SOCKET);
  adoption.fd.sockfd = descriptor;
  adoption.vh_prot_name = "stream";
  adoption.opaque = &stream;
  stream.socket_ = lws_adopt_descriptor_vhost_via_info(&adoption);
  stream.in_dial_ = false;
  if (stream.socket_ != nullptr) {
    set_buffers(descriptor);
    return Status::kOk;
  }
  forget(stream);
  return Status::kUnavailable;
}

Status Streams::dial(Stream& stream, StreamUser& user, const Dial& dial) {
  CHECK(stream.closed());
  char address[48]{};
  TextWriter text(address, sizeof address - 1);
  dial.address.write(text);
  stream.user_ = &user;
  stream.state_ = Stream::State::kConnecting;
  stream.tls_ = dial.tls;
  stream.client_ = true;
  stream.in_dial_ = true;
  ++stream.life_;

  lws_client_connect_info info{};
  info.context = context_;
  info.vhost = plain_;
  info.address = address;
  info.port = dial.port;
  info.host = dial.host;
  info.method = "RAW";
  info.local_protocol_name = "stream";
  info.ssl_connection = dial.tls ? LCCSCF_USE_SSL : 0;
  info.opaque_user_data = &stream;
  info.pwsi = &stream.socket_;
  stream.socket_ = lws_client_connect_via_info(&info);
  stream.in_dial_ = false;
  if (stream.socket_ != nullptr) return Status::kOk;
  forget(stream);
  return Status::kUnavailable;
}

Status Streams::become_websocket(Stream& stream, Bytes early) {
  if (stream.state_ != Stream::State::kBytes) return Status::kConflict;
  TRY(stream.early_.append(blocks_, early));
  stream.upgrade_wanted_ = true;
  remember(stream, Stream::kUpgrade);
  return Status::kOk;
}

// --- Sending
// --------------------------------------------------------------------------------------

// False when the connection is broken.
bool Streams::send_piece(Stream& stream, MutableBytes bytes) {
  const bool websocket = stream.state_ == Stream::State::kWebSocket;
  if (lws_write(stream.socket_, bytes.data(), bytes.size(),
                websocket ? LWS_WRITE_TEXT : LWS_WRITE_RAW) < 0) {
    stream.broken_ = true;
    remember(stream, Stream::kKill);
    return false;
  }
  if (lws_partial_buffered(stream.socket_) != 0) {
    stream.blocked_ = true;
    stream.held_ = static_cast<uint32_t>(bytes.size());
  }
  return true;
}

void Streams::write(Stream& stream, Bytes bytes) {
  if (stream.state_ != Stream::State::kBytes || stream.broken_) return;
  while (!bytes.empty() && !stream.blocked_) {
    const size_t size = std::min(bytes.size(), linux_limits::kPieceBytes);
    std::memcpy(scratch_.data(), bytes.data(), size);
    if (!send_piece(stream, MutableBytes(scratch_).first(size))) return;
    bytes = bytes.subspan(size);
  }
  if (!ok(stream.waiting_.append(blocks_, bytes))) {
    stream.broken_ = true;
    remember(stream, Stream::kKill);
  } else if (!stream.blocked_) {
    remember(stream, Stream::kTellSent);
  }
}

void Streams::send_text(Stream& stream, MutableBytes text) {
  if (stream.state_ != Stream::State::kWebSocket || stream.broken_ || stream.our_code_ != 0) return;
  if (stream.blocked_) {
    queue_message(stream, text);
    if (stream.waiting_.size() + limits::kMediaSendBufferBytes < limits::kUnsentBytesMax) return;
  } else if (!send_piece(stream, text) || !stream.blocked_) {
    return;
  }
  remember(stream, Stream::kTellBlocked);
}

void Streams::queue_message(Stream& stream, Bytes text) {
  CHECK(text.size() <= linux_limits::kWebSocketMessageBytesMax);
  const auto size = static_cast<uint32_t>(text.size());
  uint8_t length[sizeof size];
  std::memcpy(length, &size, sizeof size);
  if (ok(stream.waiting_.append(blocks_, length)) && ok(stream.waiting_.append(blocks_, text)))
    return;
  stream.broken_ = true;
  remember(stream, Stream::kKill);
}

// Hands over what waits until libwebsockets has to keep some of it. False when the connection is
// broken.
bool Streams::send_waiting(Stream& stream) {
  stream.blocked_ = false;
  while (!stream.waiting_.empty() && !stream.blocked_) {
    size_t size = std::min(stream.waiting_.size(), linux_limits::kPieceBytes);
    if (stream.state_ == Stream::State::kWebSocket) {
      uint32_t length = 0;
      uint8_t bytes[sizeof length];
      CHECK(stream.waiting_.peek(blocks_, bytes) == sizeof length);
      std::memcpy(&length, bytes, sizeof length);
      stream.waiting_.pop(blocks_, sizeof length);
      size = length;
    }
    const MutableBytes message = MutableBytes(scratch_).subspan(limits::kWsHeadroom, size);
    CHECK(stream.waiting_.peek(blocks_, message) == size);
    stream.waiting_.pop(blocks_, size);
    if (!send_piece(stream, message)) return false;
  }
  return true;
}

// The kernel has room again and libwebsockets holds nothing back.
void Streams::flushed(Stream& stream) {
  stream.held_ = 0;
  if (!stream.blocked_ || !send_waiting(stream) || stream.blocked_) return;
  if (stream.end_wanted_) shutdown(lws_get_socket_fd(stream.socket_), SHUT_WR);
  if (stream.state_ == Stream::State::kWebSocket) {
    if (stream.our_code_ != 0 && !stream.closing_) remember(stream, Stream::kSayClose);
    stream.user_->on_writable(stream);
  } else {
    remember(stream, Stream::kTellSent);
    if (stream.upgrade_wanted_) remember(stream, Stream::kUpgrade);
  }
}

void Streams::ping(Stream& stream) {
  if (stream.state_ != Stream::State::kWebSocket || stream.broken_ || stream.closing_ ||
      stream.blocked_) {
    return;  // Behind what waits, its answer would say nothing.
  }
  // Not empty: libwebsockets does not report an empty pong.
  const MutableBytes payload = MutableBytes(scratch_).subspan(limits::kWsHeadroom, 1);
  payload[0] = 'p';
  if (lws_write(stream.socket_, payload.data(), payload.size(), LWS_WRITE_PING) < 0) {
    stream.broken_ = true;
    remember(stream, Stream::kKill);
  }
}

void Streams::read(Stream& stream, bool on) {
  if (stream.state_ == Stream::State::kWebSocket && !stream.closing_) {
    lws_rx_flow_control(stream.socket_, on ? 1 : 0);
  }
}

uint32_t Streams::unsent(const Stream& stream) const {
  if (stream.socket_ == nullptr) return 0;
  int in_kernel = 0;
  if (ioctl(lws_get_socket_fd(stream.socket_), SIOCOUTQ, &in_kernel) != 0 || in_kernel < 0)
    in_kernel = 0;
  return static_cast<uint32_t>(stream.waiting_.size()) + stream.held_ +
         static_cast<uint32_t>(in_kernel);
}

// --- Closing
// --------------------------------------------------------------------------------------

void Streams::shut_down(Stream& stream) {
  if (stream.state_ != Stream::State::kBytes || stream.broken_) return;
  if (stream.blocked_) {
    stream.end_wanted_ = true;
  } else {
    shutdown(lws_get_socket_fd(stream.socket_), SHUT_WR);
  }
}

void Streams::close_websocket(Stream& stream, uint16_t code, std::string_view reason) {
  if (stream.state_ != Stream::State::kWebSocket || stream.our_code_ != 0) return;
  stream.our_code_ = code;
  stream.reason_.set(reason.substr(0, stream.reason_.capacity()));
  if (!stream.blocked_) remember(stream, Stream::kSayClose);
}

void Streams::say_close(Stream& stream) {
  stream.closing_ = true;
  uint8_t reason[123];
  std::memcpy(reason, stream.reason_.view().data(), stream.reason_.size());
  lws_close_reason(stream.socket_, static_cast<lws_close_status>(stream.our_code_), reason,
                   stream.reason_.size());
  stream.reason_.clear();
  // With a reason set this begins the close handshake, which libwebsockets gives five seconds.
  lws_set_timeout(stream.socket_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

void Streams::kill(Stream& stream) {
  if (!stream.closed()) remember(stream, Stream::kKill);
}

void Streams::forget(Stream& stream) {
  stream.waiting_.clear(blocks_);
  stream.early_.clear(blocks_);
  if (TlsHost* const host = host_of(stream.host_)) --host->streams;
  Stream* const next = stream.next_to_settle_;
  stream.state_ = Stream::State::kClosed;
  stream.socket_ = nullptr;
  stream.user_ = nullptr;
  stream.host_ = 0;
  stream.to_settle_ = 0;
  stream.held_ = 0;
  stream.connected_ = stream.blocked_ = stream.closing_ = stream.broken_ = stream.end_wanted_ =
      stream.upgrade_wanted_ = false;
  stream.our_code_ = stream.peer_code_ = 0;
  stream.reason_.clear();
  stream.next_to_settle_ = next;
}

void Streams::closed(Stream& stream, StreamEnd end) {
  if (stream.closed() || stream.in_dial_) return;
  StreamUser* const user = stream.user_;
  if (!stopping_) user->on_closed(stream, end);
  forget(stream);
}

// --- What had to wait
// -----------------------------------------------------------------------------

void Streams::remember(Stream& stream, uint8_t what) {
  stream.to_settle_ |= what;
  if (stream.in_settle_list_) return;
  stream.in_settle_list_ = true;
  stream.next_to_settle_ = nullptr;
  if (last_to_settle_ != nullptr) {
    last_to_settle_->next_to_settle_ = &stream;
  } else {
    first_to_settle_ = &stream;
  }
  last_to_settle_ = &stream;
}

void Streams::settle() {
  while (Stream* const stream = first_to_settle_) {
    first_to_settle_ = stream->next_to_settle_;
    if (first_to_settle_ == nullptr) last_to_settle_ = nullptr;
    stream->in_settle_list_ = false;
    stream->next_to_settle_ = nullptr;
    settle_one(*stream);
  }
  for (TlsHost& host : hosts_) {
    if (!host.retired || host.streams != 0) continue;
    lws_vhost_destroy(host.vhost);
    host = TlsHost();
  }
}

void Streams::settle_one(Stream& stream) {
  const uint8_t what = stream.to_settle_;
  const uint32_t life = stream.life_;
  const auto still = [&stream, life] { return stream.life_ == life && !stream.closed(); };
  stream.to_settle_ = 0;
  if (!still()) return;
  if ((what & Stream::kKill) != 0) {
    // Nothing that is still to be told matters any more. Without this a WebSocket would first be
    // given time to send what libwebsockets holds.
    if (stream.state_ == Stream::State::kWebSocket)
      shutdown(lws_get_socket_fd(stream.socket_), SHUT_RDWR);
    lws_set_timeout(stream.socket_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    return;
  }
  if ((what & Stream::kTellConnected) != 0) stream.user_->on_connected(stream);
  if (still() && (what & Stream::kTellBlocked) != 0 && stream.blocked_)
    stream.user_->on_blocked(stream);
  if (still() && (what & Stream::kTellSent) != 0 && !stream.blocked_) stream.user_->on_sent(stream);
  if (still() && (what & Stream::kUpgrade) != 0 && !stream.blocked_) {
    // As much as one read would have brought; the peer cannot have sent much more.
    const MutableBytes early =
        MutableBytes(scratch_).first(stream.early_.peek(blocks_, MutableBytes(scratch_)));
    stream.early_.clear(blocks_);
    if (lws_raw_to_ws(stream.socket_, stream.client_ ? 1 : 0, early.data(), early.size()) != 0) {
      stream.broken_ = true;
      remember(stream, Stream::kKill);
      return;
    }
    stream.state_ = Stream::State::kWebSocket;
    if (stream.client_) set_buffers(lws_get_socket_fd(stream.socket_));
    stream.user_->on_websocket(stream);
  }
  if (still() && (what & Stream::kSayClose) != 0 && !stream.closing_) say_close(stream);
}

}  // namespace hookflash
