#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "hal/core.h"
#include "platform/linux/world.h"

namespace hookflash::cli {

// Whom requests go to. `headers` are sent with each of them: lines, each ended by CRLF.
struct Server {
  bool tls = false;
  std::string host;  // IPv6 in brackets.
  uint16_t port = 0;
  std::string headers;

  // "http://127.0.0.1:3334".
  [[nodiscard]] std::string url() const;
};

// What came of one request. Texts live until replied() returns.
struct Reply {
  uint16_t status = 0;  // 0: no answer came; `failure` says why.
  std::string_view body;
  in::RestFailure failure = in::RestFailure::kUnreachable;
  bool sent = false;  // The request may have been carried out all the same.
};

// "nothing answers there", "its certificate is not trusted", ...
std::string_view reason_of(in::RestFailure failure);

// Where requests may go: to carriers on the public internet and to this machine, or anywhere,
// because the user has named the server.
enum class Reach : uint8_t { kCarriers, kAnywhere };

// A core that asks servers and listens to one event stream, for commands that end when they know
// the answer. A command derives from it and says what follows what.
class Client : public Core {
 public:
  void handle(const In& in, Now now) final;
  bool next(Out& out) final;
  [[nodiscard]] Instant deadline() const final;

  // Runs it in the World of this process until finish(); returns the exit code. `ca_file` holds the
  // trusted certificates; empty: the system's.
  int run_to_end(std::string_view ca_file, Reach reach);

 protected:
  ~Client() = default;

  virtual void begin() = 0;
  virtual void replied(RestId id, const Reply& reply) = 0;
  virtual void stream_opened() {}
  virtual void stream_message(std::string_view /*text*/) {}
  virtual void stream_closed(const in::WsClosed& /*closed*/) {}
  virtual void woken() {}
  // SIGTERM or Ctrl-C; a second one ends the process at once.
  virtual void interrupted();

  RestId ask(const Server& server, std::string_view method, std::string_view target,
             std::string_view more_headers, std::string_view body, Duration timeout);
  void dial(const Server& server, std::string_view target, Duration timeout);
  void wake_in(Duration duration) { wake_ = now_.mono + duration; }
  void finish(int exit_code);
  [[nodiscard]] Now now() const { return now_; }

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

  Now now_;
  bool begun_ = false;
  bool finished_ = false;
  int exit_code_ = 1;
  Instant wake_ = Instant::max();
  RestId last_id_ = 0;
  SocketId socket_;
  std::string message_;  // While it is being received.
  std::deque<std::string> texts_;
  std::deque<Out> outs_;
};

}  // namespace hookflash::cli
