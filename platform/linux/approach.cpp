#include "platform/linux/approach.h"

#include <cstring>

#include "platform/linux/clocks.h"

namespace hookflash {

Status Outgoing::set_host(std::string_view name) {
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  }
  if (name.empty() || name.size() >= host.size()) return Status::kTooLarge;
  if (name.find('\0') != std::string_view::npos) return Status::kInvalid;
  std::memcpy(host.data(), name.data(), name.size());
  host[name.size()] = '\0';
  return Status::kOk;
}

Status Approach::begin(Outgoing& outgoing) {
  CHECK(outgoing.stage == Outgoing::Stage::kNone && outgoing.closed());
  outgoing.addresses.clear();
  outgoing.next_address = 0;
  outgoing.refused = false;
  outgoing.stage = Outgoing::Stage::kResolving;
  if (const auto numeric = IpAddress::parse(outgoing.host_view())) {
    (void)outgoing.addresses.push(*numeric);
    go_on_later(outgoing);
    return Status::kOk;
  }
  outgoing.lookup = resolver_.ask(*this, outgoing.number, outgoing.host.data());
  if (outgoing.lookup.is_set()) return Status::kOk;
  outgoing.stage = Outgoing::Stage::kNone;
  return Status::kFull;
}

void Approach::on_addresses(uint16_t number, const AddressList& addresses) {
  Outgoing& outgoing = owner_.outgoing_at(number);
  outgoing.lookup = {};
  outgoing.addresses = addresses;
  try_next(outgoing);
}

void Approach::try_next(Outgoing& outgoing) {
  while (outgoing.next_address < outgoing.addresses.size()) {
    const IpAddress& address = outgoing.addresses[outgoing.next_address++];
    if (!owner_.allows(outgoing, address)) {
      outgoing.refused = true;
      continue;
    }
    outgoing.stage = Outgoing::Stage::kConnecting;
    const Streams::Dial dial{address, outgoing.port, outgoing.tls, outgoing.host.data()};
    if (!ok(streams_.dial(outgoing, stream_user_, dial))) continue;
    if (outgoing.next_address < outgoing.addresses.size()) {
      outgoing.attempt.kind = static_cast<uint16_t>(attempt_kind_);
      outgoing.attempt.owner = outgoing.number;
      timers_.arm(outgoing.attempt, read_clocks().mono + linux_limits::kAttemptTimeout);
    }
    return;
  }
  const bool refused = outgoing.refused && outgoing.stage == Outgoing::Stage::kResolving;
  outgoing.stage = Outgoing::Stage::kNone;
  owner_.on_unreachable(outgoing,
                        refused ? ApproachFault::kRefusedHost : ApproachFault::kUnreachable);
}

void Approach::connected(Outgoing& outgoing) {
  timers_.disarm(outgoing.attempt);
  outgoing.stage = Outgoing::Stage::kConnected;
}

bool Approach::closed(Outgoing& outgoing, StreamEnd end) {
  timers_.disarm(outgoing.attempt);
  if (outgoing.stage == Outgoing::Stage::kConnecting && end == StreamEnd::kUnreachable) {
    go_on_later(outgoing);
    return true;
  }
  outgoing.stage = Outgoing::Stage::kNone;
  return false;
}

void Approach::abandon(Outgoing& outgoing) {
  resolver_.forget(outgoing.lookup);
  outgoing.lookup = {};
  timers_.disarm(outgoing.attempt);
  outgoing.stage = Outgoing::Stage::kNone;
}

void Approach::attempt_timed_out(Outgoing& outgoing) {
  // TLS may be under way already: then the host is there, and the rest is up to the whole deadline.
  if (outgoing.stage == Outgoing::Stage::kConnecting && !outgoing.reached())
    streams_.kill(outgoing);
}

void Approach::go_on_later(Outgoing& outgoing) {
  if (outgoing.next_wanted) return;
  outgoing.next_wanted = true;
  outgoing.following = first_;
  first_ = &outgoing;
}

void Approach::settle() {
  while (Outgoing* const outgoing = first_) {
    first_ = outgoing->following;
    outgoing->next_wanted = false;
    const bool waits = outgoing->stage == Outgoing::Stage::kResolving ||
                       outgoing->stage == Outgoing::Stage::kConnecting;
    if (waits && outgoing->closed() && !outgoing->lookup.is_set()) try_next(*outgoing);
  }
}

}  // namespace hookflash
