#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hookflash::sim {

// How full the core's fixed tables are, for invariants and for the tear-down check.
struct CoreCounts {
  size_t live_calls = 0;  // State not terminal.
  size_t call_slots = 0;  // Slots taken, ending ones included.
  size_t call_slots_max = 0;
  size_t streams = 0;  // Carrier stream connections, pending ones included.
  size_t app_legs = 0;
  size_t connections = 0;  // Accepted sockets.
  size_t requests = 0;     // Webhook and API requests in flight.
  size_t rest = 0;         // REST requests waiting or in flight.
  size_t persists = 0;     // Entries not yet answered.
  size_t inbox_entries = 0;
  size_t deadlines = 0;  // Armed.
};

// What a core believes of a carrier's call.
enum class Fate : uint8_t {
  kUnknown,  // Never heard of it, or forgotten.
  kLive,
  kPursued,    // Its record is closed; hang-ups go on.
  kConfirmed,  // Finished, and the carrier has said so.
  kGivenUp,    // Finished, unconfirmed, and nobody tries any more.
};

// A finished call as the core's history has it.
struct FinishedRow {
  std::string call_id;
  std::string provider_call_id;
  bool has_reason = false;
  bool refused = false;
};

// What the world may ask a core about itself. Implemented beside the core, for tests only;
// everything is read between two handle() calls.
class CoreProbe {
 public:
  [[nodiscard]] virtual CoreCounts counts() const = 0;
  // A live call with this carrier id (or alias) exists.
  [[nodiscard]] virtual bool knows_live(std::string_view provider_call_id) const = 0;
  [[nodiscard]] virtual Fate fate_of(std::string_view provider_call_id) const {
    return knows_live(provider_call_id) ? Fate::kLive : Fate::kUnknown;
  }
  // The carrier's names of all live calls that have one.
  [[nodiscard]] virtual std::vector<std::string> live_names() const { return {}; }
  // Oldest first; as many as are kept.
  [[nodiscard]] virtual std::vector<FinishedRow> finished() const { return {}; }
  // Deadlines that stay armed when nothing happens (a reaper's tick, say).
  [[nodiscard]] virtual size_t deadlines_at_rest() const { return 0; }
  // Empty when every invariant of the core's own tables holds, else what is wrong.
  [[nodiscard]] virtual std::string broken_invariant() const { return {}; }

 protected:
  ~CoreProbe() = default;
};

// The plug of the box in a simulated world.
class PowerSwitch {
 public:
  // The box is gone at once.
  virtual void power_off() = 0;
  // A new one takes up what was durable.
  virtual void power_on() = 0;

 protected:
  ~PowerSwitch() = default;
};

}  // namespace hookflash::sim
