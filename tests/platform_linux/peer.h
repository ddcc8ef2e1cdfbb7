#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookflash {

// A blocking TCP socket for the other side of a test. Every wait ends after 20 s and fails the
// test.
class PeerSocket {
 public:
  PeerSocket() = default;
  explicit PeerSocket(int descriptor);
  ~PeerSocket() { close(); }
  PeerSocket(PeerSocket&& other) noexcept;
  PeerSocket& operator=(PeerSocket&& other) noexcept;
  PeerSocket(const PeerSocket&) = delete;
  PeerSocket& operator=(const PeerSocket&) = delete;

  static PeerSocket connect(uint16_t port, int receive_buffer = 0);

  void send(std::string_view bytes);
  // At least one byte; empty at the end of the stream or after a reset.
  std::string receive(size_t most = 65536);
  std::string receive_exactly(size_t size);
  // Up to and with the pattern.
  std::string receive_until(std::string_view pattern);
  // Everything until the end of the stream.
  std::string receive_all();
  void shut_down();
  // Closes so that the other side sees a reset.
  void reset();
  void close();
  // Moves the descriptor to that number or a higher one.
  void renumber(int least);
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
  std::string ahead_;  // Received behind a pattern.
};

// A socket that listens on loopback, for connections of the platform.
class PeerListener {
 public:
  explicit PeerListener(const char* address = "127.0.0.1");
  ~PeerListener();
  PeerListener(const PeerListener&) = delete;
  PeerListener& operator=(const PeerListener&) = delete;
  [[nodiscard]] uint16_t port() const { return port_; }
  PeerSocket accept();

 private:
  int descriptor_ = -1;
  uint16_t port_ = 0;
};

// --- RFC 6455, the parts that tests need ---

std::string websocket_request(std::string_view target = "/ws", std::string_view headers = {});
// A frame as a client sends it (masked) or a server (not).
std::string websocket_frame(uint8_t opcode, std::string_view payload, bool masked,
                            bool last = true);
struct WebSocketFrame {
  uint8_t opcode = 0;
  bool last = false;
  bool masked = false;
  std::string payload;
};
WebSocketFrame receive_frame(PeerSocket& peer);
std::string close_payload(uint16_t code, std::string_view reason = {});

}  // namespace hookflash
