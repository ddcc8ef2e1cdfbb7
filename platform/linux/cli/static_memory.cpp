#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constinit ApplianceMemory the_memory{};
constinit ConfigDraft the_draft{};

}  // namespace

ApplianceMemory& appliance_memory() { return the_memory; }

ConfigDraft& config_draft() { return the_draft; }

World& world() {
  static World the_world;
  return the_world;
}

}  // namespace hookflash::cli
