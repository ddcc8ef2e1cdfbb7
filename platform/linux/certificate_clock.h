#pragma once

#include "base/clock_guard.h"

namespace hookflash {

// The time by which mbedTLS judges certificates: this machine's clock behind the core's guard
// (B-TMR-3). mbedTLS's hook has no argument for an owner, so this too is process-wide. Used by the
// thread that makes TLS connections.

// From here on mbedTLS asks us. Idempotent; the guard begins anew.
void install_certificate_clock();
void guard_certificate_clock(const ClockGuard& guard);

}  // namespace hookflash
