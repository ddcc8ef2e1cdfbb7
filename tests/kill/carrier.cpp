#include "carrier.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>

#include "base/check.h"
#include "http_call.h"
#include "providers/twilio/carrier/form.h"

namespace hookflash::kill {

Carrier::Carrier() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(listener_ >= 0 && bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(listen(listener_, 64) == 0);
  CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

Carrier::~Carrier() {
  stopping_ = true;
  thread_.join();
  close(listener_);
}

void Carrier::serve() {
  while (!stopping_) {
    pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, 100) <= 0) continue;
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    timeval patience{};
    patience.tv_sec = 2;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    answer(descriptor);
    close(descriptor);
  }
}

void Carrier::answer(int descriptor) {
  std::string head;
  std::string body;
  if (!read_message(descriptor, head, body)) return;
  int status = 200;
  const std::string json = respond(head, body, status);
  const std::string text = "HTTP/1.1 " + std::to_string(status) +
                           " X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                           "Content-Length: " +
                           std::to_string(json.size()) + "\r\n\r\n" + json;
  // A box that was killed meanwhile does not hear it.
  [[maybe_unused]] const ssize_t sent = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
}

std::string Carrier::respond(const std::string& head, const std::string& body, int& status) {
  const std::lock_guard lock(mutex_);
  const std::string target =
      head.substr(head.find(' ') + 1, head.find(' ', head.find(' ') + 1) - head.find(' ') - 1);
  const bool post = head.rfind("POST", 0) == 0;
  std::string memory(8192, ' ');
  twilio::carrier::Form form;
  CHECK(ok(twilio::carrier::read_form(body, memory, form)));
  if (post && target.size() > 11 && target.substr(target.size() - 11) == "/Calls.json") {
    const std::string_view* const to = twilio::carrier::find_field(form, "To");
    const std::string_view* const url = twilio::carrier::find_field(form, "Url");
    CHECK(to != nullptr && url != nullptr);
    char sid[40];
    std::snprintf(sid, sizeof sid, "CAFFFFFFFF%024llx", static_cast<unsigned long long>(++next_));
    Placed& placed = placed_[std::string(*to)];
    ++placed.count;
    placed.sid = sid;
    placed.url = *url;
    live_[sid] = true;
    status = 201;
    return "{\"sid\":\"" + placed.sid + R"(","status":"queued"})";
  }
  const size_t at = target.rfind("/CA");
  const std::string sid = at == std::string::npos ? "" : target.substr(at + 1, 34);
  const auto call = live_.find(sid);
  if (call == live_.end()) {
    status = 404;
    return R"({"code":20404,"message":"not found","status":404})";
  }
  if (post) {
    const std::string_view* const wanted = twilio::carrier::find_field(form, "Status");
    if (wanted != nullptr && call->second) {
      call->second = false;
      ++hung_up_;
    }
  }
  return "{\"sid\":\"" + sid + R"(","status":")" + (call->second ? "in-progress" : "completed") +
         "\"}";
}

void Carrier::begin(const std::string& sid) {
  const std::lock_guard lock(mutex_);
  live_[sid] = true;
}

void Carrier::end(const std::string& sid) {
  const std::lock_guard lock(mutex_);
  live_[sid] = false;
}

bool Carrier::is_live(const std::string& sid) {
  const std::lock_guard lock(mutex_);
  const auto call = live_.find(sid);
  return call != live_.end() && call->second;
}

Carrier::Placed Carrier::placed_to(const std::string& number) {
  const std::lock_guard lock(mutex_);
  const auto placed = placed_.find(number);
  return placed == placed_.end() ? Placed{} : placed->second;
}

}  // namespace hookflash::kill
