// An echo server on the platform and nothing else: `platform_linux_echo PORT [CERTIFICATE KEY]`.

#include <cstdio>
#include <cstdlib>

#include "echo_core.h"
#include "platform/linux/world.h"

int main(int argc, char** argv) {
  using namespace hookflash;
  static World world;
  static EchoCore core;
  static MemoryEntryStore store;
  ListenerConfig listener;
  listener.port = argc > 1 ? static_cast<uint16_t>(std::atoi(argv[1])) : uint16_t{0};
  if (argc > 3) {
    listener.certificate = argv[2];
    listener.key = argv[3];
  }
  WorldConfig config;
  config.listeners = {&listener, 1};
  config.store = &store;
  if (!ok(world.start(config, core))) {
    std::fprintf(stderr, "platform_linux_echo: %.*s\n", static_cast<int>(world.problem().size()),
                 world.problem().data());
    return 1;
  }
  std::printf("ready on port %u\n", unsigned{world.port(in::Listener::kMain)});
  std::fflush(stdout);
  const bool stopped = world.run();
  const MemoryFigures& memory = world.memory();
  for (size_t i = 0; i < memory.count(); ++i) {
    const MemoryFigure figure = memory.at(i);
    std::printf("%-8.*s used %8llu high water %8llu of %9llu\n",
                static_cast<int>(figure.name.size()), figure.name.data(),
                static_cast<unsigned long long>(figure.used),
                static_cast<unsigned long long>(figure.high_water),
                static_cast<unsigned long long>(figure.size));
  }
  world.stop();
  return stopped ? 0 : 1;
}
