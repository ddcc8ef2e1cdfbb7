#pragma once

#include <array>
#include <string_view>

#include "base/deadline_heap.h"
#include "platform/linux/core_port.h"
#include "platform/linux/resolver.h"
#include "platform/linux/streams.h"

namespace hookflash {

// A connection that we open, from the name of a host to TLS: its addresses are tried one after the
// other until one takes TCP. A passive record, worked on by Approach. All zero is none.
struct Outgoing : Stream {
  enum class Stage : uint8_t { kNone, kResolving, kConnecting, kConnected };

  Stage stage = Stage::kNone;
  bool tls = false;
  bool refused = false;      // The owner allowed none of the addresses so far.
  bool next_wanted = false;  // In the list of those that go on in settle().
  uint16_t port = 0;
  uint16_t number = 0;  // Its place with its owner.
  uint8_t next_address = 0;
  Outgoing* following = nullptr;
  Resolver::Ticket lookup;
  AddressList addresses;
  std::array<char, limits::kHostBytesMax + 1> host{};  // Ends in NUL.
  Deadline attempt;  // One address may take only so long while there are others.

  // kTooLarge for a name longer than any; brackets around an IPv6 address are taken off.
  Status set_host(std::string_view name);
  [[nodiscard]] std::string_view host_view() const { return host.data(); }
};

enum class ApproachFault : uint8_t { kUnreachable, kRefusedHost };

// Who owns outgoing connections.
class ApproachUser {
 public:
  virtual Outgoing& outgoing_at(uint16_t number) = 0;
  // Whether this address may be connected to at all.
  [[nodiscard]] virtual bool allows(const Outgoing& outgoing, const IpAddress& address) const = 0;
  // No address of the host could be reached. The stream is closed. Called from settle() only.
  virtual void on_unreachable(Outgoing& outgoing, ApproachFault fault) = 0;

 protected:
  ~ApproachUser() = default;
};

// The way to a connection. The owner is the user of the stream and passes on what belongs here.
class Approach final : public LookupUser {
 public:
  Approach(ApproachUser& owner, StreamUser& stream_user, Streams& streams, Resolver& resolver,
           Timers& timers, TimerKind attempt_kind)
      : owner_(owner),
        stream_user_(stream_user),
        streams_(streams),
        resolver_(resolver),
        timers_(timers),
        attempt_kind_(attempt_kind) {}

  // Host, port and tls are set. Ends in the stream's on_connected(), or in on_unreachable(),
  // neither of them from within this call. kFull when too many names are being asked for.
  Status begin(Outgoing& outgoing);

  // The owner's on_connected() and on_closed() call these first. closed() is true when another
  // address will be tried: nothing has ended then.
  void connected(Outgoing& outgoing);
  bool closed(Outgoing& outgoing, StreamEnd end);

  // Nothing more is reported. A stream that is open is left to the owner.
  void abandon(Outgoing& outgoing);
  void attempt_timed_out(Outgoing& outgoing);

  void on_addresses(uint16_t number, const AddressList& addresses) override;
  // Goes on with what could not be done from within libwebsockets.
  void settle();

 private:
  void go_on_later(Outgoing& outgoing);
  void try_next(Outgoing& outgoing);

  ApproachUser& owner_;
  StreamUser& stream_user_;
  Streams& streams_;
  Resolver& resolver_;
  Timers& timers_;
  TimerKind attempt_kind_;
  Outgoing* first_ = nullptr;
};

}  // namespace hookflash
