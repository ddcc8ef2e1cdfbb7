#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constinit ApplianceMemory the_memory{};

}  // namespace

ApplianceMemory& appliance_memory() { return the_memory; }

World& world() {
  static World the_world;
  return the_world;
}

}  // namespace hookflash::cli
