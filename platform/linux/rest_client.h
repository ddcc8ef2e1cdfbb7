#pragma once

#include <array>

#include "hal/out.h"
#include "platform/linux/approach.h"
#include "platform/linux/http_answer.h"

namespace hookflash {

// REST requests to carriers over connections that are kept open: limits::kRestConnectionsPerLine
// for each line, the last of them for hang-ups only. Each request ends in exactly one report,
// within its deadline. Redirects are answers like any other; nothing is ever sent twice.
class RestClient final : public StreamUser, private ApproachUser {
 public:
  RestClient(CorePort& core, Streams& streams, Resolver& resolver, Timers& timers,
             BlockPool& blocks);

  // Carriers live on public addresses only (B-PRV-3); for tests this can be lifted.
  void allow_private_hosts(bool allow) { private_hosts_ = allow; }
  void allow_plain_anywhere(bool allow) { plain_anywhere_ = allow; }

  void perform(const out::RestSend& send, Now now);

  void exchange_timed_out(uint16_t number);
  void attempt_timed_out(uint16_t number) { approach_.attempt_timed_out(connections_[number]); }
  void idle_timed_out(uint16_t number);
  void settle();
  void reset();

  void on_connected(Stream& stream) override;
  void on_bytes(Stream& stream, Bytes bytes) override;
  void on_closed(Stream& stream, StreamEnd end) override;
  void on_sent(Stream& stream) override;
  // A REST connection never becomes a WebSocket.
  void on_websocket(Stream& stream) override;
  void on_piece(Stream& stream, const StreamPiece& piece) override;
  void on_pong(Stream& stream) override;
  void on_blocked(Stream& stream) override;
  void on_writable(Stream& stream) override;

 private:
  struct Exchange {
    RestId id = 0;
    uint8_t line = 0;
    bool hangup = false;
    bool tls = true;
    bool waiting = false;        // In the line's queue.
    bool sent = false;           // A byte may have reached the carrier.
    bool report_wanted = false;  // Failed before it began; told from settle().
    uint16_t port = 0;
    uint16_t connection = 0;  // Number plus one; 0 while it waits.
    in::RestFailure failure = in::RestFailure::kUnreachable;
    FixedText<limits::kHostBytesMax> host;
    ByteQueue request;
    Deadline deadline;
  };
  using Exchanges = Pool<Exchange, linux_limits::kRestExchangesMax>;
  using ExchangeHandle = Handle<Exchange>;

  struct Connection : Outgoing {
    ExchangeHandle exchange;  // What is carried out on it.
    bool usable = false;      // Open and between two exchanges.
    bool begin_wanted = false;
    HttpAnswer answer;
    Deadline idle;
    std::array<uint8_t, limits::kRestAnswerBytesMax> body{};
  };

  static constexpr size_t kPerLine = limits::kRestConnectionsPerLine;
  static constexpr size_t kWaitingMax = kPerLine + limits::kRestWaitingMax;

  struct Line {
    FixedVector<ExchangeHandle, kWaitingMax> waiting;
  };

  Outgoing& outgoing_at(uint16_t number) override { return connections_[number]; }
  [[nodiscard]] bool allows(const Outgoing& outgoing, const IpAddress& address) const override;
  void on_unreachable(Outgoing& outgoing, ApproachFault fault) override;

  [[nodiscard]] Status write_request(Exchange& exchange, const out::RestSend& send);
  void serve_line(uint8_t line);
  Connection* connection_for(const Exchange& exchange);
  void give(ExchangeHandle handle, Connection& connection);
  void send(Connection& connection);
  void answered(Connection& connection);
  void failed(ExchangeHandle handle, in::RestFailure failure);
  void end_exchange(Connection& connection, in::RestFailure failure);
  void release(ExchangeHandle handle);

  CorePort& core_;
  Streams& streams_;
  Timers& timers_;
  BlockPool& blocks_;
  Approach approach_;
  bool private_hosts_ = false;
  bool plain_anywhere_ = false;
  bool work_ = false;
  Exchanges exchanges_;
  std::array<Line, limits::kLinesMax> lines_{};
  std::array<Connection, linux_limits::kRestConnectionsMax> connections_{};
};

}  // namespace hookflash
