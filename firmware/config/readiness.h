#pragma once

#include <cstddef>
#include <string_view>

#include "base/fixed_vector.h"
#include "base/text_writer.h"
#include "config/config.h"

namespace hookflash {

// Carriers that this build can start. The others' lines are read and checked all the same.
constexpr bool is_provider_built_in(ProviderKind provider) {
  return provider == ProviderKind::kTwilio;
}

// Whether a line can start, and if not why (B-LIFE-6).
struct Readiness {
  bool enabled = false;
  bool built_in = false;
  FixedVector<std::string_view, 8> missing;  // Keys, as in the table; publicUrl also when unfit.

  [[nodiscard]] bool ready() const { return enabled && built_in && missing.empty(); }
};

Readiness readiness_of(const LineConfig& line);

// A line whose REST requests go to a simulated carrier on this machine; it needs no public address.
inline bool is_bench_line(const LineConfig& line) { return !line.api_base_url.empty(); }

// One sentence that names everything that is missing: what a start is logged with and requests on
// the line are answered with. Empty when ready() or only not enabled.
void write_readiness(const LineConfig& line, const Readiness& readiness, TextWriter& out);

}  // namespace hookflash
