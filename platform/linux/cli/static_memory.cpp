#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constinit ApplianceMemory the_memory{};
constinit ConfigDraft the_draft{};
constinit CallArchiveMemory the_archive_memory{};

}  // namespace

ApplianceMemory& appliance_memory() { return the_memory; }

ConfigDraft& config_draft() { return the_draft; }

CallArchive& call_archive() {
  static CallArchive the_archive(the_archive_memory);
  return the_archive;
}

World& world() {
  static World the_world;
  return the_world;
}

}  // namespace hookflash::cli
