#pragma once

#include <sys/types.h>

#include <cstdint>

namespace hookflash {

// The other side of the test, in a process of its own because it allocates as it likes: a simulated
// Twilio, an application that sends back what it hears, somebody who uses the API.
struct CallersPlan {
  uint16_t box_port = 0;
  uint16_t rest_port = 0;
  uint16_t app_port = 0;
  uint32_t echo_calls = 0;
  uint32_t app_calls = 0;
  uint32_t outbound_calls = 0;
};

inline constexpr char kEchoNumber[] = "+15550001001";
inline constexpr char kAppNumber[] = "+15550001002";
inline constexpr char kAccount[] = "AC00000000000000000000000000000001";
inline constexpr char kAuthToken[] = "12345678901234567890123456789012";

// A TCP port that nobody uses at the moment.
uint16_t free_port();

// Forks. The child begins once a byte can be read from `ready`, stops the parent by SIGTERM at the
// end and closes with 0 when every call was good.
pid_t fork_callers(const CallersPlan& plan, int ready);

}  // namespace hookflash
