#include "platform/linux/listeners.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hookflash {
namespace {

constexpr int kBacklog = 128;

socklen_t socket_address(const IpAddress& address, uint16_t port, sockaddr_storage& storage) {
  storage = {};
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes().data() + 12, 4);
    std::memcpy(&storage, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, address.bytes().data(), 16);
  std::memcpy(&storage, &v6, sizeof v6);
  return sizeof v6;
}

// The address and port in a socket address; not set for other families.
IpAddress address_of(const sockaddr_storage& storage, uint16_t& port) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    port = ntohs(v4.sin_port);
    std::array<uint8_t, 4> octets{};
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return IpAddress::from_v4(octets);
  }
  if (storage.ss_family != AF_INET6) return {};
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  port = ntohs(v6.sin6_port);
  std::array<uint8_t, 16> octets{};
  std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
  return IpAddress::from_v6(octets);
}

Status status_of(int error) {
  switch (error) {
    case EADDRINUSE: return Status::kConflict;
    case EACCES:
    case EPERM: return Status::kDenied;
    default: return Status::kUnavailable;
  }
}

std::string_view words_for(int error) {
  switch (error) {
    case EADDRINUSE: return "the port is in use by another program";
    case EACCES:
    case EPERM: return "not allowed (ports below 1024 need a privilege)";
    case EADDRNOTAVAIL: return "this machine does not have that address";
    case EAFNOSUPPORT: return "this machine does not speak that kind of address";
    default: return "the system refused it";
  }
}

}  // namespace

Status Listeners::open(const ListenerConfig& config, Streams::Host host, TextWriter& problem) {
  CHECK(count_ < listeners_.size());
  // "::" is "not set" to IpAddress, and a good address to listen on.
  const auto address = IpAddress::parse(config.bind);
  if (!address) {
    problem.put("cannot listen on \"").put(config.bind).put("\": it is not a numeric address");
    return Status::kInvalid;
  }
  sockaddr_storage storage{};
  socklen_t size = socket_address(*address, config.port, storage);
  const int descriptor =
      socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  const int on = 1;
  if (descriptor >= 0) setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (descriptor < 0 || bind(descriptor, reinterpret_cast<sockaddr*>(&storage), size) != 0 ||
      listen(descriptor, kBacklog) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    problem.put("cannot listen on ").put(config.bind).put(" port ").number(config.port).put(": ");
    problem.put(words_for(error));
    return status_of(error);
  }
  Listener listener;
  listener.descriptor = descriptor;
  listener.name = config.listener;
  listener.host = host;
  size = sizeof storage;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
  address_of(storage, listener.port);
  if (const Status status = poller_.add(descriptor, Poller::Kind::kListener, EPOLLIN);
      !ok(status)) {
    ::close(descriptor);
    problem.put("cannot listen: the event loop has no place left");
    return status;
  }
  listeners_[count_++] = listener;
  return Status::kOk;
}

void Listeners::close() {
  for (size_t i = 0; i < count_; ++i) {
    poller_.remove(listeners_[i].descriptor);
    ::close(listeners_[i].descriptor);
  }
  count_ = 0;
}

Listeners::Listener* Listeners::find(int descriptor) {
  for (size_t i = 0; i < count_; ++i) {
    if (listeners_[i].descriptor == descriptor) return &listeners_[i];
  }
  return nullptr;
}

Listeners::Listener* Listeners::find(in::Listener name) {
  for (size_t i = 0; i < count_; ++i) {
    if (listeners_[i].name == name) return &listeners_[i];
  }
  return nullptr;
}

int Listeners::accept(Listener& listener, IpAddress& peer) {
  for (;;) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    const int descriptor = accept4(listener.descriptor, reinterpret_cast<sockaddr*>(&storage),
                                   &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      uint16_t port = 0;
      peer = address_of(storage, port);
      return descriptor;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause(listener);
    // A connection that was gone before it was accepted says nothing about the next.
    if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO) return -1;
  }
}

void Listeners::pause(Listener& listener) {
  listener.paused = true;
  poller_.set_interest(listener.descriptor, 0);
}

void Listeners::resume() {
  for (size_t i = 0; i < count_; ++i) {
    if (!listeners_[i].paused) continue;
    listeners_[i].paused = false;
    poller_.set_interest(listeners_[i].descriptor, EPOLLIN);
  }
}

}  // namespace hookflash
