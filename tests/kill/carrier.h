#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace hookflash::kill {

// The carrier's REST API, and what it knows of each call: the truth that the box is held against.
class Carrier {
 public:
  Carrier();
  ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  // A call that was not placed by the box.
  void begin(const std::string& sid);
  void end(const std::string& sid);
  [[nodiscard]] bool is_live(const std::string& sid);
  // The box has hung up a call that nobody had ended.
  [[nodiscard]] uint64_t hung_up() const { return hung_up_; }

  // Calls that the box has placed to a number; the newest one's name and where its documents are.
  struct Placed {
    int count = 0;
    std::string sid;
    std::string url;
  };
  [[nodiscard]] Placed placed_to(const std::string& number);

 private:
  void serve();
  void answer(int descriptor);
  std::string respond(const std::string& head, const std::string& body, int& status);

  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> hung_up_{0};
  std::mutex mutex_;
  std::map<std::string, bool> live_;  // By name of the call.
  std::map<std::string, Placed> placed_;
  uint64_t next_ = 0;
  std::thread thread_;
};

}  // namespace hookflash::kill
