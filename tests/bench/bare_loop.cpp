#include "bare_loop.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string_view>

namespace hookflash::bench {
namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int BareLoop::run(uint16_t port) {
  epoll_ = epoll_create1(0);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 1024) != 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) {
    perror("listen");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  std::array<epoll_event, 128> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const peer = static_cast<Peer*>(events[static_cast<size_t>(i)].data.ptr);
      if (peer == nullptr) {
        accept_all();
        continue;
      }
      if ((events[static_cast<size_t>(i)].events & EPOLLOUT) != 0 && !peer->gone) flush(*peer);
      if (!peer->gone) receive(*peer);
    }
    if (!any_gone_) continue;
    any_gone_ = false;
    std::erase_if(peers_, [](const auto& peer) { return peer->gone; });
  }
}

BareLoop::Peer& BareLoop::add(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  peers_.push_back(std::make_unique<Peer>());
  Peer& peer = *peers_.back();
  peer.descriptor = descriptor;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &peer}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  return peer;
}

void BareLoop::accept_all() {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (descriptor < 0) return;
    add(descriptor);
  }
}

void BareLoop::receive(Peer& peer) {
  const ssize_t got = recv(peer.descriptor, peer.in.data() + peer.filled,
                           peer.in.size() - peer.filled, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(peer);
  peer.filled += static_cast<size_t>(got);
  if (!peer.open) shake_hands(peer);
  size_t begin = 0;
  FrameHead head;
  while (peer.open && !peer.gone &&
         read_head({peer.in.data() + begin, peer.filled - begin}, head)) {
    uint8_t* const payload = peer.in.data() + begin + head.head_bytes;
    begin += head.head_bytes + head.payload_bytes;
    if (head.masked) apply_mask(payload, head.payload_bytes, head.mask);
    if (head.opcode == kText) {
      on_message(peer, {payload, head.payload_bytes});
    } else if (head.opcode == kPing) {
      send(peer, {payload, head.payload_bytes}, kPong);
    } else if (head.opcode == kClose) {
      return drop(peer);
    }
  }
  if (peer.gone || begin == 0) return;
  if (begin < peer.filled)
    std::memmove(peer.in.data(), peer.in.data() + begin, peer.filled - begin);
  peer.filled -= begin;
  if (peer.filled == peer.in.size()) drop(peer);  // A longer message than these programs carry.
}

void BareLoop::shake_hands(Peer& peer) {
  const std::string_view text(reinterpret_cast<const char*>(peer.in.data()), peer.filled);
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return;
  const std::string answer = upgrade_answer(text.substr(0, end + 4));
  if (answer.empty()) return drop(peer);
  const size_t left = peer.filled - (end + 4);
  std::memmove(peer.in.data(), peer.in.data() + end + 4, left);
  peer.filled = left;
  peer.open = true;
  write(peer, {reinterpret_cast<const uint8_t*>(answer.data()), answer.size()});
  on_open(peer);
}

BareLoop::Peer* BareLoop::dial(uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  const std::string request = upgrade_request("127.0.0.1", "/", "");
  std::string answer;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    close(descriptor);
    return nullptr;
  }
  while (answer.find("\r\n\r\n") == std::string::npos) {
    char byte;  // One by one: what follows belongs to the frames.
    if (recv(descriptor, &byte, 1, 0) != 1) {
      close(descriptor);
      return nullptr;
    }
    answer += byte;
  }
  Peer& peer = add(descriptor);
  peer.client = peer.open = true;
  return &peer;
}

void BareLoop::send(Peer& peer, std::span<uint8_t> payload, uint8_t opcode) {
  const uint32_t mask = 0x5A3C96E1;
  write(peer, frame_around(payload, opcode, peer.client ? &mask : nullptr));
}

void BareLoop::write(Peer& peer, std::span<const uint8_t> bytes) {
  if (peer.gone) return;
  if (peer.waiting.empty()) {
    const ssize_t sent =
        ::send(peer.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return drop(peer);
    if (sent > 0) bytes = bytes.subspan(static_cast<size_t>(sent));
    if (bytes.empty()) return;
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.ptr = &peer}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.descriptor, &event);
  }
  peer.waiting.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void BareLoop::flush(Peer& peer) {
  const ssize_t sent = ::send(peer.descriptor, peer.waiting.data(), peer.waiting.size(),
                              MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) peer.waiting.erase(0, static_cast<size_t>(sent));
  if (!peer.waiting.empty()) return;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &peer}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.descriptor, &event);
}

void BareLoop::drop(Peer& peer) {
  if (peer.gone) return;
  peer.gone = any_gone_ = true;
  close(peer.descriptor);
  on_gone(peer);
}

}  // namespace hookflash::bench
