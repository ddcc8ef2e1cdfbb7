#include "name_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

namespace hookflash {

NameServer::NameServer() {
  descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&name), size), 0);
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size);
  server_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  shutdown(descriptor_, SHUT_RDWR);  // Wakes a receive that waits.
  thread_.join();
  close(descriptor_);
}

// RFC 1035 section 4, as far as an answer to one question needs it.
void NameServer::serve() {
  for (;;) {
    unsigned char packet[1500];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got = recvfrom(descriptor_, packet, sizeof packet - 64, 0,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 17) return;
    ++questions_;
    std::string host;
    size_t at = 12;
    while (packet[at] != 0 && at + packet[at] + 1U < static_cast<size_t>(got)) {
      host.append(reinterpret_cast<const char*>(packet) + at + 1, packet[at]).append(".");
      at += packet[at] + 1U;
    }
    size_t end = at + 5;  // Behind the zero label, type and class.
    const int type = packet[at + 1] << 8 | packet[at + 2];
    if (host.starts_with("unanswered.")) continue;
    packet[2] = 0x81;  // An answer, recursion desired ...
    packet[3] = static_cast<unsigned char>(
        host.starts_with("known.") ? 0x80 : 0x83);  // ... available; no such name.
    packet[6] = packet[7] = packet[8] = packet[9] = packet[10] = packet[11] = 0;
    if (host.starts_with("known.") && type == 1) {
      packet[7] = 1;
      const unsigned char record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};
      for (const unsigned char byte : record) packet[end++] = byte;
    }
    sendto(descriptor_, packet, end, 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

}  // namespace hookflash
