// Built once for each safeguard of firmware/journal/safeguards.h, with that one taken out: the
// sweep of power cuts must notice. Succeeds when it does.

#include <cstdio>

#include "journal/safeguards.h"
#include "power_cut_sweep.h"

int main() {
  using hookflash::PowerCutSweep;
  uint64_t cuts = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    PowerCutSweep sweep({.seed = seed, .groups = 20, .twice = false, .stop_at_first = true});
    const hookflash::SweepResult result = sweep.run();
    cuts += result.cuts;
    if (result.findings == 0) continue;
    std::printf("without safeguard %d: noticed after %llu cuts: %s\n", HOOKFLASH_JOURNAL_WITHOUT,
                static_cast<unsigned long long>(cuts), result.first.c_str());
    return 0;
  }
  std::printf("without safeguard %d: %llu cuts, and nothing was noticed\n",
              HOOKFLASH_JOURNAL_WITHOUT, static_cast<unsigned long long>(cuts));
  return 1;
}
