#pragma once

#include <array>
#include <string>
#include <string_view>

#include "platform/sim/sim_app.h"

namespace hookflash::sim {

// The apps of a swarm: one for each character, on a host of its own.
struct NumberedApp {
  std::string_view name;
  AppBehaviour::Kind kind;
};
inline constexpr std::array kApps = {
    NumberedApp{"echoing", AppBehaviour::Kind::kEcho},
    NumberedApp{"talking", AppBehaviour::Kind::kTalker},
    NumberedApp{"flooding", AppBehaviour::Kind::kFlooder},
    NumberedApp{"deaf", AppBehaviour::Kind::kNeverReads},
    NumberedApp{"silent", AppBehaviour::Kind::kSilent},
    NumberedApp{"garbled", AppBehaviour::Kind::kGarbage},
};
inline std::string host_of(const NumberedApp& app) {
  return std::string(app.name) + ".example.com";
}

inline constexpr size_t kFailuresMax = 20;  // A day ends early after so many.

}  // namespace hookflash::sim
