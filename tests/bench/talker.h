#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "link.h"
#include "websocket.h"

namespace hookflash::bench {

// A WebSocket on a Link: whole text messages in and out. For both sides that the generator plays.
class Talker {
 public:
  Link link;
  bool client = false;
  bool opened = false;

  // As the client; blocks. Empty: done; else what went wrong.
  std::string open(uint16_t port, bool tls, std::string_view target, std::string_view headers);
  void send(std::string_view text);
  // Reads what is there and hands over each message. As the server also answers the handshake.
  // False at the end of the connection.
  bool serve(const std::function<void(std::string_view)>& on_message);

 private:
  void send_frame(std::string_view payload, uint8_t opcode);

  std::vector<uint8_t> in_;
  std::vector<uint8_t> out_;
};

// The value of a text member, found by its name; empty when there is none. Enough for messages that
// we know.
std::string_view member(std::string_view json, std::string_view name);

}  // namespace hookflash::bench
