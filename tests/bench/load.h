#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "figures.h"
#include "platform/crypto/mbed_crypto.h"
#include "talker.h"

namespace hookflash::bench {

// What the callers and the application do.
enum class Play : uint8_t {
  kEcho,   // The callers talk, and hear themselves from the box.
  kRelay,  // Likewise, but it is the application that sends the audio back.
  kTone,   // The callers talk; the box plays a tone by its own clock.
  kPause,  // As kRelay; once, the application keeps 400 ms back and then sends them in one go.
  kBurst,  // The application sends an answer of 5 s at once, every 6 s.
  kClear,  // The application sends 3 s at once and clears half a second later, every 2 s.
};

struct LoadOptions {
  Play play = Play::kEcho;
  uint16_t port = 0;      // Of the box or the bare program.
  uint16_t app_port = 0;  // Where the application listens.
  bool bare = false;
  bool tls = false;
  uint32_t streams = 1;
  uint32_t seconds = 10;
  uint32_t setups = 0;   // TLS set-ups a second besides.
  uint32_t stop_ms = 0;  // The process is stopped for so long, in the middle.
  pid_t process = 0;
  bool speech = false;  // Speech with pauses, found again by its content.
  std::string number;   // That is called.
  std::string public_url;
};

// One load on one process: sets the calls up, plays both sides, tells what it measured.
class Load {
 public:
  explicit Load(const LoadOptions& options);
  ~Load();
  // The exit code.
  int run();

 private:
  enum class Act : uint8_t { kFrame, kBurst, kClear, kRelease };
  struct Due {
    int64_t at = 0;
    Act act = Act::kFrame;
    size_t index = 0;
    bool operator<(const Due& other) const { return at > other.at; }  // The earliest on top.
  };
  // One caller: the carrier's side of a call.
  struct Caller {
    Talker talker;
    std::string call_sid;
    std::string stream_sid;
    uint32_t sequence = 1;
    uint32_t sent = 0;
    std::array<int64_t, 1024> sent_at{};
    struct Loud {  // Of speech: a frame that can be found again.
      uint64_t hash = 0;
      int64_t at = 0;
    };
    std::deque<Loud> loud;
    uint32_t heard = 0;  // In the window.
    uint32_t heard_all = 0;
    int64_t last_heard = 0;
    std::vector<int64_t> arrivals;  // kTone: in the window, and again after a stop.
    int64_t cleared_at = 0;         // By the application.
  };
  // One leg of the application.
  struct App {
    Talker talker;
    size_t caller = 0;
    std::string stream_sid;
    std::vector<std::string> kept;  // kPause
  };

  std::string place(Caller& caller, size_t index);
  std::string post(const Caller& caller, std::string_view status);
  void hang_up(Caller& caller);
  bool listen_for_app();
  void watch(int descriptor, uint64_t tag);
  void serve(int64_t until);
  void serve_caller(size_t index);
  void serve_app(size_t index);
  void accept_app();
  void do_due(int64_t now);
  void say(size_t index, int64_t due);
  void hear(Caller& caller, std::string_view message);
  void hear_loud(Caller& caller, std::string_view payload, int64_t now);
  void app_hears(App& app, std::string_view message);
  void app_says(App& app, std::string_view payload);
  void send_burst(App& app, size_t frames);
  void stop_and_go();
  void begin_window();
  void tell_pace();
  void tell_all();

  LoadOptions options_;
  MbedCrypto crypto_;
  int epoll_ = -1;
  int timer_ = -1;
  int app_listener_ = -1;
  int64_t armed_ = 0;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::unique_ptr<App>> apps_;
  std::priority_queue<Due> due_;
  std::string audio_;     // What callers say, mu-law.
  std::string run_name_;  // Makes the call ids of a run unique.
  bool measuring_ = false;
  bool keeping_ = false;  // kPause: the application holds back.
  bool failed_ = false;
  uint64_t streams_lost_ = 0;

  int64_t window_begin_ = 0;
  int64_t hiccup_end_ = 0;
  uint64_t cpu_begin_ = 0;
  double cpu_ns_ = 0;
  double window_seconds_ = 0;
  std::string metrics_begin_;
  std::string metrics_end_;
  uint64_t frames_sent_ = 0;
  uint64_t frames_heard_ = 0;
  Percentiles delay_;
  Percentiles gap_;
  Percentiles pace_;
  Percentiles clear_;
  Percentiles webhook_;  // From the connection to the whole answer.
  uint64_t after_clear_ = 0;
  uint64_t burst_frames_ = 0;
  // Speech: the delay by second of the window.
  std::vector<Percentiles> by_second_;
};

}  // namespace hookflash::bench
