#include "machine_clock.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

namespace {

constexpr int64_t kSecond = 1'000'000'000;
std::atomic<int64_t> offset_ns{0};

int read_kernel(clockid_t clock, timespec* out) {
  return static_cast<int>(syscall(SYS_clock_gettime, clock, out));
}

int64_t wall_ns() {
  timespec kernel{};
  (void)read_kernel(CLOCK_REALTIME, &kernel);
  return int64_t{kernel.tv_sec} * kSecond + kernel.tv_nsec + offset_ns;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  if (clock != CLOCK_REALTIME) return read_kernel(clock, out);
  const int64_t wall = wall_ns();
  out->tv_sec = static_cast<time_t>(wall / kSecond);
  out->tv_nsec = static_cast<long>(wall % kSecond);
  return 0;
}

time_t time(time_t* out) noexcept {
  const auto seconds = static_cast<time_t>(wall_ns() / kSecond);
  if (out != nullptr) *out = seconds;
  return seconds;
}

int gettimeofday(timeval* out, void* /*zone*/) noexcept {
  const int64_t wall = wall_ns();
  out->tv_sec = static_cast<time_t>(wall / kSecond);
  out->tv_usec = static_cast<suseconds_t>(wall % kSecond / 1000);
  return 0;
}
}

namespace hookflash {

void set_machine_clock(WallTime wall) { offset_ns += wall.ms() * 1'000'000 - wall_ns(); }

}  // namespace hookflash
