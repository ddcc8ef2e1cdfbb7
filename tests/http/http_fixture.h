#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hal/outbox.h"
#include "http/server.h"

namespace hookflash::testing {

// Records what the server tells the owner of the routes; answers at once unless told otherwise.
class FakeHandler final : public RequestHandler {
 public:
  struct Request {
    RequestRef ref;
    std::string method, target, path, body;
  };

  Verdict on_head(const Peer& peer, const RequestHead& head, Now) override {
    heads.push_back(std::string(head.path()));
    return verdict_for ? verdict_for(peer, head) : verdict;
  }
  void on_request(RequestRef ref, const Peer&, const RequestHead& head, Bytes body,
                  Now now) override {
    requests.push_back({ref, std::string(head.method()), std::string(head.target()),
                        std::string(head.path()), std::string(text_of(body))});
    if (answer_at_once) server->respond(ref, answer, now);
  }
  void on_upgrade(RequestRef ref, const Peer&, const RequestHead&, Now) override {
    upgrades.push_back(ref);
    if (accept_at_once) server->accept_websocket(ref);
  }
  void on_answer_sent(RequestRef ref, bool complete, Now) override {
    sent.push_back({ref, complete});
  }
  void on_gone(RequestRef ref, Now) override { gone.push_back(ref); }
  void on_refused(HttpRefusal refusal, uint8_t tag) override { refused.push_back({refusal, tag}); }
  std::string_view write_error(RequestGroup group, uint16_t status, TextWriter& body) override {
    if (group == RequestGroup::kApi) {
      body.put("{\"error\":").number(status).put('}');
      return "application/json";
    }
    body.put("error ").number(status);
    return "text/plain";
  }

  HttpServer* server = nullptr;
  Verdict verdict{.kind = Verdict::Kind::kProceed};
  std::function<Verdict(const Peer&, const RequestHead&)> verdict_for;
  Answer answer{.status = 200, .content_type = "text/plain", .body = "OK"};
  bool answer_at_once = true;
  bool accept_at_once = true;

  std::vector<std::string> heads;
  std::vector<Request> requests;
  std::vector<RequestRef> upgrades;
  std::vector<std::pair<RequestRef, bool>> sent;
  std::vector<RequestRef> gone;
  std::vector<std::pair<HttpRefusal, uint8_t>> refused;
};

inline constexpr std::string_view kSingleHeaders[] = {"x-twilio-signature", "telnyx-timestamp"};

// A server in virtual time whose platform is the test: it writes, reads and closes by hand.
class HttpFixture : public ::testing::Test {
 protected:
  HttpFixture() {
    handler.server = server.get();
    server->start(*outbox, handler, kSingleHeaders);
  }

  Now now() const { return {instant, WallTime::from_ms(784111777000)}; }  // 1994-11-06 08:49:37.

  // Runs one turn of the core and carries its requests out.
  template <typename Turn>
  void turn(Turn&& what) {
    outbox->begin();
    what();
    Out out;
    while (outbox->next(out)) {
      if (const auto* write = std::get_if<out::Write>(&out)) {
        written[write->socket.index] += std::string(text_of(write->bytes));
      } else if (const auto* close = std::get_if<out::Close>(&out)) {
        (close->now ? aborts : closes).push_back(close->socket);
      } else if (const auto* accept = std::get_if<out::WsAccept>(&out)) {
        accepts.push_back(accept->socket);
        accept_key = accept->key;
        accept_early = text_of(accept->early);
      }
    }
  }

  SocketId connect(std::string_view address = "192.0.2.7") {
    const SocketId socket{next_index++, 1};
    const auto peer = IpAddress::parse(address);
    turn([&] {
      server->on_accepted({.socket = socket, .peer = peer.value_or(IpAddress())}, now());
    });
    return socket;
  }
  void receive(SocketId socket, std::string_view text) {
    turn([&] { server->on_received({socket, bytes_of(text)}, now()); });
  }
  void flushed(SocketId socket) {
    turn([&] { server->on_sent({socket}, now()); });
  }
  void closed(SocketId socket, bool all_flushed = true) {
    turn([&] { server->on_closed({socket, all_flushed}, now()); });
  }
  void respond(RequestRef ref, const Answer& answer) {
    turn([&] { server->respond(ref, answer, now()); });
  }
  // Moves the clock, serving every deadline on the way.
  void advance(Duration by) {
    const Instant end = instant + by;
    while (server->deadline() <= end) {
      instant = server->deadline();
      turn([&] { server->on_time(now()); });
    }
    instant = end;
  }
  // What was written to a socket since the last call.
  std::string take(SocketId socket) { return std::exchange(written[socket.index], ""); }
  bool asked_to_close(SocketId socket) const {
    return std::find(closes.begin(), closes.end(), socket) != closes.end();
  }
  // Connects, sends one request, and returns what came back.
  std::string ask(std::string_view request) {
    const SocketId socket = connect();
    receive(socket, request);
    return take(socket);
  }
  static std::string status_line(const std::string& answer) {
    return answer.substr(0, answer.find("\r\n"));
  }

  Instant instant = Instant::from_us(1'000'000);
  std::unique_ptr<Outbox> outbox = std::make_unique<Outbox>();
  std::unique_ptr<HttpServer> server = std::make_unique<HttpServer>();
  FakeHandler handler;
  uint16_t next_index = 0;
  std::map<uint16_t, std::string> written;
  std::string accept_key, accept_early;  // Of the last one.
  std::vector<SocketId> closes, aborts, accepts;
};

}  // namespace hookflash::testing
