#pragma once

#include <memory>
#include <string>

#include "peer.h"
#include "test_certificates.h"

namespace hookflash {

// TLS over a blocking socket, by mbedTLS alone: an opposite that shares none of the platform's
// code.
class TlsPeer {
 public:
  struct Options {
    bool server = false;
    TestCertificate identity;  // Of a server.
    std::string authority;     // What a client trusts; empty trusts everybody.
    std::string host;          // What a client asks for.
    int version = 0;           // 12 or 13; 0 is either.
    bool tickets = false;      // A server hands out tickets and takes them.
  };
  TlsPeer(PeerSocket peer, const Options& options);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  // 0, or mbedTLS's error.
  int handshake();
  void send(std::string_view bytes);
  std::string receive(size_t most = 16384);
  std::string receive_until(std::string_view pattern);
  [[nodiscard]] std::string asked_host() const;  // By the client's server name indication.
  [[nodiscard]] std::string peer_name() const;   // Common name of the certificate that was shown.
  [[nodiscard]] std::string version() const;
  // A ticket of an earlier connection was taken (servers of this process share the ticket key).
  [[nodiscard]] bool resumed() const;
  PeerSocket& socket() { return peer_; }

 private:
  struct Parts;
  PeerSocket peer_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookflash
