#include "tiny_core.h"

#include "limits.h"
#include "platform/sim/world.h"

namespace hookflash::sim {
namespace {

std::string between(std::string_view text, std::string_view before, char after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const size_t from = begin + before.size();
  return std::string(text.substr(from, text.find(after, from) - from));
}

}  // namespace

std::string& TinyCore::keep(std::string text) {
  kept_.push_back(std::string(limits::kWsHeadroom, ' ') + std::move(text));
  return kept_.back();
}

void TinyCore::send(const Socket& socket, std::string text) {
  std::string& kept = keep(std::move(text));
  auto* const data = reinterpret_cast<uint8_t*>(kept.data()) + limits::kWsHeadroom;
  outs_.push_back(out::WsSend{socket.id, MutableBytes(data, kept.size() - limits::kWsHeadroom)});
}

void TinyCore::answer(const Socket& socket, std::string_view status, std::string_view body,
                      std::string_view type) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\nContent-Type: ").append(type).append("\r\nContent-Length: ");
  text += std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  const std::string& kept = keep(std::move(text));
  outs_.push_back(
      out::Write{socket.id, bytes_of(std::string_view(kept).substr(limits::kWsHeadroom))});
}

void TinyCore::dial(std::string_view to, std::string_view extra) {
  std::string body = "To=%2B" + std::string(to.substr(1)) +
                     "&From=%2B15550001000&Url=https%3A%2F%2Fbox.example.com%2Fvoice%2Fwebhook";
  body.append(extra);
  const std::string& kept = requested_.emplace_back(std::move(body));
  // base64 of the example account's credentials.
  static constexpr std::string_view kHeaders =
      "Authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMToxMjM0NTY3ODkwMTIzNDU2"
      "Nzg5MDEyMzQ1Njc4OTAxMg==\r\nContent-Type: application/x-www-form-urlencoded\r\n";
  out::RestSend rest;
  rest.id = ++last_rest_;
  rest.method = "POST";
  rest.host = "api.twilio.com";
  rest.target = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls.json";
  rest.headers = kHeaders;
  rest.body = kept;
  rest.timeout = Duration::seconds(10);
  ++rest_;
  outs_.push_back(rest);
  deadline_ = Instant::from_us(1);  // At once.
}

void TinyCore::send_to_app(std::string_view text, int times) {
  for (auto& [index, socket] : sockets_) {
    for (int i = 0; socket.app && socket.websocket && i < times; ++i)
      send(socket, std::string(text));
  }
  deadline_ = Instant::from_us(1);
}

void TinyCore::stop_reading_apps(bool stop) {
  for (auto& [index, socket] : sockets_) {
    if (socket.app) outs_.push_back(out::WsRead{socket.id, !stop});
  }
}

void TinyCore::message(Socket& socket, const std::string& text) {
  if (socket.partner != 0) {
    const auto partner = sockets_.find(static_cast<uint16_t>(socket.partner - 1));
    if (partner != sockets_.end() && partner->second.websocket) send(partner->second, text);
    if (!socket.app && text.find("\"event\":\"connected\"") == std::string::npos) return;
    return;
  }
  if (text.find("\"event\":\"start\"") != std::string::npos) {
    socket.stream_sid = between(text, "\"streamSid\":\"", '"');
  }
  if (text.find("\"event\":\"media\"") == std::string::npos) return;
  const std::string payload = between(text, "\"payload\":\"", '"');
  const std::string media = "{\"event\":\"media\",\"streamSid\":\"" + socket.stream_sid +
                            "\",\"media\":{\"payload\":\"" + payload + "\"}}";
  for (int i = 0; i < (mode_.sends_early ? 10 : 1); ++i) send(socket, media);
}

// A whole request is in socket.text, or not yet.
void TinyCore::received(Socket& socket) {
  const size_t head_end = socket.text.find("\r\n\r\n");
  if (head_end == std::string::npos) return;
  const std::string head = socket.text.substr(0, head_end);
  if (head.find("Upgrade: websocket") != std::string::npos) {
    if (head.starts_with("GET /voice/stream")) {
      outs_.push_back(out::WsAccept{socket.id, "dGhlIHNhbXBsZSBub25jZQ==", {}});
    } else {
      answer(socket, "404 Not Found", "", "text/plain");
      outs_.push_back(out::Close{socket.id});
    }
    return;
  }
  const std::string length = between(head, "Content-Length: ", '\r');
  const size_t wanted = length.empty() ? 0 : std::stoul(length);
  if (socket.text.size() < head_end + 4 + wanted) return;
  const std::string body = socket.text.substr(head_end + 4);
  socket.text.clear();
  if (head.starts_with("GET /health")) {
    answer(socket, "200 OK", "{\"status\":\"ok\"}", "application/json");
    return;
  }
  const std::string sid = between(body, "CallSid=", '&');
  if (body.find("CallbackSource") != std::string::npos) {
    if (!mode_.leaks_calls && body.find("CallStatus=in-progress") == std::string::npos &&
        body.find("CallStatus=ringing") == std::string::npos &&
        body.find("CallStatus=initiated") == std::string::npos) {
      live_.erase(sid);
    }
    answer(socket, "204 No Content", "", "text/xml");
    return;
  }
  live_[sid] = true;
  const std::string document =
      !mode_.document.empty()
          ? mode_.document
          : std::string(
                "<Response><Connect><Stream url=\"wss://box.example.com/voice/stream\"/>"
                "</Connect></Response>");
  waiting_.push_back({++last_persist_, socket.id, document});
  const std::string& kept = keep(sid);
  outs_.push_back(
      out::Persist{last_persist_, bytes_of(std::string_view(kept).substr(limits::kWsHeadroom))});
}

