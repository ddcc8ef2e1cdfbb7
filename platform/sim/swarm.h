#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "platform/sim/core_probe.h"
#include "platform/sim/seeded_entropy.h"
#include "platform/sim/world.h"

namespace hookflash::sim {

struct SwarmOptions {
  uint64_t seed = 1;
  Duration length = Duration::seconds(24 * 3600);
  int calls = 300;
  bool faults = true;
  bool everybody_hangs_up = false;  // Else some wait for the box to do it.
  // A call of the swarm is over by then, whatever goes wrong: the configured maximum.
  Duration call_max = Duration::seconds(45);
};

struct SwarmReport {
  uint64_t inbound = 0;
  uint64_t outbound_asked = 0;
  uint64_t outbound_placed = 0;  // Answered 201.
  std::map<int, uint64_t> api_answers;
  std::map<std::string, uint64_t> ends;  // By the carrier's status.
  std::map<uint32_t, uint64_t> errors;   // By Twilio's error code.
  uint64_t fault_windows = 0;
  uint64_t media_frames = 0;  // Heard by far ends.
  Duration quiet_after;       // From the end of the last fault to rest.
  uint64_t values = 0;        // Handled by the core.
  uint64_t hash = 0;
  std::vector<std::string> failures;  // Empty: everything held.

  [[nodiscard]] std::string summary() const;
};

// The world that a swarm lives in: the account with a number for each app, and the matching piece
// of configuration for the box.
WorldOptions swarm_world(const SwarmOptions& options);
std::string swarm_config(const SwarmOptions& options);

// A day of traffic by dice: people call and are called, talk to apps of every character, hang up at
// any moment; the network, the carrier's API, the store, the apps and the wall clock fail in
// windows. What must hold is checked after each value and at every end of a call; when the day is
// over all faults stop and everything must come to rest.
class Swarm {
 public:
  Swarm(World& world, const CoreProbe& probe, std::string api_token, const SwarmOptions& options);

  SwarmReport run();

 private:
  void plan_traffic();
  void plan_faults();
  void inbound_call();
  void outbound_call();
  void touch_a_call();
  twilio::carrier::Person person(bool inbound);
  twilio::carrier::CallFaults call_faults();
  AppBehaviour behaviour(AppBehaviour::Kind kind);
  void begin_fault();
  void end_faults();
  void check_value();
  void check_end(const twilio::carrier::Call& call);
  void check_calls();
  void check_rest();
  [[nodiscard]] std::string unrest() const;
  void fail(std::string what);
  void post(std::string target, std::string body, bool places_call);

  World& world_;
  const CoreProbe& probe_;
  std::string token_;
  SwarmOptions options_;
  SeededEntropy random_;
  SwarmReport report_;
  std::vector<std::string> call_ids_;  // Of outbound calls, newest last.
  uint64_t unanswered_ = 0;            // API requests under way.
  uint64_t values_ = 0;
  size_t violations_seen_ = 0;
  bool faults_over_ = false;
};

}  // namespace hookflash::sim
