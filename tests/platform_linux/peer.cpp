#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace hookflash {
namespace {

constexpr timeval kPatience{20, 0};

sockaddr_in loopback(const char* address, uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  inet_pton(AF_INET, address, &name.sin_addr);
  return name;
}

}  // namespace

PeerSocket::PeerSocket(int descriptor) : descriptor_(descriptor) {
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

PeerSocket::PeerSocket(PeerSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), ahead_(std::move(other.ahead_)) {}

PeerSocket& PeerSocket::operator=(PeerSocket&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  ahead_ = std::move(other.ahead_);
  return *this;
}

PeerSocket PeerSocket::connect(uint16_t port, int receive_buffer) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer != 0) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const sockaddr_in name = loopback("127.0.0.1", port);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    ADD_FAILURE() << "connect: " << std::strerror(errno);
  }
  return PeerSocket(descriptor);
}

void PeerSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // What the test waits for next will not come.
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string PeerSocket::receive(size_t most) {
  if (!ahead_.empty()) {
    std::string taken = ahead_.substr(0, most);
    ahead_.erase(0, taken.size());
    return taken;
  }
  std::string bytes(most, '\0');
  const ssize_t got = recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (got < 0 && errno == EAGAIN) ADD_FAILURE() << "nothing came in 20 s";
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

std::string PeerSocket::receive_exactly(size_t size) {
  std::string all;
  while (all.size() < size) {
    const std::string more = receive(size - all.size());
    if (more.empty()) break;
    all += more;
  }
  return all;
}

std::string PeerSocket::receive_until(std::string_view pattern) {
  std::string all;
  for (;;) {
    const size_t at = all.find(pattern);
    if (at != std::string::npos) {
      ahead_ = all.substr(at + pattern.size()) + ahead_;
      all.resize(at + pattern.size());
      return all;
    }
    const std::string more = receive();
    if (more.empty()) return all;
    all += more;
  }
}

std::string PeerSocket::receive_all() {
  std::string all;
  for (;;) {
    const std::string more = receive();
    if (more.empty()) return all;
    all += more;
  }
}

void PeerSocket::shut_down() { shutdown(descriptor_, SHUT_WR); }

void PeerSocket::reset() {
  const linger at_once{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void PeerSocket::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void PeerSocket::renumber(int least) {
  const int moved = fcntl(descriptor_, F_DUPFD_CLOEXEC, least);
  if (moved < 0) return;
  ::close(descriptor_);
  descriptor_ = moved;
}

PeerListener::PeerListener(const char* address) {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = loopback(address, 0);
  socklen_t size = sizeof name;
  EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&name), size), 0);
  EXPECT_EQ(listen(descriptor_, 16), 0);
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size);
  port_ = ntohs(name.sin_port);
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
}

PeerListener::~PeerListener() { close(descriptor_); }

PeerSocket PeerListener::accept() {
  const int accepted = ::accept(descriptor_, nullptr, nullptr);
  EXPECT_GE(accepted, 0) << "nobody connected in 20 s";
  return PeerSocket(accepted);
}

std::string websocket_request(std::string_view target, std::string_view headers) {
  return "GET " + std::string(target) +
         " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(headers) + "\r\n";
}

std::string websocket_frame(uint8_t opcode, std::string_view payload, bool masked, bool last) {
  std::string frame;
  frame += static_cast<char>((last ? 0x80 : 0) | opcode);
  const auto bit = static_cast<uint8_t>(masked ? 0x80 : 0);
  if (payload.size() < 126) {
    frame += static_cast<char>(bit | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(bit | 126);
    for (int shift = 8; shift >= 0; shift -= 8) frame += static_cast<char>(payload.size() >> shift);
  } else {
    frame += static_cast<char>(bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      frame += static_cast<char>(payload.size() >> shift);
  }
  if (!masked) return frame.append(payload);
  const std::string mask = "\x12\xab\x5c\x91";
  frame += mask;
  for (size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame;
}

WebSocketFrame receive_frame(PeerSocket& peer) {
  WebSocketFrame frame;
  const std::string head = peer.receive_exactly(2);
  if (head.size() < 2) return frame;
  frame.opcode = static_cast<uint8_t>(head[0] & 0x0f);
  frame.last = (head[0] & 0x80) != 0;
  frame.masked = (head[1] & 0x80) != 0;
  uint64_t size = static_cast<uint8_t>(head[1] & 0x7f);
  if (size >= 126) {
    const std::string longer = peer.receive_exactly(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : longer) size = size << 8 | static_cast<uint8_t>(c);
  }
  const std::string mask = frame.masked ? peer.receive_exactly(4) : std::string(4, '\0');
  frame.payload = peer.receive_exactly(size);
  for (size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
  }
  return frame;
}

std::string close_payload(uint16_t code, std::string_view reason) {
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code & 0xff);
  return payload.append(reason);
}

}  // namespace hookflash