void TinyCore::handle(const In& in, Now now) {
  if (outs_.empty()) kept_.clear();  // What a test asked for in between is still to be taken.
  if (std::holds_alternative<in::Tick>(in)) {
    ++ticks;
    if (now.mono < deadline_) ++tick_too_early;
    deadline_ = Instant::max();
  } else if (const auto* accepted = std::get_if<in::Accepted>(&in)) {
    sockets_[accepted->socket.index].id = accepted->socket;
  } else if (const auto* bytes = std::get_if<in::Received>(&in)) {
    Socket& socket = sockets_.at(bytes->socket.index);
    socket.text.append(text_of(bytes->bytes));
    received(socket);
  } else if (const auto* closed = std::get_if<in::Closed>(&in)) {
    sockets_.erase(closed->socket.index);
  } else if (const auto* opened = std::get_if<in::WsOpened>(&in)) {
    Socket& socket = sockets_.at(opened->socket.index);
    socket.websocket = true;
    if (!socket.app) socket.text.clear();
    if (!socket.app && !mode_.app_host.empty()) {
      Socket& leg = sockets_[next_place_];
      leg.id = {next_place_, 1};
      leg.app = true;
      leg.partner = static_cast<uint16_t>(socket.id.index + 1);
      socket.partner = static_cast<uint16_t>(next_place_ + 1);
      ++next_place_;
      out::WsDial dial;
      dial.socket = leg.id;
      dial.tls = true;
      dial.host = mode_.app_host;
      dial.port = 443;
      dial.target = "/bot";
      dial.timeout = Duration::seconds(5);
      outs_.push_back(dial);
    }
  } else if (const auto* piece = std::get_if<in::WsReceived>(&in)) {
    Socket& socket = sockets_.at(piece->socket.index);
    if (piece->first) socket.text.clear();
    socket.text.append(text_of(piece->piece));
    if (piece->last) message(socket, std::string(socket.text));
  } else if (const auto* full = std::get_if<in::WsBlocked>(&in)) {
    blocked.push_back(full->unsent);
  } else if (std::holds_alternative<in::WsWritable>(in)) {
    ++writable;
  } else if (const auto* gone = std::get_if<in::WsClosed>(&in)) {
    ends.push_back(gone->end);
    const uint16_t partner = sockets_.at(gone->socket.index).partner;
    sockets_.erase(gone->socket.index);
    const auto other = sockets_.find(static_cast<uint16_t>(partner - 1));
    if (partner != 0 && other != sockets_.end() && other->second.websocket) {
      outs_.push_back(out::WsClose{other->second.id, 1000, {}});
    }
  } else if (const auto* persisted = std::get_if<in::Persisted>(&in)) {
    const Waiting waiting = waiting_.front();
    waiting_.pop_front();
    const auto socket = sockets_.find(waiting.socket.index);
    if (socket != sockets_.end() && socket->second.id == waiting.socket) {
      const bool good = persisted->status == Status::kOk;
      answer(socket->second, good ? "200 OK" : "500 Internal Server Error",
             good ? waiting.answer : "", "text/xml");
    }
  } else if (const auto* reply = std::get_if<in::RestAnswered>(&in)) {
    --rest_;
    ++rest_statuses[reply->status];
  } else if (const auto* failed = std::get_if<in::RestFailed>(&in)) {
    --rest_;
    rest_failures.push_back(failed->failure);
  }
}

bool TinyCore::next(Out& out) {
  if (outs_.empty()) return false;
  out = outs_.front();
  outs_.pop_front();
  return true;
}

CoreCounts TinyCore::counts() const {
  CoreCounts counts;
  counts.live_calls = counts.call_slots = live_.size();
  counts.call_slots_max = 1000;
  for (const auto& [index, socket] : sockets_) {
    ++(socket.app ? counts.app_legs : socket.websocket ? counts.streams : counts.connections);
  }
  counts.rest = rest_;
  counts.persists = waiting_.size();
  counts.deadlines = deadline_ == Instant::max() ? 0 : 1;
  return counts;
}

}  // namespace hookflash::sim
