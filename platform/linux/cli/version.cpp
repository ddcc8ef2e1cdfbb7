#include <cstdio>

#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/options.h"
#include "platform/linux/cli/static_memory.h"
#include "platform/linux/linux_limits.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash version [--budget]\n\n"
    "  --budget  also print the memory that this build reserves, in bytes\n";

void print_figure(const char* name, size_t bytes) { printf("%-34s %12zu\n", name, bytes); }

// What one more call slot adds. Pools that calls share are counted by their part.
void print_budget() {
  using M = ApplianceMemory;
  print_figure("appliance", sizeof(M));
  print_figure("  calls", sizeof(CallMemory));
  print_figure("  call slots (number)", limits::kCallSlots);
  print_figure("  bytes per call slot", sizeof(CallMemory) / limits::kCallSlots);
  print_figure("  http", sizeof(HttpServer));
  print_figure("  webhooks", sizeof(WebhookMemory));
  print_figure("  outbox", sizeof(Outbox));
  print_figure("  prompts", sizeof(PromptMemory));
  print_figure("  configurations", 2 * sizeof(Config));
  print_figure("platform", sizeof(World));
  print_figure("arena of libwebsockets", linux_limits::kLwsArenaBytes);
  print_figure("arena of mbedTLS", linux_limits::kTlsArenaBytes);
  print_figure("arena of c-ares", linux_limits::kDnsArenaBytes);
  print_figure("sum", sizeof(M) + sizeof(World) + linux_limits::kLwsArenaBytes +
                          linux_limits::kTlsArenaBytes + linux_limits::kDnsArenaBytes);
}

}  // namespace

int version(Words words) {
  bool budget = false;
  const Option options[] = {{.name = "--budget", .flag = &budget}};
  if (const Parsed parsed = parse_options(words, options, {}, kHelp); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  printf("hookflash %.*s, profile %s, at most %zu calls\n", static_cast<int>(kVersion.size()),
         kVersion.data(), limits::kProfile, limits::kCallsMax);
  if (budget) print_budget();
  return kSuccess;
}

}  // namespace hookflash::cli
