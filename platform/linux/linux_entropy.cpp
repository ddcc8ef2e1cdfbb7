#include "platform/linux/linux_entropy.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace hookflash {
namespace {

// False only before the generator works at all: once seeded, up to 256 bytes always come at once.
bool read_kernel(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<size_t>(got));
  }
  return true;
}

}  // namespace

Status LinuxEntropy::start() {
  if (!read_kernel(stock_)) return Status::kUnavailable;
  left_ = stock_.size();
  return Status::kOk;
}

void LinuxEntropy::fill(MutableBytes out) {
  if (out.size() > stock_.size() / 4) {
    CHECK(read_kernel(out));
    return;
  }
  if (left_ < out.size()) {
    CHECK(read_kernel(stock_));
    left_ = stock_.size();
  }
  uint8_t* const from = stock_.data() + left_ - out.size();
  if (!out.empty()) {
    std::memcpy(out.data(), from, out.size());
    std::memset(from, 0, out.size());
  }
  left_ -= out.size();
}

}  // namespace hookflash
