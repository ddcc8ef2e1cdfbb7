#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace hookflash {

// A name server on loopback with three manners: "known.*" has the address 127.0.0.1, nothing is
// ever said about "unanswered.*", and every other name does not exist.
class NameServer {
 public:
  NameServer();
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  // "127.0.0.1:port", as c-ares likes it.
  [[nodiscard]] const std::string& server() const { return server_; }
  [[nodiscard]] int questions() const { return questions_; }

 private:
  void serve();

  int descriptor_ = -1;
  std::string server_;
  std::atomic<int> questions_{0};
  std::thread thread_;
};

}  // namespace hookflash
