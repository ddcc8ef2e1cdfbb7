#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hookflash {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "hookflash: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace hookflash
