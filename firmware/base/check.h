#pragma once

namespace hookflash {

// Ends the process after handing the place to the hook of the platform (which prints it); never
// returns. For our own mistakes only: what a peer, a user or the world does is never checked so.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace hookflash

// Stays on in production: a broken invariant ends in a clean restart, not in a wrong call.
#define CHECK(expression)                                         \
  do {                                                            \
    if (!(expression)) [[unlikely]] {                             \
      ::hookflash::check_failed(#expression, __FILE__, __LINE__); \
    }                                                             \
  } while (false)
