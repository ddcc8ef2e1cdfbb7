#include "link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mbedtls/ssl.h>
#include <netinet/tcp.h>
#include <psa/crypto.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace hookflash::bench {

// A client that trusts everybody: what is measured is the other side's work.
struct TlsSide {
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config config;
  int descriptor;

  explicit TlsSide(int socket) : descriptor(socket) {
    psa_crypto_init();
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_rng(&config, random_bytes, nullptr);
    mbedtls_ssl_setup(&ssl, &config);
    mbedtls_ssl_set_hostname(&ssl, nullptr);
    mbedtls_ssl_set_bio(&ssl, this, write, read, nullptr);
  }
  ~TlsSide() {
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
  }
  TlsSide(const TlsSide&) = delete;
  TlsSide& operator=(const TlsSide&) = delete;

  static int random_bytes(void* /*owner*/, unsigned char* out, size_t size) {
    return getrandom(out, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
  }
  static int write(void* side, const unsigned char* bytes, size_t size) {
    const ssize_t sent = ::send(static_cast<TlsSide*>(side)->descriptor, bytes, size, MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<int>(sent);
    return errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_SSL_CONN_EOF;
  }
  static int read(void* side, unsigned char* out, size_t size) {
    const ssize_t got = recv(static_cast<TlsSide*>(side)->descriptor, out, size, 0);
    if (got > 0) return static_cast<int>(got);
    return got < 0 && errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_SSL_CONN_EOF;
  }
};

Link::Link() = default;
Link::~Link() { close(); }
Link::Link(Link&& other) noexcept { *this = std::move(other); }
Link& Link::operator=(Link&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  blocking_ = other.blocking_;
  waiting_ = std::move(other.waiting_);
  tls_ = std::move(other.tls_);
  return *this;
}

void Link::close() {
  tls_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void Link::adopt(int descriptor) {
  descriptor_ = descriptor;
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool Link::connect(uint16_t port, bool tls) {
  adopt(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return false;
  if (!tls) return true;
  tls_ = std::make_unique<TlsSide>(descriptor_);
  return mbedtls_ssl_handshake(&tls_->ssl) == 0;
}

void Link::go_on() {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  blocking_ = false;
}

bool Link::send(std::string_view bytes) {
  waiting_ += bytes;
  return flush();
}

bool Link::flush() {
  while (!waiting_.empty()) {
    ssize_t sent = 0;
    if (tls_ != nullptr) {
      sent = mbedtls_ssl_write(&tls_->ssl, reinterpret_cast<const uint8_t*>(waiting_.data()),
                               waiting_.size());
      if (sent == MBEDTLS_ERR_SSL_WANT_WRITE) return true;
    } else {
      sent = ::send(descriptor_, waiting_.data(), waiting_.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return true;
    }
    if (sent <= 0) return false;
    waiting_.erase(0, static_cast<size_t>(sent));
  }
  return true;
}

long Link::receive(std::span<uint8_t> room) {
  if (tls_ != nullptr) {
    int got = 0;
    do {  // TLS 1.3 hands over a ticket as if it were an event of its own.
      got = mbedtls_ssl_read(&tls_->ssl, room.data(), room.size());
    } while (got == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (got == MBEDTLS_ERR_SSL_WANT_READ && !blocking_) return 0;
    return got > 0 ? got : -1;
  }
  const ssize_t got = recv(descriptor_, room.data(), room.size(), 0);
  if (got > 0) return got;
  return got < 0 && errno == EAGAIN && !blocking_ ? 0 : -1;
}

std::string Link::receive_all() {
  std::string text;
  std::array<uint8_t, 16384> piece;
  for (long got = 0; (got = receive(piece)) > 0;)
    text.append(reinterpret_cast<const char*>(piece.data()), static_cast<size_t>(got));
  return text;
}

std::string Link::receive_head() {
  std::string text;
  uint8_t byte = 0;
  while (!text.ends_with("\r\n\r\n") && receive({&byte, 1}) == 1) text += static_cast<char>(byte);
  return text;
}

}  // namespace hookflash::bench
