#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/fixed_text.h"
#include "base/text_writer.h"
#include "base/time.h"
#include "limits.h"
#include "report/alarms.h"
#include "report/metric_table.h"

namespace hookflash {

// The value of one label: its number in the label's set (an index of a line, an enum with the same
// words in the same order) or its word.
class LabelValue {
 public:
  template <typename T>
  requires(std::integral<T> || std::is_enum_v<T>)
      LabelValue(T number)  // NOLINT(google-explicit-constructor)
      : number_(static_cast<size_t>(number)) {}
  LabelValue(std::string_view word) : word_(word) {}  // NOLINT(google-explicit-constructor)
  LabelValue(const char* word) : word_(word) {}       // NOLINT(google-explicit-constructor)

  [[nodiscard]] size_t index_in(const LabelSet& set) const;

 private:
  size_t number_ = 0;
  std::string_view word_;  // Not empty: a word.
};

// The fill of one fixed memory, for hookflash_memory_*_bytes.
struct MemorySample {
  std::string_view arena;
  uint64_t used = 0;
  uint64_t high_water = 0;
  uint64_t size = 0;
  uint64_t refused = 0;  // Requests that found no room.
};

// All metrics of section 28 in fixed arrays; every series exists from the start (B-MET-1). An
// update is integer arithmetic on one or two words and takes words for labels or, on the audio
// path, numbers (B-MET-2).
//
//   metrics.add(Metric::kWebhookRequests, {line, "200"});
//   metrics.observe(Metric::kAudioLateness, lateness);
//
// Labels are given in the order of the table, all of them; a word that is not in the table is our
// own mistake, except for codes ("other"). All bytes zero is every metric at 0.
class Metrics {
 public:
  // For a request or call that belongs to no line. Shown as line="none" where it can occur.
  static constexpr size_t kNoLine = 0xFF;

  // The lines, by index; an empty id: no such line, its series are not shown. A place that gets
  // another id begins at 0.
  void set_line(size_t index, std::string_view id);

  // Counters.
  void add(Metric metric, std::initializer_list<LabelValue> labels = {}, uint64_t count = 1);
  // Counters that are kept elsewhere: the total so far, which never goes back.
  void raise_to(Metric metric, std::initializer_list<LabelValue> labels, uint64_t total);
  // Gauges.
  void set(Metric metric, std::initializer_list<LabelValue> labels, int64_t value);
  void set(Metric metric, int64_t value) { set(metric, {}, value); }
  // Histograms of times and of others.
  void observe(Metric metric, Duration value, std::initializer_list<LabelValue> labels = {});
  void observe(Metric metric, int64_t value, std::initializer_list<LabelValue> labels = {});
  // One series of a histogram, found once: for the audio path, where an update is two additions.
  class Observed {
   public:
    void observe(Duration value) { observe(value.us()); }
    void observe(int64_t value) {
      size_t bucket = 0;
      while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
      ++cells_[bucket];
      cells_[bounds_.size() + 1] += value;
    }

   private:
    friend class Metrics;
    Observed(int64_t* cells, std::span<const int64_t> bounds) : cells_(cells), bounds_(bounds) {}
    int64_t* cells_;
    std::span<const int64_t> bounds_;
  };
  Observed observed(Metric metric, std::initializer_list<LabelValue> labels = {});
  // hookflash_alarms.
  void set(const Alarms& alarms);

  // A counter's or gauge's value; how many values a histogram has seen.
  [[nodiscard]] int64_t value(Metric metric, std::initializer_list<LabelValue> labels = {}) const;

  struct Box {
    std::string_view version;
    std::string_view board;
    std::span<const MemorySample> memory;
  };
  // Everything in the Prometheus text format 0.0.4: at most kTextBytesMax with every line
  // configured, some 60 KB with one.
  static constexpr size_t kTextBytesMax = 480 * 1024;
  void write(const Box& box, TextWriter& out) const;

  // docs/metrics.md, from the table.
  static void write_document(TextWriter& out);

  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  [[nodiscard]] size_t cell_of(const MetricRow& row,
                               std::initializer_list<LabelValue> labels) const;
  void count_into(const MetricRow& row, size_t cell, int64_t value);
  void write_metric(const MetricRow& row, TextWriter& out) const;
  void write_series(const MetricRow& row, size_t series, TextWriter& out) const;
  [[nodiscard]] bool is_shown(const MetricRow& row, size_t series) const;
  [[nodiscard]] std::string_view word_of(const LabelSet& set, size_t index) const;

  std::array<FixedText<limits::kLineIdBytesMax>, limits::kLinesMax> lines_{};
  // Histograms: the count of each bucket by itself, then the sum.
  std::array<int64_t, kMetricCells> cells_{};
};

}  // namespace hookflash
