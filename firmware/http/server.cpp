#include "http/server.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "http/websocket_handshake.h"

namespace hookflash {
namespace {

constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";
constexpr std::string_view kVersionWanted = "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n";
constexpr uint64_t kUnknown = std::numeric_limits<uint64_t>::max();

uint16_t status_of(HeadFault fault) {
  switch (fault) {
    case HeadFault::kNone: return 200;
    case HeadFault::kLineTooLong: return 414;
    case HeadFault::kHeadersTooLarge: return 431;
    case HeadFault::kMalformed: return 400;
  }
  return 400;
}

}  // namespace

void HttpServer::start(Outbox& outbox, RequestHandler& handler,
                       std::span<const std::string_view> single) {
  outbox_ = &outbox;
  handler_ = &handler;
  single_ = single;
  draining_ = false;
}

// --- Finding -----------------------------------------------------------------------------------

HttpServer::Place HttpServer::place_of(SocketId socket) const {
  if (!socket.is_set() || socket.index >= places_.size()) return {};
  const Place place = places_[socket.index];
  const Connection* connection = connections_.get(place);
  return connection != nullptr && connection->peer.socket == socket ? place : Place{};
}

Connection* HttpServer::find(RequestRef request) {
  Connection* connection = connections_.get(Place{request.place, request.generation});
  if (connection == nullptr || connection->number != request.number) return nullptr;
  const bool open = connection->state == Connection::State::kWaiting ||
                    connection->state == Connection::State::kUpgrade;
  return open ? connection : nullptr;
}

RequestRef HttpServer::ref_of(const Connection& connection) const {
  const Place place = places_[connection.peer.socket.index];
  return {place.index, place.generation, connection.number};
}

// --- What the platform tells -------------------------------------------------------------------

void HttpServer::on_accepted(const in::Accepted& accepted, Now now) {
  CHECK(accepted.socket.is_set() && accepted.socket.index < places_.size());
  const Place place = connections_.acquire();
  Connection* connection = connections_.get(place);
  if (connection == nullptr) {
    refuse_connection(accepted.socket, now);
    handler_->on_refused(HttpRefusal::kConnections, 0);
    return;
  }
  connection->state = Connection::State::kHead;
  connection->peer = {accepted.socket, accepted.listener, accepted.tls, accepted.peer};
  connection->number = 0;
  connection->counted = connection->reports = connection->stash_overflowed = false;
  connection->stash_size = 0;
  connection->head.clear();
  connection->webhook_body = {};
  connection->api_body = {};
  places_[accepted.socket.index] = place;
  deadlines_.arm(connection->deadline, now.mono + limits::kHeadTimeout);
  connection->deadline.owner = place.index;
}

void HttpServer::on_received(const in::Received& received, Now now) {
  consume(place_of(received.socket), received.bytes, now);
}

void HttpServer::on_sent(const in::Sent& sent, Now now) {
  Connection* connection = find(sent.socket);
  if (connection == nullptr) return;
  const bool sending = connection->state == Connection::State::kSending;
  if (!sending && connection->state != Connection::State::kLingering &&
      connection->state != Connection::State::kClosing) {
    return;  // A 100 Continue has left.
  }
  const RequestRef request = ref_of(*connection);
  const bool reports = connection->reports;
  connection->reports = false;
  if (sending) next_request(*connection, now);
  if (reports) handler_->on_answer_sent(request, true, now);
}

void HttpServer::on_closed(const in::Closed& closed, Now now) {
  Connection* connection = find(closed.socket);
  if (connection == nullptr) return;
  const RequestRef request = ref_of(*connection);
  const bool unanswered = connection->state == Connection::State::kWaiting ||
                          connection->state == Connection::State::kUpgrade;
  const bool reports = connection->reports;
  release(*connection);
  if (unanswered) handler_->on_gone(request, now);
  if (reports) handler_->on_answer_sent(request, closed.flushed, now);
}

void HttpServer::on_time(Now now) {
  while (Deadline* due = deadlines_.pop_due(now.mono)) {
    Connection* connection = connections_.get(connections_.at(due->owner));
    CHECK(connection != nullptr);
    expired(*connection, now);
  }
}

void HttpServer::drain(Now now) {
  draining_ = true;
  for (size_t i = 0; i < limits::kHttpConnectionsMax; ++i) {
    Connection* connection = connections_.get(connections_.at(i));
    if (connection == nullptr) continue;
    if (connection->state == Connection::State::kHead && !connection->head.started()) {
      close(*connection, now);
    }
  }
}

// --- Reading -----------------------------------------------------------------------------------

void HttpServer::consume(Place place, Bytes bytes, Now now) {
  while (!bytes.empty()) {
    // A handler may have turned the connection into a WebSocket meanwhile.
    Connection* connection = connections_.get(place);
    if (connection == nullptr) return;
    size_t used = bytes.size();
    switch (connection->state) {
      case Connection::State::kHead: {
        if (!connection->head.started()) {
          // The first request has 5 s from the accept, later ones from their first byte.
          if (connection->number != 0) {
            deadlines_.arm(connection->deadline, now.mono + limits::kHeadTimeout);
          }
        }
        used = connection->head.feed(bytes);
        if (connection->head.state() != HeadReader::State::kReading) {
          used += head_ended(*connection, bytes.subspan(used), now);
        }
        break;
      }
      case Connection::State::kBody: {
        used = connection->body.feed(bytes);
        count_read(*connection, used);
        if (connection->body.state() != BodyReader::State::kReading) body_ended(*connection, now);
        break;
      }
      case Connection::State::kWaiting:
      case Connection::State::kSending: stash(*connection, bytes); break;
      case Connection::State::kUpgrade:
        stash(*connection, bytes);
        if (connection->stash_overflowed) give_up_upgrade(*connection, now);
        break;
      case Connection::State::kLingering:
        count_read(*connection, used);
        if (connection->unread == 0) close(*connection, now);
        break;
      case Connection::State::kFree:
      case Connection::State::kClosing: break;
    }
    bytes = bytes.subspan(used);
  }
}

void HttpServer::count_read(Connection& connection, size_t size) {
  if (connection.unread != kUnknown)
    connection.unread -= std::min<uint64_t>(connection.unread, size);
}

void HttpServer::stash(Connection& connection, Bytes bytes) {
  const std::span<char> rest = connection.head.rest();
  if (connection.stash_overflowed || bytes.size() > rest.size() - connection.stash_size) {
    // A peer that pipelines more than a head's worth gets its present answer, and the connection
    // ends: it repeats what was not answered (RFC 9112 section 9.3.2).
    connection.stash_overflowed = true;
    return;
  }
  std::memcpy(rest.data() + connection.stash_size, bytes.data(), bytes.size());
  connection.stash_size += bytes.size();
}

size_t HttpServer::head_ended(Connection& connection, Bytes behind, Now now) {
  ++connection.number;
  connection.head_complete = now.mono;
  connection.keeps_alive = false;
  connection.is_head_request = false;
  connection.stash_size = 0;
  connection.unread = kUnknown;
  HeadFault fault = connection.head.fault();
  if (fault == HeadFault::kNone) fault = head_.parse(connection.head.text(), single_);
  if (fault != HeadFault::kNone) {
    handler_->on_refused(HttpRefusal::kHead, 0);
    send_error(connection, status_of(fault), Unread::kYes, now);
    return 0;
  }
  connection.keeps_alive = head_.keeps_alive();
  connection.is_head_request = head_.is_head();
  if (!head_.chunked()) connection.unread = head_.length();

  const Verdict verdict = handler_->on_head(connection.peer, head_, now);
  connection.group = verdict.group;
  connection.tag = verdict.tag;
  connection.source = verdict.source;
  connection.answer_timeout = verdict.answer_timeout;
  connection.timeout_status = verdict.timeout_status;
  switch (verdict.kind) {
    case Verdict::Kind::kRefuse:
      send_group_error(connection, verdict.status, verdict.headers, verdict.close,
                       head_.has_body() ? Unread::kYes : Unread::kNo, now);
      return 0;
    case Verdict::Kind::kWebSocket: return begin_upgrade(connection, verdict, behind, now);
    case Verdict::Kind::kProceed: proceed(connection, verdict, now); return 0;
  }
  return 0;
}

size_t HttpServer::begin_upgrade(Connection& connection, const Verdict& verdict, Bytes behind,
                                 Now now) {
  const HandshakeFault fault = judge_websocket_handshake(head_);
  if (fault != HandshakeFault::kNone) {
    handler_->on_refused(HttpRefusal::kHandshake, verdict.tag);
    const bool version = fault == HandshakeFault::kVersion;
    send_group_error(connection, version ? 426 : 400, version ? kVersionWanted : "", true,
                     head_.has_body() ? Unread::kYes : Unread::kNo, now);
    return 0;
  }
  connection.state = Connection::State::kUpgrade;
  deadlines_.arm(connection.deadline, now.mono + connection.answer_timeout);
  // The handler may accept at once, and what a hasty peer sent behind its head goes with the
  // socket.
  stash(connection, behind);
  const RequestRef request = ref_of(connection);
  handler_->on_upgrade(request, connection.peer, head_, now);
  if (connection.stash_overflowed && find(request) != nullptr) give_up_upgrade(connection, now);
  return behind.size();
}

void HttpServer::proceed(Connection& connection, const Verdict& verdict, Now now) {
  const Unread unread = head_.has_body() ? Unread::kYes : Unread::kNo;
  const size_t group = static_cast<size_t>(verdict.group);
  const bool webhook = verdict.group == RequestGroup::kWebhook;
  const size_t in_flight_max =
      webhook ? limits::kRequestsInFlightMax : limits::kApiRequestsInFlightMax;
  if (verdict.source.kind != Source::Kind::kUnlimited &&
      in_flight_from(verdict.group, verdict.source) >= limits::kRequestsPerSourceMax) {
    handler_->on_refused(HttpRefusal::kSourceLimit, verdict.tag);
    return send_group_error(connection, 429, kRetryAfter, false, unread, now);
  }
  if (in_flight_[group] >= in_flight_max) {
    handler_->on_refused(HttpRefusal::kTotalLimit, verdict.tag);
    return send_group_error(connection, 503, kRetryAfter, false, unread, now);
  }
  connection.counted = true;
  ++in_flight_[group];
  begin_body(connection, verdict, now);
}

void HttpServer::begin_body(Connection& connection, const Verdict& verdict, Now now) {
  MutableBytes memory;
  if (head_.has_body()) {
    // There is a buffer for every request that step 8 lets through.
    if (verdict.group == RequestGroup::kWebhook) {
      connection.webhook_body = webhook_bodies_.acquire();
      memory = *webhook_bodies_.get(connection.webhook_body);
    } else {
      connection.api_body = api_bodies_.acquire();
      memory = *api_bodies_.get(connection.api_body);
    }
    memory = memory.first(std::min(memory.size(), verdict.body_max));
  }
  if (head_.chunked()) {
    connection.body.begin_chunked(memory);
  } else {
    connection.body.begin_length(head_.length(), memory);
  }
  connection.state = Connection::State::kBody;
  if (connection.body.state() != BodyReader::State::kReading) return body_ended(connection, now);
  deadlines_.arm(connection.deadline, now.mono + limits::kBodyTimeout);
  if (head_.expects_continue()) {
    outbox_->push(out::Write{connection.peer.socket, bytes_of("HTTP/1.1 100 Continue\r\n\r\n")});
  }
}

void HttpServer::body_ended(Connection& connection, Now now) {
  switch (connection.body.state()) {
    case BodyReader::State::kReading: return;
    case BodyReader::State::kMalformed:
      handler_->on_refused(HttpRefusal::kBodyFraming, connection.tag);
      return send_group_error(connection, 400, "", true, Unread::kYes, now);
    case BodyReader::State::kTooLarge:
      handler_->on_refused(HttpRefusal::kBodySize, connection.tag);
      return send_group_error(connection, 413, "", true, Unread::kYes, now);
    case BodyReader::State::kComplete: break;
  }
  connection.state = Connection::State::kWaiting;
  deadlines_.arm(connection.deadline, connection.head_complete + connection.answer_timeout);
  // The head was judged before the body came, maybe many requests ago.
  CHECK(head_.parse(connection.head.text(), single_) == HeadFault::kNone);
  handler_->on_request(ref_of(connection), connection.peer, head_, connection.body.body(), now);
}

void HttpServer::next_request(Connection& connection, Now now) {
  const Place place = places_[connection.peer.socket.index];
  const size_t size = connection.stash_size;
  if (connection.stash_overflowed) return close(connection, now);
  std::memcpy(replay_.data(), connection.head.rest().data(), size);
  connection.stash_size = 0;
  connection.head.clear();
  connection.state = Connection::State::kHead;
  deadlines_.arm(connection.deadline, now.mono + limits::kKeepAliveIdle);
  if (draining_ && size == 0) return close(connection, now);
  consume(place, Bytes(replay_.data(), size), now);
}

// --- Time --------------------------------------------------------------------------------------

void HttpServer::expired(Connection& connection, Now now) {
  switch (connection.state) {
    case Connection::State::kFree: return;
    case Connection::State::kHead:
      if (connection.number != 0 && !connection.head.started()) return close(connection, now);
      ++connection.number;
      connection.is_head_request = false;
      connection.unread = kUnknown;
      handler_->on_refused(HttpRefusal::kSlowHead, 0);
      return send_error(connection, 408, Unread::kYes, now);
    case Connection::State::kBody:
      handler_->on_refused(HttpRefusal::kSlowBody, connection.tag);
      return send_group_error(connection, 408, "", true, Unread::kYes, now);
    case Connection::State::kWaiting:
    case Connection::State::kUpgrade: {
      const RequestRef request = ref_of(connection);
      handler_->on_refused(HttpRefusal::kSlowAnswer, connection.tag);
      send_group_error(connection, connection.timeout_status, "", false, Unread::kNo, now);
      return handler_->on_gone(request, now);
    }
    case Connection::State::kLingering: return close(connection, now);
    case Connection::State::kSending:
    case Connection::State::kClosing:
      // The peer does not take its answer.
      connection.state = Connection::State::kClosing;
      outbox_->push(out::Close{.socket = connection.peer.socket, .now = true});
      return;
  }
}

// --- Counting ----------------------------------------------------------------------------------

size_t HttpServer::in_flight_from(RequestGroup group, const Source& source) const {
  size_t found = 0;
  for (size_t i = 0; i < limits::kHttpConnectionsMax; ++i) {
    const Connection* connection = connections_.get(connections_.at(i));
    if (connection != nullptr && connection->counted && connection->group == group &&
        connection->source == source) {
      ++found;
    }
  }
  return found;
}

void HttpServer::end_count(Connection& connection) {
  if (connection.counted) --in_flight_[static_cast<size_t>(connection.group)];
  connection.counted = false;
  if (connection.webhook_body.is_set()) webhook_bodies_.release(connection.webhook_body);
  if (connection.api_body.is_set()) api_bodies_.release(connection.api_body);
  connection.webhook_body = {};
  connection.api_body = {};
}

void HttpServer::release(Connection& connection) {
  end_count(connection);
  deadlines_.disarm(connection.deadline);
  const Place place = places_[connection.peer.socket.index];
  places_[connection.peer.socket.index] = {};
  connection.state = Connection::State::kFree;
  connections_.release(place);
}

}  // namespace hookflash
