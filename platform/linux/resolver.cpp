#include "platform/linux/resolver.h"

#include <ares.h>
#include <netinet/in.h>

#include <cstring>

namespace hookflash {
namespace {

// Two tries of two seconds each and for each server: every deadline of ours is 5 s or more.
constexpr int kTryMilliseconds = 2000;
constexpr int kTries = 2;

IpAddress address_of(const ares_addrinfo_node& node) {
  if (node.ai_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, node.ai_addr, sizeof v4);
    std::array<uint8_t, 4> octets{};
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return IpAddress::from_v4(octets);
  }
  if (node.ai_family != AF_INET6) return {};
  sockaddr_in6 v6{};
  std::memcpy(&v6, node.ai_addr, sizeof v6);
  std::array<uint8_t, 16> octets{};
  std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
  return IpAddress::from_v6(octets);
}

}  // namespace

Status Resolver::start(const Options& options) {
  ares_options settings{};
  char hosts_file[256]{};
  char lookups[] = "fb";  // File, then name servers.
  settings.timeout = kTryMilliseconds;
  settings.tries = kTries;
  settings.lookups = lookups;
  settings.sock_state_cb = on_socket;
  settings.sock_state_cb_data = this;
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (options.hosts_file != nullptr) {
    std::strncpy(hosts_file, options.hosts_file, sizeof hosts_file - 1);
    settings.hosts_path = hosts_file;
    mask |= ARES_OPT_HOSTS_FILE;
  }
  if (ares_init_options(&channel_, &settings, mask) != ARES_SUCCESS) {
    channel_ = nullptr;
    return Status::kUnavailable;
  }
  if (options.servers != nullptr &&
      ares_set_servers_ports_csv(channel_, options.servers) != ARES_SUCCESS) {
    stop();
    return Status::kInvalid;
  }
  return Status::kOk;
}

void Resolver::stop() {
  if (channel_ == nullptr) return;
  for (size_t i = 0; i < places_.capacity(); ++i) {
    if (Place* const place = places_.get(places_.at(i))) place->user = nullptr;
  }
  ares_destroy(channel_);  // Answers what is under way with "destroyed".
  channel_ = nullptr;
  settle();
}

Resolver::Ticket Resolver::ask(LookupUser& user, uint16_t tag, const char* host) {
  const Ticket ticket = places_.acquire();
  Place* const place = places_.get(ticket);
  if (place == nullptr) return {};
  *place = Place();
  place->owner = this;
  place->user = &user;
  place->self = ticket;
  place->tag = tag;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel_, host, nullptr, &hints, on_answer, place);
  return ticket;
}

void Resolver::forget(Ticket ticket) {
  // c-ares cannot take one question back: its answer will find nobody.
  if (Place* const place = places_.get(ticket)) place->user = nullptr;
}

void Resolver::on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* answer) {
  auto& place = *static_cast<Place*>(argument);
  place.answered = true;
  ++place.owner->unsettled_;
  if (status == ARES_SUCCESS && answer != nullptr) {
    for (const ares_addrinfo_node* node = answer->nodes; node != nullptr; node = node->ai_next) {
      const IpAddress address = address_of(*node);
      if (address.is_set() && !ok(place.addresses.push(address))) break;
    }
  }
  if (answer != nullptr) ares_freeaddrinfo(answer);
}

void Resolver::on_socket(void* self, int descriptor, int readable, int writable) {
  Poller& poller = static_cast<Resolver*>(self)->poller_;
  uint32_t interest = 0;
  if (readable != 0) interest |= EPOLLIN;
  if (writable != 0) interest |= EPOLLOUT;
  if (interest == 0) {
    poller.remove(descriptor);
  } else if (poller.interest(descriptor) != 0) {
    poller.set_interest(descriptor, interest);
  } else {
    // When the table is full the question ends by its timeout.
    (void)poller.add(descriptor, Poller::Kind::kLookup, interest);
  }
}

void Resolver::service(const Poller::Event& event) {
  const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  ares_process_fd(channel_,
                  broken || (event.events & EPOLLIN) != 0 ? event.descriptor : ARES_SOCKET_BAD,
                  (event.events & EPOLLOUT) != 0 ? event.descriptor : ARES_SOCKET_BAD);
}

Duration Resolver::patience() const {
  if (places_.size() == 0) return Duration::max();
  if (unsettled_ != 0) return Duration();
  timeval wait{};
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) return Duration::max();
  return Duration::us(int64_t{wait.tv_sec} * 1'000'000 + wait.tv_usec);
}

void Resolver::service_timeouts() {
  if (places_.size() != 0) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void Resolver::settle() {
  for (size_t i = 0; unsettled_ != 0 && i < places_.capacity(); ++i) {
    const Ticket ticket = places_.at(i);
    Place* const place = places_.get(ticket);
    if (place == nullptr || !place->answered) continue;
    const Place answer = *place;
    places_.release(ticket);
    --unsettled_;
    if (answer.user != nullptr) answer.user->on_addresses(answer.tag, answer.addresses);
  }
}

}  // namespace hookflash
