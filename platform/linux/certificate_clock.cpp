#include "platform/linux/certificate_clock.h"

#include <mbedtls/platform_time.h>

#include "platform/linux/clocks.h"

namespace hookflash {
namespace {

constinit ClockGuard clock_guard;

mbedtls_time_t guarded_time(mbedtls_time_t* out) {
  const auto seconds = static_cast<mbedtls_time_t>(clock_guard.judge(read_clocks()).wall.seconds());
  if (out != nullptr) *out = seconds;
  return seconds;
}

}  // namespace

void install_certificate_clock() {
  clock_guard = ClockGuard();
  (void)mbedtls_platform_set_time(guarded_time);  // It has no way to fail.
}

void guard_certificate_clock(const ClockGuard& guard) { clock_guard = guard; }

}  // namespace hookflash
