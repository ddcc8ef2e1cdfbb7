#include <cstdio>
#include <vector>

#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/config_file.h"
#include "platform/linux/cli/options.h"
#include "platform/linux/cli/prompts.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash check [--config FILE]\n\n"
    "Prints everything that is wrong with the configuration, one line each.\n"
    "Ends with 1 when there is an error, a line that cannot start, or a prompt that cannot be\n"
    "played; warnings alone end with 0.\n\n"
    "  --config FILE  default /etc/hookflash/config.json\n";

}  // namespace

int check(Words words) {
  std::string_view file = kDefaultConfig;
  const Option options[] = {{.name = "--config", .text = &file}};
  if (const Parsed parsed = parse_options(words, options, {}, kHelp); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  ApplianceMemory& memory = appliance_memory();
  Config& config = memory.configs[0];
  Problems& problems = memory.problems;
  if (!load_config(file, config, problems)) return kFailure;
  bool good = problems.errors() == 0 && problems.line_problems() == 0;
  for (const AppConfig& app : config.apps) {
    size_t size = 0;
    if (app.protocol != AppProtocol::kAnnounce) continue;
    good = ok(load_prompt(app, memory.prompts.files[0], size)) && good;
  }
  if (good) {
    printf("%.*s: good, %zu line%s\n", static_cast<int>(file.size()), file.data(),
           config.lines.size(), config.lines.size() == 1 ? "" : "s");
  }
  return good ? kSuccess : kFailure;
}

}  // namespace hookflash::cli
