// The side of Streams that libwebsockets sees: its context, its view of our event loop, its
// callbacks.

#include <libwebsockets.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "platform/linux/streams.h"

extern "C" {
// Of libwebsockets' layer over mbedTLS; its header is not installed. Takes PEM chains and keys too.
int SSL_CTX_use_certificate_ASN1(void* context, int size, const unsigned char* bytes);
int SSL_CTX_use_PrivateKey_ASN1(int type, void* context, const unsigned char* bytes, long size);
// Of our patch 0100: what was wrong with the certificate of a server that was dialled.
long lws_tls_client_cert_fault(lws* socket);
}

namespace hookflash {

// X509_V_ERR_* of that layer. Of several faults the gravest is told, and these are the least.
constexpr long kNotYetValid = 9;
constexpr long kExpired = 10;

struct LwsGlue {
  static Streams& of(lws* socket) {
    return **static_cast<Streams**>(lws_evlib_wsi_to_evlib_pt(socket));
  }

  // --- libwebsockets' view of the event loop ---

  static int init_loop(lws_context* context, void* loop, int thread) {
    *static_cast<Streams**>(lws_evlib_tsi_to_evlib_pt(context, thread)) =
        static_cast<Streams*>(loop);
    return 0;
  }
  static int socket_added(lws* socket) {
    if (of(socket).context_ == nullptr) of(socket).event_pipe_ = lws_get_socket_fd(socket);
    return ok(of(socket).poller_.add(lws_get_socket_fd(socket), Poller::Kind::kStream, EPOLLIN))
               ? 0
               : 1;
  }
  static void interest_changed(lws* socket, unsigned int flags) {
    Poller& poller = of(socket).poller_;
    const int descriptor = lws_get_socket_fd(socket);
    constexpr unsigned int kBoth = LWS_EV_READ | LWS_EV_WRITE;
    if ((flags & LWS_EV_STOP) != 0 && (flags & kBoth) == kBoth) {
      poller.remove(descriptor);  // Only said when the socket goes.
      return;
    }
    uint32_t interest = 0;
    if ((flags & LWS_EV_READ) != 0) interest |= EPOLLIN;
    if ((flags & LWS_EV_WRITE) != 0) interest |= EPOLLOUT;
    const uint32_t present = poller.interest(descriptor);
    poller.set_interest(descriptor,
                        (flags & LWS_EV_START) != 0 ? present | interest : present & ~interest);
  }
  static int socket_closing(lws* /*socket*/) { return 0; }  // Go on and close it.

  // --- Callbacks ---

  static int callback(lws* socket, lws_callback_reasons reason, void* user, void* in, size_t size) {
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS)
      return load_host(socket, user);
    auto* const stream = static_cast<Stream*>(lws_get_opaque_user_data(socket));
    if (stream == nullptr) return 0;
    Streams& streams = of(socket);
    switch (reason) {
      case LWS_CALLBACK_RECEIVE:
      case LWS_CALLBACK_CLIENT_RECEIVE:
        piece(socket, *stream, {static_cast<const uint8_t*>(in), size});
        break;
      case LWS_CALLBACK_RAW_RX:
        bytes(socket, *stream, {static_cast<const uint8_t*>(in), size});
        break;
      case LWS_CALLBACK_RAW_WRITEABLE:
      case LWS_CALLBACK_SERVER_WRITEABLE:
      case LWS_CALLBACK_CLIENT_WRITEABLE: streams.flushed(*stream); break;
      case LWS_CALLBACK_RECEIVE_PONG:
      case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        if (!streams.stopping_) stream->user_->on_pong(*stream);
        break;
      case LWS_CALLBACK_WSI_CREATE:
        if (stream->state_ == Stream::State::kConnecting) stream->connected_ = true;
        break;
      case LWS_CALLBACK_RAW_CONNECTED:
        stream->state_ = Stream::State::kBytes;
        streams.remember(*stream, Stream::kTellConnected);
        break;
      case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        peer_close(*stream, {static_cast<const uint8_t*>(in), size});
        break;
      case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        ended(socket, *stream, why_not_dialled(socket, *stream));
        break;
      case LWS_CALLBACK_RAW_CLOSE:
      case LWS_CALLBACK_CLOSED:
      case LWS_CALLBACK_CLIENT_CLOSED:
      case LWS_CALLBACK_WSI_DESTROY: ended(socket, *stream, end_of(*stream)); break;
      default: break;
    }
    return 0;
  }

