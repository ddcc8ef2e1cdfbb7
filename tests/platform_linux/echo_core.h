#pragma once

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "hal/core.h"
#include "hal/out.h"
#include "limits.h"

namespace hookflash {

// The least that a core can be: answers any HTTP request that fits one read, makes WebSockets of
// those that ask for it, and sends each message back. For measuring the platform alone.
class EchoCore final : public Core {
 public:
  EchoCore() : scratch_(limits::kWsHeadroom + kMessageMax), messages_(limits::kAcceptedMax) {}

  void handle(const In& in, Now /*now*/) override {
    count_ = next_ = 0;
    if (const auto* const received = std::get_if<in::Received>(&in)) {
      http(*received);
    } else if (const auto* const piece = std::get_if<in::WsReceived>(&in)) {
      echo(*piece);
    } else if (const auto* const opened = std::get_if<in::WsOpened>(&in)) {
      messages_[opened->socket.index].clear();
    } else if (std::holds_alternative<in::Stop>(in)) {
      push(out::Stopped{});
    }
  }
  bool next(Out& out) override {
    if (next_ == count_) return false;
    out = outs_[next_++];
    return true;
  }
  [[nodiscard]] Instant deadline() const override { return Instant::max(); }

 private:
  static constexpr size_t kMessageMax = 64 * 1024;

  void push(const Out& out) { outs_[count_++] = out; }

  void http(const in::Received& received) {
    const std::string_view text = text_of(received.bytes);
    constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
    const size_t key = text.find(kKey);
    if (key != std::string_view::npos) {
      const std::string_view value = text.substr(key + kKey.size(), 24);
      std::memcpy(key_.data(), value.data(), value.size());
      return push(out::WsAccept{received.socket, {key_.data(), 24}, {}});
    }
    push(out::Write{received.socket, bytes_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")});
  }

  void echo(const in::WsReceived& piece) {
    auto* const text = reinterpret_cast<uint8_t*>(scratch_.data()) + limits::kWsHeadroom;
    std::vector<uint8_t>& message = messages_[piece.socket.index];
    if (piece.first && piece.last) {
      std::memcpy(text, piece.piece.data(), piece.piece.size());
      return push(out::WsSend{piece.socket, {text, piece.piece.size()}});
    }
    message.insert(message.end(), piece.piece.begin(), piece.piece.end());
    if (!piece.last) return;
    std::memcpy(text, message.data(), message.size());
    push(out::WsSend{piece.socket, {text, message.size()}});
    message.clear();
  }

  size_t count_ = 0;
  size_t next_ = 0;
  std::array<Out, 4> outs_{};
  std::array<char, 24> key_{};
  std::vector<char> scratch_;
  std::vector<std::vector<uint8_t>> messages_;
};

}  // namespace hookflash
