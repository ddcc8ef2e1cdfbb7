#include "platform/linux/rest_client.h"

#include "base/text_writer.h"
#include "platform/linux/clocks.h"

namespace hookflash {

RestClient::RestClient(CorePort& core, Streams& streams, Resolver& resolver, Timers& timers,
                       BlockPool& blocks)
    : core_(core),
      streams_(streams),
      timers_(timers),
      blocks_(blocks),
      approach_(*this, *this, streams, resolver, timers, TimerKind::kRestAttempt) {
  for (size_t i = 0; i < connections_.size(); ++i)
    connections_[i].number = static_cast<uint16_t>(i);
}

bool RestClient::allows(const Outgoing& outgoing, const IpAddress& address) const {
  if (!outgoing.tls) return plain_anywhere_ || address.is_loopback();
  return private_hosts_ || address.is_public();
}

// --- Taking requests
// ------------------------------------------------------------------------------

void RestClient::perform(const out::RestSend& send, Now now) {
  const ExchangeHandle handle = exchanges_.acquire();
  Exchange* const exchange = exchanges_.get(handle);
  CHECK(exchange != nullptr &&
        send.line < lines_.size());  // The core keeps to its limits (B-PRV-6).
  exchange->id = send.id;
  exchange->line = send.line;
  exchange->hangup = send.hangup;
  exchange->tls = send.tls;
  exchange->port = send.port;
  exchange->connection = 0;
  exchange->sent = exchange->waiting = exchange->report_wanted = false;
  exchange->deadline.kind = static_cast<uint16_t>(TimerKind::kRestExchange);
  exchange->deadline.owner = handle.index;
  timers_.arm(exchange->deadline, now.mono + send.timeout);
  work_ = true;
  if (ok(exchange->host.assign(send.host)) && ok(write_request(*exchange, send)) &&
      ok(lines_[send.line].waiting.push(handle))) {
    exchange->waiting = true;
  } else {
    exchange->report_wanted = true;
    exchange->failure = in::RestFailure::kUnreachable;
  }
}

Status RestClient::write_request(Exchange& exchange, const out::RestSend& send) {
  char text[1024 + limits::kHostBytesMax];
  TextWriter head(text, sizeof text);
  head.put(send.method).put(' ').put(send.target).put(" HTTP/1.1\r\nHost: ").put(send.host);
  if (send.port != (send.tls ? 443 : 80)) head.put(':').number(send.port);
  head.put("\r\nUser-Agent: hookflash\r\nAccept: application/json\r\n");
  if (!send.body.empty() || send.method == "POST") {
    head.put("Content-Length: ").number(send.body.size()).put("\r\n");
  }
  if (head.overflowed()) return Status::kTooLarge;
  for (const std::string_view piece :
       {head.view(), send.headers, std::string_view("\r\n"), send.body}) {
    TRY(exchange.request.append(blocks_, bytes_of(piece)));
  }
  return Status::kOk;
}

void RestClient::settle() {
  approach_.settle();
  while (work_) {
    work_ = false;
    for (size_t i = 0; i < exchanges_.capacity() && exchanges_.size() != 0; ++i) {
      const ExchangeHandle handle = exchanges_.at(i);
      const Exchange* const exchange = exchanges_.get(handle);
      if (exchange != nullptr && exchange->report_wanted) failed(handle, exchange->failure);
    }
    for (Connection& connection : connections_) {
      if (!connection.begin_wanted || !connection.closed()) continue;
      connection.begin_wanted = false;
      if (!ok(approach_.begin(connection))) end_exchange(connection, in::RestFailure::kUnreachable);
    }
    for (size_t line = 0; line < lines_.size(); ++line) serve_line(static_cast<uint8_t>(line));
    approach_.settle();
  }
}

// Gives connections to what waits: hang-ups first, the others in their order.
void RestClient::serve_line(uint8_t number) {
  auto& waiting = lines_[number].waiting;
  for (const bool hangups : {true, false}) {
    for (size_t i = 0; i < waiting.size();) {
      const ExchangeHandle handle = waiting[i];
      Exchange* const exchange = exchanges_.get(handle);
      CHECK(exchange != nullptr);
      Connection* const connection =
          exchange->hangup == hangups ? connection_for(*exchange) : nullptr;
      if (connection == nullptr) {
        ++i;
        continue;
      }
      waiting.erase(i);
      exchange->waiting = false;
      give(handle, *connection);
    }
  }
}

// An open connection to the same host, else one that is closed, else an idle one to another host.
// The last of a line serves hang-ups alone, so that a hang-up never waits behind dials (B-HUP-6).
RestClient::Connection* RestClient::connection_for(const Exchange& exchange) {
  Connection* best = nullptr;
  int best_rank = 0;
  const size_t first = exchange.line * kPerLine;
  for (size_t i = 0; i < kPerLine; ++i) {
    if (i == kPerLine - 1 && !exchange.hangup) break;
    Connection& connection = connections_[first + i];
    if (connection.exchange.is_set() || connection.begin_wanted) continue;
    int rank = 0;
    if (connection.usable) {
      const bool same = connection.tls == exchange.tls && connection.port == exchange.port &&
                        connection.host_view() == exchange.host.view();
      rank = same ? 3 : 1;
    } else if (connection.closed() && connection.stage == Outgoing::Stage::kNone) {
      rank = 2;
    }
    if (rank >= best_rank && rank > 0) {
      best = &connection;  // Among equals the last: a hang-up takes its own.
      best_rank = rank;
    }
  }
  return best;
}

void RestClient::give(ExchangeHandle handle, Connection& connection) {
  Exchange* const exchange = exchanges_.get(handle);
  connection.exchange = handle;
  exchange->connection = static_cast<uint16_t>(connection.number + 1);
  timers_.disarm(connection.idle);
  connection.answer.begin();
  if (connection.usable && connection.tls == exchange->tls && connection.port == exchange->port &&
      connection.host_view() == exchange->host.view()) {
    connection.usable = false;
    return send(connection);
  }
  connection.usable = false;
  connection.tls = exchange->tls;
  connection.port = exchange->port;
  if (!ok(connection.set_host(exchange->host.view()))) {
    return end_exchange(connection, in::RestFailure::kUnreachable);
  }
  connection.begin_wanted = true;
  work_ = true;
  streams_.kill(connection);  // Nothing when it is closed.
}

void RestClient::send(Connection& connection) {
  Exchange* const exchange = exchanges_.get(connection.exchange);
  exchange->sent = true;
  while (!exchange->request.empty()) {
    const Bytes bytes = exchange->request.front(blocks_);
    streams_.write(connection, bytes);
    exchange->request.pop(blocks_, bytes.size());
  }
}

// --- The way there and back
// -----------------------------------------------------------------------

void RestClient::on_connected(Stream& stream) {
  auto& connection = static_cast<Connection&>(stream);
  approach_.connected(connection);
  if (connection.exchange.is_set()) {
    send(connection);
  } else {
    streams_.kill(connection);  // Its exchange has ended in the meantime.
  }
}

void RestClient::on_bytes(Stream& stream, Bytes bytes) {
  auto& connection = static_cast<Connection&>(stream);
  // Bytes that nobody asked for: a server that answers before it is asked is out of step.
  if (!connection.exchange.is_set()) return streams_.kill(connection);
  size_t taken = 0;
  switch (connection.answer.take(bytes, connection.body, taken)) {
    case HttpAnswer::Result::kMore: return;
    case HttpAnswer::Result::kMalformed: return end_exchange(connection, in::RestFailure::kBroken);
    case HttpAnswer::Result::kTooLarge: return end_exchange(connection, in::RestFailure::kTooLarge);
    case HttpAnswer::Result::kComplete: break;
  }
  const bool keep = connection.answer.head().keep_alive && taken == bytes.size() &&
                    !connection.blocked() && connection.answer.head().status != 101;
  if (keep) {
    connection.usable = true;
    connection.idle.kind = static_cast<uint16_t>(TimerKind::kRestIdle);
    connection.idle.owner = connection.number;
    timers_.arm(connection.idle, read_clocks().mono + linux_limits::kRestIdle);
  } else {
    streams_.kill(connection);
  }
  answered(connection);
}

void RestClient::on_closed(Stream& stream, StreamEnd end) {
  auto& connection = static_cast<Connection&>(stream);
  connection.usable = false;
  timers_.disarm(connection.idle);
  work_ = true;  // Somebody may wait for this place.
  if (approach_.closed(connection, end)) return;
  if (!connection.exchange.is_set() || connection.begin_wanted) return;
  if (end == StreamEnd::kTls) return end_exchange(connection, in::RestFailure::kTls);
  if (end == StreamEnd::kTlsTime) return end_exchange(connection, in::RestFailure::kTlsTime);
  if (connection.answer.begun() && connection.answer.end() == HttpAnswer::Result::kComplete) {
    return answered(connection);
  }
  end_exchange(connection, in::RestFailure::kBroken);
}

void RestClient::on_unreachable(Outgoing& outgoing, ApproachFault fault) {
  auto& connection = static_cast<Connection&>(outgoing);
  work_ = true;
  if (!connection.exchange.is_set()) return;
  end_exchange(connection, fault == ApproachFault::kRefusedHost ? in::RestFailure::kRefusedHost
                                                                : in::RestFailure::kUnreachable);
}

void RestClient::idle_timed_out(uint16_t number) { streams_.kill(connections_[number]); }

void RestClient::exchange_timed_out(uint16_t index) {
  const ExchangeHandle handle = exchanges_.at(index);
  Exchange* const exchange = exchanges_.get(handle);
  if (exchange == nullptr) return;
  if (exchange->connection != 0) {
    return end_exchange(connections_[exchange->connection - 1U], in::RestFailure::kTimeout);
  }
  failed(handle, in::RestFailure::kTimeout);
}

// --- Ending
// ---------------------------------------------------------------------------------------

void RestClient::answered(Connection& connection) {
  const Exchange* const exchange = exchanges_.get(connection.exchange);
  const HttpAnswer::Head& head = connection.answer.head();
  in::RestAnswered answer;
  answer.id = exchange->id;
  answer.status = head.status;
  answer.body = text_of(Bytes(connection.body).first(connection.answer.body_size()));
  answer.retry_after_seconds = head.retry_after_seconds;
  answer.content_type = head.content_type;
  release(connection.exchange);
  connection.exchange = {};
  work_ = true;
  core_.deliver(answer);
}

void RestClient::end_exchange(Connection& connection, in::RestFailure failure) {
  const ExchangeHandle handle = connection.exchange;
  connection.exchange = {};
  connection.begin_wanted = false;
  connection.usable = false;
  approach_.abandon(connection);
  streams_.kill(connection);
  failed(handle, failure);
}

void RestClient::failed(ExchangeHandle handle, in::RestFailure failure) {
  const Exchange* const exchange = exchanges_.get(handle);
  const in::RestFailed report{exchange->id, failure, exchange->sent};
  release(handle);
  work_ = true;
  core_.deliver(report);
}

void RestClient::release(ExchangeHandle handle) {
  Exchange* const exchange = exchanges_.get(handle);
  timers_.disarm(exchange->deadline);
  exchange->request.clear(blocks_);
  if (exchange->waiting) {
    auto& waiting = lines_[exchange->line].waiting;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (!(waiting[i] == handle)) continue;
      waiting.erase(i);
      break;
    }
  }
  exchanges_.release(handle);
}

void RestClient::reset() {
  for (size_t i = 0; i < exchanges_.capacity(); ++i) {
    const ExchangeHandle handle = exchanges_.at(i);
    if (handle.is_set()) release(handle);
  }
  for (Connection& connection : connections_) {
    approach_.abandon(connection);
    timers_.disarm(connection.idle);
    connection.exchange = {};
    connection.usable = connection.begin_wanted = false;
  }
}

void RestClient::on_sent(Stream& /*stream*/) {}
void RestClient::on_websocket(Stream& /*stream*/) {}
void RestClient::on_piece(Stream& /*stream*/, const StreamPiece& /*piece*/) {}
void RestClient::on_pong(Stream& /*stream*/) {}
void RestClient::on_blocked(Stream& /*stream*/) {}
void RestClient::on_writable(Stream& /*stream*/) {}

}  // namespace hookflash
