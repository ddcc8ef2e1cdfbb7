#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/sim/network.h"

namespace hookflash::sim {

// An answer as it came off the wire.
struct HttpAnswer {
  int status = 0;  // 0: the connection ended without one.
  std::string head;
  std::string body;

  // The value of a header, name in lower case; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

// Reads one HTTP/1.1 answer from a byte stream: Content-Length, or up to the end of the stream.
class HttpAnswerReader {
 public:
  // True once the answer is complete. `end`: the stream has ended.
  bool feed(std::string_view bytes, bool end);
  [[nodiscard]] const HttpAnswer& answer() const { return answer_; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  std::string text_;
  HttpAnswer answer_;
  size_t body_wanted_ = 0;
  bool head_done_ = false;
  bool length_known_ = false;
  bool complete_ = false;
};

// One request on a connection of its own.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::string> headers;  // "Name: value"; Host and Content-Length are added.
  std::string host;
  std::string body;
  size_t pieces = 1;  // The body is sent in so many, 30 ms apart.
};

class HttpExchange final : public Peer {
 public:
  using Done = std::function<void(const HttpAnswer&)>;

  // `done` is called once, with status 0 when the connection ended first. Never after cancel().
  HttpExchange(Network& network, Done done) : network_(network), done_(std::move(done)) {}

  static std::shared_ptr<HttpExchange> start(Network& network, Timeline& timeline,
                                             const HttpRequest& request, bool tls,
                                             IpAddress address, Done done);
  // Breaks the connection.
  void cancel();

  void bytes(std::string_view bytes) override;
  void closed(uint16_t code) override;

 private:
  void finish();

  Network& network_;
  Done done_;
  LinkId link_ = 0;
  HttpAnswerReader reader_;
};

}  // namespace hookflash::sim
