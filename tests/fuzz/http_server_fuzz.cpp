// Aim: no bytes on a connection break the server, and nothing is left behind when the connection
// goes. The first byte chooses the split, whether answers come at once, and what the routes say.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "hal/outbox.h"
#include "http/server.h"

namespace hookflash {
namespace {

class Handler final : public RequestHandler {
 public:
  Verdict on_head(const Peer&, const RequestHead&, Now) override { return verdict; }
  void on_request(RequestRef request, const Peer&, const RequestHead&, Bytes body,
                  Now now) override {
    CHECK(body.size() <= verdict.body_max);
    ++open;
    last = request;
    if (at_once) CHECK(server->respond(request, {.body = "OK"}, now));
  }
  void on_upgrade(RequestRef request, const Peer&, const RequestHead&, Now) override {
    if (!server->accept_websocket(request)) ++open;  // Too much came behind the head.
  }
  void on_answer_sent(RequestRef, bool, Now) override { --open; }
  void on_gone(RequestRef, Now) override { --open; }
  void on_refused(HttpRefusal, uint8_t) override {}
  std::string_view write_error(RequestGroup, uint16_t status, TextWriter& body) override {
    body.number(status);
    return "text/plain";
  }

  HttpServer* server = nullptr;
  Verdict verdict;
  bool at_once = true;
  int open = 0;
  RequestRef last;
};

}  // namespace
}  // namespace hookflash

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  if (size == 0) return 0;
  static Outbox outbox;
  static HttpServer server;
  static Handler handler;
  handler.server = &server;
  handler.verdict = {.kind = static_cast<Verdict::Kind>(data[0] >> 6 & 3)};
  if (data[0] >> 6 == 3) {
    handler.verdict.kind = Verdict::Kind::kProceed;
    handler.verdict.group = RequestGroup::kApi;
  }
  handler.at_once = (data[0] & 32) != 0;
  const size_t step = (data[0] & 31U) == 31 ? size : (data[0] & 31U) + 1U;
  server.start(outbox, handler, {});

  Now now{Instant::from_us(1), WallTime::from_ms(0)};
  const SocketId socket{0, 1};
  outbox.begin();
  server.on_accepted({.socket = socket}, now);
  for (size_t at = 1; at < size; at += step) {
    outbox.begin();
    server.on_received({socket, Bytes(data + at, std::min(step, size - at))}, now);
    outbox.begin();
    server.on_sent({socket}, now);
    if (!handler.at_once) server.respond(handler.last, {.body = "late"}, now);
    now.mono = now.mono + Duration::ms(20);
    outbox.begin();
    if (server.deadline() <= now.mono) server.on_time(now);
  }
  outbox.begin();
  server.on_closed({socket, false}, now);
  CHECK(handler.open == 0);
  CHECK(server.connections() == 0);
  CHECK(server.in_flight(RequestGroup::kWebhook) == 0);
  CHECK(server.in_flight(RequestGroup::kApi) == 0);
  CHECK(server.deadline() == Instant::max());
  return 0;
}
