#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookflash::kill {

// An answer that came whole; status 0: none did (no connection, cut off, too late).
struct HttpResult {
  int status = 0;
  std::string body;
};

// One request on a connection of its own to this machine.
HttpResult http_call(uint16_t port, std::string_view method, std::string_view target,
                     const std::vector<std::string>& headers, std::string_view body);

// Reads one whole message (head and Content-Length body) from a socket; false when it is cut off.
bool read_message(int descriptor, std::string& head, std::string& body);

// The value of a member of text in JSON as the box and the tests write it; empty when absent.
std::string json_text(std::string_view json, std::string_view name);
// A number; -1 when absent.
int64_t json_number(std::string_view json, std::string_view name);

}  // namespace hookflash::kill
