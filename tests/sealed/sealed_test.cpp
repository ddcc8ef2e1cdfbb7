// The heap promise: after start, nobody in the process takes memory from the system.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <span>
#include <string>

#include "appliance/appliance.h"
#include "callers.h"
#include "malloc_watch.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/linux/clocks.h"
#include "platform/linux/world.h"
#include "test_certificates.h"

namespace hookflash {
namespace {

constinit ApplianceMemory memory{};

std::string configuration(const CallersPlan& plan) {
  const auto port = [](uint16_t number) { return std::to_string(number); };
  return R"({"publicUrl": "http://127.0.0.1:)" + port(plan.box_port) + R"(",
    "serve": {"port": )" +
         port(plan.box_port) + R"(},
    "lines": [{"id": "main", "provider": "twilio", "fromNumber": ")" +
         kEchoNumber + R"(",
      "accountSid": ")" +
         kAccount + R"(", "authToken": ")" + kAuthToken + R"(",
      "apiBaseUrl": "http://127.0.0.1:)" +
         port(plan.rest_port) + R"("}],
    "inboundPolicy": "open", "maxConcurrentCalls": 32,
    "apps": {"bot": {"protocol": "twilio", "url": "ws://127.0.0.1:)" +
         port(plan.app_port) + R"(/"}},
    "numbers": {")" +
         kEchoNumber + R"(": {"app": "echo"}, ")" + kAppNumber + R"(": {"app": "bot"}}})";
}

// Aim: the appliance's memory begins as zero bytes; else all of it would stand in the binary's
// initialised data. Method: look at it before anybody has used it.
TEST(ApplianceMemory, BeginsAsZeroBytes) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(&memory, 1));
  const auto found =
      std::find_if(bytes.begin(), bytes.end(), [](std::byte byte) { return byte != std::byte{}; });
  EXPECT_EQ(found - bytes.begin(), std::ssize(bytes)) << "the place of the first other byte";
}

// Aim: the watch sees what it is to see; else the next test proves nothing. Method: one allocation.
TEST(MallocWatch, SeesAnAllocation) {
  const uint64_t before = MallocWatch::breaches();
  MallocWatch::seal();
  void* volatile block = malloc(100);
  MallocWatch::open();
  free(block);
  EXPECT_EQ(MallocWatch::breaches(), before + 1);
}

// Aim: B-GEN-3: all memory is reserved before the box is ready; over a thousand calls after that
// nothing is taken from malloc, by our code, libwebsockets, mbedTLS, c-ares, cJSON or the C
// library. Method: the real platform and core on real sockets, malloc watched from the moment it is
// ready; callers, the application and the API's user are another process. Calls in to the echo,
// calls in to an application over WebSocket, a reload, calls out, lists and metrics in between.
TEST(Sealed, ThousandCallsWithoutMalloc) {
  CallersPlan plan;
  plan.box_port = free_port();
  plan.rest_port = free_port();
  plan.app_port = free_port();
  plan.echo_calls = 500;
  plan.app_calls = 350;
  plan.outbound_calls = 150;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t callers = fork_callers(plan, ready[0]);
  ASSERT_GT(callers, 0);

  const TestFile file(configuration(plan));
  static World world;
  static MbedCrypto crypto;
  static DeviceKey key;
  ASSERT_EQ(install_library_memory(LibraryMemory::kArenas), Status::kOk);
  static Appliance appliance(memory,
                             {.crypto = crypto,
                              .entropy = world.entropy(),
                              .memory_figures = &world.memory(),
                              .version = "test"},
                             key);
  ASSERT_EQ(appliance.configure(configuration(plan), read_clocks()), Status::kOk);
  MemoryEntryStore store;
  const ListenerConfig listeners[] = {{.port = plan.box_port}};
  WorldConfig config;
  config.listeners = listeners;
  config.store = &store;
  config.config_file = file.path();
  config.memory = LibraryMemory::kArenas;
  ASSERT_EQ(world.start(config, appliance), Status::kOk) << world.problem();
  appliance.set_port(plan.box_port);

  const uint64_t before = MallocWatch::breaches();
  MallocWatch::seal();
  const bool told = write(ready[1], "!", 1) == 1;
  const bool drained = world.run();
  MallocWatch::open();

  EXPECT_TRUE(told && drained);
  EXPECT_EQ(MallocWatch::breaches(), before) << "allocations after start";
  int status = 0;
  ASSERT_EQ(waitpid(callers, &status, 0), callers);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "not every call was good";
  // Each call writes several entries.
  EXPECT_GE(store.entries(), uint64_t{plan.echo_calls + plan.app_calls + plan.outbound_calls});
  for (size_t i = 0; i < world.memory().count(); ++i) {
    EXPECT_EQ(world.memory().at(i).refused, 0U) << world.memory().at(i).name;
  }
  world.stop();
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace hookflash
