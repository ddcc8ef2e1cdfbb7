#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "limits.h"

namespace hookflash {

// The metrics of contract section 28, in its order. Names, labels and help stand in
// metric_table.cpp.
enum class Metric : uint8_t {
  kCallsActive,
  kCallsLimit,
  kSlotsEnding,
  kUnconfirmedCalls,
  kCalls,
  kCallsRefused,
  kCallDuration,
  kCallSetup,
  kTurnLatency,
  kDials,
  kEvents,
  kWebhookRequests,
  kWebhookRejected,
  kWebhookReplays,
  kRefusalFailures,
  kWebhookInFlight,
  kWebhookDuration,
  kDedupeEvictions,
  kJournalCommit,
  kJournalPendingEntries,
  kJournalFreeBytes,
  kJournalFailures,
  kJournalDamagedEntries,
  kProviderRequests,
  kProviderRequestTime,
  kHangupRetries,
  kHangupGaveUp,
  kRestoredCalls,
  kReapedCalls,
  kMaxDurationHangups,
  kStreamConnections,
  kStreamRefused,
  kStreamDisconnects,
  kAudioFrames,
  kAudioFramesDropped,
  kAudioQueueFrames,
  kAudioLateness,
  kAudioUnderruns,
  kAudioEnqueueTimeouts,
  kAudioClears,
  kMarks,
  kDtmfDigits,
  kAppLegs,
  kAppReconnects,
  kTurns,
  kLogLinesLost,
  kAlarms,
  kSignatureCheckSkipped,
  kClockSynchronised,
  kApiRequests,
  kLimitHits,
  kLoopDelay,
  kTableEntries,
  kTableSize,
};
inline constexpr size_t kMetrics = static_cast<size_t>(Metric::kTableSize) + 1;

enum class MetricType : uint8_t { kCounter, kGauge, kHistogram };

constexpr std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::kCounter: return "counter";
    case MetricType::kGauge: return "gauge";
    case MetricType::kHistogram: return "histogram";
  }
  return "untyped";
}

// The words one label can have. The index of a word is its number; enums of other rooms that list
// the same words in the same order can be given as they are.
struct LabelSet {
  std::string_view name;
  std::span<const std::string_view> words;  // Empty for `line`, whose words are the lines' ids.
  bool has_other = false;                   // A word that is not listed counts as the last one.

  // Lines, and one place for what belongs to none of them.
  [[nodiscard]] constexpr size_t size() const {
    return words.empty() ? limits::kLinesMax + 1 : words.size();
  }
};

struct MetricRow {
  Metric metric = Metric::kCallsActive;
  std::string_view name;  // Whole, as in the contract.
  MetricType type = MetricType::kCounter;
  std::string_view help;
  std::array<const LabelSet*, 3> labels{};  // Null from the first unused one on.
  std::span<const int64_t> bounds;  // Histogram: upper bounds of the buckets but the last (+Inf).
  bool seconds = false;             // Bounds and values are microseconds, shown as seconds.

  [[nodiscard]] constexpr size_t series() const {
    size_t count = 1;
    for (const LabelSet* label : labels) {
      if (label != nullptr) count *= label->size();
    }
    return count;
  }
  // Values of one series: a histogram has its buckets and the sum.
  [[nodiscard]] constexpr size_t cells() const {
    return type == MetricType::kHistogram ? bounds.size() + 2 : 1;
  }
};

const MetricRow& row_of(Metric metric);
// Where the metric's values begin in one array of kMetricCells.
size_t first_cell_of(Metric metric);

// As many values as all series of all metrics have; metric_table.cpp proves the number.
inline constexpr size_t kMetricCells = 5000;

}  // namespace hookflash
