#include "http_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

namespace hookflash::kill {
namespace {

constexpr int kPatienceSeconds = 12;  // The box answers within 10 s (B-WEB-4).

bool send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

bool read_message(int descriptor, std::string& head, std::string& body) {
  std::string bytes;
  size_t end = std::string::npos;
  size_t wanted = 0;
  char piece[4096];
  for (;;) {
    if (end == std::string::npos) {
      end = bytes.find("\r\n\r\n");
      if (end != std::string::npos) {
        head = bytes.substr(0, end);
        for (size_t at = 0; (at = head.find("\r\n", at)) != std::string::npos;) {
          at += 2;
          if (strncasecmp(head.c_str() + at, "content-length:", 15) == 0) {
            wanted = std::strtoul(head.c_str() + at + 15, nullptr, 10);
          }
        }
      }
    }
    if (end != std::string::npos && bytes.size() >= end + 4 + wanted) {
      body = bytes.substr(end + 4, wanted);
      return true;
    }
    const ssize_t got = recv(descriptor, piece, sizeof piece, 0);
    if (got <= 0) return false;
    bytes.append(piece, static_cast<size_t>(got));
  }
}

HttpResult http_call(uint16_t port, std::string_view method, std::string_view target,
                     const std::vector<std::string>& headers, std::string_view body) {
  HttpResult result;
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return result;
  timeval patience{};
  patience.tv_sec = kPatienceSeconds;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1:");
  text.append(std::to_string(port)).append("\r\nConnection: close\r\n");
  for (const std::string& header : headers) text.append(header).append("\r\n");
  if (method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text.append("\r\n").append(body);
  std::string head;
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send_all(descriptor, text) && read_message(descriptor, head, result.body)) {
    result.status = static_cast<int>(std::strtol(head.c_str() + head.find(' ') + 1, nullptr, 10));
  }
  close(descriptor);
  return result;
}

std::string json_text(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const size_t begin = at + key.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

int64_t json_number(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":";
  const size_t at = json.find(key);
  if (at == std::string_view::npos) return -1;
  return std::strtoll(std::string(json.substr(at + key.size(), 20)).c_str(), nullptr, 10);
}

}  // namespace hookflash::kill
