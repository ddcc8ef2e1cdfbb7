#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/ip_address.h"
#include "base/text_writer.h"
#include "base/time.h"
#include "hal/in.h"
#include "http/request_head.h"
#include "limits.h"

namespace hookflash {

// Names one request. Zero bytes are "none"; a kept one finds nothing once its request is answered
// or its connection is gone.
struct RequestRef {
  uint16_t place = 0;
  uint16_t generation = 0;
  uint32_t number = 0;  // Counts the requests of one connection, from 1.

  [[nodiscard]] bool is_set() const { return number != 0; }
  bool operator==(const RequestRef&) const = default;
};

// Where a connection comes from.
struct Peer {
  SocketId socket;
  in::Listener listener = in::Listener::kMain;
  bool tls = false;
  IpAddress address;  // Not set when unknown.
};

// Who a request is counted for in step 8 (B-WEB-3).
struct Source {
  enum class Kind : uint8_t {
    kUnknown,  // No address: all such requests share one source.
    kAddress,
    kUnlimited,  // Behind a tunnel that names no client: only the overall limit applies.
  };
  Kind kind = Kind::kUnknown;
  IpAddress address;

  bool operator==(const Source&) const = default;
};

// Requests of different groups are counted apart, so that waiting dials never starve the webhooks
// they need (section 18). kApi are the routes of section 24.
enum class RequestGroup : uint8_t { kWebhook, kApi };
inline constexpr size_t kRequestGroups = 2;

// What the owner of the routes says about a head (steps 4 to 7).
struct Verdict {
  enum class Kind : uint8_t {
    kProceed,    // Read the body, then call on_request().
    kRefuse,     // Answer `status` without reading the body.
    kWebSocket,  // A handshake: when it is valid, call on_upgrade().
  };
  Kind kind = Kind::kRefuse;
  uint16_t status = 404;
  std::string_view
      headers;         // For a refusal, further header lines; alive until on_head's caller returns.
  bool close = false;  // For a refusal.
  RequestGroup group = RequestGroup::kWebhook;
  Source source;
  size_t body_max = limits::kBodyBytesMax;           // Cut to what the group's buffers hold.
  Duration answer_timeout = limits::kAnswerTimeout;  // From the last byte of the head (B-WEB-4).
  uint16_t timeout_status = 500;
  uint8_t tag = 0;  // Given back in on_refused(), for the metrics of a line.
};

// What the server itself refused, for metrics. kHead and kSlowHead come before any route is known.
enum class HttpRefusal : uint8_t {
  kConnections,
  kHead,
  kSlowHead,
  kSourceLimit,
  kTotalLimit,
  kBodySize,
  kBodyFraming,
  kSlowBody,
  kSlowAnswer,
  kHandshake,
};

// The owner of the routes. Every request for which on_request() or on_upgrade() was called ends in
// exactly one of: on_answer_sent(), on_gone(), or accept_websocket() by the handler itself. All
// calls come from inside a call to the server with the same `Now`.
class RequestHandler {
 public:
  // A complete head without faults: steps 4 to 7. Nothing may be answered from here but by the
  // verdict.
  virtual Verdict on_head(const Peer& peer, const RequestHead& head, Now now) = 0;

  // Head and body are complete. Both live until this returns; respond() may come now or later.
  virtual void on_request(RequestRef request, const Peer& peer, const RequestHead& head, Bytes body,
                          Now now) = 0;

  // A valid handshake: accept_websocket() or respond(), now or later.
  virtual void on_upgrade(RequestRef request, const Peer& peer, const RequestHead& head,
                          Now now) = 0;

  // The answer given by respond() has been taken over by the kernel, or could not be (B-DED-6).
  virtual void on_answer_sent(RequestRef request, bool complete, Now now) = 0;

  // The connection went, or the answer's deadline passed, before respond(); a later one does
  // nothing.
  virtual void on_gone(RequestRef request, Now now) = 0;

  // The server refused or broke off a request by itself. `tag` is 0 when no route is known yet.
  virtual void on_refused(HttpRefusal refusal, uint8_t tag) = 0;

  // Writes the body of an error answer of the group; returns its content type. Called for refusals
  // by verdict and by the server itself once the group is known; else the text is plain.
  virtual std::string_view write_error(RequestGroup group, uint16_t status, TextWriter& body) = 0;

 protected:
  ~RequestHandler() = default;
};

}  // namespace hookflash
