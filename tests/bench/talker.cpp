#include "talker.h"

#include <array>
#include <cstring>

namespace hookflash::bench {

std::string Talker::open(uint16_t port, bool tls, std::string_view target,
                         std::string_view headers) {
  if (!link.connect(port, tls)) return "no connection";
  const std::string host = "127.0.0.1:" + std::to_string(port);
  if (!link.send(upgrade_request(host, target, headers))) return "cannot write";
  const std::string head = link.receive_head();
  if (head.rfind("HTTP/1.1 101", 0) != 0) return head.substr(0, head.find('\r'));
  client = opened = true;
  link.go_on();
  return {};
}

void Talker::send(std::string_view text) { send_frame(text, kText); }

void Talker::send_frame(std::string_view payload, uint8_t opcode) {
  out_.resize(kHeadBytesMax + payload.size());
  std::memcpy(out_.data() + kHeadBytesMax, payload.data(), payload.size());
  const uint32_t mask = 0x1F2E3D4C;
  const auto frame =
      frame_around({out_.data() + kHeadBytesMax, payload.size()}, opcode, client ? &mask : nullptr);
  link.send({reinterpret_cast<const char*>(frame.data()), frame.size()});
}

bool Talker::serve(const std::function<void(std::string_view)>& on_message) {
  std::array<uint8_t, 32768> piece;
  const long got = link.receive(piece);
  if (got < 0) return false;
  in_.insert(in_.end(), piece.begin(), piece.begin() + got);
  if (!opened) {
    const std::string_view text(reinterpret_cast<const char*>(in_.data()), in_.size());
    const size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return true;
    link.send(upgrade_answer(text.substr(0, end + 4)));
    in_.erase(in_.begin(), in_.begin() + static_cast<long>(end) + 4);
    opened = true;
  }
  size_t begin = 0;
  FrameHead head;
  bool alive = true;
  while (read_head(std::span(in_).subspan(begin), head)) {
    uint8_t* const payload = in_.data() + begin + head.head_bytes;
    begin += head.head_bytes + head.payload_bytes;
    if (head.masked) apply_mask(payload, head.payload_bytes, head.mask);
    const std::string_view text(reinterpret_cast<const char*>(payload), head.payload_bytes);
    if (head.opcode == kText) {
      on_message(text);
    } else if (head.opcode == kPing) {
      send_frame(text, kPong);
    } else if (head.opcode == kClose) {
      alive = false;
      break;
    }
  }
  in_.erase(in_.begin(), in_.begin() + static_cast<long>(begin));
  return alive;
}

std::string_view member(std::string_view json, std::string_view name) {
  size_t at = 0;
  while ((at = json.find(name, at)) != std::string_view::npos) {
    const size_t value = at + name.size();
    if (at > 0 && json[at - 1] == '"' && json.substr(value, 3) == "\":\"") {
      const size_t begin = value + 3;
      return json.substr(begin, json.find('"', begin) - begin);
    }
    at = value;
  }
  return {};
}

}  // namespace hookflash::bench
