#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "platform/sim/core_probe.h"
#include "platform/sim/end_ledger.h"
#include "platform/sim/seeded_entropy.h"
#include "platform/sim/world.h"

namespace hookflash::sim {

struct SwarmOptions {
  uint64_t seed = 1;
  Duration length = Duration::seconds(24 * 3600);
  int calls = 300;
  bool faults = true;
  bool everybody_hangs_up = false;  // Else some wait for the box to do it.
  bool reload = true;               // The configuration changes now and then.
  bool restarts = true;             // The power fails now and then; part of the faults.
  bool brief = false;               // Calls of a second or two, for days with very many.
  bool stop_at_end = true;          // The box is stopped with calls up, when all is quiet.
  // A call of the swarm is over by then, whatever goes wrong: the configured maximum.
  Duration call_max = Duration::seconds(45);
};

struct SwarmReport {
  uint64_t inbound = 0;
  uint64_t outbound_asked = 0;
  uint64_t outbound_placed = 0;   // Answered 201.
  uint64_t external = 0;          // Placed by somebody else.
  uint64_t replays = 0;           // Old requests that came again.
  uint64_t tokens_to_copies = 0;  // Copies that came first, so that they were the request.
  uint64_t reloads = 0;           // Changes of the configuration.
  uint64_t power_cuts = 0;
  uint64_t cut_requests = 0;  // That got no answer because of them.
  uint64_t finished = 0;      // In the box's history at the end.
  uint64_t ended = 0;         // In the journal.
  JournalStorage::Counts journal;
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
// `variant`: 0 is what the box begins with; others differ in what may change while calls are up.
std::string swarm_config(const SwarmOptions& options, uint64_t variant = 0);

// A day of traffic by dice: people call and are called, talk to apps of every character, hang up at
// any moment; the power is cut; the network, the carrier's API, the flash, the apps and the wall
// clock fail in windows. What must hold is checked after each value and at every end of a call;
// when the day is over all faults stop and everything must come to rest.
class Swarm {
 public:
  // Without a switch the power never fails. With one the world has a journal.
  Swarm(World& world, const CoreProbe& probe, PowerSwitch* power, std::string api_token,
        const SwarmOptions& options);

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
  void begin_flash_fault(Duration length);
  void spoil_flash();
  void end_faults();
  void external_call();
  void replay_a_request();
  void read_something();
  void reload();
  void choose_cut();
  void cut_power();
  // Whether a request that was made after so many cuts may be without an answer.
  bool excused(uint64_t cuts_before, int status);

  // swarm_checks.cpp
  void check_value(const In& in);
  void check_tables();
  void check_end(const twilio::carrier::Call& call);
  void check_calls();
  void check_fates();
  void check_rest();
  void wait_for_rest();
  void check_history();
  void check_stop();
  [[nodiscard]] std::string unrest() const;
  void fail(std::string what);
  void post(std::string target, std::string body, bool places_call);
  void request(const HttpRequest& request, HttpExchange::Done done);

  World& world_;
  const CoreProbe& probe_;
  PowerSwitch* power_;
  std::string token_;
  SwarmOptions options_;
  SeededEntropy random_;
  SwarmReport report_;
  EndLedger ends_{[this](std::string what) { fail(std::move(what)); }};
  std::vector<std::string> call_ids_;  // Of outbound calls, newest last.
  std::vector<std::string> streamed_;  // Carrier's names of calls that had a stream.
  // Since when the box and the carrier disagree about a call, by its carrier name.
  std::map<std::string, Instant> disagreements_;
  // Since when nothing fails on purpose; max() while something does.
  Instant calm_since_;
  uint64_t unanswered_ = 0;  // Requests under way, of the API and of copies.
  uint64_t values_ = 0;
  size_t violations_seen_ = 0;
  bool faults_over_ = false;
  bool dark_ = false;      // The power is off.
  bool stopping_ = false;  // The box has been told to stop.
};

}  // namespace hookflash::sim
