#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "platform/sim/network.h"
#include "platform/sim/timeline.h"

namespace hookflash::sim {

// How a simulated voice application behaves on its WebSocket (it speaks Twilio Media Streams).
struct AppBehaviour {
  enum class Kind : uint8_t {
    kEcho,        // Sends back each media message.
    kTalker,      // Says something, marks it, waits for the mark, again; clears on a digit.
    kFlooder,     // Sends media as fast as it can, for ever.
    kNeverReads,  // Accepts and reads nothing.
    kSilent,      // Reads, says nothing.
    kGarbage,     // Sends what is not a valid message.
  };
  Kind kind = Kind::kEcho;
  uint16_t refuse_status = 0;  // Answers the upgrade with this status instead.
  bool unreachable = false;
  Duration answer_after;  // The handshake takes so much longer.
  // Counted from the handshake; zero: never.
  Duration closes_after;  // Orderly, with `close_code`.
  uint16_t close_code = 1000;
  Duration crashes_after;  // The connection breaks.
  Duration freezes_after;  // Nothing moves for `freezes_for`.
  Duration freezes_for;
  // kTalker.
  Duration first_words = Duration::ms(400);
  Duration utterance = Duration::seconds(2);
  Duration pause = Duration::ms(600);
  int speed_percent = 400;  // Of real time; 0: all at once.
  int utterances = 0;       // 0: until the end.
  bool hangs_up_when_done = false;
};

// One connection of an app, and what it saw.
struct AppSession {
  LinkId link = 0;
  std::string target;
  std::string headers;  // Of the upgrade request.
  std::string stream_sid;
  std::string call_sid;
  std::map<std::string, std::string> parameters;
  std::string digits;
  uint64_t media = 0;
  uint64_t bytes = 0;
  uint64_t loud = 0;
  uint64_t sent_media = 0;
  uint32_t sent_marks = 0;
  uint32_t marks = 0;   // Echoed to us.
  uint32_t clears = 0;  // Sent by us.
  uint32_t starts = 0;
  uint32_t stops = 0;
  std::vector<std::string> events;    // Names of other events, in order.
  std::vector<std::string> mistakes;  // Of the appliance: out of order, malformed, unknown marks.
  bool open = false;
  uint16_t close_code = 0;
};

// A host that apps run on.
class SimApp {
 public:
  SimApp(Timeline& timeline, Network& network, std::string host, const AppBehaviour& behaviour);

  [[nodiscard]] const std::string& host() const { return host_; }
  AppBehaviour& behaviour() { return behaviour_; }  // Of connections to come.
  [[nodiscard]] const std::vector<std::shared_ptr<AppSession>>& sessions() const {
    return sessions_;
  }
  [[nodiscard]] size_t open_sessions() const;
  [[nodiscard]] uint64_t dials() const { return dials_; }
  // Long runs forget connections that are over.
  void forget_closed();

  DialAnswer answer(const DialRequest& request, LinkId link);

 private:
  Timeline& timeline_;
  Network& network_;
  std::string host_;
  AppBehaviour behaviour_;
  uint64_t dials_ = 0;
  std::vector<std::shared_ptr<AppSession>> sessions_;
};

}  // namespace hookflash::sim