  static void bytes(lws* socket, Stream& stream, Bytes bytes) {
    if (!stream.connected_) {
      stream.connected_ = true;
      // Set by libwebsockets for accepted TLS connections; all deadlines are the core's.
      lws_set_timeout(socket, NO_PENDING_TIMEOUT, 0);
    }
    if ((stream.to_settle_ & Stream::kKill) == 0) stream.user_->on_bytes(stream, bytes);
  }

  static void piece(lws* socket, Stream& stream, Bytes bytes) {
    if (stream.our_code_ != 0 || (stream.to_settle_ & Stream::kKill) != 0) return;
    StreamPiece piece;
    piece.bytes = bytes;
    piece.binary = lws_frame_is_binary(socket) != 0;
    piece.first = lws_is_first_fragment(socket) != 0;
    piece.last = lws_is_final_fragment(socket) != 0;
    piece.frame_left = lws_remaining_packet_payload(socket);
    stream.user_->on_piece(stream, piece);
  }

  static void peer_close(Stream& stream, Bytes payload) {
    stream.peer_code_ = 1005;  // RFC 6455 section 7.1.5.
    if (payload.size() < 2) return;
    stream.peer_code_ = static_cast<uint16_t>(payload[0] << 8 | payload[1]);
    const std::string_view reason = text_of(payload.subspan(2));
    stream.reason_.set(reason.substr(0, stream.reason_.capacity()));
  }

  static StreamEnd end_of(const Stream& stream) {
    if (stream.our_code_ != 0) return StreamEnd::kOurs;
    if (stream.broken_) return StreamEnd::kBroken;
    if (stream.peer_code_ != 0) return StreamEnd::kPeer;
    return stream.state_ == Stream::State::kBytes ? StreamEnd::kPeer : StreamEnd::kBroken;
  }

  static StreamEnd why_not_dialled(lws* socket, const Stream& stream) {
    if (!stream.connected_) return StreamEnd::kUnreachable;
    const long fault = lws_tls_client_cert_fault(socket);
    return fault == kNotYetValid || fault == kExpired ? StreamEnd::kTlsTime : StreamEnd::kTls;
  }

  static void ended(lws* socket, Stream& stream, StreamEnd end) {
    lws_set_opaque_user_data(socket, nullptr);
    of(socket).closed(stream, end);
  }

  // A host is being made: user is its TLS context.
  static int load_host(lws* socket, void* user) {
    auto& streams = *static_cast<Streams*>(lws_context_user(lws_get_context(socket)));
    const auto load = [](std::span<const char> text) {
      return reinterpret_cast<const unsigned char*>(text.data());
    };
    const bool loaded =
        SSL_CTX_use_certificate_ASN1(user, static_cast<int>(streams.new_chain_.size()),
                                     load(streams.new_chain_)) == 1 &&
        SSL_CTX_use_PrivateKey_ASN1(0, user, load(streams.new_key_),
                                    static_cast<long>(streams.new_key_.size())) == 1;
    streams.host_failed_ = !loaded;
    return loaded ? 0 : 1;
  }

  static const lws_protocols* protocols() {
    static constexpr lws_protocols kProtocols[] = {
        {"stream", callback, 0, linux_limits::kReadBytes, 0, nullptr,
         linux_limits::kWebSocketMessageBytesMax + LWS_PRE},
        LWS_PROTOCOL_LIST_TERM};
    return kProtocols;
  }
  // libwebsockets' own pings and hang-ups are off.
  static const lws_retry_bo_t* retry_policy() {
    static constexpr lws_retry_bo_t kNever{};
    return &kNever;
  }
};

namespace {

const lws_event_loop_ops* loop_operations() {
  static const lws_event_loop_ops kOperations = [] {
    lws_event_loop_ops operations{};
    operations.name = "hookflash";
    operations.init_pt = LwsGlue::init_loop;
    operations.init_vhost_listen_wsi = LwsGlue::socket_added;
    operations.sock_accept = LwsGlue::socket_added;
    operations.io = LwsGlue::interest_changed;
    operations.wsi_logical_close = LwsGlue::socket_closing;
    operations.evlib_size_pt = sizeof(void*);  // The owner, by pointer.
    return operations;
  }();
  return &kOperations;
}

}  // namespace

