// Linked into a second copy of the program with --wrap=fdatasync: flash that stalls. While the file
// that BENCH_SYNC_STALL names exists, each sync takes a second longer. The program that people run
// has no such door.
#include <unistd.h>

#include <cstdlib>
#include <ctime>

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the linker's names.
int __real_fdatasync(int file);
int __wrap_fdatasync(int file);

int __wrap_fdatasync(int file) {
  static const char* const kSign = getenv("BENCH_SYNC_STALL");
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  if (kSign != nullptr && access(kSign, F_OK) == 0) nanosleep(&second, nullptr);
  return __real_fdatasync(file);
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
}
