#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/deadline_heap.h"
#include "base/pool.h"
#include "base/time.h"
#include "hal/in.h"
#include "hal/outbox.h"
#include "http/answer.h"
#include "http/connection.h"
#include "http/request_handler.h"
#include "limits.h"

namespace hookflash {

// An HTTP/1.1 server over bytes: steps 1 to 3 and 8 to 10 of contract section 18, keep-alive,
// pipelining, chunked bodies, and the judgement of WebSocket handshakes. What is served is the
// handler's business. All bytes zero is a server that has not been started.
class HttpServer {
 public:
  // Call once before anything else. `single` names, in lower case, the headers a request may have
  // only once. All three outlive the server.
  void start(Outbox& outbox, RequestHandler& handler, std::span<const std::string_view> single);

  // What the platform tells. Values for sockets that are not (or no longer) HTTP are ignored.
  void on_accepted(const in::Accepted& accepted, Now now);
  void on_received(const in::Received& received, Now now);
  void on_sent(const in::Sent& sent, Now now);
  void on_closed(const in::Closed& closed, Now now);
  void on_time(Now now);
  [[nodiscard]] Instant deadline() const { return deadlines_.next(); }

  // True from Accepted until Closed or accept_websocket().
  [[nodiscard]] bool owns(SocketId socket) const { return place_of(socket).is_set(); }

  // Answers a request for which on_request() or on_upgrade() was called. The texts are copied.
  // False, and nothing happens, when the request is gone or answered already.
  bool respond(RequestRef request, const Answer& answer, Now now);
  // Since the last byte of the request's head; zero when the request is gone or answered.
  [[nodiscard]] Duration waited(RequestRef request, Now now);
  // Turns the connection of an on_upgrade() into a WebSocket: it leaves the server. False when
  // gone.
  bool accept_websocket(RequestRef request);

  // Closes idle connections now and the others behind their answers (B-LIFE-5). Until start().
  void drain(Now now);

  [[nodiscard]] size_t connections() const { return connections_.size(); }
  [[nodiscard]] size_t connections_high_water() const { return connections_.high_water(); }
  [[nodiscard]] size_t in_flight(RequestGroup group) const {
    return in_flight_[static_cast<size_t>(group)];
  }

 private:
  using Place = Handle<Connection>;

  [[nodiscard]] Place place_of(SocketId socket) const;
  Connection* find(SocketId socket) { return connections_.get(place_of(socket)); }
  Connection* find(RequestRef request);
  [[nodiscard]] RequestRef ref_of(const Connection& connection) const;

  void consume(Place place, Bytes bytes, Now now);
  void stash(Connection& connection, Bytes bytes);
  static void count_read(Connection& connection, size_t size);
  // Returns how many of the bytes behind the head it took.
  size_t head_ended(Connection& connection, Bytes behind, Now now);
  void proceed(Connection& connection, const Verdict& verdict, Now now);
  void begin_body(Connection& connection, const Verdict& verdict, Now now);
  void body_ended(Connection& connection, Now now);
  size_t begin_upgrade(Connection& connection, const Verdict& verdict, Bytes behind, Now now);
  void give_up_upgrade(Connection& connection, Now now);
  void next_request(Connection& connection, Now now);
  void expired(Connection& connection, Now now);

  // Input that belongs to the request answered here may still come.
  enum class Unread : bool { kNo, kYes };
  void send(Connection& connection, const Answer& answer, Unread unread, Now now);
  void send_error(Connection& connection, uint16_t status, Unread unread, Now now);
  void send_group_error(Connection& connection, uint16_t status, std::string_view headers,
                        bool close, Unread unread, Now now);
  void write(SocketId socket, const Answer& answer, bool closes, bool without_body, Now now);
  void close(Connection& connection, Now now);
  void refuse_connection(SocketId socket, Now now);

  [[nodiscard]] size_t in_flight_from(RequestGroup group, const Source& source) const;
  void end_count(Connection& connection);
  void release(Connection& connection);

  Outbox* outbox_ = nullptr;
  RequestHandler* handler_ = nullptr;
  std::span<const std::string_view> single_;
  bool draining_ = false;
  std::array<size_t, kRequestGroups> in_flight_{};
  DeadlineHeap<limits::kHttpConnectionsMax> deadlines_;
  RequestHead head_;  // Of the request at hand: parsed again whenever a handler needs to see it.
  std::array<uint8_t, limits::kHeadBytesMax> replay_{};  // Stashed bytes on their way back in.
  std::array<Place, limits::kAcceptedMax> places_{};     // By SocketId::index.
  Pool<Connection, limits::kHttpConnectionsMax> connections_;
  Pool<WebhookBody, limits::kRequestsInFlightMax> webhook_bodies_;
  Pool<ApiBody, limits::kApiRequestsInFlightMax> api_bodies_;
};

}  // namespace hookflash
