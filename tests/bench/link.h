#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hookflash::bench {

struct TlsSide;

// One connection to 127.0.0.1 of the load generator, plain or TLS. Set-up blocks (5 s at most);
// after go_on() nothing does.
class Link {
 public:
  Link();
  ~Link();
  Link(Link&&) noexcept;
  Link& operator=(Link&&) noexcept;

  bool connect(uint16_t port, bool tls);
  void adopt(int descriptor);
  void close();
  void go_on();  // From here on non-blocking.

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool open() const { return descriptor_ >= 0; }
  // Keeps what the kernel does not take; false when the connection is broken.
  bool send(std::string_view bytes);
  bool flush();
  [[nodiscard]] bool waiting() const { return !waiting_.empty(); }
  // One read: more than 0 bytes, 0 when there is nothing now, negative at the end.
  long receive(std::span<uint8_t> room);
  std::string receive_all();   // Until the peer closes.
  std::string receive_head();  // Until the empty line; what follows stays unread.

 private:
  int descriptor_ = -1;
  bool blocking_ = true;
  std::string waiting_;
  std::unique_ptr<TlsSide> tls_;
};

}  // namespace hookflash::bench
