#pragma once

#include <array>

#include "report/alarms.h"
#include "report/log.h"
#include "report/metrics.h"

namespace hookflash {

// What the box knows about itself; all bytes zero at start.
struct ReportMemory {
  Log log;
  Metrics metrics;
  Alarms alarms;
  // Where the text of /metrics is built: too long for the outbox to hold it twice.
  std::array<char, Metrics::kTextBytesMax> text{};
};

}  // namespace hookflash
