#include "tls_peer.h"

#include <gtest/gtest.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <psa/crypto.h>
#include <sys/socket.h>

#include <cerrno>

#include "platform/linux/linux_entropy.h"

namespace hookflash {
namespace {

int random_bytes(void* entropy, unsigned char* out, size_t size) {
  static_cast<LinuxEntropy*>(entropy)->fill({out, size});
  return 0;
}

int send_bytes(void* peer, const unsigned char* bytes, size_t size) {
  const ssize_t sent =
      ::send(static_cast<PeerSocket*>(peer)->descriptor(), bytes, size, MSG_NOSIGNAL);
  return sent < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : static_cast<int>(sent);
}

int receive_bytes(void* peer, unsigned char* out, size_t size) {
  const ssize_t got = recv(static_cast<PeerSocket*>(peer)->descriptor(), out, size, 0);
  return got < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : static_cast<int>(got);
}

// One for all servers of the process, so that a ticket of one connection is known to the next.
struct Tickets {
  Tickets() {
    EXPECT_EQ(entropy.start(), Status::kOk);
    mbedtls_ssl_ticket_init(&context);
    EXPECT_EQ(mbedtls_ssl_ticket_setup(&context, random_bytes, &entropy, MBEDTLS_CIPHER_AES_256_GCM,
                                       3600),
              0);
  }
  ~Tickets() { mbedtls_ssl_ticket_free(&context); }
  LinuxEntropy entropy;
  mbedtls_ssl_ticket_context context;
};

Tickets& tickets() {
  static Tickets all;
  return all;
}

}  // namespace

struct TlsPeer::Parts {
  LinuxEntropy entropy;
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
  mbedtls_x509_crt chain;
  mbedtls_x509_crt authority;
  mbedtls_pk_context key;
  std::string asked_host;
  std::string ahead;
  bool resumed = false;

  static int on_name(void* parts, mbedtls_ssl_context* /*ssl*/, const unsigned char* name,
                     size_t size) {
    static_cast<Parts*>(parts)->asked_host.assign(reinterpret_cast<const char*>(name), size);
    return 0;
  }
  static int write_ticket(void* /*parts*/, const mbedtls_ssl_session* session, unsigned char* start,
                          const unsigned char* end, size_t* size, uint32_t* lifetime) {
    return mbedtls_ssl_ticket_write(&tickets().context, session, start, end, size, lifetime);
  }
  static int parse_ticket(void* parts, mbedtls_ssl_session* session, unsigned char* text,
                          size_t size) {
    const int result = mbedtls_ssl_ticket_parse(&tickets().context, session, text, size);
    if (result == 0) static_cast<Parts*>(parts)->resumed = true;
    return result;
  }
};

TlsPeer::TlsPeer(PeerSocket peer, const Options& options)
    : peer_(std::move(peer)), parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.c_str());
  };
  EXPECT_EQ(psa_crypto_init(), PSA_SUCCESS);
  EXPECT_EQ(p.entropy.start(), Status::kOk);
  mbedtls_ssl_config_init(&p.config);
  mbedtls_ssl_init(&p.ssl);
  mbedtls_x509_crt_init(&p.chain);
  mbedtls_x509_crt_init(&p.authority);
  mbedtls_pk_init(&p.key);
  EXPECT_EQ(mbedtls_ssl_config_defaults(
                &p.config, options.server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
            0);
  mbedtls_ssl_conf_rng(&p.config, random_bytes, &p.entropy);
  if (options.version == 12)
    mbedtls_ssl_conf_max_tls_version(&p.config, MBEDTLS_SSL_VERSION_TLS1_2);
  if (options.version == 13)
    mbedtls_ssl_conf_min_tls_version(&p.config, MBEDTLS_SSL_VERSION_TLS1_3);
  if (options.server) {
    const TestCertificate& own = options.identity;
    EXPECT_EQ(mbedtls_x509_crt_parse(&p.chain, bytes(own.chain), own.chain.size() + 1), 0);
    EXPECT_EQ(mbedtls_pk_parse_key(&p.key, bytes(own.key), own.key.size() + 1, nullptr, 0,
                                   random_bytes, &p.entropy),
              0);
    EXPECT_EQ(mbedtls_ssl_conf_own_cert(&p.config, &p.chain, &p.key), 0);
    mbedtls_ssl_conf_sni(&p.config, Parts::on_name, &p);
    if (options.tickets) {
      mbedtls_ssl_conf_session_tickets_cb(&p.config, Parts::write_ticket, Parts::parse_ticket, &p);
    }
  } else if (options.authority.empty()) {
    mbedtls_ssl_conf_authmode(&p.config, MBEDTLS_SSL_VERIFY_NONE);
  } else {
    EXPECT_EQ(mbedtls_x509_crt_parse(&p.authority, bytes(options.authority),
                                     options.authority.size() + 1),
              0);
    mbedtls_ssl_conf_ca_chain(&p.config, &p.authority, nullptr);
  }
  EXPECT_EQ(mbedtls_ssl_setup(&p.ssl, &p.config), 0);
  if (!options.server) {
    EXPECT_EQ(
        mbedtls_ssl_set_hostname(&p.ssl, options.host.empty() ? nullptr : options.host.c_str()), 0);
  }
  mbedtls_ssl_set_bio(&p.ssl, &peer_, send_bytes, receive_bytes, nullptr);
}

TlsPeer::~TlsPeer() {
  mbedtls_ssl_free(&parts_->ssl);
  mbedtls_ssl_config_free(&parts_->config);
  mbedtls_x509_crt_free(&parts_->chain);
  mbedtls_x509_crt_free(&parts_->authority);
  mbedtls_pk_free(&parts_->key);
}

int TlsPeer::handshake() { return mbedtls_ssl_handshake(&parts_->ssl); }

void TlsPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const int sent = mbedtls_ssl_write(
        &parts_->ssl, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string TlsPeer::receive(size_t most) {
  if (!parts_->ahead.empty()) return std::exchange(parts_->ahead, {});
  std::string bytes(most, '\0');
  const int got =
      mbedtls_ssl_read(&parts_->ssl, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

std::string TlsPeer::receive_until(std::string_view pattern) {
  std::string all;
  for (;;) {
    const size_t at = all.find(pattern);
    if (at != std::string::npos) {
      parts_->ahead = all.substr(at + pattern.size());
      all.resize(at + pattern.size());
      return all;
    }
    const std::string more = receive();
    if (more.empty()) return all;
    all += more;
  }
}

std::string TlsPeer::asked_host() const { return parts_->asked_host; }

std::string TlsPeer::peer_name() const {
  const mbedtls_x509_crt* const shown = mbedtls_ssl_get_peer_cert(&parts_->ssl);
  if (shown == nullptr) return {};
  char name[256];
  const int size = mbedtls_x509_dn_gets(name, sizeof name, &shown->subject);
  return size > 0 ? std::string(name, static_cast<size_t>(size)) : std::string();
}

std::string TlsPeer::version() const { return mbedtls_ssl_get_version(&parts_->ssl); }

bool TlsPeer::resumed() const { return parts_->resumed; }

}  // namespace hookflash