Status Streams::start(std::span<const char> ca_store) {
  lws_set_log_level(0, nullptr);  // We report for ourselves, in our own words.
  const lws_plugin_evlib_t loop = {
      {"hookflash", "lws_evlib_plugin", LWS_BUILD_HASH, LWS_PLUGIN_API_MAGIC}, loop_operations()};
  void* loops[] = {this};
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info.gid = static_cast<gid_t>(-1);
  info.uid = static_cast<uid_t>(-1);
  info.user = this;
  info.event_lib_custom = &loop;
  info.foreign_loops = loops;
  info.pt_serv_buf_size = linux_limits::kPieceBytes;
  info.max_http_header_pool = 1;
  // Longer than any deadline of ours: a second one would only blur the reason.
  info.timeout_secs = 120;
  info.connect_timeout_secs = 120;
  stopping_ = false;
  context_ = lws_create_context(&info);
  if (context_ == nullptr) return Status::kUnavailable;

  lws_context_creation_info plain = info;
  plain.vhost_name = "plain";
  plain.protocols = LwsGlue::protocols();
  plain.retry_and_idle_policy = LwsGlue::retry_policy();
  if (!ca_store.empty()) {
    plain.client_ssl_ca_mem = ca_store.data();
    plain.client_ssl_ca_mem_len = static_cast<unsigned int>(ca_store.size());
  }
  plain_ = lws_create_vhost(context_, &plain);
  if (plain_ != nullptr) return Status::kOk;
  stop();
  return Status::kUnavailable;
}

void Streams::stop() {
  if (context_ == nullptr) return;
  stopping_ = true;
  lws_context_destroy(context_);
  context_ = nullptr;
  if (event_pipe_ >= 0) close(event_pipe_);
  event_pipe_ = -1;
  plain_ = nullptr;
  first_to_settle_ = last_to_settle_ = nullptr;
  for (TlsHost& host : hosts_) host = TlsHost();
}

Result<Streams::Host> Streams::add_host(std::span<const char> chain, std::span<const char> key) {
  for (size_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].vhost != nullptr) continue;
    new_chain_ = chain;
    new_key_ = key;
    host_failed_ = false;
    const char name[] = {'h', 'o', 's', 't', static_cast<char>('0' + i), '\0'};
    lws_context_creation_info info{};
    // TLS without a listening socket: we accept, libwebsockets adopts.
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
    info.vhost_name = name;
    info.protocols = LwsGlue::protocols();
    info.retry_and_idle_policy = LwsGlue::retry_policy();
    lws_vhost* const vhost = lws_create_vhost(context_, &info);
    new_chain_ = new_key_ = {};
    if (vhost == nullptr) return Status::kInvalid;
    hosts_[i].vhost = vhost;
    if (!host_failed_) return static_cast<Host>(i + 1);
    hosts_[i].retired = true;
    return Status::kInvalid;
  }
  return Status::kFull;
}

void Streams::retire_host(Host host) {
  if (TlsHost* const tls = host_of(host)) tls->retired = true;
}

Streams::TlsHost* Streams::host_of(Host host) {
  if (host == 0 || host > hosts_.size() || hosts_[host - 1U].vhost == nullptr) return nullptr;
  return &hosts_[host - 1U];
}

void Streams::service(const Poller::Event& event) {
  lws_pollfd poll{};
  poll.fd = event.descriptor;
  const uint32_t interest = poller_.interest(event.descriptor);
  const auto translated = [](uint32_t events) {
    int flags = 0;
    if ((events & EPOLLIN) != 0) flags |= LWS_POLLIN;
    if ((events & EPOLLOUT) != 0) flags |= LWS_POLLOUT;
    if ((events & EPOLLHUP) != 0) flags |= LWS_POLLHUP;
    return static_cast<short>(flags);
  };
  poll.events = translated(interest);
  poll.revents = translated(event.events);
  if ((event.events & (EPOLLERR | EPOLLHUP)) != 0 && (interest & EPOLLIN) == 0) {
    // Broken while we are not reading: nobody would notice, and the kernel would report it for
    // ever.
    if (lws* const socket = wsi_from_fd(context_, event.descriptor)) {
      if (auto* const stream = static_cast<Stream*>(lws_get_opaque_user_data(socket))) {
        if (stream->state_ != Stream::State::kConnecting) {
          stream->broken_ = true;
          kill(*stream);
          return;
        }
      }
    }
  }
  lws_service_fd(context_, &poll);
}

void Streams::service_buffered() { _lws_plat_service_forced_tsi(context_, 0); }

Duration Streams::patience() {
  return Duration::ms(lws_service_adjust_timeout(context_, 60'000, 0));
}

}  // namespace hookflash
